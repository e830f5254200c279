//! Notifications as server-sent events: what concerns the caller, as it is finalized, and nothing else. Before anything is told
//! the chain is asked anew whether the caller is still who they were when they began to listen.
use super::{
    Api, Problem,
    signed::{Caller, SignedRequest, signed},
};
use crate::{
    budget::REQUEST,
    store::{Listener, NotificationPage},
    streams::{Listening, StreamPlace},
};
use aegle_http::wall_clock;
use aegle_protocol::{
    BlockId,
    wire::{END_EVENT, HEAD_EVENT, HEARTBEAT_MS, LAST_EVENT_ID_HEADER, Notification, NotificationId},
};
use aegle_rules::{AccountId, Timestamp};
use axum::{
    extract::{FromRequestParts, Query, Request, State},
    http::{header, request::Parts},
    response::{IntoResponse, Sse, sse::Event},
};
use futures_util::stream;
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

/// Notifications that are read together, and that wait for a reader at most.
const PAGE: u32 = 32;
/// How long a reader may take to make room for one more.
const READER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a stream lasts: then the client signs anew.
const LIFETIME: Duration = Duration::from_secs(3_600);
/// The longest that nothing is said.
const HEARTBEAT: Duration = Duration::from_millis(HEARTBEAT_MS);
/// How long a client waits before it comes again, as it is told.
const RETRY: Duration = Duration::from_secs(2);
/// The longest pause after something could not be told, such as while the chain cannot be asked.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
struct After {
    after: Option<String>,
}

/// Returns the notification after which the caller goes on, if they say so: by the header of event sources, or by `after`.
async fn position(parts: &mut Parts) -> Result<Option<NotificationId>, Problem> {
    let header = parts.headers.get(LAST_EVENT_ID_HEADER);
    // One that is no text names no notification.
    let header = header.map(|value| value.to_str().unwrap_or_default().to_owned());
    let query = Query::<After>::from_request_parts(parts, &()).await;
    let Query(After { after }) =
        query.map_err(|_| Problem::invalid_request().because("`after` names a notification"))?;
    let text = header.or(after);
    let position = text.map(|text| text.parse()).transpose();
    position.map_err(|error| Problem::invalid_request().because(error))
}

/// Handles `GET /v1/events?after=&patient=`.
pub(super) async fn events(State(api): State<Arc<Api>>, request: Request) -> Result<impl IntoResponse, Problem> {
    let SignedRequest { mut parts, caller, .. } = signed(&api, request).await?;
    let after = position(&mut parts).await?;
    let patient = caller.as_patient(&api, &mut parts).await?;
    let standings = caller.standings.iter();
    let listening = Listening {
        account: caller.account,
        is_known: caller.is_known(),
        organisations: standings.map(|standing| standing.organisation).collect(),
    };
    let place = api.streams.enter(listening);
    let place = place.map_err(|taken| Problem::streams_taken().because(taken))?;
    let now = NotificationId::end_of(caller.view.finalized().number);
    let (sender, receiver) = mpsc::channel(PAGE as usize);
    let telling = Telling {
        api,
        caller,
        patient,
        after: after.unwrap_or(now),
        sender,
    };
    tokio::spawn(telling.run(place));
    let received = stream::unfold(receiver, |mut receiver| async move {
        let event = receiver.recv().await?;
        Some((Ok::<_, Infallible>(event), receiver))
    });
    // A proxy on the way must not collect them.
    Ok((
        [(header::CACHE_CONTROL, "no-store")],
        [("x-accel-buffering", "no")],
        Sse::new(received),
    ))
}

/// Returns as whom somebody is notified at a time: roles and seats count for who listens as themselves.
pub(super) async fn listener(
    api: &Api,
    caller: &Caller,
    patient: AccountId,
    at: Timestamp,
) -> Result<Listener, Problem> {
    let is_self = patient == caller.account;
    let standings = if is_self {
        api.store.standings(&caller.account, at).await?
    } else {
        Vec::new()
    };
    Ok(Listener {
        account: patient,
        standings,
        is_member: is_self && is_member(api, caller).await?,
        at,
    })
}

async fn is_member(api: &Api, caller: &Caller) -> Result<bool, Problem> {
    if let Some(members) = api.store.committee().await? {
        return Ok(members.contains(&caller.account));
    }
    // Those who founded it stand in no event, and change only by one.
    let read = || api.gate.committee(api.contracts.consortium, &caller.view);
    let founders = api.founders.get_or_try_init(read).await?;
    Ok(founders.contains(&caller.account))
}

/// A stream, and how far it has come.
struct Telling {
    api: Arc<Api>,
    caller: Caller,
    patient: AccountId,
    after: NotificationId,
    sender: mpsc::Sender<Event>,
}

