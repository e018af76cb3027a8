//! Whether the server lives, is ready, and how it fares.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::recovery;
use crate::verification::self_check;

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
        Ok(Ok(_)) => seal_words(app).await.into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n").into_response(),
    }
}

/// Ready, and how far sealing is behind: business goes on while entries wait, so this is no reason to send nobody here.
async fn seal_words(app: App) -> String {
    let installation = app.installation.clone();
    let alarm = i64::try_from(installation.settings.journal.alarm_seconds).unwrap_or(i64::MAX);
    match tokio::task::spawn_blocking(move || crate::seal::lag(&installation)).await {
        Ok(Ok((lag, seconds))) if lag.waiting > 0 && seconds > alarm => {
            format!("ready\nseal late: {} entries wait, the oldest for {seconds} s\n", lag.waiting)
        }
        _ => "ready\n".into(),
    }
}

/// Figures in the text format of Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    let store = app.installation.store.clone();
    let kernel = app.installation.kernel();
    let read = move || {
        store.read(|tx| -> Result<_, ledger::port::StoreError> {
            let plan = recovery::Plan::in_force(tx, &kernel)?;
            let newest = recovery::newest_good(tx)?;
            let age = newest.and_then(|newest| recovery::age(&newest, kernel.now()));
            let (held, _) = recovery::rehearsals(tx)?;
            let took = held.and_then(|held| held.text("seconds").and_then(|text| text.parse::<f64>().ok()));
            Ok((tx.backlog()?, plan, age, took, self_check::last(tx)?.map(|last| (kernel.now() - last.at, last.found))))
        })
    };
    let ((jobs, mails), plan, age, took, checked) = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(backlog)) => backlog,
        _ => return (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n").into_response(),
    };
    let installation = app.installation.clone();
    let (waiting, behind) = match tokio::task::spawn_blocking(move || crate::seal::lag(&installation)).await {
        Ok(Ok((lag, seconds))) => (lag.waiting, u64::try_from(seconds).unwrap_or_default()),
        _ => return (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n").into_response(),
    };
    let seconds = |span: chrono::TimeDelta| u64::try_from(span.num_seconds()).unwrap_or_default();
    let mut gauges = vec![
        ("daicho_entries_unsealed", "Journal entries that wait to be sealed, counted up to 10,000.", waiting),
        ("daicho_seal_lag_seconds", "How long the oldest of them waits.", behind),
        ("daicho_jobs_waiting", "Jobs that wait for a worker.", jobs),
        ("daicho_mails_waiting", "Mails that wait to be sent.", mails),
        ("daicho_backup_rpo_seconds", "How old the newest good backup may be.", seconds(plan.rpo)),
        ("daicho_backup_rto_seconds", "How long a restore may take.", seconds(plan.rto)),
    ];
    // Absent, not zero, where there is none: zero would look like a fresh one.
    gauges.extend(age.map(|age| ("daicho_backup_age_seconds", "Age of the newest good backup.", seconds(age))));
    let took = took.map(|took| took.ceil() as u64);
    gauges.extend(took.map(|took| ("daicho_restore_seconds", "How long the last rehearsal of a restore took.", took)));
    if let Some((age, found)) = checked {
        gauges.push(("daicho_self_check_age_seconds", "Age of the last self-check of the journal.", seconds(age)));
        gauges.push(("daicho_self_check_found", "Alterations that it found.", found));
    }
    let text = app.metrics.text(&gauges);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
