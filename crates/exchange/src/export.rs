//! A list on its way out: XLSX, CSV or JSON, with only what the reader may see, and an entry in the journal.

use calendar::jst;
use document::write::{
    Cell, Column, Csv, CsvEncoding, CsvOptions, Kind as Shown, OnMissing, Sheet, Unmappable, Value as Put, Workbook,
    WriteProblem, write_csv, write_xlsx,
};
use journal::Entry;
use journal::act::EXPORT;
use ledger::access::Access;
use ledger::definition::{Field, Kind, Ledger};
use ledger::evidence::{readings, reasoned};
use ledger::port::{StoreError, Writer};
use ledger::query::Filter;
use ledger::read::{ListRequest, title};
use ledger::{Kernel, Principal, Record, Refusal, value};
use serde_json::{Value, json};

use crate::pseudonym::{Pseudonyms, pseudonymised};

/// Kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Workbook.
    Xlsx,
    /// CSV in UTF-8 with byte order mark.
    Csv,
    /// CSV in CP932; characters outside it are refused.
    CsvCp932,
    /// CSV in CP932 with 〓 for characters outside it.
    CsvCp932Geta,
    /// JSON: one list of records.
    Json,
}

impl ExportFormat {
    /// The format of a word in an address or at the command line.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "xlsx" => Self::Xlsx,
            "csv" => Self::Csv,
            "csv-cp932" => Self::CsvCp932,
            "csv-cp932-geta" => Self::CsvCp932Geta,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// Ending of the file name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv | Self::CsvCp932 | Self::CsvCp932Geta => "csv",
            Self::Json => "json",
        }
    }

    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::CsvCp932 | Self::CsvCp932Geta => "text/csv; charset=windows-31j",
            Self::Json => "application/json",
        }
    }
}

/// An exported list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Content of the file.
    pub content: Vec<u8>,
    /// Number of records in it.
    pub records: usize,
    /// Characters that were replaced by 〓.
    pub replaced: Vec<Unmappable>,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportProblem {
    /// It may not be done.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The file cannot be written so.
    #[error(transparent)]
    Write(#[from] WriteProblem),
}

impl From<StoreError> for ExportProblem {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

/// Export what a list request finds, as far as it may be exported, and write that down in the journal.
///
/// `fields` are the columns in order; all that can be read where empty. `reason` is what the person gave.
pub fn export(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    request: &ListRequest,
    fields: &[String],
    format: ExportFormat,
    reason: Option<&str>,
) -> Result<Exported, ExportProblem> {
    written(kernel, tx, who, request, fields, format, reason, None)
}

/// How persons become numbers.
#[derive(Debug)]
pub struct Pseudonymising<'p> {
    /// The table; it grows by persons it did not know.
    pub table: &'p mut Pseudonyms,
    /// Why, for the journal.
    pub reason: &'p str,
    /// Years of an age band.
    pub band_years: u32,
}

/// The same with numbers in place of persons. The table leads back and must be kept apart from the file.
///
/// # Errors
/// See [`ExportProblem`].
pub fn export_pseudonymised(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    request: &ListRequest,
    format: ExportFormat,
    how: &mut Pseudonymising<'_>,
) -> Result<Exported, ExportProblem> {
    let reason = how.reason;
    written(kernel, tx, who, request, &[], format, Some(reason), Some(how))
}

#[expect(clippy::too_many_arguments, reason = "the two ways to export, each with a few of them")]
fn written(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    request: &ListRequest,
    fields: &[String],
    format: ExportFormat,
    reason: Option<&str>,
    how: Option<&mut Pseudonymising<'_>>,
) -> Result<Exported, ExportProblem> {
    let ledger = kernel.ledger(&request.ledger)?;
    let access = Access::new(&ledger, who);
    let exportable = access.exportable();
    if exportable == Filter::Nothing {
        return Err(Refusal::Denied(format!("{}を出力する権限がありません。", ledger.label)).into());
    }
    reasoned(&ledger, reason)?;
    let records = all(kernel, tx, who, request, &exportable)?;
    let columns: Vec<&Field> = if fields.is_empty() {
        ledger.current_fields().filter(|field| !access.operand_class_hidden(field)).collect()
    } else {
        fields.iter().filter_map(|name| ledger.field(name)).filter(|f| !access.operand_class_hidden(f)).collect()
    };
    for entry in entries(kernel, who, request, &columns, &records, format, reason, how.is_some()) {
        tx.append(&entry)?;
    }
    let records = match how {
        None => records,
        Some(how) => {
            records.iter().map(|record| pseudonymised(kernel, &ledger, record, how.table, how.band_years)).collect()
        }
    };
    // Numbers lead to no record, so that neither keys nor titles of persons are read for them.
    let keys = keys(kernel, tx, who, &ledger, &records)?;
    let (content, replaced) = match format {
        ExportFormat::Json => (json_bytes(&columns, &records, &keys), Vec::new()),
        ExportFormat::Xlsx => {
            let sheet = sheet(kernel, &ledger, &columns, &records, &keys);
            let created = jst::wall_clock(kernel.now());
            let workbook =
                Workbook { title: ledger.label.clone(), author: who.name.clone(), created, sheets: vec![sheet] };
            (write_xlsx(workbook)?, Vec::new())
        }
        csv => {
            let options = match csv {
                ExportFormat::Csv => CsvOptions::default(),
                ExportFormat::CsvCp932 => CsvOptions { encoding: CsvEncoding::Cp932, ..CsvOptions::default() },
                _ => CsvOptions { encoding: CsvEncoding::Cp932, missing: OnMissing::Geta, ..CsvOptions::default() },
            };
            let Csv { bytes, replaced } = write_csv(sheet(kernel, &ledger, &columns, &records, &keys), &options)?;
            (bytes, replaced)
        }
    };
    Ok(Exported { content, records: records.len(), replaced })
}

/// All pages of the list, those records left out that may be seen but not exported.
fn all(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    request: &ListRequest,
    exportable: &Filter,
) -> Result<Vec<Record>, Refusal> {
    let mut request = ListRequest { limit: ledger::read::LARGEST_PAGE, cursor: None, ..request.clone() };
    let mut records = Vec::new();
    loop {
        let page = kernel.list(tx, who, &request)?;
        records.extend(page.records.into_iter().filter(|record| exportable.matches(record)));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(records),
        }
    }
}

