//! Evaluating blinded keywords for a searcher, after the chain has said yes.

use super::{
    Custodian,
    authorise::{MAX_PROBES_OF_MANY, TokenRefusal, authorise, has_batches, registered},
};
use crate::{chain::Chain, deployment::OnChain, search::asking::Asking};
use aegle_protocol::wire::{
    EvaluationAnswer, EvaluationRequest, MAX_EVALUATED_ELEMENTS, MAX_EVALUATED_PATIENTS, PatientEvaluation,
    PatientsEvaluationAnswer, PatientsEvaluationRequest,
};
use aegle_rules::{AccountId, OprfKey, ledger::Domain};
use aegle_sealed::{BlindGroup, Scope, ScopeContext, limits::SEGMENT_BATCHES};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;

/// Patients about whom the chain is asked at the same time.
const PARALLEL_PATIENTS: usize = 32;

/// A request for evaluations that the chain permits. It comes from [`Custodian::authorise_evaluation`] alone.
pub struct AuthorisedEvaluation {
    context: ScopeContext,
    groups: Vec<BlindGroup>,
    key: OprfKey,
}

/// A request for evaluations in the records of many patients, of whom the chain permits some. It comes from
/// [`Custodian::authorise_evaluations`] alone.
pub struct AuthorisedEvaluations {
    /// For each patient where the keywords are evaluated, or why not.
    patients: Vec<Result<ScopeContext, String>>,
    refused: Vec<AccountId>,
    groups: Vec<BlindGroup>,
    key: OprfKey,
}

impl AuthorisedEvaluations {
    /// Returns the patients whose consent does not permit the search.
    pub fn refused(&self) -> &[AccountId] {
        &self.refused
    }
}

