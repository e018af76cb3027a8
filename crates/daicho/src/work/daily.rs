//! What falls due with the day: acts of the areas, reminders, the self-check, sessions that nobody uses any more.

use std::sync::Mutex;

use chrono::NaiveDate;
use identity::session;
use ledger::port::{DeskItem, StoreError, Writer};
use ledger::task::Daily;
use ledger::{Kernel, Refusal};
use serde_json::json;

use super::reminder;
use crate::settings::WorkKept;
use crate::verification::self_check;
use crate::web::App;

/// Desk of the program itself.
const SYSTEM: &str = "system";
/// The day this process saw last, so that the database is asked once a day only.
static SEEN: Mutex<Option<NaiveDate>> = Mutex::new(None);

fn daily() -> Vec<Daily> {
    // Who left or moved first, so that nothing of today goes to them.
    [identity::accounts::DAILY.to_vec(), talent::daily(), engagement::daily(), assurance::daily()].concat()
}

/// Do what falls due today and was not done yet by any worker. True when something was done.
pub fn run(app: &App, kernel: &Kernel) -> Result<bool, StoreError> {
    let today = kernel.today();
    if SEEN.lock().is_ok_and(|seen| *seen == Some(today)) {
        return Ok(false);
    }
    let mut done = 0;
    let mut complete = true;
    for act in daily() {
        let kernel = kernel.clone();
        let once = app
            .installation
            .store
            .write(move |tx: &mut dyn Writer| once_a_day(tx, &kernel, act.name, |tx| (act.run)(tx, &kernel)));
        match once {
            Ok(changed) => done += changed,
            Err(refusal) => {
                complete = false;
                tracing::error!(act = act.name, error = %refusal, "daily act failed; it is tried again");
            }
        }
    }
    let (app, kernel) = (app.clone(), kernel.clone());
    let shared = app.clone();
    let rest = app.installation.store.write(move |tx: &mut dyn Writer| {
        let settings = &shared.installation.settings.sign_in;
        once_a_day(tx, &kernel, "sessions", |tx| Ok(session::sweep(tx, &kernel, settings)?))?;
        once_a_day(tx, &kernel, "empty_work", |tx| {
            let days = WorkKept::days(&shared.installation.settings.work_kept, kernel.today());
            Ok(tx.empty_work(kernel.now() - chrono::TimeDelta::days(days.into()))?)
        })?;
        once_a_day(tx, &kernel, "backup", |tx| {
            crate::recovery::overdue(tx, &kernel, &shared.installation.settings.agency)
        })?;
        once_a_day(tx, &kernel, "self_check", |tx| Ok(self_check::queue(tx, &kernel, &shared.installation.settings)?))?;
        once_a_day(tx, &kernel, "reminders", |tx| reminder::queue(tx, &kernel, &shared.installation.settings))
    });
    match rest {
        Ok(changed) => done += changed,
        Err(Refusal::Store(error)) => return Err(error),
        Err(refusal) => {
            complete = false;
            tracing::error!(error = %refusal, "reminders failed; they are tried again");
        }
    }
    if complete && let Ok(mut seen) = SEEN.lock() {
        *seen = Some(today);
    }
    Ok(done > 0)
}

/// Do it unless it was done today, and note that it was, in the same transaction.
fn once_a_day(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    name: &str,
    act: impl FnOnce(&mut dyn Writer) -> Result<u64, Refusal>,
) -> Result<u64, Refusal> {
    let key = format!("daily:{name}");
    let today = json!(kernel.today().to_string());
    if tx.desk(SYSTEM, &key)?.is_some_and(|item| item.value == today) {
        return Ok(0);
    }
    let done = act(tx)?;
    tx.set_desk(SYSTEM, &DeskItem { key, value: today, saved_at: kernel.now() })?;
    Ok(done)
}
