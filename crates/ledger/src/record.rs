//! A record (記録) as it is stored and passed around.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The field values of a record, by field name, in the forms [`crate::definition::Kind`] describes. A field without a
/// value is absent; `null` is never stored.
pub type Body = Map<String, Value>;

/// Who did an act on a record last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Account that acted.
    pub account: String,
    /// Person behind the account.
    pub person: Option<String>,
    /// Instant of the act.
    pub at: DateTime<Utc>,
}

/// One record at one revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Ledger it belongs to.
    pub ledger: String,
    /// Identifier: a ULID, sortable by time of creation.
    pub id: String,
    /// Rises by one with every change, from 1.
    pub revision: i64,
    /// State in the ledger's workflow.
    pub state: String,
    /// Field values.
    pub body: Body,
    /// Last actor by act (`create`, `amend` or the name of a transition). Four-eyes is decided by it.
    pub acts: BTreeMap<String, Act>,
    /// Instant of creation.
    pub created_at: DateTime<Utc>,
    /// Instant of this revision.
    pub recorded_at: DateTime<Utc>,
}

impl Record {
    /// Value of a field; `Null` when it has none.
    pub fn value(&self, field: &str) -> &Value {
        self.body.get(field).unwrap_or(&Value::Null)
    }

    /// Text of a field that holds a string.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.value(field).as_str()
    }

    /// Identifiers in a reference field, one or many.
    pub fn references<'a>(&'a self, field: &str) -> Vec<&'a str> {
        match self.value(field) {
            Value::String(id) => vec![id.as_str()],
            Value::Array(ids) => ids.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}
