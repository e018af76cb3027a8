//! Leaving, at the end of a contract: everything in open formats, then nothing any more, with a certificate.
//!
//! In reading order: `whole` writes the export, `manifest` says what stands in it and whether that still holds. `request` is
//! what two people agreed to, `inventory` what there is to destroy, `plan` what was written down before and what of it is
//! done, `destroy` carries it out, `certificate` and `paper` prove it.

mod certificate;
mod destroy;
mod inventory;
mod manifest;
mod paper;
mod plan;
mod request;
mod whole;

pub use certificate::{DESTRUCTION, Destroyed, DestructionCertificate, kind};
pub use destroy::{Ended, Order, Prepared, go_on, prepare};
pub use manifest::{Manifest, read};
pub use plan::{Backup, HandedOver, HeldIn, Holdings, Item, Method, Plan, Sealing, Target, is_begun, refuse_begun};
pub use whole::{Progress, export};

use crate::installation::OpenProblem;

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
    /// The keys.
    #[error(transparent)]
    Keys(#[from] vault::KeyProblem),
    /// The kernel refused.
    #[error("{}", crate::installation::told(.0))]
    Refused(#[from] ledger::Refusal),
    /// A file or folder.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// Something else that the administrator can mend.
    #[error("{0}")]
    Told(String),
}

fn told(words: impl Into<String>) -> LeavingProblem {
    LeavingProblem::Told(words.into())
}

impl LeavingProblem {
    fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::File(path.display().to_string(), error)
    }
}
