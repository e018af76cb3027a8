//! Proofs of one record, for whoever may read it.

use std::collections::BTreeMap;

use journal::Proof;
use serde_json::Value;

use super::{SealProblem, proofs};
use crate::kernel::Kernel;
use crate::port::{HistoryQuery, Reader, StoreError, StoredCheckpoint, Told};
use crate::principal::Principal;
use crate::refusal::Refusal;

/// Most entries of a record that are proven at once.
const MOST: usize = 200;

/// Proofs of a record's entries.
pub struct RecordProofs {
    /// Public key of the journal.
    pub vkey: String,
    /// The checkpoint they are under.
    pub checkpoint: StoredCheckpoint,
    /// Each proof with the sequence of its entry, oldest first.
    pub proofs: Vec<(i64, Proof)>,
    /// Entries that wait to be sealed.
    pub waiting: usize,
    /// Entries not proven here because they hold something that this reader may not read.
    pub withheld: usize,
}

/// Why there are no proofs.
#[derive(Debug, thiserror::Error)]
pub enum RecordProofsProblem {
    /// The reader may not have them, or nothing is sealed yet ([`Refusal::NotFound`]).
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The seal itself is not as it should be.
    #[error(transparent)]
    Seal(SealProblem),
}

impl From<StoreError> for RecordProofsProblem {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

impl From<SealProblem> for RecordProofsProblem {
    fn from(problem: SealProblem) -> Self {
        match problem {
            SealProblem::Store(error) => error.into(),
            other => Self::Seal(other),
        }
    }
}

/// The proofs of a record for a reader. A proof shows the whole entry, so one that holds anything withheld from this
/// reader in the history is left out, and so is one that names rows of other records.
///
/// # Errors
/// As for reading the record's history; [`Refusal::NotFound`] too before the first seal.
pub fn proofs_of_record(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    ledger: &str,
    record: &str,
) -> Result<RecordProofs, RecordProofsProblem> {
    let seen = kernel.history(tx, who, ledger, record, HistoryQuery::newest(Told::Everything, MOST))?;
    let (Some(head), Some(checkpoint)) = (tx.seal_head()?, tx.newest_checkpoint()?) else {
        return Err(Refusal::NotFound.into());
    };
    let shown: BTreeMap<i64, usize> = seen.iter().map(|entry| (entry.sequence, entry.withheld)).collect();
    let mut sealed = tx.sealed_entries_of(ledger, record, 100_000)?;
    sealed.retain(|entry| shown.contains_key(&entry.sequence));
    let waiting = shown.len().saturating_sub(sealed.len());
    let before = sealed.len();
    let auditor = who.holds("auditor");
    sealed.retain(|entry| {
        shown.get(&entry.sequence) == Some(&0) && (auditor || speaks_of_this_record_only(&entry.body, record))
    });
    let withheld = before - sealed.len();
    let made = proofs(tx, &checkpoint, &sealed)?;
    let proofs = sealed.iter().map(|entry| entry.sequence).zip(made).collect();
    Ok(RecordProofs { vkey: head.vkey, checkpoint, proofs, waiting, withheld })
}

/// Whether the stamps of rows in an entry are of rows of this record.
fn speaks_of_this_record_only(body: &str, record: &str) -> bool {
    let Ok(Value::Object(entry)) = serde_json::from_str(body) else { return false };
    let Some(Value::Object(tables)) = entry.get("rows") else { return true };
    tables.values().all(|rows| {
        rows.as_object().is_some_and(|rows| rows.keys().all(|key| key.split('|').any(|part| part == record)))
    })
}
