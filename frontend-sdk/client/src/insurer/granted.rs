//! From patients and a query to an aggregate: tokens for each patient's records, where they permit it.

use super::{Aggregate, AggregateError, OpenedRecord, Unopened, aggregate_opened};
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
use std::collections::BTreeSet;

/// The most patients about whom is asked at once.
pub const MAX_PATIENTS: usize = 1_000;

/// Records that an insurer wants to add up.
pub struct Question {
    /// The custodian's search domain.
    pub domain: DomainId,
    /// Whose records. Who has granted nothing for payment, or nothing any more, is in the answer with nothing.
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
    for patient in patients {
        let asking = Asking::patient(insurer.key().account(), *patient, Purposes::HPAYMT);
        match service
            .tokens(aegle, insurer.key(), *domain, &asking, &query.terms)
            .await
        {
            Ok(terms) => searches.push(asking.search(*domain, terms, query.expression.clone())),
            Err(TokensError::Service(RemoteError::Refused {
                code: ProblemCode::NotPermitted,
                ..
            })) => refused.push(*patient),
            Err(source) => {
                return Err(AggregateError::Tokens {
                    patient: *patient,
                    source: Box::new(source),
                });
            }
        }
    }
    let mut found = aggregate_opened(aegle, insurer, searches, open).await?;
    found.patients.extend(refused.into_iter().map(|patient| (patient, 0)));
    Ok(found)
}
