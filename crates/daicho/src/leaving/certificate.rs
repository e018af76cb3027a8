//! The certificate of a destruction (消去証明書): a signed note like that of an erasure, about the whole installation.

use std::path::Path;

use journal::{SignedNote, SigningKey, VerifierKey, canonical_bytes};
use serde::{Deserialize, Serialize};
use vault::{Act, Algorithms, CertificateProblem};

use super::plan::{Backup, HandedOver, Holdings, Method, Plan, Sealing};

/// What a certificate says it is.
pub const DESTRUCTION: &str = "daicho-destruction-certificate/1";

/// One thing that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destroyed {
    /// What it was, in Japanese.
    pub what: String,
    /// Where it stood.
    pub place: String,
    /// Bytes of files, rows of tables, when the destruction began; none where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How.
    pub method: Method,
    /// When this program did it, or found it gone.
    pub at: chrono::DateTime<chrono::FixedOffset>,
    /// `true`: this program found it gone already when it came to it (after an interruption, or somebody else did it).
    pub found_gone: bool,
}

/// A certificate of the destruction of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestructionCertificate {
    /// Always [`DESTRUCTION`].
    pub kind: String,
    /// The agency.
    pub agency: String,
    /// Number of the request.
    pub number: String,
    /// Identifier of its record.
    pub request: String,
    /// Contract that ends, in the words of the request.
    pub contract: String,
    /// Why, in the words of the choice.
    pub basis: String,
    /// What was held when the destruction began.
    pub holdings: Holdings,
    /// What was handed over.
    pub handed_over: HandedOver,
    /// Who asked.
    pub requested: Act,
    /// Who approved: another account.
    pub approved: Act,
    /// When the destruction began: nothing was destroyed before.
    pub begun: chrono::DateTime<chrono::FixedOffset>,
    /// When the last of `destroyed` was gone.
    pub ended: chrono::DateTime<chrono::FixedOffset>,
    /// The last checkpoint of the journal.
    pub journal: Sealing,
    /// What is gone, in the order in which it went. The key that signs this goes after it has signed.
    pub destroyed: Vec<Destroyed>,
    /// What is not destroyed, in Japanese.
    pub left: Vec<String>,
    /// Backups that stay where they are, on request.
    pub kept_backups: Vec<Backup>,
    /// Algorithms.
    pub algorithms: Algorithms,
}

impl DestructionCertificate {
    /// What a plan and what was done of it amount to.
    pub(super) fn of(plan: &Plan, destroyed: Vec<Destroyed>) -> Self {
        let begun = plan.begun;
        let ended = destroyed.iter().map(|one| one.at).max().unwrap_or(begun);
        Self {
            kind: DESTRUCTION.into(),
            agency: plan.agency.clone(),
            number: plan.number.clone(),
            request: plan.request.clone(),
            contract: plan.contract.clone(),
            basis: plan.basis.clone(),
            holdings: plan.holdings.clone(),
            handed_over: plan.handed_over.clone(),
            requested: plan.requested.clone(),
            approved: plan.approved.clone(),
            begun,
            ended,
            journal: plan.journal.clone(),
            destroyed,
            left: plan.left.clone(),
            kept_backups: plan.kept_backups.clone(),
            algorithms: Algorithms::default(),
        }
    }

    /// Sign it.
    ///
    /// # Errors
    /// [`CertificateProblem::Content`] when it contradicts itself.
    pub fn sign(&self, key: &SigningKey) -> Result<String, CertificateProblem> {
        self.check()?;
        note(self, key)
    }

    /// Read a certificate and check it against the public key of the installation. Needs nothing else.
    ///
    /// # Errors
    /// [`CertificateProblem`]: not signed by that key, altered, or not a certificate.
    pub fn open(text: &str, key: &VerifierKey) -> Result<Self, CertificateProblem> {
        let read: Self = opened(text, key)?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), CertificateProblem> {
        let wrong = |reason: &str| Err(CertificateProblem::Content(reason.into()));
        if self.kind != DESTRUCTION {
            return wrong("種類が違います");
        }
        if self.requested.account == self.approved.account {
            return wrong("申請と承認が同じ利用者です");
        }
        let times = [self.requested.at, self.approved.at, self.begun, self.ended];
        if !times.is_sorted() {
            return wrong("申請、承認、開始、終了の順になっていません");
        }
        if !matches!(self.destroyed.first(), Some(first) if first.method == Method::KeyDestroyed) {
            return wrong("鍵の廃棄がありません");
        }
        Ok(())
    }
}

/// One line of canonical JSON under a signature.
pub(super) fn note(of: &impl Serialize, key: &SigningKey) -> Result<String, CertificateProblem> {
    let wrong = |error: &dyn std::fmt::Display| CertificateProblem::Content(error.to_string());
    let value = serde_json::to_value(of).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(canonical_bytes(&value)).map_err(|error| wrong(&error))? + "\n";
    let signatures = vec![key.sign(&text)];
    Ok(SignedNote { text, signatures }.to_string())
}

/// What stands under a signature that holds.
pub(super) fn opened<T: for<'d> Deserialize<'d>>(text: &str, key: &VerifierKey) -> Result<T, CertificateProblem> {
    let note = SignedNote::parse(text)?;
    key.verify(&note)?;
    serde_json::from_str(&note.text).map_err(|error| CertificateProblem::Content(error.to_string()))
}

/// The kind that a note says it is, whoever signed it; to tell apart which certificate is to be checked.
pub fn kind(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text.lines().next()?).ok()?;
    Some(value.get("kind")?.as_str()?.to_owned())
}

/// Write a file as a whole or not at all: beside it first, then under its name.
pub(super) fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let mut file = std::fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
