//! Adding, naming and removing second factors. Whether the person has just proven who they are is the caller's question.

use ledger::port::{INSTALLATION, Protection, ProtectionProblem, SecondFactor, StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::{Value, json};

use super::passkey::{self, Party};
use super::recovery::{CODES, RecoveryCode};
use super::totp::TotpSecret;
use super::{challenge, devices, kind, requires};
use crate::evidence::{self, Act};
use crate::names::act;
use crate::settings::Settings;
use crate::{Secret, session};

/// Most devices of one account.
const MOST: usize = 10;
/// Longest name of a device, in characters.
const LONGEST_NAME: usize = 40;
/// Purpose of the challenge of an enrolment.
const TOTP: &str = "totp enrolment";

/// Why a second factor was not added, named or removed.
#[derive(Debug, thiserror::Error)]
pub enum EnrolProblem {
    /// The code is not one of the secret that was shown.
    #[error(
        "コードが正しくありません。アプリに表示されている6桁の数字を入力してください。端末の時計が合っているかも確かめてください。"
    )]
    WrongCode,
    /// The browser's answer does not fit.
    #[error("パスキーを登録できませんでした。もう一度「パスキーを登録する」を押してください。")]
    WrongAnswer,
    /// What was begun has run out, or was completed before.
    #[error("時間がたったため、登録を最初からやり直してください。")]
    RunOut,
    /// The name is empty or long.
    #[error("名前を1文字以上40文字以内で入力してください。")]
    Name,
    /// There are enough.
    #[error("登録できるのは10台までです。使っていないものを削除してから登録してください。")]
    TooMany,
    /// The last one of an account that must have one.
    #[error("この利用者には二段階目の認証が必要です。別のものを登録してから削除してください。")]
    Last,
    /// There is none of that identifier.
    #[error("登録が見つかりません。画面を開き直してください。")]
    Unknown,
    /// The secret cannot be locked or opened.
    #[error(transparent)]
    Protection(#[from] ProtectionProblem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An enrolment of one-time codes under way. Has no `Debug`: it holds the secret.
pub struct BeginTotp {
    /// What the form answers with.
    pub challenge: Secret,
    /// For the picture.
    pub address: String,
    /// For typing.
    pub typed: String,
}

/// A second factor was added.
pub struct Enrolled {
    /// Recovery codes, when it was the account's first device: they are shown once. Empty otherwise.
    pub recovery: Vec<RecoveryCode>,
}

/// Make a secret for one-time codes and remember it until it is confirmed.
///
/// # Errors
/// [`EnrolProblem::TooMany`], and those of the vault and the store.
pub fn begin_totp(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    protection: &dyn Protection,
    who: &Principal,
    issuer: &str,
) -> Result<BeginTotp, EnrolProblem> {
    if devices(tx, &who.actor.account)?.len() >= MOST {
        return Err(EnrolProblem::TooMany);
    }
    let secret = TotpSecret::random(&*kernel.entropy);
    let locked = protection.lock(INSTALLATION, &enrolment_place(&who.actor.account), secret.bytes())?;
    protection.settle()?;
    let challenge = challenge::keep(tx, kernel, settings, &who.actor.account, TOTP, locked)?;
    Ok(shown(challenge, &secret, who, issuer))
}

/// Show the secret of an enrolment under way again, after a wrong code.
///
/// # Errors
/// [`EnrolProblem::RunOut`], and those of the vault and the store.
pub fn resume_totp(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    protection: &dyn Protection,
    who: &Principal,
    issuer: &str,
    challenge: &Secret,
) -> Result<BeginTotp, EnrolProblem> {
    let secret = kept_totp(tx, kernel, protection, who, challenge)?;
    Ok(shown(challenge.clone(), &secret, who, issuer))
}

fn shown(challenge: Secret, secret: &TotpSecret, who: &Principal, issuer: &str) -> BeginTotp {
    BeginTotp { challenge, address: secret.address(issuer, &who.actor.login), typed: secret.typed() }
}

/// Read the secret of an enrolment under way, and leave it there for another try.
fn kept_totp(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    protection: &dyn Protection,
    who: &Principal,
    challenge: &Secret,
) -> Result<TotpSecret, EnrolProblem> {
    let account = &who.actor.account;
    let kept = challenge::take(tx, kernel, challenge, account, TOTP)?.ok_or(EnrolProblem::RunOut)?;
    challenge::keep_under(tx, challenge, kernel.now(), kept.expires_at, account, TOTP, kept.state.clone())?;
    let opened = protection.open(INSTALLATION, &enrolment_place(account), &kept.state)?;
    opened.and_then(|bytes| TotpSecret::from_bytes(&bytes)).ok_or(EnrolProblem::RunOut)
}

/// Add one-time codes once the application shows a right code. That code is used up by it.
///
/// # Errors
/// As [`EnrolProblem`] says. After [`EnrolProblem::WrongCode`] the enrolment stays open, so the transaction is to be kept.
pub fn confirm_totp(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    protection: &dyn Protection,
    who: &Principal,
    challenge: &Secret,
    (name, code): (&str, &str),
) -> Result<Enrolled, EnrolProblem> {
    let secret = kept_totp(tx, kernel, protection, who, challenge)?;
    let name = checked_name(name)?;
    let step = secret.step_of(code, kernel.now()).ok_or(EnrolProblem::WrongCode)?;
    challenge::take(tx, kernel, challenge, &who.actor.account, TOTP)?;
    let id = kernel.new_id();
    let locked = protection.lock(INSTALLATION, &place(&id), secret.bytes())?;
    protection.settle()?;
    add(tx, kernel, who, kind::TOTP, name, SecondFactorParts { handle: id.clone(), id, secret: locked, step })
}

/// Where the secret of one-time codes stands, as the vault binds it.
pub(super) fn place(id: &str) -> String {
    format!("second_factor/{id}/secret")
}

fn enrolment_place(account: &str) -> String {
    format!("sign_in_challenge/{account}/state")
}

/// What the browser is asked to make a passkey, and the secret that the form answers with.
///
/// # Errors
/// [`EnrolProblem::TooMany`], [`EnrolProblem::WrongAnswer`] when the library refuses, and those of the store.
pub fn begin_passkey(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    party: &Party,
    who: &Principal,
) -> Result<(Secret, Value), EnrolProblem> {
    if devices(tx, &who.actor.account)?.len() >= MOST {
        return Err(EnrolProblem::TooMany);
    }
    let user = (who.actor.account.as_str(), who.actor.login.as_str(), who.name.as_str());
    passkey::begin_enrolment(tx, kernel, settings, party, user)?.ok_or(EnrolProblem::WrongAnswer)
}

/// Add the passkey that the browser has made.
///
/// # Errors
/// As [`EnrolProblem`] says.
pub fn confirm_passkey(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    party: &Party,
    who: &Principal,
    challenge: &Secret,
    (name, answer): (&str, &str),
) -> Result<Enrolled, EnrolProblem> {
    let name = checked_name(name)?;
    let account = &who.actor.account;
    let made = passkey::finish_enrolment(tx, kernel, party, account, challenge, answer)?;
    let made = made.ok_or(EnrolProblem::WrongAnswer)?;
    let parts = SecondFactorParts { id: kernel.new_id(), secret: made.stored, handle: made.handle, step: 0 };
    add(tx, kernel, who, kind::PASSKEY, name, parts)
}

struct SecondFactorParts {
    id: String,
    secret: String,
    handle: String,
    step: i64,
}

fn add(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    kind: &str,
    name: String,
    parts: SecondFactorParts,
) -> Result<Enrolled, EnrolProblem> {
    let account = &who.actor.account;
    let known = devices(tx, account)?.len();
    if known >= MOST {
        return Err(EnrolProblem::TooMany);
    }
    let factor = SecondFactor {
        id: parts.id,
        account: account.clone(),
        kind: kind.into(),
        name,
        secret: parts.secret,
        handle: parts.handle,
        step: parts.step,
        added_at: kernel.now(),
        used_at: None,
    };
    if !tx.add_second_factor(&factor)? {
        return Err(EnrolProblem::WrongAnswer);
    }
    note(tx, kernel, who, act::FACTOR_ADDED, account, vec![("kind", json!(kind)), ("factor", json!(factor.id))])?;
    let recovery = if known == 0 { renew_recovery_codes(tx, kernel, who)? } else { Vec::new() };
    Ok(Enrolled { recovery })
}

/// Make new recovery codes; those of before no longer open anything. They are shown once.
///
/// # Errors
/// Only those of the store.
pub fn renew_recovery_codes(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
) -> Result<Vec<RecoveryCode>, StoreError> {
    let account = &who.actor.account;
    drop_recovery_codes(tx, account)?;
    let codes: Vec<RecoveryCode> = (0..CODES).map(|_| RecoveryCode::random(&*kernel.entropy)).collect();
    for (number, code) in codes.iter().enumerate() {
        let Some(handle) = code.handle() else { continue };
        let factor = SecondFactor {
            id: kernel.new_id(),
            account: account.clone(),
            kind: kind::RECOVERY.into(),
            name: (number + 1).to_string(),
            secret: String::new(),
            handle,
            step: 0,
            added_at: kernel.now(),
            used_at: None,
        };
        tx.add_second_factor(&factor)?;
    }
    note(tx, kernel, who, act::RECOVERY_CODES_MADE, account, vec![("codes", json!(codes.len()))])?;
    Ok(codes)
}

fn drop_recovery_codes(tx: &mut dyn Writer, account: &str) -> Result<(), StoreError> {
    for old in tx.second_factors(account)?.iter().filter(|factor| factor.kind == kind::RECOVERY) {
        tx.remove_second_factor(account, &old.id)?;
    }
    Ok(())
}

/// Give one of one's own devices a name.
///
/// # Errors
/// [`EnrolProblem::Name`], [`EnrolProblem::Unknown`], and those of the store.
pub fn rename(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, id: &str, name: &str) -> Result<(), EnrolProblem> {
    let name = checked_name(name)?;
    let account = &who.actor.account;
    if !tx.name_second_factor(account, id, &name)? {
        return Err(EnrolProblem::Unknown);
    }
    note(tx, kernel, who, act::FACTOR_NAMED, account, vec![("factor", json!(id))])?;
    Ok(())
}

/// Remove one of one's own devices. With the last one the recovery codes go as well.
///
/// # Errors
/// [`EnrolProblem::Last`], [`EnrolProblem::Unknown`], and those of the store.
pub fn remove(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    who: &Principal,
    id: &str,
) -> Result<(), EnrolProblem> {
    let account = &who.actor.account;
    let known = devices(tx, account)?;
    let found = known.iter().find(|factor| factor.id == id).ok_or(EnrolProblem::Unknown)?;
    if known.len() == 1 && requires(settings, who) {
        return Err(EnrolProblem::Last);
    }
    tx.remove_second_factor(account, id)?;
    if known.len() == 1 {
        drop_recovery_codes(tx, account)?;
    }
    let facts = vec![("factor", json!(id)), ("kind", json!(found.kind))];
    note(tx, kernel, who, act::FACTOR_REMOVED, account, facts)?;
    Ok(())
}

/// Take all second factors of an account away and end its sessions, after a loss; returns how many devices there were.
/// Whether `who` may do this, and that a second person approved it, is the caller's question.
///
/// # Errors
/// Only those of the store.
pub fn remove_all(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, account: &str) -> Result<usize, StoreError> {
    let known = devices(tx, account)?;
    for factor in &known {
        tx.remove_second_factor(account, &factor.id)?;
    }
    drop_recovery_codes(tx, account)?;
    let ended = session::end_others(tx, account, None)?;
    let facts = vec![("devices", json!(known.len())), ("sessions_ended", json!(ended))];
    note(tx, kernel, who, act::FACTORS_RESET, account, facts)?;
    Ok(known.len())
}

fn checked_name(name: &str) -> Result<String, EnrolProblem> {
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits { Ok(name.to_string()) } else { Err(EnrolProblem::Name) }
}

fn note(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    act: &str,
    account: &str,
    facts: Vec<(&str, Value)>,
) -> Result<(), StoreError> {
    evidence::append(tx, kernel, Act { actor: who.actor.clone(), act, account, reason: None, facts })
}
