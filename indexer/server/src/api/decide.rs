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
use aegle_policy::{Question, RecordQuestion, Ruling};
use aegle_protocol::{
    probes::{Probes, beyond_terms},
    wire::{Asked, RecordPlace},
};
use aegle_rules::{
    AccountId, Confidentiality, GrantId, Slot,
    consent::{Extent, Facts, Terms},
};
use aegle_sealed::Scope;
use roaring::RoaringBitmap;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
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
    let policy = &api.policy;
    let patients = [patient];
    let terms = policy.terms(&caller.view, caller.account, &patients);
    let terms = terms.await.map_err(GateError::from)?.concat();
    let is_resident = policy.is_resident(&caller.view, patient);
    let is_resident = is_resident.await.map_err(GateError::from)?;
    caller.charge(terms_work(caller) + 1);
    let beyond_terms = beyond_terms(caller.account, patient, asked.purpose, is_resident);
    let probes = Probes::new(&terms, beyond_terms, MAX_PROBES);
    if !probes.is_complete() {
        return Ok(true);
    }
    let question = asking.question(patient);
    let of_facts = |facts: &Facts| RecordQuestion {
        question,
        facts: *facts,
    };
    let questions: Vec<RecordQuestion> = probes.facts().iter().map(of_facts).collect();
    caller.charge(questions.len());
    let rulings = policy.rulings(&caller.view, wall_clock(), &questions);
    let rulings = rulings.await.map_err(GateError::from)?;
    Ok(rulings.iter().any(Ruling::allows))
}

/// Returns how many questions the terms of one patient come to: for the account, for each of its organisations, and for anyone.
fn terms_work(caller: &Caller) -> usize {
    2 + caller.standings.len()
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
        let rulings = policy
            .rulings(&self.asking.caller.view, wall_clock(), &questions)
            .await
            .map_err(GateError::from)?;
        let decided = cases.into_iter().zip(rulings.iter().map(Ruling::allows));
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
        self.asking
            .caller
            .charge(terms_work(self.asking.caller) * unknown.len());
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
