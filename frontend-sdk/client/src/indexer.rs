//! The indexer's HTTP API: what is asked, how it is signed, and what is made of the answers.

use crate::{
    account::AccountKey,
    chain::Contracts,
    remote::{BYTES, Call, Remote, RemoteError, Transport},
};
use aegle_protocol::{
    keys::{KeyAnswer, PublishedKeys},
    record::RecordId,
    wire::{
        Bundle, CountAnswer, CountRequest, DECISIONS_PATH, DecisionAnswer, DecisionRequest, DisclosureLog, GrantSplit,
        HeldGrant, LARGE_CIPHERTEXTS_PATH, LabelRuns, LabelRunsRequest, LargeCiphertext, MissingPieces, NotificationId,
        OpenAnswer, OpenRequest, PresentedTransform, RELAY_PATH, Relabelling, RelayAnswer, SearchAnswer, SearchRequest,
        ShareDeposit, Status, TransformAnswer, TransformRequest, Upload, Waiting,
    },
};
use aegle_rules::{AccountId, GrantId, Hash, Purposes, SLOTS};
use serde::{Serialize, de::DeserializeOwned};

/// Most pages of a disclosure log that are fetched: a million entries.
const MAX_DISCLOSURE_PAGES: u32 = 1_000;

/// An indexer, reached by a transport. It is believed in nothing: what matters is verified against the chain, and requests
/// are signed for the account that the caller knows it by.
pub struct Indexer<T>(Remote<T>);

/// A request without a body that is signed for a server.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// The method.
    pub method: &'static str,
    /// The path with its query.
    pub path: String,
    /// The headers, by name.
    pub headers: Vec<(&'static str, String)>,
}

impl<T: Transport> Indexer<T> {
    /// Builds the client of a deployment's indexer, whose account is `server`: from the caller's own address book,
    /// never from an answer.
    pub fn new(transport: T, contracts: &Contracts, server: AccountId) -> Self {
        Self(Remote::new("indexer", transport, contracts, server))
    }

    /// Builds the client of a deployment's proxy, whose account is `server`. A proxy is asked as an indexer is, for
    /// what the two have in common.
    pub fn proxy(transport: T, contracts: &Contracts, server: AccountId) -> Self {
        Self(Remote::new("proxy", transport, contracts, server))
    }

    /// Returns the account that requests are signed for: its proxy's.
    pub fn account(&self) -> AccountId {
        self.0.server()
    }

    /// Returns the transport.
    pub fn transport(&self) -> &T {
        self.0.transport()
    }

    /// How it is asked.
    #[cfg(feature = "native")]
    pub(crate) fn remote(&self) -> &Remote<T> {
        &self.0
    }

