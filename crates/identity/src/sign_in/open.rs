//! Third step: the session, or the refusal; the journal gets an entry of either.

use ledger::port::{Credential, Session, StoreError, Writer};
use ledger::{Kernel, Principal, Record};

use super::Checked;
use super::complete::{self, Welcome};
use super::lock_out;
use serde_json::Value;

use crate::evidence::{self, Act};
use crate::names::{account, act};
use crate::password::{self, Standing};
use crate::second::{self, Awaits};
use crate::settings::Settings;
use crate::{Origin, Secret, principal, session};

/// How a sign-in comes in.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    /// From where.
    pub origin: &'a Origin,
    /// The session the same browser had; it is ended.
    pub replaces: Option<&'a Secret>,
    /// What the browser was given at an earlier sign-in, to be known by.
    pub device: Option<&'a Secret>,
}

impl<'a> Arrival<'a> {
    /// From there, by a browser that brings nothing along.
    pub fn new(origin: &'a Origin) -> Self {
        Self { origin, replaces: None, device: None }
    }
}

/// A sign-in that succeeded, or whose first step did. Has no `Debug`: it holds the secret of the session.
pub struct SignedIn {
    /// For the cookie; it is nowhere else.
    pub secret: Secret,
    /// The session as it is stored.
    pub session: Session,
    /// Who is signed in.
    pub principal: Principal,
    /// The password is an initial one or past its term: nothing else is offered until it is changed.
    pub must_change: bool,
    /// What is still awaited before the session opens anything.
    pub awaits: Awaits,
    /// What is told to somebody who is in; none while something is awaited.
    pub welcome: Option<Welcome>,
}

/// A sign-in that failed. It says the same for every cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("利用者名またはパスワードが正しくありません。")]
pub struct SignInRefused;

/// Why a sign-in failed: for the journal alone.
#[derive(Clone, Copy)]
enum Cause {
    NoAccount,
    NoPassword,
    WrongPassword,
    Changed,
    NotActive,
    Locked,
    Over,
}

impl Cause {
    fn words(self) -> &'static str {
        match self {
            Cause::NoAccount => "利用者名の登録なし",
            Cause::NoPassword => "パスワードの設定なし",
            Cause::WrongPassword => "パスワードの不一致",
            Cause::Changed => "確認中にパスワードが変更された",
            Cause::NotActive => "利用者が利用できる状態にない",
            Cause::Locked => "利用者がロックされている",
            Cause::Over => "一度限りのパスワードの期限切れ",
        }
    }
}

/// Open a session for a checked sign-in, under a new secret (what the browser held before is worth nothing, so a session
/// cannot be foisted on anybody). Where a second factor is awaited, the session opens nothing but the way to show or
/// enrol it ([`crate::session::Step`]).
///
/// The inner result is the answer to the person; both kinds leave a journal entry, so the transaction is to be kept
/// (not rolled back) in either case.
///
/// # Errors
/// The outer ones are those of the store.
pub fn open(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    checked: &Checked,
    arrival: &Arrival<'_>,
) -> Result<Result<SignedIn, SignInRefused>, StoreError> {
    let known = checked.candidate.account.as_ref();
    let (principal, credential) = match admitted(tx, kernel, settings, checked, arrival)? {
        Ok(admitted) => admitted,
        Err(cause) => return refuse(tx, kernel, settings, known, arrival, cause).map(Err),
    };
    if let Some(hash) = &checked.rehashed {
        tx.set_credential(&Credential { password_hash: hash.clone(), ..credential.clone() })?;
    }
    let rule = settings.password_rule(kernel.today());
    let stands = password::standing(&rule, &credential, kernel.now());
    begin(tx, kernel, settings, principal, stands, arrival, false, vec![]).map(Ok)
}

/// Open a session for an account that somebody else vouches for, such as the agency's identity provider. `second` says
/// that they have seen a second factor, which then is not asked again; else it is asked by the same rules as after a
/// password. `facts` say who vouches. An account that is locked or not active is refused.
///
/// # Errors
/// The outer ones are those of the store.
pub fn open_vouched(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    account: &str,
    (second, facts): (bool, Vec<(&str, Value)>),
    arrival: &Arrival<'_>,
) -> Result<Result<SignedIn, SignInRefused>, StoreError> {
    let Some(known) = tx.record_locked(account::LEDGER, account)? else {
        return refuse(tx, kernel, settings, None, arrival, Cause::NoAccount).map(Err);
    };
    let browser = lock_out::browser(tx, kernel, settings, account, arrival.device)?;
    if lock_out::is_locked(tx, kernel, account, browser.as_deref())? {
        return refuse(tx, kernel, settings, Some(&known), arrival, Cause::Locked).map(Err);
    }
    let Some(principal) = principal::of_account(tx, kernel, &known, arrival.origin)? else {
        return refuse(tx, kernel, settings, Some(&known), arrival, Cause::NotActive).map(Err);
    };
    begin(tx, kernel, settings, principal, Standing::Good, arrival, second, facts).map(Ok)
}

