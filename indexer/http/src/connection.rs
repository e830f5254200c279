//! One connection: HTTP/1.1, request after request, until either side has had enough.

use crate::places::Activity;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderValue, Request, Response, header},
};
use http_body::{Body as _, Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep, timeout},
};
use tower::ServiceExt;

/// How long the headers of a request may take, and a connection be idle before them.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of a request's line and headers, and what is read of a connection at once.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;
/// How long a connection that is closed with a body still coming stays open, so that the answer arrives: a client whose
/// bytes meet a closed connection may lose what it has not read yet.
const LINGER: Duration = Duration::from_millis(500);

/// Serves one connection until it ends, or until `stopping` ends and the request under way is answered.
pub async fn serve_connection<I>(io: I, router: Router, stopping: impl Future<Output = ()>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    serve(io, router, stopping, Activity::new(Instant::now())).await;
}

/// Serves one connection, and notes whether it has a request.
pub(crate) async fn serve<I>(io: I, router: Router, stopping: impl Future<Output = ()>, activity: Activity)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Whether the body of the last request was left unread.
    let unread = Arc::new(AtomicBool::new(false));
    let flag = unread.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        // Boxed, because a connection that gives its stream back wants futures that can be moved.
        let (answering, activity) = (answer(router.clone(), request, flag.clone()), activity.clone());
        Box::pin(async move {
            activity.answers();
            let answered = answering.await;
            activity.waits();
            answered
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(io), service);
    let mut stopping = pin!(stopping);
    let mut told = false;
    let served = poll_fn(|context| {
        if !told && stopping.as_mut().poll(context).is_ready() {
            told = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        connection.poll_without_shutdown(context)
    })
    .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended");
    }
    let mut io = connection.into_parts().io.into_inner();
    // The other side may be gone already.
    let _ = timeout(LINGER, io.shutdown()).await;
    if unread.load(Ordering::Relaxed) {
        sleep(LINGER).await;
    }
}

/// Answers a request; if its body was left unread, says that nothing else is read of the connection.
async fn answer(
    router: Router,
    request: Request<Incoming>,
    unread: Arc<AtomicBool>,
) -> Result<Response<Body>, Infallible> {
    let request = request.map(|body| Body::new(Watched::new(body, unread.clone())));
    let mut response = router.oneshot(request).await?;
    if unread.load(Ordering::Relaxed) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    Ok(response)
}

/// A body that says whether it was read to its end.
struct Watched {
    body: Incoming,
    unread: Arc<AtomicBool>,
}

impl Watched {
    fn new(body: Incoming, unread: Arc<AtomicBool>) -> Self {
        let watched = Self { body, unread };
        watched.look();
        watched
    }

    fn look(&self) {
        let unread = !self.body.is_end_stream();
        self.unread.store(unread, Ordering::Relaxed);
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        match &frame {
            Poll::Ready(None) => self.unread.store(false, Ordering::Relaxed),
            Poll::Ready(Some(_)) => self.look(),
            Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
