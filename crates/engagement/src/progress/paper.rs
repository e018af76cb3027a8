//! Papers with data of their own: minutes with who attended and what was promised, and the Gantt chart.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::definition::Kind;
use ledger::port::Reader;
use ledger::read::{Condition, LARGEST_PAGE, ListRequest, Test, title};
use ledger::{Kernel, Principal, Record, Refusal, find};
use serde_json::{Value, json};

use super::names::ledger_name::{ACTION, ATTENDANCE, BASELINE, ENGAGEMENT, ISSUE, MEETING, WORK_ITEM};
use super::plan;

/// Lays out what a form prints of these records.
pub type PaperData = fn(&mut dyn Reader, &Kernel, &Principal, &[String]) -> Result<Value, Refusal>;

/// Forms with data of their own.
pub const PAPERS: [(&str, PaperData); 2] = [("minutes_paper", minutes), ("gantt_paper", gantt)];

/// Records of a ledger with this value in a field, as far as they may be read.
fn with(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    ledger: &str,
    field: &str,
    value: &str,
) -> Result<Vec<Record>, Refusal> {
    let conditions = vec![Condition { field: field.into(), test: Test::Is, values: vec![value.into()] }];
    let mut request = ListRequest { ledger: ledger.into(), conditions, limit: LARGEST_PAGE, ..ListRequest::default() };
    let mut records = Vec::new();
    loop {
        let page = match kernel.list(tx, who, &request) {
            Ok(page) => page,
            Err(Refusal::NotFound | Refusal::Denied(_)) => return Ok(records),
            Err(other) => return Err(other),
        };
        records.extend(page.records);
        match page.next {
            Some(next) if records.len() < super::names::MOST => request.cursor = Some(next),
            _ => return Ok(records),
        }
    }
}

fn engagement(tx: &mut dyn Reader, kernel: &Kernel, who: &Principal, record: &Record) -> Result<String, Refusal> {
    let id = record.text("engagement").unwrap_or_default();
    Ok(title::many(&kernel.catalogue, tx, who, [(ENGAGEMENT, id)])?.get(ENGAGEMENT, id).to_string())
}

/// Words of a choice.
fn choice(kernel: &Kernel, record: &Record, field: &str) -> String {
    let code = record.text(field).unwrap_or_default();
    let found = kernel.catalogue.ledger(&record.ledger).and_then(|ledger| ledger.field(field));
    match found.map(|field| &field.kind) {
        Some(Kind::Choice { set }) => kernel.catalogue.choices.get(set).map_or(code, |set| set.label(code)).to_string(),
        _ => code.to_string(),
    }
}

fn minutes(tx: &mut dyn Reader, kernel: &Kernel, who: &Principal, ids: &[String]) -> Result<Value, Refusal> {
    let mut meetings = Vec::with_capacity(ids.len());
    for id in ids {
        let meeting = kernel.detail(tx, who, MEETING, id, None)?.record;
        let text = |field: &str| meeting.text(field).unwrap_or_default().to_string();
        let attendances = with(tx, kernel, who, ATTENDANCE, "meeting", id)?;
        let actions = with(tx, kernel, who, ACTION, "meeting", id)?;
        let state = |record: &Record| {
            let ledger = kernel.catalogue.ledger(&record.ledger);
            ledger.map_or_else(String::new, |ledger| ledger.workflow.state_label(&record.state).to_string())
        };
        let attended: Vec<Value> = attendances
            .iter()
            .map(|row| {
                let confirmed = match find::date(row, "confirmed_on") {
                    Some(day) => format!("{} {}", calendar::format_era(day), row.text("means").unwrap_or_default()),
                    None => state(row),
                };
                json!({
                    "side": choice(kernel, row, "side"), "name": row.text("name"), "duty": row.text("duty").unwrap_or_default(),
                    "confirmed": confirmed.trim(),
                })
            })
            .collect();
        let promised: Vec<Value> = actions
            .iter()
            .map(|row| json!({ "content": row.text("content"), "owner": row.text("owner"), "due_on": row.text("due_on"), "state": state(row) }))
            .collect();
        let raised: Vec<Value> = with(tx, kernel, who, ISSUE, "meeting", id)?
            .iter()
            .map(|row| json!({ "number": row.text("number"), "content": row.text("content"), "due_on": row.text("due_on"), "state": state(row) }))
            .collect();
        let agenda: Vec<Value> = meeting
            .value("agenda")
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| {
                let cell = |column: &str| row.get(column).and_then(Value::as_str).unwrap_or_default().to_string();
                json!({ "topic": cell("topic"), "speaker": cell("speaker"), "said": cell("said"), "decided": cell("decided") })
            })
            .collect();
        meetings.push(json!({
            "title": text("title"), "engagement": engagement(tx, kernel, who, &meeting)?, "held_on": text("held_on"),
            "time": text("time"), "place": text("place"), "absent": text("absent"), "state": state(&meeting),
            "attendances": attended, "agenda": agenda, "remarks": text("remarks"), "actions": promised, "issues": raised,
            "minutes_by": text("minutes_by"), "submitted_on": text("submitted_on"),
        }));
    }
    Ok(json!({ "meetings": meetings }))
}

