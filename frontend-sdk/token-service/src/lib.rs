//! A custodian's token service: `POST /v1/evaluations`, asked with a [`TokenService`](aegle_client::search::tokens::TokenService).
//!
//! Every request is signed by the account that asks, counts once and for a few minutes, is authorised at the finalized
//! head, and is in the audit log before it is answered. When the chain or the log cannot be used, nothing is answered.

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
use aegle_protocol::{
    Deployment,
    request::{RequestError, RequestHead, SignedHeaders, VerifiedRequest},
    wire::{EVALUATIONS_PATH, EvaluationAnswer, EvaluationRequest, Problem, ProblemCode},
};
use aegle_rules::Timestamp;
use audit::Audit;
use axum::{
    Json, Router,
    body::{self, Body},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use quota::{Desk, Turned};
use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Longest body: as many elements as one request may have.
const MAX_BODY_BYTES: usize = 1 << 20;
/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Requests that are answered at the same time; others wait for [`TURN_TIMEOUT`].
const MAX_PARALLEL_REQUESTS: usize = 64;
/// How long a request waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests that are being answered may take once the service stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What a service needs besides its custodian and the chain.
#[derive(Clone, Debug)]
pub struct ServiceConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
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
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// What the handlers share.
struct Service {
    custodian: Arc<Custodian>,
    chain: ChainClient,
    contracts: Contracts,
    desk: Mutex<Desk>,
    audit: Mutex<Audit>,
    turns: Semaphore,
}

/// A running service. Stop it with [`Serving::stop`]; dropping it stops it without waiting for open requests.
pub struct Serving {
    address: SocketAddr,
    shutdown: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
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
        let audit = Audit::open(&config.audit, &mut desk, now()).map_err(|source| ServeError::Audit {
            path: config.audit.clone(),
            source,
        })?;
        let unusable = |source| ServeError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let service = Arc::new(Service {
            custodian,
            chain,
            contracts,
            desk: Mutex::new(desk),
            audit: Mutex::new(audit),
            turns: Semaphore::new(MAX_PARALLEL_REQUESTS),
        });
        let router = Router::new()
            .route("/livez", get(async || "ok"))
            .route(EVALUATIONS_PATH, post(evaluate))
            .with_state(service);
        let (shutdown, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(async {
                // A sender that is dropped stops the server as well.
                let _ = stopped.await;
            });
            // It ends when it is told to; a listener that fails is tried again by axum itself.
            let _ = served.await;
        });
        Ok(Self {
            address,
            shutdown: Some(shutdown),
            server,
        })
    }

    /// Where it answers: `http://ADDRESS:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets open requests finish, then stops.
    pub async fn stop(mut self) {
        if let Some(shutdown) = self.shutdown.take() {
            // A server that has ended by itself does not listen for this.
            let _ = shutdown.send(());
        }
        let _ = timeout(DRAIN_TIMEOUT, &mut self.server).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A refusal as it goes out.
struct Refused(Problem);

impl Refused {
    fn new(code: ProblemCode, detail: impl ToString) -> Self {
        Self(Problem::new(code, Some(detail.to_string())))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

async fn evaluate(State(service): State<Arc<Service>>, request: Request) -> Result<Json<EvaluationAnswer>, Refused> {
    let turn = timeout(TURN_TIMEOUT, service.turns.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Refused::new(ProblemCode::TooMany, "the service is busy"));
    };
    let (signed, request) = service.read(request).await?;
    let mut entry = AuditEntry::new(&request, &signed, now());
    let elements = u32::try_from(request.elements()).unwrap_or(u32::MAX);
    let admitted = lock(&service.desk).admit(&signed, elements, entry.at);
    let answer = match admitted {
        Ok(()) => {
            entry.counted = elements;
            service.clone().answer(&signed, request).await
        }
        Err(turned) => Err(refuse_turned(turned)),
    };
    entry.outcome = match &answer {
        Ok(_) => "evaluated".into(),
        Err(Refused(problem)) => problem.detail.clone().unwrap_or_default(),
    };
    let logging = service.clone();
    let logged = tokio::task::spawn_blocking(move || lock(&logging.audit).write(&entry)).await;
    if !matches!(logged, Ok(Ok(()))) {
        return Err(Refused::new(ProblemCode::Internal, "the audit log cannot be written"));
    }
    answer.map(Json)
}

impl Service {
    /// The request, if its account signed it, now.
    async fn read(&self, request: Request) -> Result<(VerifiedRequest, EvaluationRequest), Refused> {
        let (parts, body) = request.into_parts();
        let unsigned = |error: RequestError| match error {
            RequestError::Expired | RequestError::TooFarAhead => Refused::new(ProblemCode::Expired, error),
            error => Refused::new(ProblemCode::Unsigned, error),
        };
        let headers = signed_headers(&parts.headers).map_err(unsigned)?;
        let body = read_body(body).await?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let deployment = Deployment {
            genesis: self.contracts.genesis,
            consent: self.contracts.consent,
        };
        let head = RequestHead::received(deployment, (parts.method.as_str(), path), &body, &headers);
        let verified = head.and_then(|head| head.verify(&headers, now())).map_err(unsigned)?;
        let request = serde_json::from_slice(&body).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            Refused::new(ProblemCode::Malformed, place)
        })?;
        Ok((verified, request))
    }

    async fn answer(
        self: Arc<Self>,
        signed: &VerifiedRequest,
        request: EvaluationRequest,
    ) -> Result<EvaluationAnswer, Refused> {
        let on_chain = OnChain {
            chain: &self.chain,
            contracts: &self.contracts,
        };
        let authorised = self
            .custodian
            .authorise_evaluation(&on_chain, signed.account(), request)
            .await
            .map_err(refuse)?;
        let service = self.clone();
        let evaluating = tokio::task::spawn_blocking(move || service.custodian.evaluate(&authorised)).await;
        let stopping = |_| Refused::new(ProblemCode::Internal, "the service is stopping");
        evaluating.map_err(stopping)?.map_err(refuse)
    }
}

fn signed_headers(headers: &HeaderMap) -> Result<SignedHeaders, RequestError> {
    SignedHeaders::from_headers(|name| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok();
        // A header that comes twice says nothing.
        if values.next().is_some() { None } else { value }
    })
}

async fn read_body(body: Body) -> Result<body::Bytes, Refused> {
    match timeout(BODY_TIMEOUT, body::to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let most = format!("at most {MAX_BODY_BYTES} bytes, and all of them");
            Err(Refused::new(ProblemCode::TooLarge, most))
        }
        Err(_) => Err(Refused::new(ProblemCode::Malformed, "the body did not arrive in time")),
    }
}

fn refuse(refusal: TokenRefusal) -> Refused {
    let code = match &refusal {
        TokenRefusal::Denied(_) | TokenRefusal::Cohort | TokenRefusal::CohortField(_) => ProblemCode::NotPermitted,
        TokenRefusal::OtherKey(_) => ProblemCode::NotAnchored,
        // What a node said is nobody else's business.
        TokenRefusal::Chain(_) => return Refused(Problem::new(ProblemCode::ChainUnavailable, None)),
        _ => ProblemCode::Malformed,
    };
    Refused::new(code, refusal)
}

fn refuse_turned(turned: Turned) -> Refused {
    let code = match turned {
        Turned::Replayed => ProblemCode::Replayed,
        Turned::Requests(_) | Turned::Full => ProblemCode::TooMany,
        Turned::Elements(_) => ProblemCode::BudgetSpent,
    };
    Refused::new(code, turned)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
