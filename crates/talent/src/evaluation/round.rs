//! What the pack cannot say of a round: the scales of its first day, and that it ends only when all its sheets have.

use ledger::engine::Context;
use ledger::record::Record;
use ledger::refusal::{Problem, Refusal};

use super::names::{ledger_name::SHEET, state};
use super::{find, scale};

/// Complete a round before it is stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    if let Some(first) = find::date(after, "starts_on") {
        for (field, kind) in [("scale", "overall"), ("item_scale", "item")] {
            if after.value(field).is_null()
                && let Some(scale) = scale::in_force(context.tx, kind, first)?
            {
                after.body.insert(field.into(), scale.id.into());
            }
        }
    }
    if let Some(before) = before {
        frozen(before, after)?;
    }
    match context.transition {
        Some("open") if after.value("scale").is_null() || after.value("item_scale").is_null() => {
            let message =
                "評価期間の初日に有効な評語の段階がありません。「評語の段階」に登録してから開始してください。";
            Err(Refusal::invalid(Problem::field("scale", message)))
        }
        Some("close") => all_done(context, after),
        _ => Ok(()),
    }
}

/// Sheets were made by these; they stay once the round is open.
fn frozen(before: &Record, after: &Record) -> Result<(), Refusal> {
    if before.state == "preparing" {
        return Ok(());
    }
    let message = "開始した評価期の種類、期間、評語の段階は変えられません。元の値に戻してください。";
    let problems: Vec<Problem> = ["kind", "starts_on", "ends_on", "scale", "item_scale"]
        .into_iter()
        .filter(|field| before.value(field) != after.value(field))
        .map(|field| Problem::field(field, message))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

fn all_done(context: &mut Context<'_>, round: &Record) -> Result<(), Refusal> {
    let filter = find::is("round", &round.id).and(find::in_state(&state::OPEN));
    let left = context.tx.count(SHEET, &filter, None, 100_000)?;
    if left == 0 {
        return Ok(());
    }
    let message =
        format!("終わっていない評価記録書が{left}件あります。終えるか取りやめてから、評価期を終了してください。");
    Err(Refusal::invalid(Problem::record(message)))
}
