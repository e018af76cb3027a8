//! Settings of sign-in, as `daicho.toml` gives them. Every one has a default that may be used as it is.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

/// Everything that an administrator may set about sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Cost of hashing by the day from which it holds. Default: [`HashCost::default`] at all times. A password whose
    /// hash was made at another cost is hashed anew at the next successful sign-in.
    pub hashing: Vec<HashCost>,
    /// What a new password must be.
    pub password: PasswordRule,
    /// How long a session lives.
    pub session: SessionLimits,
    /// Days after which a bearer token ends when nobody says otherwise. Default 90.
    pub token_days: u32,
    /// How often sign-in may be tried.
    pub attempts: AttemptLimits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hashing: Vec::new(),
            password: PasswordRule::default(),
            session: SessionLimits::default(),
            token_days: 90,
            attempts: AttemptLimits::default(),
        }
    }
}

impl Settings {
    /// Cost of a hash that is made on this day: the latest that has begun, else the default.
    pub fn hash_cost(&self, day: NaiveDate) -> HashCost {
        let begun = self.hashing.iter().filter(|cost| cost.from <= day);
        begun.max_by_key(|cost| cost.from).cloned().unwrap_or_default()
    }

    /// What is wrong with the settings, in Japanese; empty when they may be used.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for cost in self.hashing.iter().filter(|cost| !cost.suffices()) {
            problems.push(format!(
                "hashing（{}から）は弱すぎるか、使えない組合せです。memory_kib = 19456、passes = 2、lanes = 1 以上にしてください。",
                cost.from
            ));
        }
        if self.password.min_length < 8 {
            problems.push("password.min_length は8以上にしてください。".into());
        }
        if self.session.idle_minutes == 0 || self.session.absolute_hours == 0 {
            problems.push("session.idle_minutes と session.absolute_hours は1以上にしてください。".into());
        }
        if !(1..=3_650).contains(&self.token_days) {
            problems.push("token_days は1以上3650以下にしてください。".into());
        }
        for allowance in [self.attempts.per_login, self.attempts.per_address] {
            if !(1..=100_000).contains(&allowance.burst) || allowance.every_seconds > 86_400 {
                problems.push("attempts の burst は1以上100000以下、every_seconds は86400以下にしてください。".into());
            }
        }
        problems
    }
}

/// Cost of Argon2id (RFC 9106) from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HashCost {
    /// First day.
    pub from: NaiveDate,
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes (degree of parallelism).
    pub lanes: u32,
}

/// Memory in KiB and passes that the OWASP Password Storage Cheat Sheet holds to be equally strong, with one lane.
const OWASP_LEAST: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

impl Default for HashCost {
    /// 19 MiB, 2 passes, 1 lane: the first low-memory choice of OWASP, some 25 ms on one core. RFC 9106 section 4 offers
    /// 64 MiB, 3 passes, 4 lanes for machines with less memory; it may be set, but sixteen sign-ins at once would then
    /// take a gibibyte.
    fn default() -> Self {
        Self { from: NaiveDate::MIN, memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

impl HashCost {
    /// At least as strong as OWASP asks, and within what Argon2 can do.
    fn suffices(&self) -> bool {
        let strong = OWASP_LEAST.iter().any(|(memory, passes)| self.memory_kib >= *memory && self.passes >= *passes);
        strong && self.memory_kib <= 4 * 1024 * 1024 && self.passes <= 100 && (1..=64).contains(&self.lanes)
    }
}

/// What a new password must be. Classes of characters, history and term join here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordRule {
    /// Least number of characters, as people count them. Default 14.
    pub min_length: usize,
}

impl Default for PasswordRule {
    fn default() -> Self {
        Self { min_length: 14 }
    }
}

/// How long a session lives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionLimits {
    /// Minutes without use after which it ends. Default 30.
    pub idle_minutes: u32,
    /// Hours after sign-in after which it ends, used or not. Default 12.
    pub absolute_hours: u32,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle_minutes: 30, absolute_hours: 12 }
    }
}

impl SessionLimits {
    /// Idle limit as a length of time.
    pub fn idle(&self) -> TimeDelta {
        TimeDelta::minutes(self.idle_minutes.into())
    }

    /// Absolute limit as a length of time.
    pub fn absolute(&self) -> TimeDelta {
        TimeDelta::hours(self.absolute_hours.into())
    }
}

/// How often sign-in may be tried.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttemptLimits {
    /// For one sign-in name. Default: 10 at once, then one a minute.
    pub per_login: Allowance,
    /// For one network address. Default: 100 at once, then one a second; a whole agency may stand behind one address,
    /// and successes are given back.
    pub per_address: Allowance,
    /// Most names and addresses that are remembered. Default 20,000, about 2 MiB.
    pub remembered: usize,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            per_login: Allowance { burst: 10, every_seconds: 60 },
            per_address: Allowance { burst: 100, every_seconds: 1 },
            remembered: 20_000,
        }
    }
}

/// A number of attempts that may be made at once, and how soon one comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Attempts at once.
    pub burst: u32,
    /// Seconds after which one more is allowed.
    pub every_seconds: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn cost(from: &str, memory_kib: u32, passes: u32) -> HashCost {
        HashCost { from: day(from), memory_kib, passes, lanes: 1 }
    }

    #[test]
    fn the_defaults_have_no_problems() {
        assert_eq!(Settings::default().problems(), Vec::<String>::new());
        assert!(HashCost::default().suffices());
    }

    #[test]
    fn the_cost_follows_the_day() {
        let settings = Settings {
            hashing: vec![cost("2028-04-01", 65_536, 3), cost("2027-04-01", 47_104, 2)],
            ..Settings::default()
        };
        for (on, memory) in
            [("2027-03-31", 19_456), ("2027-04-01", 47_104), ("2028-03-31", 47_104), ("2028-04-01", 65_536)]
        {
            assert_eq!(settings.hash_cost(day(on)).memory_kib, memory, "{on}");
        }
    }

    #[test]
    fn weak_costs_are_refused() {
        for (memory_kib, passes, good) in [
            (47_104, 1, true),
            (47_103, 1, false),
            (19_456, 2, true),
            (19_455, 2, false),
            (12_288, 3, true),
            (7_168, 5, true),
            (7_168, 4, false),
            (u32::MAX, 2, false),
        ] {
            let settings = Settings { hashing: vec![cost("2026-04-01", memory_kib, passes)], ..Settings::default() };
            assert_eq!(settings.problems().is_empty(), good, "{memory_kib} KiB, {passes} passes");
        }
    }

    #[test]
    fn a_file_may_set_one_thing_and_an_unknown_key_is_an_error() {
        let settings: Settings = toml::from_str("[session]\nidle_minutes = 10").unwrap();
        assert_eq!((settings.session.idle_minutes, settings.session.absolute_hours), (10, 12));
        assert_eq!(settings.password.min_length, 14);
        assert!(toml::from_str::<Settings>("[session]\nidle = 10").is_err());
    }
}
