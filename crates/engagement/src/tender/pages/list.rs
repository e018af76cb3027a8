//! What is to be opened and decided, soonest first.

use ledger::find;
use ledger::port::Reader;
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test};
use ledger::{Record, Refusal};
use ui::Url;
use ui::components::{Cell, Column, Empty, LinkButton, Page, Row, Table};
use ui::screens::words::state_badge;
use ui::web::{Ask, Reply, Stop};
use ui::when::Instant;

use super::super::names::TENDER;
use super::super::step;
use super::opening_url;

/// States before the end.
const RUNNING: [&str; 9] =
    ["announced", "closed", "opening", "opened", "judged", "lottery", "investigating", "recalled", "held"];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(TENDER)?;
    let condition = Condition {
        field: "state".into(),
        test: Test::Is,
        values: RUNNING.iter().map(|state| (*state).to_string()).collect(),
    };
    let request = ListRequest {
        ledger: TENDER.into(),
        conditions: vec![condition],
        limit: LARGEST_PAGE,
        ..ListRequest::default()
    };
    let mut found: Vec<Record> = match ask.kernel.list(tx, ask.who, &request) {
        Ok(page) => page.records,
        Err(Refusal::Denied(_)) => return Err(Refusal::NotFound.into()),
        Err(other) => return Err(other.into()),
    };
    let opening = |tender: &Record| step::opening(tender, step::round(tender));
    found.sort_by_key(|tender| opening(tender));
    let at = |instant| Cell::text(Option::map_or(instant, String::new(), |at| Instant(at).text()));
    let lines = found.iter().map(|tender| {
        let round = step::round(tender);
        Row::new(vec![
            Cell::link(tender.text("title").unwrap_or_default(), &opening_url(&tender.id)),
            Cell::text(find::owned(tender, "number").unwrap_or_default()),
            Cell::text(format!("第{round}回")),
            at(step::deadline(tender, round)),
            at(opening(tender)),
            Cell::badge(&state_badge(&ledger, &tender.state)),
        ])
    });
    let columns = vec![
        Column::text("件名").names_row(),
        Column::text("調達番号"),
        Column::text("回"),
        Column::text("入札書の期限"),
        Column::text("開札"),
        Column::text("状態"),
    ];
    let empty = Empty::new("進行中の調達はありません", "調達を公告すると、開札の早い順に並びます。");
    let table = Table::new("進行中の調達", columns).hide_caption().rows(lines).empty(empty);
    let all = LinkButton::secondary("すべての調達", Url::path(["ledgers", TENDER]));
    Ok(Reply::page(Page::new("開札の予定").action(all).body(table)))
}
