//! What the pages of plan and progress ask for beside [`ui::asked`].

use ledger::Record;
use ledger::access::Access;
use ledger::port::Reader;
use maud::{Markup, html};
use ui::Url;
pub use ui::asked::{all, is, titles};
use ui::components::{LinkButton, Page};
use ui::screens::words::list_url;
use ui::web::{Ask, Stop};

use super::super::names::ledger_name::ENGAGEMENT;

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
