//! A file on its way into a ledger.

use document::read::{ReadOptions, ReadProblem, read_table};
use ledger::definition::Ledger;
use ledger::import::{Cell, ImportOptions, ImportReport, Incoming, Line, columns};
use ledger::port::{StoreError, Writer};
use ledger::{Kernel, Principal, Refusal};

/// A file that was read, before anything is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The table.
    pub incoming: Incoming,
    /// What was recognised, in one Japanese sentence: sheet, rows, columns, encoding.
    pub recognised: String,
    /// What the sender should know although the file could be read.
    pub notes: Vec<String>,
}

/// A file that cannot be read at all.
pub type FileProblem = ReadProblem;

/// Read a file as a table for this ledger.
pub fn read(ledger: &Ledger, bytes: &[u8], file_name: &str) -> Result<Read, FileProblem> {
    let wanted = ledger.current_fields().flat_map(columns::headings);
    let table = read_table(bytes, file_name, &ReadOptions::wanting(wanted))?;
    let place = match (&table.encoding, table.sheet.as_str()) {
        (Some(encoding), _) => format!("{encoding}のテキスト"),
        (None, sheet) => format!("シート「{sheet}」"),
    };
    let recognised =
        format!("{place}、{}列、{}行(見出しは{}行目)", table.columns.len(), table.rows.len(), table.header_row);
    let incoming = Incoming {
        headings: table.columns.iter().map(|column| column.label.clone()).collect(),
        lines: table
            .rows
            .iter()
            .map(|row| Line {
                number: row.number as usize,
                cells: row.cells.iter().map(|cell| Cell { text: cell.text.clone(), address: cell.address() }).collect(),
            })
            .collect(),
    };
    let notes = table.notes.iter().map(|note| format!("{}: {}", note.address, note.message)).collect();
    Ok(Read { incoming, recognised, notes })
}

/// What is to be done with a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportPlan {
    /// Ledger.
    pub ledger: String,
    /// Headings that a person assigned to fields: heading and field name.
    pub chosen: Vec<(String, String)>,
    /// Characters outside CP932 are taken as they are.
    pub accept_characters: bool,
    /// Only see what would happen.
    pub dry_run: bool,
}

/// How an import ends without anything being stored.
#[derive(Debug)]
pub enum ImportEnd {
    /// There are bad cells.
    Refused(ImportReport),
    /// It was a dry run; the report says what would happen.
    Dry(ImportReport),
    /// It was not done at all.
    Refusal(Refusal),
}

impl From<StoreError> for ImportEnd {
    fn from(error: StoreError) -> Self {
        ImportEnd::Refusal(Refusal::Store(error))
    }
}

impl From<Refusal> for ImportEnd {
    fn from(refusal: Refusal) -> Self {
        ImportEnd::Refusal(refusal)
    }
}

/// Import a table within a transaction. `Err` undoes everything, as [`ImportEnd`] says.
pub fn import(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    incoming: &Incoming,
    plan: &ImportPlan,
    progress: &dyn Fn(usize, usize) -> bool,
) -> Result<ImportReport, ImportEnd> {
    let accept = plan.accept_characters;
    let outside = move |text: &str| -> Vec<String> {
        if accept {
            return Vec::new();
        }
        document::cp932::check(text).into_iter().map(|missing| missing.character).collect()
    };
    let options =
        ImportOptions { batch: kernel.new_id(), chosen: plan.chosen.clone(), outside_cp932: &outside, progress };
    let report = kernel.import(tx, who, &plan.ledger, incoming, &options)?;
    if !report.clean() {
        return Err(ImportEnd::Refused(report));
    }
    if plan.dry_run {
        return Err(ImportEnd::Dry(report));
    }
    Ok(report)
}
