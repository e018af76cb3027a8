//! From the token in a request to the machine client behind it.

use journal::Actor;
use ledger::port::{Reader, StoreError};
use ledger::{Kernel, Principal, Standing};

use super::text;
use crate::Origin;
use crate::principal::{Granted, held};

/// A machine client with a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Whom it acts as: the account in the journal is the identifier of the token, its name is that of the client.
    pub principal: Principal,
    /// Only reading: the caller refuses every method that writes.
    pub read_only: bool,
}

/// The client of this token text; `None` when the token is unknown, has ended or was withdrawn.
///
/// # Errors
/// Only those of the store.
pub fn resolve(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    token: &str,
    origin: &Origin,
) -> Result<Option<Machine>, StoreError> {
    let Some((id, secret)) = text::read(token) else { return Ok(None) };
    let Some(token) = tx.token(&secret.key())? else { return Ok(None) };
    if token.id != id || token.revoked_at.is_some() || kernel.now() >= token.expires_at {
        return Ok(None);
    }
    let granted = Granted { role: token.role, office: token.office };
    // A token is no way around: a machine outside has no more than a person there.
    let granted: Vec<Granted> = Some(granted).filter(|one| !origin.withheld.contains(&one.role)).into_iter().collect();
    let principal = Principal {
        actor: Actor {
            account: token.id,
            login: token.name.clone(),
            person: None,
            channel: origin.channel,
            address: origin.address.clone(),
            device: origin.device.clone(),
        },
        name: token.name,
        roles: held(tx, kernel, &granted)?,
        standing: Standing::Machine,
    };
    Ok(Some(Machine { principal, read_only: token.read_only }))
}
