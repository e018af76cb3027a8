//! `daicho worker`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{End, Failure, Line};
use crate::program;
use crate::syslog;
use crate::web::App;
use crate::work;

/// Do background work until a signal to stop.
pub fn run(line: &Line) -> Result<End, Failure> {
    let app = App::new(line.open()?);
    let installation = app.installation.clone();
    program::started(&installation, "worker")?;
    let stop = Arc::new(AtomicBool::new(false));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let worker = {
        let stop = stop.clone();
        std::thread::spawn(move || work::run(&app, &stop))
    };
    let sealer = {
        let (installation, stop) = (installation.clone(), stop.clone());
        std::thread::spawn(move || work::seal::run(&installation, &stop))
    };
    let syslog = {
        let (installation, stop) = (installation.clone(), stop.clone());
        std::thread::spawn(move || syslog::run(&installation, &stop))
    };
    println!("作業を待っています。");
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok::<_, std::io::Error>(())
    })?;
    stop.store(true, Ordering::Relaxed);
    let _ = worker.join();
    let _ = sealer.join();
    let _ = syslog.join();
    program::stopped(&installation, "worker");
    Ok(End::Done)
}
