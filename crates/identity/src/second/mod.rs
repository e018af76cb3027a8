//! Second factors: one-time codes (RFC 6238), passkeys (WebAuthn level 2), recovery codes.
//!
//! In reading order: [`awaits`] says who must show one, `enrol` adds and removes them, `prove` judges what was shown. The
//! secret of one-time codes is locked under the key of the installation ([`ledger::port::Protection`]); of a passkey only
//! the public key is kept, of a recovery code only its hash.

mod challenge;
mod enrol;
mod passkey;
mod prove;
mod recovery;
pub mod reset;
mod totp;

pub use enrol::{
    BeginTotp, EnrolProblem, Enrolled, begin_passkey, begin_totp, confirm_passkey, confirm_totp, remove, remove_all,
    rename, renew_recovery_codes, resume_totp,
};
use ledger::Principal;
use ledger::port::{Reader, SecondFactor, StoreError};
pub use passkey::{Party, PartyProblem};
pub use prove::{Asked, Given, Purpose, asked, begin_proof};
pub(crate) use prove::{Judged, evaluate, judge};
pub use recovery::{CODES, RecoveryCode};

use crate::settings::Settings;

/// Kinds as they are stored.
pub mod kind {
    /// One-time codes of an application on a telephone (RFC 6238).
    pub const TOTP: &str = "totp";
    /// A passkey (WebAuthn).
    pub const PASSKEY: &str = "passkey";
    /// A recovery code, used once.
    pub const RECOVERY: &str = "recovery";
}

/// What a session whose account showed no second factor yet waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaits {
    /// Nothing: none is enrolled and none is required.
    Nothing,
    /// One that is enrolled.
    Proof,
    /// The first enrolment: a role or the account requires one, and there is none.
    Enrolment,
}

/// What a session of this principal waits for.
///
/// # Errors
/// Only those of the store.
pub fn awaits(tx: &mut dyn Reader, settings: &Settings, who: &Principal) -> Result<Awaits, StoreError> {
    if !devices(tx, &who.actor.account)?.is_empty() {
        return Ok(Awaits::Proof);
    }
    Ok(if requires(settings, who) { Awaits::Enrolment } else { Awaits::Nothing })
}

/// Whether this principal must have a second factor: by a role held today, or by name.
pub fn requires(settings: &Settings, who: &Principal) -> bool {
    let rule = &settings.second_factor;
    rule.required.iter().any(|role| who.holds(role)) || rule.required_accounts.contains(&who.actor.login)
}

/// The devices of an account: one-time codes and passkeys, without recovery codes.
///
/// # Errors
/// Only those of the store.
pub fn devices(tx: &mut dyn Reader, account: &str) -> Result<Vec<SecondFactor>, StoreError> {
    let mut factors = tx.second_factors(account)?;
    factors.retain(|factor| factor.kind != kind::RECOVERY);
    Ok(factors)
}

/// How many recovery codes of an account are left.
///
/// # Errors
/// Only those of the store.
pub fn recovery_codes_left(tx: &mut dyn Reader, account: &str) -> Result<usize, StoreError> {
    Ok(tx.second_factors(account)?.iter().filter(|factor| factor.kind == kind::RECOVERY).count())
}
