//! How a ledger is shown: list columns, filters, groupings, saved views, form sections.

use serde_json::Value;

/// One column of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Field name, or `state`, `recorded_at`, `created_at`.
    pub field: String,
    /// Shown unless the person chose otherwise.
    pub shown: bool,
}

/// One column of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortColumn {
    /// Field name, or `state`, `recorded_at`, `created_at`.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// A view that the pack brings: a tab above the list.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedView {
    /// Identifier, used in the address.
    pub name: String,
    /// Japanese label of the tab.
    pub label: String,
    /// Conditions: field (or `state`) and values, of which one must hold. The value `"@me"` is my own person.
    pub conditions: Vec<(String, Vec<Value>)>,
}

/// A section of form and detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSection {
    /// Japanese heading.
    pub label: String,
    /// One sentence below the heading.
    pub help: String,
    /// Fields in order.
    pub fields: Vec<String>,
}

/// All ways in which a ledger is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Views {
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Fields offered as filters.
    pub filters: Vec<String>,
    /// Fields offered for counting by group.
    pub groups: Vec<String>,
    /// Order of the list at first.
    pub sort: Vec<SortColumn>,
    /// Tabs above the list.
    pub saved: Vec<SavedView>,
    /// Sections of form and detail; fields named nowhere come in a last section.
    pub sections: Vec<FormSection>,
}
