//! Rules of plan and progress that the pack cannot declare.

use chrono::NaiveDate;
use ledger::engine::{Context, Engine};
use ledger::{Body, Change, Principal, Problem, Record, Refusal, find};
use serde_json::{Map, Value, json};

use super::names::MOST;
use super::names::ledger_name::{ATTENDANCE, BASELINE, ENGAGEMENT, ISSUE, MEETING, PLAN, REPORT, WORK_ITEM};
use super::report;
use super::schedule::{self, Work};
use crate::settings;

/// Who the program is when one record follows another.
const PART: &str = "progress";
/// Minutes are due three business days after the meeting, the next day being day 1, unless the contract says otherwise.
const MINUTES: &str = "3 business days after held_on";
/// Material is due one business day before it.
const MATERIAL: &str = "1 business day before held_on";

/// The engine of plan, progress and meetings.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProgressEngine;

impl Engine for ProgressEngine {
    fn ledgers(&self) -> &[&str] {
        &[PLAN, WORK_ITEM, BASELINE, ISSUE, MEETING, ATTENDANCE, REPORT]
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        match after.ledger.as_str() {
            WORK_ITEM => predecessors(context, before, after),
            BASELINE => baseline(context, before, after),
            ISSUE if context.transition == Some("escalate") => {
                after.body.insert("escalated_at".into(), ledger::query::instant_text(context.kernel.now()).into());
                Ok(())
            }
            MEETING => meeting(context, before, after),
            REPORT => report::complete(context, before, after),
            _ => Ok(()),
        }
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        match (after.ledger.as_str(), context.transition) {
            (PLAN | BASELINE, Some("approve")) => supersede(context, after),
            (MEETING, Some("submit")) => ask_all(context, after),
            (ATTENDANCE, _) if before.is_some_and(|before| before.state != after.state) => settle(context, after),
            _ => Ok(()),
        }
    }
}

/// A work waits for works of the same contract, and never for itself over others.
fn predecessors(context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    let unchanged = before.is_some_and(|before| before.value("predecessors") == after.value("predecessors"));
    let Some(engagement) = after.text("engagement") else { return Ok(()) };
    if unchanged || after.references("predecessors").is_empty() {
        return Ok(());
    }
    let mut items = find::all(context.tx, WORK_ITEM, find::is("engagement", engagement), MOST)?;
    items.retain(|item| item.id != after.id);
    items.push(after.clone());
    let known = |id: &str| items.iter().any(|item| item.id == id);
    if !after.references("predecessors").into_iter().all(known) {
        let words = "先行作業に別の契約の作業があります。この契約の作業を選んでください。";
        return Err(Refusal::invalid(Problem::field("predecessors", words)));
    }
    let works: Vec<Work> = items.iter().map(|item| work(item, 1)).collect();
    schedule::check(&works).map_err(|cycle| Refusal::invalid(Problem::field("predecessors", cycle.to_string())))
}

/// A work item for the schedule, taking so many business days.
pub(crate) fn work(item: &Record, days: u32) -> Work {
    let (number, name) = (item.text("number").unwrap_or_default(), item.text("name").unwrap_or_default());
    Work {
        id: item.id.clone(),
        label: format!("{number} {name}"),
        days,
        after: item.references("predecessors").into_iter().map(String::from).collect(),
        not_before: find::date(item, "starts_on"),
    }
}

/// A baseline that is a draft is a copy of the plan as it is now.
fn baseline(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let freezes = before.is_none()
        || context.transition == Some("submit")
        || (context.transition.is_none() && after.state == "draft");
    let Some(engagement) = after.text("engagement").map(String::from) else { return Ok(()) };
    if !freezes {
        // Nobody writes the copy by hand, whoever may write the record.
        if let Some(before) = before {
            for name in ["items", "frozen_on"] {
                match before.body.get(name) {
                    Some(value) => after.body.insert(name.into(), value.clone()),
                    None => after.body.shift_remove(name),
                };
            }
        }
        return Ok(());
    }
    let mut items = find::all(context.tx, WORK_ITEM, find::is("engagement", &engagement), MOST)?;
    items.retain(|item| item.state != "dropped");
    if items.is_empty() {
        let words = "この契約に作業項目がありません。作業項目を登録してから基準線を作ってください。";
        return Err(Refusal::invalid(Problem::field("engagement", words)));
    }
    items.sort_by_key(super::wbs_order);
    after.body.insert("items".into(), items.iter().map(copy).collect::<Vec<Value>>().into());
    after.body.insert("frozen_on".into(), context.kernel.today().to_string().into());
    let total =
        |field: &str| -> rust_decimal::Decimal { items.iter().filter_map(|item| super::amount(item, field)).sum() };
    after.body.insert("total_hours".into(), format!("{:.2}", total("planned_hours")).into());
    let cost: i64 = items.iter().filter_map(|item| item.value("planned_cost").as_i64()).sum();
    after.body.insert("total_cost".into(), cost.into());
    Ok(())
}

