//! The present instant as a parameter. Nothing else in Daicho asks the operating system for it.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// Tells the present instant.
pub trait Clock: Send + Sync {
    /// The present instant in UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Whether it shows the real time. Pages say so where it does not.
    fn is_real(&self) -> bool {
        true
    }
}

/// The operating system's clock; used only where the program is composed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the operating system is asked")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The operating system's clock set to another instant, from which it runs on; for a sample that is looked at as on another day.
#[derive(Clone, Copy, Debug)]
pub struct ShiftedClock(chrono::TimeDelta);

impl ShiftedClock {
    /// A clock that shows that instant now.
    pub fn from(instant: DateTime<Utc>) -> Self {
        Self(instant - SystemClock.now())
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> DateTime<Utc> {
        let now = SystemClock.now();
        now.checked_add_signed(self.0).unwrap_or(now)
    }

    fn is_real(&self) -> bool {
        false
    }
}

/// A clock that stands still until it is set, for tests and the demonstration.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// A clock that shows that instant.
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Mutex::new(instant))
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, instant: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = instant;
    }

    /// Moves the clock by that much; it stays where it is when the result cannot be represented.
    pub fn advance(&self, by: chrono::TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(moved) = now.checked_add_signed(by) {
            *now = moved;
        }
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> DateTime<Utc> {
        (**self).now()
    }

    fn is_real(&self) -> bool {
        (**self).is_real()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_clock_runs_on_from_where_it_was_set_and_says_that_it_is_not_real() {
        let start: DateTime<Utc> = "2025-02-03T00:00:00Z".parse().unwrap();
        let clock: std::sync::Arc<dyn Clock> = std::sync::Arc::new(ShiftedClock::from(start));
        let (one, other) = (clock.now(), clock.now());
        assert!(start <= one && one <= other && other < start + chrono::TimeDelta::minutes(1));
        assert!(!clock.is_real() && SystemClock.is_real());
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let start: DateTime<Utc> = "2026-11-21T12:36:00Z".parse().unwrap();
        let clock = FixedClock::at(start);
        assert_eq!(clock.now(), clock.now());
        clock.advance(chrono::TimeDelta::hours(2));
        assert_eq!(clock.now().to_rfc3339(), "2026-11-21T14:36:00+00:00");
        clock.advance(chrono::TimeDelta::MAX);
        assert_eq!(clock.now().to_rfc3339(), "2026-11-21T14:36:00+00:00");
        clock.set(start);
        assert_eq!(clock.now(), start);
    }
}
