//! XLSX workbooks: for reading on screen, for printing on A4, and for correcting and handing in again.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Note, Workbook as Writer, Worksheet,
    XlsxError,
};
use std::collections::BTreeSet;

use super::{Cell, Column, Kind, Sheet, Value, WriteProblem, csv::faults};
use crate::read::address;

/// A workbook.
pub struct Workbook<'a> {
    /// Title in the properties of the file.
    pub title: String,
    /// Author in the properties, normally the office.
    pub author: String,
    /// Time of creation in Japan Standard Time.
    pub created: NaiveDateTime,
    /// Sheets from the left; at least one is written.
    pub sheets: Vec<Sheet<'a>>,
}

/// Above this many rows, or when the number is unknown, a sheet goes to a temporary file row by row.
const ROWS_IN_MEMORY: usize = 5_000;
/// UTF-16 units that a cell holds.
const CELL_UNITS: usize = 32_767;
/// Whole numbers up to here are exact in a spreadsheet (15 digits).
const EXACT: i64 = 999_999_999_999_999;

/// Writes a workbook: frozen and filterable heading, A4 landscape one page wide with the heading on every page and
/// page numbers, faulty cells coloured with a comment.
///
/// # Errors
/// [`WriteProblem`] when a text or the table is larger than a spreadsheet holds, or a temporary file cannot be written.
pub fn write_xlsx(workbook: Workbook<'_>) -> Result<Vec<u8>, WriteProblem> {
    let mut writer = Writer::new();
    let created = excel_datetime(workbook.created).unwrap_or_default();
    writer.set_properties(
        &DocProperties::new().set_title(&workbook.title).set_author(&workbook.author).set_creation_datetime(&created),
    );
    let styles = Styles::new();
    let mut names = BTreeSet::new();
    for sheet in workbook.sheets {
        let small = sheet.rows.size_hint().1.is_some_and(|rows| rows <= ROWS_IN_MEMORY);
        let worksheet = if small { Ok(writer.add_worksheet()) } else { writer.add_worksheet_with_constant_memory() };
        let worksheet = worksheet.map_err(problem)?;
        worksheet.set_name(sheet_name(&sheet.name, &mut names)).map_err(problem)?;
        write_sheet(worksheet, sheet, &styles)?;
    }
    writer.save_to_buffer().map_err(problem)
}

fn write_sheet(worksheet: &mut Worksheet, sheet: Sheet<'_>, styles: &Styles) -> Result<(), WriteProblem> {
    let mut columns = sheet.columns;
    let values = columns.len();
    if let Some(label) = &sheet.faults {
        columns.push(Column { label: label.clone(), kind: Kind::Text, width: Some(50.0) });
    }
    let last_column = u16::try_from(columns.len().saturating_sub(1)).map_err(|_| WriteProblem::TooManyCells)?;

    for (at, column) in (0_u16..).zip(&columns) {
        worksheet.set_column_width(at, column.width.unwrap_or_else(|| suitable_width(column))).map_err(problem)?;
    }
    let mut row: u32 = 0;
    if let Some(title) = &sheet.title {
        worksheet.write_string_with_format(row, 0, title, &styles.title).map_err(problem)?;
        row += 1;
    }
    for note in &sheet.notes {
        worksheet.write_string_with_format(row, 0, note, &styles.note).map_err(problem)?;
        row += 1;
    }
    let heading = row;
    for (at, column) in (0_u16..).zip(&columns) {
        worksheet.write_string_with_format(row, at, &column.label, &styles.heading).map_err(problem)?;
    }
    for cells in sheet.rows {
        row = row.checked_add(1).ok_or(WriteProblem::TooManyCells)?;
        for ((at, column), cell) in (0_u16..).zip(columns.iter().take(values)).zip(&cells) {
            write_cell(worksheet, (row, at), column.kind, cell, styles)?;
        }
        for at in cells.len()..values {
            let at = u16::try_from(at).map_err(|_| WriteProblem::TooManyCells)?;
            worksheet.write_blank(row, at, &styles.text).map_err(problem)?;
        }
        if sheet.faults.is_some() {
            let cell = Cell::from(Value::Text(faults(&cells)));
            write_cell(worksheet, (row, last_column), Kind::Text, &cell, styles)?;
        }
    }

    worksheet.set_freeze_panes(heading + 1, 0).map_err(problem)?;
    worksheet.autofilter(heading, 0, row.max(heading + 1), last_column).map_err(problem)?;
    worksheet.set_repeat_rows(heading, heading).map_err(problem)?;
    // 9 is A4 in ECMA-376 (ST_PaperSize).
    worksheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_print_center_horizontally(true);
    worksheet.set_margins(0.5, 0.5, 0.7, 0.7, 0.3, 0.3);
    worksheet.set_header(format!("&L{}", print_text(sheet.title.as_deref().unwrap_or(&sheet.name))));
    worksheet.set_footer("&C&P / &N");
    Ok(())
}

