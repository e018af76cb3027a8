//! The list of a ledger. In reading order: [`asked`] reads the address, [`conditions`] puts conditions into words and
//! reads the form that adds them, [`columns`] chooses columns, [`rows`] draws the table, [`tools`] what stands around it,
//! [`group`] counts, [`bulk`] acts on many.

pub(super) mod asked;
mod bulk;
mod columns;
mod conditions;
mod group;
mod rows;
mod tools;

use ledger::access::Access;
use ledger::read::COUNT_CEILING;
use maud::{Markup, html};

pub use bulk::bulk;
pub use columns::choose as choose_columns;
pub use tools::keep_view;

use crate::Icon;
use crate::components::{Empty, LinkButton, ListHead, Notice, Page, Pager};
use crate::web::{Ask, Reply, Stop};

use super::visits::Visits;
use super::words::list_url;
use asked::Asked;

/// The page.
pub fn page(tx: &mut dyn ledger::port::Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let access = Access::new(&ledger, ask.who);
    if !access.any() {
        return Err(ledger::Refusal::NotFound.into());
    }
    // The form that adds conditions is answered by the address that holds them.
    if let Some(to) = conditions::added(tx, ask, &ledger)? {
        return Ok(Reply::to(to));
    }
    let asked = Asked::read(ask, &ledger)?;
    let mut page = Page::new(ledger.label.as_str());
    if access.may_create() && asked.request.as_of.is_none() {
        let to = list_url(&ledger.name).join("new");
        page = page.action(LinkButton::primary(format!("{}を登録する", ledger.label), to).icon(Icon::Plus));
    }
    if access.may_import() {
        page = page.action(LinkButton::secondary("ファイルから取り込む", list_url(&ledger.name).join("import")));
    }
    if let Some(day) = asked.as_of {
        let now = asked.url.without("as_of");
        page = page.notice(
            Notice::warning(format!("{}の終わりの時点の内容です", crate::when::day_text(day)))
                .action(html! { a href=(now) { "いまの内容に戻る" } }),
        );
    }
    let body = match &asked.group {
        Some(field) => group::body(tx, ask, &ledger, &asked, field)?,
        None => list_body(tx, ask, &ledger, &asked)?,
    };
    let filters = conditions::filters(tx, ask, &ledger, &asked)?;
    let tabs = tools::tabs(tx, ask, &ledger, &asked)?;
    Ok(Reply::page(page.body(html! { (tabs) (filters) div class="stack" { (body) } })))
}

fn list_body(
    tx: &mut dyn ledger::port::Reader,
    ask: &Ask<'_>,
    ledger: &ledger::definition::Ledger,
    asked: &Asked,
) -> Result<Markup, Stop> {
    let found = ask.kernel.list(tx, ask.who, &asked.request)?;
    let count = match (&asked.request.cursor, &found.next) {
        // What fits on the first page needs no counting.
        (None, None) => found.records.len() as u64,
        _ => ask.kernel.count(tx, ask.who, &asked.request)?,
    };
    if found.records.is_empty() && asked.request.cursor.is_none() {
        return Ok(empty(ask, ledger, asked));
    }
    let columns = columns::chosen(tx, ask, ledger)?;
    let shown: Vec<&str> =
        columns.iter().map(|(name, _)| name.as_str()).chain(ledger.title.iter().map(String::as_str)).collect();
    ask.seen.shown(ask.who, ledger, &found.records, Some(&shown));
    let visits = Visits::read(tx, ask.who)?;
    let table = rows::table(tx, ask, ledger, asked, &columns, &found.records, &visits)?;
    let mut head = if count == COUNT_CEILING { ListHead::at_least(count) } else { ListHead::count(count) };
    for tool in tools::tools(ask, ledger, asked, &columns) {
        head = head.tool(tool);
    }
    let first = asked.trail.len() * rows::ON_A_PAGE + 1;
    let last = first + found.records.len().saturating_sub(1);
    let pager = Pager::new(asked.previous(), found.next.as_ref().map(|next| asked.next(next)))
        .place(format!("{first}件目から{last}件目まで"));
    Ok(html! { (head) (table) (pager) })
}

/// An empty list teaches what belongs here; one that is empty because of its conditions says so.
fn empty(ask: &Ask<'_>, ledger: &ledger::definition::Ledger, asked: &Asked) -> Markup {
    let access = Access::new(ledger, ask.who);
    if asked.narrowed() {
        let all = LinkButton::secondary("すべての条件を外す", list_url(&ledger.name));
        return html! { (Empty::new("条件に合う記録はありません", "条件を外すか、言葉を短くして探してください。").action(all)) };
    }
    let help =
        if ledger.help.is_empty() { "登録した記録がここに並びます。" } else { ledger.help.as_str() };
    let mut empty = Empty::new(format!("{}はまだありません", ledger.label), help);
    if access.may_create() {
        empty = empty
            .action(LinkButton::primary(format!("{}を登録する", ledger.label), list_url(&ledger.name).join("new")));
    }
    if access.may_import() {
        empty = empty.action(LinkButton::secondary("ファイルから取り込む", list_url(&ledger.name).join("import")));
    }
    html! { (empty) }
}
