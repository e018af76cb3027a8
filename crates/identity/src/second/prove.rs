//! Judging a proof: at sign-in, to resume a locked session, before a dangerous act.

use ledger::port::{INSTALLATION, Protection, Reader, StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::Value;

use super::enrol::place;
use super::passkey::{self, Party};
use super::totp::TotpSecret;
use super::{devices, kind, recovery};
use crate::Secret;
use crate::password::{self, Password};
use crate::settings::Settings;

/// What a proof is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The second step of a sign-in.
    SignIn,
    /// Resuming a locked session.
    Resume,
    /// A dangerous act.
    Fresh,
}

impl Purpose {
    fn challenge(self) -> &'static str {
        match self {
            Purpose::SignIn => "passkey sign-in",
            Purpose::Resume => "passkey resume",
            Purpose::Fresh => "passkey fresh",
        }
    }
}

/// What a person is asked for. Passkey or code (with the password where that is asked too); the password where there is
/// neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The password.
    pub password: bool,
    /// A one-time code, or a recovery code in its place.
    pub code: bool,
    /// A passkey, which is enough by itself.
    pub passkey: bool,
}

/// What is asked of an account for this purpose.
///
/// # Errors
/// Only those of the store.
pub fn asked(tx: &mut dyn Reader, settings: &Settings, account: &str, purpose: Purpose) -> Result<Asked, StoreError> {
    let devices = devices(tx, account)?;
    let has = |kind: &str| devices.iter().any(|factor| factor.kind == kind);
    if devices.is_empty() {
        return Ok(Asked { password: purpose != Purpose::SignIn, ..Asked::default() });
    }
    let resumes_with_both = purpose == Purpose::Resume && !settings.second_factor.code_alone_resumes;
    let password = resumes_with_both && tx.credential(account)?.is_some();
    // A recovery code stands in for any device, so the input for codes is always there.
    Ok(Asked { password, code: true, passkey: has(kind::PASSKEY) })
}

/// What a person gives. Has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Given {
    /// What was typed as password; none when nothing was.
    pub password: Option<Password>,
    /// What was typed as code.
    pub code: Option<String>,
    /// Secret of the challenge, and what the browser answered to it.
    pub passkey: Option<(Secret, String)>,
}

/// The slow part, done outside a transaction: exactly one hashing where a password is asked, none otherwise.
#[derive(Clone)]
pub(crate) struct Judged {
    given: Given,
    /// The hash that the password was held against, when it fitted.
    fitted: Option<String>,
}

/// Do the slow part.
pub(crate) fn judge(kernel: &Kernel, settings: &Settings, asked: Asked, stored: Option<&str>, given: Given) -> Judged {
    let passkey = asked.passkey && given.passkey.is_some();
    if !asked.password || passkey {
        return Judged { given, fitted: None };
    }
    let none = Password::new("");
    let typed = given.password.as_ref().unwrap_or(&none);
    let fitted = match stored {
        Some(stored) => password::verify(stored, typed).then(|| stored.to_string()),
        None => {
            password::verify_none(&settings.hash_cost(kernel.today()), typed);
            None
        }
    };
    Judged { given, fitted }
}

/// What a proof consisted of, for the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Password,
    Code,
    Recovery,
    Passkey,
}

impl Shown {
    /// Whether it was a second factor.
    pub(crate) fn is_second(self) -> bool {
        self != Shown::Password
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Shown::Password => "password",
            Shown::Code => kind::TOTP,
            Shown::Recovery => kind::RECOVERY,
            Shown::Passkey => kind::PASSKEY,
        }
    }
}

/// Why a proof failed: for the journal alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    Password,
    Code,
    Replayed,
    Passkey,
    Nothing,
    Vault,
}

impl Failed {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Failed::Password => "パスワードの不一致",
            Failed::Code => "コードの不一致",
            Failed::Replayed => "使用済みのコード",
            Failed::Passkey => "パスキーの不一致",
            Failed::Nothing => "求めた証明がない",
            Failed::Vault => "コードの鍵を開けない",
        }
    }
}

/// Judge a proof. What was shown is used up by it, so the transaction is to be kept whatever comes out.
pub(crate) fn evaluate(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    protection: &dyn Protection,
    party: Option<&Party>,
    (settings, account, purpose): (&Settings, &str, Purpose),
    judged: &Judged,
) -> Result<Result<Shown, Failed>, StoreError> {
    // Asked again: what is enrolled may have changed since the page was shown.
    let asked = asked(tx, settings, account, purpose)?;
    if let (true, Some(party), Some((secret, answer))) = (asked.passkey, party, &judged.given.passkey) {
        let fits = passkey::finish_proof(tx, kernel, party, account, purpose.challenge(), (secret, answer))?;
        return Ok(if fits { Ok(Shown::Passkey) } else { Err(Failed::Passkey) });
    }
    if asked.password {
        let now = tx.credential(account)?.map(|credential| credential.password_hash);
        if judged.fitted.is_none() || judged.fitted != now {
            return Ok(Err(Failed::Password));
        }
        if !asked.code {
            return Ok(Ok(Shown::Password));
        }
    }
    match judged.given.code.as_deref().map(str::trim) {
        Some(code) if asked.code && !code.is_empty() => use_code(tx, kernel, protection, account, code),
        _ => Ok(Err(Failed::Nothing)),
    }
}

fn use_code(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    protection: &dyn Protection,
    account: &str,
    code: &str,
) -> Result<Result<Shown, Failed>, StoreError> {
    let mut failed = Failed::Code;
    for factor in devices(tx, account)?.iter().filter(|factor| factor.kind == kind::TOTP) {
        let opened = protection.open(INSTALLATION, &place(&factor.id), &factor.secret).ok().flatten();
        let Some(secret) = opened.and_then(|bytes| TotpSecret::from_bytes(&bytes)) else {
            failed = Failed::Vault;
            continue;
        };
        if let Some(step) = secret.step_of(code, kernel.now()) {
            // RFC 6238 section 5.2: a code is accepted once. The statement decides, so also between nodes.
            if tx.use_step(&factor.id, step, kernel.now())? {
                return Ok(Ok(Shown::Code));
            }
            failed = Failed::Replayed;
        }
    }
    if let Some(handle) = recovery::handle(code)
        && let Some(found) = tx.second_factor(&handle)?
        && found.account == account
        && found.kind == kind::RECOVERY
        && tx.remove_second_factor(account, &found.id)?
    {
        return Ok(Ok(Shown::Recovery));
    }
    Ok(Err(failed))
}

/// What the browser is asked to show a passkey for this purpose, and the secret that the form answers with; `None` when
/// the account has none.
///
/// # Errors
/// Only those of the store.
pub fn begin_proof(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    party: &Party,
    who: &Principal,
    purpose: Purpose,
) -> Result<Option<(Secret, Value)>, StoreError> {
    passkey::begin_proof(tx, kernel, settings, party, &who.actor.account, purpose.challenge())
}
