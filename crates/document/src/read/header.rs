//! Finding the heading of a table and cutting the table out of the grid below it.
//!
//! Tables of agencies begin with title rows, and headings often take two lines with merged cells (氏名 over 漢字 and
//! カナ). The heading is the row, or pair of rows, that carries most of the wanted labels.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use calamine::CellErrorType;
use unicode_normalization::UnicodeNormalization;

use super::{
    Amount, Cell, CellFault, Column, Encoding, Format, Limits, Note, ReadOptions, ReadProblem, Row, Table, address,
    letter,
};

/// Cells as they lie in the file, blank ones left out.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub rows: Vec<GridRow>,
    pub merges: Vec<Merge>,
    /// Cells that cannot be taken: row from 1, column from 0, reason.
    pub faults: Vec<(u32, u16, Fault)>,
    sorted_until: (u32, u16),
    unsorted: bool,
    text_bytes: u64,
    cells: u64,
}

/// Why a cell cannot be taken; kept small, for a file may hold millions of them.
#[derive(Debug)]
pub(super) enum Fault {
    /// The cell shows an error such as `#N/A`.
    Error(CellErrorType),
    /// A control character.
    Control(char),
    /// A formula without a stored result.
    NoResult,
}

impl Fault {
    fn message(&self) -> String {
        match self {
            Fault::Error(error) => format!("{error} というエラーになっています。値を入力し直してください。"),
            Fault::Control(c) => {
                format!("目に見えない文字（U+{:04X}）が含まれています。入力し直してください。", u32::from(*c))
            }
            Fault::NoResult => "計算式の結果が保存されていません。Excel で開いて保存し直してください。".to_owned(),
        }
    }
}

#[derive(Debug)]
pub(super) struct GridRow {
    /// Counted from 1.
    pub number: u32,
    /// Column counted from 0, text.
    pub cells: Vec<(u16, String)>,
}

impl GridRow {
    fn text(&self, column: u16) -> Option<&str> {
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(at).map(|(_, text)| text.as_str())
    }
}

/// A merged range; rows from 1, columns from 0, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge {
    pub rows: (u32, u32),
    pub columns: (u16, u16),
}

/// Where a grid came from.
pub(super) struct Source {
    pub format: Format,
    pub sheet: String,
    pub sheets: Vec<String>,
    pub encoding: Option<Encoding>,
}

impl Grid {
    /// Adds a cell that is not blank, within the limits.
    pub fn push(&mut self, row: u32, column: u16, text: String, limits: &Limits) -> Result<(), ReadProblem> {
        let over =
            |what, found, limit: u64| ReadProblem::TooLarge { what, found, limit, place: Some(address(row, column)) };
        if column >= limits.columns {
            return Err(over(Amount::Columns, None, limits.columns.into()));
        }
        if text.len() > limits.cell_chars {
            let chars = text.chars().count();
            if chars > limits.cell_chars {
                return Err(over(Amount::CellChars, Some(chars as u64), limits.cell_chars as u64));
            }
        }
        self.cells += 1;
        if self.cells > limits.cells {
            return Err(over(Amount::Cells, None, limits.cells));
        }
        self.text_bytes += text.len() as u64;
        if self.text_bytes > limits.text_bytes {
            return Err(over(Amount::TextBytes, None, limits.text_bytes));
        }
        self.unsorted |= (row, column) < self.sorted_until;
        self.sorted_until = (row, column);
        match self.rows.last_mut() {
            Some(last) if last.number == row => last.cells.push((column, text)),
            _ => {
                if self.rows.len() as u64 >= u64::from(limits.rows) {
                    return Err(over(Amount::Rows, None, limits.rows.into()));
                }
                self.rows.push(GridRow { number: row, cells: vec![(column, text)] });
            }
        }
        Ok(())
    }

    /// Brings rows and cells into order should a file hold them out of order; of two cells at one address the later
    /// one counts, as in a spreadsheet.
    pub fn sort(&mut self) {
        if !self.unsorted {
            return;
        }
        let mut rows: BTreeMap<u32, BTreeMap<u16, String>> = BTreeMap::new();
        for row in std::mem::take(&mut self.rows) {
            rows.entry(row.number).or_default().extend(row.cells);
        }
        self.rows =
            rows.into_iter().map(|(number, cells)| GridRow { number, cells: cells.into_iter().collect() }).collect();
        self.unsorted = false;
    }
}

