//! An installation: the database, the definitions in force and the kernel, put together once and used by every command,
//! by the server and by tests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use calendar::{BusinessCalendar, Clock};
use chrono::{DateTime, Utc};
use ledger::definition::Catalogue;
use ledger::pack::{PackProblem, PackSource, load, read_folders};
use ledger::port::{Protection, Reader, Shape, StoreError, StoredPack, Writer};
use ledger::query::{Operand, Query, Sort};
use ledger::{Engine, Entropy, Kernel, Refusal};
use store::{DatabaseKey, GuardKey, PostgresOptions, SqliteOptions, Store};
use vault::{Erasure, Vault};

use crate::closed_days::{self, ClosedDays};
use crate::hold::Hold;
use crate::settings::{Settings, SettingsProblem};

/// Packs that the program brings, by name: sources by path.
const BUILT_IN: &[(&str, &[(&str, &str)])] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// Name of the database file in the data directory.
pub const DATABASE: &str = "daicho.db";

/// Name of the file of the key that signs checkpoints and certificates, in the folder of the keys.
pub const SIGNING_KEY: &str = "journal.key";

/// Why an installation cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenProblem {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsProblem),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] vault::KeyProblem),
    /// Somebody holds the data directory alone.
    #[error("{0}")]
    Held(String),
    /// A pack is wrong.
    #[error("業務パックに誤りがあります:\n{}", lines(.0))]
    Packs(Vec<PackProblem>),
    /// A folder cannot be read.
    #[error("{0} を読めません: {1}")]
    Folder(PathBuf, std::io::Error),
}

