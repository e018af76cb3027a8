//! Records for pages made by hand. Everything comes from [`Kernel::list`](ledger::Kernel::list),
//! [`group`](ledger::Kernel::group) or [`count`](ledger::Kernel::count), so that what a reader may not see never reaches a
//! page; where nothing of a ledger is open to the reader there are no records.

use ledger::port::Reader;
use ledger::query::Group;
use ledger::read::title::{self, Titles};
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test};
use ledger::{Record, Refusal};

use crate::web::Ask;

/// More records than one page is made from.
pub const MOST: usize = 5_000;

/// The field has one of the values; `@me` is the reader's own person.
pub fn is<T: Into<String>>(field: &str, values: impl IntoIterator<Item = T>) -> Condition {
    Condition { field: field.into(), test: Test::Is, values: values.into_iter().map(Into::into).collect() }
}

/// The field passes a test with one value.
pub fn test(field: &str, test: Test, value: impl Into<String>) -> Condition {
    Condition { field: field.into(), test, values: vec![value.into()] }
}

/// Records that satisfy the conditions, in the order of the ledger, at most [`MOST`].
///
/// # Errors
/// Those of the database, and a condition that the ledger does not know.
pub fn all(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    conditions: Vec<Condition>,
) -> Result<Vec<Record>, Refusal> {
    first(tx, ask, ledger, conditions, MOST)
}

/// The first records that satisfy the conditions: at least `most` where there are so many, whole pages otherwise.
///
/// # Errors
/// As [`all`].
pub fn first(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    conditions: Vec<Condition>,
    most: usize,
) -> Result<Vec<Record>, Refusal> {
    let mut request = ListRequest { limit: LARGEST_PAGE.min(most), ..request(ledger, conditions) };
    let mut records = Vec::new();
    loop {
        let Some(page) = open(ask.kernel.list(tx, ask.who, &request))? else { return Ok(records) };
        records.extend(page.records);
        match page.next {
            Some(next) if records.len() < most => request.cursor = Some(next),
            _ => return Ok(records),
        }
    }
}

/// Numbers of records by fields.
///
/// # Errors
/// As [`all`].
pub fn groups(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    conditions: Vec<Condition>,
    by: &[&str],
) -> Result<Vec<Group>, Refusal> {
    Ok(open(ask.kernel.group(tx, ask.who, &request(ledger, conditions), by))?.unwrap_or_default())
}

/// Number of records, up to [`ledger::read::COUNT_CEILING`].
///
/// # Errors
/// As [`all`].
pub fn count(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &str, conditions: Vec<Condition>) -> Result<u64, Refusal> {
    Ok(open(ask.kernel.count(tx, ask.who, &request(ledger, conditions)))?.unwrap_or_default())
}

/// Titles of everything that the records of one ledger refer to.
///
/// # Errors
/// Those of the database.
pub fn titles(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &str, records: &[Record]) -> Result<Titles, Refusal> {
    let ledger = ask.kernel.ledger(ledger)?;
    Ok(title::many(&ask.kernel.catalogue, tx, ask.who, title::referred(&ledger, records))?)
}

fn request(ledger: &str, conditions: Vec<Condition>) -> ListRequest {
    ListRequest { ledger: ledger.into(), conditions, ..ListRequest::default() }
}

/// The answer; none where nothing of the ledger is open to the reader.
fn open<T>(answer: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match answer {
        Err(Refusal::NotFound | Refusal::Denied(_)) => Ok(None),
        answer => answer.map(Some),
    }
}
