//! What the pages of evaluation ask for beside [`ui::asked`].

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::access::Access;
use ledger::port::{Reader, StoreError};
use ledger::read::Condition;
use ledger::read::title::{self, Titles};
use ledger::{Record, Refusal};
pub use ui::asked::{all, is};
use ui::web::Ask;

use super::super::find;
use super::super::names::ledger_name::{ROUND, SHEET};
use super::super::sheet::due_field;

/// Sheets that satisfy the conditions.
pub fn sheets(tx: &mut dyn Reader, ask: &Ask<'_>, conditions: Vec<Condition>) -> Result<Vec<Record>, Refusal> {
    all(tx, ask, SHEET, conditions)
}

/// Number of sheets that satisfy the conditions.
pub fn count(tx: &mut dyn Reader, ask: &Ask<'_>, conditions: Vec<Condition>) -> Result<u64, Refusal> {
    ui::asked::count(tx, ask, SHEET, conditions)
}

/// Rounds by identifier.
pub fn rounds(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<BTreeMap<String, Record>, Refusal> {
    Ok(all(tx, ask, ROUND, Vec::new())?.into_iter().map(|round| (round.id.clone(), round)).collect())
}

/// Rounds in which I have one of these seats, by identifier.
pub fn rounds_with_me(tx: &mut dyn Reader, ask: &Ask<'_>, seats: &[&str]) -> Result<Vec<Record>, Refusal> {
    let mut ids: Vec<String> = Vec::new();
    for seat in seats {
        let groups = ui::asked::groups(tx, ask, SHEET, vec![is(seat, ["@me"])], &["round"])?;
        ids.extend(groups.iter().filter_map(|group| group.values.first()?.as_str().map(String::from)));
    }
    Ok(rounds(tx, ask)?.into_values().filter(|round| ids.contains(&round.id)).collect())
}

/// One round.
pub fn round(tx: &mut dyn Reader, ask: &Ask<'_>, id: &str) -> Result<Record, Refusal> {
    Ok(ask.kernel.detail(tx, ask.who, ROUND, id, None)?.record)
}

/// The round that the address names; else the newest open one of these; else the newest.
pub fn chosen<'a>(ask: &Ask<'_>, rounds: impl IntoIterator<Item = &'a Record>) -> Option<&'a Record> {
    let mut rounds: Vec<&Record> = rounds.into_iter().filter(|round| round.state != "preparing").collect();
    rounds.sort_by_key(|round| (round.state != "open", std::cmp::Reverse(find::owned(round, "starts_on"))));
    let named = ask.query("round").or(ask.form("round"));
    rounds.iter().find(|round| Some(round.id.as_str()) == named).or(rounds.first()).copied()
}

/// Titles of everything that the sheets refer to.
pub fn titles(tx: &mut dyn Reader, ask: &Ask<'_>, sheets: &[Record]) -> Result<Titles, Refusal> {
    ui::asked::titles(tx, ask, SHEET, sheets)
}

/// Titles of these people.
pub fn names<'a>(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<Titles, StoreError> {
    title::many(&ask.kernel.catalogue, tx, ask.who, ids.into_iter().map(|id| (ledger, id)))
}

/// Whether the reader may open and run the round.
pub fn runs(ask: &Ask<'_>, round: &Record) -> Result<bool, Refusal> {
    let ledger = ask.kernel.ledger(ROUND)?;
    Ok(Access::new(&ledger, ask.who).may_take(round, "open"))
}

/// The last day of the step in which a sheet stands.
pub fn due(sheet: &Record, round: Option<&Record>) -> Option<NaiveDate> {
    round.and_then(|round| due_field(&sheet.state).and_then(|field| find::date(round, field)))
}

/// A last day with what is left until it, and whether it has passed.
pub fn due_words(ask: &Ask<'_>, due: NaiveDate) -> (String, bool) {
    let today = ask.kernel.today();
    (calendar::remaining_phrase(today, due, &ask.kernel.calendar), due < today)
}
