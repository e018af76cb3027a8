//! Access rules: role × scope × states × field classes × actions. Everything not granted is denied.

use std::collections::BTreeSet;

use serde_json::Value;

/// Which records of the ledger a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every record.
    All,
    /// Records whose organisation field lies in the subtree of the office for which the role was granted. In the ledger of
    /// organisations `id` is the organisation itself.
    Office {
        /// Field of kind organisation.
        field: String,
    },
    /// Records in which the person stands in one of these person fields (one person or several).
    Person {
        /// Fields that refer to the ledger `person`.
        fields: Vec<String>,
    },
    /// The record that is the person, in the ledger `person` itself.
    Myself,
}

/// A set of field classes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassSet {
    /// Every class of the ledger (`"*"` in a pack).
    pub all: bool,
    /// Named classes.
    pub names: BTreeSet<String>,
}

impl ClassSet {
    /// Whether the class is in the set.
    pub fn contains(&self, class: &str) -> bool {
        self.all || self.names.contains(class)
    }

    /// Whether no class is in the set.
    pub fn is_empty(&self) -> bool {
        !self.all && self.names.is_empty()
    }
}

/// One rule. What rules grant adds up; no rule takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRule {
    /// Role that gets the right; `everyone` is every signed-in account.
    pub role: String,
    /// Records the rule speaks of.
    pub scope: Scope,
    /// States in which it holds; empty for all.
    pub states: Vec<String>,
    /// Further conditions: the field has one of the values.
    pub conditions: Vec<(String, Vec<Value>)>,
    /// Person fields: the rule does not speak of records in which the acting person stands in one of them, so that an
    /// officer gains nothing over a record about themselves.
    pub except: Vec<String>,
    /// Classes of fields that may be read.
    pub read: ClassSet,
    /// Classes of fields that may be written (in a new record and in an amendment).
    pub write: ClassSet,
    /// A new record may be made.
    pub create: bool,
    /// Records may be exported.
    pub export: bool,
    /// Records may be imported.
    pub import: bool,
    /// The history may be read (only of classes that could be read at the time).
    pub history: bool,
    /// Transitions that may be taken.
    pub transitions: BTreeSet<String>,
    /// Documents that may be printed; `*` stands for all.
    pub documents: BTreeSet<String>,
}
