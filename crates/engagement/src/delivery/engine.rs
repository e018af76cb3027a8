//! Rules of delivery and inspection that the pack cannot declare.

use chrono::NaiveDate;
use ledger::engine::{Context, Engine};
use ledger::kernel::Kernel;
use ledger::port::Writer;
use ledger::query::{Comparison, Filter};
use ledger::{Change, Principal, Problem, Record, Refusal, find};
use serde_json::{Value, json};

use super::names::{DELIVERABLE, ENGAGEMENT, HAND_IN};
use crate::{obligations, settings};

/// Who the program is when one record follows another.
const PART: &str = "delivery";
/// Inspection within 10 days, the day of receipt being day 1, unless the contract says otherwise.
const INSPECTION: &str = "10 days counting from received_on";

/// The engine of delivery and inspection.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryEngine;

impl Engine for DeliveryEngine {
    fn ledgers(&self) -> &[&str] {
        &[HAND_IN]
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        deadlines(context, after)?;
        match context.transition {
            Some("send" | "send_again") => {
                if let (Some("send_again"), Some(last)) = (context.transition, rounds(after).last_mut()) {
                    last["rework"] = after.value("rework").clone();
                    let mut all = rounds(after);
                    all.pop();
                    all.push(last.clone());
                    after.body.insert("rounds".into(), all.into());
                }
                sendable(context, after)
            }
            Some(result @ ("pass" | "fail")) => {
                let mut all = rounds(after);
                all.push(json!({
                    "received_on": after.value("received_on"), "inspected_on": after.value("inspected_on"), "result": result,
                }));
                if let (Some(row), Some(finding)) = (all.last_mut(), after.text("finding")) {
                    row["finding"] = finding.into();
                }
                after.body.insert("rounds".into(), all.into());
                Ok(())
            }
            _ => {
                // The course of inspections is written by inspecting alone.
                match before.and_then(|before| before.body.get("rounds")) {
                    Some(value) => after.body.insert("rounds".into(), value.clone()),
                    None => after.body.shift_remove("rounds"),
                };
                Ok(())
            }
        }
    }

