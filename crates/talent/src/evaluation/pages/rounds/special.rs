//! 特別評価: people in conditional appointment, each started alone.

use ledger::Record;
use ledger::port::{Reader, Writer};
use maud::{Markup, html};
use ui::components::{Button, Cell, Column, Notice, PostButton, Row, Table};
use ui::web::{Ask, Reply, Stop};

use super::super::super::names::ledger_name::PERSON;
use super::super::super::special::{start_special, waiting};
use super::super::{address, asked};

/// Who waits for a special evaluation, with a button for each.
pub fn section(tx: &mut dyn Reader, ask: &Ask<'_>, round: &Record) -> Result<Markup, Stop> {
    let people = waiting(tx, ask.kernel, ask.who, ask.kernel.today())?;
    let titles = asked::names(tx, ask, PERSON, people.iter().map(|(person, _)| person.as_str()))?;
    let rows = people.iter().map(|(person, until)| {
        let name = titles.get(PERSON, person);
        let button =
            PostButton::new(address::special(&round.id), Button::secondary("特別評価を始める").small().for_whom(name))
                .hidden("_secret", ask.secret)
                .hidden("person", person);
        Row::new(vec![Cell::text(name), Cell::day(*until), Cell::of_markup(button)])
    });
    let columns = vec![Column::text("氏名").names_row(), Column::date("条件付採用期間の終了日"), Column::text("操作")];
    Ok(html! {
        section class="section stack" {
            h2 { "条件付採用期間中の職員" }
            @if people.is_empty() { p class="quiet" { "特別評価を待つ職員はいません。" } } @else {
                (Table::new("条件付採用期間中の職員", columns).hide_caption().rows(rows))
            }
        }
    })
}

/// Start the special evaluation of one person.
pub fn start(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    let person = ask.form("person").unwrap_or_default();
    start_special(tx, ask.kernel, ask.who, &round.id, person, ask.kernel.today())?;
    let notice = Notice::success("特別評価の評価記録書を作りました").text("評価者の今日の仕事に現れます。");
    Ok(Reply::to_with(address::round(&round.id), notice))
}
