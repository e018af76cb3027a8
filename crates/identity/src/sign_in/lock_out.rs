//! Failures in a row lock an account for a time (付紙 第5 2(2)ア). Count and lock are in the database, so that they hold on
//! every node and after a restart.
//!
//! Where the settings say so, a browser in which the account has signed in before has a count and a lock of its own: what
//! strangers do locks strangers. It is known by the secret of its cookie, of which the database has the hash.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use journal::Actor;
use ledger::port::{Reader, SignInGuard, StoreError, Writer};
use ledger::{Kernel, Principal, Record};
use serde_json::json;

use super::read_candidate;
use crate::evidence::{self, Act};
use crate::names::{NOBODY, UNKNOWN, account, act};
use crate::settings::Settings;
use crate::{Origin, Secret};

/// The browser that failures of this account count for, where they count apart: one that the account knows.
///
/// # Errors
/// Only those of the store.
pub(crate) fn browser(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    account: &str,
    device: Option<&Secret>,
) -> Result<Option<String>, StoreError> {
    match device {
        Some(device) if settings.lock_out_rule(kernel.today()).spare_known_devices => {
            let key = device.key();
            Ok(tx.knows_device(account, &key)?.0.then_some(key))
        }
        _ => Ok(None),
    }
}

/// What attempts to sign in are limited by: the name, and for a browser that its account knows the two together, so that
/// strangers do not use up the attempts of its owner. Asks the same of the database whether or not there is such a name.
///
/// # Errors
/// Only those of the store.
pub fn limited_by(tx: &mut dyn Reader, login: &str, device: Option<&Secret>) -> Result<String, StoreError> {
    let Some(key) = device.map(Secret::key) else { return Ok(login.into()) };
    let account = read_candidate(tx, login)?.account.map_or_else(String::new, |account| account.id);
    let (known, _) = tx.knows_device(&account, &key)?;
    Ok(if known { format!("{login} {key}") } else { login.into() })
}

/// Whether the account is locked now, for this browser. A lock whose time is over is released here, with its entry.
///
/// # Errors
/// Only those of the store.
pub(crate) fn is_locked(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: &str,
    browser: Option<&str>,
) -> Result<bool, StoreError> {
    let guard = match browser {
        Some(browser) => tx.browser_guard(account, browser)?,
        None => tx.guard(account)?,
    };
    if guard.locked_at.is_none() {
        return Ok(false);
    }
    if guard.locked_until.is_none_or(|until| kernel.now() < until) {
        return Ok(true);
    }
    match browser {
        Some(_) => tx.release_browser(account, browser)?,
        None => tx.release_account(account)?,
    };
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
    browser: Option<&str>,
) -> Result<SignInGuard, StoreError> {
    let rule = settings.lock_out_rule(kernel.today());
    let now = kernel.now();
    let since = now - TimeDelta::minutes(rule.within_minutes.into());
    let id = known.map_or("", |account| account.id.as_str());
    match browser {
        Some(browser) => tx.count_browser_failure(id, browser, now, since),
        None => tx.count_failure(id, now, since),
    }
}

/// Lock the account when the failure that was counted was the last one allowed.
///
/// # Errors
/// Only those of the store.
pub(crate) fn lock_if_due(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    (known, browser): (Option<&Record>, Option<&str>),
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
    match browser {
        Some(browser) => tx.lock_browser(&known.id, browser, now, until)?,
        None => tx.lock_account(&known.id, now, until)?,
    }
    let apart = browser.map(|_| true);
    let facts = vec![("failures", json!(guard.failures)), ("until", json!(until)), ("known_device", json!(apart))];
    let reason = Some("続けて失敗した".to_string());
    let actor = stranger(Some(known), origin);
    evidence::append(tx, kernel, Act { actor, act: act::LOCKED_OUT, account: &known.id, reason, facts })
}

/// Count a failed proof within a session that is open already: for the session, not for the account, so that nobody outside
/// can keep its owner from going on, and whoever sits at it gets no more guesses than at the door. The last one allowed ends
/// the session.
///
/// # Errors
/// Only those of the store.
pub(crate) fn count_in_session(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    who: &Principal,
    session: &str,
) -> Result<(), StoreError> {
    let rule = settings.lock_out_rule(kernel.today());
    let (now, account) = (kernel.now(), who.actor.account.as_str());
    let since = now - TimeDelta::minutes(rule.within_minutes.into());
    let failures = tx.count_browser_failure(account, session, now, since)?.failures;
    if failures < i64::from(rule.failures) {
        return Ok(());
    }
    tx.close_session(session)?;
    tx.release_browser(account, Some(session))?;
    let facts = vec![("failures", json!(failures)), ("sessions_ended", json!(1))];
    let (actor, reason) = (who.actor.clone(), Some("続けて失敗したため、サインインを終わらせた".to_string()));
    evidence::append(tx, kernel, Act { actor, act: act::LOCKED_OUT, account, reason, facts })
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
pub fn locked(tx: &mut dyn Reader, kernel: &Kernel, limit: usize) -> Result<Vec<(String, SignInGuard)>, StoreError> {
    let mut locked = tx.locked_accounts(limit)?;
    locked.retain(|(_, guard)| guard.locked_until.is_none_or(|until| kernel.now() < until));
    // The account itself and one of its browsers may be locked at the same time.
    let mut seen = BTreeSet::new();
    locked.retain(|(account, _)| seen.insert(account.clone()));
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
    let browsers = tx.release_browser(account, None)?;
    let released = locked && tx.release_account(account)?;
    if !released && !browsers {
        return Ok(false);
    }
    let (actor, reason) = (who.actor.clone(), Some(reason.to_string()));
    evidence::append(tx, kernel, Act { actor, act: act::LOCK_RELEASED, account, reason, facts: vec![] })?;
    Ok(true)
}
