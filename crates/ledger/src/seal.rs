//! Sealing the journal, and proofs from it: the steps between stored entries and the tree of the crate `journal`.
//!
//! A sealer calls [`prepare`] in a reading transaction and hands what it gets to `SealWriter::add_seal` in a writing one.
//! Nothing but the database knows what is sealed, so any number of sealers may try; the first one wins. What the sealer
//! itself saw last, kept outside of the database, makes a database that was set back or rewritten show at once.

mod keys;
mod of_record;

pub use keys::{Handover, hand_over, handover, handovers, leading_to, open_checkpoint};
pub use of_record::{RecordProofs, RecordProofsProblem, proofs_of_record};

use chrono::{DateTime, Utc};
use journal::tree;
use journal::{
    Checkpoint, Growth, Hash, JournalSource, NoteProblem, Proof, SigningKey, TileId, TileNodes, TileProblem,
    VerifierKey, WrongEdge, leaf_bytes, leaf_hash,
};

use crate::port::{NewSeal, Reader, SealRun, SealedEntry, StoreError, StoredCheckpoint};

/// Why the journal cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealProblem {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal was begun with another key.
    #[error("証跡は別の鍵({0})で封印されています。keys/journal.key を、その鍵に戻してください")]
    OtherKey(String),
    /// The stored checkpoint is missing or does not verify.
    #[error("保存された封印が正しくありません: {0}")]
    Checkpoint(#[from] NoteProblem),
    /// Checkpoint and tiles do not fit.
    #[error("保存された封印の木が書き換えられています: {0}")]
    Tree(String),
    /// The database holds less than, or something other than, what this program sealed before.
    #[error(
        "データベースの証跡が、以前に封印した {seen} 件の続きではありません(いまは {size} 件)。書き換えか、古い状態への復元です"
    )]
    Rewound {
        /// Entries sealed before.
        seen: u64,
        /// Entries under the stored checkpoint.
        size: u64,
    },
}

impl From<WrongEdge> for SealProblem {
    fn from(problem: WrongEdge) -> Self {
        Self::Tree(problem.to_string())
    }
}

impl From<TileProblem<StoreError>> for SealProblem {
    fn from(problem: TileProblem<StoreError>) -> Self {
        match problem {
            TileProblem::Fetch(error) => Self::Store(error),
            missing => Self::Tree(missing.to_string()),
        }
    }
}

/// A seal ready to be added.
#[derive(Debug)]
pub struct Prepared {
    /// The seal; none when nothing waits.
    pub seal: Option<NewSeal>,
    /// Entries that do not bear the mark of this program: put in or altered with a database client. They are not sealed.
    pub foreign: Vec<i64>,
}

/// Give positions to entries that wait, at most `batch`, and sign a checkpoint over them.
///
/// `seen` is the checkpoint this program signed last, from outside of the database.
///
/// # Errors
/// [`SealProblem`]; nothing is sealed then.
pub fn prepare(
    tx: &mut dyn Reader,
    key: &SigningKey,
    seen: Option<&str>,
    now: DateTime<Utc>,
    batch: usize,
) -> Result<Prepared, SealProblem> {
    let vkey = key.verifier().to_string();
    let mut prepared = Prepared { seal: None, foreign: Vec::new() };
    let (waiting, foreign) = waiting(tx, batch)?;
    prepared.foreign = foreign;
    if waiting.is_empty() {
        return Ok(prepared);
    }
    let mut growth = standing(tx, key, seen)?;
    let from = growth.size();
    let mut runs: Vec<SealRun> = Vec::new();
    for (sequence, leaf) in waiting {
        let position = growth.size();
        growth.push(leaf);
        match runs.last_mut().filter(|run| i64::try_from(run.length).is_ok_and(|n| run.sequence + n == sequence)) {
            Some(run) => run.length += 1,
            None => runs.push(SealRun { position, sequence, length: 1 }),
        }
    }
    let checkpoint =
        Checkpoint { origin: key.verifier().name.clone(), size: growth.size(), root: growth.root() }.sign(key);
    prepared.seal = Some(NewSeal {
        vkey,
        from,
        runs,
        checkpoint: StoredCheckpoint { size: growth.size(), note: checkpoint.to_string(), sealed_at: now },
        tiles: growth.take_tiles(),
    });
    Ok(prepared)
}

