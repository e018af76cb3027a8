//! What the pack cannot say of a sheet: rows that follow from goals and items, marks of the round's scale, who holds the
//! sheet now.

use ledger::engine::Context;
use ledger::port::Reader;
use ledger::principal::Standing;
use ledger::record::Record;
use ledger::refusal::{Problem, Refusal};
use serde_json::{Map, Value};

use super::names::{SEATS, kind, ledger_name::ROUND, state};
use super::scale::Scale;
use super::transfer;

/// Fields that hold a mark of the overall scale.
const OVERALL: [&str; 5] = ["evaluator_mark", "adjuster_mark", "confirmer_mark", "result_mark", "correction_mark"];

/// Complete a sheet before it is stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    match before {
        None => begin(after),
        Some(before) => {
            frozen(before, after)?;
            exempt_by_rank(context.tx, before, after)?;
        }
    }
    line_by_hand(context, before, after);
    if matches!(context.transition, Some("request_reevaluation" | "send_back")) {
        transfer::renew_seats(context.tx, context.kernel, after)?;
    }
    number_goals(before, after);
    follow_rows(after);
    sign_views(context, before, after)?;
    marks(context.tx, before, after)?;
    hold(after);
    Ok(())
}

/// Ability and special evaluation have no goals to set; what was carried over from another system is done.
fn begin(after: &mut Record) {
    if after.value("carried_over") == &Value::Bool(true) {
        after.state = state::CLOSED.into();
    } else if after.text("kind") != Some(kind::PERFORMANCE) {
        after.state = state::IN_TERM.into();
    }
}

/// Whose sheet of which round it is stays for good: everything else on it was written about that.
fn frozen(before: &Record, after: &Record) -> Result<(), Refusal> {
    let message = "作られた評価記録書の評価期、被評価者、移行の別は変えられません。元の値に戻してください。";
    let problems: Vec<Problem> = ["round", "subject", "carried_over"]
        .into_iter()
        .filter(|field| before.value(field) != after.value(field))
        .map(|field| Problem::field(field, message))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

/// Who comes into another rank within the round is exempt from disclosure, or not, by that rank.
fn exempt_by_rank(tx: &mut (impl Reader + ?Sized), before: &Record, after: &mut Record) -> Result<(), Refusal> {
    if before.value("rank") == after.value("rank") || before.value("exempt") != after.value("exempt") {
        return Ok(());
    }
    let Some(round) = after.text("round") else { return Ok(()) };
    if let Some(round) = tx.record(ROUND, round)? {
        let exempt = after.text("rank").is_some_and(|rank| round.references("exempt_ranks").contains(&rank));
        after.body.insert("exempt".into(), exempt.into());
    }
    Ok(())
}

/// A line that a person set stays as it is when posts change hands; a former evaluator keeps sight of goals.
fn line_by_hand(context: &Context<'_>, before: Option<&Record>, after: &mut Record) {
    let Some(before) = before else { return };
    let changed = SEATS.iter().any(|(person, _)| before.value(person) != after.value(person));
    if !changed {
        return;
    }
    if context.who.standing != Standing::System && before.value("line_fixed") == after.value("line_fixed") {
        after.body.insert("line_fixed".into(), true.into());
    }
    let (old, new) = (before.text("evaluator"), after.text("evaluator"));
    if let Some(old) = old.filter(|_| old != new) {
        let mut former: Vec<Value> = after.references("former_evaluators").into_iter().map(Value::from).collect();
        former.retain(|person| person.as_str() != new);
        if !former.iter().any(|person| person.as_str() == Some(old)) {
            former.push(old.into());
        }
        after.body.insert("former_evaluators".into(), former.into());
    }
}

/// Goals are numbered in their order until they are agreed on; everything later refers to these numbers.
///
/// The act that agrees on them may carry them once more, so the state before counts.
fn number_goals(before: Option<&Record>, after: &mut Record) {
    let state = before.map_or(after.state.as_str(), |before| before.state.as_str());
    if ![state::GOAL_SETTING, state::GOAL_CHECK].contains(&state) {
        return;
    }
    if let Some(Value::Array(rows)) = after.body.get_mut("goals") {
        for (at, row) in rows.iter_mut().enumerate() {
            if let Value::Object(row) = row {
                row.insert("no".into(), (at + 1).into());
            }
        }
    }
}

/// Number and title of everything that is evaluated: goals, then items.
pub fn subjects_of_evaluation(record: &Record) -> Vec<(i64, String)> {
    let rows = ["goals", "items"].into_iter().flat_map(|field| record.value(field).as_array().into_iter().flatten());
    rows.filter_map(|row| {
        let title = row.get("title").and_then(Value::as_str)?;
        Some((row.get("no").and_then(Value::as_i64)?, title.to_string()))
    })
    .collect()
}

/// The self-report has a row for each goal and item, and so has the evaluation, whatever a form sent back.
fn follow_rows(after: &mut Record) {
    let wanted = subjects_of_evaluation(after);
    let fill = |after: &mut Record, field: &str| {
        let given = after.value(field).as_array().cloned().unwrap_or_default();
        let rows: Vec<Value> = wanted
            .iter()
            .map(|(no, title)| {
                let found = given.iter().find(|row| row.get("no").and_then(Value::as_i64) == Some(*no));
                let mut row: Map<String, Value> = Map::new();
                row.insert("no".into(), (*no).into());
                row.insert("title".into(), title.clone().into());
                for (name, value) in found.and_then(Value::as_object).into_iter().flatten() {
                    if name != "no" && name != "title" {
                        row.insert(name.clone(), value.clone());
                    }
                }
                row.into()
            })
            .collect();
        if !rows.is_empty() {
            after.body.insert(field.into(), rows.into());
        }
    };
    match after.state.as_str() {
        state::SELF_REPORT => fill(after, "reports"),
        state::EVALUATING => fill(after, "item_marks"),
        _ => {}
    }
}

/// A view from a second office carries the name of who wrote it, and nobody alters another's.
fn sign_views(context: &Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    const FIELD: &str = "concurrent_views";
    let Some(me) = context.who.person().filter(|_| context.who.standing != Standing::System) else { return Ok(()) };
    let earlier = before.map_or(&Value::Null, |before| before.value(FIELD));
    if earlier == after.value(FIELD) {
        return Ok(());
    }
    if let Some(Value::Array(rows)) = after.body.get_mut(FIELD) {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            if row.get("writer").is_none_or(Value::is_null) {
                row.insert("writer".into(), me.into());
            }
        }
    }
    let of_others = |value: &Value| -> Vec<Value> {
        let rows = value.as_array().into_iter().flatten();
        rows.filter(|row| row.get("writer").and_then(Value::as_str) != Some(me)).cloned().collect()
    };
    if of_others(earlier) == of_others(after.value(FIELD)) {
        Ok(())
    } else {
        let message = "ほかの人が書いた所見は変えられません。自分の所見だけを書いてください。";
        Err(Refusal::invalid(Problem::field(FIELD, message)))
    }
}

