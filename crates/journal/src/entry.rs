//! One entry: who did what to which record, when, from where, why, and what changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::leaf_bytes;
use crate::canonical::canonical_bytes;
use crate::hash::{Hash, leaf_hash};

/// How an act reached the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A page in a browser.
    Page,
    /// The REST interface.
    Api,
    /// The command line.
    Command,
    /// A background job.
    Job,
    /// An import of a file.
    Import,
}

/// Who acted, and from where. Identifiers only: names are looked up when a person reads the entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Identifier of the account (利用者); `system` for acts of the program itself.
    pub account: String,
    /// Sign-in name at the time of the act.
    pub login: String,
    /// Identifier of the person (人) behind the account, when there is one.
    pub person: Option<String>,
    /// The way the act came in.
    pub channel: Channel,
    /// Network address of the device, as far as it is known.
    pub address: Option<String>,
    /// What the device calls itself (user agent), cut to 200 characters.
    pub device: Option<String>,
}

impl Actor {
    /// The program itself, named by the part of it that acts (`demo`, `reminder`, …).
    pub fn system(part: &str) -> Self {
        Self {
            account: "system".into(),
            login: part.into(),
            person: None,
            channel: Channel::Job,
            address: None,
            device: None,
        }
    }
}

/// The value of one field before and after an act. `Null` means that there was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Value before the act.
    pub before: Value,
    /// Value after the act.
    pub after: Value,
}

/// One entry of the journal, written in the same transaction as the change it tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The instant of the act, to the microsecond.
    pub at: DateTime<Utc>,
    /// Who acted.
    pub actor: Actor,
    /// Name of the ledger (台帳).
    pub ledger: String,
    /// Identifier of the record (記録); empty for acts on no single record, such as an export.
    pub record: String,
    /// Revision that the act produced; 0 where the act changed no record.
    pub revision: i64,
    /// What was done: `create`, `amend`, `transition:NAME`, `sign_in`, `export`, ….
    pub act: String,
    /// The reason or comment the person gave.
    pub reason: Option<String>,
    /// State of the record before the act.
    pub state_before: Option<String>,
    /// State of the record after the act.
    pub state_after: Option<String>,
    /// Changed fields by name.
    pub changes: BTreeMap<String, Change>,
    /// Identifier shared by all entries of one bulk act, such as an import.
    pub batch: Option<String>,
}

impl Entry {
    /// The bytes that are stored and hashed for this entry.
    pub fn canonical(&self) -> Vec<u8> {
        // Every part of an entry is representable in JSON, so this conversion has no failing case to report.
        canonical_bytes(&serde_json::to_value(self).unwrap_or(Value::Null))
    }

    /// Leaf hash of the canonical bytes, or of what stands for them when they are very long ([`leaf_bytes`]).
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&leaf_bytes(&self.canonical()))
    }
}

/// An entry as the journal holds it, with its place in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredEntry {
    /// Place in the journal; rises in the order of writing, with gaps possible.
    pub sequence: i64,
    /// The entry.
    #[serde(flatten)]
    pub entry: Entry,
}
