//! Putting a backup in the place of what is in use.
//!
//! Nothing is replaced before the whole backup was read and compared, a database was made of it in a place of its own, that
//! database opened under the present keys, held what the manifest says, and was verified against its journal. What stood there before is kept aside.

use std::path::{Path, PathBuf};
use std::time::Instant;

use backup::{Manifest, Opener};
use chrono::{DateTime, Utc};
use store::{CopyFacts, PostgresOptions, PostgresPlace, Store};

use super::unpack::{Scratch, derive, load_postgres, unpack};
use super::{Progress, RecoveryProblem, check, generation};
use crate::hold::Hold;
use crate::installation::{Ambient, DATABASE, Installation, sqlite_options};
use crate::seal;
use crate::settings::{FILE, Settings};

/// Act of the entry that a restore leaves in the journal.
pub const RESTORED: &str = "restore";

/// What is restored, and where.
pub struct RestoreRequest<'r> {
    /// The backup.
    pub backup: &'r Path,
    /// With what it is opened.
    pub opener: &'r Opener,
    /// Data directory; its keys stay where they are.
    pub data: &'r Path,
    /// Settings of the data directory.
    pub settings: Settings,
    /// Clock and randomness.
    pub ambient: Ambient,
    /// Go on although what is there now is newer.
    pub accept_loss: bool,
}

/// What would be lost: what is there now holds more than the backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Entries of the journal that the backup does not hold.
    pub entries: i64,
    /// Newest entry of the backup.
    pub backup: Option<DateTime<Utc>>,
    /// Newest entry of what is there now.
    pub present: Option<DateTime<Utc>>,
}

/// How a restore ended.
pub enum Restored {
    /// The backup is in place.
    Done {
        /// What stands in it.
        manifest: Box<Manifest>,
        /// How long it took.
        seconds: f64,
        /// Where what was there before stands now; none where there was nothing.
        aside: Option<String>,
        /// Mails that waited and are not sent any more.
        mails: u64,
        /// What was compared.
        verified: String,
    },
    /// Nothing was changed, because something would have been lost.
    Refused(Loss),
}

/// Restore a backup.
///
/// # Errors
/// [`RecoveryProblem`]; then what was there before is there.
pub fn restore(request: &RestoreRequest<'_>, progress: Progress<'_>) -> Result<Restored, RecoveryProblem> {
    let begun = Instant::now();
    std::fs::create_dir_all(request.data).map_err(RecoveryProblem::file(request.data))?;
    let held = Hold::alone(request.data).map_err(RecoveryProblem::Told)?;
    let scratch = Scratch::new(request.data.join("restoring"))?;
    let restored = match &request.settings.database_url {
        None => embedded(request, &scratch, begun, progress),
        Some(url) => server(request, url, &scratch, begun, progress),
    };
    if matches!(restored, Ok(Restored::Done { .. })) {
        // The journal was set back on purpose, and an entry says so: sealing goes on from what was restored.
        seal::forget(request.data).map_err(RecoveryProblem::file(&seal::seen_path(request.data)))?;
    }
    drop(held);
    restored
}

/// Put the restored database in order, and verify it: its entry in the journal, what is derived, what was compared.
/// `backup` is the file it came from, `data` the directory with the keys. Mails that are not sent any more, and words.
pub(super) fn settle(
    installation: &Installation,
    manifest: &Manifest,
    backup: &Path,
    data: &Path,
    progress: Progress<'_>,
) -> Result<(u64, String), RecoveryProblem> {
    let same = check::same(installation, manifest)?;
    let file = backup.file_name().unwrap_or_default().to_string_lossy();
    let entry = journal::Entry {
        at: installation.kernel().now(),
        actor: journal::Actor::system("restore"),
        ledger: generation::LEDGER.into(),
        record: String::new(),
        revision: 0,
        act: RESTORED.into(),
        reason: Some(match seal::seen_size(data) {
            Some(size) => format!("{file}({})の時点に復元。それまでの封印は{size}件", manifest.taken_at.to_rfc3339()),
            None => format!("{file}({})の時点に復元", manifest.taken_at.to_rfc3339()),
        }),
        state_before: None,
        state_after: None,
        changes: Default::default(),
        batch: None,
    };
    let mails = installation.store.settle_after_restore(&entry)?;
    derive(installation, progress)?;
    let intact = check::intact(installation, manifest, data, progress)?;
    seal::rotate::take_up(installation, data).map_err(|problem| RecoveryProblem::Told(problem.to_string()))?;
    Ok((mails, format!("{same}。{intact}")))
}

