//! What a caller may see of what is asked: decided before the index is touched.
//!
//! First whether it is anything at all, from consent alone, so that the work does not depend on which records there are;
//! then which records, the universe, inside which everything else happens: the search, pages, limits, errors, evidence
//! and counts. What is outside it might as well not be there.
use super::{Api, Problem, signed::Caller};
use crate::{
    gate::GateError,
    store::{RecordFound, Records},
};
use aegle_http::wall_clock;
use aegle_policy::{Question, RecordQuestion, Verdict};
use aegle_protocol::wire::{Asked, RecordPlace};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Purposes, SLOTS, Slot,
    consent::{Effect, Extent, Facts, Terms},
};
use aegle_sealed::Scope;
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    ops::Range,
};

/// Records of one patient in the window of one request.
const MAX_PATIENT_RECORDS: usize = 65_536;
/// Records of the cohort in the window of one request.
const MAX_COHORT_RECORDS: usize = 1_000_000;
/// Records that are read together.
const CHUNK: usize = 8_192;
/// Different questions that one request may come to.
const MAX_QUESTIONS: usize = 50_000;
/// Questions that the terms of one patient come to: for the account, for its organisation, and for anyone.
const TERMS: usize = 3;
/// Questions from which it follows whether a caller may see anything; where terms make more of them, the records decide.
const MAX_PROBES: usize = 8_192;

/// The records that a caller may see of those that a request is about.
#[derive(Default)]
pub(super) struct Universe {
    pub(super) records: Records,
    /// Whether no record of the scope in the window is outside.
    pub(super) is_whole: bool,
}

impl Universe {
    /// Returns the number of records in it.
    pub(super) fn len(&self) -> u64 {
        self.records.values().map(RoaringBitmap::len).sum()
    }

    /// Returns the records of a range of batches.
    pub(super) fn within(&self, batches: Range<u32>) -> Records {
        let kept = self.records.iter().filter(|(batch, _)| batches.contains(&batch.0));
        kept.map(|(batch, numbers)| (*batch, numbers.clone())).collect()
    }

    fn insert(&mut self, record: &RecordFound) {
        self.records.entry(record.batch).or_default().insert(record.number);
    }
}

/// Computes the universe of a request over some batches; `extent` says what is done with it.
///
/// # Errors
/// A [`Problem`] if it cannot be decided; or if there is more than one request may be about.
pub(super) async fn universe(
    api: &Api,
    caller: &Caller,
    asked: &Asked,
    extent: Extent,
    window: Range<u32>,
) -> Result<Universe, Problem> {
    let asking = Asking { caller, asked, extent };
    match asked.scope {
        Scope::Patient(patient) => of_patient(api, &asking, patient, window).await,
        Scope::Cohort => of_cohort(api, &asking, window).await,
    }
}

async fn of_patient(
    api: &Api,
    asking: &Asking<'_>,
    patient: AccountId,
    window: Range<u32>,
) -> Result<Universe, Problem> {
    if !sees_anything(api, asking, patient).await? {
        return Ok(Universe::default());
    }
    let records = api
        .store
        .records_of_patient(&patient, asking.asked.domain, window, MAX_PATIENT_RECORDS + 1)
        .await?;
    if records.len() > MAX_PATIENT_RECORDS {
        return Err(Problem::too_many_candidates().because(format_args!(
            "the patient has more than {MAX_PATIENT_RECORDS} records in the window; search a shorter one"
        )));
    }
    let mut deciding = Deciding::new(api, asking);
    deciding.add(&records).await?;
    Ok(deciding.universe)
}

