//! A new session.

use ledger::Kernel;
use ledger::port::{Session, StoreError, Writer};

use crate::{Origin, Secret};

/// Open a session of the account and return its secret with it.
pub fn start(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: &str,
    origin: &Origin,
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
    };
    tx.open_session(&session)?;
    crate::accounts::daily::note_use(tx, kernel, account)?;
    Ok((secret, session))
}