/// What a reference is written as: the key of the record referred to where its ledger has one (so that the file can
/// come in again), else its title.
struct Keys(title::Titles, std::collections::BTreeMap<(String, String), String>);

impl Keys {
    fn get(&self, ledger: &str, id: &str) -> String {
        match self.1.get(&(ledger.to_string(), id.to_string())) {
            Some(key) => key.clone(),
            None => self.0.get(ledger, id).to_string(),
        }
    }
}

fn keys(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    ledger: &Ledger,
    records: &[Record],
) -> Result<Keys, Refusal> {
    let wanted = title::referred(ledger, records);
    let titles = title::many(&kernel.catalogue, tx, who, wanted.iter().copied())?;
    let mut keys = std::collections::BTreeMap::new();
    let mut by_ledger: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    for one in wanted {
        by_ledger.entry(one.ledger).or_default().push(one.id.to_string());
    }
    for (target, mut ids) in by_ledger {
        let Some(definition) = kernel.catalogue.ledger(target) else { continue };
        let Some(key) = &definition.key else { continue };
        ids.sort_unstable();
        ids.dedup();
        let access = Access::new(definition, who);
        for record in tx.records(target, &ids)? {
            let record = access.redact(record);
            if let Some(text) = record.text(key) {
                keys.insert((target.to_string(), record.id.clone()), text.to_string());
            }
        }
    }
    Ok(Keys(titles, keys))
}

fn sheet<'a>(
    kernel: &'a Kernel,
    ledger: &'a Ledger,
    columns: &'a [&'a Field],
    records: &'a [Record],
    keys: &'a Keys,
) -> Sheet<'a> {
    let heading = |field: &&Field| Column::new(field.label.as_str(), shown(field));
    let mut headings: Vec<Column> = columns.iter().map(heading).collect();
    headings.push(Column::new("状態", Shown::Text));
    let rows = records.iter().map(move |record| {
        let mut row: Vec<Cell> =
            columns.iter().map(|field| cell(kernel, field, record.value(&field.name), keys).into()).collect();
        row.push(Put::text(ledger.workflow.state_label(&record.state)).into());
        row
    });
    Sheet::new(ledger.label.as_str(), headings, rows)
}

