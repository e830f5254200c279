//! The hospital's token service: others ask it for search tokens over HTTP, as they would from another building.

use super::{
    cast::Cast,
    questions::Question,
    stage::{DemoSession, PURPOSE},
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

/// The hospital's token service, and a client of it.
pub(crate) struct DemoTokenService {
    service: Serving,
    client: TokenServiceClient,
    domain: DomainId,
}

impl DemoTokenService {
    /// Starts the service for the hospital's search domain; its audit log goes into `data`.
    pub(crate) async fn start(aegle: &DemoSession<'_>, cast: &Cast, domain: DomainId, data: &Path) -> Result<Self> {
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

    /// Returns the search domain.
    pub(crate) fn domain(&self) -> DomainId {
        self.domain
    }

    /// Asks for the tokens of a question about one patient, for treatment.
    pub(crate) async fn ask(
        &self,
        aegle: &DemoSession<'_>,
        reader: &Reader,
        patient: AccountId,
        question: &Question,
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        let asking = Asking::patient(reader.key().account(), patient, PURPOSE);
        self.tokens(aegle, reader.key(), &asking, &question.query.terms).await
    }

    /// Asks for the tokens of keywords: for each keyword its tokens, one a segment.
    pub(crate) async fn tokens(
        &self,
        aegle: &DemoSession<'_>,
        key: &AccountKey,
        asking: &Asking,
        keywords: &[Keyword],
    ) -> Result<Vec<Vec<SearchToken>>, TokensError> {
        self.client.tokens(aegle, key, self.domain, asking, keywords).await
    }

    /// Stops the service.
    pub(crate) async fn stop(self) {
        self.service.stop().await;
    }
}

/// Everything that a step of the story acts through.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The chain, the contracts and the indexer.
    pub(crate) aegle: &'a DemoSession<'a>,
    /// Everybody.
    pub(crate) cast: &'a Cast,
    /// The hospital's token service.
    pub(crate) service: &'a DemoTokenService,
}
