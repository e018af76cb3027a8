//! The end of a sign-in, with or without a second factor: what is noted of it, and what is told to whoever came in.

use chrono::{DateTime, Utc};
use ledger::port::{StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::{Value, json};

use super::{Arrival, lock_out};
use crate::Secret;
use crate::evidence::{self, Act};
use crate::names::act;
use crate::password::Standing;
use crate::settings::Settings;

/// What is told to somebody who has just signed in. Has no `Debug`: it may hold the secret of a device.
pub struct Welcome {
    /// Instant of the sign-in before this one.
    pub last_at: Option<DateTime<Utc>>,
    /// Network address of the sign-in before this one.
    pub last_address: Option<String>,
    /// Failures in a row since then.
    pub failures: i64,
    /// Days left of the password's term, where its end is near.
    pub password_days: Option<i64>,
    /// What the browser is to be known by from now on; none where it brought that along.
    pub device: Option<Secret>,
}

/// Note a sign-in: the guard begins anew, the device is known, the journal has the entry. `facts` stand in it.
pub(crate) fn complete(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    principal: &Principal,
    stands: Standing,
    arrival: &Arrival<'_>,
    facts: Vec<(&str, Value)>,
) -> Result<Welcome, StoreError> {
    let account = &principal.actor.account;
    let before = tx.guard(account)?;
    let spared = lock_out::browser(tx, kernel, settings, account, arrival.device)?;
    // Its owner came in past a lock that strangers brought about: for strangers it stays.
    tx.note_sign_in(account, kernel.now(), arrival.origin.address.as_deref(), spared.is_none())?;
    if let Some(browser) = &spared {
        tx.release_browser(account, Some(browser))?;
    }
    let actor = || principal.actor.clone();
    // Only what we gave out ourselves is taken back: a value that somebody else put there they would know.
    let brought = match arrival.device {
        Some(device) if tx.is_device(&device.key())? => Some(device),
        _ => None,
    };
    let fresh = brought.is_none().then(|| Secret::random(&*kernel.entropy));
    if let Some(device) = brought.or(fresh.as_ref()) {
        let (known, others) = tx.knows_device(account, &device.key())?;
        if !known {
            let facts = vec![("first", json!(!others))];
            evidence::append(tx, kernel, Act { actor: actor(), act: act::NEW_DEVICE, account, reason: None, facts })?;
        }
        tx.note_device(account, &device.key(), kernel.now())?;
    }
    evidence::append(tx, kernel, Act { actor: actor(), act: act::SIGN_IN, account, reason: None, facts })?;
    Ok(Welcome {
        last_at: before.last_at,
        last_address: before.last_address,
        failures: before.failures,
        password_days: match stands {
            Standing::Due(days) => Some(days),
            _ => None,
        },
        device: fresh,
    })
}