    /// Asks what waits for the caller, or for a patient whom the key controls, as far as the indexer knows: a hint, not
    /// a fact.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn waiting(&self, key: &AccountKey, patient: AccountId) -> Result<Waiting, RemoteError> {
        let path = as_patient("/v1/waiting?".into(), key, patient);
        self.answer(key, Call::get(path)).await
    }

    /// Signs the request for the stream of what concerns a patient whose account the key controls, after a notification or from
    /// now on, for whoever reads streams by themselves.
    ///
    /// # Errors
    /// The request cannot be signed.
    pub fn notifications_request(
        &self,
        key: &AccountKey,
        patient: AccountId,
        after: Option<NotificationId>,
    ) -> Result<SignedRequest, RemoteError> {
        let call = notifications_call(key, patient, after);
        let (headers, _) = self.0.sign(key, &call)?;
        Ok(SignedRequest {
            method: call.method,
            path: call.path,
            headers,
        })
    }

    /// Asks what the indexer says of itself.
    ///
    /// # Errors
    /// [`RemoteError::OtherDeployment`] when it serves other contracts than `contracts`, [`RemoteError::OtherServer`] when
    /// its proxy is not of the account that requests are signed for.
    pub async fn status(&self, contracts: &Contracts) -> Result<Status, RemoteError> {
        let status: Status = self.0.unsigned(Call::get("/v1/status".into())).await?;
        let found = Contracts {
            genesis: status.genesis,
            consortium: status.consortium,
            consent: status.consent,
            ledger: status.ledger,
        };
        if found != *contracts {
            return Err(RemoteError::OtherDeployment);
        }
        if status.proxy.account != self.account() {
            return Err(RemoteError::OtherServer {
                pinned: self.account(),
                found: status.proxy.account,
            });
        }
        Ok(status)
    }

    /// Deposits the public keys of a patient whose account the key controls, which the key directory must name.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn put_keys(
        &self,
        key: &AccountKey,
        patient: AccountId,
        published: &PublishedKeys,
    ) -> Result<(), RemoteError> {
        let call = Call {
            method: "PUT",
            path: as_patient("/v1/keys?".into(), key, patient),
            content_type: BYTES,
            body: published.to_bytes(),
        };
        self.0.signed(key, &call).await.map(drop)
    }

    /// Fetches the public keys of `account` in these epochs of its slots, not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn keys(
        &self,
        key: &AccountKey,
        account: &AccountId,
        epochs: &[u16; SLOTS as usize],
    ) -> Result<KeyAnswer, RemoteError> {
        let epochs: Vec<String> = epochs.iter().map(u16::to_string).collect();
        let path = format!("/v1/keys/{account}?epochs={}", epochs.join(","));
        self.answer(key, Call::get(path)).await
    }

    /// Lists the permits with keys of a patient whom the key controls that were not revoked, as far as the indexer
    /// knows: a hint, not a fact.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn held_grants(&self, key: &AccountKey, patient: AccountId) -> Result<Vec<HeldGrant>, RemoteError> {
        let path = as_patient("/v1/grants?".into(), key, patient);
        self.answer(key, Call::get(path)).await
    }

    /// Stores ciphertexts: all of them, or it is as if none had been sent.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn put_ciphertexts(&self, key: &AccountKey, upload: &Upload<'_>) -> Result<(), RemoteError> {
        let call = Call {
            method: "POST",
            path: "/v1/ciphertexts".into(),
            content_type: BYTES,
            body: upload.to_bytes(),
        };
        self.0.signed(key, &call).await.map(drop)
    }

    /// Announces a ciphertext that comes in pieces; returns the numbers of those that are missing, none once it is stored,
    /// whole.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn announce_ciphertext(
        &self,
        key: &AccountKey,
        large: &LargeCiphertext,
    ) -> Result<MissingPieces, RemoteError> {
        self.answer(key, Call::json("POST", LARGE_CIPHERTEXTS_PATH.into(), large))
            .await
    }

    /// Stores a piece of a ciphertext that was announced.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn put_piece(
        &self,
        key: &AccountKey,
        record: &RecordId,
        number: u32,
        piece: Vec<u8>,
    ) -> Result<(), RemoteError> {
        let call = Call {
            method: "PUT",
            path: format!("/v1/ciphertexts/{record}/pieces/{number}"),
            content_type: BYTES,
            body: piece,
        };
        self.0.signed(key, &call).await.map(drop)
    }

    /// Stores rows and labels of an anchored batch.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn put_batch(&self, key: &AccountKey, bundle: &Bundle) -> Result<(), RemoteError> {
        let call = Call {
            method: "POST",
            path: "/v1/batches".into(),
            content_type: BYTES,
            body: bundle.to_bytes(),
        };
        self.0.signed(key, &call).await.map(drop)
    }

    /// Stores new labels of a batch.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn put_relabelling(&self, key: &AccountKey, relabelling: &Relabelling) -> Result<(), RemoteError> {
        let call = Call {
            method: "POST",
            path: "/v1/relabellings".into(),
            content_type: BYTES,
            body: relabelling.to_bytes(),
        };
        self.0.signed(key, &call).await.map(drop)
    }

    /// Deposits the parts of the split of a patient's grant.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn put_shares(
        &self,
        key: &AccountKey,
        patient: AccountId,
        deposit: &ShareDeposit,
    ) -> Result<(), RemoteError> {
        let path = as_patient("/v1/shares?".into(), key, patient);
        self.0.signed(key, &Call::json("POST", path, deposit)).await.map(drop)
    }

    /// Fetches how a grant's keys are split, not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn grant(
        &self,
        key: &AccountKey,
        patient: &AccountId,
        grant: GrantId,
    ) -> Result<GrantSplit, RemoteError> {
        self.answer(key, Call::get(format!("/v1/grants/{patient}/{grant}")))
            .await
    }

    /// Asks the indexer for a page of the records that a query's tokens find and the contract permits, not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn search(&self, key: &AccountKey, request: &SearchRequest) -> Result<SearchAnswer, RemoteError> {
        self.answer(key, Call::json("POST", "/v1/search".into(), request)).await
    }

    /// Fetches the labels of all of a patient's records, not yet verified, and the number of bytes that they took.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn label_runs(
        &self,
        key: &AccountKey,
        request: &LabelRunsRequest,
    ) -> Result<(LabelRuns, usize), RemoteError> {
        const PATH: &str = "/v1/label-runs";
        let answer = self.0.signed(key, &Call::json("POST", PATH.into(), request)).await?;
        let runs = LabelRuns::from_bytes(&answer.body).map_err(|_| RemoteError::Protocol {
            service: "indexer",
            method: "POST",
            path: PATH.into(),
            status: 200,
        })?;
        Ok((runs, answer.body.len()))
    }

    /// Counts patients of the cohort.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn count(&self, key: &AccountKey, request: &CountRequest) -> Result<CountAnswer, RemoteError> {
        self.answer(key, Call::json("POST", "/v1/counts".into(), request)).await
    }

    /// Asks who may see what, for a custodian's own systems. Returns a decision for each question, in their order.
    ///
    /// # Errors
    /// See [`RemoteError`]; then nothing may be shown.
    pub async fn decide(&self, key: &AccountKey, request: &DecisionRequest) -> Result<DecisionAnswer, RemoteError> {
        let call = Call::json("POST", DECISIONS_PATH.into(), request);
        let answer: DecisionAnswer = self.answer(key, call).await?;
        match answer.of(request) {
            Ok(_) => Ok(answer),
            Err(_) => Err(RemoteError::Protocol {
                service: "indexer",
                method: "POST",
                path: DECISIONS_PATH.into(),
                status: 200,
            }),
        }
    }

    /// Hands over a signed call as the JSON of a [`RelayRequest`](aegle_protocol::wire::RelayRequest), to be submitted and paid. The same call again is not paid
    /// twice. What is answered is not verified yet.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn relay(&self, key: &AccountKey, request: &impl Serialize) -> Result<RelayAnswer, RemoteError> {
        self.answer(key, Call::json("POST", RELAY_PATH.into(), request)).await
    }

    /// Fetches a record's row with its proof, not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn open(&self, key: &AccountKey, request: &OpenRequest) -> Result<OpenAnswer, RemoteError> {
        self.answer(key, Call::json("POST", "/v1/open".into(), request)).await
    }

    /// Fetches a record's ciphertext, not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn ciphertext(
        &self,
        key: &AccountKey,
        record: &RecordId,
        purpose: Purposes,
    ) -> Result<Vec<u8>, RemoteError> {
        let call = Call::get(format!("/v1/ciphertexts/{record}?purpose={}", purpose.0));
        Ok(self.0.signed(key, &call).await?.body)
    }

    /// Fetches the proxy's part of opening a record, not yet verified, and the hash of the request that its proof
    /// names.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn transform(
        &self,
        key: &AccountKey,
        request: &TransformRequest,
    ) -> Result<(TransformAnswer, Hash), RemoteError> {
        self.0
            .answer(key, Call::json("POST", "/v1/transform".into(), request))
            .await
    }

    /// Fetches a proxy's part of opening a record that it is shown, not yet verified, and the hash of the request that
    /// its proof names.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn present(
        &self,
        key: &AccountKey,
        presented: &PresentedTransform,
    ) -> Result<(TransformAnswer, Hash), RemoteError> {
        self.0
            .answer(key, Call::json("POST", "/v1/partials".into(), presented))
            .await
    }

    /// Fetches the log of what went out of a patient's own records, from the first entry on, not yet verified.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn disclosures(&self, key: &AccountKey, patient: AccountId) -> Result<DisclosureLog, RemoteError> {
        self.all_disclosures(key, patient, "/v1/disclosures").await
    }

    /// Fetches the log of what went out of a record of the caller's organisation, an erased one too: the entries of its
    /// patient's log that are about it, which are no chain by themselves.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn record_disclosures(&self, key: &AccountKey, record: &RecordId) -> Result<DisclosureLog, RemoteError> {
        self.all_disclosures(key, key.account(), &format!("/v1/records/{record}/disclosures"))
            .await
    }

    async fn all_disclosures(
        &self,
        key: &AccountKey,
        patient: AccountId,
        path: &str,
    ) -> Result<DisclosureLog, RemoteError> {
        let mut log = DisclosureLog::default();
        for _ in 0..MAX_DISCLOSURE_PAGES {
            let after = log.entries.last().map_or(0, |entry| entry.number);
            let path = as_patient(format!("{path}?after={after}&"), key, patient);
            let page: DisclosureLog = self.answer(key, Call::get(path)).await?;
            if page.entries.is_empty() {
                return Ok(log);
            }
            log.entries.extend(page.entries);
        }
        Err(RemoteError::LogTooLong)
    }

    async fn answer<A: DeserializeOwned>(&self, key: &AccountKey, call: Call) -> Result<A, RemoteError> {
        Ok(self.0.answer(key, call).await?.0)
    }
}

/// Asks for the stream of what concerns a patient, after a notification or from now on.
pub(crate) fn notifications_call(key: &AccountKey, patient: AccountId, after: Option<NotificationId>) -> Call {
    let after = after.map(|after| format!("after={after}&")).unwrap_or_default();
    Call::get(as_patient(format!("/v1/events?{after}"), key, patient))
}

/// Adds to a path that ends with `?` or `&` as whom a request is made, where that is not the account that signs it.
pub(crate) fn as_patient(path: String, key: &AccountKey, patient: AccountId) -> String {
    if key.account() == patient {
        path.trim_end_matches(['?', '&']).into()
    } else {
        format!("{path}patient={patient}")
    }
}
