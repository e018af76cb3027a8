//! The exported journal: everything that a check needs, in the layout of C2SP tlog-tiles, as a folder or as one tar file.
//!
//! | path | content |
//! |---|---|
//! | `vkey` | public key of the journal, one line |
//! | `witnesses` | public keys of the witnesses whose cosignatures the checkpoint carries, one a line; may be missing |
//! | `checkpoint` | the signed checkpoint |
//! | `tile/entries/…` | the entries: canonical bytes, each with its length before it |
//! | `tile/0/…` and above | hashes of the tree |
//! | `long/SHA256` | an entry longer than 65,535 bytes, for which a short text stands in the bundle |
//!
//! A tar file is of the plainest kind (ustar, no owner, no time), so that any tool unpacks it; it is read strictly, so that
//! an altered byte of its headers does not go unnoticed either.

mod folder;
mod tar;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

pub use folder::{FolderFiles, FolderWriter};
pub use tar::{TarFiles, TarWriter};

use crate::bundle::{LONGEST, encode, leaf_bytes, long_name};
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::tile::{Content, TileId, tile_bytes};

/// Name of the file with the public key.
pub(crate) const VKEY: &str = "vkey";
/// Name of the file with the public keys of witnesses.
pub(crate) const WITNESSES: &str = "witnesses";
/// Name of the file with the checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint";
/// Folder of long entries.
pub(crate) const LONG: &str = "long/";

/// Where an exported journal goes.
pub trait Writing {
    /// Put a file.
    ///
    /// # Errors
    /// When it cannot be written.
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// All files are put; returns when they are safe on the disk.
    ///
    /// # Errors
    /// When they cannot be written.
    fn finish(self) -> io::Result<()>
    where
        Self: Sized;
}

/// An exported journal to be read.
pub trait Files: Sync {
    /// Paths of all files.
    fn paths(&self) -> BTreeSet<String>;

    /// Content of a file; none when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, or is longer than `limit`.
    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>>;
}

/// Where the entries and hashes to be exported come from.
pub trait JournalSource {
    /// Why they cannot be had.
    type Error: From<io::Error>;

    /// Hashes of a tile.
    ///
    /// # Errors
    /// When they are not stored.
    fn tile(&mut self, tile: TileId) -> Result<Vec<Hash>, Self::Error>;

    /// Canonical bytes of `count` entries from a position on. What is missing is an empty entry, and will be found.
    ///
    /// # Errors
    /// When they cannot be read.
    fn entries(&mut self, start: u64, count: u16) -> Result<Vec<Vec<u8>>, Self::Error>;
}

/// Export the journal under a checkpoint. Entries and hashes are written as they are stored, not made anew: what does not
/// fit is for the verification to find.
///
/// # Errors
/// What the source reports, or what is written to.
pub fn export<S: JournalSource, W: Writing>(
    source: &mut S,
    size: u64,
    checkpoint: &str,
    key: &VerifierKey,
    witnesses: &[VerifierKey],
    mut out: W,
) -> Result<(), S::Error> {
    out.file(VKEY, format!("{key}\n").as_bytes())?;
    if !witnesses.is_empty() {
        let lines: String = witnesses.iter().map(|key| format!("{key}\n")).collect();
        out.file(WITNESSES, lines.as_bytes())?;
    }
    out.file(CHECKPOINT, checkpoint.as_bytes())?;
    let mut long = BTreeSet::new();
    for tile in TileId::all(Content::Entries, size) {
        let mut entries = source.entries(tile.number * 256, tile.width)?;
        entries.resize(usize::from(tile.width), Vec::new());
        for entry in entries.iter().filter(|entry| entry.len() > LONGEST) {
            let name = long_name(entry);
            if long.insert(name.clone()) {
                out.file(&format!("{LONG}{name}"), entry)?;
            }
        }
        let leaves: Vec<_> = entries.iter().map(|entry| leaf_bytes(entry)).collect();
        let bundle = encode(leaves.iter().map(AsRef::as_ref)).unwrap_or_default();
        out.file(&tile.path(), &bundle)?;
    }
    for level in 0..TileId::levels(size) {
        for tile in TileId::all(Content::Level(level), size) {
            out.file(&tile.path(), &tile_bytes(&source.tile(tile)?))?;
        }
    }
    Ok(out.finish()?)
}

/// Open an exported journal: a folder or a tar file.
///
/// # Errors
/// When it cannot be read; for a tar file also when it is not of exactly the form that is written (the message says where).
pub fn open_exported(path: &Path) -> io::Result<Box<dyn Files + Send>> {
    if path.is_dir() { Ok(Box::new(FolderFiles::open(path)?)) } else { Ok(Box::new(TarFiles::open(path)?)) }
}

/// Most files of an exported journal that is read: enough for a quarter of a milliard entries.
const MOST_FILES: usize = 2_000_000;

fn wrong(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
