//! Evaluating blinded keywords for a searcher, after the chain has said yes.

use super::{Custodian, authorise::TokenRefusal};
use crate::{chain::Chain, deployment::OnChain, search::asking::Asking};
use aegle_protocol::wire::{EvaluationAnswer, EvaluationRequest, MAX_EVALUATED_ELEMENTS};
use aegle_rules::{AccountId, OprfKey};
use aegle_sealed::{BlindGroup, ScopeContext, limits::SEGMENT_BATCHES};

/// A request for evaluations that the chain permits. It comes from [`Custodian::authorise_evaluation`] alone.
pub struct AuthorisedEvaluation {
    context: ScopeContext,
    groups: Vec<BlindGroup>,
    key: OprfKey,
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
        let last = state.next_batch.saturating_sub(1) / SEGMENT_BATCHES;
        if let Some(group) = groups.iter().find(|group| group.segment > last) {
            return Err(TokenRefusal::Segment {
                segment: group.segment,
                last,
            });
        }
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
}