/// Why a stream ends.
enum End {
    /// The reader is gone, or takes too long.
    Reader,
    /// This is said to them.
    Said(Problem),
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::Said(problem)
    }
}

impl Telling {
    async fn run(mut self, place: StreamPlace) {
        let ended = tokio::select! {
            ended = self.tell() => ended,
            () = place.closed() => End::Said(Problem::unavailable().because("the server stops: come again")),
            () = tokio::time::sleep(LIFETIME) => End::Said(Problem::expired().because("the stream has lasted an hour: sign another request")),
        };
        if let End::Said(problem) = ended {
            // It is the last thing that is said, whether or not somebody reads it.
            let event = Event::default().event(END_EVENT).json_data(problem.document());
            if let Ok(event) = event {
                let _ = timeout(READER_TIMEOUT, self.sender.send(event)).await;
            }
        }
        drop(place);
    }

    async fn tell(&mut self) -> End {
        match self.tell_all().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn tell_all(&mut self) -> Result<Infallible, End> {
        self.send(Event::default().retry(RETRY)).await?;
        let mut told: Option<BlockId> = None;
        let mut heartbeat = Instant::now() + HEARTBEAT;
        loop {
            let progress = self.api.gate.progress().clone();
            tokio::select! {
                progress = progress.beyond(told.map(|block| block.number)) => {
                    if !self.tell_stored(progress.indexed).await? {
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                    let is_first = told.is_none();
                    told = progress.indexed;
                    if is_first {
                        self.send_head(told).await?;
                    }
                }
                () = sleep_until(heartbeat) => {
                    self.send_head(told).await?;
                    heartbeat = Instant::now() + HEARTBEAT;
                }
                () = self.sender.closed() => return Err(End::Reader),
            }
        }
    }

    /// Tells everything that is stored and was not told. Returns whether that could be done: where the chain or the database
    /// cannot be asked, or the account has asked for too much work, nothing is told, and it is tried again.
    async fn tell_stored(&mut self, stored: Option<BlockId>) -> Result<bool, End> {
        loop {
            if !self.caller.has_budget() {
                return Ok(false);
            }
            match self.page(wall_clock()).await {
                Ok(page) if page.is_empty() => {
                    // What was looked through up to here need not be looked through again.
                    if let Some(block) = stored {
                        self.after = self.after.max(NotificationId::end_of(block.number));
                    }
                    return Ok(true);
                }
                Ok(_) => {}
                Err(_) => return Ok(false),
            }
            // There is something: is the caller still who they were?
            let Ok(caller) = self.caller.renewed(&self.api).await else {
                return Ok(false);
            };
            self.caller = caller;
            match self.caller.controls(&self.api, self.patient).await {
                Ok(true) => {}
                Ok(false) => {
                    let reason = "the key that signed does not control the patient's account any more";
                    return Err(Problem::not_permitted().because(reason).into());
                }
                Err(_) => return Ok(false),
            }
            let Ok(page) = self.page(self.caller.view.latest_time(wall_clock())).await else {
                return Ok(false);
            };
            for notification in &page {
                self.send_notification(notification).await?;
                self.after = notification.id;
            }
        }
    }

    /// Reads what comes next, for who the caller is at a time; whether or not there is anything, the account pays for the look.
    async fn page(&self, at: Timestamp) -> Result<Vec<Notification>, Problem> {
        let api = &self.api;
        self.caller.charge(REQUEST);
        let listener = listener(api, &self.caller, self.patient, at).await?;
        let page = api.store.notifications(&api.contracts, &listener, self.after, PAGE);
        let NotificationPage { notifications, parties } = page.await.map_err(|error| {
            tracing::error!(%error, "notifications cannot be read");
            Problem::unavailable()
        })?;
        self.caller.charge(parties + notifications.len());
        Ok(notifications)
    }

    async fn send_notification(&self, notification: &Notification) -> Result<(), End> {
        let event = Event::default()
            .id(notification.id.to_string())
            .event(notification.kind.name())
            .json_data(notification)
            .map_err(|_| Problem::internal())?;
        self.send(event).await
    }

    /// Says up to which block everything was told; where nothing could be told yet, that the stream is there.
    async fn send_head(&self, told: Option<BlockId>) -> Result<(), End> {
        let event = match told {
            Some(block) => Event::default().event(HEAD_EVENT).json_data(block),
            None => Ok(Event::default().comment("nothing can be told yet")),
        };
        self.send(event.map_err(|_| Problem::internal())?).await
    }

    async fn send(&self, event: Event) -> Result<(), End> {
        match timeout(READER_TIMEOUT, self.sender.send(event)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Reader),
        }
    }
}