impl Custodian {
    /// Checks with the chain that `requester` may search that scope for that purpose.
    ///
    /// # Errors
    /// See [`TokenRefusal`].
    pub async fn authorise_evaluation<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        requester: AccountId,
        request: EvaluationRequest,
    ) -> Result<AuthorisedEvaluation, TokenRefusal> {
        let elements = request.elements();
        if !(1..=MAX_EVALUATED_ELEMENTS).contains(&elements) {
            return Err(TokenRefusal::Elements(elements));
        }
        let EvaluationRequest {
            domain,
            epoch,
            scope,
            purpose,
            research,
            groups,
        } = request;
        let asking = Asking {
            requester,
            scope,
            purpose,
            research,
        };
        let head = aegle.chain.finalized().await?;
        let fields = groups.iter().map(|group| group.field);
        let state = self.authorised(aegle, &head, domain, &asking, fields).await?;
        check_segments(&state, &groups)?;
        let key = self.epoch_key(aegle, &head, domain, epoch).await?.public_key();
        let context = ScopeContext { domain, epoch, scope };
        Ok(AuthorisedEvaluation { context, groups, key })
    }

    /// Evaluates the blinded keywords that were authorised: about a tenth of a millisecond each.
    ///
    /// # Errors
    /// [`TokenRefusal::Blind`] when an element is malformed.
    pub fn evaluate(&self, authorised: &AuthorisedEvaluation) -> Result<EvaluationAnswer, TokenRefusal> {
        let AuthorisedEvaluation { context, groups, key } = authorised;
        let key = self.key_of(key).ok_or(TokenRefusal::OtherKey(context.domain))?;
        let evaluated = groups.iter().map(|group| key.evaluate_blindly(context, group));
        Ok(EvaluationAnswer {
            groups: evaluated.collect::<Result<_, _>>()?,
        })
    }

    /// Checks with the chain of which patients `requester` may search the records for that purpose.
    ///
    /// # Errors
    /// See [`TokenRefusal`]; a patient whose consent does not permit the search is none.
    pub async fn authorise_evaluations<C: Chain>(
        &self,
        aegle: &OnChain<'_, C>,
        requester: AccountId,
        request: PatientsEvaluationRequest,
    ) -> Result<AuthorisedEvaluations, TokenRefusal> {
        let elements = request.elements();
        if !(1..=MAX_EVALUATED_ELEMENTS).contains(&elements) {
            return Err(TokenRefusal::Elements(elements));
        }
        let PatientsEvaluationRequest {
            domain,
            epoch,
            patients,
            purpose,
            groups,
        } = request;
        let distinct: BTreeSet<&AccountId> = patients.iter().collect();
        if distinct.len() != patients.len() || patients.len() > MAX_EVALUATED_PATIENTS {
            return Err(TokenRefusal::Patients(patients.len()));
        }
        let head = aegle.chain.finalized().await?;
        let fields = groups.iter().map(|group| group.field);
        // There is one at least, or there would be no element.
        let scope = patients
            .first()
            .map_or(Scope::Cohort, |patient| Scope::Patient(*patient));
        self.check_fields(scope, fields)?;
        let state = registered(aegle, &head, domain).await?;
        has_batches(&state, domain)?;
        check_segments(&state, &groups)?;
        let key = self.epoch_key(aegle, &head, domain, epoch).await?.public_key();
        let ask = async |patient: AccountId| {
            let asking = Asking::patient(requester, patient, purpose);
            match authorise(aegle, &head, &asking, patient, MAX_PROBES_OF_MANY).await {
                Ok(()) => Ok(Ok(ScopeContext {
                    domain,
                    epoch,
                    scope: asking.scope,
                })),
                // One patient's consent is no reason to refuse the others.
                Err(refused @ (TokenRefusal::Denied(_) | TokenRefusal::TooNarrow)) => Ok(Err(refused.to_string())),
                Err(other) => Err(other),
            }
        };
        let permitted = stream::iter(patients.clone()).map(ask).buffered(PARALLEL_PATIENTS);
        let permitted: Vec<Result<ScopeContext, String>> = permitted.try_collect().await?;
        let refused = patients
            .iter()
            .zip(&permitted)
            .filter(|(_, permitted)| permitted.is_err());
        Ok(AuthorisedEvaluations {
            refused: refused.map(|(patient, _)| *patient).collect(),
            patients: permitted,
            groups,
            key,
        })
    }

    /// Evaluates the blinded keywords for each patient of whom that was authorised, each with a proof of its own.
    ///
    /// # Errors
    /// [`TokenRefusal::Blind`] when an element is malformed.
    pub fn evaluate_all(&self, authorised: &AuthorisedEvaluations) -> Result<PatientsEvaluationAnswer, TokenRefusal> {
        let AuthorisedEvaluations {
            patients, groups, key, ..
        } = authorised;
        let contexts: Vec<ScopeContext> = patients.iter().flatten().copied().collect();
        let mut evaluated = vec![Vec::with_capacity(groups.len()); contexts.len()];
        if let Some(context) = contexts.first() {
            let key = self.key_of(key).ok_or(TokenRefusal::OtherKey(context.domain))?;
            for group in groups {
                let answers = key.evaluate_blindly_in(&contexts, group)?;
                for (evaluated, answer) in evaluated.iter_mut().zip(answers) {
                    evaluated.push(answer);
                }
            }
        }
        let mut evaluated = evaluated.into_iter();
        let answer = |patient: &Result<ScopeContext, String>| match patient {
            Ok(_) => PatientEvaluation::Evaluated(evaluated.next().expect("each permitted patient was evaluated")),
            Err(reason) => PatientEvaluation::Refused(reason.clone()),
        };
        Ok(PatientsEvaluationAnswer {
            patients: patients.iter().map(answer).collect(),
        })
    }
}

fn check_segments(state: &Domain, groups: &[BlindGroup]) -> Result<(), TokenRefusal> {
    let last = state.next_batch.saturating_sub(1) / SEGMENT_BATCHES;
    match groups.iter().find(|group| group.segment > last) {
        Some(BlindGroup { segment, .. }) => Err(TokenRefusal::Segment {
            segment: *segment,
            last,
        }),
        None => Ok(()),
    }
}
