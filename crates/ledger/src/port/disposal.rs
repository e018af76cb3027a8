//! Taking away for good what a disposal (廃棄) decided: records with all that hangs on them, and bodies of entries.

use std::collections::BTreeMap;

use journal::removal::Removal;

use super::StoreError;

/// A disposal by which a record went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisposedBy {
    /// Record of the disposal.
    pub disposal: String,
    /// Instant at which the record was taken away.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// What is known of records that were disposed of.
pub trait DisposalReader {
    /// By which disposal each of these records went; those that were not disposed of are left out.
    fn disposed(&mut self, ids: &[String]) -> Result<BTreeMap<String, DisposedBy>, StoreError>;

    /// Sequences of all entries about this record but readings of it, which are kept for a time of their own.
    fn entries_about(&mut self, ledger: &str, record: &str) -> Result<Vec<i64>, StoreError>;
}

/// Taking away. Whoever calls this appends the entry that names what was taken in the same transaction.
pub trait DisposalWriter {
    /// Take a record away with its versions, references, search texts, tokens, unique keys, duties and the files of
    /// `files` that no other record names, and drafts, mails and jobs that name it. Its entries stay
    /// ([`Self::remove_bodies`]). Whether there was such a record.
    fn remove_record(
        &mut self,
        ledger: &str,
        id: &str,
        files: &[String],
        file_ledgers: &[String],
    ) -> Result<bool, StoreError>;

    /// Put husks ([`journal::removal`]) in the place of the bodies of sealed entries. `of` is the record they are about,
    /// whose own stamps are needed no more; empty for entries of several.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when an entry is not what was sealed, or is not sealed: nothing is hidden by a removal.
    fn remove_bodies(&mut self, sequences: &[i64], disposal: &str, of: &str) -> Result<Vec<Removal>, StoreError>;

    /// Take away the words by which a record is found, of all its revisions; [`crate::Kernel::reindex`] makes those of the
    /// newest one again.
    fn remove_words(&mut self, ledger: &str, id: &str) -> Result<(), StoreError>;

    /// Put the index of words together anew, so that nothing of what was taken away is left in it.
    fn settle_removal(&mut self) -> Result<(), StoreError>;
}
