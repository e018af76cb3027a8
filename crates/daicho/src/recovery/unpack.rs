//! Making a database of a backup, in a place where nothing is in use.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use backup::{DATABASE, DATABASE_KEY, Manifest, Opener, Unpacked, pass};
use ledger::port::Writer;
use store::{CopyKey, PostgresPlace, PostgresTools, load_sqlite};

use super::{Progress, RecoveryProblem};
use crate::installation::{DATABASE as FILE, Installation};

/// Records whose search texts are derived in one transaction.
const STRIDE: usize = 200;

/// A folder that is removed at the end, unless it is kept.
pub(super) struct Scratch {
    /// The folder.
    pub(super) path: PathBuf,
}

impl Scratch {
    /// An empty folder for its owner only. What an interrupted restore left there is removed.
    pub(super) fn new(path: PathBuf) -> Result<Self, RecoveryProblem> {
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(RecoveryProblem::file(&path)(error));
            }
            _ => {}
        }
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder.create(&path).map_err(RecoveryProblem::file(&path))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Files of a backup in a folder: `settings/`, `packs/`, and for the embedded database `daicho.db`.
pub(super) fn unpack(
    backup: &Path,
    opener: &Opener,
    folder: &Path,
    options: &store::SqliteOptions,
    progress: Progress<'_>,
) -> Result<Manifest, RecoveryProblem> {
    let copy = folder.join("copy");
    let mut database = File::create(&copy).map_err(RecoveryProblem::file(&copy))?;
    let mut key = None;
    let mut done = 0;
    let manifest = pass(backup, opener, &mut |part: Unpacked<'_>| {
        let at = |error| backup::Problem::File(part.name.to_string(), error);
        if !progress("バックアップを読んでいます", done) {
            return Err(at(std::io::Error::other("途中で取りやめました")));
        }
        done += part.size;
        if part.name.starts_with(DATABASE) {
            std::io::copy(part.content, &mut database).map_err(at)?;
        } else if part.name == DATABASE_KEY {
            let mut text = String::new();
            part.content.read_to_string(&mut text).map_err(at)?;
            let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
            key =
                Some(CopyKey(bytes.ok_or_else(|| backup::Problem::Damaged("データベースの鍵が読めません。".into()))?));
        } else {
            let path = folder.join(part.name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(at)?;
            let mut file = File::create(&path).map_err(at)?;
            std::io::copy(part.content, &mut file).and_then(|_| file.sync_all()).map_err(at)?;
        }
        Ok(())
    })?;
    database.flush().map_err(RecoveryProblem::file(&copy))?;
    drop(database);
    if manifest.database == "sqlite" {
        let key = key.ok_or_else(|| backup::Problem::Damaged("データベースの鍵がありません。".into()))?;
        load_sqlite(&copy, &key, &folder.join(FILE), options, &mut |_| progress("データベースを作っています", done))?;
    }
    std::fs::remove_file(&copy).map_err(RecoveryProblem::file(&copy))?;
    Ok(manifest)
}

/// Make the schema on PostgreSQL from the pieces in a backup; the one before stands aside afterwards.
pub(super) fn load_postgres(
    backup: &Path,
    opener: &Opener,
    place: &PostgresPlace,
    tools: &PostgresTools,
    aside: &str,
    progress: Progress<'_>,
) -> Result<Manifest, RecoveryProblem> {
    // The pieces are read on a thread of their own, and flow to PostgreSQL's programs through a pipe: nothing of them
    // touches the disk outside of the database.
    let (mut out, mut into) = std::io::pipe().map_err(RecoveryProblem::file(backup))?;
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || {
            pass(backup, opener, &mut |part: Unpacked<'_>| {
                if part.name.starts_with(DATABASE) {
                    std::io::copy(part.content, &mut into)
                        .map_err(|error| backup::Problem::File(part.name.to_string(), error))?;
                }
                Ok(())
            })
        });
        let mut done = 0;
        let mut counted = Counted { from: &mut out, done: &mut done };
        let loaded = place.load(tools, aside, &mut counted, &mut |_| progress("データベースを作っています", 0));
        drop(out);
        let read =
            reading.join().unwrap_or_else(|_| Err(backup::Problem::Damaged("読込みが異常終了しました。".into())));
        // A broken pipe on our side is what a failure on theirs looks like.
        match (loaded, read) {
            (Err(problem), _) => Err(problem.into()),
            (Ok(()), Err(problem)) => Err(problem.into()),
            (Ok(()), Ok(manifest)) => Ok(manifest),
        }
    })
}

struct Counted<'r> {
    from: &'r mut dyn Read,
    done: &'r mut u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        *self.done += read as u64;
        Ok(read)
    }
}

/// Derive what is left out of backups: search texts, tokens, unique keys.
pub(super) fn derive(installation: &Installation, progress: Progress<'_>) -> Result<(), RecoveryProblem> {
    let kernel = installation.kernel();
    for ledger in kernel.catalogue.ledgers.values() {
        let mut after = String::new();
        loop {
            if !progress(&format!("検索の索引を作っています({})", ledger.label), 0) {
                return Err(RecoveryProblem::Told("途中で取りやめました。".into()));
            }
            let behind = after.clone();
            let last = installation
                .store
                .write(|tx: &mut dyn Writer| kernel.derive_again(tx, &ledger.name, &behind, STRIDE))?;
            match last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(())
}
