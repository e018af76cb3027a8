//! Failures in a row lock an account for a time (付紙 第5 2(2)ア). Count and lock are in the database, so that they hold on
//! every node and after a restart.

use chrono::TimeDelta;
use journal::Actor;
use ledger::port::{SignInGuard, StoreError, Writer};
use ledger::{Kernel, Principal, Record};
use serde_json::json;

use crate::Origin;
use crate::evidence::{self, Act};
use crate::names::{NOBODY, UNKNOWN, account, act};
use crate::settings::Settings;

/// Whether the account is locked now. A lock whose time is over is released here, with its entry.
///
/// # Errors
/// Only those of the store.
pub(crate) fn is_locked(tx: &mut dyn Writer, kernel: &Kernel, account: &str) -> Result<bool, StoreError> {
    let guard = tx.guard(account)?;
    if guard.locked_at.is_none() {
        return Ok(false);
    }
    if guard.locked_until.is_none_or(|until| kernel.now() < until) {
        return Ok(true);
    }
    tx.release_account(account)?;
    let reason = Some("定めた時間の経過".to_string());
    let actor = Actor::system("sign_in");
    evidence::append(tx, kernel, Act { actor, act: act::LOCK_RELEASED, account, reason, facts: vec![] })?;
    Ok(false)
}

/// Count a failure. `known` is none for a name that nobody has: the same statement then writes a row that locks nobody.
///
/// # Errors
/// Only those of the store.
pub(crate) fn count(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    known: Option<&Record>,
) -> Result<SignInGuard, StoreError> {
    let rule = settings.lock_out_rule(kernel.today());
    let now = kernel.now();
    let id = known.map_or("", |account| account.id.as_str());
    tx.count_failure(id, now, now - TimeDelta::minutes(rule.within_minutes.into()))
}

/// Lock the account when the failure that was counted was the last one allowed.
///
/// # Errors
/// Only those of the store.
pub(crate) fn lock_if_due(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    known: Option<&Record>,
    guard: &SignInGuard,
    origin: &Origin,
) -> Result<(), StoreError> {
    let rule = settings.lock_out_rule(kernel.today());
    let Some(known) = known else { return Ok(()) };
    if guard.failures < i64::from(rule.failures) || guard.locked_at.is_some() {
        return Ok(());
    }
    let now = kernel.now();
    let until = (rule.release_minutes > 0).then(|| now + TimeDelta::minutes(rule.release_minutes.into()));
    tx.lock_account(&known.id, now, until)?;
    let facts = vec![("failures", json!(guard.failures)), ("until", json!(until))];
    let reason = Some("続けて失敗した".to_string());
    let actor = stranger(Some(known), origin);
    evidence::append(tx, kernel, Act { actor, act: act::LOCKED_OUT, account: &known.id, reason, facts })
}

/// Nobody, at the name of an account: that somebody gave the name of an account does not make them its owner.
pub(crate) fn stranger(known: Option<&Record>, origin: &Origin) -> Actor {
    Actor {
        account: NOBODY.into(),
        login: known.and_then(|account| account.text(account::LOGIN)).unwrap_or(UNKNOWN).into(),
        person: None,
        channel: origin.channel,
        address: origin.address.clone(),
        device: origin.device.clone(),
    }
}

/// Accounts that are locked now, the newest lock first; those whose time is over are left out.
///
/// # Errors
/// Only those of the store.
pub fn locked(
    tx: &mut dyn ledger::port::Reader,
    kernel: &Kernel,
    limit: usize,
) -> Result<Vec<(String, SignInGuard)>, StoreError> {
    let mut locked = tx.locked_accounts(limit)?;
    locked.retain(|(_, guard)| guard.locked_until.is_none_or(|until| kernel.now() < until));
    Ok(locked)
}

/// Release the lock of an account for a reason; false when it was not locked. Whether `who` may do this is the caller's
/// question.
///
/// # Errors
/// Only those of the store.
pub fn release(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    account: &str,
    reason: &str,
) -> Result<bool, StoreError> {
    let locked = tx.guard(account)?.locked_at.is_some();
    if !locked || !tx.release_account(account)? {
        return Ok(false);
    }
    let (actor, reason) = (who.actor.clone(), Some(reason.to_string()));
    evidence::append(tx, kernel, Act { actor, act: act::LOCK_RELEASED, account, reason, facts: vec![] })?;
    Ok(true)
}
