//! A custodian's token service: `POST /v1/evaluations`, and `POST /v1/evaluations/patients` for many at once, asked with a [`TokenService`](aegle_client::search::tokens::TokenService).
//!
//! Every request is signed by the account that asks, for this custodian alone; counts once and for a few minutes, is
//! authorised at the finalized head, and is in the audit log before it is answered. When the chain or the log cannot be
//! used, nothing is answered.

mod audit;
mod quota;

pub use audit::AuditEntry;
pub use quota::Quota;

use aegle_client::{
    chain::Contracts,
    custodian::{Custodian, TokenRefusal},
    deployment::OnChain,
    native::ChainClient,
};
use aegle_http::{
    BodyLimit, Content, Listen, ListenError, Listener, Method, Nonces, Operation, Problem, Routes, Server, Signed,
    json, turn, wall_clock,
};
use aegle_protocol::{
    Deployment,
    request::{Audience, VerifiedRequest},
    wire::{
        EVALUATIONS_PATH, EvaluationAnswer, EvaluationRequest, MAX_EVALUATED_PATIENTS, PATIENTS_EVALUATIONS_PATH,
        PatientsEvaluationAnswer, PatientsEvaluationRequest,
    },
};
use aegle_rules::{AccountId, consent::Denial};
use audit::{Asked, Audit};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
};
use quota::{Desk, Turned};
use serde_json::Value;
use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An evaluation: as many elements as one request may have.
const EVALUATION: BodyLimit = BodyLimit {
    bytes: 1 << 20,
    arrival: Duration::from_secs(30),
};
/// Requests that are answered at the same time; others wait for [`TURN_TIMEOUT`].
const MAX_PARALLEL_REQUESTS: usize = 64;
/// How long a request waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer takes at most: one about many patients asks the chain about each, and what asks no longer waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// What a service needs besides its custodian and the chain.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// Where it listens, with or without TLS, and which web pages may ask.
    pub listen: Listen,
    /// The audit log.
    pub audit: PathBuf,
    /// How much one account may ask.
    pub quota: Quota,
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The audit log cannot be used.
    #[error("cannot use the audit log {}: {source}", path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
}

/// What the handlers share.
struct Service {
    custodian: Arc<Custodian>,
    chain: ChainClient,
    contracts: Contracts,
    desk: Mutex<Desk>,
    audit: Mutex<Audit>,
    turns: Arc<Semaphore>,
}

/// A running service. Stop it with [`Serving::stop`]; dropping it stops it without waiting for open requests.
pub struct Serving {
    account: AccountId,
    server: Server,
}

impl Serving {
    /// Starts the service: when this returns, it answers.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn start(
        custodian: Arc<Custodian>,
        chain: ChainClient,
        contracts: Contracts,
        config: ServiceConfig,
    ) -> Result<Self, ServeError> {
        let mut desk = Desk::new(config.quota);
        let audit = Audit::open(&config.audit, &mut desk, wall_clock()).map_err(|source| ServeError::Audit {
            path: config.audit.clone(),
            source,
        })?;
        let listener = Listener::bind(&config.listen).await?;
        let account = custodian.key().account();
        let service = Arc::new(Service {
            custodian,
            chain,
            contracts,
            desk: Mutex::new(desk),
            audit: Mutex::new(audit),
            turns: Arc::new(Semaphore::new(MAX_PARALLEL_REQUESTS)),
        });
        let (router, _) = routes();
        Ok(Self {
            account,
            server: listener.serve(router.with_state(service)),
        })
    }

    /// Returns where it answers: `http://ADDRESS:PORT` or `https://ADDRESS:PORT`.
    pub fn url(&self) -> String {
        self.server.url().to_owned()
    }

    /// Returns the account that requests to this service are signed for: the custodian's.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Lets open requests finish, then stops.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// The routes, and their description.
