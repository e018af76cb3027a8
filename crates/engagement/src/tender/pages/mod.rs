//! The pages of procurements: [`desk`](opening) where two people open bids and see what comes next, the lots that anyone
//! can check, and the list of what is to be opened.

mod bidder;
mod list;
mod lots;
mod opening;

use ledger::access::Access;
use ledger::port::Reader;
use ledger::read::title::{self, Titles};
use ledger::{Kernel, Principal, Record, Refusal};
use maud::{Markup, html};
use serde_json::Value;
use ui::Url;
use ui::components::{Cell, Column, Row, Table};
use ui::web::{Ask, Place, Route};

use super::names::TENDER;

/// All addresses of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/tenders", list::page),
        Route::read("/tenders/{id}/opening", opening::page),
        Route::read("/tenders/lottery/{id}", lots::page),
    ]
}

/// Entries of the side navigation.
pub fn places() -> Vec<Place> {
    vec![Place { area: "tender", words: "開札の予定", path: "/tenders", open: reads }]
}

fn reads(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(TENDER).is_some_and(|ledger| Access::new(ledger, who).any())
}

/// The page of an opening.
fn opening_url(id: &str) -> Url {
    Url::path(["tenders", id, "opening"])
}

/// The form of a step.
fn step_url(ledger: &str, id: &str, transition: &str) -> Url {
    Url::path(["ledgers", ledger, id, "transitions", transition])
}

/// Records of a procurement that the reader may see, in the order of their ledger.
fn of_tender(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &str, tender: &str) -> Result<Vec<Record>, Refusal> {
    match ui::asked::all(tx, ask, ledger, vec![ui::asked::is("tender", [tender])]) {
        // What its procurement is may be closed to the reader though the ledger is not.
        Err(Refusal::Invalid(_)) => Ok(Vec::new()),
        records => records,
    }
}

/// Names of what records refer to, asked for once.
fn titles(tx: &mut dyn Reader, ask: &Ask<'_>, records: &[Record]) -> Result<Titles, Refusal> {
    let mut wanted = Vec::new();
    for record in records {
        if let Some(ledger) = ask.kernel.catalogue.ledger(&record.ledger) {
            wanted.extend(title::referred(ledger, std::slice::from_ref(record)));
        }
    }
    Ok(title::many(&ask.kernel.catalogue, tx, ask.who, wanted)?)
}

/// Rows of a field.
fn rows<'a>(record: &'a Record, field: &str) -> &'a [Value] {
    record.value(field).as_array().map_or(&[], Vec::as_slice)
}

fn cell(row: &Value, name: &str) -> String {
    match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(yes)) => if *yes { "はい" } else { "いいえ" }.into(),
        _ => String::new(),
    }
}

/// A calculation, line by line.
fn steps(record: &Record, caption: &str) -> Table {
    let lines = rows(record, "steps").iter().map(|row| {
        Row::new(vec![Cell::text(cell(row, "label")), Cell::text(cell(row, "formula")), Cell::text(cell(row, "value"))])
    });
    let columns = vec![Column::text("項目").names_row(), Column::text("計算"), Column::text("値")];
    Table::new(caption, columns).hide_caption().rows(lines)
}

/// Letters that no browser breaks by itself, with places to break; what is copied has none.
fn code(text: &str) -> Markup {
    let letters: Vec<char> = text.chars().collect();
    html! { code { @for part in letters.chunks(8) { (part.iter().collect::<String>()) wbr; } } }
}
