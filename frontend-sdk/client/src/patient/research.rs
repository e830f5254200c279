//! A patient's consent to research.

use super::{GrantError, GrantRequest, Granted, Patient, fresh_salt, granting::GrantDraft};
use crate::{chain::Chain, deployment::Aegle, remote::Transport};
use aegle_protocol::commitment::document_commitment;
use aegle_rules::{
    Hash, Purposes,
    consent::{Grantee, Research, Terms},
};

impl Patient {
    /// Consents to research by any researcher of the consortium whose declaration fits, over what `request` says; its
    /// grantee and purposes do not count. The records may be found and counted, and are opened to nobody by it.
    ///
    /// # Errors
    /// See [`GrantError`].
    pub async fn consent_to_research<C: Chain, T: Transport>(
        &self,
        aegle: &Aegle<'_, C, T>,
        research: Research,
        request: &GrantRequest<'_>,
    ) -> Result<Granted, GrantError> {
        let document_salt = fresh_salt();
        let document = document_commitment(request.document, &document_salt);
        let terms = Terms {
            grantee: Grantee::Anyone,
            purposes: Purposes::HRESCH,
            research,
            delegable: false,
            ..self.terms(aegle.contracts, request, document, Hash([0; 32]))
        };
        let put = self
            .put_grant(aegle, None, |_| Ok(GrantDraft { terms, made: () }))
            .await?;
        Ok(Granted {
            id: put.id,
            terms: put.terms,
            document_salt,
            receipt: put.receipt,
            undelivered: Vec::new(),
        })
    }
}
