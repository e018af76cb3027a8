//! Writing and reading the archive.

mod read;
mod write;

use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use read::{Unpacked, pass, unpack};
pub use write::{ArchiveWriter, Finished};

use crate::Problem;

/// The file beside a backup with its SHA-256, as `sha256sum -c` reads it.
pub fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

/// SHA-256 of a file in hexadecimal, and its size.
///
/// # Errors
/// [`Problem::File`] when it cannot be read.
pub fn file_digest(path: &Path) -> Result<(String, u64), Problem> {
    let mut file = std::fs::File::open(path).map_err(|error| Problem::file(path, error))?;
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut buffer).map_err(|error| Problem::file(path, error))?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { break };
        hasher.update(piece);
        size += read as u64;
    }
    Ok((hex::encode(hasher.finalize()), size))
}
