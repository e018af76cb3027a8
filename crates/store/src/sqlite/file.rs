//! The database file itself: made readable for its owner only, and watched, because SQLite would go on writing into a
//! file that was deleted or replaced under it and acknowledge what nobody will ever read again.

use std::path::{Path, PathBuf};

use ledger::port::StoreError;

use crate::connection::Fault;

/// Make the file when it is not there yet.
pub(crate) fn create(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .map(drop)
        .map_err(|error| StoreError::Unavailable(format!("データベースのファイルを開けません ({})", error.kind())))
}

/// Which file was opened.
#[derive(Debug)]
pub(super) struct Identity {
    path: PathBuf,
    number: (u64, u64),
}

impl Identity {
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        Ok(Self { path: path.to_owned(), number: number(path)? })
    }

    /// Fails when another file, or none, now stands where the opened one stood.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if number(&self.path)? == self.number {
            Ok(())
        } else {
            Err(Fault::unavailable("データベースのファイルが置き換えられました"))
        }
    }
}

#[cfg(unix)]
fn number(path: &Path) -> Result<(u64, u64), Fault> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).map_err(|_| Fault::unavailable("データベースのファイルが見つかりません"))?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(path: &Path) -> Result<(u64, u64), Fault> {
    // Elsewhere an open file cannot be deleted or replaced.
    let _ = path;
    Ok((0, 0))
}
