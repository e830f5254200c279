//! Insurers: what the records come to that patients have granted for payment.
//!
//! An [`Aggregate`] is made of what may be opened when it is made, and nothing is kept for the next one: what was revoked since is in
//! it no more. Each record is verified against the chain and opened here: it is the patient's, of the search domain that was asked
//! about, granted for payment, and counts once. Which records a query finds is the indexer's word: what it leaves out cannot be
//! seen, and neither that it names a record of the same domain that the query would not find.

mod amount;
mod granted;
mod opened;

pub use amount::{Amount, AmountError};
pub use granted::{MAX_PATIENTS, Question, aggregate_granted};
pub use opened::{OpenedRecord, Unopened};

use crate::{
    chain::{Chain, ChainError, Head},
    clinician::reader::Reader,
    deployment::Aegle,
    fhir::BareResource,
    remote::{RemoteError, Transport},
    search::tokens::TokensError,
    words,
};
use aegle_protocol::{
    record::RecordId,
    wire::{Hit, SearchRequest},
};
use aegle_rules::{AccountId, Purposes, ledger::Fate};
use aegle_sealed::Scope;
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The most records of which one aggregate is made.
pub const MAX_RECORDS: usize = 10_000;

/// A reason why no aggregate is made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AggregateError {
    /// A search is not of one patient's records for payment.
    #[error("an aggregate is made of searches of one patient's records each, for payment (HPAYMT)")]
    NotForPayment,
    /// The account is no insurer now, so that nobody's consent is asked.
    #[error(
        "the account has no role as insurer now, or its organisation is suspended: have the committee give it the role \
         (`aegle consortium appoint`)"
    )]
    NoInsurer,
    /// There are too many records.
    #[error("there are more than {MAX_RECORDS} records: name fewer patients, or narrow the query")]
    TooMany,
    /// Too many patients are named.
    #[error("{0} patients are named, and {MAX_PATIENTS} can be asked about at once: name fewer")]
    TooManyPatients(usize),
    /// The custodian's token service gives no tokens for a patient's records, for another reason than that they permit nothing.
    #[error("nothing is added up, for want of {}: {source}", words::account(.patient))]
    Tokens {
        /// The patient.
        patient: AccountId,
        /// The reason.
        #[source]
        source: Box<TokensError>,
    },
    /// The indexer refuses, or does not answer.
    #[error(transparent)]
    Indexer(#[from] RemoteError),
    /// The chain does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A record is not what was anchored.
    #[error("record {record} is not what was anchored, so that nothing is added up: {reason}")]
    Tampered {
        /// The record.
        record: RecordId,
        /// What is wrong with it.
        reason: String,
    },
    /// Sums are too large.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// What amounts are of that are added up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Category {
    /// The FHIR type of the records: `Claim`, `ClaimResponse` or `ExplanationOfBenefit`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// `total` of a claim; the code of the category of a total, such as `benefit`, of the others.
    pub category: String,
    /// The currency (ISO 4217).
    pub currency: String,
}

/// Amounts added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How much.
    pub amount: Amount,
    /// Of how many amounts.
    pub count: u64,
}

/// The reason why nobody could ask about a patient's records: whether there are any that may be added up is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unasked {
    /// Their consent is narrowed too finely, or was passed on, to ask about every kind of record.
    TooNarrow,
    /// The consortium has paused what is permitted.
    Paused,
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooNarrow => {
                "their consent is narrowed too finely, or was passed on, to ask about every kind of record: ask them for a grant \
                 that is narrowed less"
            }
            Self::Paused => {
                "the consortium has paused what is permitted: ask again when the pause is over (`aegle consortium show`)"
            }
        })
    }
}

/// What is no part of an aggregate, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Patients who could not be asked about, with the reason: nothing of theirs is in it, whatever there is.
    pub unasked: BTreeMap<AccountId, Unasked>,
    /// Records whose place newer versions took.
    pub superseded: u64,
    /// Records entered in error; of claims and what answers them, those too that are not active: drafts, cancelled ones.
    pub not_active: u64,
    /// Records that were found and could not be opened, with the reason.
    pub unopened: BTreeMap<RecordId, String>,
    /// Claims, and what answers them, whose amounts cannot be read, with the reason. They count as records.
    pub unread: BTreeMap<RecordId, String>,
}

/// What the records of patients come to that an insurer may open for payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregate {
    /// The patients who were asked about, and how many of their records count: none of those who have granted nothing, or
    /// nothing any more. Who could not be asked about is [left out](LeftOut::unasked), and not among them.
    pub patients: BTreeMap<AccountId, u64>,
    /// How many of the records that count are of each FHIR type.
    pub types: BTreeMap<String, u64>,
    /// The amounts.
    pub sums: BTreeMap<Category, Sum>,
    /// What is no part of it.
    pub left_out: LeftOut,
}

/// Makes an aggregate of what searches find, each of one patient's records for payment, from its first page to the last.
///
/// # Errors
/// See [`AggregateError`].
pub async fn aggregate<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    insurer: &Reader,
    searches: Vec<SearchRequest>,
) -> Result<Aggregate, AggregateError> {
    let open = async |record| OpenedRecord::open(aegle, insurer, record).await;
    aggregate_opened(aegle, insurer, searches, &open).await
}

