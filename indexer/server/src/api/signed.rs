//! Who makes a request: its account's signature, checked before anything else is done.
use super::{Api, Core, Problem};
use crate::{
    budget::{Budget, REQUEST},
    gate::GateError,
    store::{Standing, Store},
};
use aegle_http::{BodyLimit, Nonces, Signed, turn, wall_clock};
use aegle_policy::View;
use aegle_protocol::{
    request::VerifiedRequest,
    wire::{MAX_UPLOAD_BODY_BYTES, PIECE_BYTES},
};
use aegle_rules::{AccountId, Hash, OrganisationId, Roles, consent::Control};
use axum::{
    body::Bytes,
    extract::{FromRequestParts, Query, Request},
    http::request::Parts,
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// A question, or a small deposit: a search of 256 terms over 15 segments fits, or one of 60 terms over the widest window.
pub(super) const QUESTION: BodyLimit = BodyLimit {
    bytes: 8 * 1024 * 1024,
    arrival: Duration::from_secs(120),
};
/// Ciphertexts.
pub(super) const UPLOAD: BodyLimit = BodyLimit {
    bytes: MAX_UPLOAD_BODY_BYTES,
    arrival: Duration::from_secs(120),
};
/// A piece of a large ciphertext, or what announces one.
pub(super) const PIECE: BodyLimit = BodyLimit {
    bytes: PIECE_BYTES,
    arrival: Duration::from_secs(120),
};
/// The bundle of a batch, or new labels: the most labels and counts that a batch may have, and rows for the most records.
pub(super) const BUNDLE: BodyLimit = BodyLimit {
    bytes: 192 * 1024 * 1024,
    arrival: Duration::from_secs(120),
};
/// The roles of which one lets an account send what its organisation keeps, as the ledger lets it anchor.
const CUSTODIANS: Roles = Roles::ORGANISATION_ADMIN.union(Roles::CUSTODIAN);
/// How long a large body waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(30);

/// A request that its account signed, at a fresh state of the chain.
pub(super) struct Caller {
    pub(super) account: AccountId,
    /// Hash of the signed request.
    pub(super) request: Hash,
    /// The state that it is answered at.
    pub(super) view: View,
    /// What the account may do at that state.
    pub(super) standings: Vec<Standing>,
    budget: Budget,
}

/// As whom a request is made.
#[derive(Deserialize)]
struct As {
    patient: Option<AccountId>,
}

impl Caller {
    /// Charges the account for questions to the contract.
    pub(super) fn charge(&self, questions: usize) {
        self.budget.charge(questions);
    }

    /// Returns the caller at the state that the chain has now.
    ///
    /// # Errors
    /// A [`Problem`]: the chain cannot be asked.
    pub(super) async fn renewed(&self, api: &Core) -> Result<Self, Problem> {
        Self::at_head(api, self.account, self.request, self.budget.clone()).await
    }

    /// Whether the chain knows the account: it has a budget of its own.
    pub(super) fn is_known(&self) -> bool {
        self.budget.is_of_one()
    }

    async fn at_head(api: &Core, account: AccountId, request: Hash, budget: Budget) -> Result<Self, Problem> {
        let view = api.gate.view().await?;
        let standings = api.store.standings(&account, view.latest_time(wall_clock())).await?;
        Ok(Self {
            account,
            request,
            view,
            standings,
            budget,
        })
    }

    /// Returns the patient as whom the caller acts: the one that the query names (`?patient=`), or else the caller's own
    /// account.
    ///
    /// # Errors
    /// A [`Problem`]: another key controls that account, or guardians alone act for it.
    pub(super) async fn as_patient(&self, api: &Core, parts: &mut Parts) -> Result<AccountId, Problem> {
        let patient = self.patient(parts).await?;
        if self.controls(api, patient).await? {
            return Ok(patient);
        }
        Err(Problem::not_permitted().because("the key that signs does not control the patient's account"))
    }

    /// Returns the patient for whom the caller gives access or publishes keys, as [`Self::as_patient`] does, and who acts for
    /// that patient.
    ///
    /// # Errors
    /// A [`Problem`]: those of [`Self::as_patient`], or another key is to control the account.
    pub(super) async fn giving_for(&self, api: &Core, parts: &mut Parts) -> Result<(AccountId, Control), Problem> {
        let patient = self.patient(parts).await?;
        let control = api.policy.gives(&self.view, wall_clock(), patient, self.account);
        let control = control.await.map_err(GateError::from)?;
        let control = control.ok_or(Problem::not_permitted().because(
            "the key that signs does not control the patient's account, or another one is to: until then, nothing is given",
        ))?;
        Ok((patient, control))
    }

    /// Reads the patient as whom a request is made.
    async fn patient(&self, parts: &mut Parts) -> Result<AccountId, Problem> {
        let query = Query::<As>::from_request_parts(parts, &()).await;
        let Query(As { patient }) = query.map_err(|_| Problem::invalid_request().because("`patient` is an account"))?;
        Ok(patient.unwrap_or(self.account))
    }

    /// Whether the caller's key acts and reads as a patient.
    pub(super) async fn controls(&self, api: &Core, patient: AccountId) -> Result<bool, Problem> {
        let controls = api
            .policy
            .controls(&self.view, wall_clock(), patient, self.account)
            .await;
        Ok(controls.map_err(GateError::from)?)
    }

    /// Returns the standing, if it is that of whoever keeps their organisation's records: a custodian, or an admin, who
    /// appoints custodians.
    ///
    /// # Errors
    /// A [`Problem`]: there is none, or it is not said for which of several organisations the caller acts.
    pub(super) fn as_custodian(&self) -> Result<Standing, Problem> {
        let mut keeping = self.keeping();
        let standing = keeping.next().ok_or(Problem::role_required())?;
        if keeping.next().is_some() {
            let several = "the account keeps records of several organisations: use another account for each of them";
            return Err(Problem::role_required().because(several));
        }
        Ok(standing)
    }

    /// Whether the caller keeps the records of an organisation.
    pub(super) fn keeps(&self, organisation: OrganisationId) -> bool {
        self.keeping().any(|standing| standing.organisation == organisation)
    }

    fn keeping(&self) -> impl Iterator<Item = Standing> {
        let standings = self.standings.iter().copied();
        standings.filter(|standing| standing.roles.intersects(CUSTODIANS))
    }
}

/// A signed request of the usual size, read.
pub(super) struct SignedRequest {
    /// Its head.
    pub(super) parts: Parts,
    /// Its body.
    pub(super) body: Bytes,
    /// Who makes it.
    pub(super) caller: Caller,
    /// The memory that its body takes, of that which all questions have.
    _memory: OwnedSemaphorePermit,
}

/// A signed request with a large body, read.
pub(super) struct LargeRequest {
    /// Its head.
    pub(super) parts: Parts,
    /// Its body.
    pub(super) body: Bytes,
    /// Who makes it.
    pub(super) caller: Caller,
    /// Its turn, which ends when this is dropped and its work has ended.
    pub(super) turn: Turn,
}

/// One of few places at the same time.
pub(super) struct Turn(Arc<OwnedSemaphorePermit>);

impl Turn {
    /// Does something that takes the processor, apart. The turn lasts until it has ended, even when whoever asked is gone.
    ///
    /// # Errors
    /// A [`Problem`]: it did not end.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let held = self.0.clone();
        let working = tokio::task::spawn_blocking(move || {
            let _held = held;
            work()
        });
        working.await.map_err(|_| Problem::unavailable())
    }
}

