//! Home of a contract, in the order in which it is asked about: what is due, what waits for whom, the money, how the work
//! stands, the year, the contract itself, and what lies in its ledgers.

use calendar::FiscalYear;
use chrono::TimeDelta;
use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::title;
use ledger::{Record, find};
use maud::{Markup, html};
use serde_json::Value;
use ui::asked;
use ui::components::{Badge, Cell, Column, Empty, LinkButton, Page, Row, Stats, Table, Tabs, Tone};
use ui::screens::words::{Words, list_url, record_url, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Day;

use super::due::Lines;
use super::{filed, home_url, money, standing, year};
use crate::names::ledger_name::{ENGAGEMENT, OBLIGATION};
use crate::names::{contract, made};
use crate::progress::pages::engagement_url;
use crate::terms::step::is_open;

/// Days that are looked ahead.
const AHEAD: i64 = 30;
/// Facts of the contract on its home; its amounts stand with the money.
const FACTS: [&str; 6] = ["contractor", "office", "officer", "supervisors", "inspectors", "payment"];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let detail = ask.kernel.detail(tx, ask.who, ENGAGEMENT, ask.param("id"), None)?;
    let may_write = !detail.writable.is_empty();
    let record = detail.record;
    let contracts = ask.kernel.ledger(ENGAGEMENT)?;
    let ledger = ask.kernel.ledger(OBLIGATION)?;
    let all = asked::all(tx, ask, OBLIGATION, vec![asked::is("engagement", [record.id.as_str()])])?;
    let titles =
        title::many(&ask.kernel.catalogue, tx, ask.who, title::referred(&contracts, std::slice::from_ref(&record)))?;
    let named = |field: &str| record.text(field).map_or("", |id| titles.get("organisation", id));
    let lines = Lines {
        kernel: ask.kernel,
        ledger: &ledger,
        contract: &record,
        company: named("contractor"),
        office: named("office"),
        today: ask.kernel.today(),
    };
    let filed = filed::ledgers(tx, ask, ENGAGEMENT, &record.id)?;
    let money = money::section(tx, ask, &record)?;
    let standing = standing::section(tx, ask, &filed)?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    let late: Vec<&Record> = all.iter().filter(|one| lines.is_late(one)).collect();
    let soon: Vec<&Record> = all.iter().filter(|one| is_soon(&lines, one)).collect();
    let this_year = FiscalYear::of(lines.today).year();
    let years = year::years(&all);
    // Without a wish the present year; for a contract that lies in other years, the nearest of them.
    let shown = ask.query("year").and_then(|year| year.parse().ok()).filter(|year| years.contains(year));
    let shown = shown.or(years.iter().copied().min_by_key(|year| (year - this_year).abs())).unwrap_or(this_year);
    let terms = crate::terms::of(&ask.kernel.catalogue, &record).map(|terms| terms.label.clone());
    let body = html! { div class="stack" {
        (screens(ask, &record.id))
        @if all.is_empty() { (nothing_due(&record, may_write)) } @else { (due(&lines, &all, &late, &soon)) }
        (filed::waiting(&filed, ask.who.outside()))
        (money)
        (standing)
        @if !all.is_empty() { (year::calendar(&lines, &all, shown, ask.query("year").is_some())) }
        (facts(&record, &words, &contracts, terms))
        (filed::links(&filed))
    } };
    let mut page = Page::new(record.text("title").unwrap_or_default())
        .under(contracts.label.as_str(), list_url(ENGAGEMENT))
        .lead(html! {
            (state_badge(&contracts, &record.state)) " " (record.text("number").unwrap_or_default()) " "
            span class="quiet" { (contracts.workflow.state(&record.state).map_or("", |state| state.next.as_str())) }
        });
    if let Some(first) = late.first().or(soon.first()) {
        let words = if late.is_empty() { "いちばん近い期限を開く" } else { "過ぎた期限を開く" };
        page = page.action(LinkButton::primary(words, record_url(OBLIGATION, &first.id)));
    }
    page = page.action(LinkButton::secondary("契約の内容を見る", record_url(ENGAGEMENT, &record.id)));
    Ok(Reply::page(page.body(body)))
}

/// The other pages of the contract that are open to the reader.
fn screens(ask: &Ask<'_>, id: &str) -> Markup {
    let screens =
        [("工程表", "schedule", "work_item"), ("出来高", "earned-value", "work_item"), ("リスク", "risks", "risk")];
    let open = screens.into_iter().filter(|(_, _, ledger)| {
        ask.kernel.catalogue.ledger(ledger).is_some_and(|ledger| Access::new(ledger, ask.who).any())
    });
    let tabs = Tabs::new("この契約の画面").tab("期限と状況", home_url(id), true, None);
    let tabs = open.fold(tabs, |tabs, (words, page, _)| tabs.tab(words, engagement_url(id, page), false, None));
    html! { (tabs) }
}