#[expect(clippy::too_many_arguments, reason = "what a sign-in consists of, each by its own name")]
fn begin(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    principal: Principal,
    stands: Standing,
    arrival: &Arrival<'_>,
    vouched: bool,
    facts: Vec<(&str, Value)>,
) -> Result<SignedIn, StoreError> {
    if let Some(old) = arrival.replaces {
        tx.close_session(&old.key())?;
    }
    let account = principal.actor.account.clone();
    let awaits = if vouched { Awaits::Nothing } else { second::awaits(tx, settings, &principal)? };
    let (secret, session) = session::start(tx, kernel, &account, arrival.origin, vouched)?;
    let welcome = if awaits == Awaits::Nothing {
        Some(complete::complete(tx, kernel, settings, &principal, stands, arrival, facts)?)
    } else {
        let actor = principal.actor.clone();
        let act = Act { actor, act: act::PASSWORD_ACCEPTED, account: &account, reason: None, facts };
        evidence::append(tx, kernel, act)?;
        None
    };
    Ok(SignedIn { secret, session, principal, must_change: stands == Standing::MustChange, awaits, welcome })
}

/// Ask again what may have changed while the password was being checked.
fn admitted(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    checked: &Checked,
    arrival: &Arrival<'_>,
) -> Result<Result<(Principal, Credential), Cause>, StoreError> {
    let seen = checked.candidate.account.as_ref();
    // Asked of everybody, nobody included, before anything about the password: a lock hides whether it was right.
    let id = seen.map_or("", |seen| seen.id.as_str());
    let browser = lock_out::browser(tx, kernel, settings, id, arrival.device)?;
    if lock_out::is_locked(tx, kernel, id, browser.as_deref())? {
        return Ok(Err(Cause::Locked));
    }
    let Some(seen) = seen else { return Ok(Err(Cause::NoAccount)) };
    let Some(credential) = &checked.candidate.credential else { return Ok(Err(Cause::NoPassword)) };
    if !checked.passed {
        return Ok(Err(Cause::WrongPassword));
    }
    // Locked, so that a suspension at the same moment comes either before the session or ends it.
    let now = tx.record_locked(account::LEDGER, &seen.id)?;
    match tx.credential(&seen.id)? {
        Some(current) if current.password_hash == credential.password_hash => {}
        _ => return Ok(Err(Cause::Changed)),
    }
    let rule = settings.password_rule(kernel.today());
    if password::standing(&rule, credential, kernel.now()) == Standing::Over {
        return Ok(Err(Cause::Over));
    }
    let Some(account) = now else { return Ok(Err(Cause::NotActive)) };
    let principal = principal::of_account(tx, kernel, &account, arrival.origin)?;
    Ok(principal.map(|principal| (principal, credential.clone())).ok_or(Cause::NotActive))
}

/// The entry of a failure, and its count. While an account is locked nothing is counted: the lock ends when it was said to.
fn refuse(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    account: Option<&Record>,
    arrival: &Arrival<'_>,
    cause: Cause,
) -> Result<SignInRefused, StoreError> {
    let id = account.map_or("", |account| account.id.as_str());
    let browser = lock_out::browser(tx, kernel, settings, id, arrival.device)?;
    let counted = match cause {
        Cause::Locked => None,
        _ => Some(lock_out::count(tx, kernel, settings, account, browser.as_deref())?),
    };
    let act = Act {
        actor: lock_out::stranger(account, arrival.origin),
        act: act::SIGN_IN_FAILED,
        account: id,
        reason: Some(cause.words().into()),
        facts: vec![],
    };
    evidence::append(tx, kernel, act)?;
    if let Some(guard) = counted {
        lock_out::lock_if_due(tx, kernel, settings, (account, browser.as_deref()), &guard, arrival.origin)?;
    }
    Ok(SignInRefused)
}
