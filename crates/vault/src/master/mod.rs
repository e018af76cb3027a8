//! The master key: what everything else hangs on, kept outside of the database.

mod file;
mod pkcs11;

use std::path::Path;
use std::sync::Arc;

use ledger::Entropy;

use crate::problem::KeyProblem;
use crate::secret::Secret;

pub use file::{FileMaster, shred};
pub(crate) use file::{check_mode, make_folder};
pub use pkcs11::Pkcs11Master;

/// Folder of the keys in the data directory.
pub const FOLDER: &str = "keys";

/// Name of the master key's file in that folder.
pub const FILE: &str = "master.key";

/// A master key: versions that wrap the ring key, and a root from which keys for a purpose are derived. What it does it may do in
/// a hardware module that never gives the key away.
pub trait MasterKey: Send + Sync {
    /// Kind: `file`, `pkcs11`.
    fn provider(&self) -> &'static str;

    /// Where it is, without secrets.
    fn place(&self) -> String;

    /// The versions there are now, oldest first.
    fn versions(&self) -> Result<Vec<u32>, KeyProblem>;

    /// Make the version that follows `current`, safely kept when this returns; or answer the one that an unfinished rotation left.
    fn next_version(&self, current: u32, entropy: &dyn Entropy) -> Result<u32, KeyProblem>;

    /// Destroy every version older than this one. Does nothing when there is none.
    fn retire_before(&self, version: u32) -> Result<(), KeyProblem>;

    /// Wrap a key under a version, bound to what it is for.
    fn wrap(&self, version: u32, bound: &str, key: &Secret, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyProblem>;

    /// The key that was wrapped.
    ///
    /// # Errors
    /// [`KeyProblem::Version`] when there is no such version; [`KeyProblem::Foreign`] when it does not open.
    fn unwrap(&self, version: u32, bound: &str, wrapped: &[u8]) -> Result<Secret, KeyProblem>;

    /// The key for a purpose, the same for ever: HKDF-SHA256 (RFC 5869) from the root.
    fn derive(&self, purpose: &str) -> Result<Secret, KeyProblem>;
}

/// The master key that a setting names: `file:PATH`, relative to the data directory, or `pkcs11:…` (see [`Pkcs11Master`]).
///
/// `make`: a new master key may be made when there is none.
pub(crate) fn named(
    setting: &str,
    data: &Path,
    make: bool,
    pin: Option<&str>,
    entropy: &dyn Entropy,
) -> Result<Arc<dyn MasterKey>, KeyProblem> {
    if let Some(path) = setting.strip_prefix("file:") {
        return Ok(Arc::new(FileMaster::open(&data.join(path), make, entropy)?));
    }
    if let Some(place) = setting.strip_prefix("pkcs11:") {
        return Ok(Arc::new(Pkcs11Master::open(place, data, make, pin)?));
    }
    Err(KeyProblem::Setting(format!("「{setting}」は「file:…」でも「pkcs11:…」でもありません")))
}

/// Destroy the master key that a setting names, for ever: a file is overwritten before it is removed, keys in a hardware module
/// are destroyed by the module. Answers how many there were: 0 where none is left, so an interrupted one is done again.
///
/// # Errors
/// [`KeyProblem`] when it cannot be destroyed; then it may still be there.
pub fn destroy_master(setting: &str, data: &Path, pin: Option<&str>) -> Result<u64, KeyProblem> {
    if let Some(path) = setting.strip_prefix("file:") {
        return file::destroy(&data.join(path));
    }
    let place = setting.strip_prefix("pkcs11:");
    place.map_or(Ok(0), |place| Pkcs11Master::destroy(place, data, pin))
}

/// Versions in words.
pub(crate) fn told(versions: &[u32]) -> String {
    let names: Vec<_> = versions.iter().map(|version| format!("第{version}版")).collect();
    if names.is_empty() { "なし".into() } else { names.join("、") }
}
