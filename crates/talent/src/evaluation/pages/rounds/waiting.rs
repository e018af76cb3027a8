//! Who holds the sheets of a round: of an office, of a step, late ones only; with reminders to the holders.

use std::collections::BTreeMap;

use ledger::Record;
use ledger::port::Reader;
use maud::html;
use ui::components::{Bulk, Cell, Column, Empty, Filters, ListHead, Page, Row, Table};
use ui::screens::words::state_badge;
use ui::web::{Ask, Reply, Stop};
use ui::when::Instant;

use super::super::super::names::ledger_name::{ORGANISATION, PERSON, SHEET};
use super::super::super::names::state;
use super::super::super::progress::{InHand, in_hand, steps};
use super::super::{address, asked, shown};
use super::remind;

/// Sheets shown at most; the list says when there are more.
const MOST: usize = 500;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    let (office, step) = (given(ask, "office"), given(ask, "step"));
    let late = ask.query("late") == Some("1");
    // The last day is one for each step, so that late sheets are those of late steps.
    let steps: Vec<String> = steps(ask.kernel, &round)?
        .into_iter()
        .filter(|known| state::OPEN.contains(&known.state.as_str()) || step == Some(known.state.as_str()))
        .filter(|known| step.is_none_or(|step| step == known.state) && (known.late || !late))
        .map(|known| known.state)
        .collect();
    let mut conditions = vec![asked::is("round", [round.id.as_str()]), asked::is("state", steps.clone())];
    conditions.extend(office.map(|office| asked::is("organisation", [office])));
    let whole = asked::count(tx, ask, conditions)?;
    let mut found: Vec<InHand> = Vec::new();
    for step in &steps {
        let room = MOST.saturating_sub(found.len());
        if room > 0 {
            found.extend(in_hand(tx, ask.kernel, ask.who, &round.id, office, Some(step), room)?);
        }
    }
    let sheets: Vec<Record> = found.iter().map(|row| row.sheet.clone()).collect();
    let titles = asked::titles(tx, ask, &sheets)?;
    let reminded = remind::reminded(tx, &round.id)?;
    let runs = asked::runs(ask, &round)?;
    let ledger = ask.kernel.ledger(SHEET)?;
    let here = address::waiting(&round.id, office, step).query_if("late", late.then_some("1"));
    let mut filters = Filters::new().clear(address::waiting(&round.id, None, None));
    if let Some(office) = office {
        let names = asked::names(tx, ask, ORGANISATION, [office])?;
        filters = filters.chip(format!("組織: {}", names.get(ORGANISATION, office)), here.without("office"));
    }
    if let Some(step) = step {
        filters = filters.chip(format!("段階: {}", ledger.workflow.state_label(step)), here.without("step"));
    }
    if late {
        filters = filters.chip("期限を過ぎたもの", here.without("late"));
    }
    let rows = found.iter().map(|row: &InHand| {
        let sheet = &row.sheet;
        let subject = sheet.text("subject").map_or("", |id| titles.get(PERSON, id));
        let holder = row.holder.as_deref();
        let told: BTreeMap<_, _> = holder.and_then(|holder| reminded.get(holder)).cloned().unwrap_or_default();
        let cells = vec![
            Cell::link(subject, &address::sheet(&sheet.id)),
            Cell::text(sheet.text("organisation").map_or("", |id| titles.get(ORGANISATION, id))),
            Cell::of_markup(state_badge(&ledger, &sheet.state)),
            holder.map_or_else(Cell::empty, |holder| Cell::text(titles.get(PERSON, holder))),
            Cell::of_markup(shown::due_cell(ask, row.due)),
            told.get(&sheet.id).map_or_else(Cell::empty, |at| Cell::of_markup(Instant(*at))),
        ];
        let line = Row::new(cells).id(format!("row-{}", sheet.id));
        // Nobody can be reminded of a step that nobody has in hand.
        if holder.is_some() { line.pick(&sheet.id, subject) } else { line }
    });
    let columns = vec![
        Column::text("氏名").names_row(),
        Column::text("組織"),
        Column::text("段階"),
        Column::text("今の担当者"),
        Column::text("期限"),
        Column::text("最後の連絡"),
    ];
    let empty = Empty::new("当たる評価記録書はありません", "条件を外すと、ほかの評価記録書が並びます。");
    let table = Table::new("今の担当者", columns).hide_caption().rows(rows).empty(empty);
    let bulk = Bulk::new(address::remind(&round.id), "pick")
        .hidden("_secret", ask.secret)
        .hidden("back", here.to_string())
        .act(
            "remind",
            "今の担当者に連絡する",
            "選んだ{n}件の今の担当者に、作業の件数と期限をメールで知らせます。同じ日に同じ人へは一通だけ送ります。",
        );
    let table = if runs && !found.is_empty() { table.bulk(bulk) } else { table };
    let words = match whole {
        more if more > found.len() as u64 => format!("{more}件のうち、動きの古い{}件", found.len()),
        count => format!("{count}件"),
    };
    let name = round.text("name").unwrap_or_default();
    let page = Page::new("評価の今の担当者")
        .under("人事評価", address::entrance())
        .under("評価期の進み具合", address::rounds())
        .under(name, address::round(&round.id));
    Ok(Reply::page(page.body(html! { div class="stack" { (filters) (ListHead::words(words)) (table) } })))
}

fn given<'a>(ask: &'a Ask<'_>, name: &str) -> Option<&'a str> {
    ask.query(name).filter(|value| !value.is_empty())
}
