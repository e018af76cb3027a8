//! Backups of an installation, their ledgers, and the way back.
//!
//! In reading order: `plan` says how often and how long, `keys` who can open a backup, `take` makes one, `keyring` copies the keyring apart, `check` looks
//! whether it is whole, `unpack` makes a database of it in a place of its own, `restore` puts that in the place of the one
//! in use (`until` chooses the generation by an instant), `rehearse` does the same without touching it; `generation` keeps the ledgers, `schedule` does what falls due.

mod check;
mod generation;
mod keyring;
mod keys;
mod plan;
mod rehearse;
mod restore;
mod schedule;
mod take;
mod unpack;
mod until;

pub use check::{Checked, check};
pub use generation::{Origin, newest_good, rehearsals};
pub use keys::{lock_of, opener_of};
pub use plan::Plan;
pub use rehearse::{Rehearsed, rehearse};
pub use restore::{Loss, RESTORED, RestoreRequest, Restored, restore};
pub use schedule::{SYSTEM, age, due, job, megabytes, overdue};
pub use take::{Taken, take};
pub use until::{Chosen, choose};

use crate::installation::{OpenProblem, told};

/// Kind of the job that makes a backup.
pub const BACKUP: &str = "backup";

/// Why a backup was not made, checked or restored, in words for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryProblem {
    /// The archive.
    #[error(transparent)]
    Archive(#[from] backup::Problem),
    /// The database.
    #[error(transparent)]
    Store(#[from] ledger::port::StoreError),
    /// The installation that was restored does not open.
    #[error(transparent)]
    Open(#[from] OpenProblem),
    /// The write path refused an entry in the ledger of generations.
    #[error("{}", told(.0))]
    Refused(#[from] ledger::Refusal),
    /// A file or folder.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// What was restored is not what was backed up.
    #[error("復元した内容がバックアップと合いません: {0}")]
    Unlike(String),
    /// Something else that the administrator can mend.
    #[error("{0}")]
    Told(String),
}

impl RecoveryProblem {
    fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::File(path.display().to_string(), error)
    }
}

/// Told what is being done and how many bytes of it are done; `false` ends it.
pub type Progress<'p> = &'p mut dyn FnMut(&str, u64) -> bool;
