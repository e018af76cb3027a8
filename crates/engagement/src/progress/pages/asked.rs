//! Questions of these pages. Every record that is shown comes from [`ledger::Kernel::list`] or
//! [`ledger::Kernel::detail`], so that what a reader may not see never reaches a page.

use ledger::access::Access;
use ledger::port::Reader;
use ledger::read::title::{self, Titles};
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test};
use ledger::{Record, Refusal};
use maud::{Markup, html};
use ui::Url;
use ui::components::{LinkButton, Page};
use ui::screens::words::list_url;
use ui::web::{Ask, Stop};

use super::super::names::MOST;
use super::super::names::ledger_name::ENGAGEMENT;

/// The field has one of the values.
pub fn is<T: Into<String>>(field: &str, values: impl IntoIterator<Item = T>) -> Condition {
    Condition { field: field.into(), test: Test::Is, values: values.into_iter().map(Into::into).collect() }
}

/// Records that satisfy the conditions, in the order of the ledger; none where nothing of the ledger is open.
///
/// # Errors
/// Those of the database.
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
            Err(Refusal::NotFound | Refusal::Denied(_)) => return Ok(Vec::new()),
            Err(other) => return Err(other),
        };
        records.extend(page.records);
        match page.next {
            Some(next) if records.len() < MOST => request.cursor = Some(next),
            _ => return Ok(records),
        }
    }
}

/// Titles of everything that the records refer to.
///
/// # Errors
/// Those of the database.
pub fn titles(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &str, records: &[Record]) -> Result<Titles, Refusal> {
    let ledger = ask.kernel.ledger(ledger)?;
    Ok(title::many(&ask.kernel.catalogue, tx, ask.who, title::referred(&ledger, records))?)
}

/// The contract of the address, and the beginning of its page.
///
/// # Errors
/// Not found when the reader may not see it.
pub fn contract(tx: &mut dyn Reader, ask: &Ask<'_>, words: &str) -> Result<(Record, Page), Stop> {
    let contract = ask.kernel.detail(tx, ask.who, ENGAGEMENT, ask.param("id"), None)?.record;
    let title = name(&contract);
    let page =
        Page::new(words).under("契約案件", list_url(ENGAGEMENT)).under(title, crate::pages::home_url(&contract.id));
    Ok((contract, page))
}

/// Number and title of a contract.
pub fn name(contract: &Record) -> String {
    let part = |field: &str| contract.text(field).unwrap_or_default();
    format!("{} {}", part("number"), part("title")).trim().to_string()
}

/// The form for a new record with these values filled in.
pub fn new_url(ledger: &str, values: &[(&str, &str)]) -> Url {
    values.iter().fold(list_url(ledger).join("new"), |url, (name, value)| url.query(*name, *value))
}

/// A link to the form for a new record, where the reader may make one.
pub fn new_button(ask: &Ask<'_>, words: &str, ledger: &str, values: &[(&str, &str)]) -> Markup {
    let may = ask.kernel.catalogue.ledger(ledger).is_some_and(|ledger| Access::new(ledger, ask.who).may_create());
    html! { @if may { (LinkButton::secondary(words, new_url(ledger, values))) } }
}

/// The list of a ledger for one contract.
pub fn list_of(ledger: &str, engagement: &str) -> Url {
    list_url(ledger).query("f", format!("engagement:is:{engagement}"))
}
