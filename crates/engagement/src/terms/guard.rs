//! What a person may not write in an obligation, because it follows from the terms.

use ledger::engine::Context;
use ledger::{Problem, Record, Refusal, Standing};
use serde_json::Value;

use super::{reference, step};
use crate::names::{made, state};

/// Refuse values that only the terms give, and a date moved without the agreement that keeps it there.
///
/// # Errors
/// A problem for each field.
pub fn complete(context: &Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    if context.who.standing == Standing::System {
        return Ok(());
    }
    let differs = |field: &str| before.map_or(&Value::Null, |before| before.value(field)) != after.value(field);
    let label = |field: &str| context.ledger.field(field).map_or(field, |field| &field.label).to_owned();
    let mut problems = Vec::new();
    let from_terms = before.is_some_and(|before| before.text(made::ITEM).is_some());
    for field in [made::ITEM, made::PERIOD, made::EVENT_LEDGER, made::EVENT] {
        // One that a person adds by hand may well say which month it is for.
        if differs(field) && (from_terms || field == made::ITEM) {
            let message = format!("「{}」は契約の決まりから入ります。元の値に戻してください。", label(field));
            problems.push(Problem::field(field, message));
        }
    }
    if from_terms && differs(made::DUE_ON) && context.transition != Some(state::AGREE) {
        let agree = context.ledger.workflow.transition(state::AGREE).map_or(state::AGREE, |agree| &agree.label);
        let message = format!(
            "「{}」は契約の日付から数えています。「{agree}」で、理由と共に改めてください。",
            label(made::DUE_ON)
        );
        problems.push(Problem::field(made::DUE_ON, message));
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

/// A date that is no longer agreed on is counted anew.
///
/// # Errors
/// What the write path refuses.
pub fn follow(context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    let fixed = |record: &Record| record.value(made::FIXED) == &Value::Bool(true);
    if !before.is_some_and(fixed) || fixed(after) || after.text(made::ITEM).is_none() {
        return Ok(());
    }
    let catalogue = context.kernel.catalogue.clone();
    for terms in catalogue.terms.values().filter(|terms| terms.makes == after.ledger) {
        let Some(id) = reference(context.ledger, &terms.ledger).and_then(|field| after.text(&field.name)) else {
            continue;
        };
        let Some(contract) = context.tx.record(&terms.ledger, id)? else { continue };
        if super::of(&catalogue, &contract).is_some_and(|own| own.name == terms.name) {
            return step::contract(context.tx, context.kernel, Some(&contract), &contract, context.batch);
        }
    }
    Ok(())
}
