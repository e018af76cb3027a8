//! What is asked of a browser and answered once: kept in the database, so that any node takes the answer.

use chrono::{DateTime, Utc};
use ledger::Kernel;
use ledger::port::{Challenge, StoreError, Writer};

use crate::Secret;
use crate::settings::Settings;

/// Keep what must be remembered until the browser answers with the secret that is returned.
pub fn keep(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    account: &str,
    purpose: &str,
    state: String,
) -> Result<Secret, StoreError> {
    let secret = Secret::random(&*kernel.entropy);
    keep_under(tx, &secret, kernel.now(), kernel.now() + settings.second_factor.pending(), account, purpose, state)?;
    Ok(secret)
}

/// The same under a secret that is there already.
pub fn keep_under(
    tx: &mut dyn Writer,
    secret: &Secret,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    account: &str,
    purpose: &str,
    state: String,
) -> Result<(), StoreError> {
    let challenge =
        Challenge { key: secret.key(), account: account.into(), purpose: purpose.into(), state, expires_at };
    tx.add_challenge(&challenge, now)
}

/// Take what was kept; `None` when it was taken before, has run out, or is of another account or purpose.
pub fn take(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    secret: &Secret,
    account: &str,
    purpose: &str,
) -> Result<Option<Challenge>, StoreError> {
    let found = tx.take_challenge(&secret.key())?;
    Ok(found.filter(|one| one.account == account && one.purpose == purpose && kernel.now() < one.expires_at))
}
