//! What stands in an export of everything.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::LeavingProblem;

/// The format this program writes.
pub const FORMAT: &str = "daicho-export/1";
/// Name of the manifest in the folder.
pub const MANIFEST: &str = "manifest.json";

/// One file of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The manifest of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Version of the program that wrote it.
    pub program: String,
    /// The agency.
    pub agency: String,
    /// When it was complete.
    pub exported_at: DateTime<Utc>,
    /// Records of each ledger.
    pub ledgers: BTreeMap<String, u64>,
    /// Attached files.
    pub attachments: u64,
    /// Attached files whose key was destroyed: they stand in the index without content.
    pub erased_attachments: u64,
    /// Entries of the exported journal.
    pub entries: u64,
    /// Public key of the journal.
    pub vkey: String,
    /// Entries that somebody else wrote while the export was made: with any, its files are not all of one instant.
    pub meanwhile: u64,
    /// Every file but this one, by its path in the folder.
    pub files: BTreeMap<String, Part>,
}

/// Read the manifest of an export and compare every file with it. Gives the SHA-256 of the manifest too.
///
/// # Errors
/// [`LeavingProblem::Told`] for the first file that is not as it was written.
pub fn read(folder: &Path) -> Result<(Manifest, String), LeavingProblem> {
    let path = folder.join(MANIFEST);
    let bytes = std::fs::read(&path).map_err(LeavingProblem::file(&path))?;
    let wrong = |what: String| LeavingProblem::Told(format!("出力「{}」は使えません。{what}", folder.display()));
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|error| wrong(format!("{MANIFEST} を読めません: {error}")))?;
    if manifest.format != FORMAT {
        return Err(wrong(format!("形式が {FORMAT} ではありません。")));
    }
    for (name, part) in &manifest.files {
        if !Path::new(name).components().all(|component| matches!(component, Component::Normal(_))) {
            return Err(wrong(format!("ファイル名「{name}」は正しくありません。")));
        }
        match backup::file_digest(&folder.join(name)) {
            Ok((sha256, size)) if sha256 == part.sha256 && size == part.size => {}
            Ok(_) => return Err(wrong(format!("ファイル {name} が、書き出したときと違います。"))),
            Err(_) => return Err(wrong(format!("ファイル {name} を読めません。"))),
        }
    }
    Ok((manifest, digest(&bytes)))
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
