//! The catalogue: everything the loaded packs declare, in one immutable value.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Ledger, Terms};

/// An area (業務) of the program, which groups ledgers in the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Identifier, also the first part of page addresses.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// Place in the navigation, smaller first.
    pub order: i64,
}

/// A role (役割) that an account can be granted for an office and a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Identifier.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// What the role is for, in one sentence.
    pub help: String,
    /// For people outside the agency: it counts only for an organisation, and whoever holds it is one of `outsider`
    /// and not of `everyone`.
    pub outside: bool,
}

/// One choice of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Value that is stored.
    pub code: String,
    /// Japanese words that are shown.
    pub label: String,
    /// First day (ISO date) on which it may be chosen; none for always.
    pub from: Option<chrono::NaiveDate>,
    /// Last day on which it may be chosen; an old record keeps showing it.
    pub to: Option<chrono::NaiveDate>,
}

/// A named, ordered set of choices, shared between fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceSet {
    /// Identifier.
    pub name: String,
    /// The choices in the order in which they are shown.
    pub choices: Vec<Choice>,
}

impl ChoiceSet {
    /// Japanese words for a code; the code itself where the set does not know it (an old record of a retired choice).
    pub fn label<'a>(&'a self, code: &'a str) -> &'a str {
        self.choices.iter().find(|choice| choice.code == code).map_or(code, |choice| choice.label.as_str())
    }
}

/// A printable form (帳票) that a pack brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentForm {
    /// Identifier, as used by `daicho document NAME`.
    pub name: String,
    /// Japanese title.
    pub label: String,
    /// Ledger whose records the form prints.
    pub ledger: String,
    /// Typst source of the form.
    pub source: String,
    /// States in which a record may be printed; empty for all.
    pub states: Vec<String>,
    /// Further records that the form prints with each of its own, by the name it calls them.
    pub brings: Vec<(String, Brought)>,
}

/// Which records a form brings along with one of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// Those that a reference field of the record names.
    Named {
        /// The field.
        field: String,
    },
    /// Those of another ledger whose reference field names the record, or the same as the record's field of that name.
    Naming {
        /// The other ledger.
        ledger: String,
        /// Its field.
        field: String,
    },
}

/// A loaded pack: what it is called and what it was loaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackInfo {
    /// Identifier.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// Version as the pack states it.
    pub version: String,
    /// SHA-256 of the pack's sources, in hexadecimal.
    pub digest: String,
}

/// Everything the loaded packs declare. Never changed in place: a new pack makes a new catalogue.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Loaded packs in order of loading.
    pub packs: Vec<PackInfo>,
    /// Areas in order of the navigation.
    pub areas: Vec<Area>,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Choice sets by name.
    pub choices: BTreeMap<String, ChoiceSet>,
    /// Ledgers by name.
    pub ledgers: BTreeMap<String, Arc<Ledger>>,
    /// Document forms by name.
    pub documents: BTreeMap<String, DocumentForm>,
    /// Terms of contracts by name.
    pub terms: BTreeMap<String, Arc<Terms>>,
}

impl Catalogue {
    /// The ledger of that name, if a pack declares it.
    pub fn ledger(&self, name: &str) -> Option<&Arc<Ledger>> {
        self.ledgers.get(name)
    }

    /// One digest over all packs: changes exactly when a definition changes.
    pub fn digest(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hasher = Sha256::new();
        for pack in &self.packs {
            hasher.update(pack.name.as_bytes());
            hasher.update([0]);
            hasher.update(pack.digest.as_bytes());
            hasher.update([0]);
        }
        hex::encode(hasher.finalize())
    }
}
