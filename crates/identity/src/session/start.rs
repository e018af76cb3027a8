//! A new session, and a new secret for one that goes on.

use ledger::Kernel;
use ledger::port::{Session, StoreError, Writer};

use crate::{Origin, Secret};

/// Open a session of the account and return its secret with it. `second` says that a second factor was seen.
pub fn start(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: &str,
    origin: &Origin,
    second: bool,
) -> Result<(Secret, Session), StoreError> {
    let secret = Secret::random(&*kernel.entropy);
    let now = kernel.now();
    let session = Session {
        key: secret.key(),
        account: account.into(),
        form_secret: Secret::random(&*kernel.entropy).expose().into(),
        opened_at: now,
        seen_at: now,
        address: origin.address.clone(),
        device: origin.device.clone(),
        proven_at: now,
        second_at: second.then_some(now),
        locked_at: None,
    };
    tx.open_session(&session)?;
    crate::accounts::daily::note_use(tx, kernel, account)?;
    Ok((secret, session))
}

/// Let a session go on under a new secret after a proof: what was known of it before is worth nothing. Forms that are
/// open on the person's screen keep their secret, so that what was typed into them can be sent; only a sign-in that is
/// completed by its second factor gets a new one.
pub fn renew(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    old: &Session,
    second: bool,
    new_form_secret: bool,
) -> Result<(Secret, Session), StoreError> {
    let secret = Secret::random(&*kernel.entropy);
    let now = kernel.now();
    let form_secret =
        if new_form_secret { Secret::random(&*kernel.entropy).expose().to_string() } else { old.form_secret.clone() };
    let session = Session {
        key: secret.key(),
        form_secret,
        seen_at: now,
        proven_at: now,
        second_at: old.second_at.or(second.then_some(now)),
        locked_at: None,
        ..old.clone()
    };
    tx.renew_session(&old.key, &session)?;
    Ok((secret, session))
}
