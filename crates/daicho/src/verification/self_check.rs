//! The daily self-check: the running database is verified as `daicho verify` does it, slowly enough to disturb nobody. What
//! it found is an entry of the journal, by which the watch raises its alert, and a word on the page and in the figures.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use calendar::jst::{start_of_day, wall_clock};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use journal::act;
use ledger::evidence::reading;
use ledger::port::{DeskItem, NewJob, Reader, StoreError, Writer};
use ledger::{Kernel, Principal, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::installation::Installation;
use crate::settings::Settings;

/// Kind of the job.
pub const SELF_CHECK: &str = "self_check";
/// Desk of the program itself, and the key of the last result there.
const DESK: (&str, &str) = ("system", "verified");
/// Places of findings that are kept and journaled. Their values are not: `daicho verify` shows them to whoever may see.
const PLACES: usize = 10;
/// Longest pause at a time.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// How often the job says that it is still at work.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// How a self-check ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long it took, in seconds, pauses included.
    pub seconds: f64,
    /// Entries of the journal read.
    pub entries: u64,
    /// Entries of them under a seal.
    pub sealed: u64,
    /// Records compared.
    pub records: u64,
    /// Rows of other tables compared.
    pub rows: u64,
    /// Alterations found.
    pub found: u64,
    /// Where the first of them are: table and row.
    pub places: Vec<String>,
}

/// The last result; none before the first check.
///
/// # Errors
/// When the database fails.
pub fn last(tx: &mut dyn Reader) -> Result<Option<Verified>, StoreError> {
    let kept = tx.desk(DESK.0, DESK.1)?;
    Ok(kept.and_then(|kept| serde_json::from_value(kept.value).ok()))
}

/// Queue the check of today, at the hour of the settings or at once when that has passed. How many were queued.
///
/// # Errors
/// When the database fails.
pub fn queue(tx: &mut dyn Writer, kernel: &Kernel, settings: &Settings) -> Result<u64, StoreError> {
    let now = kernel.now();
    let Some(hour) = settings.journal.check_hour.filter(|hour| *hour < 24) else { return Ok(0) };
    let run_at = match wall_clock(now).hour() < hour {
        true => start_of_day(kernel.today()) + TimeDelta::hours(hour.into()),
        false => now,
    };
    tx.add_job(&job(kernel, DESK.0, run_at), now).map(u64::from)
}

/// The job of a check, asked for by an account or the program itself. At most one waits.
pub fn job(kernel: &Kernel, account: &str, run_at: DateTime<Utc>) -> NewJob {
    NewJob {
        id: kernel.new_id(),
        kind: SELF_CHECK.into(),
        input: Value::Null,
        account: account.into(),
        run_at,
        only_one: Some(SELF_CHECK.into()),
    }
}

/// Verify, and leave the result in the journal and on the page. `alive` is told from time to time how many are done, and
/// says whether to go on. The words for the list of jobs; none when it was stopped.
///
/// # Errors
/// When it could not be checked.
pub fn run(
    installation: &Installation,
    alive: &(dyn Fn(u64) -> Result<bool, StoreError> + Sync),
) -> Result<Option<String>, Refusal> {
    let pace = Mutex::new(Pace::new(installation.settings.journal.check_share));
    let begun = now();
    let progress = |_: &str, done: u64| {
        let (pause, tell) = pace.lock().unwrap_or_else(PoisonError::into_inner).step(now());
        std::thread::sleep(pause);
        !tell || matches!(alive(done), Ok(true))
    };
    let options = verify::Options { vkey: None, progress: &progress, side_by_side: false };
    let report = match verify::database(&installation.store, &options) {
        Ok(report) => report,
        // Stopped by whoever may, which is no failure.
        Err(_) if matches!(alive(0), Ok(false)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let kernel = installation.kernel();
    let places = report.findings.iter().take(PLACES);
    let verified = Verified {
        at: kernel.now(),
        seconds: begun.elapsed().as_secs_f64(),
        entries: report.entries,
        sealed: report.sealed,
        records: report.records,
        rows: report.versions + report.rows,
        found: report.found,
        places: places.map(|finding| format!("{} {}", finding.table, finding.row)).collect(),
    };
    let what = if report.intact() { act::VERIFY_PASSED } else { act::VERIFY_FAILED };
    let facts = json!({
        "entries": verified.entries, "sealed": verified.sealed, "records": verified.records, "found": verified.found,
        "places": verified.places,
    });
    let entry = reading(&kernel, &Principal::system("verify"), what, act::PROGRAM, "", facts);
    let value = serde_json::to_value(&verified).map_err(|error| Refusal::Definition(error.to_string()))?;
    let item = DeskItem { key: DESK.1.into(), value, saved_at: verified.at };
    installation.store.write(move |tx: &mut dyn Writer| -> Result<(), StoreError> {
        tx.append(&entry)?;
        tx.set_desk(DESK.0, &item)
    })?;
    if report.intact() {
        return Ok(Some(format!("証跡{}件と照合しました。変更は見つかりませんでした。", verified.entries)));
    }
    tracing::error!(found = verified.found, "the self-check found what the journal does not tell");
    Ok(Some(format!(
        "台帳を通さない変更が{}件見つかりました。「daicho verify」で場所を確かめてください。",
        verified.found
    )))
}

fn now() -> Instant {
    Instant::now()
}

/// Keeps the check to a share of the time: after each step it rests in proportion to how long the step took.
struct Pace {
    share: f64,
    stepped: Instant,
    told: Instant,
}

impl Pace {
    /// `share` is how much of the time is worked, in percent.
    fn new(share: u32) -> Self {
        Self { share: f64::from(share.clamp(1, 100)) / 100.0, stepped: now(), told: now() }
    }

    /// How long to rest now, and whether to give a sign of life.
    fn step(&mut self, at: Instant) -> (Duration, bool) {
        let worked = at.saturating_duration_since(self.stepped);
        let pause = worked.mul_f64((1.0 - self.share) / self.share).min(LONGEST_PAUSE);
        self.stepped = at + pause;
        let tell = at.saturating_duration_since(self.told) >= SIGN_OF_LIFE;
        if tell {
            self.told = at;
        }
        (pause, tell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_in_proportion_to_its_work_and_gives_signs_of_life() {
        let start = now();
        // Share in percent, milliseconds worked, milliseconds of rest.
        for (share, worked, rest) in [(50, 10, 10), (25, 10, 30), (100, 10, 0), (50, 5_000, 200), (0, 1, 99)] {
            let mut pace = Pace { stepped: start, told: start, ..Pace::new(share) };
            let (pause, tell) = pace.step(start + Duration::from_millis(worked));
            assert_eq!((pause.as_millis(), tell), (rest, worked >= 5_000), "{share} {worked}");
            // What it slept is no work.
            let again = start + Duration::from_millis(worked) + pause;
            assert_eq!(pace.step(again), (Duration::ZERO, false));
        }
    }
}
