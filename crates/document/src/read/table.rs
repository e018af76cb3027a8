//! The table that comes out of a file, whatever kind of file it was.

use super::Encoding;

/// What kind of file a table was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML workbook.
    Xlsx,
    /// Comma-separated (or semicolon-separated) text.
    Csv,
    /// Tab-separated text.
    Tsv,
}

/// A table with its heading found. Every row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Kind of file.
    pub format: Format,
    /// Name of the sheet read; empty for text files.
    pub sheet: String,
    /// Names of all visible sheets of the workbook; empty for text files.
    pub sheets: Vec<String>,
    /// Character set of a text file, `None` for a workbook.
    pub encoding: Option<Encoding>,
    /// Number of the (first) heading row as the user sees it, counted from 1.
    pub header_row: u32,
    /// Columns that have a heading or any content.
    pub columns: Vec<Column>,
    /// Rows below the heading that have any content.
    pub rows: Vec<Row>,
    /// What the sender should know although the file could be read, such as 外字.
    pub notes: Vec<Note>,
}

impl Table {
    /// Position of the column with this label, compared as [`ReadOptions::wanted`](super::ReadOptions::wanted) is.
    pub fn column(&self, label: &str) -> Option<usize> {
        let key = super::header::key(label);
        self.columns.iter().position(|column| super::header::key(&column.label) == key)
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The wanted label that this heading stands for, else the heading as written in one line. Empty when the column
    /// has content but no heading.
    pub label: String,
    /// The heading as written, lines joined by a space.
    pub written: String,
    /// Column letter as the spreadsheet shows it (`A`, `AB`).
    pub letter: String,
    /// Column counted from 0 at the left edge of the sheet.
    pub index: u16,
}

/// One row of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Row number as the spreadsheet shows it, counted from 1; for CSV the number the row has when opened in one.
    pub number: u32,
    /// One cell per column of the table.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Content as displayed: text unchanged, dates as `2026-03-14`, date-times as `2026-03-14T09:30:00`, numbers
    /// without grouping and with the leading zeros of their format. Empty for a blank cell.
    pub text: String,
    /// Row counted from 1.
    pub row: u32,
    /// Column counted from 0.
    pub column: u16,
}

impl Cell {
    /// Address as the spreadsheet shows it, such as `C12`.
    pub fn address(&self) -> String {
        address(self.row, self.column)
    }

    /// True when there is nothing but spaces.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Something the sender should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Address of the cell.
    pub address: String,
    /// Japanese sentence.
    pub message: String,
}

/// Column letter for a column counted from 0: 0 is `A`, 26 is `AA`.
pub fn letter(column: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(column) + 1;
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from(b'A' + digit as u8));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Address of a cell: row counted from 1, column from 0.
pub fn address(row: u32, column: u16) -> String {
    format!("{}{row}", letter(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_follow_the_spreadsheet() {
        for (column, expected) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letter(column), expected);
        }
        assert_eq!(address(12, 2), "C12");
    }
}
