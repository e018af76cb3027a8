//! The inspection desk: what was handed over and waits, on which day it is, and by when it must be judged.

use chrono::NaiveDate;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::{Kernel, Principal, Record, find};
use maud::{Markup, html};
use ui::Url;
use ui::components::{Badge, Cell, Column, Empty, LinkButton, Page, Row, Stats, Table, Tone};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::web::{Ask, Place, Reply, Route, Stop};
use ui::when::Day;

use super::names::{ENGAGEMENT, HAND_IN};
use crate::progress::pages::asked;

/// All addresses of these pages.
pub fn routes() -> Vec<Route> {
    vec![Route::read("/inspections", page), Route::traced("/hand-ins/{id}/bundle", super::bundle::file)]
}

/// Entries of the side navigation.
pub fn places() -> Vec<Place> {
    let open = |kernel: &Kernel, who: &Principal| {
        kernel.catalogue.ledger(HAND_IN).is_some_and(|ledger| Access::new(ledger, who).any())
    };
    vec![Place { area: "delivery", words: "検査の机", path: "/inspections", open }]
}

/// Steps of an inspection, in the order in which they come to the desk.
const STEPS: [(&str, &str, &str); 4] = [
    ("received", "検査を待つもの", "受理したものが、ここで検査を待ちます。"),
    ("sent", "受理を待つもの", "契約相手方が引き渡すと、ここに並びます。受理した日を1日目として数えます。"),
    ("failed", "手直し中のもの", "不合格としたものが、手直しを待ちます。手直しの後は、もう一度数えます。"),
    ("passed", "検収を待つもの", "合格としたものに、検収日を入れます。"),
];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let states = STEPS.map(|(state, ..)| state);
    let mut records = asked::all(tx, ask, HAND_IN, vec![asked::is("state", states)])?;
    records.sort_by_key(|record| (find::date(record, "inspect_by").is_none(), find::date(record, "inspect_by")));
    let titles = asked::titles(tx, ask, HAND_IN, &records)?;
    let today = ask.kernel.today();
    let in_state = |state: &str| records.iter().filter(|record| record.state == state).collect::<Vec<_>>();
    let late = in_state("received").iter().filter(|record| overdue(record, today)).count();
    let soon = in_state("received")
        .iter()
        .filter(|record| remaining(record, today).is_some_and(|days| (0..3).contains(&days)))
        .count();
    let stats = Stats::new()
        .figure("検査を待つもの", in_state("received").len().to_string(), "件", None, None)
        .figure("期限まで3日以内", soon.to_string(), "件", None, None)
        .figure("期限を過ぎたもの", late.to_string(), "件", None, None)
        .figure("手直し中", in_state("failed").len().to_string(), "件", None, None);
    let table = |state: &str, words: &str, teaches: &str| -> Markup {
        let columns = vec![
            Column::text("納入").names_row(),
            Column::text("契約案件"),
            Column::text("受理した日"),
            Column::text("数え"),
            Column::text("期限"),
            Column::text("すること"),
        ];
        let rows = in_state(state).into_iter().map(|record| {
            let text = |field: &str| record.text(field).unwrap_or_default();
            let engagement = titles.get(ENGAGEMENT, text("engagement"));
            Row::new(vec![
                Cell::link(format!("{} {}", text("number"), text("title")), &record_url(HAND_IN, &record.id)),
                Cell::text(engagement),
                find::date(record, "received_on").map_or_else(Cell::empty, Cell::day),
                Cell::of_markup(counted(record, today)),
                Cell::of_markup(deadline(record, today)),
                Cell::of_markup(acts(ask, record)),
            ])
        });
        let empty = Empty::new(format!("{words}はありません"), teaches);
        html! { (Table::new(words, columns).hide_caption().rows(rows).empty(empty)) }
    };
    let body = html! { div class="stack" {
        (stats)
        @for (state, words, teaches) in STEPS {
            section class="section stack" id=(state) { h2 { (words) } (table(state, words, teaches)) }
        }
        p { (LinkButton::secondary("納入の一覧を開く", list_url(HAND_IN))) }
    } };
    Ok(Reply::page(Page::new("検査の机").body(body)))
}

fn remaining(record: &Record, today: NaiveDate) -> Option<i64> {
    Some((find::date(record, "inspect_by")? - today).num_days())
}

fn overdue(record: &Record, today: NaiveDate) -> bool {
    remaining(record, today).is_some_and(|days| days < 0)
}

/// On which day of the count it is: the day of receipt is day 1.
fn counted(record: &Record, today: NaiveDate) -> Markup {
    let days = find::date(record, "received_on").map(|received| (today - received).num_days() + 1);
    html! { @if let Some(days) = days.filter(|days| *days > 0 && record.state == "received") { span class="bold" { (days) "日目" } } }
}

fn deadline(record: &Record, today: NaiveDate) -> Markup {
    let by = match record.state.as_str() {
        "received" => find::date(record, "inspect_by"),
        "failed" => find::date(record, "rework_by"),
        _ => None,
    };
    let deemed = find::date(record, "deemed_on").filter(|_| record.state == "received");
    html! {
        @if let Some(by) = by {
            (Day::new(by))
            @if by < today { " " (Badge::new("期限切れ", Tone::Bad)) }
            @else if (by - today).num_days() < 3 { " " (Badge::new("期限が近い", Tone::Caution)) }
        }
        @if let Some(deemed) = deemed { div class="small" { (Day::new(deemed)) "までに知らせないと合格とみなします" } }
    }
}

/// Where the bundle of a hand-in is taken out.
fn bundle_url(hand_in: &str) -> Url {
    Url::path(["hand-ins", hand_in, "bundle"])
}

/// Steps that the reader may take from here.
fn acts(ask: &Ask<'_>, record: &Record) -> Markup {
    let Some(ledger) = ask.kernel.catalogue.ledger(HAND_IN) else { return Markup::default() };
    let steps = ["receive", "pass", "fail", "accept", "send_again"];
    let offered = steps.iter().filter_map(|name| {
        let step = ledger.workflow.transition(name).filter(|step| step.from.contains(&record.state))?;
        ledger::write::obstacle(ledger, step, record, ask.who).is_none().then_some(step)
    });
    let title = record.text("title").unwrap_or_default();
    html! {
        @for step in offered {
            a href=(record_url(HAND_IN, &record.id).join("transitions").join(&step.name)) { (step.label) span class="visually-hidden" { "（" (title) "）" } } " "
        }
        @if record.state != "draft" {
            a href=(bundle_url(&record.id)) download { "納入一式" span class="visually-hidden" { "（" (title) "）を取り出す" } } " "
        }
        @if record.state == "passed" || record.state == "failed" { (state_badge(ledger, &record.state)) }
    }
}
