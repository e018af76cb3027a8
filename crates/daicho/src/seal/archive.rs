//! Archives: the older part of the journal as files (C2SP tlog-tiles) under one of its checkpoints. The file is verified
//! before it counts, and an entry tells of it. The entries stay in the database too: every record is derived from them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use journal::{SigningKey, TarWriter, VerifierKey, act};
use ledger::Principal;
use ledger::evidence::reading;
use ledger::port::{HistoryQuery, JournalQuery, Reader, StoreError, StoredCheckpoint, Writer};
use ledger::seal::{SealProblem, export_until, handovers, root_at};
use serde_json::json;

use super::key_path;
use crate::installation::Installation;

/// Checkpoints that are looked at: of each hour one is kept, so these are some ten years.
const MOST: usize = 100_000;

/// An archive.
pub struct Archive {
    /// Where it is.
    pub file: PathBuf,
    /// The checkpoint it is under.
    pub checkpoint: StoredCheckpoint,
    /// It was there already, whole and of this journal.
    pub known: bool,
}

/// What an archive says about the journal of this installation.
pub enum Joined {
    /// It is its beginning: so many entries of so many sealed ones.
    Beginning(u64, u64),
    /// It is whole, but of another journal or another history.
    Other(String),
    /// It is not whole.
    Altered(Vec<journal::Finding>),
}

/// Copy all entries that were sealed before an instant into a file of the folder, and verify the file. `None` when nothing
/// was sealed before it. A file that is there already is verified and left as it is.
///
/// # Errors
/// Words for the administrator.
pub fn archive(
    installation: &Installation,
    before: DateTime<Utc>,
    folder: &Path,
) -> Result<Option<Archive>, Box<dyn std::error::Error>> {
    let store = &installation.store;
    let checkpoints = store.read(|tx: &mut dyn Reader| tx.checkpoints(MOST))?;
    let Some(checkpoint) = checkpoints.into_iter().find(|one| one.sealed_at < before) else { return Ok(None) };
    std::fs::create_dir_all(folder)?;
    let file = folder.join(format!("journal-{:09}.tar", checkpoint.size));
    let known = file.exists();
    if !known {
        later_removal(installation, checkpoint.size)?;
        store.read(|tx: &mut dyn Reader| export_until(tx, &checkpoint, TarWriter::create(&file)?))?;
    }
    let joined = match join(installation, &file) {
        // A file that cannot even be read as an exported journal.
        Err(error) if !known => return Err(error),
        joined => joined.unwrap_or_else(|error| Joined::Other(error.to_string())),
    };
    match joined {
        Joined::Beginning(..) if known => return Ok(Some(Archive { file, checkpoint, known })),
        Joined::Beginning(..) => {}
        Joined::Other(_) | Joined::Altered(_) if known => {
            return Err(format!(
                "{} はすでにありますが、この台帳の証跡の書出しではないか、書換えられています。別のフォルダーを指定してください。",
                file.display()
            )
            .into());
        }
        Joined::Other(words) => return Err(words.into()),
        Joined::Altered(findings) => {
            let words: Vec<String> = findings.iter().take(3).map(ToString::to_string).collect();
            return Err(format!(
                "書き出した証跡が封印と合いません。「daicho verify」を実行してください。{}",
                words.join(" ")
            )
            .into());
        }
    }
    let (kernel, who) = (installation.kernel(), Principal::system("journal"));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let facts = json!({ "file": name, "size": checkpoint.size, "sealed_at": checkpoint.sealed_at });
    let entry = reading(&kernel, &who, act::ARCHIVED, act::PROGRAM, act::JOURNAL, facts);
    store.write(|tx: &mut dyn Writer| tx.append(&entry))?;
    Ok(Some(Archive { file, checkpoint, known }))
}

/// Refuse an archive in which bodies are missing whose disposal was sealed only after it: it could not prove that they went
/// lawfully.
fn later_removal(installation: &Installation, size: u64) -> Result<(), Box<dyn std::error::Error>> {
    let query = JournalQuery { acts: vec![act::DISPOSE.into()], limit: MOST, ..JournalQuery::default() };
    let later = installation.store.read(|tx: &mut dyn Reader| -> Result<_, StoreError> {
        for stored in tx.journal(&query)? {
            let reaches = journal::removal::told_in(&stored.entry).iter().any(|gone| gone.position < size);
            if reaches && tx.seal_position(stored.sequence)?.is_none_or(|position| position >= size) {
                return Ok(Some(stored.entry.at));
            }
        }
        Ok(None)
    })?;
    match later {
        Some(at) => Err(format!(
            "この日までの証跡には、後で廃棄したものがあります。廃棄を封印した {} より後の日を --until に指定してください。",
            calendar::format_instant(at)
        )
        .into()),
        None => Ok(()),
    }
}

/// Verify an archive, and hold it against the journal of this installation.
///
/// # Errors
/// When it, or the database, cannot be read.
pub fn join(installation: &Installation, file: &Path) -> Result<Joined, Box<dyn std::error::Error>> {
    let files = journal::open_exported(file)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let archived = match journal::verify_exported(files.as_ref(), None, threads) {
        Ok(archived) => archived,
        Err(findings) => return Ok(Joined::Altered(findings)),
    };
    let own = SigningKey::load(&key_path(&installation.data))?;
    let joined = installation.store.read(|tx: &mut dyn Reader| -> Result<Joined, SealProblem> {
        let other = |words: &str| Ok(Joined::Other(words.into()));
        let Some(head) = tx.seal_head()? else { return other("この台帳にはまだ封印がありません") };
        let current = VerifierKey::parse(&head.vkey)?;
        if own.is_some_and(|own| *own.verifier() != current) {
            return other("データベースの封印が、この台帳の署名鍵によるものではありません");
        }
        if !signed_by_us(tx, &current, &archived.key)? || archived.checkpoint.origin != current.name {
            return other("この台帳の証跡ではありません(署名の鍵が違います)");
        }
        if archived.checkpoint.size > head.size {
            return other("データベースの証跡が、書き出したものより少なくなっています");
        }
        if root_at(tx, archived.checkpoint.size, head.size)? != archived.checkpoint.root {
            return other("データベースの証跡が、書き出したものの続きではありません");
        }
        Ok(Joined::Beginning(archived.checkpoint.size, head.size))
    })?;
    Ok(joined)
}

fn signed_by_us(tx: &mut dyn Reader, current: &VerifierKey, key: &VerifierKey) -> Result<bool, SealProblem> {
    Ok(key == current || handovers(tx, current)?.iter().any(|one| one.from == *key))
}

/// What was archived, the newest first: file, entries under its seal, and when.
///
/// # Errors
/// When the database fails.
pub fn archives(tx: &mut dyn Reader) -> Result<Vec<(String, u64, DateTime<Utc>)>, StoreError> {
    let query = HistoryQuery {
        ledger: Some(act::PROGRAM.into()),
        record: Some(act::JOURNAL.into()),
        limit: 1_000,
        ..HistoryQuery::default()
    };
    let told = tx.history(&query)?.into_iter().filter_map(|stored| {
        let facts = &stored.entry.changes.get(act::ARCHIVED)?.after;
        Some((facts.get("file")?.as_str()?.to_owned(), facts.get("size")?.as_u64()?, stored.entry.at))
    });
    Ok(told.collect())
}
