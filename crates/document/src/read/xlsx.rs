//! XLSX workbooks, read through calamine.
//!
//! calamine is a careful reader but not written for hostile files (it reserves what a file claims and may overflow on
//! absurd addresses), so the archive is inspected first and a panic inside it becomes a [`ReadProblem`].

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError, XlsxFormulaMetadata};

use super::header::{self, Fault, Grid, Merge, Source};
use super::{Amount, Format, Limits, ReadOptions, ReadProblem, Table, archive, number};

/// Rows and columns a sheet can have at all (ECMA-376 as spreadsheets implement it).
const SHEET_ROWS: u32 = 1_048_576;
const SHEET_COLUMNS: u32 = 16_384;
/// Merged ranges of a sheet: each is looked at for every heading that is tried.
const MERGES: usize = 50_000;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Table, ReadProblem> {
    let inspection = archive::inspect(bytes, &options.limits)?;
    catch_unwind(AssertUnwindSafe(|| read_book(bytes, inspection.formulas, options)))
        .unwrap_or_else(|_| Err(ReadProblem::Broken { detail: "内容を解釈できません".to_owned() }))
}

fn read_book(bytes: &[u8], formulas: bool, options: &ReadOptions) -> Result<Table, ReadProblem> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken("ブック", &error))?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let sheet = choose(&mut book, &sheets, options)?;
    let mut grid = read_cells(&mut book, &sheet, None, options)?;
    grid.merges = read_merges(&mut book, &sheet)?;
    if formulas {
        find_empty_formulas(&mut book, &sheet, &mut grid, &options.limits)?;
    }
    header::build(grid, Source { format: Format::Xlsx, sheet, sheets, encoding: None }, options)
}

fn choose(book: &mut Book<'_>, sheets: &[String], options: &ReadOptions) -> Result<String, ReadProblem> {
    if let Some(wanted) = &options.sheet {
        let known =
            book.sheets_metadata().iter().any(|sheet| sheet.name == *wanted && sheet.typ == SheetType::WorkSheet);
        return if known {
            Ok(wanted.clone())
        } else {
            Err(ReadProblem::NoSuchSheet { wanted: wanted.clone(), sheets: sheets.to_vec() })
        };
    }
    if let [only] = sheets {
        return Ok(only.clone());
    }
    let mut best: Option<(usize, &String)> = None;
    for name in sheets {
        let mut top = read_cells(book, name, Some(options.limits.header_search_rows + 1), options)?;
        top.merges = read_merges(book, name)?;
        top.sort();
        let score = header::score(&top, options);
        if score > 0 && best.is_none_or(|(best, _)| score > best) {
            best = Some((score, name));
        }
    }
    match best {
        Some((_, name)) => Ok(name.clone()),
        None if options.wanted.is_empty() => Err(ReadProblem::Empty),
        None => Err(ReadProblem::NoHeader { sheet: sheets.join("、"), wanted: options.wanted.clone() }),
    }
}

/// Reads the cells of a sheet; with `rows` only so many rows that carry anything.
fn read_cells(
    book: &mut Book<'_>,
    sheet: &str,
    rows: Option<usize>,
    options: &ReadOptions,
) -> Result<Grid, ReadProblem> {
    let failed = |error: XlsxError| broken(sheet, &error);
    let mut reader = book.worksheet_cells_reader(sheet).map_err(failed)?;
    let mut grid = Grid::default();
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(failed)? {
        let (row, column) = cell.get_position();
        if row >= SHEET_ROWS || column >= SHEET_COLUMNS {
            return Err(ReadProblem::Broken { detail: format!("{sheet}: {row}, {column}") });
        }
        let (row, column) = (row + 1, u16::try_from(column).unwrap_or(u16::MAX));
        let format = || {
            let style = reader.styles().get(style).and_then(|style| style.number_format.as_ref());
            style.map_or("General", |format| format.format_code.as_str())
        };
        let text = match cell.get_value() {
            DataRef::Empty => continue,
            DataRef::Int(value) => number::number_text(*value as f64, format()),
            DataRef::Float(value) => number::number_text(*value, format()),
            DataRef::String(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Bool(true) => "TRUE".to_owned(),
            DataRef::Bool(false) => "FALSE".to_owned(),
            DataRef::DateTime(value) => {
                number::date_text(*value).unwrap_or_else(|| number::number_text(value.as_f64(), "General"))
            }
            DataRef::DateTimeIso(text) => number::iso_text(text),
            DataRef::DurationIso(text) => text.clone(),
            DataRef::Error(error) => {
                grid.faults.push((row, column, Fault::Error(error.clone())));
                error.to_string()
            }
        };
        let text = clean(text);
        if let Some(control) = text.chars().find(|c| c.is_ascii_control() && !matches!(c, '\t' | '\n')) {
            grid.faults.push((row, column, Fault::Control(control)));
        }
        if !text.trim().is_empty() {
            grid.push(row, column, text, &options.limits)?;
        }
        if rows.is_some_and(|rows| grid.rows.len() > rows) {
            break;
        }
    }
    Ok(grid)
}

/// Line breaks inside a cell are line feeds; the vertical tab is how some programs write them.
fn clean(text: String) -> String {
    if text.contains(['\r', '\u{B}']) { text.replace("\r\n", "\n").replace(['\r', '\u{B}'], "\n") } else { text }
}

fn read_merges(book: &mut Book<'_>, sheet: &str) -> Result<Vec<Merge>, ReadProblem> {
    // Sheets without merged cells, and damage after the cells, are no reason to refuse the cells themselves.
    let ranges = book.merge_cells_by_sheet_name(sheet).unwrap_or_default();
    if ranges.len() > MERGES {
        let (found, limit) = (Some(ranges.len() as u64), MERGES as u64);
        return Err(ReadProblem::TooLarge { what: Amount::Merges, found, limit, place: Some(sheet.to_owned()) });
    }
    let column = |column: u32| u16::try_from(column).unwrap_or(u16::MAX);
    Ok(ranges
        .into_iter()
        .filter(|range| range.start.0 <= range.end.0 && range.start.1 <= range.end.1 && range.end.0 < SHEET_ROWS)
        .map(|range| Merge {
            rows: (range.start.0 + 1, range.end.0 + 1),
            columns: (column(range.start.1), column(range.end.1)),
        })
        .collect())
}

/// A formula without a stored result would be read as blank, silently: programs that write formulas without computing
/// them leave such cells.
fn find_empty_formulas(book: &mut Book<'_>, sheet: &str, grid: &mut Grid, limits: &Limits) -> Result<(), ReadProblem> {
    let failed = |error: XlsxError| broken(sheet, &error);
    let mut reader = book.worksheet_cells_reader(sheet).map_err(failed)?;
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(failed)? {
        let formula = match &record.formula {
            Some(XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. }) => {
                !formula.is_empty()
            }
            Some(_) => true,
            None => false,
        };
        let (row, column) = record.pos;
        if formula && record.value == DataRef::Empty && row < SHEET_ROWS {
            if grid.faults.len() as u64 > limits.cells {
                let (what, limit) = (Amount::Cells, limits.cells);
                return Err(ReadProblem::TooLarge { what, found: None, limit, place: Some(sheet.to_owned()) });
            }
            grid.faults.push((row + 1, u16::try_from(column).unwrap_or(u16::MAX), Fault::NoResult));
        }
    }
    Ok(())
}

fn broken(place: &str, error: &XlsxError) -> ReadProblem {
    match error {
        XlsxError::Password => ReadProblem::OldOrLockedWorkbook,
        error => ReadProblem::Broken { detail: format!("{place}：{error}") },
    }
}