/// The form in which labels are compared: width and case folded, spaces and line breaks gone, marks such as （必須）
/// and ※ removed.
pub(super) fn key(label: &str) -> String {
    let folded: String = label.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let marks = ["(必須)", "(任意)", "[必須]", "[任意]", "【必須】", "【任意】", "※", "*", "＊"];
    let mut rest = folded.as_str();
    while let Some(shorter) = marks.iter().find_map(|mark| rest.strip_prefix(mark).or_else(|| rest.strip_suffix(mark)))
    {
        rest = shorter;
    }
    rest.to_owned()
}

/// One possible heading.
struct Heading {
    /// Index of the first heading row in the grid.
    start: usize,
    /// Number of grid rows it takes (1 or 2).
    depth: usize,
    /// Distinct wanted labels it carries.
    score: usize,
    /// Per column: wanted label or written text, and the written text.
    labels: BTreeMap<u16, (String, String)>,
}

/// How many wanted labels the best heading of this grid carries; without wanted labels 1 when there is any content.
pub(super) fn score(grid: &Grid, options: &ReadOptions) -> usize {
    best(grid, options).map_or(0, |heading| if options.wanted.is_empty() { 1 } else { heading.score })
}

/// Cuts the table out of a grid.
pub(super) fn build(mut grid: Grid, source: Source, options: &ReadOptions) -> Result<Table, ReadProblem> {
    grid.sort();
    if grid.rows.is_empty() {
        return Err(ReadProblem::Empty);
    }
    let heading = best(&grid, options).filter(|heading| options.wanted.is_empty() || heading.score > 0);
    let Some(heading) = heading else {
        return Err(ReadProblem::NoHeader { sheet: source.sheet, wanted: options.wanted.clone() });
    };
    let wanted: BTreeSet<&str> = options.wanted.iter().map(String::as_str).collect();
    refuse_duplicates(&heading, &wanted)?;

    let header_row = grid.rows.get(heading.start).map_or(1, |row| row.number);
    let last_header = last_header_row(&grid, &heading);
    let body: Vec<GridRow> = grid.rows.into_iter().filter(|row| row.number > last_header).collect();
    let used: BTreeSet<u16> = body
        .iter()
        .flat_map(|row| row.cells.iter().map(|(column, _)| *column))
        .chain(heading.labels.keys().copied())
        .collect();
    let columns: Vec<Column> = used
        .iter()
        .map(|&index| {
            let (label, written) = heading.labels.get(&index).cloned().unwrap_or_default();
            Column { label, written, letter: letter(index), index }
        })
        .collect();

    let cells = body.len() as u64 * columns.len() as u64;
    if cells > options.limits.cells {
        let (what, limit) = (Amount::Cells, options.limits.cells);
        return Err(ReadProblem::TooLarge { what, found: Some(cells), limit, place: None });
    }

    // Mistakes in columns that the caller does not know would block a file for nothing.
    let counts = |column: u16| {
        wanted.is_empty() || heading.labels.get(&column).is_some_and(|(label, _)| wanted.contains(label.as_str()))
    };
    let mut faults: Vec<(u32, u16, CellFault)> = Vec::new();
    for (row, column, fault) in grid.faults {
        if row > last_header && counts(column) && faults.len() < 1_000 {
            faults.push((row, column, CellFault { address: address(row, column), message: fault.message() }));
        }
    }
    let last_row = body.last().map_or(0, |row| row.number);
    for merge in &grid.merges {
        let (top, bottom) = merge.rows;
        let touched = used.range(merge.columns.0..=merge.columns.1).any(|column| counts(*column));
        if top > last_header && bottom > top && top <= last_row && touched && faults.len() < 1_000 {
            let range = format!("{}:{}", address(top, merge.columns.0), address(bottom, merge.columns.1));
            let message = "行をまたいでセルが結合されています。結合を解除し、各行に値を入力してください。".to_owned();
            faults.push((top, merge.columns.0, CellFault { address: range, message }));
        }
    }
    if !faults.is_empty() {
        faults.sort_by_key(|(row, column, _)| (*row, *column));
        return Err(ReadProblem::Cells(faults.into_iter().map(|(_, _, fault)| fault).take(1_000).collect()));
    }

    let mut notes = Vec::new();
    let rows: Vec<Row> = body
        .into_iter()
        .map(|row| {
            let number = row.number;
            let mut texts = row.cells.into_iter().peekable();
            let cells = columns
                .iter()
                .map(|column| {
                    let text = texts.next_if(|(at, _)| *at == column.index).map(|(_, text)| text).unwrap_or_default();
                    Cell { text, row: number, column: column.index }
                })
                .collect();
            Row { number, cells }
        })
        .collect();
    for cell in rows.iter().flat_map(|row| &row.cells) {
        if notes.len() < 1_000 && !cell.text.is_ascii() {
            note_private_use(cell, &mut notes);
        }
    }
    Ok(Table {
        format: source.format,
        sheet: source.sheet,
        sheets: source.sheets,
        encoding: source.encoding,
        header_row,
        columns,
        rows,
        notes,
    })
}

