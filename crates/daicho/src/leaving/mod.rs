//! Leaving: everything in open formats, at the end of a contract.
//!
//! In reading order: `whole` writes the export, `manifest` says what stands in it and whether that still holds.

mod manifest;
mod whole;

pub use manifest::{Manifest, read};
pub use whole::{Progress, export};

use crate::installation::{OpenProblem, told};

/// Why nothing was exported, in words for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum LeavingProblem {
    /// The database.
    #[error(transparent)]
    Store(#[from] ledger::port::StoreError),
    /// The installation does not open.
    #[error(transparent)]
    Open(#[from] OpenProblem),
    /// The seal.
    #[error(transparent)]
    Seal(#[from] crate::seal::SealTrouble),
    /// The journal could not be exported.
    #[error(transparent)]
    Journal(#[from] ledger::seal::ExportProblem),
    /// A ledger could not be exported.
    #[error(transparent)]
    Export(#[from] exchange::ExportProblem),
    /// The kernel refused.
    #[error("{}", told(.0))]
    Refused(#[from] ledger::Refusal),
    /// A file or folder.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// Something else that the administrator can mend.
    #[error("{0}")]
    Told(String),
}

impl LeavingProblem {
    fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::File(path.display().to_string(), error)
    }
}