fn write_cell(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    kind: Kind,
    cell: &Cell,
    styles: &Styles,
) -> Result<(), WriteProblem> {
    let mut format = styles.of(kind);
    let faulty;
    if cell.fault.is_some() {
        faulty = styles.faulty(&format);
        format = faulty;
    }
    let here = || address(row + 1, column);
    let text = |worksheet: &mut Worksheet, text: &str| {
        if text.encode_utf16().count() > CELL_UNITS {
            return Err(WriteProblem::TextTooLong { address: here() });
        }
        // Always a string, never a formula, whatever it starts with.
        worksheet.write_string_with_format(row, column, text, &format).map_err(problem).map(drop)
    };
    match &cell.value {
        Value::Blank => worksheet.write_blank(row, column, &format).map(drop).map_err(problem)?,
        Value::Text(value) if value.is_empty() => {
            worksheet.write_blank(row, column, &format).map(drop).map_err(problem)?;
        }
        Value::Text(value) => text(worksheet, value)?,
        Value::Integer(value) if value.abs() <= EXACT => {
            worksheet.write_number_with_format(row, column, *value as f64, &format).map(drop).map_err(problem)?;
        }
        Value::Integer(value) => text(worksheet, &value.to_string())?,
        Value::Decimal(value) => match value.to_f64().filter(|_| value.mantissa().unsigned_abs() <= EXACT as u128) {
            Some(number) => {
                worksheet.write_number_with_format(row, column, number, &format).map(drop).map_err(problem)?;
            }
            None => text(worksheet, &value.to_string())?,
        },
        Value::Date(date) => match excel_date(*date) {
            Some(day) => {
                worksheet.write_datetime_with_format(row, column, &day, &format).map(drop).map_err(problem)?;
            }
            // Spreadsheets begin in 1900: an older date is kept as text.
            None => text(worksheet, &date.format("%Y-%m-%d").to_string())?,
        },
        Value::DateTime(at) => match excel_datetime(*at) {
            Some(at) => {
                worksheet.write_datetime_with_format(row, column, &at, &format).map(drop).map_err(problem)?;
            }
            None => text(worksheet, &at.format("%Y-%m-%d %H:%M:%S").to_string())?,
        },
    }
    if let Some(fault) = &cell.fault {
        let note = Note::new(fault).add_author_prefix(false).set_width(280).set_height(90);
        worksheet.insert_note(row, column, &note).map_err(problem)?;
    }
    Ok(())
}

/// The formats of a workbook, made once.
struct Styles {
    title: Format,
    note: Format,
    heading: Format,
    text: Format,
    integer: Format,
    yen: Format,
    date: Format,
    datetime: Format,
}

