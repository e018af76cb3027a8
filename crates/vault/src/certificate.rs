//! The certificate of an erasure (消去証明書): a signed note (C2SP signed-note) whose text is one line of canonical JSON.
//!
//! Whoever knows the public key of the installation checks it with `daicho keys check-certificate`, or with any program that
//! verifies signed notes. It names nobody: the holder is an identifier, and accounts are identifiers.

use chrono::{DateTime, FixedOffset, Utc};
use journal::{NoteProblem, SignedNote, SigningKey, VerifierKey, canonical_bytes};
use serde::{Deserialize, Serialize};

use crate::rotation::Erased;

/// What a certificate says it is.
pub const KIND: &str = "daicho-erasure-certificate/1";

/// What was erased in one ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasedIn {
    /// Identifier of the ledger.
    pub ledger: String,
    /// Its Japanese name.
    pub label: String,
    /// Identifiers of the fields.
    pub fields: Vec<String>,
    /// Records that held at least one value.
    pub records: u64,
    /// Values that stand in the records now; former ones in the journal and in copies are gone with them.
    pub values: u64,
}

/// Which key was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestroyedKey {
    /// Version of the holder's key.
    pub version: u32,
    /// SHA-256 of the wrapped key.
    pub fingerprint: String,
    /// Version of the master key in force since; all older ones were destroyed.
    pub master_version: u32,
}

/// Who did an act, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Identifier of the account.
    pub account: String,
    /// When, in Japan Standard Time.
    pub at: DateTime<FixedOffset>,
}

impl Act {
    /// An act at an instant.
    pub fn new(account: &str, at: DateTime<Utc>) -> Self {
        Self { account: account.to_owned(), at: jst(at) }
    }
}

/// The newest checkpoint of the journal when the certificate was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Entries under the seal.
    pub size: u64,
    /// Root of the tree, in hexadecimal digits.
    pub root: String,
}

/// Algorithms in the words of the CRYPTREC list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Algorithms {
    /// Of the values.
    pub values: String,
    /// Of the fingerprint.
    pub fingerprint: String,
    /// Of the signature.
    pub signature: String,
}

impl Default for Algorithms {
    fn default() -> Self {
        Self { values: "AES-256-GCM".into(), fingerprint: "SHA-256".into(), signature: "Ed25519".into() }
    }
}

/// A certificate of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Always [`KIND`].
    pub kind: String,
    /// The agency.
    pub agency: String,
    /// Number of the request.
    pub number: String,
    /// Identifier of the record of the request.
    pub request: String,
    /// Pseudonymous identifier of the person.
    pub holder: String,
    /// What was erased.
    pub erased: Vec<ErasedIn>,
    /// Which key was destroyed.
    pub key: DestroyedKey,
    /// Who asked.
    pub requested: Act,
    /// Who approved: another account.
    pub approved: Act,
    /// Who carried it out, and when the key was destroyed.
    pub executed: Act,
    /// The newest checkpoint of the journal, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<Sealed>,
    /// Algorithms.
    pub algorithms: Algorithms,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateProblem {
    /// The signature does not hold.
    #[error(transparent)]
    Note(#[from] NoteProblem),
    /// It is signed, but it is no certificate of an erasure.
    #[error("消去証明書の内容ではありません: {0}")]
    Content(String),
}

/// An instant as certificates write it.
pub fn jst(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&calendar::jst::zone())
}

impl Certificate {
    /// The key that a certificate tells of.
    pub fn key_of(erased: &Erased) -> DestroyedKey {
        DestroyedKey {
            version: erased.key_version,
            fingerprint: erased.fingerprint.clone(),
            master_version: erased.master_version,
        }
    }

    /// Sign it.
    ///
    /// # Errors
    /// [`CertificateProblem::Content`] when it contradicts itself.
    pub fn sign(&self, key: &SigningKey) -> Result<String, CertificateProblem> {
        self.check()?;
        let value = serde_json::to_value(self).map_err(|error| CertificateProblem::Content(error.to_string()))?;
        let line = String::from_utf8(canonical_bytes(&value))
            .map_err(|error| CertificateProblem::Content(error.to_string()))?;
        let text = format!("{line}\n");
        let signatures = vec![key.sign(&text)];
        Ok(SignedNote { text, signatures }.to_string())
    }

