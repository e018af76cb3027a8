//! Sealing in the background: a thread of its own, so that no long job keeps entries waiting.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ledger::seal::SealProblem;

use crate::installation::Installation;
use crate::seal::{SealTrouble, Sealer, lag, tell, witness};

/// Trouble of one kind is told again after so long.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Seal until told to stop.
pub fn run(installation: &Installation, stop: &AtomicBool) {
    let mut told = BTreeMap::new();
    let mut asked = None;
    let mut sealer = None;
    let pause = Duration::from_millis(installation.settings.journal.interval_milliseconds.max(10));
    while !stop.load(Ordering::Relaxed) {
        let round = || round(installation, &mut sealer);
        let more = match std::panic::catch_unwind(AssertUnwindSafe(round)) {
            Ok(Ok(more)) => more,
            Ok(Err(trouble)) => {
                tell_again(installation, &mut told, &trouble);
                false
            }
            Err(_) => {
                tracing::error!("sealing panicked; it is tried again");
                false
            }
        };
        ask_witnesses(installation, &mut asked);
        if !more {
            rest(pause, stop);
        }
    }
}

/// Wait, but not when the program is about to end.
fn rest(pause: Duration, stop: &AtomicBool) {
    let mut left = pause;
    while !left.is_zero() && !stop.load(Ordering::Relaxed) {
        let step = left.min(Duration::from_millis(100));
        std::thread::sleep(step);
        left -= step;
    }
}

/// One round; true when more waits.
fn round(installation: &Installation, sealer: &mut Option<Sealer>) -> Result<bool, SealTrouble> {
    let known = sealer.is_some();
    let open = match sealer {
        Some(sealer) => sealer,
        None => sealer.insert(Sealer::open(installation)?),
    };
    let done = match open.round(installation) {
        // The key was replaced meanwhile: its file is read again before anybody is told.
        Err(SealTrouble::Seal(SealProblem::OtherKey(_))) if known => {
            *sealer = None;
            return Ok(false);
        }
        done => done?,
    };
    if let Some(sequence) = done.foreign {
        return Err(SealTrouble::Foreign(sequence));
    }
    let settings = &installation.settings.journal;
    if done.sealed == 0 {
        let (lag, seconds) = lag(installation)?;
        if lag.waiting > 0 && seconds > i64::try_from(settings.alarm_seconds).unwrap_or(i64::MAX) {
            return Err(SealTrouble::Late(lag.waiting, seconds));
        }
    }
    Ok(done.sealed >= settings.batch as u64)
}

fn tell_again(installation: &Installation, told: &mut BTreeMap<&'static str, DateTime<Utc>>, trouble: &SealTrouble) {
    let now = installation.kernel().now();
    // Either way: a clock that was set back must not keep it quiet.
    if told.get(trouble.kind()).is_none_or(|at| (now - *at).abs() >= AGAIN) {
        told.insert(trouble.kind(), now);
        tell(installation, trouble);
    }
}

fn ask_witnesses(installation: &Installation, asked: &mut Option<DateTime<Utc>>) {
    let (settings, now) = (&installation.settings.journal, installation.kernel().now());
    let seconds = i64::try_from(settings.witness_seconds).unwrap_or(i64::MAX);
    if settings.witnesses.is_empty() || asked.is_some_and(|at| (now - at).num_seconds().abs() < seconds) {
        return;
    }
    *asked = Some(now);
    for one in &settings.witnesses {
        if let Err(problem) = witness::ask(installation, one) {
            tracing::error!(%problem, "no cosignature");
        }
    }
}
