//! The ends of a session: sign-out, sign-out everywhere, and what old sessions leave behind.

use ledger::port::{Session, StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::json;

use crate::evidence::{self, Act};
use crate::names::act;
use crate::settings::Settings;

/// Sign out: end the session that the request came with.
///
/// # Errors
/// Only those of the store.
pub fn sign_out(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, session: &Session) -> Result<(), StoreError> {
    tx.close_session(&session.key)?;
    let act =
        Act { actor: who.actor.clone(), act: act::SIGN_OUT, account: &session.account, reason: None, facts: vec![] };
    evidence::append(tx, kernel, act)
}

/// End one session of the principal's own account, named by its key; false when it has no such session.
///
/// # Errors
/// Only those of the store.
pub fn end(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, key: &str) -> Result<bool, StoreError> {
    match tx.session(key)? {
        Some(session) if session.account == who.actor.account => {
            sign_out(tx, kernel, who, &session)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// End all sessions of an account and return how many there were. Whether `who` may do this to somebody else's account
/// is the caller's question.
///
/// # Errors
/// Only those of the store.
pub fn end_everywhere(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, account: &str) -> Result<u64, StoreError> {
    let ended = tx.close_sessions(account)?;
    let facts = vec![("sessions_ended", json!(ended))];
    let act = Act { actor: who.actor.clone(), act: act::SIGN_OUT_EVERYWHERE, account, reason: None, facts };
    evidence::append(tx, kernel, act)?;
    Ok(ended)
}

/// End all sessions of an account but one, without an entry of its own; returns how many there were.
pub fn end_others(tx: &mut dyn Writer, account: &str, keep: Option<&str>) -> Result<u64, StoreError> {
    let Some(keep) = keep else { return tx.close_sessions(account) };
    let mut ended = 0;
    for session in tx.sessions(account)?.iter().filter(|session| session.key != keep) {
        tx.close_session(&session.key)?;
        ended += 1;
    }
    Ok(ended)
}

/// Remove the sessions that are past the absolute limit, for a job to call now and then; returns how many there were.
///
/// # Errors
/// Only those of the store.
pub fn sweep(tx: &mut dyn Writer, kernel: &Kernel, settings: &Settings) -> Result<u64, StoreError> {
    tx.close_old_sessions(kernel.now() - settings.session.absolute())
}
