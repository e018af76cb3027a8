//! Journal entries of acts that change no record: sign-in, sign-out, passwords, tokens.

use std::collections::BTreeMap;

use journal::{Actor, Change, Entry};
use ledger::Kernel;
use ledger::port::{StoreError, Writer};
use serde_json::Value;

use crate::names::account;

/// An act on an account, or on none.
pub struct Act<'a> {
    /// Who acted.
    pub actor: Actor,
    /// What was done; one of [`crate::names::act`].
    pub act: &'a str,
    /// Account that it was done to; empty for none.
    pub account: &'a str,
    /// Why, in Japanese.
    pub reason: Option<String>,
    /// Facts beside it, never secrets.
    pub facts: Vec<(&'a str, Value)>,
}

/// Append the entry of this act.
pub fn append(tx: &mut dyn Writer, kernel: &Kernel, act: Act<'_>) -> Result<(), StoreError> {
    let changes = act.facts.into_iter().filter(|(_, fact)| !fact.is_null());
    let changes: BTreeMap<String, Change> =
        changes.map(|(name, after)| (name.to_string(), Change { before: Value::Null, after })).collect();
    tx.append(&Entry {
        at: kernel.now(),
        actor: act.actor,
        ledger: account::LEDGER.into(),
        record: act.account.into(),
        revision: 0,
        act: act.act.into(),
        reason: act.reason,
        state_before: None,
        state_after: None,
        changes,
        batch: None,
    })?;
    Ok(())
}
