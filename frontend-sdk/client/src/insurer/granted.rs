//! From patients and a query to an aggregate: tokens for each patient's records, where they permit it.

use super::{Aggregate, AggregateError, OpenedRecord, Unasked, Unopened, aggregate_opened};
use crate::{
    chain::Chain,
    clinician::reader::Reader,
    deployment::Aegle,
    remote::{RemoteError, Transport},
    search::{
        asking::Asking,
        tokens::{TokenService, TokensError},
    },
};
use aegle_protocol::{record::RecordId, wire::ProblemCode};
use aegle_rules::{AccountId, DomainId, Purposes, Roles};
use aegle_sealed::query::ParsedQuery;
use std::collections::{BTreeMap, BTreeSet};

/// The most patients about whom is asked at once.
pub const MAX_PATIENTS: usize = 1_000;

/// The reason of a token service that no record of a patient is permitted.
const NOTHING_PERMITTED: &str = "not-permitted";

/// Records that an insurer wants to add up.
pub struct Question {
    /// The custodian's search domain.
    pub domain: DomainId,
    /// Whose records. Who has granted nothing for payment, or nothing any more, is in the answer with nothing; who could not be asked
    /// about is left out of it, and named.
    pub patients: BTreeSet<AccountId>,
    /// Which of their records.
    pub query: ParsedQuery,
}

/// Makes an aggregate of the records of patients that a query finds and that they have granted for payment (HPAYMT), as they
/// are now. Each is opened by `open`, which verifies it to its last byte, as [`OpenedRecord::open`] does.
///
/// # Errors
/// See [`AggregateError`].
pub async fn aggregate_granted<C: Chain, T: Transport, S: Transport>(
    aegle: &Aegle<'_, C, T>,
    insurer: &Reader,
    service: &TokenService<S>,
    question: &Question,
    open: &impl AsyncFn(RecordId) -> Result<OpenedRecord, Unopened>,
) -> Result<Aggregate, AggregateError> {
    let Question {
        domain,
        patients,
        query,
    } = question;
    if patients.len() > MAX_PATIENTS {
        return Err(AggregateError::TooManyPatients(patients.len()));
    }
    // A refusal for want of the role would look as if nobody had granted anything.
    let head = aegle.chain.finalized().await?;
    let roles = aegle.effective_roles(&head, insurer.key().account()).await?;
    if !roles.iter().any(|role| role.roles.contains(Roles::INSURER)) {
        return Err(AggregateError::NoInsurer);
    }
    let (mut searches, mut refused) = (Vec::with_capacity(patients.len()), Vec::new());
    let mut unasked = BTreeMap::new();
    for patient in patients {
        let asking = Asking::patient(insurer.key().account(), *patient, Purposes::HPAYMT);
        match service
            .tokens(aegle, insurer.key(), *domain, &asking, &query.terms)
            .await
        {
            Ok(terms) => searches.push(asking.search(*domain, terms, query.expression.clone())),
            Err(TokensError::Service(RemoteError::Refused {
                code: ProblemCode::NotPermitted,
                ref reason,
                ..
            })) if reason == NOTHING_PERMITTED => refused.push(*patient),
            Err(source) => {
                let reason = Unasked::of(&source).ok_or_else(|| AggregateError::Tokens {
                    patient: *patient,
                    source: Box::new(source),
                })?;
                unasked.insert(*patient, reason);
            }
        }
    }
    let mut found = aggregate_opened(aegle, insurer, searches, open).await?;
    found.patients.extend(refused.into_iter().map(|patient| (patient, 0)));
    found.left_out.unasked = unasked;
    Ok(found)
}

impl Unasked {
    /// The reason that a token service gives, where it is one to leave a patient out.
    fn of(error: &TokensError) -> Option<Self> {
        let TokensError::Service(RemoteError::Refused {
            code: ProblemCode::NotPermitted,
            reason,
            ..
        }) = error
        else {
            return None;
        };
        match reason.as_str() {
            "consent-too-narrow" => Some(Self::TooNarrow),
            "paused" => Some(Self::Paused),
            _ => None,
        }
    }
}
