//! A fiscal year of a contract, month by month.

use std::collections::BTreeMap;

use calendar::FiscalYear;
use chrono::{Datelike, Months, NaiveDate};
use ledger::{Record, find};
use maud::{Markup, html};
use ui::components::{Badge, Tabs, Tone};
use ui::screens::words::record_url;

use super::due::{Lines, SINGLE, title};
use super::home_url;
use crate::names::made;
use crate::terms::step::is_open;

/// Fiscal years in which something is due.
pub fn years(records: &[Record]) -> Vec<i32> {
    let mut years: Vec<i32> =
        records.iter().filter_map(|one| find::date(one, made::DUE_ON)).map(|day| FiscalYear::of(day).year()).collect();
    years.sort_unstable();
    years.dedup();
    years
}

/// The calendar of one fiscal year, with a tab for each other one; folded unless it was asked for.
pub fn calendar(lines: &Lines<'_>, records: &[Record], year: i32, asked: bool) -> Markup {
    let years = years(records);
    let first = FiscalYear::new(year).first_day();
    let months = (0..12u32).filter_map(|number| first.checked_add_months(Months::new(number)));
    let tabs = years.iter().fold(Tabs::new("年度"), |tabs, one| {
        let to = home_url(&lines.contract.id).query("year", one).fragment("year");
        tabs.tab(FiscalYear::new(*one).label(), to, *one == year, None)
    });
    let on_request: Vec<&Record> =
        records.iter().filter(|one| find::date(one, made::DUE_ON).is_none() && is_open(lines.ledger, one)).collect();
    html! {
        section class="section stack" id="year" {
            h2 { "年度ごとの期限" }
            details class="print-open" open[asked] {
                summary { (FiscalYear::new(year).label()) "の期限を月ごとに見る" }
                @if years.len() > 1 { (tabs) }
                div class="columns" { @for month in months { (self::month(lines, records, month)) } }
            }
            @if !on_request.is_empty() {
                details {
                    summary { "期日が決まっていないもの " (on_request.len()) "件" }
                    (lines.list(on_request))
                }
            }
        }
    }
}

fn month(lines: &Lines<'_>, records: &[Record], month: NaiveDate) -> Markup {
    let within = |day: NaiveDate| (day.year(), day.month()) == (month.year(), month.month());
    let mut due: Vec<(NaiveDate, &Record)> = records
        .iter()
        .filter_map(|one| Some((find::date(one, made::DUE_ON).filter(|day| within(*day))?, one)))
        .collect();
    due.sort_by_key(|(day, one)| (*day, one.id.clone()));
    // Of what comes every day, one line says how many.
    let mut by_item: BTreeMap<&str, Vec<&(NaiveDate, &Record)>> = BTreeMap::new();
    for one in &due {
        by_item.entry(one.1.text(made::ITEM).unwrap_or(&one.1.id)).or_default().push(one);
    }
    let many =
        |one: &Record| one.text(made::ITEM).and_then(|item| by_item.get(item)).is_some_and(|all| all.len() > SINGLE);
    let single = due.iter().filter(|(_, one)| !many(one));
    html! {
        section class="panel" {
            h3 { (month.month()) "月" @if due.is_empty() { span class="quiet" { " なし" } } }
            ul class="plain-list small" {
                @for (day, one) in single {
                    li {
                        details {
                            summary { (day.day()) "日 " (title(one)) " " (mark(lines, one)) }
                            (lines.behind(one))
                            p { a href=(record_url(&one.ledger, &one.id)) { "この期限を開く" } }
                        }
                    }
                }
                @for all in by_item.values().filter(|all| all.len() > SINGLE) {
                    (together(lines, all))
                }
            }
        }
    }
}

/// Several of one item in a month.
fn together(lines: &Lines<'_>, all: &[&(NaiveDate, &Record)]) -> Markup {
    let (Some((first, one)), Some((last, other))) = (all.first(), all.last()) else { return Markup::default() };
    let list = lines.list_of(one, other, false);
    let open = all.iter().filter(|(_, one)| is_open(lines.ledger, one)).count();
    let late = all.iter().filter(|(_, one)| lines.is_late(one)).count();
    html! {
        li {
            a href=(list) { (one.text(made::LABEL).unwrap_or_default()) " " (all.len()) "件" }
            " " (first.day()) "日から" (last.day()) "日まで"
            @if late > 0 { " " (Badge::new(format!("過ぎたもの{late}件"), Tone::Bad)) }
            @else if open == 0 { " " (Badge::new("済み", Tone::Good)) }
            @else if open < all.len() { span class="quiet" { " 残り" (open) "件" } }
        }
    }
}

/// A state that is not the ordinary one of something still to come.
fn mark(lines: &Lines<'_>, one: &Record) -> Markup {
    html! {
        @if lines.is_late(one) { (Badge::new("過ぎました", Tone::Bad)) }
        @else if one.state != lines.ledger.workflow.initial { (ui::screens::words::state_badge(lines.ledger, &one.state)) }
    }
}
