//! All rounds, newest first.

use ledger::access::Access;
use ledger::port::Reader;
use maud::html;
use ui::components::{Cell, Column, Empty, LinkButton, Page, Row, Table};
use ui::screens::words::{list_url, state_badge};
use ui::web::{Ask, Reply, Stop};

use super::super::super::find;
use super::super::super::names::ledger_name::ROUND;
use super::super::{address, asked, shown};

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let rounds = asked::all(tx, ask, ROUND, Vec::new())?;
    let ledger = ask.kernel.ledger(ROUND)?;
    let rows = rounds.iter().map(|round| {
        let day = |field: &str| find::date(round, field).map_or_else(Cell::empty, Cell::day);
        let kind = shown::choice(ask.kernel, "round_kind", round.text("kind").unwrap_or_default());
        Row::new(vec![
            Cell::link(round.text("name").unwrap_or(&round.id), &address::round(&round.id)),
            Cell::text(kind),
            day("starts_on"),
            day("ends_on"),
            Cell::of_markup(state_badge(&ledger, &round.state)),
        ])
    });
    let columns = vec![
        Column::text("評価期").names_row(),
        Column::text("種類"),
        Column::date("初日"),
        Column::date("末日"),
        Column::text("状態"),
    ];
    let empty = Empty::new("評価期はまだありません", "人事担当が評価期を登録すると、ここに並びます。");
    let table = Table::new("評価期", columns).hide_caption().rows(rows).empty(empty);
    let mut page = Page::new("評価期の進み具合").under("人事評価", address::entrance());
    if Access::new(&ledger, ask.who).may_create() {
        page = page.action(LinkButton::primary("評価期を登録する", list_url(ROUND).join("new")));
    }
    Ok(Reply::page(page.body(html! { (table) })))
}
