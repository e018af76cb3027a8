//! Counting a list by the values of a field, as a chart with its table.

use std::collections::BTreeMap;

use ledger::access::Access;
use ledger::definition::{Kind, Ledger};
use ledger::port::Reader;
use ledger::read::title::Titles;
use ledger::read::{Condition, Test};
use maud::{Markup, html};
use serde_json::Value;

use crate::Url;
use crate::charts::BarChart;
use crate::components::{Cell, Column, Empty, Row, Table};
use crate::web::{Ask, Stop};

use super::super::words::{Words, titles_of};
use super::asked::Asked;

/// Bars beyond this number would not be read; the table has all.
const MOST_BARS: usize = 30;

/// The counts of what the list finds, under the reader's rights.
pub fn body(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, asked: &Asked, by: &str) -> Result<Markup, Stop> {
    let access = Access::new(ledger, ask.who);
    let offered = by == "state" || ledger.field(by).is_some_and(|field| !access.operand_class_hidden(field));
    if !offered {
        let message = "この項目では数えられません。別の項目を選んでください。";
        return Err(ledger::Refusal::invalid(ledger::Problem::field("group", message)).into());
    }
    let groups = ask.kernel.group(tx, ask.who, &asked.request, &[by])?;
    let field = ledger.field(by);
    ask.seen.looked(ledger, "", field.map(|field| field.class.clone()));
    let target = field.and_then(|field| field.target()).unwrap_or_default().to_string();
    let wanted: Vec<(String, String)> = groups
        .iter()
        .filter_map(|group| group.values.first()?.as_str())
        .filter(|_| !target.is_empty())
        .map(|id| (target.clone(), id.to_string()))
        .collect();
    let titles = titles_of(ask.kernel, tx, ask.who, &wanted)?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    let keys = keys(tx, ask, &target, &wanted, &titles)?;
    let label = |value: &Value| match (field, value) {
        (_, Value::Null) => "(空欄)".to_string(),
        (Some(_), Value::String(id)) if keys.contains_key(id) => {
            format!("{} {}", keys.get(id).map_or("", String::as_str), titles.get(&target, id))
        }
        (None, value) => ledger.workflow.state_label(value.as_str().unwrap_or_default()).to_string(),
        (Some(field), value) => words.text(field, value),
    };
    let heading = field.map_or("状態", |field| field.label.as_str());
    let plain = asked.url.without("group");
    let mut lines: Vec<(String, u64, Option<Url>)> = groups
        .iter()
        .filter_map(|group| {
            let value = group.values.first()?;
            Some((label(value), group.count, narrowed(&plain, by, value, field.map(|field| &field.kind))))
        })
        .collect();
    if lines.is_empty() {
        return Ok(html! { (Empty::new("数える記録がありません", "条件を外すと、項目ごとの件数がここに並びます。")) });
    }
    let total: u64 = lines.iter().map(|line| line.1).sum();
    let mut largest: Vec<&(String, u64, Option<Url>)> = lines.iter().collect();
    largest.sort_by_key(|line| std::cmp::Reverse(line.1));
    let chart = largest
        .iter()
        .take(MOST_BARS)
        .fold(BarChart::new("groups", format!("{heading}ごとの件数"), "件"), |chart, line| {
            chart.bar(line.0.as_str(), line.1 as f64)
        });
    let chart = chart.note(format!("条件に合う{}件", crate::figures::grouped(total.try_into().unwrap_or(i64::MAX))));
    let whole = |count: u64| Cell::number(count.try_into().unwrap_or(i64::MAX));
    let share = |count: u64| format!("{:.1}%", count as f64 * 100.0 / total.max(1) as f64);
    let rows = lines.drain(..).map(|(label, count, to)| {
        let name = to.map_or_else(|| Cell::text(label.as_str()), |to| Cell::link(label.as_str(), &to));
        Row::new(vec![name, whole(count), Cell::text(share(count))])
    });
    let columns = vec![Column::text(heading).names_row(), Column::number("件数"), Column::number("割合")];
    let table = Table::new(format!("{heading}ごとの件数"), columns).rows(rows).foot(Row::new(vec![
        Cell::text("計"),
        whole(total),
        Cell::text("100.0%"),
    ]));
    Ok(html! {
        p class="no-print" { a href=(plain) { "一覧に戻る" } }
        div class="stack" { (chart) (table) }
    })
}

/// Keys of records that share their title with another, such as the 総務課 of every bureau.
fn keys(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    target: &str,
    wanted: &[(String, String)],
    titles: &Titles,
) -> Result<BTreeMap<String, String>, Stop> {
    let Some(ledger) = ask.kernel.catalogue.ledger(target) else { return Ok(BTreeMap::new()) };
    let Some(key) = &ledger.key else { return Ok(BTreeMap::new()) };
    let title = |id: &str| titles.get(target, id).to_string();
    let shared: Vec<String> = wanted
        .iter()
        .filter(|(_, id)| wanted.iter().any(|(_, other)| other != id && title(other) == title(id)))
        .map(|(_, id)| id.clone())
        .collect();
    if shared.is_empty() {
        return Ok(BTreeMap::new());
    }
    let access = Access::new(ledger, ask.who);
    let records = tx.records(target, &shared)?.into_iter().filter(|record| access.may_read(record));
    let records = records.map(|record| access.redact(record));
    Ok(records.filter_map(|record| Some((record.id.clone(), record.text(key)?.to_string()))).collect())
}

/// The list of what one bar counts.
fn narrowed(url: &Url, by: &str, value: &Value, kind: Option<&Kind>) -> Option<Url> {
    let condition = match (value, kind) {
        (Value::Null, _) => Condition { field: by.into(), test: Test::Empty, values: Vec::new() },
        // A comma in a text would be read as two values.
        (Value::String(text), _) if text.contains(',') => return None,
        (Value::String(text), _) => Condition { field: by.into(), test: Test::Is, values: vec![text.clone()] },
        (other, Some(_)) => Condition { field: by.into(), test: Test::Is, values: vec![other.to_string()] },
        _ => return None,
    };
    Some(url.clone().query("f", condition))
}
