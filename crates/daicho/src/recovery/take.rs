//! Making a backup, while the installation is in use.

use std::path::{Path, PathBuf};
use std::time::Instant;

use backup::{ArchiveWriter, DATABASE_KEY, FORMAT, Finished, JournalState, Lock, Manifest};
use ledger::port::{Reader, Writer};
use ledger::{Principal, Record};
use store::{CopyKey, CopyPlace, PostgresTools};

use super::{Origin, Progress, RecoveryProblem, generation};
use crate::installation::{Installation, OpenProblem};
use crate::settings::FILE;

/// A backup that was made.
pub struct Taken {
    /// Where it stands.
    pub path: PathBuf,
    /// What stands in it.
    pub manifest: Manifest,
    /// Its size and hash.
    pub finished: Finished,
    /// How long it took.
    pub seconds: f64,
}

impl Taken {
    /// Name of the file.
    pub fn file(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// PostgreSQL's programs, as the settings say.
pub(super) fn tools(installation: &Installation) -> PostgresTools {
    PostgresTools { folder: installation.settings.backup.postgres_tools.clone() }
}

/// Make a backup at `target` and write it into the ledger of generations.
///
/// # Errors
/// [`RecoveryProblem`]; then no file is left.
pub fn take(
    installation: &Installation,
    who: &Principal,
    origin: Origin,
    target: &Path,
    lock: &Lock,
    progress: Progress<'_>,
) -> Result<Taken, RecoveryProblem> {
    let begun = Instant::now();
    let kernel = installation.kernel();
    let taken_at = kernel.now();
    let mut archive = ArchiveWriter::create(target, lock, u64::try_from(taken_at.timestamp()).unwrap_or_default())?;
    for (name, content) in files(&installation.data)? {
        archive.part(&name, &content).map_err(RecoveryProblem::file(target))?;
    }
    let mut key = CopyKey([0; 32]);
    kernel.entropy.fill(&mut key.0);
    let mut scratch = target.as_os_str().to_owned();
    scratch.push(".copy");
    let place = CopyPlace { scratch: scratch.into(), tools: tools(installation) };
    // Read before the copy, so that the copy holds every entry under it.
    let sealed = installation.store.read(|tx: &mut dyn Reader| tx.newest_checkpoint())?.map(|sealed| sealed.note);
    let done = std::cell::Cell::new(0);
    let facts = installation.store.copy(&place, &key, &mut |words| progress(words, done.get()), &mut |piece| {
        done.set(done.get() + piece.len() as u64);
        archive.database(piece)
    })?;
    if facts.database == "sqlite" {
        archive.part(DATABASE_KEY, hex::encode(key.0).as_bytes()).map_err(RecoveryProblem::file(target))?;
    }
    let manifest = Manifest {
        format: FORMAT.into(),
        program: env!("CARGO_PKG_VERSION").into(),
        taken_at,
        agency: installation.settings.agency.clone(),
        database: facts.database,
        namespace: facts.namespace,
        schema: facts.schema,
        records: facts.records,
        journal: JournalState {
            origin: sealed.as_deref().and_then(|note| note.lines().next()).map(str::to_owned),
            entries: facts.entries,
            last_sequence: facts.last_sequence,
            last_at: facts.last_at,
            checkpoint: sealed,
        },
        keyring: Some(installation.vault.status().map_err(OpenProblem::from)?.state.generation.to_string()),
        parts: Vec::new(),
    };
    let (manifest, finished) = archive.finish(manifest)?;
    let path = target.canonicalize().unwrap_or_else(|_| target.to_path_buf());
    let taken = Taken { path, manifest, finished, seconds: begun.elapsed().as_secs_f64() };
    let noted =
        |tx: &mut dyn Writer| -> Result<Record, ledger::Refusal> { generation::note(tx, &kernel, who, origin, &taken) };
    installation.store.write(noted)?;
    // After the backup, so that every key it needs is in the copy.
    super::keyring::copy(installation, target)?;
    Ok(taken)
}

/// Settings and packs of the data directory. Keys are never among them.
fn files(data: &Path) -> Result<Vec<(String, Vec<u8>)>, RecoveryProblem> {
    let mut files = Vec::new();
    let settings = data.join(FILE);
    if settings.is_file() {
        files.push((format!("settings/{FILE}"), std::fs::read(&settings).map_err(RecoveryProblem::file(&settings))?));
    }
    collect(&data.join("packs"), "packs", &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) -> Result<(), RecoveryProblem> {
    let listed = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        listed => listed.map_err(RecoveryProblem::file(folder))?,
    };
    let mut found: Vec<PathBuf> = listed.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    found.sort();
    for path in found {
        let Some(own) = path.file_name().and_then(|own| own.to_str()) else { continue };
        let inside = format!("{name}/{own}");
        if path.is_dir() {
            collect(&path, &inside, files)?;
        } else if path.is_file() {
            files.push((inside, std::fs::read(&path).map_err(RecoveryProblem::file(&path))?));
        }
    }
    Ok(())
}