fn routes() -> (Router<Arc<Service>>, Value) {
    let open = Operation {
        method: Method::Get,
        path: "/livez",
        summary: "Whether the process runs.",
        signed: false,
        parameters: &[],
        request: Content::Nothing,
        answer: Content::Text,
        successes: &[(200, "It runs")],
    };
    let evaluation = Operation {
        method: Method::Post,
        path: EVALUATIONS_PATH,
        summary: "Evaluates blinded keywords with the domain's key (RFC 9497), for whom the chain permits to search.",
        signed: true,
        request: Content::json::<EvaluationRequest>(),
        answer: Content::json::<EvaluationAnswer>(),
        successes: &[(200, "For each group its answer, with a proof")],
        ..open
    };
    let patients = Operation {
        path: PATIENTS_EVALUATIONS_PATH,
        summary: "Evaluates the same blinded keywords for many patients, of whom the chain permits each by itself.",
        request: Content::json::<PatientsEvaluationRequest>(),
        answer: Content::json::<PatientsEvaluationAnswer>(),
        successes: &[(200, "For each patient the answers with their proofs, or why not")],
        ..evaluation
    };
    Routes::new(
        "Aegle token service",
        "A custodian's service that evaluates blinded keywords: it sees who asks about whom and for what, and not the keywords.",
    )
    .route(open, async || "ok\n")
    .route(evaluation, evaluate)
    .route(patients, evaluate_patients)
    .finish()
}

/// Returns the OpenAPI document of the routes, as `GET /openapi.json` answers it.
pub fn openapi() -> Value {
    routes().1
}

async fn evaluate(State(service): State<Arc<Service>>, request: Request) -> Result<Json<EvaluationAnswer>, Problem> {
    let Admitted { verified, turn, body } = admit(&service, request).await?;
    let request: EvaluationRequest = json(&body)?;
    // Whoever hangs up keeps the turn until the work has ended, and is in the audit log like everybody else.
    let evaluating = tokio::spawn(async move {
        let _turn = turn;
        let entry = AuditEntry::new(Asked::in_scope(&request), &verified, wall_clock());
        let elements = request.elements();
        let answer = service.clone().answer(verified, request);
        service.audited(&verified, entry, elements, answer).await
    });
    evaluating.await.map_err(|_| Problem::unavailable())?.map(Json)
}

