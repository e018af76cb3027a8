//! Backups as files: an encrypted archive of an installation, verified before anything is made of it, and the rule which
//! generations are kept.
//!
//! An archive is a tar file in the age format, so that public tools open it too (`age -d FILE | tar x`). It holds the
//! settings file, packs, the copy of the database in pieces and, as its last part, a manifest with the SHA-256 of every
//! other part; an archive without one was not finished. What stands in the copy, and how a database is made of it, is
//! `store`'s; where backups go and when, and what is told to whom, is the program's.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod archive;
mod cipher;
mod generations;
mod manifest;

pub use archive::{ArchiveWriter, Finished, Unpacked, file_digest, pass, sidecar, unpack};
pub use cipher::{ExposeSecret, Lock, Opener, new_identity};
pub use generations::{Keep, file_name, instant_of, superfluous};
pub use manifest::{DATABASE, DATABASE_KEY, FORMAT, JournalState, MANIFEST, Manifest, Part};

/// Why a backup was not made or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The file does not open with what was given.
    #[error("バックアップを開けません: {0}")]
    Closed(String),
    /// The file opens, and what is in it is not what was put in.
    #[error("バックアップが壊れています: {0}")]
    Damaged(String),
    /// A key, passphrase or recipient makes no sense.
    #[error("{0}")]
    Key(String),
}

impl Problem {
    /// A failure at a file.
    pub(crate) fn file(path: &std::path::Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let place = path.display().to_string();
        Self::File(
            match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => format!("{place}: ディスクに空きがありません"),
                ErrorKind::ReadOnlyFilesystem => format!("{place}: 書き込めないディスクです"),
                ErrorKind::PermissionDenied => format!("{place}: 読み書きする権限がありません"),
                ErrorKind::NotFound => format!("{place}: 見つかりません"),
                _ => place,
            },
            error,
        )
    }
}
