//! Searching the journal as somebody does who investigates: by person, account, device, time, reason, act.

use chrono::{DateTime, Utc};
use journal::StoredEntry;

use super::StoreError;

/// Readings or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Only acts that read ([`journal::act::READS`]).
    Reads,
    /// Only acts that made a revision of a record.
    Changes,
    /// Only acts that made none: readings, and what else was done.
    Acts,
}

/// A question for entries, ordered by instant and then by sequence. Everything given must hold; an empty list asks for
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JournalQuery {
    /// Exactly these entries.
    pub sequences: Vec<i64>,
    /// Only entries with a larger sequence; the answer is then ordered by sequence, oldest first.
    pub after: Option<i64>,
    /// Only from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Only before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only acts of these accounts.
    pub accounts: Vec<String>,
    /// Only in these ledgers.
    pub ledgers: Vec<String>,
    /// Not in these ledgers.
    pub except: Vec<String>,
    /// Only about one of these records, readings of several records included.
    pub records: Vec<String>,
    /// Only these acts; one that ends with `:` means all that begin so.
    pub acts: Vec<String>,
    /// Readings or changes only.
    pub kind: Option<EntryKind>,
    /// Only of this bulk act.
    pub batch: Option<String>,
    /// Only from this network address.
    pub address: Option<String>,
    /// Only from a device whose name has these words.
    pub device: Option<String>,
    /// Only with these words in the reason.
    pub reason: Option<String>,
    /// Only behind this entry in the order of the answer: its instant and sequence.
    pub behind: Option<(DateTime<Utc>, i64)>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// At most so many.
    pub limit: usize,
}

/// Searching the journal.
pub trait JournalReader {
    /// Entries that answer the question, in its order.
    fn journal(&mut self, query: &JournalQuery) -> Result<Vec<StoredEntry>, StoreError>;

    /// Number of entries that answer the question, counted up to `ceiling`. Its `limit` and `behind` do not count.
    fn journal_count(&mut self, query: &JournalQuery, ceiling: u64) -> Result<u64, StoreError>;

    /// Records of a ledger that named this person in this field in some revision, at most `limit` of them.
    fn records_ever(
        &mut self,
        ledger: &str,
        field: &str,
        person: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError>;

    /// How the database would answer the question, in its own words, a line a step.
    fn explain_journal(&mut self, query: &JournalQuery) -> Result<Vec<String>, StoreError>;
}
