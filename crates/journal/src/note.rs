//! Signed notes (C2SP signed-note): a text and lines of signatures below it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Most bytes of a note that is read.
pub const LONGEST_NOTE: usize = 64 * 1024;
/// Most signature lines of a note that is read; the specification asks for at least 16.
const MOST_SIGNATURES: usize = 100;

/// Why a note, a key or a checkpoint was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteProblem {
    /// It is not of the form of a signed note.
    #[error("署名付き文書の形式ではありません: {0}")]
    Form(String),
    /// It carries no signature of the key asked for.
    #[error("鍵 {0} の署名がありません")]
    Unsigned(String),
    /// The signature of that key does not fit the text.
    #[error("鍵 {0} の署名が本文と一致しません")]
    Forged(String),
    /// It is of another origin.
    #[error("発行元が {expected} ではなく {found} です")]
    Origin {
        /// Origin that was expected.
        expected: String,
        /// Origin it has.
        found: String,
    },
}

pub(crate) fn form(reason: impl Into<String>) -> NoteProblem {
    NoteProblem::Form(reason.into())
}

/// One signature line: name of the key, its 4-byte identifier, and the signature of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    /// Name of the key.
    pub name: String,
    /// First four bytes of a hash over name, kind and public key.
    pub id: [u8; 4],
    /// The signature.
    pub signature: Vec<u8>,
}

impl SignatureLine {
    /// Read a line, without its newline.
    ///
    /// # Errors
    /// [`NoteProblem::Form`].
    pub fn parse(line: &str) -> Result<Self, NoteProblem> {
        let (name, base64) = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(|| form("署名の行が「— 名前 署名」ではありません"))?;
        if !is_key_name(name) {
            return Err(form("署名の行の鍵の名前が正しくありません"));
        }
        let bytes = STANDARD.decode(base64).map_err(|_| form("署名の行がBase64ではありません"))?;
        match bytes.split_first_chunk::<4>() {
            Some((id, signature)) if !signature.is_empty() => {
                Ok(Self { name: name.into(), id: *id, signature: signature.to_vec() })
            }
            _ => Err(form("署名が短すぎます")),
        }
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "— {} {}", self.name, STANDARD.encode([&self.id[..], &self.signature].concat()))
    }
}

/// Whether a text can be the name of a key: not empty, without white space and plus signs.
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// A note: its text, ending in a newline, and its signatures. Nothing of it may be believed before a signature was
/// verified with a key one knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// The text, with its last newline.
    pub text: String,
    /// The signature lines.
    pub signatures: Vec<SignatureLine>,
}

impl SignedNote {
    /// Read a note.
    ///
    /// # Errors
    /// [`NoteProblem::Form`].
    pub fn parse(note: &str) -> Result<Self, NoteProblem> {
        if note.len() > LONGEST_NOTE {
            return Err(form("長すぎます"));
        }
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(form("制御文字を含みます"));
        }
        let (text, lines) = note.rsplit_once("\n\n").ok_or_else(|| form("本文と署名を分ける空行がありません"))?;
        let lines = lines.strip_suffix('\n').ok_or_else(|| form("最後の行が改行で終わりません"))?;
        let signatures = lines.split('\n').map(SignatureLine::parse).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(form("署名が多すぎます"));
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
