//! Judging entries as they appear. How far it read and what the rules remember is kept in the same transaction as the
//! alerts, so that a worker that is lost loses nothing and nothing is judged twice.

use std::collections::BTreeMap;

use ledger::port::{DeskItem, JournalQuery, Reader, StoreError, Writer};
use ledger::{Kernel, Record, Refusal};
use serde_json::Value;

use super::alerts::{Raised, raise};
use super::{Fact, Memory, Place, Roles, Rule, judge, keys};

/// Desk of the program itself.
const DESK: &str = "system";
const PLACE: &str = "watch:place";
const TURN: &str = "watch:turn";
const MEMORY: &str = "watch:memory:";
/// Entries judged in one transaction.
const STEP: usize = 400;

/// What one step did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Round {
    /// Entries judged.
    pub judged: usize,
    /// Alerts that are new, whatever their severity.
    pub raised: Vec<Record>,
}

fn place(tx: &mut (impl Reader + ?Sized)) -> Result<Place, StoreError> {
    let kept = tx.desk(DESK, PLACE)?;
    Ok(kept.and_then(|item| serde_json::from_value(item.value).ok()).unwrap_or_default())
}

fn fresh(
    tx: &mut (impl Reader + ?Sized),
    place: &Place,
    limit: usize,
) -> Result<Vec<journal::StoredEntry>, StoreError> {
    let mut entries = match place.missing() {
        missing if missing.is_empty() => Vec::new(),
        missing => tx.journal(&JournalQuery { sequences: missing, limit, ..JournalQuery::default() })?,
    };
    entries.extend(tx.journal(&JournalQuery { after: Some(place.last), limit, ..JournalQuery::default() })?);
    entries.sort_by_key(|stored| stored.sequence);
    entries.truncate(limit);
    Ok(entries)
}

/// Whether there is an entry to judge. Cheap: asked twice a second.
pub fn due(tx: &mut dyn Reader) -> Result<bool, StoreError> {
    let place = place(tx)?;
    Ok(!fresh(tx, &place, 1)?.is_empty())
}

/// Judge the next entries.
///
/// # Errors
/// Those of the database and the kernel; then nothing was judged, and the next round tries again.
pub fn step(tx: &mut dyn Writer, kernel: &Kernel) -> Result<Round, Refusal> {
    // Workers on several nodes take turns: whoever holds this row goes on, and reads what the one before left.
    tx.set_desk(DESK, &DeskItem { key: TURN.into(), value: Value::Null, saved_at: kernel.now() })?;
    let mut place = place(tx)?;
    let entries = fresh(tx, &place, STEP)?;
    if entries.is_empty() {
        return Ok(Round::default());
    }
    let rules: Vec<Rule> = super::rules(tx, kernel)?.into_iter().map(|(rule, _)| rule).collect();
    let by_id: BTreeMap<&str, &Rule> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let (mut memory, mut roles) = (Memory::default(), Roles::default());
    let mut round = Round { judged: entries.len(), raised: Vec::new() };
    for stored in &entries {
        let mut fact = Fact::of(stored);
        roles.complete(tx, &rules, &mut fact)?;
        for key in keys(&rules, &fact) {
            if !memory.knows(&key) {
                let kept = tx.desk(DESK, &format!("{MEMORY}{key}"))?;
                memory.take_up(key, kept.map_or(Value::Null, |item| item.value));
            }
        }
        for finding in judge(&rules, &mut memory, &fact) {
            let Some(rule) = by_id.get(finding.rule.as_str()) else { continue };
            if let Raised::New(alert) = raise(tx, kernel, rule, &finding, false)? {
                round.raised.push(alert);
            }
        }
    }
    let sequences: Vec<i64> = entries.iter().map(|stored| stored.sequence).collect();
    place.read(&sequences, kernel.now());
    let now = kernel.now();
    let mut keep = |key: String, value: Value| tx.set_desk(DESK, &DeskItem { key, value, saved_at: now });
    for (key, value) in memory.changed() {
        keep(format!("{MEMORY}{key}"), value.clone())?;
    }
    keep(PLACE.into(), serde_json::to_value(&place).unwrap_or(Value::Null))?;
    Ok(round)
}

/// Begin behind the newest entry, for an installation whose past is evaluated apart. Does nothing where a place is kept.
pub fn begin_here(tx: &mut dyn Writer, kernel: &Kernel) -> Result<(), Refusal> {
    if tx.desk(DESK, PLACE)?.is_some() {
        return Ok(());
    }
    let newest = tx.history(&ledger::port::HistoryQuery { limit: 1, ..Default::default() })?;
    let place = Place { last: newest.first().map_or(0, |stored| stored.sequence), missing: Vec::new() };
    let value = serde_json::to_value(&place).unwrap_or(Value::Null);
    tx.set_desk(DESK, &DeskItem { key: PLACE.into(), value, saved_at: kernel.now() })?;
    Ok(())
}
