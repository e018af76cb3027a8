//! Whether the whole record is right: values demanded, references that lead somewhere, checks, guards.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::access::Access;
use crate::definition::{Kind, Ledger, Required, Transition};
use crate::find;
use crate::kernel::Kernel;
use crate::port::Writer;
use crate::principal::{Principal, Standing};
use crate::query::Filter;
use crate::record::Record;
use crate::refusal::{Problem, Refusal};
use crate::write::{Act, Opened, OpenedBefore, overlap, permit};

/// Check everything and report every problem at once.
pub fn record(
    act: &Act<'_>,
    tx: &mut dyn Writer,
    opened_before: &mut OpenedBefore,
    after: &Record,
) -> Result<(), Refusal> {
    let Act { kernel, ledger, before, who, transition } = *act;
    let mut opened = Opened::again(kernel, tx, opened_before, ledger, after, before, who)?;
    opened.set_state(&after.state);
    let mut problems = missing(ledger, after, &opened, transition)?;
    problems.extend(dangling(kernel, tx, ledger, before, after, who)?);
    problems.extend(overlap::problems(tx, ledger, before, after)?);
    problems.extend(unsettled(tx, ledger, after, transition)?);
    for check in &ledger.checks {
        if !opened.holds(&check.expression, &ledger.name)? {
            problems.push(Problem::field(check.field.clone().unwrap_or_default(), check.message.clone()));
        }
    }
    if let Some(transition) = transition
        && let Some(guard) = &transition.guard
        && !opened.holds(guard, &transition.name)?
    {
        problems.push(Problem::record(transition.guard_message.clone()));
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

/// Records that stand in the way of the transition: they refer to this one and are not over.
fn unsettled(
    tx: &mut dyn Writer,
    ledger: &Ledger,
    after: &Record,
    transition: Option<&Transition>,
) -> Result<Vec<Problem>, Refusal> {
    let mut problems = Vec::new();
    let Some(transition) = transition else { return Ok(problems) };
    for rule in ledger.settled.iter().filter(|rule| rule.transitions.contains(&transition.name)) {
        let open = find::holds(&rule.field, &after.id).and(Filter::Not(Box::new(find::in_state(&rule.states))));
        let count = tx.count(&rule.ledger, &open, None, MOST_COUNTED)?;
        if count > 0 {
            let more = if count == MOST_COUNTED { "以上" } else { "" };
            problems.push(Problem::record(format!("{} 残り: {count}件{more}。", rule.message)));
        }
    }
    Ok(problems)
}

/// Records in the way are counted up to here.
const MOST_COUNTED: u64 = 100;

/// Fields that must have a value and have none.
fn missing(
    ledger: &Ledger,
    after: &Record,
    opened: &Opened,
    transition: Option<&Transition>,
) -> Result<Vec<Problem>, Refusal> {
    let mut demanded: BTreeSet<&str> = transition.iter().flat_map(|t| &t.required).map(String::as_str).collect();
    demanded.extend(ledger.workflow.state(&after.state).iter().flat_map(|state| &state.required).map(String::as_str));
    let mut problems = Vec::new();
    for field in ledger.current_fields() {
        let required = match &field.required {
            Required::Never => demanded.contains(field.name.as_str()),
            Required::Always => true,
            Required::When(expression) => {
                demanded.contains(field.name.as_str()) || opened.holds(expression, &field.name)?
            }
        };
        if required && after.value(&field.name).is_null() {
            problems.push(Problem::field(field.name.clone(), format!("「{}」を入力してください。", field.label)));
        }
        let Kind::Rows { columns } = &field.kind else { continue };
        let rows = after.value(&field.name).as_array().map_or(&[] as &[Value], Vec::as_slice);
        for (number, row) in rows.iter().enumerate() {
            for column in columns.iter().filter(|column| matches!(column.required, Required::Always)) {
                if row.get(&column.name).is_none_or(Value::is_null) {
                    problems.push(Problem::cell(
                        field.name.clone(),
                        number,
                        column.name.clone(),
                        format!("「{}」の{}行目の「{}」を入力してください。", field.label, number + 1, column.label),
                    ));
                }
            }
        }
    }
    Ok(problems)
}

/// Changed references that lead nowhere, or to a record the principal may not know of: both are the same to them. What
/// follows from the record by itself (a computed reference) was chosen by nobody.
fn dangling(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    ledger: &Ledger,
    before: Option<&Record>,
    after: &Record,
    who: &Principal,
) -> Result<Vec<Problem>, Refusal> {
    let mut problems = Vec::new();
    for name in permit::changed_fields(before, after) {
        let Some(field) = ledger.field(name) else { continue };
        match &field.kind {
            Kind::Reference { .. } if field.computed.is_some() => {}
            Kind::Reference { ledger: target, .. } => {
                for id in after.references(name) {
                    if !known(kernel, tx, target, id, who)? {
                        problems.push(Problem::field(name.clone(), no_such(&field.label)));
                    }
                }
            }
            Kind::Attachment if who.standing != Standing::System => {
                for file in added_files(before, after, name) {
                    // A file is attached by whoever handed it in; to name another's by its identifier is no right to it.
                    let own = tx.attachment(file)?.is_some_and(|file| file.stored_by == who.actor.account);
                    if !own {
                        problems.push(Problem::field(name.clone(), no_such(&field.label)));
                    }
                }
            }
            Kind::Rows { columns } => {
                let rows = after.value(name).as_array().map_or(&[] as &[Value], Vec::as_slice);
                for column in columns {
                    let Some(target) = column.target() else { continue };
                    for (number, row) in rows.iter().enumerate() {
                        let Some(id) = row.get(&column.name).and_then(Value::as_str) else { continue };
                        if !known(kernel, tx, target, id, who)? {
                            let message = no_such(&column.label);
                            problems.push(Problem::cell(name.clone(), number, column.name.clone(), message));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(problems)
}

/// Identifiers of attached files that the record did not have before.
fn added_files<'a>(before: Option<&'a Record>, after: &'a Record, field: &str) -> Vec<&'a str> {
    let ids = |record: &'a Record| -> Vec<&'a str> {
        let files = record.value(field).as_array().map_or(&[] as &[Value], Vec::as_slice);
        files.iter().filter_map(|file| file.get("id")?.as_str()).collect()
    };
    let known = before.map(ids).unwrap_or_default();
    ids(after).into_iter().filter(|id| !known.contains(id)).collect()
}

fn no_such(label: &str) -> String {
    format!("「{label}」に選んだ記録が見つかりません。選び直してください。")
}

fn known(kernel: &Kernel, tx: &mut dyn Writer, ledger: &str, id: &str, who: &Principal) -> Result<bool, Refusal> {
    let Some(definition) = kernel.catalogue.ledger(ledger) else { return Ok(false) };
    let Some(record) = tx.record(ledger, id)? else { return Ok(false) };
    Ok(who.standing == Standing::System || Access::new(definition, who).may_read(&record))
}