/// A chart is no longer than this, so that a day keeps a width on A3: two fiscal years.
const MOST_DAYS: i64 = 731;

fn gantt(tx: &mut dyn Reader, kernel: &Kernel, who: &Principal, ids: &[String]) -> Result<Value, Refusal> {
    let mut of_contract: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in ids {
        let item = kernel.detail(tx, who, WORK_ITEM, id, None)?.record;
        of_contract.entry(item.text("engagement").unwrap_or_default().to_string()).or_default().push(id.clone());
    }
    let mut charts = Vec::new();
    for (contract, wanted) in of_contract {
        let items = with(tx, kernel, who, WORK_ITEM, "engagement", &contract)?;
        let baselines = with(tx, kernel, who, BASELINE, "engagement", &contract)?;
        let baseline = baselines.iter().find(|baseline| baseline.state == "approved");
        let (works, _) = plan::works(&items, baseline, &kernel.calendar);
        let works: Vec<_> = works.into_iter().filter(|work| wanted.contains(&work.item.id)).collect();
        let spans = works.iter().flat_map(|work| [Some(work.planned), work.base]).flatten();
        let (Some(first), Some(last)) = (spans.clone().map(|span| span.0).min(), spans.map(|span| span.1).max()) else {
            continue;
        };
        let last = last.min(first + chrono::TimeDelta::days(MOST_DAYS - 1));
        let place = |day: NaiveDate| (day.clamp(first, last) - first).num_days();
        let days: Vec<Value> = first
            .iter_days()
            .take_while(|day| *day <= last)
            .map(|day| {
                use chrono::Datelike;
                let month =
                    if day == first || day.day() == 1 { calendar::format_era_month(day) } else { String::new() };
                json!({ "closed": !kernel.calendar.is_business_day(day), "month": month })
            })
            .collect();
        let today = kernel.today();
        let rows: Vec<Value> = works
            .iter()
            .map(|work| {
                let text = |field: &str| work.item.text(field).unwrap_or_default();
                json!({
                    "number": text("number"), "name": text("name"), "owner": text("owner"),
                    "from": place(work.planned.0), "to": place(work.planned.1),
                    "base-from": work.base.map(|base| place(base.0)), "base-to": work.base.map(|base| place(base.1)),
                    "earned": work.earned, "critical": work.critical(), "late": work.late(today),
                })
            })
            .collect();
        let name = match works.first() {
            Some(work) => engagement(tx, kernel, who, work.item)?,
            None => String::new(),
        };
        let version = baseline.map(|baseline| format!("第{}版", baseline.value("version")));
        charts.push(json!({
            "engagement": name, "baseline": version.unwrap_or_else(|| "なし".into()), "days": days, "items": rows,
            "today": (first <= today && today <= last).then(|| place(today)),
        }));
    }
    Ok(json!({ "charts": charts }))
}