/// Marks are those of the round's scales, kept as their words; the result has its place in the scale beside it.
fn marks(tx: &mut (impl Reader + ?Sized), before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let changed = |field: &str, after: &Record| {
        !after.value(field).is_null() && before.is_none_or(|before| before.value(field) != after.value(field))
    };
    let overall: Vec<&str> = OVERALL.into_iter().filter(|field| changed(field, after)).collect();
    let items = changed("item_marks", after);
    if overall.is_empty() && !items {
        return Ok(());
    }
    let round = match after.text("round") {
        Some(id) => tx.record(ROUND, id)?,
        None => None,
    };
    let mut problems = Vec::new();
    if !overall.is_empty() {
        let scale = Scale::load(tx, round.as_ref().and_then(|round| round.text("scale")))?;
        for field in overall {
            match scale.words(field, after.text(field).unwrap_or_default()) {
                Ok(words) => {
                    if field == "result_mark" {
                        let order = scale.find(&words).map_or(0, |mark| mark.order);
                        after.body.insert("result_order".into(), order.into());
                    }
                    after.body.insert(field.into(), words.into());
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if items {
        let scale = Scale::load(tx, round.as_ref().and_then(|round| round.text("item_scale")))?;
        if let Some(Value::Array(rows)) = after.body.get_mut("item_marks") {
            for (at, row) in rows.iter_mut().enumerate() {
                let Some(written) = row.get("mark").and_then(Value::as_str) else { continue };
                match scale.find(written) {
                    Some(mark) => {
                        let words = mark.label.clone();
                        if let Some(row) = row.as_object_mut() {
                            row.insert("mark".into(), words.into());
                        }
                    }
                    None => problems.push(Problem::cell("item_marks", at, "mark", scale.no_such(written))),
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

/// Field of the person who acts next in a state; none while nobody has to.
pub fn holder_field(state: &str) -> Option<&'static str> {
    match state {
        state::GOAL_SETTING | state::SELF_REPORT => Some("subject"),
        state::GOAL_CHECK | state::EVALUATING | state::DISCLOSED => Some("evaluator"),
        state::ADJUSTING => Some("adjuster"),
        state::CONFIRMING => Some("confirmer"),
        _ => None,
    }
}

fn hold(after: &mut Record) {
    match holder_field(&after.state).and_then(|field| after.text(field)).map(String::from) {
        Some(person) => after.body.insert("holder".into(), person.into()),
        None => after.body.shift_remove("holder"),
    };
}

/// Field of the round with the last day of a state's step; none where a step has none.
pub fn due_field(state: &str) -> Option<&'static str> {
    match state {
        state::GOAL_SETTING => Some("goal_due"),
        state::GOAL_CHECK => Some("opening_interview_due"),
        state::SELF_REPORT => Some("self_report_due"),
        state::EVALUATING => Some("evaluation_due"),
        state::ADJUSTING => Some("adjustment_due"),
        state::CONFIRMING => Some("confirmation_due"),
        state::CONFIRMED => Some("disclosure_on"),
        state::DISCLOSED => Some("closing_interview_due"),
        _ => None,
    }
}