fn copy(item: &Record) -> Value {
    let columns = [
        ("number", "number"),
        ("name", "name"),
        ("owner", "owner"),
        ("starts_on", "starts_on"),
        ("ends_on", "ends_on"),
        ("hours", "planned_hours"),
        ("cost", "planned_cost"),
    ];
    let cells =
        columns.into_iter().filter_map(|(column, field)| Some((column.to_string(), item.body.get(field)?.clone())));
    Value::Object(cells.collect::<Map<_, _>>())
}

/// What was approved before gives way to what is approved now.
fn supersede(context: &mut Context<'_>, approved: &Record) -> Result<(), Refusal> {
    let Some(engagement) = approved.text("engagement") else { return Ok(()) };
    let filter = find::is("engagement", engagement).and(find::in_state(&["approved"]));
    for earlier in find::all(context.tx, &approved.ledger, filter, MOST)? {
        if earlier.id != approved.id && earlier.value("title") == approved.value("title") {
            take(context, &earlier, "supersede", "新しい版が承認されたため")?;
        }
    }
    Ok(())
}

fn take(context: &mut Context<'_>, record: &Record, transition: &str, reason: &str) -> Result<(), Refusal> {
    let change = Change::transition(&record.ledger, &record.id, record.revision, transition).because(reason);
    context.kernel.commit(context.tx, &Principal::system(PART), change)?;
    Ok(())
}

/// Reckon the deadlines of a meeting; its minutes are settled only when everybody has confirmed them.
fn meeting(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let same = before.is_some_and(|before| before.value("held_on") == after.value("held_on"));
    let open = ["planned", "held"].contains(&after.state.as_str());
    if !same || open {
        let contract = match after.text("engagement") {
            Some(id) => context.tx.record(ENGAGEMENT, id)?,
            None => None,
        };
        if let (Some(contract), Some(held_on)) = (contract, find::date(after, "held_on")) {
            let calendar = &context.kernel.calendar;
            let due = |name: &str, join: &str, otherwise: &str| -> Option<NaiveDate> {
                settings::due(settings::rule(&contract, name, join, Some(otherwise)).as_ref(), held_on, calendar)
            };
            put_day(&mut after.body, "minutes_by", due("minutes", "after held_on", MINUTES));
            put_day(&mut after.body, "material_by", due("meeting_material", "before held_on", MATERIAL));
        }
    }
    let settling = context.transition == Some("confirm");
    if !settling && context.transition != Some("submit") {
        return Ok(());
    }
    let attendances = attendances(context, &after.id)?;
    if attendances.is_empty() {
        let words = "出席者がまだ書かれていません。出席者を加えてから議事録を出してください。";
        return Err(Refusal::invalid(Problem::record(words)));
    }
    let missing: Vec<&str> = attendances
        .iter()
        .filter(|attendance| attendance.state != "confirmed")
        .filter_map(|attendance| attendance.text("name"))
        .collect();
    if settling && !missing.is_empty() {
        let names = missing.join("、");
        let words = format!("まだ確かめていない出席者がいます（{names}）。全員が確かめると、議事録が定まります。");
        return Err(Refusal::invalid(Problem::record(words)));
    }
    Ok(())
}

fn put_day(body: &mut Body, name: &str, day: Option<NaiveDate>) {
    match day {
        Some(day) => body.insert(name.into(), json!(day)),
        None => body.shift_remove(name),
    };
}

fn attendances(context: &mut Context<'_>, meeting: &str) -> Result<Vec<Record>, Refusal> {
    Ok(find::all(context.tx, ATTENDANCE, find::is("meeting", meeting), MOST)?)
}

/// Minutes are out: everybody who attended is asked, also who had confirmed an earlier version.
fn ask_all(context: &mut Context<'_>, meeting: &Record) -> Result<(), Refusal> {
    for attendance in attendances(context, &meeting.id)? {
        if attendance.state != "asked" {
            take(context, &attendance, "ask", "議事録が出たため")?;
        }
    }
    Ok(())
}

/// When the last attendee has confirmed, the minutes are settled.
fn settle(context: &mut Context<'_>, attendance: &Record) -> Result<(), Refusal> {
    if attendance.state != "confirmed" {
        return Ok(());
    }
    let Some(id) = attendance.text("meeting") else { return Ok(()) };
    let all = attendances(context, id)?.iter().all(|attendance| attendance.state == "confirmed");
    match context.tx.record(MEETING, id)? {
        Some(meeting) if all && meeting.state == "submitted" => {
            take(context, &meeting, "confirm", "全ての出席者が確かめたため")
        }
        _ => Ok(()),
    }
}
