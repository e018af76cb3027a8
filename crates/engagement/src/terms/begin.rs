//! What a contract is given when its terms are chosen.

use ledger::definition::Terms;
use ledger::engine::Context;
use ledger::write::Opened;
use ledger::{Record, Refusal, value};

use crate::names::contract;

/// Fill the first values that the terms state and nobody entered. A new contract also takes them where the ledger's own
/// default stands.
///
/// # Errors
/// When a value does not fit its field any more.
pub fn values(
    context: &mut Context<'_>,
    terms: &Terms,
    before: Option<&Record>,
    after: &mut Record,
) -> Result<(), Refusal> {
    if before.is_some_and(|before| before.text(contract::TERMS) == after.text(contract::TERMS)) {
        return Ok(());
    }
    let reading = value::Context { catalogue: &context.kernel.catalogue, today: context.kernel.today() };
    let opened = Opened::new(context.kernel, context.tx, context.ledger, after, None, context.who)?;
    for (name, written) in &terms.values {
        let Some(field) = context.ledger.field(name) else { continue };
        let default = field.default.as_ref().filter(|_| before.is_none());
        let default = default.map(|default| opened.evaluate(default, name)).transpose()?;
        if !after.value(name).is_null() && default.as_ref() != Some(after.value(name)) {
            continue;
        }
        let value = value::normalise(field, written, &reading).map_err(Refusal::Invalid)?;
        after.body.insert(name.clone(), value);
    }
    Ok(())
}
