//! The end of a sign-in, with or without a second factor: what is noted of it, and what is told to whoever came in.

use chrono::{DateTime, Utc};
use ledger::port::{StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::{Value, json};

use super::Arrival;
use crate::Secret;
use crate::evidence::{self, Act};
use crate::names::act;
use crate::password::Standing;

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

/// Note a sign-in: the guard begins anew, the device is known, the journal has the entry.
pub(crate) fn complete(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    principal: &Principal,
    stands: Standing,
    arrival: &Arrival<'_>,
    shown: Option<&str>,
    mut facts: Vec<(&str, Value)>,
) -> Result<Welcome, StoreError> {
    let account = &principal.actor.account;
    let before = tx.guard(account)?;
    tx.note_sign_in(account, kernel.now(), arrival.origin.address.as_deref())?;
    let actor = || principal.actor.clone();
    let fresh = arrival.device.is_none().then(|| Secret::random(&*kernel.entropy));
    if let Some(device) = arrival.device.or(fresh.as_ref()) {
        let (known, others) = tx.knows_device(account, &device.key())?;
        if !known {
            let facts = vec![("first", json!(!others))];
            evidence::append(tx, kernel, Act { actor: actor(), act: act::NEW_DEVICE, account, reason: None, facts })?;
        }
        tx.note_device(account, &device.key(), kernel.now())?;
    }
    facts.push(("second_factor", json!(shown)));
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
