//! CSV (RFC 4180, CRLF) in UTF-8 or CP932.

use super::{Cell, Kind, Sheet, Unmappable, Value, WriteProblem};
use crate::cp932;

/// How to write CSV.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Character set.
    pub encoding: CsvEncoding,
    /// What to do with characters that CP932 cannot carry.
    pub missing: OnMissing,
    /// Sets an apostrophe before texts that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab, carriage
    /// return first). Numbers and dates are never touched. Switch it off for a file that only a machine reads.
    pub guard_formulas: bool,
    /// Field separator: a comma, or a tab.
    pub separator: u8,
}

impl Default for CsvOptions {
    /// UTF-8 with BOM, commas, formulas guarded: what opens rightly in a spreadsheet by double click.
    fn default() -> Self {
        CsvOptions { encoding: CsvEncoding::Utf8Bom, missing: OnMissing::Refuse, guard_formulas: true, separator: b',' }
    }
}

/// Character set of a CSV file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvEncoding {
    /// UTF-8 with byte order mark.
    Utf8Bom,
    /// UTF-8 without byte order mark.
    Utf8,
    /// Windows code page 932.
    Cp932,
}

/// What to do with characters that CP932 cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissing {
    /// Write nothing and list them.
    Refuse,
    /// Write 〓 (geta) in their place and list them.
    Geta,
}

/// A written file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// Content.
    pub bytes: Vec<u8>,
    /// Characters that were replaced by 〓, in reading order.
    pub replaced: Vec<Unmappable>,
}

/// Writes the heading and the rows of a sheet as CSV; title and notes are left out, because the first line of a CSV
/// file is its heading. Dates are `2026-03-14`, date-times `2026-03-14 09:30:00`, numbers plain.
///
/// # Errors
/// [`WriteProblem::Unmappable`] with every character that CP932 cannot carry, unless they are to be replaced.
pub fn write_csv(sheet: Sheet<'_>, options: &CsvOptions) -> Result<Csv, WriteProblem> {
    let failed = |error: csv::Error| WriteProblem::Failed(error.to_string());
    let mut bytes = Vec::new();
    if options.encoding == CsvEncoding::Utf8Bom {
        bytes.extend_from_slice(b"\xEF\xBB\xBF");
    }
    let mut missing = Vec::new();
    let mut writer = csv::WriterBuilder::new()
        .delimiter(options.separator)
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(bytes);

    let mut labels: Vec<String> = sheet.columns.iter().map(|column| column.label.clone()).collect();
    labels.extend(sheet.faults.clone());
    let mut record = csv::ByteRecord::new();
    for label in &labels {
        record.push_field(&encoded(&guarded(label, options), 1, label, options, &mut missing));
    }
    writer.write_byte_record(&record).map_err(failed)?;

    let mut row: u32 = 1;
    for cells in sheet.rows {
        row = row.saturating_add(1);
        record.clear();
        for (at, column) in sheet.columns.iter().enumerate() {
            let text = cells.get(at).map(|cell| field(&cell.value, column.kind, options)).unwrap_or_default();
            record.push_field(&encoded(&text, row, &column.label, options, &mut missing));
        }
        if let Some(label) = &sheet.faults {
            record.push_field(&encoded(&faults(&cells), row, label, options, &mut missing));
        }
        writer.write_byte_record(&record).map_err(failed)?;
    }
    if options.missing == OnMissing::Refuse && !missing.is_empty() {
        return Err(WriteProblem::Unmappable(missing));
    }
    let bytes = writer.into_inner().map_err(|error| WriteProblem::Failed(error.to_string()))?;
    Ok(Csv { bytes, replaced: missing })
}

/// The faults of a row in one line.
pub(super) fn faults(cells: &[Cell]) -> String {
    cells.iter().filter_map(|cell| cell.fault.as_deref()).collect::<Vec<_>>().join("／")
}

fn field(value: &Value, kind: Kind, options: &CsvOptions) -> String {
    match value {
        Value::Blank => String::new(),
        Value::Text(text) => guarded(text, options),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => match kind {
            Kind::Decimal(scale) => format!("{number:.scale$}", scale = usize::from(scale)),
            _ => number.to_string(),
        },
        Value::Date(date) => date.format("%Y-%m-%d").to_string(),
        Value::DateTime(at) => at.format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

fn guarded(text: &str, options: &CsvOptions) -> String {
    if options.guard_formulas && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn encoded(text: &str, row: u32, column: &str, options: &CsvOptions, missing: &mut Vec<Unmappable>) -> Vec<u8> {
    if options.encoding != CsvEncoding::Cp932 {
        return text.as_bytes().to_vec();
    }
    cp932::encode_with(text, |lost| {
        let code = lost.code();
        missing.push(Unmappable { row, column: column.to_owned(), character: lost.character, code });
        Some("〓")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::Column;
    use chrono::NaiveDate;

    fn sheet(rows: Vec<Vec<Value>>) -> Sheet<'static> {
        let columns = vec![Column::new("氏名", Kind::Text), Column::new("額", Kind::Decimal(2))];
        Sheet::new("a", columns, rows.into_iter().map(|row| row.into_iter().map(Cell::from).collect()))
    }

    fn text(rows: Vec<Vec<Value>>) -> String {
        let options = CsvOptions { encoding: CsvEncoding::Utf8, ..CsvOptions::default() };
        String::from_utf8(write_csv(sheet(rows), &options).unwrap().bytes).unwrap()
    }

    #[test]
    fn texts_are_guarded_and_numbers_are_not() {
        let rows = vec![
            vec![Value::text("=1+1"), Value::Decimal("-1.5".parse().unwrap())],
            vec![Value::text("@見本"), Value::Integer(-3)],
            vec![Value::text("a,\"b\"\n"), Value::Date(NaiveDate::from_ymd_opt(2026, 3, 14).unwrap())],
            vec![Value::text("短い")],
        ];
        assert_eq!(text(rows), "氏名,額\r\n'=1+1,-1.50\r\n'@見本,-3\r\n\"a,\"\"b\"\"\n\",2026-03-14\r\n短い,\r\n");
    }

    #[test]
    fn cp932_names_every_character_it_cannot_carry() {
        let rows = || vec![vec![Value::text("髙橋〜")], vec![Value::text("𠮷田と葛\u{E0100}城")]];
        let mut options = CsvOptions { encoding: CsvEncoding::Cp932, ..CsvOptions::default() };
        let WriteProblem::Unmappable(list) = write_csv(sheet(rows()), &options).unwrap_err() else { panic!("refused") };
        let found: Vec<_> = list.iter().map(|item| (item.row, item.column.as_str(), item.code.as_str())).collect();
        assert_eq!(found, [(3, "氏名", "U+20BB7"), (3, "氏名", "U+845B U+E0100")]);

        options.missing = OnMissing::Geta;
        let csv = write_csv(sheet(rows()), &options).unwrap();
        assert_eq!(csv.replaced.len(), 2);
        // 氏名,額 / 髙橋～, / 〓田と〓城,
        let expected =
            b"\x8E\x81\x96\xBC,\x8A\x7A\r\n\xFB\xFC\x8B\xB4\x81\x60,\r\n\x81\xAC\x93\x63\x82\xC6\x81\xAC\x8F\xE9,\r\n";
        assert_eq!(csv.bytes, expected);
    }
}