    /// Read a certificate and check it against the public key of the installation. Needs nothing else.
    ///
    /// # Errors
    /// [`CertificateProblem`]: not signed by that key, altered, or not a certificate.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CertificateProblem> {
        let note = SignedNote::parse(note)?;
        key.verify(&note)?;
        let read: Self =
            serde_json::from_str(&note.text).map_err(|error| CertificateProblem::Content(error.to_string()))?;
        read.check()?;
        Ok(read)
    }

    fn check(&self) -> Result<(), CertificateProblem> {
        let wrong = |reason: &str| Err(CertificateProblem::Content(reason.into()));
        if self.kind != KIND {
            return wrong("種類が違います");
        }
        if self.requested.account == self.approved.account {
            return wrong("申請と承認が同じ利用者です");
        }
        if self.requested.at > self.approved.at || self.approved.at > self.executed.at {
            return wrong("申請、承認、実行の順になっていません");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> Certificate {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        Certificate {
            kind: KIND.into(),
            agency: "見本省".into(),
            number: "消-2026-0001".into(),
            request: "01JREQUEST".into(),
            holder: "01JHOLDER".into(),
            erased: vec![ErasedIn {
                ledger: "person".into(),
                label: "職員".into(),
                fields: vec!["birth_date".into(), "name".into()],
                records: 1,
                values: 2,
            }],
            key: DestroyedKey { version: 1, fingerprint: "ab".repeat(32), master_version: 2 },
            requested: Act::new("A1", at("2026-11-20T01:00:00Z")),
            approved: Act::new("A2", at("2026-11-20T15:30:00Z")),
            executed: Act::new("A2", at("2026-11-21T01:00:00Z")),
            journal: Some(Sealed { size: 10, root: "cd".repeat(32) }),
            algorithms: Algorithms::default(),
        }
    }

    fn key() -> SigningKey {
        SigningKey::from_seed("daicho.example.jp", [5; 32]).unwrap()
    }

    #[test]
    fn a_certificate_is_one_line_of_json_under_a_signature_and_opens_with_the_public_key() {
        let note = certificate().sign(&key()).unwrap();
        assert_eq!(note.lines().count(), 3);
        assert!(note.starts_with("{\"agency\":\"見本省\","));
        assert!(note.contains("\"at\":\"2026-11-21T00:30:00+09:00\""), "{note}");
        assert_eq!(Certificate::open(&note, key().verifier()).unwrap(), certificate());
        let other = SigningKey::from_seed("daicho.example.jp", [6; 32]).unwrap();
        assert!(Certificate::open(&note, other.verifier()).is_err());
    }

    #[test]
    fn no_byte_of_a_certificate_can_be_altered() {
        let note = certificate().sign(&key()).unwrap();
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let opened = String::from_utf8(bytes).ok().map(|note| Certificate::open(&note, key().verifier()));
            assert!(opened.is_none_or(|opened| opened.is_err()), "{at}");
        }
    }

    #[test]
    fn a_certificate_that_contradicts_itself_is_neither_made_nor_believed() {
        let alone = Certificate { approved: certificate().requested, ..certificate() };
        let early = Certificate { executed: certificate().requested, ..certificate() };
        let other = Certificate { kind: "daicho-erasure-certificate/2".into(), ..certificate() };
        for wrong in [alone, early, other] {
            assert!(wrong.sign(&key()).is_err());
            let text = format!("{}\n", serde_json::to_string(&wrong).unwrap());
            let note = SignedNote { signatures: vec![key().sign(&text)], text }.to_string();
            assert!(matches!(Certificate::open(&note, key().verifier()), Err(CertificateProblem::Content(_))));
        }
        // Something else that the same key signed, a checkpoint, is no certificate.
        let text = "daicho.example.jp\n10\nq80=\n".to_string();
        let note = SignedNote { signatures: vec![key().sign(&text)], text }.to_string();
        assert!(matches!(Certificate::open(&note, key().verifier()), Err(CertificateProblem::Content(_))));
    }
}