fn shown(field: &Field) -> Shown {
    match &field.kind {
        Kind::Integer => Shown::Integer,
        Kind::Yen => Shown::Yen,
        Kind::Decimal { scale } => Shown::Decimal(u8::try_from(*scale).unwrap_or(u8::MAX)),
        Kind::Date => Shown::Date,
        Kind::DateTime => Shown::DateTime,
        _ => Shown::Text,
    }
}

fn cell(kernel: &Kernel, field: &Field, found: &Value, keys: &Keys) -> Put {
    match (&field.kind, found) {
        (_, Value::Null) => Put::Blank,
        (Kind::Integer | Kind::Yen, Value::Number(number)) => number.as_i64().map_or(Put::Blank, Put::Integer),
        (Kind::Decimal { .. }, Value::String(text)) => {
            text.parse().map_or_else(|_| Put::text(text.as_str()), Put::Decimal)
        }
        (Kind::Date, Value::String(text)) => text.parse().map_or_else(|_| Put::text(text.as_str()), Put::Date),
        (Kind::DateTime, Value::String(text)) => match text.parse() {
            Ok(instant) => Put::DateTime(jst::wall_clock(instant)),
            Err(_) => Put::text(text.as_str()),
        },
        (Kind::Reference { ledger, .. }, Value::String(id)) => Put::text(keys.get(ledger, id)),
        (Kind::Reference { ledger, .. }, Value::Array(ids)) => {
            let keys: Vec<String> = ids.iter().filter_map(Value::as_str).map(|id| keys.get(ledger, id)).collect();
            Put::text(keys.join("、"))
        }
        (Kind::Rows { columns }, Value::Array(rows)) => {
            let rows: Vec<String> = rows
                .iter()
                .map(|row| {
                    let cells: Vec<String> = columns
                        .iter()
                        .filter_map(|column| {
                            let found = row.get(&column.name).filter(|value| !value.is_null())?;
                            let text = match (column.target(), found.as_str()) {
                                (Some(ledger), Some(id)) => keys.get(ledger, id),
                                _ => value::format(column, found, &kernel.catalogue),
                            };
                            Some(format!("{}: {text}", column.label))
                        })
                        .collect();
                    cells.join(" / ")
                })
                .collect();
            Put::text(rows.join("\n"))
        }
        _ => Put::text(value::format(field, found, &kernel.catalogue)),
    }
}

fn json_bytes(columns: &[&Field], records: &[Record], keys: &Keys) -> Vec<u8> {
    let list: Vec<Value> = records
        .iter()
        .map(|record| {
            let mut values = serde_json::Map::new();
            for field in columns {
                let found = match (&field.kind, record.value(&field.name)) {
                    (_, Value::Null) => continue,
                    (Kind::Reference { ledger, .. }, Value::String(id)) => keys.get(ledger, id).into(),
                    (_, found) => found.clone(),
                };
                values.insert(field.name.clone(), found);
            }
            json!({
                "id": record.id,
                "revision": record.revision,
                "state": record.state,
                "recorded_at": record.recorded_at,
                "values": values,
            })
        })
        .collect();
    serde_json::to_vec_pretty(&list).unwrap_or_default()
}

#[expect(clippy::too_many_arguments, reason = "everything an export tells the journal")]
fn entries(
    kernel: &Kernel,
    who: &Principal,
    request: &ListRequest,
    columns: &[&Field],
    records: &[Record],
    format: ExportFormat,
    reason: Option<&str>,
    pseudonymised: bool,
) -> Vec<Entry> {
    let conditions: Vec<String> = request.conditions.iter().map(ToString::to_string).collect();
    let names: Vec<&str> = columns.iter().map(|field| field.name.as_str()).collect();
    let facts = [
        ("format", json!(format.ending())),
        ("fields", json!(names)),
        ("conditions", json!(conditions)),
        ("words", json!(request.words)),
        ("as_of", json!(request.as_of)),
        ("pseudonymised", json!(pseudonymised)),
    ];
    let facts = facts.into_iter().map(|(name, fact)| (name.to_string(), fact)).collect();
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    readings(kernel, who, EXPORT, &request.ledger, facts, &ids, reason)
}
