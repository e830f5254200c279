//! Who makes a request: its account's signature, checked before anything else is done.
use super::{Api, MAX_BODY_BYTES, Problem};
use crate::{
    policy::{View, wall_clock},
    store::Standing,
};
use aegle_protocol::request::{RequestError, RequestHead, SignedHeaders, VerifiedRequest};
use aegle_rules::{AccountId, Hash, Roles};
use axum::{
    body::{self, Body, Bytes},
    extract::Request,
    http::{HeaderMap, header, request::Parts},
};
use futures_util::StreamExt;
use http_body_util::LengthLimitError;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);
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
    pub(super) standing: Option<Standing>,
}

impl Caller {
    /// The standing, if it has all of `roles`.
    pub(super) fn with_roles(&self, roles: Roles) -> Result<Standing, Problem> {
        self.standing
            .filter(|standing| standing.roles.contains(roles))
            .ok_or(Problem::role_required())
    }
}

/// Waits for one of the few places that large bodies have in memory.
pub(super) async fn turn(places: &Semaphore) -> Result<SemaphorePermit<'_>, Problem> {
    match tokio::time::timeout(TURN_TIMEOUT, places.acquire()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Problem::busy()),
    }
}

/// A request of the usual size.
pub(super) async fn signed(api: &Api, request: Request) -> Result<(Parts, Bytes, Caller), Problem> {
    let (parts, body) = request.into_parts();
    let headers = signed_headers(&parts.headers)?;
    let body = read(&parts, body, MAX_BODY_BYTES).await?;
    let verified = verify(api, &parts, &body, &headers)?;
    let view = api.gate.view().await?;
    remember(api, &verified).await?;
    let standing = api.store.standing(&verified.account(), view.latest_time()).await?;
    Ok((
        parts,
        body,
        Caller {
            account: verified.account(),
            request: verified.hash(),
            view,
            standing,
        },
    ))
}

/// A request with a large body, which is read only for an account that has `roles`.
pub(super) async fn signed_large(
    api: &Api,
    request: Request,
    roles: Roles,
    limit: usize,
) -> Result<(Parts, Bytes, Caller), Problem> {
    let (parts, body) = request.into_parts();
    let headers = signed_headers(&parts.headers)?;
    let view = api.gate.view().await?;
    let standing = api.store.standing(&headers.account, view.latest_time()).await?;
    let caller = Caller {
        account: headers.account,
        request: Hash([0; 32]),
        view,
        standing,
    };
    caller.with_roles(roles)?;
    let body = read(&parts, body, limit).await?;
    let verified = verify(api, &parts, &body, &headers)?;
    remember(api, &verified).await?;
    Ok((
        parts,
        body,
        Caller {
            request: verified.hash(),
            ..caller
        },
    ))
}

fn signed_headers(headers: &HeaderMap) -> Result<SignedHeaders, Problem> {
    let get = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?;
        if values.next().is_some() {
            None
        } else {
            value.to_str().ok()
        }
    };
    SignedHeaders::from_headers(get).map_err(|error| Problem::unsigned().because(error))
}

async fn read(parts: &Parts, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let too_large = || Problem::too_large().because(format_args!("at most {limit} bytes"));
    if announced.is_some_and(|length| length > limit) {
        discard(body, limit.saturating_mul(2)).await;
        return Err(too_large());
    }
    let arrived = tokio::time::timeout(BODY_TIMEOUT, body::to_bytes(body, limit)).await;
    let arrived = arrived.map_err(|_| Problem::invalid_body().because("the body did not arrive in time"))?;
    arrived.map_err(|error| {
        let source = std::error::Error::source(&error);
        if source.is_some_and(|source| source.is::<LengthLimitError>()) {
            too_large()
        } else {
            Problem::invalid_body().because("the body was cut off")
        }
    })
}

/// Reads a body that is not wanted, up to a limit: a client that is still sending does not hear why it is refused.
async fn discard(body: Body, most: usize) {
    let mut chunks = body.into_data_stream();
    let mut left = most;
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await
            && chunk.len() <= left
        {
            left -= chunk.len();
        }
    };
    // Whether or not it came to its end, the answer is the same.
    let _ = tokio::time::timeout(BODY_TIMEOUT, reading).await;
}

fn verify(api: &Api, parts: &Parts, body: &[u8], headers: &SignedHeaders) -> Result<VerifiedRequest, Problem> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let head = RequestHead::received(api.bound_to(), (parts.method.as_str(), path), body, headers);
    let verified = head.and_then(|head| head.verify(headers, wall_clock()));
    verified.map_err(|error| match error {
        RequestError::Expired | RequestError::TooFarAhead => Problem::expired().because(error),
        RequestError::Signature => Problem::wrong_signature(),
        error => Problem::unsigned().because(error),
    })
}

async fn remember(api: &Api, verified: &VerifiedRequest) -> Result<(), Problem> {
    let fresh = api
        .store
        .use_nonce(&verified.account(), &verified.nonce().0, verified.expires())
        .await?;
    if fresh { Ok(()) } else { Err(Problem::replayed()) }
}