async fn of_cohort(api: &Api, asking: &Asking<'_>, window: Range<u32>) -> Result<Universe, Problem> {
    // Every purpose takes a role. Without one, nobody makes an indexer read a cohort.
    if asking.caller.standings.is_empty() {
        return Ok(Universe::default());
    }
    let mut deciding = Deciding::new(api, asking);
    let (mut after, mut seen) = (None, 0);
    loop {
        let records = api
            .store
            .records_of_domain(asking.asked.domain, window.clone(), after, CHUNK)
            .await?;
        seen += records.len();
        let Some(last) = records.last() else {
            return Ok(deciding.universe);
        };
        after = Some(RecordPlace {
            batch: last.batch,
            number: last.number,
        });
        if seen > MAX_COHORT_RECORDS {
            return Err(Problem::too_many_candidates().because(format_args!(
                "the window has more than {MAX_COHORT_RECORDS} records; search a shorter one"
            )));
        }
        deciding.add(&records).await?;
    }
}

/// Decides whether a caller may see any record of a patient that there could be. Only consent is looked at, which the
/// chain shows to everybody, and no record.
async fn sees_anything(api: &Api, asking: &Asking<'_>, patient: AccountId) -> Result<bool, Problem> {
    let Asking { caller, asked, .. } = asking;
    let terms = api
        .policy
        .terms(&caller.view, caller.account, &[patient])
        .await
        .map_err(GateError::from)?;
    caller.charge(TERMS);
    let terms = terms.concat();
    // Patients, whoever has their key now, and their representatives ask as themselves; and a glass may be open.
    let without_terms =
        caller.account == patient || asked.purpose == Purposes::PATRQT || asked.purpose == Purposes::BTG;
    let Some(probes) = probes(&terms, without_terms) else {
        return Ok(true);
    };
    let questions: Vec<RecordQuestion> = probes
        .into_iter()
        .map(|facts| RecordQuestion {
            question: asking.question(patient),
            facts,
        })
        .collect();
    caller.charge(questions.len());
    let verdicts = api
        .policy
        .verdicts(&caller.view, wall_clock(), &questions)
        .await
        .map_err(GateError::from)?;
    Ok(verdicts.iter().any(Verdict::allows))
}

/// Returns facts such that, where a record can be seen, one with some of these can be: each slot that is permitted, each
/// author that the terms name and one that they do not, and each time at which a period of authorship begins or ends.
/// `None` where that is more than [`MAX_PROBES`], and where something was passed on: what the patient denies to those above
/// it is not among the terms, and may leave any author or time. `without_terms`: something may be permitted that no terms
/// permit.
fn probes(terms: &[(GrantId, Terms)], without_terms: bool) -> Option<Vec<Facts>> {
    if terms.iter().any(|(id, _)| id.is_delegated()) {
        return None;
    }
    let terms = || terms.iter().map(|(_, terms)| terms);
    let permits = || terms().filter(|terms| terms.effect == Effect::Permit);
    let slots: Vec<Slot> = (0..SLOTS)
        .map(Slot)
        .filter(|slot| without_terms || permits().any(|terms| terms.slots.contains(*slot)))
        .collect();
    let narrowings = || terms().filter_map(|terms| terms.narrowing);
    let mut authors: BTreeSet<AccountId> = narrowings().filter_map(|narrowing| narrowing.author).collect();
    authors.insert(AccountId([0; 32]));
    let mut times: BTreeSet<u64> = narrowings()
        .flat_map(|narrowing| [narrowing.authored_from, narrowing.authored_until])
        .collect();
    times.insert(0);
    if slots.len() * authors.len() * times.len() > MAX_PROBES {
        return None;
    }
    let mut probes = Vec::new();
    for slot in slots {
        for author in &authors {
            for authored_at in &times {
                probes.push(Facts {
                    slot,
                    // What permits anything permits this too: a permit has a highest confidentiality, and no lowest.
                    confidentiality: Confidentiality::Normal,
                    author: *author,
                    authored_at: *authored_at,
                });
            }
        }
    }
    Some(probes)
}

/// Whether the answer about a record may depend on its author or its time: where terms are narrowed; and where something
/// was passed on, which counts as far as the patient denies nothing to those above it, whatever that is narrowed to.
fn is_narrowed(terms: &[(GrantId, Terms)]) -> bool {
    terms
        .iter()
        .any(|(id, terms)| id.is_delegated() || terms.narrowing.is_some())
}

