//! What somebody wants to change.

use crate::record::Body;

/// One change of one record, as it was asked for. Values may be in any form a person or file gives them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Ledger.
    pub ledger: String,
    /// Record; none for a new one.
    pub record: Option<String>,
    /// Revision that the person saw. A change of another revision is a conflict. None skips the check, which only
    /// engines and imports may do.
    pub expected: Option<i64>,
    /// Fields to set; `null` or an empty text clears one. Fields not named stay as they are.
    pub values: Body,
    /// Transition to take.
    pub transition: Option<String>,
    /// Reason or comment.
    pub reason: Option<String>,
    /// Identifier of the bulk act this is part of.
    pub batch: Option<String>,
}

impl Change {
    /// A new record.
    pub fn create(ledger: &str, values: Body) -> Self {
        Self { ledger: ledger.into(), values, ..Self::default() }
    }

    /// New values for a record at the revision that was seen.
    pub fn amend(ledger: &str, record: &str, seen: i64, values: Body) -> Self {
        Self { ledger: ledger.into(), record: Some(record.into()), expected: Some(seen), values, ..Self::default() }
    }

    /// A transition of a record at the revision that was seen.
    pub fn transition(ledger: &str, record: &str, seen: i64, transition: &str) -> Self {
        Self { transition: Some(transition.into()), ..Self::amend(ledger, record, seen, Body::new()) }
    }

    /// The same with values.
    pub fn with(mut self, values: Body) -> Self {
        self.values = values;
        self
    }

    /// The same with a reason.
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The same as part of a bulk act.
    pub fn in_batch(mut self, batch: &str) -> Self {
        self.batch = Some(batch.into());
        self
    }
}
