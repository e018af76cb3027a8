//! Importing a table of rows into a ledger: all or nothing, with every bad cell named.
//!
//! The table itself is read by `document`; this module maps its columns to fields, its keys to records, and sends each
//! row through the one write path. In reading order: [`Incoming`] is what comes in, [`columns`] finds the fields,
//! `keys` the records, [`Kernel::import`] stores, [`ImportReport`] tells.

pub mod columns;
mod keys;
mod report;
mod run;

pub use report::{CellProblem, ImportReport};
pub use run::ImportOptions;

/// A table as it was read from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Headings in order.
    pub headings: Vec<String>,
    /// Rows in order.
    pub lines: Vec<Line>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Row number as the person sees it in the file.
    pub number: usize,
    /// Cells in the order of the headings; missing ones at the end count as empty.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Text.
    pub text: String,
    /// Address as the person sees it, such as `C12`.
    pub address: String,
}
