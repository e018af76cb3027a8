//! The keys of the journal, one after another.
//!
//! A key is handed over in the journal itself: an entry names the key before and the key after it, and the checkpoint over
//! that entry bears the signatures of both. Whoever knows any one of the keys can follow them to all later ones.

use journal::act::{JOURNAL, KEY_ROTATED, PROGRAM};
use journal::{Checkpoint, Entry, SigningKey, VerifierKey};

use super::SealProblem;
use crate::port::{HistoryQuery, Reader, StoredCheckpoint, Writer};

/// A key that was handed over to the one after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The key before.
    pub from: VerifierKey,
    /// The key after.
    pub to: VerifierKey,
    /// The entry that tells of it.
    pub sequence: i64,
}

/// The handover that an entry tells of.
pub fn handover(sequence: i64, entry: &Entry) -> Option<Handover> {
    let facts = &entry.changes.get(KEY_ROTATED).filter(|_| entry.act == KEY_ROTATED)?.after;
    let key = |name: &str| VerifierKey::parse(facts.get(name)?.as_str()?).ok();
    Some(Handover { from: key("from")?, to: key("to")?, sequence })
}

/// Those handovers of a list that lead to a key, the newest first.
pub fn leading_to(current: &VerifierKey, mut found: Vec<Handover>) -> Vec<Handover> {
    found.sort_by_key(|one| std::cmp::Reverse(one.sequence));
    let mut key = current.clone();
    found.retain(|one| {
        let leads = one.to == key && one.from != key;
        if leads {
            key = one.from.clone();
        }
        leads
    });
    found
}

/// The handovers that led to the present key, the newest first.
///
/// # Errors
/// When the database fails.
pub fn handovers(tx: &mut dyn Reader, current: &VerifierKey) -> Result<Vec<Handover>, SealProblem> {
    let query = HistoryQuery {
        ledger: Some(PROGRAM.into()),
        record: Some(JOURNAL.into()),
        limit: 10_000,
        ..HistoryQuery::default()
    };
    let entries = tx.history(&query)?;
    Ok(leading_to(current, entries.iter().filter_map(|stored| handover(stored.sequence, &stored.entry)).collect()))
}

/// Read a checkpoint of this journal that its present key or one before it signed: with the key.
///
/// # Errors
/// [`SealProblem::Checkpoint`] when none of them did.
pub fn open_checkpoint(
    tx: &mut dyn Reader,
    current: &VerifierKey,
    note: &str,
) -> Result<(Checkpoint, VerifierKey), SealProblem> {
    let problem = match Checkpoint::open(note, current) {
        Ok((checkpoint, _)) => return Ok((checkpoint, current.clone())),
        Err(problem) => problem,
    };
    for one in handovers(tx, current)? {
        if let Ok((checkpoint, _)) = Checkpoint::open(note, &one.from) {
            return Ok((checkpoint, one.from));
        }
    }
    Err(problem.into())
}

/// Hand the sealed journal over: the new key signs the newest checkpoint too, and seals from now on. The entry of that
/// sequence, which tells of it, must be under that checkpoint. `None` when sealing went on meanwhile: seal, and try again.
///
/// # Errors
/// [`SealProblem`]; nothing is changed then.
pub fn hand_over(
    tx: &mut dyn Writer,
    from: &SigningKey,
    to: &SigningKey,
    sequence: i64,
) -> Result<Option<StoredCheckpoint>, SealProblem> {
    let Some(head) = tx.seal_head()? else { return Ok(None) };
    if head.vkey != from.verifier().to_string() {
        return Err(SealProblem::OtherKey(head.vkey));
    }
    let Some(position) = tx.seal_position(sequence)? else { return Ok(None) };
    let Some(newest) = tx.newest_checkpoint()?.filter(|newest| newest.size > position) else { return Ok(None) };
    let (_, mut note) = Checkpoint::open(&newest.note, from.verifier())?;
    note.signatures.push(to.sign(&note.text));
    let both = StoredCheckpoint { note: note.to_string(), ..newest };
    let done = tx.hand_over(&head.vkey, &to.verifier().to_string(), &both)?;
    Ok(done.then_some(both))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_that_lead_to_the_present_one_are_followed() {
        let keys: Vec<VerifierKey> = (0..5u8)
            .map(|seed| SigningKey::from_seed("example.jp/journal", [seed; 32]).unwrap().verifier().clone())
            .collect();
        let one =
            |from: usize, to: usize, sequence| Handover { from: keys[from].clone(), to: keys[to].clone(), sequence };
        // Key 4 never signed; somebody claims that it led to key 3.
        let found = vec![one(0, 1, 10), one(1, 2, 20), one(4, 3, 25), one(2, 2, 30)];
        let told: Vec<i64> = leading_to(&keys[2], found).iter().map(|one| one.sequence).collect();
        assert_eq!(told, [20, 10]);
    }
}
