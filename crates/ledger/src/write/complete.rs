//! What follows from what was entered: defaults, numbers, values set by the transition, computed values, the state.

use calendar::{FiscalYear, jst_date};
use chrono::Datelike;
use serde_json::Value;

use crate::definition::{Field, Ledger, Numbering, Transition};
use crate::kernel::Kernel;
use crate::port::Writer;
use crate::principal::Principal;
use crate::record::{self, Record};
use crate::refusal::Refusal;
use crate::value;
use crate::write::{Act, Opened, OpenedBefore};

/// Complete the record and give it the state it will have.
pub fn record(
    act: &Act<'_>,
    tx: &mut dyn Writer,
    opened_before: &mut OpenedBefore,
    after: &mut Record,
) -> Result<(), Refusal> {
    let Act { kernel, ledger, before, who, transition } = *act;
    let mut opened = Opened::again(kernel, tx, opened_before, ledger, after, before, who)?;
    if before.is_none() {
        for field in ledger.current_fields() {
            let Some(default) = field.default.as_ref().filter(|_| !after.body.contains_key(&field.name)) else {
                continue;
            };
            let value = opened.evaluate(default, &field.name)?;
            set(kernel, &mut opened, after, field, value)?;
        }
        if let Some(numbering) = ledger.numbering.as_ref().filter(|numbering| after.value(&numbering.field).is_null()) {
            let number = next_number(kernel, tx, ledger, numbering)?;
            opened.set(&numbering.field, number.clone().into());
            after.body.insert(numbering.field.clone(), number.into());
        }
    }
    for (name, expression) in transition.iter().flat_map(|transition| &transition.set) {
        let Some(field) = ledger.field(name) else { continue };
        let value = opened.evaluate(expression, name)?;
        set(kernel, &mut opened, after, field, value)?;
    }
    // A reference that was just set must be open before values are computed from it.
    if ledger.fields.iter().any(|field| field.computed.is_some()) {
        opened = Opened::again(kernel, tx, opened_before, ledger, after, before, who)?;
    }
    // In order of declaration; `packs check` refuses a field that is computed from one declared after it.
    for field in ledger.current_fields() {
        if let Some(expression) = &field.computed {
            let value = opened.evaluate(expression, &field.name)?;
            set(kernel, &mut opened, after, field, value)?;
        }
    }
    if let Some(transition) = transition {
        after.state = target(&opened, transition)?.to_string();
    }
    Ok(())
}

impl Kernel {
    /// Give the record its next revision, its instant and its acts.
    pub(super) fn stamp(
        &self,
        after: &mut Record,
        before: Option<&Record>,
        who: &Principal,
        transition: Option<&Transition>,
    ) {
        let now = self.now();
        // Versions of one record never run backwards, even when the clock does.
        let at = before.map_or(now, |before| now.max(before.recorded_at + chrono::TimeDelta::microseconds(1)));
        after.revision = before.map_or(0, |before| before.revision) + 1;
        after.recorded_at = at;
        if before.is_none() {
            after.created_at = at;
        }
        let act = match (before, transition) {
            (None, _) => "create",
            (_, Some(transition)) => transition.name.as_str(),
            (_, None) => "amend",
        };
        for forgotten in transition.iter().flat_map(|transition| &transition.forgets) {
            after.acts.remove(forgotten);
        }
        let done = record::Act { account: who.actor.account.clone(), person: who.actor.person.clone(), at };
        after.acts.insert(act.to_string(), done);
    }
}

/// Set a value that an expression gave.
fn set(kernel: &Kernel, opened: &mut Opened, after: &mut Record, field: &Field, value: Value) -> Result<(), Refusal> {
    // An opened reference stands for its identifier when it is the whole result.
    let value = match value {
        Value::Object(map) if field.target().is_some() => map.get("id").cloned().unwrap_or(Value::Null),
        value => value,
    };
    let context = value::Context { catalogue: &kernel.catalogue, today: kernel.today() };
    let value = value::normalise(field, &value, &context).map_err(Refusal::Invalid)?;
    if value.is_null() {
        after.body.shift_remove(&field.name);
    } else {
        after.body.insert(field.name.clone(), value.clone());
    }
    opened.set(&field.name, value);
    Ok(())
}

fn target<'a>(opened: &Opened, transition: &'a Transition) -> Result<&'a str, Refusal> {
    for target in &transition.to {
        let applies = match &target.when {
            None => true,
            Some(condition) => opened.holds(condition, &transition.name)?,
        };
        if applies {
            return Ok(&target.state);
        }
    }
    Err(Refusal::Denied(format!(
        "「{}」の行き先が決まりません。業務パックの設定を確認してください。",
        transition.label
    )))
}

/// Numbers in a row that may have been given by hand.
const MOST_TAKEN: usize = 10_000;

/// The next number of the ledger, such as `HY-2026-00012`. The sequence starts anew with each year in the pattern.
fn next_number(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    ledger: &Ledger,
    numbering: &Numbering,
) -> Result<String, Refusal> {
    let today = jst_date(kernel.clock.now());
    let dated = numbering
        .pattern
        .replace("{fiscal_year}", &FiscalYear::of(today).first_day().year().to_string())
        .replace("{year}", &today.year().to_string());
    let (head, rest) = dated.split_once("{sequence").unwrap_or((dated.as_str(), "}"));
    let (digits, tail) = rest.split_once('}').unwrap_or((rest, ""));
    let width: usize = digits.trim_start_matches(':').parse().unwrap_or(1);
    let key = ledger.key.as_ref() == Some(&numbering.field);
    for _ in 0..MOST_TAKEN {
        let number = tx.next_number(&format!("{}:{head}", ledger.name))?;
        let text = format!("{head}{number:0width$}{tail}");
        // A number that a person or a file gave is stepped over: refused, it would be drawn again for ever.
        if !key || tx.lookup(&ledger.name, &numbering.field, std::slice::from_ref(&text))?.is_empty() {
            return Ok(text);
        }
    }
    Err(Refusal::Denied(format!("{}の番号が続けて使われています。番号の付け方を確かめてください。", ledger.label)))
}