fn lines(problems: &[PackProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The operating system's random numbers.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "here the operating system's random numbers enter the program")]
    fn fill(&self, buffer: &mut [u8]) {
        // Without random numbers no secret is safe; there is nothing sensible to go on with.
        if getrandom::fill(buffer).is_err() {
            std::process::abort();
        }
    }
}

/// The parts that are not the same in production and in tests.
#[derive(Clone)]
pub struct Ambient {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// An opened installation. Cheap to clone.
#[derive(Clone)]
pub struct Installation {
    /// The database.
    pub store: Store,
    /// Settings.
    pub settings: Arc<Settings>,
    /// Data directory.
    pub data: PathBuf,
    /// Keys, and what is locked with them.
    pub vault: Arc<Vault>,
    erasure: Arc<Erasure>,
    ambient: Ambient,
    kernel: Arc<RwLock<Kernel>>,
    seen: Arc<Mutex<Seen>>,
    /// Ends when the last clone is gone.
    hold: Option<Arc<Hold>>,
}

/// What the kernel in force was made from: the newest installation of a pack, and the last change of a closed day.
type Seen = (i64, Option<DateTime<Utc>>);

/// Key of guards: with it nobody who merely has the database adds an entry or a row that passes for ours.
fn guard(vault: &Vault) -> Result<Option<GuardKey>, OpenProblem> {
    Ok(Some(GuardKey::new(vault.derive("guard")?.expose())))
}

/// How the embedded database of a data directory is opened.
pub fn sqlite_options(vault: &Arc<Vault>) -> Result<SqliteOptions, OpenProblem> {
    let protection: Option<Arc<dyn Protection>> = Some(vault.clone());
    let key = DatabaseKey::new(*vault.derive("database")?.expose());
    Ok(SqliteOptions { key: Some(key), protection, guard: guard(vault)?, ..SqliteOptions::default() })
}

impl Installation {
    /// Open the database of a data directory, or the one the settings name, and put the kernel together.
    pub fn open(data: &Path, settings: Settings, ambient: Ambient) -> Result<Self, OpenProblem> {
        make_folder(data).map_err(|error| OpenProblem::Folder(data.to_path_buf(), error))?;
        let hold = Hold::shared(data).map_err(OpenProblem::Held)?;
        crate::leaving::refuse_begun(data)?;
        let vault = Self::open_vault(data, &settings, &ambient)?;
        let mut opened = Self::open_with(data, vault, settings, ambient)?;
        opened.hold = hold.map(Arc::new);
        Ok(opened)
    }

    /// The keys of the installation in this data directory; a new one gets some.
    pub fn open_vault(data: &Path, settings: &Settings, ambient: &Ambient) -> Result<Arc<Vault>, OpenProblem> {
        let keys = vault::Settings {
            master_key: settings.master_key.clone(),
            pin: settings.master_key_pin.as_ref().map(|pin| pin.0.clone().into()),
            database_url: settings.database_url.clone(),
            database_file: DATABASE.into(),
        };
        Ok(Arc::new(vault::open(&keys, data, ambient.clock.clone(), ambient.entropy.clone())?))
    }

    /// Open what stands in `folder` (database file, packs), or in the database that the settings name, under these keys.
    /// A restore and a rehearsal open with it what they have made.
    pub fn open_with(
        folder: &Path,
        vault: Arc<Vault>,
        settings: Settings,
        ambient: Ambient,
    ) -> Result<Self, OpenProblem> {
        let protection: Option<Arc<dyn Protection>> = Some(vault.clone());
        let store = match &settings.database_url {
            Some(url) => {
                let guard = guard(&vault)?;
                Store::open_postgres(url, PostgresOptions { protection, guard, ..PostgresOptions::default() })?
            }
            None => {
                let (path, options) = (folder.join(DATABASE), sqlite_options(&vault)?);
                if let Some(key) = &options.key
                    && Store::encrypt_sqlite(&path, key)?
                {
                    tracing::warn!("the database was not encrypted; it is now. Destroy older copies of the file.");
                }
                Store::open_sqlite(&path, options)?
            }
        };
        Self::of_parts(store, vault, folder, settings, ambient)
    }

    /// Clock and randomness.
    pub fn ambient(&self) -> Ambient {
        self.ambient.clone()
    }

    /// The same over a database that is already open.
    pub fn with_store(store: Store, data: &Path, settings: Settings, ambient: Ambient) -> Result<Self, OpenProblem> {
        let vault = Self::open_vault(data, &settings, &ambient)?;
        Self::of_parts(store, vault, data, settings, ambient)
    }

    fn of_parts(
        store: Store,
        vault: Arc<Vault>,
        data: &Path,
        settings: Settings,
        ambient: Ambient,
    ) -> Result<Self, OpenProblem> {
        let erasure = Arc::new(Erasure {
            vault: vault.clone(),
            agency: settings.agency.clone(),
            signing_key: data.join(vault::FOLDER).join(SIGNING_KEY),
        });
        let (kernel, newest) = compose(&store, data, &ambient, &erasure)?;
        let ledgers: Vec<_> = kernel.catalogue.ledgers.values().cloned().collect();
        store.shape(&ledgers)?;
        Ok(Self {
            store,
            settings: Arc::new(settings),
            data: data.to_path_buf(),
            vault,
            erasure,
            ambient,
            kernel: Arc::new(RwLock::new(kernel)),
            seen: Arc::new(Mutex::new(newest)),
            hold: None,
        })
    }

    /// The kernel in force.
    pub fn kernel(&self) -> Kernel {
        self.kernel.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Put the kernel together anew: after a pack was installed, here or by another node, or a closed day changed.
    pub fn renew(&self) -> Result<(), OpenProblem> {
        let (kernel, newest) = compose(&self.store, &self.data, &self.ambient, &self.erasure)?;
        let ledgers: Vec<_> = kernel.catalogue.ledgers.values().cloned().collect();
        self.store.shape(&ledgers)?;
        *self.kernel.write().unwrap_or_else(PoisonError::into_inner) = kernel;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        Ok(())
    }

    /// [`renew`](Self::renew) when a pack was installed or a closed day changed since we last looked, here or on another
    /// node. Cheap: asked every second.
    pub fn renew_if_changed(&self) -> Result<bool, OpenProblem> {
        let newest = self.store.read(newest)?;
        if newest == *self.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(false);
        }
        self.renew()?;
        Ok(true)
    }

    /// Install a version of a pack: check it together with all others, keep it, and put it in force.
    pub fn install(&self, source: PackSource, by: &ledger::Principal) -> Result<(), OpenProblem> {
        let mut sources = sources(&self.store, &self.data)?;
        sources.retain(|known| known.name != source.name);
        sources.push(source.clone());
        load(&sources).map_err(OpenProblem::Packs)?;
        let kernel = self.kernel();
        let digest = source.digest();
        let pack = StoredPack {
            name: source.name.clone(),
            installation: 0,
            files: source.files,
            digest: digest.clone(),
            installed_at: kernel.now(),
            installed_by: by.actor.account.clone(),
        };
        let actor = by.actor.clone();
        self.store.write(move |tx: &mut dyn Writer| {
            tx.add_pack(&pack)?;
            tx.append(&journal::Entry {
                at: kernel.now(),
                actor: actor.clone(),
                ledger: "pack".into(),
                record: pack.name.clone(),
                revision: 0,
                act: "install_pack".into(),
                reason: None,
                state_before: None,
                state_after: None,
                changes: [(
                    "digest".to_string(),
                    journal::Change { before: serde_json::Value::Null, after: pack.digest.clone().into() },
                )]
                .into(),
                batch: None,
            })?;
            Ok::<_, StoreError>(())
        })?;
        self.renew()
    }
}

/// Make the data directory, for its owner only.
pub(crate) fn make_folder(data: &Path) -> std::io::Result<()> {
    if data.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(data)
}

/// Packs the program brings.
pub fn built_in() -> Vec<PackSource> {
    BUILT_IN
        .iter()
        .map(|(name, files)| PackSource {
            name: (*name).to_string(),
            files: files.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string())).collect(),
        })
        .collect()
}

