//! Third step: the session, or the refusal; the journal gets an entry of either.

use journal::Actor;
use ledger::port::{Credential, Session, StoreError, Writer};
use ledger::{Kernel, Principal, Record};

use super::Checked;
use crate::evidence::{self, Act};
use crate::names::{NOBODY, UNKNOWN, account, act};
use crate::{Origin, Secret, principal, session};

/// A sign-in that succeeded. Has no `Debug`: it holds the secret of the session.
pub struct SignedIn {
    /// For the cookie; it is nowhere else.
    pub secret: Secret,
    /// The session as it is stored.
    pub session: Session,
    /// Who is signed in.
    pub principal: Principal,
    /// The password is an initial one: nothing else is offered until it is changed.
    pub must_change: bool,
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
}

impl Cause {
    fn words(self) -> &'static str {
        match self {
            Cause::NoAccount => "利用者名の登録なし",
            Cause::NoPassword => "パスワードの設定なし",
            Cause::WrongPassword => "パスワードの不一致",
            Cause::Changed => "確認中にパスワードが変更された",
            Cause::NotActive => "利用者が利用できる状態にない",
        }
    }
}

/// Open a session for a checked sign-in, under a new secret (what the browser held before is worth nothing, so a session
/// cannot be foisted on anybody). `replaces` is the session the same browser had; it is ended.
///
/// The inner result is the answer to the person; both kinds leave a journal entry, so the transaction is to be kept
/// (not rolled back) in either case.
///
/// # Errors
/// The outer ones are those of the store.
pub fn open(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    checked: &Checked,
    origin: &Origin,
    replaces: Option<&Secret>,
) -> Result<Result<SignedIn, SignInRefused>, StoreError> {
    let (principal, credential) = match admitted(tx, kernel, checked, origin)? {
        Ok(admitted) => admitted,
        Err(cause) => {
            refuse(tx, kernel, checked.candidate.account.as_ref(), origin, cause)?;
            return Ok(Err(SignInRefused));
        }
    };
    let account = principal.actor.account.clone();
    if let Some(hash) = &checked.rehashed {
        tx.set_credential(&Credential { password_hash: hash.clone(), ..credential.clone() })?;
    }
    if let Some(old) = replaces {
        tx.close_session(&old.key())?;
    }
    let (secret, session) = session::start(tx, kernel, &account, origin)?;
    let act = Act { actor: principal.actor.clone(), act: act::SIGN_IN, account: &account, reason: None, facts: vec![] };
    evidence::append(tx, kernel, act)?;
    Ok(Ok(SignedIn { secret, session, principal, must_change: credential.must_change }))
}

/// Ask again what may have changed while the password was being checked.
fn admitted(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    checked: &Checked,
    origin: &Origin,
) -> Result<Result<(Principal, Credential), Cause>, StoreError> {
    let Some(seen) = &checked.candidate.account else { return Ok(Err(Cause::NoAccount)) };
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
    let Some(account) = now else { return Ok(Err(Cause::NotActive)) };
    let principal = principal::of_account(tx, kernel, &account, origin)?;
    Ok(principal.map(|principal| (principal, credential.clone())).ok_or(Cause::NotActive))
}

/// The entry of a failure. The actor is nobody: that somebody gave the name of an account does not make them its owner.
fn refuse(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: Option<&Record>,
    origin: &Origin,
    cause: Cause,
) -> Result<(), StoreError> {
    let login = account.and_then(|account| account.text(account::LOGIN)).unwrap_or(UNKNOWN);
    let actor = Actor {
        account: NOBODY.into(),
        login: login.into(),
        person: None,
        channel: origin.channel,
        address: origin.address.clone(),
        device: origin.device.clone(),
    };
    let act = Act {
        actor,
        act: act::SIGN_IN_FAILED,
        account: account.map_or("", |account| account.id.as_str()),
        reason: Some(cause.words().into()),
        facts: vec![],
    };
    evidence::append(tx, kernel, act)
}
