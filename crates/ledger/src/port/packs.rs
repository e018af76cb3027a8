//! Packs that were installed at run time, in all their versions.

use chrono::{DateTime, Utc};

use super::StoreError;

/// One version of a pack as it was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPack {
    /// Name of the pack.
    pub name: String,
    /// Running number of the installation, from 1, over all packs.
    pub installation: i64,
    /// Sources by path.
    pub files: Vec<(String, String)>,
    /// SHA-256 of the sources, in hexadecimal.
    pub digest: String,
    /// Instant of installation.
    pub installed_at: DateTime<Utc>,
    /// Account that installed it.
    pub installed_by: String,
}

/// Reading packs.
pub trait PackReader {
    /// Number of the newest installation; 0 when none. Cheap: asked often.
    fn newest_installation(&mut self) -> Result<i64, StoreError>;
    /// The newest version of every installed pack, in order of first installation.
    fn packs(&mut self) -> Result<Vec<StoredPack>, StoreError>;
    /// All versions of a pack, newest first.
    fn pack_versions(&mut self, name: &str) -> Result<Vec<StoredPack>, StoreError>;
}

/// Writing packs.
pub trait PackWriter {
    /// Install a version; its `installation` is assigned here and returned.
    fn add_pack(&mut self, pack: &StoredPack) -> Result<i64, StoreError>;
}
