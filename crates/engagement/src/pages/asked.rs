//! Questions of these pages. Everything that is shown comes from `Kernel::list`, `group` or `detail`, so that what a
//! reader may not see never reaches a page.

use ledger::port::Reader;
use ledger::query::Group;
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test};
use ledger::{Record, Refusal};
use ui::web::Ask;

/// The field has one of the values.
pub fn is<T: Into<String>>(field: &str, values: impl IntoIterator<Item = T>) -> Condition {
    Condition { field: field.into(), test: Test::Is, values: values.into_iter().map(Into::into).collect() }
}

/// The field passes a test with one value.
pub fn test(field: &str, test: Test, value: impl Into<String>) -> Condition {
    Condition { field: field.into(), test, values: vec![value.into()] }
}

/// Records that satisfy the conditions, in the order of the ledger, at most `most`; none where nothing is open.
pub fn all(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    conditions: Vec<Condition>,
    most: usize,
) -> Result<Vec<Record>, Refusal> {
    let limit = LARGEST_PAGE.min(most);
    let mut request = ListRequest { ledger: ledger.into(), conditions, limit, ..ListRequest::default() };
    let mut records = Vec::new();
    loop {
        let page = match ask.kernel.list(tx, ask.who, &request) {
            Err(Refusal::NotFound) => return Ok(Vec::new()),
            page => page?,
        };
        records.extend(page.records);
        match page.next {
            Some(next) if records.len() < most => request.cursor = Some(next),
            _ => return Ok(records),
        }
    }
}

/// Numbers of records by a field; none where nothing is open.
pub fn groups(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    conditions: Vec<Condition>,
    by: &[&str],
) -> Result<Vec<Group>, Refusal> {
    let request = ListRequest { ledger: ledger.into(), conditions, ..ListRequest::default() };
    match ask.kernel.group(tx, ask.who, &request, by) {
        Err(Refusal::NotFound) => Ok(Vec::new()),
        groups => groups,
    }
}

/// Number of records, up to [`ledger::read::COUNT_CEILING`].
pub fn count(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &str, conditions: Vec<Condition>) -> Result<u64, Refusal> {
    let request = ListRequest { ledger: ledger.into(), conditions, ..ListRequest::default() };
    match ask.kernel.count(tx, ask.who, &request) {
        Err(Refusal::NotFound) => Ok(0),
        counted => counted,
    }
}
