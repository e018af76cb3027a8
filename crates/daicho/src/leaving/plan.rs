//! What a destruction will destroy, written down and signed before anything is touched, and what of it is done.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset};
use journal::{SigningKey, VerifierKey};
use serde::{Deserialize, Serialize};
use vault::Act;

use super::certificate::{note, opened, put};
use super::{LeavingProblem, told};
use crate::installation::OpenProblem;

/// Folder in the data directory. While it is there, nothing else opens the installation.
pub const FOLDER: &str = "destroying";
/// The plan, a signed note.
const PLAN: &str = "plan.note";
/// What is done: one JSON a line.
const DONE: &str = "done.jsonl";

/// How something is destroyed, in the terms of NIST SP 800-88 Rev. 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The key that opens everything is destroyed (Cryptographic Erase, 暗号化消去).
    KeyDestroyed,
    /// Overwritten with zeros once and removed (Clear, 上書き消去).
    Overwritten,
    /// Tables dropped on a database server.
    Dropped,
}

impl Method {
    /// In Japanese.
    pub fn words(self) -> &'static str {
        match self {
            Self::KeyDestroyed => "鍵の廃棄（暗号化消去）",
            Self::Overwritten => "上書きして削除",
            Self::Dropped => "表の削除",
        }
    }
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The master key, by its setting.
    Master(String),
    /// A schema of PostgreSQL.
    Schema(String),
    /// A file or folder.
    Path(PathBuf),
}

/// One thing to destroy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// In Japanese.
    pub what: String,
    /// Where.
    pub target: Target,
    /// Where, as the certificate tells it.
    pub place: String,
    /// Bytes, or rows of tables.
    pub size: Option<u64>,
    /// How.
    pub method: Method,
}

/// A backup that the ledger of generations knows and that was not removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Name of the file.
    pub file: String,
    /// Folder it was written to.
    pub place: String,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// What was handed over before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum HandedOver {
    /// An export of everything: SHA-256 of its manifest.
    Export(String),
    /// Nothing, and why.
    Nothing(String),
}

/// Records of one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldIn {
    /// Identifier.
    pub ledger: String,
    /// Japanese name.
    pub label: String,
    /// Records.
    pub records: u64,
}

/// What an installation held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdings {
    /// Ledgers with records.
    pub ledgers: Vec<HeldIn>,
    /// Records of all of them.
    pub records: u64,
    /// Entries of the journal.
    pub entries: u64,
    /// Attached files.
    pub attachments: u64,
    /// Mails, sent and waiting.
    pub mails: u64,
    /// Keys of persons that could be used.
    pub keys: u64,
    /// Version of the master key in force.
    pub master_version: u32,
}

/// The last checkpoint of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealing {
    /// Name of the journal.
    pub origin: String,
    /// Entries under the seal.
    pub size: u64,
    /// Root of the tree, in hexadecimal digits.
    pub root: String,
}

/// The plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The agency.
    pub agency: String,
    /// Number of the request.
    pub number: String,
    /// Identifier of its record.
    pub request: String,
    /// The contract.
    pub contract: String,
    /// Why.
    pub basis: String,
    /// Who asked.
    pub requested: Act,
    /// Who approved.
    pub approved: Act,
    /// When it was begun.
    pub begun: DateTime<FixedOffset>,
    /// What was handed over.
    pub handed_over: HandedOver,
    /// What is held.
    pub holdings: Holdings,
    /// The last checkpoint.
    pub journal: Sealing,
    /// What is destroyed, in order. The signing key is not among it: it goes when it has signed.
    pub items: Vec<Item>,
    /// Backups that stay.
    pub kept_backups: Vec<Backup>,
    /// What is not destroyed, known from the beginning.
    pub left: Vec<String>,
    /// Folder of the certificate.
    pub out: PathBuf,
}

/// One item that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    /// Its place in the plan.
    pub(super) item: usize,
    /// When.
    pub(super) at: DateTime<FixedOffset>,
    /// It was gone already.
    pub(super) found_gone: bool,
}

/// Whether a destruction of this data directory was begun and is not at its end.
pub fn is_begun(data: &Path) -> bool {
    data.join(FOLDER).join(PLAN).exists()
}

/// Refuse to open what is being destroyed.
///
/// # Errors
/// [`OpenProblem::Held`].
pub fn refuse_begun(data: &Path) -> Result<(), OpenProblem> {
    let words = "この台帳は消去の途中です。「daicho destroy」をもう一度実行して、最後まで消去してください。";
    if is_begun(data) { Err(OpenProblem::Held(words.into())) } else { Ok(()) }
}

impl Plan {
    /// Write it down, signed. From then on the installation opens no more; nothing is destroyed yet.
    pub(super) fn write(&self, data: &Path, key: &SigningKey) -> Result<(), LeavingProblem> {
        let folder = data.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(LeavingProblem::file(&folder))?;
        let text = note(self, key).map_err(|problem| told(problem.to_string()))?;
        let path = folder.join(PLAN);
        put(&path, text.as_bytes()).map_err(LeavingProblem::file(&path))
    }

    /// The plan of a destruction that was begun.
    pub(super) fn read(data: &Path, key: &VerifierKey) -> Result<Self, LeavingProblem> {
        let path = data.join(FOLDER).join(PLAN);
        let text = std::fs::read_to_string(&path).map_err(LeavingProblem::file(&path))?;
        opened(&text, key).map_err(|problem| {
            told(format!("消去の計画 {} が、始めたときのものではありません: {problem}", path.display()))
        })
    }

    /// The same where the key that signed it is gone: enough to find the certificate by.
    pub(super) fn read_unsigned(data: &Path) -> Result<Self, LeavingProblem> {
        let path = data.join(FOLDER).join(PLAN);
        let text = std::fs::read_to_string(&path).map_err(LeavingProblem::file(&path))?;
        serde_json::from_str(text.lines().next().unwrap_or_default()).map_err(|error| told(error.to_string()))
    }

    /// What is done of it.
    pub(super) fn done(&self, data: &Path) -> Result<Vec<Done>, LeavingProblem> {
        let path = data.join(FOLDER).join(DONE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(LeavingProblem::file(&path))?,
        };
        // A line that a power cut left unfinished tells of nothing; its item is looked at again.
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Done>(line).ok());
        Ok(lines.filter(|done| done.item < self.items.len()).collect())
    }
}

/// Add to what is done, and keep it on the disk.
pub(super) fn note_done(data: &Path, done: &Done) -> Result<(), LeavingProblem> {
    let path = data.join(FOLDER).join(DONE);
    let line = serde_json::to_string(done).unwrap_or_default();
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::options().create(true).append(true).open(&path)?;
        // It begins with the end of a line, in case a power cut left one unfinished.
        file.write_all(format!("\n{line}\n").as_bytes())?;
        file.sync_all()
    };
    write().map_err(LeavingProblem::file(&path))
}
