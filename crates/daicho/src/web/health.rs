//! Whether the server lives, is ready, and how it fares.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers and the server is not about to end.
pub async fn readyz(State(app): State<App>) -> Response {
    if app.draining.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let store = app.installation.store.clone();
    match tokio::task::spawn_blocking(move || store.read(|tx| tx.backlog())).await {
        Ok(Ok(_)) => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n").into_response(),
    }
}

/// Figures in the text format of Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    let store = app.installation.store.clone();
    let backlog = tokio::task::spawn_blocking(move || store.read(|tx| tx.backlog())).await;
    let (jobs, mails) = match backlog {
        Ok(Ok(backlog)) => backlog,
        _ => return (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n").into_response(),
    };
    let text = app.metrics.text(&[
        ("daicho_jobs_waiting", "Jobs that wait for a worker.", jobs),
        ("daicho_mails_waiting", "Mails that wait to be sent.", mails),
    ]);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