/// Without the keyring the protected values of a backup open nowhere, and new keys would hide that.
fn no_keys(place: &str) -> RecoveryProblem {
    RecoveryProblem::Told(format!(
        "鍵束({place})がありません。先に、別に保管したマスター鍵と鍵束の写しを戻してください(手引き「復元する」の手順2)。"
    ))
}

/// A name for what is set aside: the instant, in digits.
fn stamp(request: &RestoreRequest<'_>) -> String {
    request.ambient.clock.now().format("%Y%m%d%H%M%S").to_string()
}

fn wanted(manifest: &Manifest, database: &str) -> Result<(), RecoveryProblem> {
    if manifest.database == database {
        return Ok(());
    }
    let words = match manifest.database.as_str() {
        "sqlite" => {
            "このバックアップは組込みのデータベースのものです。PostgreSQLの指定(--database-url、設定 database_url)を外してください。"
        }
        _ => "このバックアップはPostgreSQLのものです。--database-url で復元先のデータベースを指定してください。",
    };
    Err(RecoveryProblem::Told(words.into()))
}

fn loss(manifest: &Manifest, present: &CopyFacts) -> Option<Loss> {
    let entries = present.last_sequence - manifest.journal.last_sequence;
    (entries > 0).then_some(Loss { entries, backup: manifest.journal.last_at, present: present.last_at })
}

fn embedded(
    request: &RestoreRequest<'_>,
    scratch: &Scratch,
    begun: Instant,
    progress: Progress<'_>,
) -> Result<Restored, RecoveryProblem> {
    let keys = request.data.join(vault::FOLDER).join(vault::KEYRING);
    if !keys.is_file() {
        return Err(no_keys(&keys.display().to_string()));
    }
    let vault = Installation::open_vault(request.data, &request.settings, &request.ambient)?;
    let options = sqlite_options(&vault)?;
    let manifest = unpack(request.backup, request.opener, &scratch.path, &options, progress)?;
    wanted(&manifest, "sqlite")?;
    let present = request.data.join(DATABASE);
    if present.is_file() {
        // A database that does not open any more is a reason to restore, not one against it.
        let facts = Store::open_sqlite(&present, options).and_then(|store| store.copy_facts());
        if let (Some(loss), false) = (facts.ok().and_then(|facts| loss(&manifest, &facts)), request.accept_loss) {
            return Ok(Restored::Refused(loss));
        }
    }
    let open = |folder: &Path| {
        Installation::open_with(folder, vault.clone(), request.settings.clone(), request.ambient.clone())
    };
    let installation = open(&scratch.path)?;
    let (mails, verified) = settle(&installation, &manifest, request.backup, request.data, progress)?;
    drop(installation);
    let aside = swap(request, &scratch.path)?;
    if let Err(problem) = open(request.data) {
        if let Some(aside) = &aside {
            put_back(request.data, aside)?;
        }
        return Err(problem.into());
    }
    let seconds = begun.elapsed().as_secs_f64();
    let aside = aside.map(|path| path.display().to_string());
    Ok(Restored::Done { manifest: Box::new(manifest), seconds, aside, mails, verified })
}

/// What belongs together in a data directory. Keys do not: the present ones open every backup.
const MOVED: [&str; 4] = [DATABASE, "daicho.db-wal", "daicho.db-shm", "packs"];

