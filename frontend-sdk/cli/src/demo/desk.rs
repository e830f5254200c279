//! The hospital's desk for search tokens: a service that others ask, as they would from another building.

use super::{
    cast::Cast,
    questions::Question,
    stage::{Deployed, PURPOSE},
};
use aegle_client::{
    account::AccountKey,
    clinician::reader::Reader,
    native::{ServerAddress, TokenServiceClient},
    rules::{AccountId, DomainId},
    sealed::{Keyword, SearchToken},
    search::{asking::Asking, tokens::TokensError},
};
use aegle_http::Listen;
use aegle_token_service::{Quota, ServiceConfig, Serving};
use anyhow::Result;
use std::{net::Ipv4Addr, path::Path};

/// The desk.
pub(crate) struct Desk {
    service: Serving,
    client: TokenServiceClient,
    domain: DomainId,
}

impl Desk {
    /// Opens the desk of the hospital for its domain; its audit log goes into `data`.
    pub(crate) async fn open(aegle: &Deployed<'_>, cast: &Cast, domain: DomainId, data: &Path) -> Result<Self> {
        let config = ServiceConfig {
            listen: Listen::plain((Ipv4Addr::LOCALHOST, 0).into()),
            audit: data.join("custodian-audit.jsonl"),
            quota: Quota::default(),
        };
        let service = Serving::start(cast.hospital.clone(), aegle.chain.clone(), *aegle.contracts, config).await?;
        // Everybody knows the hospital's account from its operator, not from the service.
        let address = ServerAddress::new(service.url(), cast.hospital.key().account());
        let client = TokenServiceClient::at(&address, aegle.contracts)?;
        Ok(Self {
            service,
            client,
            domain,
        })
    }

    /// The domain.
    pub(crate) fn domain(&self) -> DomainId {
        self.domain
    }

    /// Tokens for a question about one patient, for treatment.
    pub(crate) async fn ask(
        &self,
        aegle: &Deployed<'_>,
        reader: &Reader,
        patient: AccountId,
        question: &Question,
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let asking = Asking::patient(reader.key().account(), patient, PURPOSE);
        self.tokens(aegle, reader.key(), &asking, &question.query.terms).await
    }

    /// Tokens for keywords.
    pub(crate) async fn tokens(
        &self,
        aegle: &Deployed<'_>,
        key: &AccountKey,
        asking: &Asking,
        keywords: &[Keyword],
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        self.client.tokens(aegle, key, self.domain, asking, keywords).await
    }

    /// Closes the desk.
    pub(crate) async fn close(self) {
        self.service.stop().await;
    }
}