    fn follow(&self, context: &mut Context<'_>, _: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        match context.transition {
            Some("send" | "send_again") => {
                each_deliverable(context, after, "ready", "hand_in")?;
                for obligation in named(context, after)? {
                    obligations::submit(context, &obligation, after.value("sent_on"))?;
                }
                Ok(())
            }
            Some("fail") => each_deliverable(context, after, "handed_in", "return"),
            Some("deem") => obligations::agency_spared(context, after, "通知の期限が過ぎ、合格とみなしたため"),
            Some("accept") => {
                each_deliverable(context, after, "handed_in", "accept")?;
                for obligation in named(context, after)? {
                    obligations::accept(context, &obligation)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn rounds(record: &Record) -> Vec<Value> {
    record.value("rounds").as_array().cloned().unwrap_or_default()
}

/// By when it must be inspected, and when silence counts as a pass, counted from its receipt.
fn deadlines(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let contract = match after.text("engagement") {
        Some(id) => context.tx.record(ENGAGEMENT, id)?,
        None => None,
    };
    let received = find::date(after, "received_on");
    let due = |name: &str, otherwise: Option<&str>| -> Option<NaiveDate> {
        let rule = settings::rule(contract.as_ref()?, name, "counting from received_on", otherwise);
        settings::due(rule.as_ref(), received?, &context.kernel.calendar)
    };
    let days = [("inspect_by", due("inspection", Some(INSPECTION))), ("deemed_on", due("deemed_pass", None))];
    for (name, day) in days {
        match day {
            Some(day) => after.body.insert(name.into(), json!(day)),
            None => after.body.shift_remove(name),
        };
    }
    Ok(())
}

/// What is handed over is ready: reviewed and checked for viruses, of this contract, as the deadlines it meets ask for it.
fn sendable(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    for deliverable in deliverables(context, after)? {
        let name = deliverable.text("name").unwrap_or_default();
        if deliverable.value("engagement") != after.value("engagement") {
            problems.push(format!("「{name}」は別の契約の成果物です。この契約の成果物を選んでください。"));
        } else if deliverable.state != "ready" {
            problems.push(format!(
                "「{name}」はまだ納入できる状態ではありません。品質の確認とウイルス検査を済ませてください。"
            ));
        }
    }
    for obligation in named(context, after)? {
        if obligation.value("engagement") != after.value("engagement") {
            let label = obligation.text("label").unwrap_or_default();
            problems.push(format!("「{label}」は別の契約の期限です。この契約の期限を選んでください。"));
        } else if let Some(words) = other_form(context, after, &obligation) {
            problems.push(words);
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid(problems.into_iter().map(|words| Problem::field("deliverables", words)).collect()))
}

/// What is asked on another medium or in more copies than it is handed over, unless that was agreed.
fn other_form(context: &Context<'_>, after: &Record, obligation: &Record) -> Option<String> {
    if after.text("medium_agreed").is_some() {
        return None;
    }
    let label = obligation.text("label").unwrap_or_default();
    let (wanted, given) = (obligation.text("medium"), after.text("medium"));
    let kept = match (wanted, given) {
        (None, _) | (Some("mail"), Some("upload")) | (Some("paper" | "disc"), Some("paper_and_disc")) => true,
        _ => wanted == given,
    };
    if !kept {
        let medium = context.kernel.catalogue.choices.get("delivery_medium");
        let choice = medium.and_then(|set| set.choices.iter().find(|choice| Some(choice.code.as_str()) == wanted));
        let medium = choice.map_or("", |choice| choice.label.as_str());
        return Some(format!(
            "「{label}」は{medium}で納めることになっています。媒体を改めるか、改めた協議を「媒体、部数を改めた協議」に書いてください。"
        ));
    }
    let copies = obligation.value("copies").as_i64().unwrap_or(0);
    (after.value("copies").as_i64().unwrap_or(0) < copies).then(|| {
        format!("「{label}」は{copies}部納めることになっています。部数を改めるか、改めた協議を「媒体、部数を改めた協議」に書いてください。")
    })
}

fn deliverables(context: &mut Context<'_>, record: &Record) -> Result<Vec<Record>, Refusal> {
    let ids: Vec<String> = record.references("deliverables").into_iter().map(String::from).collect();
    Ok(context.tx.records(DELIVERABLE, &ids)?)
}

/// The deadlines that the hand-in names.
fn named(context: &mut Context<'_>, record: &Record) -> Result<Vec<Record>, Refusal> {
    let ids: Vec<String> = record.references("obligations").into_iter().map(String::from).collect();
    Ok(context.tx.records(obligations::OBLIGATION, &ids)?)
}

fn each_deliverable(context: &mut Context<'_>, after: &Record, state: &str, transition: &str) -> Result<(), Refusal> {
    let number = after.text("number").unwrap_or_default();
    for deliverable in deliverables(context, after)? {
        if deliverable.state == state {
            let change = Change::transition(DELIVERABLE, &deliverable.id, deliverable.revision, transition)
                .because(&format!("納入 {number}"));
            context.kernel.commit(context.tx, &Principal::system(PART), change)?;
        }
    }
    Ok(())
}

/// Whatever was received, and about which nobody gave notice until the day the contract names, counts as passed.
///
/// # Errors
/// Those of the kernel.
pub fn deem(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let over = Filter::Compare(find::text("deemed_on"), Comparison::Below, kernel.today().to_string().into());
    let mut count = 0;
    for hand_in in find::all(tx, HAND_IN, find::in_state(&["received"]).and(over), 1_000)? {
        let change =
            Change::transition(HAND_IN, &hand_in.id, hand_in.revision, "deem").because("通知の期限が過ぎたため");
        kernel.commit(tx, &Principal::system(PART), change)?;
        count += 1;
    }
    Ok(count)
}
