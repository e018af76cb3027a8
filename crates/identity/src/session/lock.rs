//! Locking a session (付紙 第5 2(3)ア, イ): by its owner on leaving the desk, or after idleness. What was on the screen stays
//! where it was; only a proof resumes it.

use chrono::{DateTime, Utc};
use journal::Actor;
use ledger::Kernel;
use ledger::port::{Session, StoreError, Writer};

use crate::evidence::{self, Act};
use crate::names::{account, act};
use crate::settings::Settings;

/// Why a session is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Its owner asked for it.
    Asked,
    /// It was not used for the time that the settings allow.
    Idle,
}

/// Lock a session; false when it is locked already or gone.
///
/// # Errors
/// Only those of the store.
pub fn lock(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    actor: Actor,
    session: &Session,
    cause: Cause,
) -> Result<bool, StoreError> {
    if !tx.lock_session(&session.key, kernel.now())? {
        return Ok(false);
    }
    let reason = match cause {
        Cause::Asked => "本人の操作",
        Cause::Idle => "操作のない時間が上限を超えた",
    };
    let act =
        Act { actor, act: act::SESSION_LOCKED, account: &session.account, reason: Some(reason.into()), facts: vec![] };
    evidence::append(tx, kernel, act)?;
    Ok(true)
}

/// Lock all sessions that have been idle for too long; returns how many. For a worker to call every minute, so that the
/// journal has the lock at its time; a request that comes earlier finds the session locked all the same.
///
/// # Errors
/// Only those of the store.
pub fn lock_idle(tx: &mut dyn Writer, kernel: &Kernel, settings: &Settings) -> Result<u64, StoreError> {
    let mut locked = 0;
    for session in tx.idle_sessions(idle_since(kernel, settings))? {
        let owner = tx.record(account::LEDGER, &session.account)?;
        let login = owner.as_ref().and_then(|owner| owner.text(account::LOGIN)).unwrap_or_default();
        let actor = Actor { account: session.account.clone(), login: login.into(), ..Actor::system("session") };
        locked += u64::from(lock(tx, kernel, actor, &session, Cause::Idle)?);
    }
    Ok(locked)
}

/// Sessions that were used last at this instant or before are idle.
pub fn idle_since(kernel: &Kernel, settings: &Settings) -> DateTime<Utc> {
    kernel.now() - settings.session.idle()
}
