//! A proof within a session: the second step of a sign-in, resuming after a lock, a fresh proof for a dangerous act. Each
//! gives the session a new secret.
//!
//! Like a sign-in it is three steps: [`read_asked`] in a reading transaction, [`check`] outside of any, [`conclude`] in a
//! writing one.

use ledger::Kernel;
use ledger::port::{Protection, Reader, StoreError, Writer};
use serde_json::json;

use super::{Resolved, start};
use crate::Secret;
use crate::evidence::{self, Act};
use crate::names::{account, act};
use crate::password::{Standing, standing};
use crate::second::{self, Asked, Given, Judged, Party, Purpose};
use crate::settings::Settings;
use crate::sign_in::complete::{Welcome, complete};
use crate::sign_in::{Arrival, lock_out};

/// What a proof is held against. Has no `Debug`: it holds a hash.
#[derive(Clone)]
pub struct Question {
    /// What is asked for.
    pub asked: Asked,
    stored: Option<String>,
}

/// Read what is asked of this account for this purpose.
///
/// # Errors
/// Only those of the store.
pub fn read_asked(
    tx: &mut dyn Reader,
    settings: &Settings,
    account: &str,
    purpose: Purpose,
) -> Result<Question, StoreError> {
    let asked = second::asked(tx, settings, account, purpose)?;
    let stored = if asked.password { tx.credential(account)?.map(|one| one.password_hash) } else { None };
    Ok(Question { asked, stored })
}

/// What the check found.
#[derive(Clone)]
pub struct CheckedProof(Judged);

/// The slow step: one hashing where a password is asked for, none otherwise.
pub fn check(kernel: &Kernel, settings: &Settings, question: &Question, given: Given) -> CheckedProof {
    CheckedProof(second::judge(kernel, settings, question.asked, question.stored.as_deref(), given))
}

/// A proof that was accepted. Has no `Debug`: it holds the session's new secret.
pub struct Proven {
    /// For the cookie.
    pub secret: Secret,
    /// The session as it goes on.
    pub resolved: Resolved,
    /// What is told after the second step of a sign-in.
    pub welcome: Option<Welcome>,
}

/// A proof that was not accepted. It says the same for every cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("確認できませんでした。入力した内容を確かめて、もう一度お試しください。")]
pub struct ProofRefused;

/// Judge the proof and let the session go on under a new secret. Both answers leave a journal entry, and a failure counts:
/// that of a second step towards the lock of the account like one of the first, that within an open session towards the end of
/// this session. So the transaction is to be kept in either case.
///
/// # Errors
/// The outer ones are those of the store.
#[expect(clippy::too_many_arguments, reason = "the parts of the server that a proof needs, each by its own name")]
pub fn conclude(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    protection: &dyn Protection,
    party: Option<&Party>,
    resolved: &Resolved,
    purpose: Purpose,
    checked: &CheckedProof,
    arrival: &Arrival<'_>,
) -> Result<Result<Proven, ProofRefused>, StoreError> {
    let who = &resolved.principal;
    let account = who.actor.account.clone();
    let failed = match purpose {
        Purpose::SignIn => act::SECOND_FACTOR_FAILED,
        Purpose::Resume => act::RESUME_FAILED,
        Purpose::Fresh => act::PROOF_FAILED,
    };
    let note = |tx: &mut dyn Writer, act: &str, reason: Option<String>, facts| {
        let actor = who.actor.clone();
        evidence::append(tx, kernel, Act { actor, act, account: &account, reason, facts })
    };
    // The lock of an account is for those who want to come in. Whoever is in goes on, with failures counted for the session.
    let entering = purpose == Purpose::SignIn;
    let browser = match entering {
        true => lock_out::browser(tx, kernel, settings, &account, arrival.device)?,
        false => None,
    };
    if entering && lock_out::is_locked(tx, kernel, &account, browser.as_deref())? {
        note(tx, failed, Some("利用者がロックされている".into()), vec![])?;
        return Ok(Err(ProofRefused));
    }
    let judged = second::evaluate(tx, kernel, protection, party, (settings, &account, purpose), &checked.0)?;
    let shown = match judged {
        Ok(shown) => shown,
        Err(cause) => {
            note(tx, failed, Some(cause.words().into()), vec![])?;
            if !entering {
                lock_out::count_in_session(tx, kernel, settings, who, &resolved.session.key)?;
                return Ok(Err(ProofRefused));
            }
            let record = tx.record(account::LEDGER, &account)?;
            let counted = lock_out::count(tx, kernel, settings, record.as_ref(), browser.as_deref())?;
            let place = (record.as_ref(), browser.as_deref());
            lock_out::lock_if_due(tx, kernel, settings, place, &counted, arrival.origin)?;
            return Ok(Err(ProofRefused));
        }
    };
    let second = shown.is_second();
    let (secret, session) = start::renew(tx, kernel, &resolved.session, second, purpose == Purpose::SignIn)?;
    let mut facts = vec![("by", json!(shown.word()))];
    if shown.word() == second::kind::RECOVERY {
        facts.push(("recovery_codes_left", json!(second::recovery_codes_left(tx, &account)?)));
    }
    let welcome = match purpose {
        Purpose::SignIn => {
            let stands = match tx.credential(&account)? {
                Some(credential) => standing(&settings.password_rule(kernel.today()), &credential, kernel.now()),
                None => Standing::Good,
            };
            let facts = vec![("second_factor", json!(shown.word()))];
            Some(complete(tx, kernel, settings, who, stands, arrival, facts)?)
        }
        Purpose::Resume => {
            tx.release_browser(&account, Some(&resolved.session.key))?;
            note(tx, act::SESSION_RESUMED, None, facts)?;
            None
        }
        Purpose::Fresh => {
            tx.release_browser(&account, Some(&resolved.session.key))?;
            note(tx, act::PROVEN_AFRESH, None, facts)?;
            None
        }
    };
    let resolved = Resolved { session, touch_due: false, ..resolved.clone() };
    Ok(Ok(Proven { secret, resolved, welcome }))
}

/// Let a session that awaited its first enrolment go on, now that a second factor is enrolled: enrolling showed it.
///
/// # Errors
/// Only those of the store.
pub fn conclude_enrolment(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    resolved: &Resolved,
    kind: &str,
    arrival: &Arrival<'_>,
) -> Result<Proven, StoreError> {
    let awaited = resolved.session.second_at.is_none() && second::requires(settings, &resolved.principal);
    let (secret, session) = start::renew(tx, kernel, &resolved.session, true, awaited)?;
    let welcome = if awaited {
        let facts = vec![("second_factor", json!(kind))];
        Some(complete(tx, kernel, settings, &resolved.principal, Standing::Good, arrival, facts)?)
    } else {
        None
    };
    let resolved = Resolved { session, touch_due: false, ..resolved.clone() };
    Ok(Proven { secret, resolved, welcome })
}

/// Whether the newest proof of a session is fresh enough for a dangerous act.
pub fn is_fresh(kernel: &Kernel, settings: &Settings, resolved: &Resolved) -> bool {
    kernel.now() - resolved.session.proven_at < settings.second_factor.fresh()
}
