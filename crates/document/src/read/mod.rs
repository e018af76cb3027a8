//! Reading a table out of a file that a person hands in.
//!
//! A file is read as its sender sees it: the heading row is found below title rows, a heading in two lines is joined,
//! leading zeros and dates stay as displayed, and every cell keeps its address so that a mistake can be named. Text is
//! otherwise left as written (full-width digits, variant characters); folding is the caller's decision.
//!
//! Bytes are never trusted: sizes are bounded by [`Limits`], and no input makes [`read_table`] panic.

mod archive;
mod delimited;
mod encoding;
mod header;
mod number;
mod problem;
mod table;
mod xlsx;

pub use encoding::Encoding;
pub use problem::{Amount, CellFault, ReadProblem};
pub use table::{Cell, Column, Format, Note, Row, Table, address, letter};

/// What to look for in a file, and how much of it to accept.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// The sheet to read. `None`: the visible sheet whose heading row fits best, the first of equals.
    pub sheet: Option<String>,
    /// Column labels the caller knows, in any order; the heading row is the row that carries most of them. With none,
    /// the first row that is as wide as the table is taken as the heading.
    pub wanted: Vec<String>,
    /// Upper bounds.
    pub limits: Limits,
}

impl ReadOptions {
    /// Options that look for these column labels, with the default limits.
    pub fn wanting<I, S>(labels: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        ReadOptions { wanted: labels.into_iter().map(Into::into).collect(), ..ReadOptions::default() }
    }
}

/// Upper bounds on what one file may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file itself.
    pub bytes: u64,
    /// Rows that carry anything, heading and titles included.
    pub rows: u32,
    /// Columns from the left edge of the sheet.
    pub columns: u16,
    /// Cells of the table, blank ones within it included: they are what takes memory.
    pub cells: u64,
    /// Characters in one cell; 32,767 is what a spreadsheet cell holds.
    pub cell_chars: usize,
    /// Bytes of all texts of the sheet that is read: one shared string may be referred to by a million cells.
    pub text_bytes: u64,
    /// Bytes that a workbook may unpack to.
    pub inflated_bytes: u64,
    /// Unpacked bytes per packed byte, looked at once more than 64 MiB have been unpacked.
    pub inflation_ratio: u64,
    /// Files inside a workbook.
    pub parts: usize,
    /// Rows from the top in which the heading is looked for.
    pub header_search_rows: usize,
}

impl Default for Limits {
    /// 50 MB, 200,000 rows, 500 columns, 5 million cells, 32,767 characters a cell, 400 MB of text, unpacked to 1 GB at most.
    fn default() -> Self {
        Limits {
            bytes: 50_000_000,
            rows: 200_000,
            columns: 500,
            cells: 5_000_000,
            cell_chars: 32_767,
            text_bytes: 400_000_000,
            inflated_bytes: 1_000_000_000,
            inflation_ratio: 300,
            parts: 5_000,
            header_search_rows: 50,
        }
    }
}

/// Reads the table of an XLSX, CSV or TSV file.
///
/// The kind is told by the content; `file_name` only settles whether plain text is separated by tabs, and appears in
/// messages. CSV text is UTF-8 (with or without BOM), UTF-16 with BOM, or CP932.
///
/// # Errors
/// [`ReadProblem`], whose text is a Japanese sentence for the sender of the file that names the place and the mend.
pub fn read_table(bytes: &[u8], file_name: &str, options: &ReadOptions) -> Result<Table, ReadProblem> {
    let limits = &options.limits;
    if bytes.len() as u64 > limits.bytes {
        return Err(ReadProblem::TooLarge {
            what: Amount::FileBytes,
            found: Some(bytes.len() as u64),
            limit: limits.bytes,
            place: None,
        });
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadProblem::Empty);
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => xlsx::read(bytes, options),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(ReadProblem::OldOrLockedWorkbook),
        [b'%', b'P', b'D', b'F', ..] => Err(ReadProblem::WrongKind { kind: "PDF" }),
        [b'{', b'\\', b'r', b't', b'f', ..] => Err(ReadProblem::WrongKind { kind: "リッチテキスト" }),
        _ => delimited::read(bytes, file_name, options),
    }
}
