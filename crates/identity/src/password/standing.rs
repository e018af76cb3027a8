//! How a password stands by its age (付紙 第6 1(3)ウ, エ(イ)).

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::Credential;

use crate::settings::PasswordRule;

/// How a password stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is to be done.
    Good,
    /// It must be changed within so many days; 0 for today.
    Due(i64),
    /// An initial one, or one past its term: it must be changed before anything else.
    MustChange,
    /// An initial one that was not used in time: it opens nothing.
    Over,
}

/// How the password of a credential stands now.
pub fn standing(rule: &PasswordRule, credential: &Credential, now: DateTime<Utc>) -> Standing {
    let age = now - credential.set_at;
    let days = |days: u32| TimeDelta::days(days.into());
    if credential.must_change {
        let over = rule.initial_days > 0 && age >= days(rule.initial_days);
        return if over { Standing::Over } else { Standing::MustChange };
    }
    if rule.term_days == 0 || age < days(rule.term_days - rule.warn_days.min(rule.term_days)) {
        return Standing::Good;
    }
    let left = days(rule.term_days) - age;
    if left <= TimeDelta::zero() { Standing::MustChange } else { Standing::Due(left.num_days()) }
}

/// The first instant at which its owner may change it again, where that is still to come.
pub fn held_until(rule: &PasswordRule, credential: &Credential, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if standing(rule, credential, now) == Standing::MustChange {
        return None;
    }
    let until = credential.set_at + TimeDelta::hours(rule.min_age_hours.into());
    (now < until).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_ages_by_the_instant() {
        let set_at: DateTime<Utc> = "2026-04-01T00:00:00Z".parse().unwrap();
        let rule = PasswordRule { term_days: 90, warn_days: 14, initial_days: 7, ..PasswordRule::default() };
        let endless = PasswordRule { term_days: 0, initial_days: 0, ..rule.clone() };
        for (rule, initial, seconds, stands) in [
            (&rule, false, 0, Standing::Good),
            (&rule, false, 76 * 86_400 - 1, Standing::Good),
            (&rule, false, 76 * 86_400, Standing::Due(14)),
            (&rule, false, 89 * 86_400, Standing::Due(1)),
            (&rule, false, 90 * 86_400 - 1, Standing::Due(0)),
            (&rule, false, 90 * 86_400, Standing::MustChange),
            (&rule, true, 0, Standing::MustChange),
            (&rule, true, 7 * 86_400 - 1, Standing::MustChange),
            (&rule, true, 7 * 86_400, Standing::Over),
            (&endless, false, 9_999 * 86_400, Standing::Good),
            (&endless, true, 9_999 * 86_400, Standing::MustChange),
            // A clock set back makes nobody older.
            (&rule, false, -86_400, Standing::Good),
        ] {
            let credential =
                Credential { account: String::new(), password_hash: String::new(), must_change: initial, set_at };
            let now = set_at + TimeDelta::seconds(seconds);
            assert_eq!(standing(rule, &credential, now), stands, "{initial} {seconds}");
        }
    }

    #[test]
    fn a_chosen_password_stays_a_while_and_an_initial_one_does_not() {
        let set_at: DateTime<Utc> = "2026-04-01T00:00:00Z".parse().unwrap();
        let rule = PasswordRule { min_age_hours: 24, ..PasswordRule::default() };
        for (initial, hours, held) in [(false, 0, true), (false, 23, true), (false, 24, false), (true, 0, false)] {
            let credential =
                Credential { account: String::new(), password_hash: String::new(), must_change: initial, set_at };
            let now = set_at + TimeDelta::hours(hours);
            assert_eq!(held_until(&rule, &credential, now).is_some(), held, "{initial} {hours}");
        }
    }
}
