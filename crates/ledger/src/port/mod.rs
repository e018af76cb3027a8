//! The storage port: what the kernel asks of a database, in words of the kernel.
//!
//! `store` implements it on SQLite and on PostgreSQL. All calls are synchronous: a transaction is a closure that runs
//! from begin to end on one thread, which lets SQLite commit many of them in a group and keeps the write path plain.
//! Traits are cut by what is stored; [`Reader`] and [`Writer`] are their sums.

mod desk;
mod disposal;
mod duties;
mod factors;
mod files;
mod journal;
mod keyring;
mod packs;
mod protection;
mod records;
mod seal;
mod sign_in;
mod work;

use std::sync::Arc;

pub use desk::{DeskItem, DeskReader, DeskWriter};
pub use disposal::{DisposalReader, DisposalWriter, DisposedBy};
pub use duties::{Duty, DutyFilter, DutyReader, DutyWriter};
pub use factors::{Challenge, FactorReader, FactorWriter, SecondFactor, SignInGuard};
pub use files::{Attachment, FileReader, FileWriter};
pub use journal::{EntryKind, JournalQuery, JournalReader};
pub use keyring::{Erasure, HolderKey, KeyCount, Keyring, KeyringState, MasterVersion, Rewrap};
pub use packs::{PackReader, PackWriter, StoredPack};
pub use protection::{INSTALLATION, Protection, ProtectionProblem};
pub use records::{
    Forgotten, HistoryQuery, Put, RecordReader, RecordWriter, ReferenceRow, SearchText, Told, UniqueClash, UniqueKey,
};
pub use seal::{
    Cosignature, NewSeal, SealHead, SealLag, SealReader, SealRun, SealWriter, SealedEntry, StoredCheckpoint, Unsealed,
    Witnessed,
};
pub use sign_in::{Credential, Session, SignInReader, SignInWriter, Token};
pub use work::{Job, JobState, Mail, NewJob, WorkReader, WorkWriter};

use crate::definition::Ledger;

/// What the database did not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The statement failed; the text names table and operation, never values.
    #[error("データベースの処理に失敗しました: {0}")]
    Failed(String),
    /// The database cannot be reached or is full or read-only.
    #[error("データベースを利用できません: {0}")]
    Unavailable(String),
    /// A stored row makes no sense: table, row and what is wrong.
    #[error("保存された行が壊れています: {table} {row}: {reason}")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Identifier of the row.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The value cannot be stored or shown any more: the key of the person it is about was destroyed.
    #[error("消去済みです。この人の保護項目は記録も表示もできません")]
    Erased,
    /// The record was changed by somebody else between reading and writing.
    #[error("ほかの処理が先に更新しました")]
    Stale,
}

/// Everything that can be read within a transaction.
pub trait Reader:
    RecordReader
    + DutyReader
    + DeskReader
    + SignInReader
    + FactorReader
    + WorkReader
    + FileReader
    + PackReader
    + JournalReader
    + SealReader
    + DisposalReader
{
}
impl<
    T: RecordReader
        + DutyReader
        + DeskReader
        + SignInReader
        + FactorReader
        + WorkReader
        + FileReader
        + PackReader
        + JournalReader
        + SealReader
        + DisposalReader,
> Reader for T
{
}

/// Everything that can be written within a transaction.
pub trait Writer:
    Reader
    + RecordWriter
    + DutyWriter
    + DeskWriter
    + SignInWriter
    + FactorWriter
    + WorkWriter
    + FileWriter
    + PackWriter
    + SealWriter
    + DisposalWriter
{
}
impl<
    T: Reader
        + RecordWriter
        + DutyWriter
        + DeskWriter
        + SignInWriter
        + FactorWriter
        + WorkWriter
        + FileWriter
        + PackWriter
        + SealWriter
        + DisposalWriter,
> Writer for T
{
}

/// What a store does when definitions change: indexes and read-only views follow the catalogue, and so do the fields that
/// are locked. Old rows are untouched.
pub trait Shape {
    /// Make indexes and views for these ledgers; those that already fit are left alone.
    fn shape(&self, ledgers: &[Arc<Ledger>]) -> Result<(), StoreError>;
}
