//! What the rules remember between one entry and the next. It is plain data under keys, so that it can be kept on the
//! program's desk and taken up again anywhere: judging in pieces is judging at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Marks of one window at most; when there are more, the oldest two become one.
const MOST_MARKS: usize = 400;
/// Records that one window knows again at most; of more the oldest are forgotten.
const MOST_SEEN: usize = 5_000;
/// Days of habit kept.
const MOST_DAYS: usize = 26 * 7 + 1;

/// Something counted within a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: DateTime<Utc>,
    /// Its entry.
    pub sequence: i64,
    /// How much it counts.
    pub weight: u64,
    /// What it was about, where different things are counted.
    pub about: String,
}

/// Days with their counts: records read, and accounts that read (1 for the habit of one account).
pub type Days = BTreeMap<NaiveDate, (u64, u64)>;

/// The memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    known: BTreeMap<String, Value>,
    changed: BTreeSet<String>,
}

impl Memory {
    /// A memory that was kept.
    pub fn of(known: BTreeMap<String, Value>) -> Self {
        Self { known, changed: BTreeSet::new() }
    }

    /// Everything remembered.
    pub fn whole(&self) -> &BTreeMap<String, Value> {
        &self.known
    }

    /// Whether the key was taken up, be it empty.
    pub fn knows(&self, key: &str) -> bool {
        self.known.contains_key(key)
    }

    /// Take up what was kept under a key.
    pub fn take_up(&mut self, key: String, value: Value) {
        self.known.insert(key, value);
    }

    /// What changed since it was taken up.
    pub fn changed(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.changed.iter().filter_map(|key| Some((key, self.known.get(key)?)))
    }

    fn set(&mut self, key: &str, value: Value) {
        self.known.insert(key.to_string(), value);
        self.changed.insert(key.to_string());
    }

    /// Count a mark, forget those older than the window, and give those within it, the new one last.
    pub fn count(&mut self, key: &str, mark: Mark, window: TimeDelta) -> Vec<Mark> {
        let mut marks: Vec<Mark> =
            self.known.get(key).and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default();
        let since = mark.at - window;
        // A late entry may be older than marks that were counted already; those stay for entries after them.
        marks.retain(|one| one.at > since || one.at > mark.at);
        marks.push(mark.clone());
        while marks.len() > MOST_MARKS {
            let oldest = marks.remove(0);
            if let Some(next) = marks.first_mut() {
                next.weight += oldest.weight;
            }
        }
        self.set(key, json!(marks));
        marks.retain(|one| one.at > since && one.at <= mark.at);
        marks
    }

    /// Note that these records were looked at, and give how many different ones the window held before and holds now.
    pub fn look(&mut self, key: &str, at: DateTime<Utc>, window: TimeDelta, records: &[String]) -> (u64, u64) {
        // Last look at each record, in milliseconds.
        let mut seen: BTreeMap<String, i64> =
            self.known.get(key).and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default();
        let (now, since) = (at.timestamp_millis(), (at - window).timestamp_millis());
        seen.retain(|_, last| *last > since);
        let before = seen.len() as u64;
        for record in records {
            let last = seen.entry(record.clone()).or_insert(now);
            *last = now.max(*last);
        }
        let after = seen.len() as u64;
        if seen.len() > MOST_SEEN {
            let mut instants: Vec<i64> = seen.values().copied().collect();
            instants.sort_unstable();
            let oldest = instants.get(seen.len() - MOST_SEEN).copied().unwrap_or_default();
            seen.retain(|_, last| *last >= oldest);
        }
        self.set(key, json!(seen));
        (before, after)
    }

    /// The days kept under a key.
    pub fn days(&self, key: &str) -> Days {
        self.known.get(key).and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default()
    }

    /// Keep days under a key, the newest half year of them.
    pub fn set_days(&mut self, key: &str, mut days: Days) {
        while days.len() > MOST_DAYS {
            days.pop_first();
        }
        self.set(key, json!(days));
    }
}
