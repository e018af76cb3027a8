//! `daicho serve`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use clap::Args;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{End, Failure, Line};
use crate::door::tls::Tls;
use crate::door::{self, Door, Doorway, Patience, redirect};
use crate::installation::Installation;
use crate::program;
use crate::syslog;
use crate::web::{self, App, evidence};
use crate::work;

/// Requests worked on at the same time. More would wait for the database's few connections, each holding memory.
const BLOCKING: usize = 8;
/// How long open requests may take to end after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 待ち受けるアドレス(初期値は設定のlisten)
    #[arg(long)]
    pub listen: Option<SocketAddr>,
}

/// Serve pages and REST until a signal to stop.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let scheme = if installation.settings.tls_certificate.is_some() { "https" } else { "http" };
    serve(installation, arguments.listen, |address| println!("{scheme}://{address}/ で待ち受けています。"))
}

/// Serve an installation. `ready` is told the address once requests are taken.
pub fn serve(
    installation: Installation,
    listen: Option<SocketAddr>,
    ready: impl FnOnce(SocketAddr),
) -> Result<End, Failure> {
    let address = listen.unwrap_or(installation.settings.listen);
    let runtime = tokio::runtime::Builder::new_multi_thread().max_blocking_threads(BLOCKING).enable_all().build()?;
    let app = App::new(installation);
    runtime.block_on(async {
        let doors = open(&app, address).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let worker = app.installation.settings.work.then(|| {
            let (app, stop) = (app.clone(), stop.clone());
            std::thread::spawn(move || work::run(&app, &stop))
        });
        let sealer = app.installation.settings.work.then(|| {
            let (installation, stop) = (app.installation.clone(), stop.clone());
            std::thread::spawn(move || work::seal::run(&installation, &stop))
        });
        let syslog = app.installation.settings.work.then(|| {
            let (installation, stop) = (app.installation.clone(), stop.clone());
            std::thread::spawn(move || syslog::run(&installation, &stop))
        });
        // On a blocking thread, like every call of the database: PostgreSQL's client cannot wait on this one.
        let begun = app.installation.clone();
        tokio::task::spawn_blocking(move || program::started(&begun, "serve")).await??;
        let watcher = tokio::spawn(each_second(app.clone()));
        if let Some((first, _)) = doors.first() {
            ready(first.address());
        }
        let (close, closed) = watch::channel(false);
        let draining = app.draining.clone();
        tokio::spawn(async move {
            signal().await;
            // Load balancers see this first and send no new requests.
            draining.store(true, Ordering::Relaxed);
            let _ = close.send(true);
        });
        let mut servers = JoinSet::new();
        let patience = Patience::of(&app.installation.settings);
        for (door, router) in doors {
            servers.spawn(door::serve(door, router, patience, closed.clone()));
        }
        let ended = async {
            // The first that fails ends all.
            while let Some(ended) = servers.join_next().await {
                ended.map_err(std::io::Error::other)?;
            }
            Ok::<_, std::io::Error>(())
        };
        let ended = tokio::select! {
            ended = ended => ended,
            () = overdue(app.draining.clone()) => Ok(()),
        };
        stop.store(true, Ordering::Relaxed);
        watcher.abort();
        for thread in [sealer, syslog].into_iter().flatten() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        if let Some(worker) = worker {
            // A worker ends with its step; what it holds is taken over by the next one.
            let _ = tokio::task::spawn_blocking(move || worker.join()).await;
        }
        let ending = app.installation.clone();
        let _ = tokio::task::spawn_blocking(move || program::stopped(&ending, "serve")).await;
        ended?;
        Ok::<_, Failure>(())
    })?;
    Ok(End::Done)
}

/// Open the doors that the settings name: the one for everybody, the one for administrators, and the plain one that only
/// leads to TLS.
async fn open(app: &App, address: SocketAddr) -> Result<Vec<(Doorway, Router)>, Failure> {
    let settings = &app.installation.settings;
    let tls = Tls::of(settings)?;
    if let Some(tls) = &tls {
        tokio::spawn(tls.clone().watch());
    }
    let listen = async |address: SocketAddr, door: Door, tls: Option<Arc<Tls>>| {
        let open = Doorway::open(address, door, tls, settings.trusted_proxy).await;
        open.map_err(|error| format!("{address} で待ち受けられません: {error}"))
    };
    let door = if settings.admin_listen.is_some() { Door::Users } else { Door::All };
    let first = listen(address, door, tls.clone()).await?;
    let port = first.address().port();
    let mut doors = vec![(first, web::router(app.clone()))];
    if let Some(address) = settings.admin_listen {
        doors.push((listen(address, Door::Administrators, tls.clone()).await?, web::router(app.clone())));
    }
    if let Some(address) = settings.redirect_listen.filter(|_| tls.is_some()) {
        doors.push((listen(address, Door::All, None).await?, redirect(settings.public_url.clone(), port)));
    }
    Ok(doors)
}

/// Each second: take over definitions that another node installed, look at the clock, tell of writes that failed.
async fn each_second(app: App) {
    let mut watched = program::ClockWatch::default();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let installation = app.installation.clone();
        let shared = app.clone();
        let second = move || {
            program::watch_clock(&shared.installation, &mut watched);
            if let Err(error) = evidence::tell_troubles(&shared) {
                tracing::error!(%error, "failed writes cannot be journaled yet");
            }
            (watched, installation.renew_if_changed())
        };
        let renewed = tokio::task::spawn_blocking(second).await;
        let renewed = match renewed {
            Ok((again, renewed)) => {
                watched = again;
                Ok(renewed)
            }
            Err(lost) => {
                watched = program::ClockWatch::default();
                Err(lost)
            }
        };
        if let Ok(Err(error)) = renewed {
            tracing::error!(%error, "definitions not renewed");
        }
    }
}

/// SIGTERM or Ctrl-C.
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Open requests had their time.
async fn overdue(draining: Arc<AtomicBool>) {
    while !draining.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(DRAIN).await;
}
