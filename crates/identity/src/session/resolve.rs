//! From the secret in a cookie to the session and its principal, at every request.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{Reader, Session, StoreError, Writer};
use ledger::{Kernel, Principal};

use crate::settings::{SessionLimits, Settings};
use crate::{Origin, Secret, principal, privilege};

/// Use is noted at most this often, so that reading a page seldom writes.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A living session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The session.
    pub session: Session,
    /// Who is signed in, with the roles of today.
    pub principal: Principal,
    /// Roles that count for a limited time only, among those of the principal.
    pub elevated: Vec<privilege::Elevated>,
    /// The password must be changed before anything else.
    pub must_change: bool,
    /// The last noted use is a minute ago or more: call [`touch`].
    pub touch_due: bool,
}

/// The session of this secret, if it lives: known, within both limits, its account still active. Roles are read afresh,
/// so that a role withdrawn is gone at the next request.
///
/// # Errors
/// Only those of the store.
pub fn resolve(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    settings: &Settings,
    secret: &Secret,
    origin: &Origin,
) -> Result<Option<Resolved>, StoreError> {
    let Some(session) = tx.session(&secret.key())? else { return Ok(None) };
    let now = kernel.now();
    if !lives(&session, &settings.session, now) {
        return Ok(None);
    }
    let Some(principal) = principal::load(tx, kernel, &session.account, origin)? else { return Ok(None) };
    let elevated = privilege::active(tx, now, &session.account)?;
    let must_change = tx.credential(&session.account)?.is_some_and(|credential| credential.must_change);
    let touch_due = now - session.seen_at >= TOUCH_EVERY;
    Ok(Some(Resolved { session, principal, elevated, must_change, touch_due }))
}

/// Note that the session is in use now.
///
/// # Errors
/// Only those of the store.
pub fn touch(tx: &mut dyn Writer, kernel: &Kernel, session: &Session) -> Result<(), StoreError> {
    tx.touch_session(&session.key, kernel.now())
}

/// Whether the session is within both limits; at the very instant of a limit it has ended.
fn lives(session: &Session, limits: &SessionLimits, now: DateTime<Utc>) -> bool {
    now - session.seen_at < limits.idle() && now - session.opened_at < limits.absolute()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_at_the_instant_of_either_limit() {
        let at = |text: &str| -> DateTime<Utc> { format!("2026-11-20T{text}Z").parse().unwrap() };
        for (opened, seen, now, alive) in [
            ("00:00:00", "00:00:00", "00:00:00", true),
            ("00:00:00", "00:00:00", "00:29:59", true),
            ("00:00:00", "00:00:00", "00:30:00", false),
            ("00:00:00", "11:50:00", "11:59:59", true),
            ("00:00:00", "11:50:00", "12:00:00", false),
            // A clock set back ends nothing.
            ("00:00:00", "08:00:00", "07:00:00", true),
        ] {
            let session = Session {
                key: String::new(),
                account: String::new(),
                form_secret: String::new(),
                opened_at: at(opened),
                seen_at: at(seen),
                address: None,
                device: None,
            };
            assert_eq!(lives(&session, &SessionLimits::default(), at(now)), alive, "{opened} {seen} {now}");
        }
    }
}