/// All packs in force: those built in, those in `packs/` of the data directory, those installed; the later one of a
/// name replaces the earlier.
pub fn sources(store: &Store, data: &Path) -> Result<Vec<PackSource>, OpenProblem> {
    let mut sources = built_in();
    let folder = data.join("packs");
    let own = if folder.is_dir() {
        read_folders(&folder).map_err(|error| OpenProblem::Folder(folder, error))?
    } else {
        Vec::new()
    };
    let installed = store.read(|tx| tx.packs())?;
    let installed = installed.into_iter().map(|pack| PackSource { name: pack.name, files: pack.files });
    for source in own.into_iter().chain(installed) {
        match sources.iter_mut().find(|known| known.name == source.name) {
            Some(known) => *known = source,
            None => sources.push(source),
        }
    }
    Ok(sources)
}

/// The engines of all areas: the one place where they are named.
fn engines(erasure: &Arc<Erasure>) -> Arc<[Arc<dyn Engine>]> {
    let mut engines = talent::engines();
    engines.extend(engagement::engines());
    engines.extend(identity::accounts::engines());
    engines.push(Arc::new(ClosedDays));
    engines.push(erasure.clone());
    engines.into()
}

/// What a kernel made now would be made from.
fn newest(tx: &mut dyn Reader) -> Result<Seen, StoreError> {
    let changed = tx.find(&Query {
        sort: vec![Sort { operand: Operand::RecordedAt, descending: true }],
        limit: 1,
        ..closed_days::query()
    })?;
    Ok((tx.newest_installation()?, changed.first().map(|day| day.recorded_at)))
}

fn compose(
    store: &Store,
    data: &Path,
    ambient: &Ambient,
    erasure: &Arc<Erasure>,
) -> Result<(Kernel, Seen), OpenProblem> {
    let newest = store.read(newest)?;
    let catalogue: Catalogue = load(&sources(store, data)?).map_err(OpenProblem::Packs)?;
    let days = store.read(|tx| closed_days::read(tx))?;
    let kernel = Kernel::new(
        Arc::new(catalogue),
        BusinessCalendar::new(days),
        engines(erasure),
        ambient.clock.clone(),
        ambient.entropy.clone(),
    );
    Ok((kernel, newest))
}

/// What a refusal says to a person at the command line.
pub fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(problems) => {
            problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}
