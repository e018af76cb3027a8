//! What the program tells of itself in the journal: that it began, that it was stopped in order, that the machine's clock
//! moved by itself.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use journal::act;
use ledger::evidence::reading;
use ledger::port::{HistoryQuery, StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::{Value, json};

use crate::installation::Installation;

/// A clock that disagrees with the machine's running time by more than this has jumped. Time servers move a clock by
/// milliseconds; a leap second is one.
pub const TOLERANCE: TimeDelta = TimeDelta::seconds(5);

/// Note that the program begins, and whether its clock stands behind the newest entry. Entries are written all the same:
/// a wrong clock must not stop the agency's work, but somebody must know of it.
///
/// # Errors
/// When the journal cannot be written: then the program must not begin either.
pub fn started(installation: &Installation, part: &str) -> Result<(), StoreError> {
    let kernel = installation.kernel();
    let part = part.to_string();
    installation.store.write(move |tx: &mut dyn Writer| {
        let newest = tx.history(&HistoryQuery { limit: 1, ..HistoryQuery::default() })?;
        let last = newest.first().map(|stored| stored.entry.at);
        tx.append(&told(&kernel, &part, act::START, json!({ "version": env!("CARGO_PKG_VERSION") })))?;
        if let Some(last) = last.filter(|last| *last - kernel.now() > TOLERANCE) {
            let seconds = (kernel.now() - last).num_seconds();
            let facts = json!({ "seconds": seconds, "newest_entry": last, "clock": kernel.now() });
            tx.append(&told(&kernel, &part, act::CLOCK_JUMP, facts))?;
        }
        Ok(())
    })
}

/// Note that the program was stopped in order. That this fails keeps it from stopping no longer.
pub fn stopped(installation: &Installation, part: &str) {
    let kernel = installation.kernel();
    let entry = told(&kernel, part, act::STOP, json!({ "version": env!("CARGO_PKG_VERSION") }));
    if let Err(error) = installation.store.write(move |tx: &mut dyn Writer| tx.append(&entry)) {
        tracing::error!(%error, "the end of the program could not be journaled");
    }
}

fn told(kernel: &Kernel, part: &str, act: &str, facts: Value) -> journal::Entry {
    reading(kernel, &Principal::system(part), act, act::PROGRAM, "", facts)
}

/// The wall clock beside the machine's running time, as they were a moment ago.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClockWatch(Option<(DateTime<Utc>, Instant)>);

impl ClockWatch {
    /// Look again: by how much the wall clock went ahead of (or fell behind) the running time since the last look, when
    /// that is more than [`TOLERANCE`]. A machine that slept shows as a jump forwards.
    pub fn look(&mut self, wall: DateTime<Utc>, running: Instant) -> Option<TimeDelta> {
        let before = self.0.replace((wall, running));
        let (wall_before, running_before) = before?;
        let passed: Duration = running.saturating_duration_since(running_before);
        let jump = (wall - wall_before) - TimeDelta::from_std(passed).ok()?;
        (jump.abs() > TOLERANCE).then_some(jump)
    }
}

/// Look at the clock, and journal a jump of it.
pub fn watch_clock(installation: &Installation, watch: &mut ClockWatch) {
    let kernel = installation.kernel();
    let Some(jump) = watch.look(kernel.now(), Instant::now()) else { return };
    tracing::error!(seconds = jump.num_seconds(), "the machine's clock jumped");
    let facts = json!({ "seconds": jump.num_seconds(), "clock": kernel.now() });
    let entry = told(&kernel, "serve", act::CLOCK_JUMP, facts);
    if let Err(error) = installation.store.write(move |tx: &mut dyn Writer| tx.append(&entry)) {
        tracing::error!(%error, "a jump of the clock could not be journaled");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_moves_by_itself_is_noticed_and_one_that_only_runs_is_not() {
        let (wall, running) = ("2026-11-20T00:00:00Z".parse::<DateTime<Utc>>().unwrap(), Instant::now());
        // Seconds on the wall, seconds that ran, and the jump noticed.
        let table =
            [(1, 1, None), (6, 1, None), (7, 1, Some(6)), (3_600, 3_600, None), (-10, 1, Some(-11)), (-4, 1, None)];
        for (shown, ran, wanted) in table {
            let mut watch = ClockWatch::default();
            assert_eq!(watch.look(wall, running), None);
            let found = watch.look(wall + TimeDelta::seconds(shown), running + Duration::from_secs(ran));
            assert_eq!(found.map(|jump| jump.num_seconds()), wanted, "{shown} in {ran}");
        }
    }
}