fn note_private_use(cell: &Cell, notes: &mut Vec<Note>) {
    let found = crate::names::private_use(&cell.text);
    if !found.is_empty() {
        let codes: Vec<String> = found.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect();
        notes.push(Note {
            address: cell.address(),
            message: format!("外字（{}）が含まれています。正しい文字に置き換えてください。", codes.join("、")),
        });
    }
}

fn refuse_duplicates(heading: &Heading, wanted: &BTreeSet<&str>) -> Result<(), ReadProblem> {
    let mut seen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (column, (label, _)) in &heading.labels {
        if wanted.contains(label.as_str()) {
            seen.entry(label).or_default().push(letter(*column));
        }
    }
    match seen.into_iter().find(|(_, letters)| letters.len() > 1) {
        Some((label, letters)) => Err(ReadProblem::DuplicateColumn { label: label.to_owned(), letters }),
        None => Ok(()),
    }
}

/// Number of the last row that belongs to the heading: cells merged downwards belong to it as well.
fn last_header_row(grid: &Grid, heading: &Heading) -> u32 {
    let rows = grid.rows.iter().skip(heading.start).take(heading.depth);
    let (first, last) = rows.fold((u32::MAX, 0), |(first, last), row| (first.min(row.number), last.max(row.number)));
    grid.merges
        .iter()
        .filter(|merge| merge.rows.0 >= first && merge.rows.0 <= last && merge.rows.1 <= last.saturating_add(2))
        .map(|merge| merge.rows.1)
        .fold(last, u32::max)
}

/// The best heading: most labels, then one line rather than two, then the upper one.
fn best(grid: &Grid, options: &ReadOptions) -> Option<Heading> {
    let top = grid.rows.len().min(options.limits.header_search_rows);
    if options.wanted.is_empty() {
        let widest = grid.rows.iter().take(top).map(|row| row.cells.len()).max()?;
        let start = grid.rows.iter().take(top).position(|row| row.cells.len() * 2 >= widest)?;
        return single(grid, start, &HashMap::new());
    }
    let wanted: HashMap<String, &str> = options.wanted.iter().map(|label| (key(label), label.as_str())).collect();
    let singles = (0..top).filter_map(|start| single(grid, start, &wanted));
    let doubles = (0..top).filter_map(|start| double(grid, start, &wanted));
    let mut best: Option<Heading> = None;
    for heading in singles.chain(doubles) {
        if best.as_ref().is_none_or(|best| heading.score > best.score) {
            best = Some(heading);
        }
    }
    best
}

fn single(grid: &Grid, start: usize, wanted: &HashMap<String, &str>) -> Option<Heading> {
    let row = grid.rows.get(start)?;
    let labels: BTreeMap<u16, (String, String)> = row
        .cells
        .iter()
        .map(|(column, text)| {
            let written = one_line(text);
            let label = wanted.get(&key(text)).map_or_else(|| written.clone(), |label| (*label).to_owned());
            (*column, (label, written))
        })
        .collect();
    Some(Heading { start, depth: 1, score: count(&labels, wanted), labels })
}

/// A heading in two lines: the upper text reaches over the columns it is merged over (in a text file, over the blank
/// cells to its right), and each column is known by both texts together, by the lower or by the upper.
fn double(grid: &Grid, start: usize, wanted: &HashMap<String, &str>) -> Option<Heading> {
    let upper = grid.rows.get(start)?;
    let lower = grid.rows.get(start + 1).filter(|lower| lower.number == upper.number + 1)?;
    let columns: BTreeSet<u16> = upper.cells.iter().chain(&lower.cells).map(|(column, _)| *column).collect();
    let mut labels = BTreeMap::new();
    let mut reaching: Option<&str> = None;
    for column in columns {
        let own = upper.text(column);
        reaching = own.or(if grid.merges.is_empty() { reaching } else { merged_text(grid, upper, column) });
        let (above, below) = (reaching.unwrap_or_default(), lower.text(column).unwrap_or_default());
        let known = [format!("{above}{below}"), below.to_owned(), own.unwrap_or_default().to_owned()]
            .iter()
            .find_map(|form| wanted.get(&key(form)).copied());
        let written = one_line(&format!("{above} {below}"));
        let label = known.map_or_else(|| written.clone(), str::to_owned);
        labels.insert(column, (label, written));
    }
    Some(Heading { start, depth: 2, score: count(&labels, wanted), labels })
}

