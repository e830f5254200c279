//! Research on consented records: a patient's consent to it, and counts of patients.

use crate::{
    account::AccountKey,
    authorisation::Asking,
    chain::Chain,
    deployment::Aegle,
    patient::{GrantError, GrantRequest, Granted, Patient, fresh_salt},
    remote::{RemoteError, Transport},
};
use aegle_crypto::{
    commitment::document_commitment,
    protocol::{CountAnswer, CountRequest},
};
use aegle_rules::{
    DomainId, Hash, Purposes,
    consent::{Grantee, Research, Terms},
};
use aegle_sealed::{SearchToken, query::GroupedQuery};

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
            ..self.terms(aegle.contracts, request, document, Hash([0; 32]))
        };
        let (id, terms, _, receipt) = self.put_grant(aegle, |_| Ok((terms, ()))).await?;
        Ok(Granted {
            id,
            terms,
            document_salt,
            receipt,
        })
    }
}

/// How many patients of a custodian's cohort have a record that the query finds, and how many of each group: of those
/// alone who consent, floored and noised. The indexer's answer is taken at its word.
///
/// # Errors
/// See [`RemoteError`].
pub async fn count<C: Chain, T: Transport>(
    aegle: &Aegle<'_, C, T>,
    key: &AccountKey,
    domain: DomainId,
    asking: &Asking,
    (query, terms): (GroupedQuery, Vec<Vec<SearchToken>>),
) -> Result<CountAnswer, RemoteError> {
    let request = CountRequest {
        domain,
        purpose: asking.purpose,
        research: asking.research,
        terms,
        query: query.expression,
        groups: query.groups,
    };
    aegle.indexer.count(key, &request).await
}
