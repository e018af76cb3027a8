//! The journal entry of a change.

use journal::{Change as Changed, Entry};
use serde_json::Value;

use crate::principal::Principal;
use crate::record::Record;
use crate::write::{Change, permit};

/// The entry: who, when, from where, why, before and after. `before` is the record as it is stored, so that the entries of
/// a record alone give every version of it (`daicho verify`).
pub fn of(before: Option<&Record>, after: &Record, who: &Principal, change: &Change) -> Entry {
    let act = match (before, &change.transition) {
        (None, _) => "create".to_string(),
        (Some(_), Some(name)) => format!("transition:{name}"),
        (Some(_), None) => "amend".to_string(),
    };
    let changes = permit::changed_fields(before, after)
        .map(|name| {
            let before = before.map_or(Value::Null, |before| before.value(name).clone());
            (name.clone(), Changed { before, after: after.value(name).clone() })
        })
        .collect();
    Entry {
        at: after.recorded_at,
        actor: who.actor.clone(),
        ledger: after.ledger.clone(),
        record: after.id.clone(),
        revision: after.revision,
        act,
        reason: change.reason.clone().filter(|reason| !reason.trim().is_empty()),
        state_before: before.map(|before| before.state.clone()),
        state_after: Some(after.state.clone()),
        changes,
        batch: change.batch.clone(),
    }
}
