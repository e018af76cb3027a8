//! A mistake in a pack.

use serde::Serialize;

/// A mistake in a pack, with its place and the mend, in Japanese.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PackProblem {
    /// Pack and path of the file: `core/person.toml`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub mend: String,
}

impl std::fmt::Display for PackProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}: {} {}", self.file, self.line, self.column, self.message, self.mend)
    }
}
