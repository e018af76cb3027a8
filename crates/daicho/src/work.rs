//! The worker: takes jobs from the database, runs them in steps, sends mail, and does what falls due with the day.
//!
//! Any number of workers may run beside one another: a job is held for a while by whoever took it, and another takes it
//! over when that one is gone.

mod daily;
mod mail;
mod paper;
pub mod reminder;
pub mod seal;
mod watch;

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use identity::{Origin, privilege, session};
use journal::Channel;
use ledger::definition::Catalogue;
use ledger::port::{Job, JobState, Reader, StoreError, Writer};
use ledger::task::{Step, Task};
use ledger::{Kernel, Principal, Refusal};
use serde_json::{Value, json};

use crate::installation::told;
use crate::recovery;
use crate::verification::self_check::{self, SELF_CHECK};
use crate::web::App;

/// Kind of the job that prints many records.
pub const PAPER: &str = "paper";
/// How long a job is held by its worker without a word of progress.
const HOLD: TimeDelta = TimeDelta::seconds(60);
/// Pause when there is nothing to do.
const PAUSE: Duration = Duration::from_millis(500);
/// Tries of a job whose database failed or whose worker was lost.
const TRIES: i64 = 5;

/// Mail addresses of the persons who hold a role today.
///
/// # Errors
/// When the database fails.
pub fn mail_of_role(tx: &mut dyn Writer, kernel: &Kernel, role: &str) -> Result<Vec<(String, String)>, StoreError> {
    let mut addresses = Vec::new();
    for person in reminder::holders_of(tx, kernel, role)? {
        let record = tx.record("person", &person)?;
        let address = record.as_ref().and_then(|person| person.text("mail")).map(String::from);
        addresses.extend(address.map(|address| (person, address)));
    }
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

/// Tasks of all areas.
fn tasks() -> Vec<Task> {
    [talent::tasks(), engagement::tasks(), assurance::tasks()].concat()
}

/// Japanese name of a kind of job.
pub fn label(kind: &str) -> &'static str {
    if kind == PAPER {
        return "帳票のまとめ印刷";
    }
    if kind == recovery::BACKUP {
        return "バックアップの作成";
    }
    if kind == SELF_CHECK {
        return "証跡との照合";
    }
    tasks().iter().find(|task| task.kind == kind).map_or("作業", |task| task.label)
}

/// Work until told to stop. Runs on a thread of its own.
pub fn run(app: &App, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = app.installation.renew_if_changed() {
            tracing::error!(%error, "definitions not renewed");
        }
        // A form or a step that panics ends its job after some tries, not the work of everybody.
        match std::panic::catch_unwind(AssertUnwindSafe(|| round(app))) {
            Err(_) => {
                tracing::error!("a job panicked; it is tried again");
                std::thread::sleep(PAUSE);
            }
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => std::thread::sleep(PAUSE),
            Ok(Err(error)) => {
                tracing::error!(%error, "worker cannot reach the database");
                std::thread::sleep(Duration::from_secs(5));
            }
        }
    }
}

/// One round: a job, the mail, the day. True when there was something to do.
pub fn round(app: &App) -> Result<bool, StoreError> {
    let kernel = app.installation.kernel();
    let mut busy = daily::run(app, &kernel)?;
    busy |= recount(app, &kernel)?;
    busy |= recovery::due(app, &kernel)?;
    busy |= watch::judge(app, &kernel)?;
    busy |= mail::send(app, &kernel)?;
    lock_idle(app, &kernel)?;
    let now = kernel.now();
    if app.installation.store.read(|tx: &mut dyn Reader| privilege::any_expired(tx, now))? {
        let kernel = kernel.clone();
        let ended = app.installation.store.write(move |tx: &mut dyn Writer| privilege::end_expired(tx, &kernel));
        if let Err(refusal) = ended {
            tracing::error!(error = %refusal, "privileges not ended");
        }
    }
    let taken = app.installation.store.write(move |tx: &mut dyn Writer| tx.take_job(now, now + HOLD))?;
    if let Some(job) = taken {
        work(app, &kernel, &job)?;
        busy = true;
    }
    Ok(busy)
}

/// When closed days or definitions were renewed: whether deadlines of contracts must be counted again.
fn recount(app: &App, kernel: &Kernel) -> Result<bool, StoreError> {
    /// The definitions looked at last; kept alive, so that no others come to lie at their place.
    static SEEN: Mutex<Option<Arc<Catalogue>>> = Mutex::new(None);
    if SEEN.lock().is_ok_and(|seen| seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &kernel.catalogue))) {
        return Ok(false);
    }
    let own = kernel.clone();
    match app.installation.store.write(move |tx: &mut dyn Writer| engagement::terms::recount::watch(tx, &own)) {
        Ok(told) => {
            if let Ok(mut seen) = SEEN.lock() {
                *seen = Some(kernel.catalogue.clone());
            }
            Ok(told)
        }
        Err(Refusal::Store(error)) => Err(error),
        Err(refusal) => {
            tracing::error!(error = %refusal, "whether deadlines must be counted again is not known; it is tried again");
            Ok(false)
        }
    }
}

