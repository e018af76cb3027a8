//! Records, their versions, their entries, references, unique keys, numbers.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use journal::{Entry, StoredEntry};

use super::StoreError;
use crate::query::{Filter, Group, Operand, Query};
use crate::record::Record;

/// Search grams of one class of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText {
    /// Field class the text belongs to.
    pub class: String,
    /// Grams as [`crate::search::grams`] makes them.
    pub grams: Vec<String>,
}

/// A reference from a record to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceRow {
    /// Ledger of the record that refers.
    pub ledger: String,
    /// Record that refers.
    pub record: String,
    /// Field by which it refers.
    pub field: String,
    /// Ledger of the record referred to.
    pub target_ledger: String,
    /// Record referred to.
    pub target: String,
}

/// A unique key that the record occupies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueKey {
    /// Names of the fields, joined by `+`.
    pub name: String,
    /// Values of the fields, as canonical JSON text of a list.
    pub value: String,
}

/// Another record already occupies a unique key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueClash {
    /// The key in question.
    pub key: UniqueKey,
    /// Identifier of the record that occupies it.
    pub record: String,
}

/// One record to be stored, with everything that hangs on it.
#[derive(Debug, Clone)]
pub struct Put<'a> {
    /// The record at its new revision.
    pub record: &'a Record,
    /// References of the new revision (replace those of the old).
    pub references: Vec<ReferenceRow>,
    /// Search texts by class (replace those of the old).
    pub search: Vec<SearchText>,
    /// Unique keys (replace those of the old).
    pub unique: Vec<UniqueKey>,
}

/// What was taken away before a holder's key is destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// Records (ledger, identifier) that hold values under the key, of now or of former versions.
    pub records: Vec<(String, String)>,
    /// Tokens, search texts and unique keys taken away.
    pub rows: u64,
    /// Drafts, mails, titles of duties and jobs that named the person.
    pub texts: u64,
}

/// Which entries a history tells: readings soon outnumber what was done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Told {
    /// Every entry.
    #[default]
    Everything,
    /// What was done: every entry but readings.
    Changes,
    /// Readings only: [`journal::act::READS`].
    Readings,
}

/// A question for entries of the journal, newest first: by their sequence, or by their instant where only a ledger or an
/// account is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryQuery {
    /// Only entries of this ledger.
    pub ledger: Option<String>,
    /// Only entries of this record.
    pub record: Option<String>,
    /// Only acts of this account.
    pub account: Option<String>,
    /// Only entries from this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Only entries before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only entries with a smaller sequence.
    pub before: Option<i64>,
    /// Only entries of this sort.
    pub told: Told,
    /// At most so many.
    pub limit: usize,
}

impl HistoryQuery {
    /// The newest entries of this sort, at most `limit`.
    pub fn newest(told: Told, limit: usize) -> HistoryQuery {
        HistoryQuery { told, limit, ..HistoryQuery::default() }
    }
}

/// Reading records.
pub trait RecordReader {
    /// The record as it is now.
    fn record(&mut self, ledger: &str, id: &str) -> Result<Option<Record>, StoreError>;

    /// The record as it stood at an instant; `None` when it did not exist then.
    fn record_at(&mut self, ledger: &str, id: &str, at: DateTime<Utc>) -> Result<Option<Record>, StoreError>;

    /// The record at one of its revisions.
    fn record_revision(&mut self, ledger: &str, id: &str, revision: i64) -> Result<Option<Record>, StoreError>;

    /// Many records by identifier, in any order; those that do not exist are left out.
    fn records(&mut self, ledger: &str, ids: &[String]) -> Result<Vec<Record>, StoreError>;

    /// Every revision of the next records of a ledger behind this identifier, at most `records` of them, by identifier and
    /// revision: for going through a whole ledger.
    fn versions(&mut self, ledger: &str, after: &str, records: usize) -> Result<Vec<Record>, StoreError>;

    /// Records that answer the query, in its order.
    fn find(&mut self, query: &Query) -> Result<Vec<Record>, StoreError>;

    /// Number of records that satisfy the filter, counted up to `ceiling` (then exactly `ceiling` is returned).
    fn count(
        &mut self,
        ledger: &str,
        filter: &Filter,
        as_of: Option<DateTime<Utc>>,
        ceiling: u64,
    ) -> Result<u64, StoreError>;

    /// Number of records by the values of the operands, at most 1,000 groups, ordered by the values.
    fn group(
        &mut self,
        ledger: &str,
        filter: &Filter,
        by: &[Operand],
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Vec<Group>, StoreError>;

    /// Identifiers of records whose text field has one of the values (natural keys of an import).
    fn lookup(
        &mut self,
        ledger: &str,
        field: &str,
        values: &[String],
    ) -> Result<BTreeMap<String, Vec<String>>, StoreError>;

    /// Records that refer to this one now, at most `limit`.
    fn referrers(&mut self, ledger: &str, id: &str, limit: usize) -> Result<Vec<ReferenceRow>, StoreError>;

    /// Entries of the journal, newest first.
    fn history(&mut self, query: &HistoryQuery) -> Result<Vec<StoredEntry>, StoreError>;
}

/// Writing records.
pub trait RecordWriter {
    /// The record as it is now, locked until the transaction ends, so that nobody else changes it in between.
    fn record_locked(&mut self, ledger: &str, id: &str) -> Result<Option<Record>, StoreError>;

    /// Store a new revision: insert when its revision is 1, else replace exactly the revision before it (else
    /// [`StoreError::Stale`]). Keeps the old version for reading as of a date. `Ok(Err(clash))` when a unique key is
    /// taken; then nothing may be assumed about the transaction but that it will be rolled back.
    fn put(&mut self, put: &Put<'_>) -> Result<Result<(), UniqueClash>, StoreError>;

    /// Write anew only what helps to find the record as it is now: unique keys, tokens, search texts.
    fn index(&mut self, put: &Put<'_>) -> Result<Result<(), UniqueClash>, StoreError>;

    /// Take away what helps to find the values of a holder, and the drafts, mails, jobs and titles of duties that name that
    /// person. Call it just before the key is destroyed, while values still open; call
    /// [`crate::Kernel::reindex`] for its records afterwards.
    fn forget(&mut self, holder: &str) -> Result<Forgotten, StoreError>;
    /// Store once more what hangs on a stored revision and is left out of backups: search texts, tokens and, for the
    /// newest revision, unique keys. Revisions of a record come in their order; nothing of it may stand there yet.
    fn put_derived(&mut self, put: &Put<'_>, newest: bool) -> Result<Result<(), UniqueClash>, StoreError>;

    /// Append an entry to the journal and return its sequence.
    fn append(&mut self, entry: &Entry) -> Result<i64, StoreError>;

    /// The next number of a sequence, from 1. Two transactions never get the same one; a rolled back one leaves no gap.
    fn next_number(&mut self, sequence: &str) -> Result<i64, StoreError>;
}
