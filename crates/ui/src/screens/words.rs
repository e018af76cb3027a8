//! Values of a record in words, with titles in place of identifiers. Areas use it for their own pages too.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use journal::Entry;
use ledger::definition::{Catalogue, Field, Kind, Ledger, Tone as LedgerTone};
use ledger::port::{Reader, StoreError};
use ledger::read::title::{self, Titles};
use ledger::{Kernel, Principal, Record, value};
use maud::{Markup, Render, html};
use serde_json::Value;

use crate::Url;
use crate::components::{Badge, Cell, Column, Row, Table, Tone};
use crate::when::{Day, Instant, day_text};

use super::acts;

/// Address of a ledger's list.
pub fn list_url(ledger: &str) -> Url {
    Url::path(["ledgers", ledger])
}

/// Address of the page that every ledger has for a record: all fields, history, acts.
pub fn record_url(ledger: &str, id: &str) -> Url {
    Url::path(["ledgers", ledger, id])
}

/// Address of the page on which a record is worked on: that of the ledger's area where the pack names one, else
/// [`record_url`]. Duties, lists and titles lead here.
pub fn page_url(catalogue: &Catalogue, ledger: &str, id: &str) -> Url {
    match catalogue.ledger(ledger).and_then(|ledger| ledger.page.as_deref()) {
        Some(page) => Url::path(page.split('/').map(|segment| segment.replace("{id}", id))),
        None => record_url(ledger, id),
    }
}

/// The state of a record as a badge.
pub fn state_badge(ledger: &Ledger, state: &str) -> Badge {
    let tone = ledger.workflow.state(state).map(|state| state.tone).unwrap_or_default();
    let tone = match tone {
        LedgerTone::Neutral => Tone::Plain,
        LedgerTone::Active => Tone::Progress,
        LedgerTone::Done => Tone::Good,
        LedgerTone::Caution => Tone::Caution,
        LedgerTone::Stopped => Tone::Ended,
    };
    Badge::new(ledger.workflow.state_label(state), tone)
}

/// Words for an act: `create`, `amend`, `transition:NAME` or the name of a transition. A transition of the ledger comes
/// before the trace of the same name: a round may be opened, too.
pub fn act_label(ledger: &Ledger, act: &str) -> String {
    let name = act.strip_prefix("transition:").unwrap_or(act);
    match ledger.workflow.transition(name) {
        Some(found) => found.label.clone(),
        None => acts::known(name).unwrap_or(acts::OTHER).to_string(),
    }
}

/// Words for the act of an entry; an entry of revision 0 is the trace of something that changed nothing.
pub fn entry_label(ledger: &Ledger, entry: &Entry) -> String {
    let trace = acts::known(&entry.act).filter(|_| entry.revision == 0);
    trace.map_or_else(|| act_label(ledger, &entry.act), String::from)
}

/// Titles of these records of one ledger as the reader may see them; one question for each ledger that a title names.
pub fn own_titles(
    kernel: &Kernel,
    tx: &mut dyn Reader,
    who: &Principal,
    ledger: &Ledger,
    records: &[Record],
) -> Result<Vec<String>, StoreError> {
    title::of_many(&kernel.catalogue, tx, who, ledger, records)
}

/// Key and title of a record, as the heading of its page; the key stands only once.
pub fn headline(ledger: &Ledger, record: &Record, title: String) -> String {
    match ledger.key.as_ref().and_then(|key| record.text(key)) {
        Some(key) if !title.split(' ').any(|part| part == key) => format!("{key} {title}"),
        _ => title,
    }
}

/// Titles of records of several ledgers, read anew and only as far as they may be known.
pub fn titles_of(
    kernel: &Kernel,
    tx: &mut dyn Reader,
    who: &Principal,
    wanted: &[(String, String)],
) -> Result<Titles, StoreError> {
    title::many(&kernel.catalogue, tx, who, wanted.iter().map(|(ledger, id)| (ledger.as_str(), id.as_str())))
}

/// Values in words.
pub struct Words<'a> {
    /// Definitions.
    pub kernel: &'a Kernel,
    /// Titles of everything that is referred to.
    pub titles: &'a Titles,
}

