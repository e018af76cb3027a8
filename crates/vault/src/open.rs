//! Opening the vault of an installation.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use calendar::Clock;
use ledger::Entropy;
use ledger::port::Keyring;
use store::KeyringStore;
use zeroize::Zeroizing;

use crate::master::{FILE, FOLDER, named};
use crate::problem::KeyProblem;
use crate::vault::Vault;

/// Name of the keyring's file in the folder of the keys.
pub const KEYRING: &str = "keyring.db";

/// What must be known to open a vault.
#[derive(Clone)]
pub struct Settings {
    /// The master key: `file:PATH`, relative to the data directory, or
    /// `pkcs11:module=LIBRARY;token=NAME;object=NAME;pin-file=PATH`.
    pub master_key: String,
    /// PIN of the hardware module, when it does not come from a file.
    pub pin: Option<Zeroizing<String>>,
    /// The PostgreSQL that holds the records, when it is not the embedded database; the keyring is kept beside them.
    pub database_url: Option<String>,
    /// File of the embedded database, relative to the data directory: where it is there and encrypted, keys are not made anew.
    pub database_file: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            master_key: format!("file:{FOLDER}/{FILE}"),
            pin: None,
            database_url: None,
            database_file: "daicho.db".into(),
        }
    }
}

/// Open the vault of the installation in this data directory. A new installation gets a master key and a keyring.
///
/// # Errors
/// [`KeyProblem`]; most of them tell the administrator what to do.
pub fn open(
    settings: &Settings,
    data: &Path,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Vault, KeyProblem> {
    let pin = settings.pin.as_ref().map(|pin| pin.as_str());
    let folder = data.join(FOLDER);
    crate::master::make_folder(&folder)?;
    crate::master::check_mode(&folder, 0o700)?;
    let lock_file = folder.join("rotation.lock");
    let path = folder.join(KEYRING);
    // Two programs that start a new installation at the same time must not make two master keys.
    let held = crate::rotation::alone(&lock_file)?;
    let (master, keyring): (_, Arc<dyn Keyring>) = match &settings.database_url {
        Some(url) => {
            let keyring = KeyringStore::open_postgres(url)?;
            let make = keyring.state()?.is_none();
            (named(&settings.master_key, data, make, pin, &*entropy)?, Arc::new(keyring))
        }
        None => {
            let make = !path.exists() && !is_encrypted(&data.join(&settings.database_file))?;
            let master = named(&settings.master_key, data, make, pin, &*entropy)?;
            if !make && !path.exists() {
                return Err(KeyProblem::NoKeyring(path));
            }
            let keyring = KeyringStore::open_sqlite(&path, *master.derive("keyring")?.expose());
            (master, Arc::new(keyring?))
        }
    };
    drop(held);
    Vault::new(master, keyring, lock_file, clock, entropy)
}

/// Whether there is a database and its first bytes are not those of a plain one.
fn is_encrypted(path: &Path) -> Result<bool, KeyProblem> {
    const PLAIN: &[u8] = b"SQLite format 3\0";
    let failed = |error| KeyProblem::File(path.to_owned(), error);
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        file => file.map_err(failed)?,
    };
    let mut start = Vec::new();
    file.take(PLAIN.len() as u64).read_to_end(&mut start).map_err(failed)?;
    Ok(!start.is_empty() && start != PLAIN)
}