/// The same of records that are opened by `open`.
async fn aggregate_opened<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    insurer: &Reader,
    searches: Vec<SearchRequest>,
    open: &impl AsyncFn(RecordId) -> Result<OpenedRecord, Unopened>,
) -> Result<Aggregate, AggregateError> {
    let mut aggregate = Aggregate::default();
    let head = aegle.chain.finalized().await?;
    let mut found = 0;
    let mut seen = BTreeSet::new();
    for mut search in searches {
        let Scope::Patient(patient) = search.scope else {
            return Err(AggregateError::NotForPayment);
        };
        if search.purpose != Purposes::HPAYMT {
            return Err(AggregateError::NotForPayment);
        }
        aggregate.patients.entry(patient).or_default();
        loop {
            let answer = insurer.search(aegle, &search).await?;
            // A page without a hit counts as one, so that pages end.
            found += answer.hits.len().max(1);
            if found > MAX_RECORDS {
                return Err(AggregateError::TooMany);
            }
            for hit in &answer.hits {
                // What is told twice counts once.
                if seen.insert(hit.record) {
                    let opened = open(hit.record).await;
                    aggregate.add(aegle, &head, &search, hit, opened).await?;
                }
            }
            match answer.next {
                // Pages go on, or the indexer leads in a circle.
                Some(next) if search.after.is_none_or(|after| after.precedes(&next)) => {
                    search.after = Some(next);
                }
                _ => break,
            }
        }
    }
    Ok(aggregate)
}

impl Aggregate {
    /// Adds a record that was found.
    async fn add<C: Chain, T: Transport>(
        &mut self,
        aegle: &Aegle<'_, C, T>,
        head: &Head,
        search: &SearchRequest,
        hit: &Hit,
        opened: Result<OpenedRecord, Unopened>,
    ) -> Result<(), AggregateError> {
        let OpenedRecord {
            patient,
            domain,
            position,
            content,
        } = match opened {
            Ok(opened) => opened,
            Err(Unopened::Tampered(reason)) => {
                return Err(AggregateError::Tampered {
                    record: hit.record,
                    reason,
                });
            }
            Err(Unopened::LeftOut(reason)) => {
                self.left_out.unopened.insert(hit.record, reason);
                return Ok(());
            }
        };
        // Whose record it is, the row says that was anchored, not the hit.
        if search.scope != Scope::Patient(patient) {
            let reason = "it is another patient's than the indexer says".to_owned();
            self.left_out.unopened.insert(hit.record, reason);
            return Ok(());
        }
        // A record of another domain would count once more where that one is asked about.
        if domain != search.domain {
            let reason = "it is of another search domain than was asked about".to_owned();
            self.left_out.unopened.insert(hit.record, reason);
            return Ok(());
        }
        // Where it is, the proof says: at another place it might look superseded, or look as if it were not.
        if let Some(Fate::Superseded { .. }) = aegle.fate(head, domain, position).await? {
            self.left_out.superseded += 1;
            return Ok(());
        }
        self.count(patient, hit.record, &content)
    }

    /// Counts the content of a record.
    fn count(&mut self, patient: AccountId, record: RecordId, content: &[u8]) -> Result<(), AggregateError> {
        let parsed = std::str::from_utf8(content).ok().map(BareResource::parse);
        let (Some(Ok(resource)), Ok(value)) = (parsed, serde_json::from_slice::<Value>(content)) else {
            let reason = "it is no FHIR resource".to_owned();
            self.left_out.unopened.insert(record, reason);
            return Ok(());
        };
        let kind = resource.resource_type();
        let is_financial = ["Claim", "ClaimResponse", "ExplanationOfBenefit"].contains(&kind);
        let is_active = !is_financial || value["status"] == "active";
        if resource.is_in_error() || !is_active {
            self.left_out.not_active += 1;
            return Ok(());
        }
        *self.patients.entry(patient).or_default() += 1;
        *self.types.entry(kind.to_owned()).or_default() += 1;
        if !is_financial {
            return Ok(());
        }
        match amounts(kind, &value) {
            Ok(amounts) => {
                for (category, amount) in amounts {
                    let sum = self.sums.entry(category).or_default();
                    sum.amount = sum.amount.plus(amount)?;
                    sum.count += 1;
                }
            }
            Err(reason) => {
                self.left_out.unread.insert(record, reason.to_string());
            }
        }
        Ok(())
    }
}

/// A reason why the amounts of a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Unread {
    #[error("it says no total")]
    NoTotal,
    #[error("a total has no category that is coded")]
    NoCategory,
    #[error("an amount has no currency")]
    NoCurrency,
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Reads the totals of a claim (`Claim.total`), or of what answers one (`total.category` and `total.amount`): all of them, or none.
fn amounts(kind: &str, resource: &Value) -> Result<Vec<(Category, Amount)>, Unread> {
    let total = &resource["total"];
    if kind == "Claim" {
        return Ok(vec![money(kind, "total", total)?]);
    }
    let totals = total.as_array().filter(|totals| !totals.is_empty());
    let totals = totals.ok_or(Unread::NoTotal)?.iter().map(|total| {
        let codings = total["category"]["coding"].as_array();
        let code = codings.and_then(|codings| codings.iter().find_map(|coding| coding["code"].as_str()));
        money(kind, code.ok_or(Unread::NoCategory)?, &total["amount"])
    });
    totals.collect()
}

fn money(kind: &str, category: &str, money: &Value) -> Result<(Category, Amount), Unread> {
    let Value::Number(number) = &money["value"] else {
        return Err(Unread::NoTotal);
    };
    let amount = Amount::parse(&number.to_string())?;
    let currency = money["currency"].as_str().ok_or(Unread::NoCurrency)?;
    let category = Category {
        resource_type: kind.to_owned(),
        category: category.to_owned(),
        currency: currency.to_owned(),
    };
    Ok((category, amount))
}

#[cfg(test)]
mod tests;
