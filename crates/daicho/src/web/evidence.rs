//! What requests leave in the journal beside the changes they make: readings by REST, attempts beyond one's rights, and
//! the times in which nothing could be written at all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use journal::act;
use ledger::evidence::{Seen, reading};
use ledger::port::{StoreError, Writer};
use ledger::{Kernel, Principal, Refusal};
use serde_json::json;

use super::App;

/// Refused attempts of one account that get an entry each within a window; behind them every doubling gets one.
const EACH: u64 = 20;
/// Length of that window.
const WINDOW: TimeDelta = TimeDelta::minutes(10);
/// Accounts remembered; the map is emptied when there are more.
const MOST_ACCOUNTS: usize = 10_000;

/// Refused attempts of each account, per node.
#[derive(Default)]
pub struct Denials(Mutex<HashMap<String, (DateTime<Utc>, u64)>>);

impl Denials {
    /// Count one; the number of it within its window when it gets an entry.
    fn count(&self, account: &str, now: DateTime<Utc>) -> Option<u64> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_ACCOUNTS {
            counted.clear();
        }
        let slot = counted.entry(account.to_string()).or_insert((now, 0));
        if now - slot.0 >= WINDOW || now < slot.0 {
            *slot = (now, 0);
        }
        slot.1 += 1;
        let number = slot.1;
        (number <= EACH || (number.is_multiple_of(EACH) && (number / EACH).is_power_of_two())).then_some(number)
    }
}

/// Times in which the database took nothing: told in the journal as soon as it takes something again.
#[derive(Default)]
pub struct Troubles(Mutex<Option<(DateTime<Utc>, u64)>>);

impl Troubles {
    /// A write failed.
    pub fn note(&self, now: DateTime<Utc>) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = troubles.unwrap_or((now, 0));
        *troubles = Some((since, count + 1));
        // Somebody who watches the log or the figures must learn of it now, not when it is over.
        tracing::error!(count = count + 1, "the journal cannot be written; nothing is stored or shown");
    }

    /// Writes that failed since the last entry about it.
    pub fn open(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map_or(0, |(_, count)| count)
    }
}

/// Tell in the journal what could not be written before. Asked every second.
pub fn tell_troubles(app: &App) -> Result<(), StoreError> {
    let Some((since, count)) = *app.troubles.0.lock().unwrap_or_else(PoisonError::into_inner) else { return Ok(()) };
    let kernel = app.installation.kernel();
    let entry = reading(
        &kernel,
        &Principal::system("serve"),
        act::JOURNAL_FAILED,
        act::PROGRAM,
        "",
        json!({ "since": since, "count": count }),
    );
    app.installation.store.write(move |tx: &mut dyn Writer| tx.append(&entry))?;
    let mut troubles = app.troubles.0.lock().unwrap_or_else(PoisonError::into_inner);
    *troubles = troubles.and_then(|(since, now)| (now > count).then_some((since, now - count)));
    Ok(())
}

/// What an address asked for.
pub struct Asked<'a> {
    /// Ledger; empty where the address is about none.
    pub ledger: &'a str,
    /// Record; empty for none.
    pub record: &'a str,
}

/// Note a refusal: an attempt on what the roles held do not reach, or a failure of the database.
pub fn denied(app: &App, kernel: &Kernel, who: &Principal, asked: &Asked<'_>, refusal: &Refusal) {
    let kind = match refusal {
        Refusal::NotFound => "not_found",
        Refusal::Denied(_) => "denied",
        Refusal::Store(_) => return app.troubles.note(kernel.now()),
        _ => return,
    };
    // An address that names no ledger of ours is a mistake of typing, not a look at somebody's record.
    if kernel.catalogue.ledger(asked.ledger).is_none() {
        return;
    }
    let Some(number) = app.denials.count(&who.actor.account, kernel.now()) else { return };
    let (kernel, who) = (kernel.clone(), who.clone());
    let (ledger, record) = (asked.ledger.to_string(), asked.record.chars().take(64).collect::<String>());
    let noted = app.installation.store.write(move |tx: &mut dyn Writer| {
        // Whether there was something to see is what tells a mistyped address from an attempt.
        let exists = !record.is_empty() && tx.record(&ledger, &record)?.is_some();
        let facts = json!({ "answer": kind, "exists": exists, "number": number });
        let record = if exists { record.as_str() } else { "" };
        tx.append(&reading(&kernel, &who, act::DENIED, &ledger, record, facts))
    });
    if let Err(error) = noted {
        tracing::error!(%error, "a refused attempt could not be journaled");
    }
}

/// Write what an answer of REST shows, before it is sent.
pub fn leave(app: &App, kernel: &Kernel, who: &Principal, seen: &Seen, reason: Option<&str>) -> Result<(), StoreError> {
    let entries = seen.entries(kernel, who, reason);
    if entries.is_empty() {
        return Ok(());
    }
    app.installation
        .store
        .write(move |tx: &mut dyn Writer| entries.iter().try_for_each(|entry| tx.append(entry).map(drop)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_attempts_are_bounded_and_never_forgotten() {
        let denials = Denials::default();
        let start: DateTime<Utc> = "2026-11-20T00:00:00Z".parse().unwrap();
        let told: Vec<u64> = (0..1_000).filter_map(|_| denials.count("a", start)).collect();
        let expected: Vec<u64> = (1..=20).chain([40, 80, 160, 320, 640]).collect();
        assert_eq!(told, expected);
        // Another account and another window begin anew, and a clock set back does too.
        assert_eq!(denials.count("b", start), Some(1));
        assert_eq!(denials.count("a", start + WINDOW), Some(1));
        assert_eq!(denials.count("a", start), Some(1));
    }
}
