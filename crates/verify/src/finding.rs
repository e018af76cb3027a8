//! What verification finds, as facts; words and labels are put to them where they are shown.

use serde::Serialize;

/// Something that is not as the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Finding {
    /// What happened to it.
    pub change: Change,
    /// Table, or `journal`, `schema`, `file`, `seal`.
    pub table: String,
    /// The row: for records `ledger/id`, else the values of its key.
    pub row: String,
    /// Ledger, where a record or an entry is concerned.
    pub ledger: Option<String>,
    /// Record.
    pub record: Option<String>,
    /// Revision of the record.
    pub revision: Option<i64>,
    /// Field, or a column such as `state` or `acts.submit`.
    pub field: Option<String>,
    /// Value the journal tells, as JSON text. Locked values are shown locked.
    pub expected: Option<String>,
    /// Value in the row, as JSON text.
    pub found: Option<String>,
    /// Sequence of the entry by which the row got its value.
    pub sequence: Option<i64>,
    /// Instant of that entry.
    pub at: Option<String>,
    /// The seal over that entry; none while it is not sealed.
    pub sealed: Option<Sealed>,
    /// What is wrong, in Japanese.
    pub reason: String,
}

/// How a row or entry differs from the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Has another content.
    #[default]
    Altered,
    /// Is no longer there.
    Missing,
    /// Was put there by somebody else.
    Added,
}

/// The first checkpoint that covers an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// Position of the entry in the tree.
    pub position: u64,
    /// Size of the tree of the checkpoint.
    pub size: u64,
    /// Instant of sealing.
    pub at: String,
}

/// Findings that are collected at most; more are only counted.
pub const MOST: usize = 1_000;

/// What was verified and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Report {
    /// Entries read.
    pub entries: u64,
    /// Entries that a checkpoint covers.
    pub sealed: u64,
    /// Entries whose bodies were disposed of; the unlawful ones are findings.
    pub disposed: u64,
    /// Current records compared.
    pub records: u64,
    /// Versions compared.
    pub versions: u64,
    /// Rows of other tables compared.
    pub rows: u64,
    /// What could not be checked, and why, in Japanese.
    pub unchecked: Vec<String>,
    /// Number of findings, those included that are left out of the list.
    pub found: u64,
    /// The findings, at most [`MOST`].
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing was found.
    pub fn intact(&self) -> bool {
        self.found == 0
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < MOST {
            self.findings.push(finding);
        }
    }
}
