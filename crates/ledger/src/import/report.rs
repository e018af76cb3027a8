//! What an import did, or would do, and what is wrong with the file.

use serde::Serialize;

/// One bad cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellProblem {
    /// Row number in the file; 0 for the heading row or the file as a whole.
    pub row: usize,
    /// Address such as `C12`; empty where the row has no such cell.
    pub address: String,
    /// Heading of the column.
    pub column: String,
    /// Text of the cell.
    pub text: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// The outcome. Where there are problems, nothing was stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Rows read.
    pub rows: usize,
    /// Records added.
    pub created: usize,
    /// Records changed.
    pub amended: usize,
    /// Records that were already as the file says.
    pub unchanged: usize,
    /// Headings that match no field and were passed over.
    pub ignored: Vec<String>,
    /// Bad cells, in the order of the file.
    pub problems: Vec<CellProblem>,
}

impl ImportReport {
    /// Whether everything in the file is right.
    pub fn clean(&self) -> bool {
        self.problems.is_empty()
    }
}