/// Sequences and leaf hashes of genuine entries that wait, and the sequences of others met on the way.
type Waiting = (Vec<(i64, Hash)>, Vec<i64>);

fn waiting(tx: &mut dyn Reader, batch: usize) -> Result<Waiting, StoreError> {
    let (mut found, mut foreign, mut after) = (Vec::new(), Vec::new(), i64::MIN);
    loop {
        let rows = tx.unsealed(after, batch)?;
        let Some(last) = rows.last() else { break };
        after = last.sequence;
        for row in rows {
            if row.genuine {
                found.push((row.sequence, leaf_hash(&leaf_bytes(row.body.as_bytes()))));
            } else {
                foreign.push(row.sequence);
            }
        }
        if found.len() >= batch || foreign.len() >= batch {
            break;
        }
    }
    found.truncate(batch);
    Ok((found, foreign))
}

/// The tree as it stands, after it was held against its checkpoint and against what was seen last.
fn standing(tx: &mut dyn Reader, key: &SigningKey, seen: Option<&str>) -> Result<Growth, SealProblem> {
    let head = tx.seal_head()?;
    // First whose seal it is: what was seen last may be signed by a key that came after ours.
    if let Some(head) = head.as_ref().filter(|head| head.vkey != key.verifier().to_string()) {
        return Err(SealProblem::OtherKey(head.vkey.clone()));
    }
    let seen = seen.map(|note| open_checkpoint(tx, key.verifier(), note)).transpose()?.map(|(seen, _)| seen);
    let Some(head) = head else {
        return match seen {
            Some(seen) => Err(SealProblem::Rewound { seen: seen.size, size: 0 }),
            None => Ok(Growth::empty()),
        };
    };
    let growth = Growth::resume(head.size, |tile| tx.seal_tile(tile).map_err(SealProblem::from))?;
    let stored = tx.newest_checkpoint()?.ok_or_else(|| SealProblem::Tree("最新の封印がありません".into()))?;
    let (checkpoint, _) = Checkpoint::open(&stored.note, key.verifier())?;
    if checkpoint.size != head.size || stored.size != head.size {
        return Err(SealProblem::Tree(format!("封印は {} 件、木は {} 件です", checkpoint.size, head.size)));
    }
    if growth.root() != checkpoint.root {
        return Err(SealProblem::Tree("木の根が、署名された封印と一致しません".into()));
    }
    if let Some(seen) = seen {
        let rewound = SealProblem::Rewound { seen: seen.size, size: head.size };
        if seen.size > head.size || root_at(tx, seen.size, head.size)? != seen.root {
            return Err(rewound);
        }
    }
    Ok(growth)
}

/// Root of the tree as it was at a smaller size, from the tiles of the present one.
///
/// # Errors
/// When the database fails or tiles are missing.
pub fn root_at(tx: &mut dyn Reader, at: u64, size: u64) -> Result<Hash, TileProblem<StoreError>> {
    let mut nodes = TileNodes::new(size, |tile| tx.seal_tile(tile));
    tree::root(&mut nodes, at)
}

/// A checkpoint with the lines of all who cosigned it.
///
/// # Errors
/// When the database fails.
pub fn cosigned(tx: &mut dyn Reader, checkpoint: &StoredCheckpoint) -> Result<String, StoreError> {
    let lines = tx.cosignatures(checkpoint.size)?;
    Ok(lines.into_iter().fold(checkpoint.note.clone(), |note, cosignature| format!("{note}{}\n", cosignature.line)))
}

