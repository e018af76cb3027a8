//! What the rules look at of an entry.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use journal::act::{OPEN, READ_LIST};
use journal::{Entry, StoredEntry, leaf_hash};
use ledger::evidence::records_read;
use serde_json::Value;

/// One entry, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Place in the journal.
    pub sequence: i64,
    /// Instant of the act.
    pub at: DateTime<Utc>,
    /// Account that acted.
    pub account: String,
    /// Its sign-in name.
    pub login: String,
    /// Person behind it.
    pub person: Option<String>,
    /// Network address.
    pub address: Option<String>,
    /// What was done; every transition is `transition`.
    pub act: String,
    /// Ledger.
    pub ledger: String,
    /// Record.
    pub record: String,
    /// Protected records read with it; 0 for what is no reading.
    pub read: u64,
    /// The records of it that were looked at on a page, under short names, so that what is opened again is known again;
    /// what leaves the program (export, print, download) is not among them.
    pub looked: Vec<String>,
    /// Roles of the account, as far as a rule asks for them.
    pub roles: Vec<String>,
}

/// Names of the records that a look tells of: 48 bits of a hash are enough to tell those of one account apart, and say
/// nothing on the program's desk.
fn looked(entry: &Entry) -> Vec<String> {
    let facts = entry.changes.get(&entry.act).and_then(|change| change.after.get("records"));
    let listed = facts.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let one = [entry.record.as_str()].into_iter().filter(|id| !id.is_empty());
    let records: BTreeSet<&str> = match entry.act.as_str() {
        OPEN => one.collect(),
        READ_LIST => listed.collect(),
        _ => BTreeSet::new(),
    };
    let name = |record: &str| {
        let hash = leaf_hash(format!("{}/{record}", entry.ledger).as_bytes());
        hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    };
    records.into_iter().map(name).collect()
}

impl Fact {
    /// The fact of an entry.
    pub fn of(stored: &StoredEntry) -> Self {
        let entry = &stored.entry;
        let act = entry.act.split(':').next().unwrap_or_default();
        Self {
            sequence: stored.sequence,
            at: entry.at,
            account: entry.actor.account.clone(),
            login: entry.actor.login.clone(),
            person: entry.actor.person.clone(),
            address: entry.actor.address.clone(),
            act: act.to_string(),
            ledger: entry.ledger.clone(),
            record: entry.record.clone(),
            read: records_read(entry),
            looked: looked(entry),
            roles: Vec::new(),
        }
    }

    /// Its day in Japan.
    pub fn day(&self) -> NaiveDate {
        calendar::jst_date(self.at)
    }

    /// What the program wrote about records by itself is nobody's behaviour.
    pub fn is_own_change(&self) -> bool {
        self.account == "system" && matches!(self.act.as_str(), "create" | "amend" | "transition" | "import")
    }
}