/// Who asks for what, and what is done with the answer.
struct Asking<'a> {
    caller: &'a Caller,
    asked: &'a Asked,
    extent: Extent,
}

impl Asking<'_> {
    fn question(&self, patient: AccountId) -> Question {
        Question {
            requester: self.caller.account,
            patient,
            purpose: self.asked.purpose,
            research: self.asked.research,
            extent: self.extent,
        }
    }
}

/// A record's case: records of one case get one answer. What is [narrowed](is_narrowed) by nobody does not depend on authors
/// and times, so that one question stands for a patient's slot and level.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Case {
    patient: AccountId,
    slot: Slot,
    confidentiality: Confidentiality,
    authorship: Option<(AccountId, u64)>,
}

/// A universe that is being computed.
struct Deciding<'a> {
    api: &'a Api,
    asking: &'a Asking<'a>,
    universe: Universe,
    /// Whether terms of a patient are [narrowed](is_narrowed).
    narrowed: HashMap<AccountId, bool>,
    decided: HashMap<Case, bool>,
}

impl<'a> Deciding<'a> {
    fn new(api: &'a Api, asking: &'a Asking<'a>) -> Self {
        Self {
            api,
            asking,
            universe: Universe {
                records: BTreeMap::new(),
                is_whole: true,
            },
            narrowed: HashMap::new(),
            decided: HashMap::new(),
        }
    }

    /// Decides about more records.
    async fn add(&mut self, records: &[RecordFound]) -> Result<(), Problem> {
        self.look_for_narrowings(records).await?;
        let mut open: HashMap<Case, RecordQuestion> = HashMap::new();
        for record in records {
            let case = self.case(record);
            if !self.decided.contains_key(&case) {
                open.entry(case).or_insert_with(|| RecordQuestion {
                    question: self.asking.question(record.patient),
                    facts: record.facts,
                });
            }
        }
        if self.decided.len() + open.len() > MAX_QUESTIONS {
            return Err(Problem::too_many_candidates().because(format_args!(
                "more than {MAX_QUESTIONS} different questions of consent in the window; search a shorter one"
            )));
        }
        let (cases, questions): (Vec<Case>, Vec<RecordQuestion>) = open.into_iter().unzip();
        self.asking.caller.charge(questions.len());
        let policy = &self.api.policy;
        let verdicts = policy
            .verdicts(&self.asking.caller.view, wall_clock(), &questions)
            .await
            .map_err(GateError::from)?;
        let decided = cases.into_iter().zip(verdicts.iter().map(Verdict::allows));
        self.decided.extend(decided);
        for record in records {
            if self.decided.get(&self.case(record)) == Some(&true) {
                self.universe.insert(record);
            } else {
                self.universe.is_whole = false;
            }
        }
        Ok(())
    }

    async fn look_for_narrowings(&mut self, records: &[RecordFound]) -> Result<(), Problem> {
        let patients: HashSet<AccountId> = records.iter().map(|record| record.patient).collect();
        let unknown = patients
            .into_iter()
            .filter(|patient| !self.narrowed.contains_key(patient));
        let unknown: Vec<AccountId> = unknown.collect();
        self.asking.caller.charge(TERMS * unknown.len());
        let policy = &self.api.policy;
        let terms = policy
            .terms(&self.asking.caller.view, self.asking.caller.account, &unknown)
            .await
            .map_err(GateError::from)?;
        let narrowed = terms.iter().map(|terms| is_narrowed(terms));
        self.narrowed.extend(unknown.into_iter().zip(narrowed));
        Ok(())
    }

    fn case(&self, record: &RecordFound) -> Case {
        let Facts {
            slot,
            confidentiality,
            author,
            authored_at,
        } = record.facts;
        let is_narrowed = self.narrowed.get(&record.patient).copied().unwrap_or(true);
        Case {
            patient: record.patient,
            slot,
            confidentiality,
            authorship: is_narrowed.then_some((author, authored_at)),
        }
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
