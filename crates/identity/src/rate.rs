//! How often sign-in may be tried, by name and by address.
//!
//! The limiter lives in the memory of one node and forgets when it restarts: it slows guessing down, and keeps hashing
//! and the journal from being flooded. Behind several nodes an attacker has as many times the allowance. Locking an
//! account after failures is another matter: that is a rule over the journal's entries, which all nodes share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::settings::{Allowance, AttemptLimits};
use crate::sign_in::folded;

/// Too many attempts: the answer is status 429 (RFC 6585) with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("サインインの試行が多すぎます。{retry_after_seconds}秒ほど待ってから、もう一度お試しください。")]
pub struct TooMany {
    /// Seconds after which one more attempt is allowed; at least 1.
    pub retry_after_seconds: u32,
}

/// Counts attempts. One for the whole process.
pub struct Limiter {
    limits: AttemptLimits,
    /// By key: the instant at which all attempts so far will have been worked off (the generic cell rate algorithm, a
    /// token bucket in one number). A key whose instant is past is as good as forgotten.
    worked_off: Mutex<HashMap<Key, DateTime<Utc>>>,
}

/// A name or an address, hashed: names that were tried are not kept, because people type passwords there.
type Key = [u8; 32];

impl Limiter {
    /// A limiter that has seen nothing yet.
    pub fn new(limits: AttemptLimits) -> Self {
        Self { limits, worked_off: Mutex::new(HashMap::new()) }
    }

    /// Count an attempt before it is made; both allowances pay, or neither does.
    ///
    /// # Errors
    /// [`TooMany`] when either is used up; the attempt must then not be made.
    pub fn attempt(&self, now: DateTime<Utc>, login: &str, address: Option<&str>) -> Result<(), TooMany> {
        let mut worked_off = self.worked_off.lock().unwrap_or_else(PoisonError::into_inner);
        let mut paid = Vec::with_capacity(2);
        for (key, allowance) in self.keys(login, address) {
            let instant = worked_off.get(&key).copied().unwrap_or(now).max(now) + cost(allowance);
            let wait = instant - now - whole(allowance);
            if wait > TimeDelta::zero() {
                let seconds = u32::try_from(wait.num_seconds()).unwrap_or(u32::MAX);
                return Err(TooMany { retry_after_seconds: seconds.saturating_add(1) });
            }
            paid.push((key, instant));
        }
        for (key, instant) in paid {
            if !worked_off.contains_key(&key) {
                make_room(&mut worked_off, self.limits.remembered, now);
            }
            worked_off.insert(key, instant);
        }
        Ok(())
    }

    /// Give an attempt back that succeeded: whoever signs in rightly is no reason to keep the neighbours out.
    pub fn succeeded(&self, login: &str, address: Option<&str>) {
        let mut worked_off = self.worked_off.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, allowance) in self.keys(login, address) {
            if let Some(instant) = worked_off.get_mut(&key) {
                *instant -= cost(allowance);
            }
        }
    }

    fn keys(&self, login: &str, address: Option<&str>) -> impl Iterator<Item = (Key, Allowance)> {
        let login = Some((key("login", &folded(login)), self.limits.per_login));
        let address = address.map(|address| (key("address", &network(address)), self.limits.per_address));
        login.into_iter().chain(address)
    }
}

/// What one attempt costs, as time to work it off: a day at most.
fn cost(allowance: Allowance) -> TimeDelta {
    TimeDelta::seconds(allowance.every_seconds.min(86_400).into())
}

/// What all attempts at once cost.
fn whole(allowance: Allowance) -> TimeDelta {
    cost(allowance) * i32::try_from(allowance.burst).unwrap_or(i32::MAX).min(100_000)
}

fn key(kind: &str, value: &str) -> Key {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into()
}

/// The address as one customer has it: with IPv6 the first 64 bits, for the rest may be changed at will.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_string(),
    }
}

/// Keep the memory bounded: forget what is worked off, else the one that will be so soonest.
fn make_room(worked_off: &mut HashMap<Key, DateTime<Utc>>, remembered: usize, now: DateTime<Utc>) {
    if worked_off.len() < remembered {
        return;
    }
    worked_off.retain(|_, instant| *instant > now);
    if worked_off.len() >= remembered
        && let Some(soonest) = worked_off.iter().min_by_key(|(_, instant)| **instant).map(|(key, _)| *key)
    {
        worked_off.remove(&soonest);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-11-20T23:30:00Z".parse().unwrap()
    }

    fn limiter(login: (u32, u32), address: (u32, u32), remembered: usize) -> Limiter {
        let allowance = |(burst, every_seconds)| Allowance { burst, every_seconds };
        Limiter::new(AttemptLimits { per_login: allowance(login), per_address: allowance(address), remembered })
    }

    #[test]
    fn a_burst_and_then_one_a_minute() {
        let limiter = limiter((3, 60), (100, 1), 100);
        for _ in 0..3 {
            assert_eq!(limiter.attempt(start(), "jinji01", Some("192.0.2.1")), Ok(()));
        }
        let refused = limiter.attempt(start(), "jinji01", Some("192.0.2.1"));
        assert_eq!(refused, Err(TooMany { retry_after_seconds: 61 }));
        let later = start() + TimeDelta::seconds(60);
        assert_eq!(limiter.attempt(later, "JINJI01", Some("198.51.100.7")), Ok(()), "the name counts, not its case");
        assert!(limiter.attempt(later, "jinji01", None).is_err());
        assert_eq!(limiter.attempt(later, "jinji02", Some("192.0.2.1")), Ok(()));
    }

    #[test]
    fn an_address_is_limited_over_all_names() {
        let limiter = limiter((10, 60), (2, 1), 100);
        for (login, address, allowed) in [
            ("a", "2001:db8:1:2::1", true),
            ("b", "2001:db8:1:2:ffff::9", true),
            ("c", "2001:db8:1:2::3", false),
            ("c", "2001:db8:1:3::3", true),
            ("d", "192.0.2.1", true),
            ("e", "::ffff:192.0.2.1", true),
            ("f", "192.0.2.1", false),
        ] {
            assert_eq!(limiter.attempt(start(), login, Some(address)).is_ok(), allowed, "{login} {address}");
        }
    }

    #[test]
    fn a_whole_agency_may_sign_in_from_one_address() {
        let limiter = limiter((10, 60), (100, 1), 20_000);
        for staff in 0..3_000 {
            let login = format!("staff{staff:04}");
            assert_eq!(limiter.attempt(start(), &login, Some("192.0.2.1")), Ok(()));
            limiter.succeeded(&login, Some("192.0.2.1"));
        }
    }

    #[test]
    fn memory_is_bounded_and_the_worst_offender_is_not_forgotten() {
        let limiter = limiter((3, 60), (1_000, 1), 10);
        for _ in 0..3 {
            limiter.attempt(start(), "victim", None).unwrap();
        }
        for stranger in 0..100 {
            limiter.attempt(start(), &format!("stranger{stranger}"), None).unwrap();
        }
        assert!(limiter.worked_off.lock().unwrap().len() <= 10);
        assert!(limiter.attempt(start(), "victim", None).is_err());
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_what_came_back(gaps in proptest::collection::vec(0i64..200, 1..60)) {
            let limiter = limiter((5, 30), (1_000, 1), 100);
            let (mut now, mut allowed) = (start(), 0);
            for gap in gaps {
                now += TimeDelta::seconds(gap);
                allowed += i64::from(limiter.attempt(now, "jinji01", None).is_ok());
                prop_assert!(allowed <= 5 + (now - start()).num_seconds() / 30);
            }
        }
    }
}