/// Set aside what is there and put the restored files in its place.
fn swap(request: &RestoreRequest<'_>, restored: &Path) -> Result<Option<PathBuf>, RecoveryProblem> {
    let data = request.data;
    let aside = data.join(format!("before-{}", stamp(request)));
    let there = data.join(DATABASE).exists();
    if there {
        std::fs::create_dir_all(&aside).map_err(RecoveryProblem::file(&aside))?;
        for name in MOVED {
            shift(&data.join(name), &aside.join(name))?;
        }
    }
    for name in MOVED {
        shift(&restored.join(name), &data.join(name))?;
    }
    // Settings of this machine stay; a machine without any gets those of the backup.
    let settings = restored.join("settings").join(FILE);
    if !data.join(FILE).exists() {
        shift(&settings, &data.join(FILE))?;
    }
    #[cfg(unix)]
    std::fs::File::open(data).and_then(|folder| folder.sync_all()).map_err(RecoveryProblem::file(data))?;
    Ok(there.then_some(aside))
}

fn put_back(data: &Path, aside: &Path) -> Result<(), RecoveryProblem> {
    for name in MOVED {
        let path = data.join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).map_err(RecoveryProblem::file(&path))?;
        } else if path.exists() {
            std::fs::remove_file(&path).map_err(RecoveryProblem::file(&path))?;
        }
        shift(&aside.join(name), &path)?;
    }
    Ok(())
}

/// Move a file or folder, when it is there.
fn shift(from: &Path, to: &Path) -> Result<(), RecoveryProblem> {
    match std::fs::rename(from, to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RecoveryProblem::file(from)(error)),
        _ => Ok(()),
    }
}

fn server(
    request: &RestoreRequest<'_>,
    url: &str,
    scratch: &Scratch,
    begun: Instant,
    progress: Progress<'_>,
) -> Result<Restored, RecoveryProblem> {
    if PostgresPlace::sessions(url)? > 0 {
        return Err(RecoveryProblem::Told(
            "このデータベースを使っているプログラム(daicho serve、daicho worker など)があります。止めてから、もう一度実行してください。".into(),
        ));
    }
    let place = PostgresPlace::of(url)?;
    if !place.has_keyring(url)? {
        return Err(no_keys(&format!("スキーマ {}_keyring", place.schema)));
    }
    let vault = Installation::open_vault(request.data, &request.settings, &request.ambient)?;
    let tools = store::PostgresTools { folder: request.settings.backup.postgres_tools.clone() };
    // Everything is read and compared before the server is asked to do anything.
    let mut done = 0;
    let manifest = backup::pass(request.backup, request.opener, &mut |part| {
        done += part.size;
        match progress("バックアップを読んでいます", done) {
            true => Ok(()),
            false => Err(backup::Problem::File(part.name.into(), std::io::Error::other("途中で取りやめました"))),
        }
    })?;
    wanted(&manifest, "postgresql")?;
    if manifest.namespace.as_deref() != Some(place.schema.as_str()) {
        return Err(RecoveryProblem::Told(format!(
            "このバックアップはスキーマ「{}」のものです。復元先の検索パス(いまは「{}」)を合わせてください。",
            manifest.namespace.unwrap_or_default(),
            place.schema
        )));
    }
    if place.in_use(url)? {
        let facts = Store::open_postgres(url, PostgresOptions::default()).and_then(|store| store.copy_facts());
        if let (Some(loss), false) = (facts.ok().and_then(|facts| loss(&manifest, &facts)), request.accept_loss) {
            return Ok(Restored::Refused(loss));
        }
    }
    let aside = format!("{}_before_{}", place.schema, stamp(request));
    load_postgres(request.backup, request.opener, &place, &tools, &aside, progress)?;
    let mut opened = || -> Result<(u64, String), RecoveryProblem> {
        let (settings, ambient) = (request.settings.clone(), request.ambient.clone());
        let installation = Installation::open_with(&scratch.path, vault.clone(), settings, ambient)?;
        settle(&installation, &manifest, request.backup, request.data, progress)
    };
    let (mails, verified) = match opened() {
        Ok(opened) => opened,
        Err(problem) => {
            PostgresPlace::put_back(url, &place.schema, &aside)?;
            return Err(problem);
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    let aside = Some(format!("スキーマ {aside}"));
    Ok(Restored::Done { manifest: Box::new(manifest), seconds, aside, mails, verified })
}