impl Styles {
    fn new() -> Self {
        let font = || Format::new().set_font_name("BIZ UDPゴシック").set_font_size(10.5);
        let cell = || font().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        Styles {
            title: font().set_font_size(14).set_bold(),
            note: font(),
            heading: cell()
                .set_bold()
                .set_background_color(Color::RGB(0xE8_F1FE))
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_text_wrap(),
            text: cell().set_num_format("@").set_text_wrap(),
            integer: cell().set_num_format("0"),
            yen: cell().set_num_format("#,##0"),
            date: cell().set_num_format("yyyy/mm/dd"),
            datetime: cell().set_num_format("yyyy/mm/dd hh:mm"),
        }
    }

    fn of(&self, kind: Kind) -> Format {
        match kind {
            Kind::Text => self.text.clone(),
            Kind::Integer => self.integer.clone(),
            Kind::Yen => self.yen.clone(),
            Kind::Decimal(scale) => {
                let digits = "0".repeat(usize::from(scale));
                let point = if scale == 0 { "" } else { "." };
                self.yen.clone().set_num_format(format!("#,##0{point}{digits}"))
            }
            Kind::Date => self.date.clone(),
            Kind::DateTime => self.datetime.clone(),
        }
    }

    /// Colour and a heavy border, so that the mark shows in black and white too.
    fn faulty(&self, format: &Format) -> Format {
        format
            .clone()
            .set_background_color(Color::RGB(0xFF_E0E0))
            .set_border(FormatBorder::Medium)
            .set_border_color(Color::RGB(0xCE_0000))
    }
}

fn suitable_width(column: &Column) -> f64 {
    let kind: f64 = match column.kind {
        Kind::Text => 20.0,
        Kind::Integer => 10.0,
        Kind::Yen | Kind::Decimal(_) => 14.0,
        Kind::Date => 13.0,
        Kind::DateTime => 18.0,
    };
    // A full-width character takes two; the filter button three more.
    let label: usize = column.label.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    kind.max((label + 3) as f64).min(60.0)
}

/// A name that spreadsheets accept: without `[]:*?/\`, at most 31 UTF-16 units, not used before in this workbook.
fn sheet_name(name: &str, used: &mut BTreeSet<String>) -> String {
    let replaced: String = name
        .chars()
        .map(|c| match c {
            '[' => '［',
            ']' => '］',
            ':' => '：',
            '*' => '＊',
            '?' => '？',
            '/' => '／',
            '\\' => '￥',
            '\'' => '’',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    let base = if replaced.trim().is_empty() { "シート" } else { replaced.trim() };
    let mut candidate = shortened(base, 31);
    let mut number = 2;
    while !used.insert(candidate.to_lowercase()) {
        let suffix = format!("（{number}）");
        candidate = shortened(base, 31 - suffix.encode_utf16().count()) + &suffix;
        number += 1;
    }
    candidate
}

fn shortened(text: &str, units: usize) -> String {
    let mut left = units;
    text.chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= left;
            left = left.saturating_sub(c.len_utf16());
            fits
        })
        .collect()
}

/// Text for a print header: `&` starts a code there, and 255 characters are the most.
fn print_text(text: &str) -> String {
    shortened(&text.replace('&', "&&"), 200)
}

fn excel_date(date: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok()?;
    ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8).ok()
}

fn excel_datetime(at: NaiveDateTime) -> Option<ExcelDateTime> {
    excel_date(at.date())?.and_hms(at.hour() as u16, at.minute() as u8, at.second()).ok()
}

fn problem(error: XlsxError) -> WriteProblem {
    match error {
        XlsxError::RowColumnLimitError => WriteProblem::TooManyCells,
        other => WriteProblem::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_made_acceptable() {
        let mut used = BTreeSet::new();
        for (name, expected) in [
            ("令和8年度 4/1", "令和8年度 4／1"),
            ("名簿", "名簿"),
            ("名簿", "名簿（2）"),
            ("", "シート"),
            ("𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷", "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"),
        ] {
            assert_eq!(sheet_name(name, &mut used), expected);
        }
    }
}
