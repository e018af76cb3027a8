//! What the rules look at of an entry.

use chrono::{DateTime, NaiveDate, Utc};
use journal::StoredEntry;
use ledger::evidence::records_read;

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
    /// Roles of the account, as far as a rule asks for them.
    pub roles: Vec<String>,
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