async fn evaluate_patients(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Json<PatientsEvaluationAnswer>, Problem> {
    let Admitted { verified, turn, body } = admit(&service, request).await?;
    let request: PatientsEvaluationRequest = json(&body)?;
    let named = request.patients.len();
    if named > MAX_EVALUATED_PATIENTS {
        return Err(refuse(TokenRefusal::Patients(named)));
    }
    let evaluating = tokio::spawn(async move {
        let _turn = turn;
        let asked = Asked::of_patients(&request).ok_or_else(|| refuse(TokenRefusal::Patients(named)))?;
        let entry = AuditEntry::new(asked, &verified, wall_clock());
        let elements = request.elements();
        let answer = service.clone().answer_patients(verified, request);
        service.audited(&verified, entry, elements, answer).await
    });
    evaluating.await.map_err(|_| Problem::unavailable())?.map(Json)
}

/// A request that counts, with the turn that it has.
struct Admitted {
    verified: VerifiedRequest,
    turn: OwnedSemaphorePermit,
    body: Bytes,
}

async fn admit(service: &Arc<Service>, request: Request) -> Result<Admitted, Problem> {
    let signed = Signed::verify(&service.audience(), request, wall_clock())?;
    let admitted = signed.admit(service.as_ref()).await?;
    let verified = *admitted.verified();
    let turn = turn(&service.turns, TURN_TIMEOUT).await?;
    let (_, body) = admitted.read(&EVALUATION).await?;
    Ok(Admitted { verified, turn, body })
}

/// An answer, and whom of many it refuses.
struct Answer<T> {
    content: T,
    refused: Vec<AccountId>,
}

impl Nonces for Service {
    async fn take(&self, request: &VerifiedRequest) -> Result<bool, Problem> {
        lock(&self.desk)
            .take_nonce(request, wall_clock())
            .map_err(refuse_turned)
    }
}

/// Waits for an answer, and gives up after a time.
async fn in_time<T>(most: Duration, answering: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let answer = tokio::time::timeout(most, answering).await;
    answer.unwrap_or_else(|_| Err(Problem::unavailable()))
}

impl Service {
    /// Counts a request, answers it, and writes that down.
    async fn audited<T>(
        self: Arc<Self>,
        verified: &VerifiedRequest,
        mut entry: AuditEntry,
        elements: usize,
        answering: impl Future<Output = Result<Answer<T>, Problem>> + Send,
    ) -> Result<T, Problem> {
        let elements = u32::try_from(elements).unwrap_or(u32::MAX);
        let counted = lock(&self.desk).count(verified, elements, entry.at);
        let answer = match counted {
            Ok(()) => {
                entry.counted = elements;
                in_time(ANSWER_TIMEOUT, answering).await
            }
            Err(turned) => Err(refuse_turned(turned)),
        };
        match &answer {
            Ok(answer) => {
                entry.outcome = "evaluated".into();
                entry.refused.clone_from(&answer.refused);
            }
            Err(problem) => entry.outcome = problem.detail().unwrap_or_default().into(),
        }
        let logged = tokio::task::spawn_blocking(move || lock(&self.audit).write(&entry)).await;
        if !matches!(logged, Ok(Ok(()))) {
            return Err(Problem::audit_unavailable());
        }
        answer.map(|answer| answer.content)
    }

    /// Whom requests must be signed for.
    fn audience(&self) -> Audience {
        Audience {
            deployment: Deployment {
                genesis: self.contracts.genesis,
                consent: self.contracts.consent,
            },
            server: self.custodian.key().account(),
        }
    }

    async fn answer(
        self: Arc<Self>,
        signed: VerifiedRequest,
        request: EvaluationRequest,
    ) -> Result<Answer<EvaluationAnswer>, Problem> {
        let authorised = self
            .custodian
            .authorise_evaluation(&self.on_chain(), signed.account(), request)
            .await
            .map_err(refuse)?;
        let evaluating = tokio::task::spawn_blocking(move || self.custodian.evaluate(&authorised)).await;
        Ok(Answer {
            content: evaluating.map_err(|_| Problem::unavailable())?.map_err(refuse)?,
            refused: Vec::new(),
        })
    }

    async fn answer_patients(
        self: Arc<Self>,
        signed: VerifiedRequest,
        request: PatientsEvaluationRequest,
    ) -> Result<Answer<PatientsEvaluationAnswer>, Problem> {
        let authorised = self
            .custodian
            .authorise_evaluations(&self.on_chain(), signed.account(), request)
            .await
            .map_err(refuse)?;
        let refused = authorised.refused().to_vec();
        let evaluating = tokio::task::spawn_blocking(move || self.custodian.evaluate_all(&authorised)).await;
        Ok(Answer {
            content: evaluating.map_err(|_| Problem::unavailable())?.map_err(refuse)?,
            refused,
        })
    }

    fn on_chain(&self) -> OnChain<'_, ChainClient> {
        OnChain {
            chain: &self.chain,
            contracts: &self.contracts,
        }
    }
}

fn refuse(refusal: TokenRefusal) -> Problem {
    let problem = match &refusal {
        // Who adds up what is permitted must know these from what nobody has permitted.
        TokenRefusal::TooNarrow => Problem::consent_too_narrow(),
        TokenRefusal::Denied(Denial::Paused) => Problem::paused(),
        TokenRefusal::Denied(Denial::Role) => Problem::role_required(),
        TokenRefusal::Denied(_) | TokenRefusal::Cohort | TokenRefusal::CohortField(_) => Problem::not_permitted(),
        TokenRefusal::OtherKey(_) => Problem::other_key(),
        // What a node said is nobody else's business.
        TokenRefusal::Chain(_) => return Problem::chain_unavailable(),
        _ => Problem::invalid_evaluation(),
    };
    problem.because(refusal)
}

fn refuse_turned(turned: Turned) -> Problem {
    let problem = match turned {
        Turned::Requests(_) | Turned::Full => Problem::quota_spent(),
        Turned::Elements(_) => Problem::budget_spent(),
    };
    problem.because(turned)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::future::{pending, ready};

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_given_up() {
        let short = Duration::from_millis(5);
        let given_up = in_time(short, pending::<Result<(), Problem>>()).await;
        assert!(given_up.is_err());
        assert_eq!(in_time(short, ready(Ok(1))).await.unwrap(), 1);
    }
}
