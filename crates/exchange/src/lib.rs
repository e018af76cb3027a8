//! Files in and out of ledgers: a table becomes an import, a list becomes a workbook or CSV, a record becomes a paper.
//!
//! This crate joins `document`, which knows files, and `ledger`, which knows records. It decides nothing about access:
//! what goes out was read through [`ledger::read`], what comes in goes through the one write path.

mod corrected;
mod export;
mod incoming;
mod paper;
mod pseudonym;

pub use corrected::corrected_workbook;
pub use export::{ExportFormat, ExportProblem, Exported, Pseudonymising, export, export_pseudonymised};
pub use incoming::{FileProblem, ImportEnd, ImportPlan, Read, import, read};
pub use paper::{OwnData, Paper, PaperProblem, paper_data, printed, typeset};
pub use pseudonym::Pseudonyms;
