//! The monthly progress report (月次進捗報告): what is counted from the records when a draft of it is saved.

use chrono::{Months, NaiveDate};
use ledger::engine::Context;
use ledger::query::{Comparison, Filter};
use ledger::{Record, Refusal, find};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::earned_value::{Figures, figures};
use super::names::MOST;
use super::names::ledger_name::{BASELINE, ISSUE, MEETING, RISK, WORK_ITEM, WORK_RECORD};
use super::plan::{self, Unit};
use super::wbs_order;

/// What the report counts. A person writes none of it.
const COUNTED: [&str; 6] = ["counted_on", "figures", "works", "issues", "risks", "meetings"];

/// Count anew while the report is a draft or is handed in; afterwards it stays as it was handed in.
///
/// # Errors
/// Those of the database.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let drafts = before.is_none_or(|before| before.state == "draft");
    let (Some(engagement), Some(month)) = (after.text("engagement").map(String::from), find::date(after, "month"))
    else {
        return Ok(());
    };
    if !drafts {
        for name in COUNTED {
            match before.and_then(|before| before.body.get(name)) {
                Some(value) => after.body.insert(name.into(), value.clone()),
                None => after.body.shift_remove(name),
            };
        }
        return Ok(());
    }
    let last = month.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(month);
    let day = context.kernel.today().min(last);
    let counted = count(context, &engagement, month, last, day)?;
    for (name, value) in COUNTED.into_iter().zip(counted) {
        after.body.insert(name.into(), value);
    }
    Ok(())
}

fn count(
    context: &mut Context<'_>,
    engagement: &str,
    first: NaiveDate,
    last: NaiveDate,
    day: NaiveDate,
) -> Result<[Value; 6], Refusal> {
    let own = || find::is("engagement", engagement);
    let between = |field: &str| {
        own()
            .and(Filter::Compare(find::text(field), Comparison::AtLeast, first.to_string().into()))
            .and(Filter::Compare(find::text(field), Comparison::AtMost, last.to_string().into()))
    };
    let mut items = find::all(context.tx, WORK_ITEM, own(), MOST)?;
    items.retain(|item| item.state != "dropped");
    items.sort_by_key(wbs_order);
    let records = find::all(context.tx, WORK_RECORD, own(), MOST)?;
    let baselines = find::all(context.tx, BASELINE, own().and(find::in_state(&["approved"])), 1)?;
    let open = find::in_state(&["raised", "examining", "acting", "approving"]);
    let issues = find::all(context.tx, ISSUE, own().and(open), MOST)?;
    let watched = find::in_state(&["identified", "treated", "occurred"]);
    let risks = find::all(context.tx, RISK, own().and(watched), MOST)?;
    let held = find::all(context.tx, MEETING, between("held_on"), MOST)?;
    let words = |record: &Record| {
        let ledger = context.kernel.catalogue.ledger(&record.ledger);
        ledger.map_or_else(String::new, |ledger| ledger.workflow.state_label(&record.state).to_string())
    };
    let planned = plan::earned_items(&items, baselines.first(), Unit::Hours);
    let at = figures(&planned, &plan::spent(&records, Unit::Hours), day, &context.kernel.calendar);
    let month: Vec<&Record> = records
        .iter()
        .filter(|record| find::date(record, "worked_on").is_some_and(|on| first <= on && on <= last))
        .collect();
    let hours: Decimal = month.iter().filter_map(|record| super::amount(record, "hours")).sum();
    let late = items
        .iter()
        .filter(|item| item.state != "done" && find::date(item, "ends_on").is_some_and(|end| end < day))
        .count();
    let overdue = issues.iter().filter(|issue| find::date(issue, "due_on").is_some_and(|due| due < day)).count();
    let high = |risk: &&Record| risk.text("priority") == Some("high");
    let mut told = earned(&at);
    told.extend([
        ("この月の稼働（時間）".to_string(), shown(Some(hours), 2)),
        ("終了予定日を過ぎた作業".into(), late.to_string()),
        ("解決していない課題".into(), issues.len().to_string()),
        ("うち期限を過ぎたもの".into(), overdue.to_string()),
        ("優先度の高いリスク".into(), risks.iter().filter(high).count().to_string()),
    ]);
    let told: Vec<Value> = told.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let works: Vec<Value> =
        items.iter().map(|item| row(item, &["number", "name", "owner", "ends_on", "earned"], &words(item))).collect();
    let priority = |issue: &Record| match issue.text("priority") {
        Some("high") => "高",
        Some("middle") => "中",
        _ => "低",
    };
    let issues: Vec<Value> = issues
        .iter()
        .map(|issue| {
            let mut row = row(issue, &["number", "content", "due_on"], &words(issue));
            row["priority"] = priority(issue).into();
            row
        })
        .collect();
    let risks: Vec<Value> =
        risks.iter().filter(high).map(|risk| row(risk, &["number", "content", "score"], &words(risk))).collect();
    let held: Vec<Value> = held
        .iter()
        .filter(|meeting| meeting.state != "cancelled")
        .map(|meeting| row(meeting, &["held_on", "title"], &words(meeting)))
        .collect();
    Ok([json!(day), told.into(), works.into(), issues.into(), risks.into(), held.into()])
}

fn row(record: &Record, columns: &[&str], stands: &str) -> Value {
    let cells = columns.iter().filter_map(|column| Some(((*column).to_string(), record.body.get(*column)?.clone())));
    let mut row: serde_json::Map<String, Value> = cells.collect();
    row.insert("stands".into(), stands.into());
    Value::Object(row)
}

/// Earned value in hours, in the words of the report; empty where a figure does not exist.
fn earned(at: &Figures) -> Vec<(String, String)> {
    let percent = at.complete().map(|share| share * Decimal::ONE_HUNDRED);
    [
        ("計画価値 PV（時間）", shown(Some(at.planned), 2)),
        ("出来高 EV（時間）", shown(Some(at.earned), 2)),
        ("実コスト AC（時間）", shown(Some(at.actual), 2)),
        ("完了率（%）", shown(percent, 1)),
        ("スケジュール効率 SPI", shown(at.schedule_index(), 3)),
        ("コスト効率 CPI", shown(at.cost_index(), 3)),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .to_vec()
}

fn shown(value: Option<Decimal>, places: u32) -> String {
    let round =
        |value: Decimal| value.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    value.map_or_else(String::new, |value| format!("{:.1$}", round(value), places as usize))
}
