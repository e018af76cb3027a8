//! 情報保護の月次報告: the figures of a month, each leading to the search that counts it.

use ledger::Record;
use ledger::port::Reader;
use maud::{Markup, html};
use serde_json::Value;
use ui::Url;
use ui::components::{Cell, Column, LinkButton, Narrow, Page, RecordState, Row, Section, Table};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::web::{Ask, Reply, Stop};

use crate::names::ledger_name;
use crate::search::Asked;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ledger_name::REPORT)?;
    let detail = ask.kernel.detail(tx, ask.who, &ledger.name, ask.param("id"), None)?;
    let report = &detail.record;
    let next = ledger.workflow.state(&report.state).map(|state| state.next.clone()).unwrap_or_default();
    let mut state = RecordState::new(state_badge(&ledger, &report.state), next);
    for offer in detail.offers.iter().filter(|offer| offer.obstacle.is_none()) {
        let to = record_url(&ledger.name, &report.id).join("transitions").join(&offer.transition.name);
        state = match offer.transition.main {
            true => state.act(LinkButton::primary(&offer.transition.label, to)),
            false => state.act(LinkButton::secondary(&offer.transition.label, to)),
        };
    }
    let mut page = Page::new(format!("情報保護の月次報告 {}", report.text("month_label").unwrap_or_default()))
        .under(ledger.label.as_str(), list_url(&ledger.name));
    if detail.documents.iter().any(|name| name == "security_report") {
        let to = Url::path(["documents", "security_report"]).query("record", &report.id);
        page = page.action(LinkButton::secondary("印刷する", to));
    }
    if detail.writable.contains("base") {
        page = page.action(LinkButton::secondary("所見を書く", record_url(&ledger.name, &report.id).join("edit")));
    }
    let words = Section::new("所見と対策")
        .fact("所見", report.text("findings").unwrap_or("まだ書かれていません"))
        .fact("対策", report.text("measures").unwrap_or("まだ書かれていません"))
        .fact("封印と検証", report.text("seals").unwrap_or_default());
    let body = html! {
        (state)
        section class="section stack" { h2 { "証跡の件数" } (figures(report)) }
        section class="section stack" { h2 { "警告と判定" } (alerts(report)) }
        (words)
        p { a href=(record_url(&ledger.name, &report.id)) { "すべての項目と履歴を見る" } }
    };
    Ok(Reply::page(page.body(body)))
}

fn rows<'a>(report: &'a Record, field: &str) -> impl Iterator<Item = &'a Value> {
    report.value(field).as_array().into_iter().flatten()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(row: &Value, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// The search of a figure, read back so that a stored text can lead nowhere else.
fn search(row: &Value) -> Url {
    let query = text(row, "search").split_once('?').map_or("", |(_, query)| query);
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_string(), value.replace("%3A", ":")))
        .collect();
    Asked::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).url(Url::path(["trail"]))
}

fn figures(report: &Record) -> Markup {
    let columns = vec![
        Column::text("項目").names_row(),
        Column::text("区分"),
        Column::number("件数"),
        Column::number("前の月"),
        Column::number("増減"),
    ];
    let rows = rows(report, "figures").map(|row| {
        let (now, before) = (number(row, "count"), number(row, "previous"));
        let change = now - before;
        Row::new(vec![
            Cell::text(text(row, "name")),
            Cell::text(text(row, "group")),
            Cell::link(now.to_string(), &search(row)),
            Cell::number(before),
            Cell::text(if change > 0 { format!("+{change}") } else { change.to_string() }),
        ])
    });
    html! { (Table::new("証跡の件数", columns).hide_caption().narrow(Narrow::Scroll).rows(rows)) }
}

fn alerts(report: &Record) -> Markup {
    let columns = vec![
        Column::text("規則").names_row(),
        Column::number("件数"),
        Column::number("誤検知"),
        Column::number("事案"),
        Column::number("判定待ち"),
        Column::text("判定までの平均日数"),
    ];
    let mut any = false;
    let rows: Vec<Row> = rows(report, "alerts")
        .map(|row| {
            any = true;
            let figure = |name: &str| Cell::number(number(row, name));
            Row::new(vec![
                Cell::text(text(row, "rule")),
                figure("count"),
                figure("false_alarm"),
                figure("incident"),
                figure("waiting"),
                Cell::text(text(row, "days")),
            ])
        })
        .collect();
    html! {
        @if any { (Table::new("警告と判定", columns).hide_caption().narrow(Narrow::Scroll).rows(rows)) }
        @else { p { "この月に警告はありませんでした。" } }
    }
}
