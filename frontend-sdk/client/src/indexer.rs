//! The indexer's HTTP API: what is asked, how it is signed, and what is made of the answers.

mod call;
mod transport;

pub use transport::{Request, Response, Transport, TransportError};

use crate::{account::AccountKey, chain::Contracts};
use aegle_crypto::{
    Deployment,
    keys::KeyBundle,
    protocol::{
        Bundle, DisclosureLog, GrantSplit, OpenAnswer, OpenRequest, ProblemCode, SearchAnswer, SearchRequest,
        ShareDeposit, Status, TransformAnswer, TransformRequest, Upload,
    },
    random::SystemRandom,
    record::RecordId,
    request::{RequestError, RequestHead},
};
use aegle_rules::{AccountId, GrantId, Hash, Purposes};
use call::{Answer, BYTES, Call, JSON, Patience, json};
use scale::Encode;
use serde::de::DeserializeOwned;

/// How long a signed request counts, in milliseconds: short, because clocks that agree need no more.
const REQUEST_LIFETIME_MS: u64 = 60_000;
/// Most pages of a disclosure log that are fetched: a million entries.
const MAX_DISCLOSURE_PAGES: u32 = 1_000;

/// Why the indexer did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexerError {
    /// It cannot be reached.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// There is nothing that may be shown: it is absent, erased or not permitted, and which of them is not said.
    #[error("there is nothing to show: no such record, or no permission")]
    NotFound,
    /// It refused.
    #[error("the indexer refused: {title}{}", detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The stable code.
        code: ProblemCode,
        /// What the code means.
        title: String,
        /// What is particular to this case.
        detail: Option<String>,
    },
    /// It answered something that is not of the protocol.
    #[error("the indexer's answer to {method} {path} is not of the protocol (status {status})")]
    Protocol {
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// The answer's status.
        status: u16,
    },
    /// It serves another chain or other contracts.
    #[error("the indexer serves another deployment: check the addresses")]
    OtherDeployment,
    /// The request cannot be signed.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The log has more entries than are fetched at once.
    #[error("the disclosure log is longer than can be fetched")]
    LogTooLong,
}

/// An indexer, reached by a transport. It is believed in nothing: what matters is verified against the chain.
pub struct Indexer<T> {
    transport: T,
    deployment: Deployment,
}

impl<T: Transport> Indexer<T> {
    /// The indexer of a deployment.
    pub fn new(transport: T, contracts: &Contracts) -> Self {
        Self {
            transport,
            deployment: Deployment {
                genesis: contracts.genesis,
                consent: contracts.consent,
            },
        }
    }

    /// The transport.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// What the indexer says of itself.
    ///
    /// # Errors
    /// [`IndexerError::OtherDeployment`] when it serves other contracts than `contracts`.
    pub async fn status(&self, contracts: &Contracts) -> Result<Status, IndexerError> {
        let call = Call {
            method: "GET",
            path: "/v1/status".into(),
            content_type: JSON,
            body: Vec::new(),
        };
        let mut patience = Patience::default();
        let body = loop {
            let answer = call.accept(self.transport.send(call.request(Vec::new())).await?);
            match answer {
                Err(error) if patience.lasts(&error) => self.transport.pause(patience.pause()).await,
                answer => break answer?,
            }
        };
        let status: Status = json(&call, body)?;
        let found = Contracts {
            genesis: status.genesis,
            consortium: status.consortium,
            consent: status.consent,
            ledger: status.ledger,
        };
        if found == *contracts {
            Ok(status)
        } else {
            Err(IndexerError::OtherDeployment)
        }
    }

