//! The calendar over all contracts that the reader sees: how much is due on each day of a month.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use ledger::Record;
use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::{COUNT_CEILING, Condition, Test, title};
use maud::{Markup, html};
use ui::Url;
use ui::asked;
use ui::components::{Badge, Cell, Column, Empty, LinkButton, Page, Pager, Row, Stats, Table, Tone};
use ui::screens::words::{list_url, record_url};
use ui::web::{Ask, Reply, Stop};

use super::due::title as words_of;
use super::{calendar_url, home_url};
use crate::names::ledger_name::{ENGAGEMENT, OBLIGATION};
use crate::names::made;
use crate::names::state::WAIVE;

/// So many of a month stand on the page; the day leads to all.
const SHOWN: usize = 100;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(OBLIGATION)?;
    if !super::sees_obligations(ask.kernel, ask.who) {
        return Err(ledger::Refusal::NotFound.into());
    }
    let today = ask.kernel.today();
    let wished = ask.query("month").and_then(|month| format!("{month}-01").parse().ok());
    let first: NaiveDate = wished.or(today.with_day(1)).unwrap_or(today);
    let last = first + TimeDelta::days(i64::from(first.num_days_in_month()) - 1);
    let within = vec![
        asked::is("state", open_states(&ledger)),
        asked::test(made::DUE_ON, Test::From, first.to_string()),
        asked::test(made::DUE_ON, Test::To, last.to_string()),
    ];
    let groups = asked::groups(tx, ask, OBLIGATION, within.clone(), &[made::DUE_ON])?;
    let by_day: BTreeMap<NaiveDate, u64> =
        groups.iter().filter_map(|group| Some((group.values.first()?.as_str()?.parse().ok()?, group.count))).collect();
    let records = asked::first(tx, ask, OBLIGATION, within.clone(), SHOWN)?;
    let before = vec![
        asked::is("state", open_states(&ledger)),
        asked::test(made::DUE_ON, Test::To, (today - TimeDelta::days(1)).to_string()),
    ];
    let late = asked::count(tx, ask, OBLIGATION, before.clone())?;
    let contracts = records.iter().filter_map(|one| one.text("engagement"));
    let titles = title::many(&ask.kernel.catalogue, tx, ask.who, contracts.map(|id| (ENGAGEMENT, id)))?;
    let total: u64 = by_day.values().sum();
    let many = |count: u64| if count >= COUNT_CEILING { format!("{count}以上") } else { count.to_string() };
    let stats = Stats::new()
        .figure("この月に期限の来るもの", total.to_string(), "件", None, (total > 0).then(|| list(&within)))
        .figure("期限を過ぎたもの", many(late), "件", Some("すべての月".into()), (late > 0).then(|| list(&before)));
    let month = |months: i64| {
        let step = Months::new(1);
        let moved = if months < 0 { first.checked_sub_months(step) } else { first.checked_add_months(step) };
        moved.map(|day| calendar_url(Some(&day.format("%Y-%m").to_string())))
    };
    let body = html! { div class="stack" {
        (stats)
        (Pager::new(month(-1), month(1)).place(calendar::format_era_month(first)))
        (grid(ask, &within, first, last, &by_day))
        section class="section stack" {
            h2 { "期限の順" }
            @if records.is_empty() {
                (Empty::new("この月に期限の来るものはありません", "契約案件に契約の決まりを選び、日付を入れると、ここに並びます。"))
            } @else {
                (table(&records, &titles, today))
                @if total > SHOWN as u64 {
                    p { (LinkButton::secondary(format!("この月の{total}件をすべて見る"), list(&within))) }
                }
            }
        }
    } };
    Ok(Reply::page(Page::new("期限のカレンダー").under("契約案件", list_url(ENGAGEMENT)).body(body)))
}

/// States in which an obligation is still to be done.
fn open_states(ledger: &Ledger) -> Vec<String> {
    ledger.workflow.transition(WAIVE).map(|waive| waive.from.clone()).unwrap_or_default()
}

/// The list of what satisfies these conditions.
fn list(conditions: &[Condition]) -> Url {
    conditions.iter().fold(list_url(OBLIGATION), |url, condition| url.query("f", condition.to_string()))
}

fn grid(
    ask: &Ask<'_>,
    within: &[Condition],
    first: NaiveDate,
    last: NaiveDate,
    by_day: &BTreeMap<NaiveDate, u64>,
) -> Markup {
    let today = ask.kernel.today();
    let days = ["月", "火", "水", "木", "金", "土", "日"];
    let monday = first - TimeDelta::days(i64::from(first.weekday().num_days_from_monday()));
    let weeks = (0..6i64).map(|week| monday + TimeDelta::days(7 * week)).take_while(|day| *day <= last);
    let state = within.first();
    let cell = |day: NaiveDate| {
        if day < first || last < day {
            return Cell::text("");
        }
        let count = by_day.get(&day).copied().unwrap_or_default();
        let on = asked::is(made::DUE_ON, [day.to_string()]);
        let to = list(&state.cloned().into_iter().chain([on]).collect::<Vec<_>>());
        Cell::of_markup(html! {
            span class=[(day == today).then_some("bold")] { (day.day()) @if day == today { span class="small" { " 今日" } } }
            @if let Some(closed) = ask.kernel.calendar.closed_reason(day).filter(|_| day.weekday().num_days_from_monday() < 5) {
                " " span class="small quiet" { (closed.label()) }
            }
            @if count > 0 {
                " " a href=(to) { (count) "件" span class="visually-hidden" { " " (calendar::format_era(day)) "の期限の一覧" } }
            }
        })
    };
    let rows = weeks.map(|monday| Row::new((0..7i64).map(|day| cell(monday + TimeDelta::days(day))).collect()));
    let caption = format!("{}の期限の数", calendar::format_era_month(first));
    html! { (Table::new(caption, days.map(Column::text).to_vec()).hide_caption().rows(rows)) }
}

fn table(records: &[Record], titles: &title::Titles, today: NaiveDate) -> Markup {
    let columns = vec![
        Column::date("期限"),
        Column::text("名称").names_row(),
        Column::text("契約案件"),
        Column::text("行う側"),
        Column::text("条項"),
    ];
    let rows = records.iter().map(|one| {
        let id = one.text("engagement").unwrap_or_default();
        let due = ledger::find::date(one, made::DUE_ON);
        Row::new(vec![
            due.map_or_else(Cell::empty, Cell::day),
            Cell::of_markup(html! {
                a href=(record_url(OBLIGATION, &one.id)) { (words_of(one)) }
                @if due.is_some_and(|due| due < today) { " " (Badge::new("過ぎました", Tone::Bad)) }
            }),
            Cell::link(titles.get(ENGAGEMENT, id), &home_url(id)),
            Cell::text(if one.text("side") == Some("agency") { "官側" } else { "契約相手方" }),
            Cell::text(one.text(made::CLAUSE).unwrap_or_default()),
        ])
    });
    html! { (Table::new("期限の順", columns).hide_caption().rows(rows)) }
}
