//! The table of a list.

use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::title;
use ledger::{Record, write};

use crate::Url;
use crate::components::{Bulk, Cell, Column, Row, Sorted, Table};
use crate::web::{Ask, Stop};
use crate::when::Instant;

use super::super::visits::Visits;
use super::super::words::{Words, head, list_url, page_url, record_url, state_badge};
use super::asked::Asked;

/// Records on one page.
pub const ON_A_PAGE: usize = 50;

/// The records in these columns, with what can be done to several of them.
pub fn table(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    asked: &Asked,
    columns: &[(String, String)],
    records: &[Record],
    visits: &Visits,
) -> Result<Table, Stop> {
    // Titles are looked up only for what is shown.
    let shown = ledger
        .fields
        .iter()
        .filter(|field| ledger.title.contains(&field.name) || columns.iter().any(|(name, _)| *name == field.name));
    let wanted = shown.filter_map(|field| Some((field, field.target()?))).flat_map(|(field, target)| {
        records.iter().flat_map(move |record| record.references(&field.name)).map(move |id| title::Wanted {
            ledger: target,
            id,
            named: field.named,
        })
    });
    let titles = title::many(&ask.kernel.catalogue, tx, ask.who, wanted)?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    // The row is named by the field that names the record, else by its first column.
    let naming = columns.iter().position(|(name, _)| ledger.title.contains(name)).unwrap_or(0);
    let heads = columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            let head = heading(ask, ledger, asked, column);
            if place == naming { head.names_row() } else { head }
        })
        .collect();
    let mut table = Table::new(format!("{}の一覧", ledger.label), heads).hide_caption();
    let acts = if asked.request.as_of.is_none() { acts(ask, ledger, records) } else { Vec::new() };
    for record in records {
        // The past of a record is shown by the page that every ledger has.
        let to = match asked.as_of {
            Some(day) => record_url(&ledger.name, &record.id).query("as_of", day),
            None => page_url(&ask.kernel.catalogue, &ledger.name, &record.id),
        };
        let cells = columns
            .iter()
            .enumerate()
            .map(|(place, (name, _))| {
                let text = (place == naming).then(|| name_cell(&words, ledger, record, name, &to));
                text.unwrap_or_else(|| cell(&words, ledger, record, name))
            })
            .collect();
        let mut row = Row::new(cells).id(format!("row-{}", record.id));
        if !acts.is_empty() {
            row = row.pick(format!("{}:{}", record.id, record.revision), words.title(ledger, record));
        }
        if visits.older(record).is_some() {
            row = row.changed();
        }
        table = table.row(row);
    }
    if acts.is_empty() {
        return Ok(table);
    }
    let mut bulk = Bulk::new(list_url(&ledger.name).join("bulk"), "id").hidden("_secret", ask.secret);
    for (name, label) in acts {
        let says =
            format!("{{n}}件の{}について「{label}」を行います。次の画面で確かめてから実行します。", ledger.label);
        bulk = bulk.act(name, label, says);
    }
    Ok(table.bulk(bulk))
}

/// Transitions that can be taken without filling anything in, for at least one of the records.
fn acts(ask: &Ask<'_>, ledger: &Ledger, records: &[Record]) -> Vec<(String, String)> {
    let simple = ledger.workflow.transitions.iter().filter(|transition| transition.required.is_empty());
    simple
        .filter(|transition| {
            records.iter().any(|record| write::obstacle(ledger, transition, record, ask.who).is_none())
        })
        .map(|transition| (transition.name.clone(), transition.label.clone()))
        .collect()
}

fn heading(ask: &Ask<'_>, ledger: &Ledger, asked: &Asked, (name, label): &(String, String)) -> Column {
    let column = match ledger.field(name) {
        Some(field) => head(field),
        None if name == "state" => Column::text(label.as_str()),
        None => Column::date(label.as_str()),
    };
    // A reference is stored as an identifier, whose order means nothing to a person; an encrypted value has none.
    let orderless = ledger.field(name).is_some_and(|field| field.encrypted || field.target().is_some());
    if orderless || Access::new(ledger, ask.who).operand(name).is_none() {
        return column;
    }
    let sort = if asked.request.sort.is_empty() { &ledger.views.sort } else { &asked.request.sort };
    let now = sort.first().filter(|sort| sort.field == *name).map(|sort| sort.descending);
    let (link, now) = match now {
        Some(false) => (format!("-{name}"), Some(Sorted::Ascending)),
        Some(true) => (name.clone(), Some(Sorted::Descending)),
        None => (name.clone(), None),
    };
    column.sort(asked.url.with("sort", link), now)
}

fn cell(words: &Words<'_>, ledger: &Ledger, record: &Record, name: &str) -> Cell {
    match name {
        "state" => Cell::badge(&state_badge(ledger, &record.state)),
        "recorded_at" => Cell::of_markup(Instant(record.recorded_at)),
        "created_at" => Cell::of_markup(Instant(record.created_at)),
        name => match ledger.field(name) {
            Some(field) => words.cell(field, record.value(name)),
            None => Cell::empty(),
        },
    }
}

/// The cell that opens the record; a name has its reading on a second line.
fn name_cell(words: &Words<'_>, ledger: &Ledger, record: &Record, name: &str, to: &Url) -> Cell {
    let text = ledger.field(name).map(|field| words.text(field, record.value(name))).unwrap_or_default();
    let text = if text.is_empty() { words.title(ledger, record) } else { text };
    let beside_reading = ledger.title.last().is_some_and(|last| last == name);
    let reading = ledger.reading.as_ref().filter(|_| beside_reading).and_then(|field| record.text(field));
    match reading {
        Some(reading) => Cell::name(&text, reading, Some(to)),
        None => Cell::link(text, to),
    }
}
