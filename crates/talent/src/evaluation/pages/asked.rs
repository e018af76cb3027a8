//! Questions of these pages. Every record that is shown comes from [`Kernel::list`](ledger::Kernel::list) or
//! [`Kernel::detail`](ledger::Kernel::detail), so that what a reader may not see never reaches a page.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::access::Access;
use ledger::port::{Reader, StoreError};
use ledger::read::title::{self, Titles};
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test};
use ledger::{Record, Refusal};
use ui::web::Ask;

use super::super::find;
use super::super::names::ledger_name::{ROUND, SHEET};
use super::super::sheet::due_field;

/// More sheets than one person has before them.
const MOST: usize = 5_000;

/// The field has one of the values; `@me` is the reader's own person.
pub fn is<T: Into<String>>(field: &str, values: impl IntoIterator<Item = T>) -> Condition {
    Condition { field: field.into(), test: Test::Is, values: values.into_iter().map(Into::into).collect() }
}

/// Records that satisfy the conditions, in the order of the ledger; none where nothing of the ledger is open.
pub fn all(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    conditions: Vec<Condition>,
) -> Result<Vec<Record>, Refusal> {
    let mut request = ListRequest { ledger: ledger.into(), conditions, limit: LARGEST_PAGE, ..ListRequest::default() };
    let mut records = Vec::new();
    loop {
        let page = match ask.kernel.list(tx, ask.who, &request) {
            Ok(page) => page,
            Err(Refusal::NotFound) => return Ok(Vec::new()),
            Err(other) => return Err(other),
        };
        records.extend(page.records);
        match page.next {
            Some(next) if records.len() < MOST => request.cursor = Some(next),
            _ => return Ok(records),
        }
    }
}

/// Sheets that satisfy the conditions.
pub fn sheets(tx: &mut dyn Reader, ask: &Ask<'_>, conditions: Vec<Condition>) -> Result<Vec<Record>, Refusal> {
    all(tx, ask, SHEET, conditions)
}

/// Number of sheets that satisfy the conditions.
pub fn count(tx: &mut dyn Reader, ask: &Ask<'_>, conditions: Vec<Condition>) -> Result<u64, Refusal> {
    let request = ListRequest { ledger: SHEET.into(), conditions, ..ListRequest::default() };
    match ask.kernel.count(tx, ask.who, &request) {
        Err(Refusal::NotFound) => Ok(0),
        counted => counted,
    }
}

/// Rounds by identifier.
pub fn rounds(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<BTreeMap<String, Record>, Refusal> {
    Ok(all(tx, ask, ROUND, Vec::new())?.into_iter().map(|round| (round.id.clone(), round)).collect())
}

/// Rounds in which I have one of these seats, by identifier.
pub fn rounds_with_me(tx: &mut dyn Reader, ask: &Ask<'_>, seats: &[&str]) -> Result<Vec<Record>, Refusal> {
    let mut ids: Vec<String> = Vec::new();
    for seat in seats {
        let request =
            ListRequest { ledger: SHEET.into(), conditions: vec![is(seat, ["@me"])], ..ListRequest::default() };
        let groups = match ask.kernel.group(tx, ask.who, &request, &["round"]) {
            Ok(groups) => groups,
            Err(Refusal::NotFound) => Vec::new(),
            Err(other) => return Err(other),
        };
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
    let ledger = ask.kernel.ledger(SHEET)?;
    Ok(title::many(&ask.kernel.catalogue, tx, ask.who, title::referred(&ledger, sheets))?)
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
