//! Expressions in packs: the Common Expression Language (CEL), which always ends, changes nothing and reads only what
//! it is given.
//!
//! What an expression sees: every field of the record by its name (empty fields are `null`; a field that refers to
//! another record is that record's body with its `id`, one step deep), `state`, `today` (ISO date as text, so dates
//! compare as text), `me` (`account`, `person`, `roles`), and `before` (the body before the change, or `null`).

use std::sync::Arc;

use serde_json::Value;

/// An expression that was found to be well formed.
#[derive(Clone)]
pub struct Expression {
    source: String,
    program: Arc<cel::Program>,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionProblem {
    /// Line within the expression, from 1; 0 when the place is unknown.
    pub line: usize,
    /// Column in characters, from 1; 0 when the place is unknown.
    pub column: usize,
    /// What is wrong, in Japanese, with the mend.
    pub message: String,
}

/// The values an expression sees.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    /// Fields by name, references already opened to objects.
    pub fields: &'a serde_json::Map<String, Value>,
    /// State of the record.
    pub state: &'a str,
    /// Today in Japan, as an ISO date.
    pub today: &'a str,
    /// `account`, `person` and `roles` of whoever acts.
    pub me: &'a Value,
    /// Body before the change; `Null` for a new record.
    pub before: &'a Value,
}

impl Expression {
    /// The text of the expression.
    pub fn source(&self) -> &str {
        &self.source
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}