impl Words<'_> {
    /// Title of a record from the values that may be seen.
    pub fn title(&self, ledger: &Ledger, record: &Record) -> String {
        let parts: Vec<String> = ledger
            .title
            .iter()
            .filter_map(|name| ledger.field(name))
            .map(|field| self.text(field, record.value(&field.name)))
            .filter(|text| !text.is_empty())
            .collect();
        if parts.is_empty() { ledger.label.clone() } else { parts.join(" ") }
    }

    /// A value in one line or several; empty when there is none.
    pub fn text(&self, field: &Field, found: &Value) -> String {
        match (&field.kind, found) {
            (_, Value::Null) => String::new(),
            (_, found) if value::is_erased(found) => value::ERASED.to_string(),
            (Kind::Reference { ledger, .. }, Value::String(id)) => self.titles.get(ledger, id).to_string(),
            (Kind::Reference { ledger, .. }, Value::Array(ids)) => {
                let names: Vec<&str> =
                    ids.iter().filter_map(Value::as_str).map(|id| self.titles.get(ledger, id)).collect();
                names.join("、")
            }
            (Kind::Date, Value::String(text)) => day(text).map_or_else(|| text.clone(), day_text),
            (Kind::DateTime, Value::String(text)) => {
                instant(text).map_or_else(|| text.clone(), |at| Instant(at).text())
            }
            (Kind::Period, Value::Object(period)) => {
                let side = |key: &str| period.get(key).and_then(Value::as_str).and_then(day).map(day_text);
                match (side("from"), side("to")) {
                    (Some(from), Some(to)) => format!("{from}から{to}まで"),
                    (Some(from), None) => format!("{from}から"),
                    (None, Some(to)) => format!("{to}まで"),
                    (None, None) => String::new(),
                }
            }
            (Kind::Rows { columns }, Value::Array(rows)) => {
                let lines: Vec<String> = rows.iter().map(|row| self.line(columns, row)).collect();
                lines.join("\n")
            }
            _ => value::format(field, found, &self.kernel.catalogue),
        }
    }

    fn line(&self, columns: &[Field], row: &Value) -> String {
        let cells: Vec<String> = columns
            .iter()
            .filter(|column| !column.code)
            .filter_map(|column| {
                let text = self.text(column, row.get(&column.name)?);
                (!text.is_empty()).then(|| format!("{}: {text}", column.label))
            })
            .collect();
        cells.join("、")
    }

    /// A value on a record's page: references as links, rows as a table, files to download.
    pub fn fact(&self, record: &Record, field: &Field) -> Markup {
        match (&field.kind, record.value(&field.name)) {
            (Kind::Reference { ledger, .. }, found @ (Value::String(_) | Value::Array(_))) => {
                let ids: Vec<&str> = match found {
                    Value::Array(ids) => ids.iter().filter_map(Value::as_str).collect(),
                    found => found.as_str().into_iter().collect(),
                };
                html! {
                    @for (place, id) in ids.into_iter().enumerate() {
                        @if place > 0 { "、" }
                        (self.link(ledger, id))
                    }
                }
            }
            (Kind::Date, Value::String(text)) => match day(text) {
                Some(date) => html! { (Day::with_weekday(date)) },
                None => html! { (text) },
            },
            (Kind::DateTime, Value::String(text)) => match instant(text) {
                Some(at) => html! { (Instant(at)) },
                None => html! { (text) },
            },
            (Kind::Rows { columns }, Value::Array(rows)) => self.rows(field, columns, rows),
            (Kind::Attachment, Value::Array(files)) => files_list(record, files),
            (_, found) => html! { (self.text(field, found)) },
        }
    }

    /// A person by name; whoever may not be known is somebody.
    pub fn person(&self, id: &str) -> String {
        if self.titles.open("person", id) { self.titles.get("person", id).to_string() } else { "ほかの人".into() }
    }

    /// A record by its title, linked when it may be opened.
    pub fn link(&self, ledger: &str, id: &str) -> Markup {
        let words = self.titles.get(ledger, id);
        html! {
            @if self.titles.open(ledger, id) { a href=(page_url(&self.kernel.catalogue, ledger, id)) { (words) } } @else { (words) }
        }
    }

    fn rows(&self, field: &Field, columns: &[Field], rows: &[Value]) -> Markup {
        let shown = || columns.iter().filter(|column| !column.code);
        let heads = shown().map(head).collect();
        let lines = rows.iter().map(|row| {
            Row::new(shown().map(|column| self.cell(column, row.get(&column.name).unwrap_or(&Value::Null))).collect())
        });
        Table::new(field.label.as_str(), heads).hide_caption().rows(lines).render()
    }

    /// A value in a table.
    pub fn cell(&self, field: &Field, found: &Value) -> Cell {
        match (&field.kind, found) {
            (_, Value::Null) => Cell::empty(),
            (Kind::Date, Value::String(text)) => day(text).map_or_else(|| Cell::text(text.as_str()), Cell::day),
            (Kind::Reference { ledger, .. }, Value::String(id)) => Cell::of_markup(self.link(ledger, id)),
            _ => Cell::text(self.text(field, found)),
        }
    }
}

/// The head of a column for a field.
pub fn head(field: &Field) -> Column {
    match &field.kind {
        Kind::Integer | Kind::Yen | Kind::Decimal { .. } => Column::number(field.label.as_str()),
        Kind::Date => Column::date(field.label.as_str()),
        _ => Column::text(field.label.as_str()),
    }
}

/// Attached files of a record as links.
pub fn files_list(record: &Record, files: &[Value]) -> Markup {
    html! {
        ul class="plain-list" {
            @for file in files {
                @let name = file.get("name").and_then(Value::as_str).unwrap_or("添付ファイル");
                @let id = file.get("id").and_then(Value::as_str).unwrap_or_default();
                @let size = file.get("size").and_then(Value::as_u64).unwrap_or_default();
                li {
                    a href=(Url::path(["attachments", record.ledger.as_str(), record.id.as_str(), id])) download { (name) }
                    span class="small quiet" { " " (size_text(size)) }
                }
            }
        }
    }
}

/// The size of a file: 12KB, 1.5MB.
pub fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes}バイト"),
        1_024..1_048_576 => format!("{}KB", bytes.div_ceil(1_024)),
        _ => format!("{}.{}MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// A stored day.
pub fn day(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}

/// A stored instant.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// Records grouped by ledger, for reading each ledger once.
pub fn by_ledger<'a>(wanted: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (ledger, id) in wanted {
        let ids = groups.entry(ledger.to_string()).or_default();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_string());
        }
    }
    groups
}
