//! What a person last saw of a record, kept on their desk: it tells what changed since.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{DeskItem, Reader, StoreError};
use ledger::{Principal, Record};
use serde_json::{Value, json};

const KEY: &str = "visits";
/// Records remembered; older visits are forgotten.
const MOST: usize = 100;
/// A second look within this time is the same visit.
const SAME_VISIT: TimeDelta = TimeDelta::minutes(10);

/// Records a person saw lately, newest first.
#[derive(Debug, Clone, Default)]
pub struct Visits(Vec<Visit>);

#[derive(Debug, Clone)]
struct Visit {
    ledger: String,
    record: String,
    revision: i64,
    at: DateTime<Utc>,
}

impl Visits {
    /// The visits of an account.
    pub fn read(tx: &mut dyn Reader, who: &Principal) -> Result<Self, StoreError> {
        let Some(item) = tx.desk(&who.actor.account, KEY)? else { return Ok(Self::default()) };
        let visits = item.value.as_array().into_iter().flatten().filter_map(|visit| {
            Some(Visit {
                ledger: visit.get("ledger")?.as_str()?.to_string(),
                record: visit.get("record")?.as_str()?.to_string(),
                revision: visit.get("revision")?.as_i64()?,
                at: visit.get("at")?.as_str()?.parse().ok()?,
            })
        });
        Ok(Self(visits.collect()))
    }

    fn of(&self, record: &Record) -> Option<&Visit> {
        self.0.iter().find(|visit| visit.ledger == record.ledger && visit.record == record.id)
    }

    /// The revision last seen, when it is older than the record.
    pub fn older(&self, record: &Record) -> Option<i64> {
        self.of(record).map(|visit| visit.revision).filter(|revision| *revision < record.revision)
    }

    /// Whether looking now is still the same visit, of the same revision.
    pub fn same(&self, record: &Record, now: DateTime<Utc>) -> bool {
        self.of(record).is_some_and(|visit| visit.revision == record.revision && now - visit.at < SAME_VISIT)
    }

    /// The visits with this one in front.
    pub fn with(mut self, record: &Record, now: DateTime<Utc>) -> DeskItem {
        self.0.retain(|visit| visit.ledger != record.ledger || visit.record != record.id);
        self.0.insert(
            0,
            Visit { ledger: record.ledger.clone(), record: record.id.clone(), revision: record.revision, at: now },
        );
        self.0.truncate(MOST);
        let list: Vec<Value> = self
            .0
            .iter()
            .map(|v| json!({ "ledger": v.ledger, "record": v.record, "revision": v.revision, "at": v.at }))
            .collect();
        DeskItem { key: KEY.into(), value: list.into(), saved_at: now }
    }
}
