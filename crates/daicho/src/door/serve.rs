//! Serving what comes through a door: HTTP/1.1 over many connections, bounded in number and in patience.
//!
//! A head of a request must be there within a time, which also ends connections that nobody uses; a body may not pause for
//! longer than that. So a client that dribbles holds one connection for a while, and of those an address has so many.

use std::error::Error;
use std::future::Future as _;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tower::ServiceExt as _;

use super::places::Places;
use super::{Doorway, Peer};
use crate::settings::Settings;

/// How long and how many.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Within which the head of a request must have come, and between two pieces of a body.
    pub wait: Duration,
    /// Connections at the same time.
    pub connections: usize,
    /// Those from one address.
    pub of_one: usize,
    /// The proxy in front, whose address stands for many.
    pub proxy: Option<IpAddr>,
}

impl Patience {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Self {
        Self {
            wait: Duration::from_secs(settings.request_wait_seconds.max(1).into()),
            connections: settings.connections,
            of_one: settings.connections_per_address,
            proxy: settings.trusted_proxy,
        }
    }
}

/// Serve a door until it is told to close; then no new connection is taken, and requests that have begun are finished.
pub async fn serve(mut door: Doorway, router: Router, patience: Patience, mut closed: watch::Receiver<bool>) {
    let places = Places::new(patience.connections, patience.of_one, patience.proxy);
    let mut connections = JoinSet::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = door.accept() => accepted,
            () = told(&mut closed) => break,
        };
        while connections.try_join_next().is_some() {}
        let Some(place) = places.enter(peer.address.ip()) else {
            // Dropping it closes it.
            tracing::warn!("connection not taken: too many are open");
            continue;
        };
        let (router, mut closed) = (router.clone(), closed.clone());
        connections.spawn(async move {
            let _place = place;
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                answer(router.clone(), request, peer.clone(), patience.wait)
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(patience.wait)
                .serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            // How a client ends its connection is its own matter.
            tokio::select! {
                _ = connection.as_mut() => return,
                () = told(&mut closed) => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
    drop(door);
    while connections.join_next().await.is_some() {}
}

/// Told to close, or nobody is left to tell.
async fn told(closed: &mut watch::Receiver<bool>) {
    let _ = closed.wait_for(|closed| *closed).await;
}

async fn answer(
    router: Router,
    mut request: Request<Incoming>,
    peer: Peer,
    wait: Duration,
) -> Result<axum::response::Response, std::convert::Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    router.oneshot(request.map(|body| Body::new(Dribble { body, wait, waiting: None }))).await
}

/// A body that may not pause for long.
struct Dribble {
    body: Incoming,
    wait: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl hyper::body::Body for Dribble {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.waiting = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        // Only while somebody reads: that we are slow ourselves is not held against the client.
        let wait = this.wait;
        ready!(this.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait))).as_mut().poll(cx));
        Poll::Ready(Some(Err("the body paused for too long".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