/// Verifies and reads a request of the usual size, which every account may make.
///
/// # Errors
/// A [`Problem`]: the signature's, the chain's, or the body's.
pub(super) async fn signed(api: &Core, request: Request) -> Result<SignedRequest, Problem> {
    let signed = Signed::verify(&api.audience(), request, wall_clock())?;
    // Before anything is stored, read or asked for it.
    let budget = api.budgets.of(signed.account()).await?;
    let announced = signed.announced_bytes(&QUESTION);
    let admitted = signed.admit(&api.store).await?;
    // Whoever sends a request of another's again takes nothing from that one's budget.
    budget.charge(REQUEST);
    let verified = *admitted.verified();
    let memory = memory(&api.questions, announced).await?;
    let (parts, body) = admitted.read(&QUESTION).await?;
    // The state is asked for when the whole question is there, so that it is no older than the answer's beginning.
    let caller = Caller::at_head(api, verified.account(), verified.hash(), budget).await?;
    Ok(SignedRequest {
        parts,
        body,
        caller,
        _memory: memory,
    })
}

/// Takes memory for a body, in KiB.
async fn memory(free: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
    let kib = u32::try_from(bytes.div_ceil(1_024)).unwrap_or(u32::MAX);
    match timeout(TURN_TIMEOUT, free.clone().acquire_many_owned(kib)).await {
        Ok(Ok(memory)) => Ok(memory),
        _ => Err(Problem::busy()),
    }
}

/// Verifies and reads a request with a large body. It is read only for a [custodian](Caller::as_custodian), and as one of
/// few at a time, until what is returned is dropped.
///
/// # Errors
/// A [`Problem`]: the signature's, the chain's, the role's, or the body's.
pub(super) async fn signed_large(
    api: &Api,
    request: Request,
    limit: &BodyLimit,
    permits: &Arc<Semaphore>,
) -> Result<LargeRequest, Problem> {
    let signed = Signed::verify(&api.audience(), request, wall_clock())?;
    let budget = api.budgets.of(signed.account()).await?;
    let admitted = signed.admit(&api.store).await?;
    budget.charge(REQUEST);
    let verified = *admitted.verified();
    let caller = Caller::at_head(api, verified.account(), verified.hash(), budget).await?;
    caller.as_custodian()?;
    // Whoever is slow, or is refused, keeps nobody else from sending: only who may send takes a permit.
    let turn = Turn(Arc::new(turn(permits, TURN_TIMEOUT).await?));
    let (parts, body) = admitted.read(limit).await?;
    Ok(LargeRequest {
        parts,
        body,
        caller,
        turn,
    })
}

impl Nonces for Store {
    async fn take(&self, request: &VerifiedRequest) -> Result<bool, Problem> {
        let (account, nonce) = (request.account(), request.nonce());
        Ok(self.use_nonce(&account, &nonce.0, request.expires()).await?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_its_work_even_when_whoever_asked_is_gone() {
        let places = Arc::new(Semaphore::new(1));
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (finish, finishes) = mpsc::channel::<()>();
        let turn = Turn(Arc::new(turn(&places, TURN_TIMEOUT).await.unwrap()));
        let asking = tokio::spawn(async move {
            let work = move || {
                started.send(()).unwrap();
                finishes.recv().unwrap();
            };
            turn.work(work).await
        });
        has_started.await.unwrap();
        asking.abort();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(places.available_permits(), 0, "the work goes on");
        finish.send(()).unwrap();
        let _free = places.acquire().await.unwrap();
    }
}
