//! Packs (業務パック): what an agency decides, written in TOML, read into a [`Catalogue`] or refused with every mistake
//! named by file, line and mend.
//!
//! A pack is a folder: `pack.toml` (name, areas, roles, shared choices), one file a ledger, `terms.toml` where it brings
//! the terms of a contract, and Typst forms under `forms/`. The language is described in `docs/pack-language.md`. This module owns reading, checking and comparing
//! packs; what a definition means when a record is written belongs to the write path.
//!
//! ```
//! use ledger::pack::{PackSource, load};
//! let source = PackSource {
//!     name: "library".into(),
//!     files: vec![
//!         ("pack.toml".into(), "label = '図書'\nversion = '1'\n[area.library]\nlabel = '図書'".into()),
//!         (
//!             "book.toml".into(),
//!             r#"
//!             [ledger]
//!             label = "図書台帳"
//!             area = "library"
//!             [field]
//!             name = { label = "書名", kind = "text", required = true }
//!             [[access]]
//!             role = "everyone"
//!             read = "*"
//!             write = "*"
//!             can = ["create"]
//!             "#
//!             .into(),
//!         ),
//!     ],
//! };
//! let catalogue = load(&[source]).expect("no mistakes");
//! assert_eq!(catalogue.ledger("book").map(|book| book.label.as_str()), Some("図書台帳"));
//! ```
//!
//! [`Catalogue`]: crate::definition::Catalogue

mod check;
mod diff;
mod folder;
mod near;
mod problem;
mod read;
mod toml_text;

pub use diff::{Change, DiffRow, Touches, diff, print_diff};
pub use folder::{read_folder, read_folders};
pub use near::nearest;
pub use problem::PackProblem;

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::definition::Catalogue;

/// The sources of one pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSource {
    /// Name of the pack: the name of its folder.
    pub name: String,
    /// Paths within the folder (with `/`) and texts.
    pub files: Vec<(String, String)>,
}

impl PackSource {
    /// SHA-256 over the names and texts of the files, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut files: Vec<&(String, String)> = self.files.iter().collect();
        files.sort();
        let mut hasher = Sha256::new();
        for (path, text) in files {
            hasher.update(path.len().to_be_bytes());
            hasher.update(path.as_bytes());
            hasher.update(text.len().to_be_bytes());
            hasher.update(text.as_bytes());
        }
        hex::encode(hasher.finalize())
    }
}

/// Read packs into one catalogue. A later pack may refer to ledgers, roles and choices of an earlier one and the other
/// way round; the order decides only the order of the navigation among areas of equal place.
///
/// # Errors
/// All mistakes of all files, in order of file and line.
pub fn load(sources: &[PackSource]) -> Result<Catalogue, Vec<PackProblem>> {
    let mut draft = read::Draft::default();
    for source in sources {
        draft.read_pack(source);
    }
    check::check(&mut draft);
    let read::Draft { packs, mut areas, roles, choices, ledgers, documents, terms, problems, .. } = draft;
    let mut problems = problems.into_inner();
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        return Err(problems);
    }
    areas.sort_by_key(|area| area.order);
    Ok(Catalogue {
        packs,
        areas,
        roles,
        choices,
        ledgers: ledgers.into_iter().map(|(name, draft)| (name, Arc::new(draft.ledger))).collect::<BTreeMap<_, _>>(),
        documents,
        terms: terms.into_iter().map(|(name, draft)| (name, Arc::new(draft.terms))).collect(),
    })
}

#[cfg(test)]
mod tests;