fn merged_text<'a>(grid: &Grid, row: &'a GridRow, column: u16) -> Option<&'a str> {
    let merge = grid.merges.iter().find(|merge| {
        (merge.rows.0..=merge.rows.1).contains(&row.number) && (merge.columns.0..=merge.columns.1).contains(&column)
    })?;
    row.text(merge.columns.0)
}

fn count(labels: &BTreeMap<u16, (String, String)>, wanted: &HashMap<String, &str>) -> usize {
    let known: BTreeSet<&str> = wanted.values().copied().collect();
    labels
        .values()
        .map(|(label, _)| label.as_str())
        .filter(|label| known.contains(label))
        .collect::<BTreeSet<_>>()
        .len()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_table;

    fn read(text: &str, wanted: &[&str]) -> Result<Table, ReadProblem> {
        read_table(text.as_bytes(), "a.csv", &ReadOptions::wanting(wanted.iter().copied()))
    }

    fn labels(table: &Table) -> Vec<&str> {
        table.columns.iter().map(|column| column.label.as_str()).collect()
    }

    #[test]
    fn the_heading_is_found_below_titles() {
        let text = "職員名簿（見本）,,\n令和8年4月1日現在,,\n\n職員番号（必須）,氏 名,備考\n1,見本,\n";
        let table = read(text, &["職員番号", "氏名", "採用年月日"]).unwrap();
        assert_eq!((table.header_row, labels(&table)), (4, vec!["職員番号", "氏名", "備考"]));
        assert_eq!(table.columns[1].written, "氏 名");
        assert_eq!(table.rows[0].number, 5);
        assert_eq!(table.column("備考"), Some(2));
    }

    #[test]
    fn two_lines_are_joined() {
        let text = "職員番号,氏名,,期間,\n,漢字,カナ,開始日,終了日\n1,見本,ミホン,2026-04-01,\n";
        let table = read(text, &["職員番号", "氏名漢字", "氏名カナ", "開始日", "終了日"]).unwrap();
        assert_eq!(labels(&table), ["職員番号", "氏名漢字", "氏名カナ", "開始日", "終了日"]);
        assert_eq!(table.columns[2].written, "氏名 カナ");
        assert_eq!(table.rows.len(), 1);
    }

    #[test]
    fn one_line_is_not_mistaken_for_two() {
        let table = read("名簿,\n番号,氏名\n1,氏名\n2,見本\n", &["番号", "氏名"]).unwrap();
        assert_eq!((table.header_row, table.rows.len()), (2, 2));
    }

    #[test]
    fn trailing_blanks_go_and_inner_blanks_stay() {
        let table = read("番号,,氏名,,\n1,x,見本,,\n,,,,\n2,,　,,\n ,,　,,\n", &["番号", "氏名"]).unwrap();
        assert_eq!(labels(&table), ["番号", "", "氏名"]);
        assert_eq!(table.columns[1].letter, "B");
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn problems_name_the_place() {
        assert_eq!(
            read("番号,氏名,番号\n1,a,2\n", &["番号", "氏名"]).unwrap_err(),
            ReadProblem::DuplicateColumn { label: "番号".into(), letters: vec!["A".into(), "C".into()] }
        );
        assert!(matches!(read("a,b\n", &["番号"]).unwrap_err(), ReadProblem::NoHeader { .. }));
        let table = read("番号,氏名\n1,\u{E000}田\n", &["番号", "氏名"]).unwrap();
        assert_eq!(table.notes[0].address, "B2");
    }

    #[test]
    fn limits_hold() {
        let mut options = ReadOptions::default();
        options.limits.rows = 2;
        options.limits.columns = 2;
        options.limits.cell_chars = 3;
        options.limits.cells = 5;
        let read = |text: &str| read_table(text.as_bytes(), "a.csv", &options).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(read("a,b\n1,2\n"), Ok(()));
        assert!(read("a,b\n1,2\n3,4\n").unwrap_err().contains("行数（A3）"));
        options.limits.rows = 9;
        let read = |text: &str| read_table(text.as_bytes(), "a.csv", &options).map(|_| ()).map_err(|e| e.to_string());
        assert!(read("a,b\n1\n2\n3\n").unwrap_err().starts_with("セルの数が6個で"), "blank cells take memory too");
        assert!(read("a,b,c\n").unwrap_err().contains("列数（C1）"));
        assert!(read("あいうえ,b\n").unwrap_err().contains("セルの文字数（A1）が4文字で、上限（3文字）"));
    }
}