fn is_soon(lines: &Lines<'_>, one: &Record) -> bool {
    let last = lines.today + TimeDelta::days(AHEAD);
    is_open(lines.ledger, one) && find::date(one, made::DUE_ON).is_some_and(|due| lines.today <= due && due <= last)
}

/// What is late and what comes, with how many there are of each.
fn due(lines: &Lines<'_>, all: &[Record], late: &[&Record], soon: &[&Record]) -> Markup {
    html! {
        (figures(lines, all, late, soon))
        @if !late.is_empty() {
            section class="section stack" id="late" { h2 { "期限を過ぎたもの" } (lines.list(late.iter().copied())) }
        }
        section class="section stack" id="soon" {
            h2 { "これから" (AHEAD) "日の期限" }
            @if soon.is_empty() { p { (Badge::new(format!("{AHEAD}日以内に期限の来るものはありません"), Tone::Good)) } }
            (lines.list(soon.iter().copied()))
        }
    }
}

/// What makes deadlines appear, while there are none.
fn nothing_due(record: &Record, may_write: bool) -> Markup {
    let words = "契約の決まりを選び、公告や契約の日付を入れると、提出、会議、届出などの期限がここに並びます。";
    let mut empty = Empty::new("期限はまだありません", words);
    if may_write {
        let to = record_url(ENGAGEMENT, &record.id).join("edit");
        empty = empty.action(LinkButton::secondary("契約の決まりと日付を入れる", to));
    }
    html! { (empty) }
}

fn figures(lines: &Lines<'_>, all: &[Record], late: &[&Record], soon: &[&Record]) -> Markup {
    let here = |part: &str| home_url(&lines.contract.id).fragment(part);
    let list = list_url(OBLIGATION).query("f", format!("engagement:is:{}", lines.contract.id));
    let waiting = all.iter().filter(|one| one.state == "submitted").count();
    let closed = |one: &&Record| lines.ledger.workflow.state(&one.state).is_some_and(|state| state.closed);
    // What was withdrawn or found unnecessary is no part of the whole.
    let counted = || all.iter().filter(|one| one.state != "waived");
    let done = counted().filter(closed).count();
    let waiting_to = (waiting > 0).then(|| list.clone().query("f", "state:is:submitted"));
    let stats = Stats::new()
        .figure("期限を過ぎたもの", late.len().to_string(), "件", None, (!late.is_empty()).then(|| here("late")))
        .figure(
            format!("これから{AHEAD}日"),
            soon.len().to_string(),
            "件",
            None,
            (!soon.is_empty()).then(|| here("soon")),
        )
        .figure("提出され、確認を待つもの", waiting.to_string(), "件", None, waiting_to)
        .figure("済んだもの", done.to_string(), "件", Some(format!("全部で{}件", counted().count())), Some(list));
    html! { (stats) }
}

fn facts(record: &Record, words: &Words<'_>, ledger: &Ledger, terms: Option<String>) -> Markup {
    let fields = FACTS.iter().filter_map(|name| ledger.field(name));
    let fields: Vec<_> = fields.filter(|field| !record.value(&field.name).is_null()).collect();
    let settings = record.value(contract::SETTINGS).as_array().map_or(&[] as &[Value], Vec::as_slice);
    let cell = |row: &Value, name: &str| Cell::text(row.get(name).and_then(Value::as_str).unwrap_or_default());
    let columns = ["決めること", "決めた内容", "条項", "理由"].map(Column::text).to_vec();
    let rows =
        settings.iter().map(|row| Row::new(["label", "said", "clause", "note"].map(|name| cell(row, name)).to_vec()));
    let day = |name: &str| find::date(record, name);
    let days = [("contract_on", "契約締結日"), ("accepted_on", "検収日")];
    html! {
        section class="section stack" {
            h2 { "契約" }
            dl class="facts" {
                @if let Some(terms) = terms { div { dt { "契約の決まり" } dd { (terms) } } }
                @for (name, label) in days {
                    @if let Some(day) = day(name) { div { dt { (label) } dd { (Day::with_weekday(day)) } } }
                }
                @if let (Some(first), Some(last)) = (day(contract::STARTS_ON), day(contract::ENDS_ON)) {
                    div { dt { "履行期間" } dd { (Day::with_weekday(first)) "から" (Day::with_weekday(last)) "まで" } }
                }
                @for field in fields { div { dt { (field.label) } dd { (words.fact(record, field)) } } }
            }
            @if !settings.is_empty() {
                details {
                    summary { "この契約で決めたこと " (settings.len()) "件" }
                    (Table::new("この契約で決めたこと", columns).hide_caption().rows(rows))
                }
            }
        }
    }
}