    /// Deposits the caller's bundle of public keys, which the key directory must name.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn put_keys(&self, key: &AccountKey, bundle: &KeyBundle) -> Result<(), IndexerError> {
        self.signed(key, Call::json("PUT", "/v1/keys".into(), bundle))
            .await
            .map(drop)
    }

    /// The public keys of `account`, not yet verified.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn keys(&self, key: &AccountKey, account: &AccountId) -> Result<KeyBundle, IndexerError> {
        self.answer(key, Call::get(format!("/v1/keys/{account}"))).await
    }

    /// Stores ciphertexts: all of them, or it is as if none had been sent.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn put_ciphertexts(&self, key: &AccountKey, upload: &Upload<'_>) -> Result<(), IndexerError> {
        let call = Call {
            method: "POST",
            path: "/v1/ciphertexts".into(),
            content_type: BYTES,
            body: upload.to_bytes(),
        };
        self.signed(key, call).await.map(drop)
    }

    /// Stores rows and labels of an anchored batch.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn put_batch(&self, key: &AccountKey, bundle: &Bundle) -> Result<(), IndexerError> {
        let call = Call {
            method: "POST",
            path: "/v1/batches".into(),
            content_type: BYTES,
            body: bundle.encode(),
        };
        self.signed(key, call).await.map(drop)
    }

    /// Deposits the parts of a grant's split.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn put_shares(&self, key: &AccountKey, deposit: &ShareDeposit) -> Result<(), IndexerError> {
        self.signed(key, Call::json("POST", "/v1/shares".into(), deposit))
            .await
            .map(drop)
    }

    /// How a grant's keys are split, not yet verified.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn grant(
        &self,
        key: &AccountKey,
        patient: &AccountId,
        grant: GrantId,
    ) -> Result<GrantSplit, IndexerError> {
        self.answer(key, Call::get(format!("/v1/grants/{patient}/{grant}")))
            .await
    }

    /// Searches.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn search(&self, key: &AccountKey, request: &SearchRequest) -> Result<SearchAnswer, IndexerError> {
        self.answer(key, Call::json("POST", "/v1/search".into(), request)).await
    }

    /// A record's row with its proof, not yet verified.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn open(&self, key: &AccountKey, request: &OpenRequest) -> Result<OpenAnswer, IndexerError> {
        self.answer(key, Call::json("POST", "/v1/open".into(), request)).await
    }

    /// A record's ciphertext, not yet verified.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn ciphertext(
        &self,
        key: &AccountKey,
        record: &RecordId,
        purpose: Purposes,
    ) -> Result<Vec<u8>, IndexerError> {
        let call = Call::get(format!("/v1/ciphertexts/{record}?purpose={}", purpose.0));
        Ok(self.signed(key, call).await?.body)
    }

    /// The proxy's part of opening a record, not yet verified, and the hash of the request that its proof names.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn transform(
        &self,
        key: &AccountKey,
        request: &TransformRequest,
    ) -> Result<(TransformAnswer, Hash), IndexerError> {
        let call = Call::json("POST", "/v1/transform".into(), request);
        let path = call.path.clone();
        let Answer { body, request } = self.signed(key, call).await?;
        let call = Call {
            method: "POST",
            path,
            content_type: JSON,
            body: Vec::new(),
        };
        Ok((json(&call, body)?, request))
    }

    /// What went out of the caller's own records, from the first entry on, not yet verified.
    ///
    /// # Errors
    /// See [`IndexerError`].
    pub async fn disclosures(&self, key: &AccountKey) -> Result<DisclosureLog, IndexerError> {
        let mut log = DisclosureLog::default();
        for _ in 0..MAX_DISCLOSURE_PAGES {
            let after = log.entries.last().map_or(0, |entry| entry.number);
            let page: DisclosureLog = self
                .answer(key, Call::get(format!("/v1/disclosures?after={after}")))
                .await?;
            if page.entries.is_empty() {
                return Ok(log);
            }
            log.entries.extend(page.entries);
        }
        Err(IndexerError::LogTooLong)
    }

    async fn answer<A: DeserializeOwned>(&self, key: &AccountKey, call: Call) -> Result<A, IndexerError> {
        let again = Call {
            body: Vec::new(),
            path: call.path.clone(),
            ..call
        };
        json(&again, self.signed(key, call).await?.body)
    }

    /// Signs and sends; while the indexer will answer later, signs anew and sends again.
    async fn signed(&self, key: &AccountKey, call: Call) -> Result<Answer, IndexerError> {
        let mut patience = Patience::default();
        loop {
            let clock = (self.transport.now(), REQUEST_LIFETIME_MS);
            let head = RequestHead::new(
                self.deployment,
                (call.method, &call.path),
                &call.body,
                clock,
                &mut SystemRandom,
            )?;
            let signed = head.sign(key.account(), |payload| Ok::<_, RequestError>(key.sign(payload)))?;
            let response = self.transport.send(call.request(signed.to_pairs().into())).await?;
            match call.accept(response) {
                Err(error) if patience.lasts(&error) => self.transport.pause(patience.pause()).await,
                answer => {
                    return answer.map(|body| Answer {
                        body,
                        request: head.hash(),
                    });
                }
            }
        }
    }
}