/// Proofs that these entries are under a checkpoint, each with its entry.
///
/// # Errors
/// When the database fails or tiles are missing.
pub fn proofs(
    tx: &mut dyn Reader,
    checkpoint: &StoredCheckpoint,
    entries: &[SealedEntry],
) -> Result<Vec<Proof>, SealProblem> {
    let note = cosigned(tx, checkpoint)?;
    let mut nodes = TileNodes::new(checkpoint.size, |tile| tx.seal_tile(tile));
    entries
        .iter()
        .filter(|entry| entry.position < checkpoint.size)
        .map(|entry| {
            let hashes = tree::inclusion(&mut nodes, entry.position, checkpoint.size)?;
            let extra = Some(entry.body.clone().into_bytes());
            Ok(Proof { extra, index: entry.position, hashes, checkpoint: note.clone() })
        })
        .collect()
}

/// Proof that the checkpoint of `size` entries continues the one of `old` entries.
///
/// # Errors
/// When the database fails or tiles are missing.
pub fn consistency(tx: &mut dyn Reader, old: u64, size: u64) -> Result<Vec<Hash>, SealProblem> {
    let mut nodes = TileNodes::new(size, |tile| tx.seal_tile(tile));
    Ok(tree::consistency(&mut nodes, old, size)?)
}

/// The stored journal as something to be exported.
pub struct StoredJournal<'t>(pub &'t mut dyn Reader);

/// Why the journal cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportProblem {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files cannot be written.
    #[error("証跡を書き出せません: {0}")]
    File(#[from] std::io::Error),
    /// There is no checkpoint yet.
    #[error("まだ封印がありません")]
    NotSealed,
    /// The stored key makes no sense.
    #[error(transparent)]
    Note(#[from] NoteProblem),
    /// The stored seal is not what it should be.
    #[error(transparent)]
    Seal(#[from] SealProblem),
}

impl JournalSource for StoredJournal<'_> {
    type Error = ExportProblem;

    fn tile(&mut self, tile: TileId) -> Result<Vec<Hash>, ExportProblem> {
        Ok(self.0.seal_tile(tile)?)
    }

    fn entries(&mut self, start: u64, count: u16) -> Result<Vec<Vec<u8>>, ExportProblem> {
        let mut entries = vec![Vec::new(); usize::from(count)];
        for entry in self.0.sealed_entries(start, start + u64::from(count))? {
            let place = entry.position.checked_sub(start).and_then(|place| usize::try_from(place).ok());
            if let Some(place) = place.and_then(|place| entries.get_mut(place)) {
                *place = entry.body.into_bytes();
            }
        }
        Ok(entries)
    }
}

/// Export the journal under its newest checkpoint with everything a check needs. Gives the number of entries.
///
/// # Errors
/// [`ExportProblem`].
pub fn export(tx: &mut dyn Reader, out: impl journal::Writing) -> Result<u64, ExportProblem> {
    let checkpoint = tx.newest_checkpoint()?.ok_or(ExportProblem::NotSealed)?;
    export_until(tx, &checkpoint, out)
}

/// Export the journal as it was under one of its checkpoints. Gives the number of entries.
///
/// # Errors
/// [`ExportProblem`].
pub fn export_until(
    tx: &mut dyn Reader,
    checkpoint: &StoredCheckpoint,
    out: impl journal::Writing,
) -> Result<u64, ExportProblem> {
    let head = tx.seal_head()?.ok_or(ExportProblem::NotSealed)?;
    let (_, key) = open_checkpoint(tx, &VerifierKey::parse(&head.vkey)?, &checkpoint.note)?;
    let witnesses: Vec<VerifierKey> = tx
        .cosignatures(checkpoint.size)?
        .iter()
        .map(|cosignature| VerifierKey::parse(&cosignature.witness))
        .collect::<Result<_, _>>()?;
    let note = cosigned(tx, checkpoint)?;
    journal::export(&mut StoredJournal(tx), checkpoint.size, &note, &key, &witnesses, out)?;
    Ok(checkpoint.size)
}
