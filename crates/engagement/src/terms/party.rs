//! Records of a contract carry the company and the office of it, by which access is granted. When the contract gets
//! another company or office, they all follow.

use ledger::engine::Context;
use ledger::{Change, Principal, Record, Refusal, find};

use super::reference;

/// Compute anew the values that records of the contract take from it, where those have changed.
///
/// # Errors
/// What the write path refuses.
pub fn follow(context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    let Some(before) = before.filter(|before| before.body != after.body) else { return Ok(()) };
    let catalogue = context.kernel.catalogue.clone();
    for ledger in catalogue.ledgers.values() {
        let Some(field) = reference(ledger, &after.ledger) else { continue };
        let taken = ledger.fields.iter().filter_map(|field| field.computed.as_ref());
        let changed = taken
            .flat_map(|computed| computed.members(&field.name))
            .any(|member| before.value(&member) != after.value(&member));
        if !changed {
            continue;
        }
        for record in find::all(context.tx, &ledger.name, find::is(&field.name, &after.id), find::MOST)? {
            let change = Change {
                ledger: ledger.name.clone(),
                record: Some(record.id),
                batch: context.batch.map(str::to_owned),
                reason: Some("契約案件の契約相手方か担当課が変わりました。".into()),
                ..Change::default()
            };
            context.kernel.commit(context.tx, &Principal::system("terms"), change)?;
        }
    }
    Ok(())
}
