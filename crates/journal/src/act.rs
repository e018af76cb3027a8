//! Names of acts that change no record, beside those of sign-in (`identity::names::act`): readings, refused attempts and
//! what the program tells of itself. Changes are named `create`, `amend`, `import` and `transition:NAME`.

/// One record with protected values was shown.
pub const OPEN: &str = "open";
/// Several records with protected values were shown on one page or in one answer.
pub const READ_LIST: &str = "read_list";
/// Records were taken out as a file.
pub const EXPORT: &str = "export";
/// Records were printed.
pub const PRINT: &str = "print";
/// An attached file of a protected class was taken out.
pub const DOWNLOAD: &str = "download";
/// The journal was searched, or an entry was read by somebody who answers for security.
pub const JOURNAL_READ: &str = "journal_read";
/// More identifiers of the reading told by the entry of the same batch: an entry holds at most [`MOST_RECORDS`].
pub const READ_MORE: &str = "read_more";
/// Acts that read protected values.
pub const READS: [&str; 7] = [OPEN, READ_LIST, EXPORT, PRINT, DOWNLOAD, JOURNAL_READ, READ_MORE];

/// Something was asked for that the roles held do not reach.
pub const DENIED: &str = "denied";

/// The program began to serve.
pub const START: &str = "start";
/// The program was stopped in order. A start without it before means that the program was lost.
pub const STOP: &str = "stop";
/// The machine's clock moved by itself, forwards or backwards.
pub const CLOCK_JUMP: &str = "clock_jump";
/// Entries could not be written for a while; what they would have told of did not happen.
pub const JOURNAL_FAILED: &str = "journal_failed";
/// Sealing lags behind.
pub const SEAL_LATE: &str = "seal_late";
/// A verification found the journal or a table altered.
pub const VERIFY_FAILED: &str = "verify_failed";
/// A verification found everything intact.
pub const VERIFY_PASSED: &str = "verify_passed";

/// The key of the journal was replaced by another.
pub const KEY_ROTATED: &str = "key_rotated";
/// The older part of the journal was copied into an archive.
pub const ARCHIVED: &str = "archived";
/// Another history of a journal that this installation witnesses was accepted by its administrators.
pub const HISTORY_ACCEPTED: &str = "history_accepted";

/// Records and bodies of entries were disposed of, as a disposal decided (`crate::removal`).
pub const DISPOSE: &str = "dispose";
/// What stands in the place of an entry whose body was disposed of.
pub const REMOVED: &str = "removed";

/// The record named by entries about the journal's own keys and archives, so that they are found among all others.
pub const JOURNAL: &str = "journal";

/// The ledger named by entries about the program itself.
pub const PROGRAM: &str = "program";

/// Identifiers of records in one entry of reading. More go into entries of the same batch, so that an entry stays small
/// and whoever asks who saw a record still finds every reading of it.
pub const MOST_RECORDS: usize = 500;
