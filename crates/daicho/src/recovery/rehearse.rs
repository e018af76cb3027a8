//! A rehearsal: restoring into a place of its own, beside what is in use, and measuring how long it takes.

use std::path::Path;
use std::time::Instant;

use backup::{Manifest, Opener};
use ledger::Principal;
use ledger::port::Writer;
use store::PostgresPlace;

use super::restore::settle;
use super::unpack::{Scratch, load_postgres, unpack};
use super::{Progress, RecoveryProblem, generation, take};
use crate::installation::{Installation, sqlite_options};

/// What a rehearsal showed.
pub struct Rehearsed {
    /// What stands in the backup.
    pub manifest: Manifest,
    /// From the encrypted file to a database that was opened, derived and verified.
    pub seconds: f64,
    /// What was compared.
    pub verified: String,
    /// Whether it stands in the ledgers.
    pub noted: bool,
}

/// Restore a backup into a folder (or, on PostgreSQL, a database) of its own, compare, and remove it again. The result is
/// written into the ledgers, a bad one too.
///
/// # Errors
/// [`RecoveryProblem`] when the backup cannot be restored.
pub fn rehearse(
    installation: &Installation,
    who: &Principal,
    path: &Path,
    opener: &Opener,
    progress: Progress<'_>,
) -> Result<Rehearsed, RecoveryProblem> {
    let begun = Instant::now();
    let tried = attempt(installation, path, opener, progress);
    let seconds = begun.elapsed().as_secs_f64();
    let kernel = installation.kernel();
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let told = tried.as_ref().map(|(_, verified)| verified.clone()).map_err(ToString::to_string);
    let noted = installation.store.write(|tx: &mut dyn Writer| match &told {
        Ok(verified) => generation::note_rehearsal(tx, &kernel, who, &file, seconds, verified),
        Err(problem) => generation::note_check(tx, &kernel, who, &file, Err(problem)).map(|noted| noted.is_some()),
    })?;
    let (manifest, verified) = tried?;
    Ok(Rehearsed { manifest, seconds, verified, noted })
}

fn attempt(
    installation: &Installation,
    path: &Path,
    opener: &Opener,
    progress: Progress<'_>,
) -> Result<(Manifest, String), RecoveryProblem> {
    let scratch = Scratch::new(installation.data.join("rehearsing"))?;
    let (ambient, mut settings) = (installation.ambient(), (*installation.settings).clone());
    let (manifest, removed) = match &settings.database_url {
        None => {
            let options = sqlite_options(&installation.vault)?;
            (unpack(path, opener, &scratch.path, &options, progress)?, None)
        }
        Some(url) => {
            let database = PostgresPlace::rehearsal(url)?;
            let (place, tools) = (PostgresPlace::of(&database.url)?, take::tools(installation));
            let manifest = load_postgres(path, opener, &place, &tools, "before_rehearsal", progress)?;
            settings.database_url = Some(database.url.clone());
            (manifest, Some(database))
        }
    };
    let restored = Installation::open_with(&scratch.path, installation.vault.clone(), settings, ambient)?;
    let (_, verified) = settle(&restored, &manifest, path, &installation.data, progress)?;
    drop(restored);
    drop(removed);
    Ok((manifest, verified))
}
