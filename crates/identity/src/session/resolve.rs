//! From the secret in a cookie to the session and its principal, at every request.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{Reader, Session, StoreError, Writer};
use ledger::{Kernel, Principal};

use super::idle_since;
use crate::password::{Standing, standing};
use crate::second::{self, Awaits};
use crate::settings::{SessionLimits, Settings};
use crate::{Origin, Secret, principal, privilege};

/// Use is noted at most this often, so that reading a page seldom writes.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What a session opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Everything its principal may do.
    Open,
    /// Nothing until it is resumed.
    Locked,
    /// The page on which the second factor is shown.
    SecondFactor,
    /// The page on which the password is changed: it is an initial one or past its term.
    NewPassword,
    /// The page on which the first second factor is enrolled.
    Enrolment,
}

/// A living session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The session.
    pub session: Session,
    /// Who is signed in.
    pub principal: Principal,
    /// Roles that count for a limited time only, among those of the principal.
    pub elevated: Vec<privilege::Elevated>,
    /// Roles its owner holds, but not from where the request comes ([`crate::remote`]).
    pub withheld: Vec<String>,
    /// The password must be changed before anything else.
    pub must_change: bool,
    /// What it opens.
    pub step: Step,
    /// The last noted use is a minute ago or more: call [`touch`].
    pub touch_due: bool,
}

/// The session of this secret, if it lives and opens something: known, within its limits, neither locked nor half signed
/// in, its account still active. Roles are read afresh, so that a role withdrawn is gone at the next request.
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
    let found = resolve_any(tx, kernel, settings, secret, origin)?;
    Ok(found.filter(|resolved| matches!(resolved.step, Step::Open | Step::NewPassword)))
}

/// The same with those that open only the way to go on: the caller looks at [`Resolved::step`].
///
/// # Errors
/// Only those of the store.
pub fn resolve_any(
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
    let elevated = privilege::active(tx, now, &session.account, origin)?;
    let withheld = principal::left_behind(tx, kernel, &principal, origin)?;
    let rule = settings.password_rule(kernel.today());
    let credential = tx.credential(&session.account)?;
    let stands = credential.map_or(Standing::Good, |credential| standing(&rule, &credential, now));
    let must_change = matches!(stands, Standing::MustChange | Standing::Over);
    // Asked at every request, so that a role that requires a second factor does so at once.
    let awaits = match session.second_at {
        Some(_) => Awaits::Nothing,
        None => second::awaits(tx, settings, &principal)?,
    };
    if awaits != Awaits::Nothing && now - session.opened_at >= settings.second_factor.pending() {
        return Ok(None);
    }
    let step = match awaits {
        _ if session.locked_at.is_some() || session.seen_at <= idle_since(kernel, settings) => Step::Locked,
        Awaits::Proof => Step::SecondFactor,
        _ if must_change => Step::NewPassword,
        Awaits::Enrolment => Step::Enrolment,
        Awaits::Nothing => Step::Open,
    };
    let touch_due = now - session.seen_at >= TOUCH_EVERY;
    Ok(Some(Resolved { session, principal, elevated, withheld, must_change, step, touch_due }))
}

/// Note that the session is in use now.
///
/// # Errors
/// Only those of the store.
pub fn touch(tx: &mut dyn Writer, kernel: &Kernel, session: &Session) -> Result<(), StoreError> {
    tx.touch_session(&session.key, kernel.now())
}

/// Whether the session is within the absolute limit; at the very instant of the limit it has ended.
fn lives(session: &Session, limits: &SessionLimits, now: DateTime<Utc>) -> bool {
    now - session.opened_at < limits.absolute()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_at_the_instant_of_its_limit() {
        let at = |text: &str| -> DateTime<Utc> { format!("2026-11-20T{text}Z").parse().unwrap() };
        for (opened, seen, now, alive) in [
            ("00:00:00", "00:00:00", "00:00:00", true),
            ("00:00:00", "00:00:00", "00:29:59", true),
            ("00:00:00", "00:00:00", "11:59:59", true),
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
                proven_at: at(opened),
                second_at: None,
                locked_at: None,
            };
            assert_eq!(lives(&session, &SessionLimits::default(), at(now)), alive, "{opened} {seen} {now}");
        }
    }
}