/// Lock the sessions that have been idle for too long, so that the journal has it at its time. Reads only, as a rule.
fn lock_idle(app: &App, kernel: &Kernel) -> Result<(), StoreError> {
    let settings = app.installation.settings.clone();
    let since = session::idle_since(kernel, &settings.sign_in);
    if app.installation.store.read(|tx: &mut dyn Reader| tx.idle_sessions(since))?.is_empty() {
        return Ok(());
    }
    let kernel = kernel.clone();
    app.installation.store.write(move |tx: &mut dyn Writer| session::lock_idle(tx, &kernel, &settings.sign_in))?;
    Ok(())
}

/// Do one job to its end.
fn work(app: &App, kernel: &Kernel, job: &Job) -> Result<(), StoreError> {
    // Whoever took it so often before did not come to its end: it may be what ended them.
    if job.tries > TRIES {
        return end(
            app,
            kernel,
            job,
            JobState::Failed,
            "作業の途中で繰り返し止まったため、中止しました。",
            Value::Null,
        );
    }
    let account = job.new.account.clone();
    let origin = Origin::new(Channel::Job, None, None);
    let load = |tx: &mut dyn Reader| identity::principal::load(tx, kernel, &account, &origin);
    // The rights of today, not those of the day it was queued.
    let who =
        if account == recovery::SYSTEM { Some(Principal::system("job")) } else { app.installation.store.read(load)? };
    let Some(who) = who else {
        return end(app, kernel, job, JobState::Failed, "作業を始めた利用者が利用できない状態です。", Value::Null);
    };
    let outcome = if job.new.kind == PAPER {
        paper::run(app, kernel, &who, job)
    } else if job.new.kind == recovery::BACKUP {
        backup(app, kernel, &who, job)
    } else if job.new.kind == SELF_CHECK {
        check(app, job)
    } else {
        match tasks().into_iter().find(|task| task.kind == job.new.kind) {
            Some(task) if task.kind == assurance::disposal::TASK.kind => {
                let done = steps(app, kernel, &who, job, task);
                // A busy database is no reason to do it all again: the place is overwritten when it is used anew.
                if done.is_ok()
                    && let Err(error) = app.installation.store.overwrite_removed()
                {
                    tracing::warn!(%error, "what was disposed of is not overwritten in the file yet");
                }
                done
            }
            Some(task) => steps(app, kernel, &who, job, task),
            None => Err(Refusal::Definition(format!("no task {}", job.new.kind))),
        }
    };
    match outcome {
        Ok(Some((words, output))) => end(app, kernel, job, JobState::Done, &words, output),
        // Cancelled: its owner has already ended it.
        Ok(None) => Ok(()),
        Err(Refusal::Store(error)) if job.tries < TRIES => {
            tracing::warn!(%error, kind = job.new.kind, "job put back");
            end(app, kernel, job, JobState::Waiting, "データベースの回復を待っています。", Value::Null)
        }
        Err(refusal) => {
            tracing::warn!(kind = job.new.kind, "job refused");
            end(app, kernel, job, JobState::Failed, &told(&refusal), Value::Null)
        }
    }
}

/// What a finished job says and leaves; none when it was cancelled.
type Finished = Option<(String, Value)>;

/// A backup is not tried again at once: its failure is in the ledger, and the plan has its own time for the next try.
fn backup(app: &App, kernel: &Kernel, who: &Principal, job: &Job) -> Result<Finished, Refusal> {
    let made = recovery::job(app, kernel, who, job, &mut |words, done| progress(app, job, done >> 20, 0, words));
    match made {
        Ok(words) => Ok(words.map(|words| (words, json!({ "to": "ledgers/backup_generation" })))),
        Err(problem) => Err(Refusal::invalid(ledger::Problem::record(problem.to_string()))),
    }
}

fn check(app: &App, job: &Job) -> Result<Finished, Refusal> {
    let alive = |done| progress(app, job, done, 0, "証跡と照合しています。");
    Ok(self_check::run(&app.installation, &alive)?.map(|words| (words, json!({ "to": "journal" }))))
}

fn steps(app: &App, kernel: &Kernel, who: &Principal, job: &Job, task: Task) -> Result<Finished, Refusal> {
    let mut done = job.done;
    loop {
        let (kernel, who, input) = (kernel.clone(), who.clone(), job.new.input.clone());
        let step: Step =
            app.installation.store.write(move |tx: &mut dyn Writer| (task.step)(tx, &kernel, &who, &input, done))?;
        done = step.done;
        if step.finished {
            let output = match job.new.input.get("to") {
                Some(to) => json!({ "to": to }),
                None => Value::Null,
            };
            return Ok(Some((step.words, output)));
        }
        if !progress(app, job, done, step.total, &step.words)? {
            return Ok(None);
        }
    }
}

/// Report progress; false when the job was cancelled.
fn progress(app: &App, job: &Job, done: u64, total: u64, words: &str) -> Result<bool, StoreError> {
    let (id, words) = (job.new.id.clone(), words.to_string());
    let held = app.installation.kernel().now() + HOLD;
    let state =
        app.installation.store.write(move |tx: &mut dyn Writer| tx.job_progress(&id, done, total, &words, held))?;
    Ok(state == JobState::Running)
}

fn end(app: &App, kernel: &Kernel, job: &Job, state: JobState, words: &str, output: Value) -> Result<(), StoreError> {
    let (id, words) = (job.new.id.clone(), words.to_string());
    let pause = TimeDelta::seconds(if state == JobState::Waiting { 5 << job.tries.clamp(0, 6) } else { 0 });
    let at = kernel.now() + pause;
    app.installation.store.write(move |tx: &mut dyn Writer| tx.end_job(&id, state, &words, &output, at))
}
