//! Verification (検証): finds everything that was changed behind Daicho's back, and says where.
//!
//! Owns the comparison of a whole database with its journal: the journal against its seal, every record and version
//! derived from the entries, every other row against the stamp that its change left in the journal, drafts against their
//! guards, the definition of the database against what Daicho made. It leaves SQL to `store::inspect`, the tree to
//! `journal`, and words for people to `daicho`. No key of a person is needed: locked values are compared locked.
//!
//! What is found and what cannot be is told in docs/verification.md.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod exact;
mod finding;
mod fold;
mod hash;
mod indexes;
mod run;
mod scan;
mod seal;

pub use finding::{Change, Finding, MOST, Report, Sealed};
pub use run::{Options, database, file, unreadable};
