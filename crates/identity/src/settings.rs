//! Settings of sign-in, as `daicho.toml` gives them. Every one has a default that may be used as it is.

use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;

use crate::remote::RemoteRule;

/// Everything that an administrator may set about sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Cost of hashing by the day from which it holds. Default: [`HashCost::default`] at all times. A password whose
    /// hash was made at another cost is hashed anew at the next successful sign-in.
    pub hashing: Vec<HashCost>,
    /// What a new password must be, by the day from which it holds. Default: [`PasswordRule::default`] at all times.
    pub password: Vec<PasswordRule>,
    /// When failures lock an account, by the day from which it holds. Default: [`LockOut::default`] at all times.
    pub lock_out: Vec<LockOut>,
    /// Who must show a second factor, and how fresh a proof must be.
    pub second_factor: SecondFactorRule,
    /// How long a session lives.
    pub session: SessionLimits,
    /// Days after which a bearer token ends when nobody says otherwise. Default 90.
    pub token_days: u32,
    /// How often sign-in may be tried.
    pub attempts: AttemptLimits,
    /// Where the rights of administrators count.
    pub remote: RemoteRule,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hashing: Vec::new(),
            password: Vec::new(),
            lock_out: Vec::new(),
            second_factor: SecondFactorRule::default(),
            session: SessionLimits::default(),
            token_days: 90,
            attempts: AttemptLimits::default(),
            remote: RemoteRule::default(),
        }
    }
}

impl Settings {
    /// Cost of a hash that is made on this day: the latest that has begun, else the default.
    pub fn hash_cost(&self, day: NaiveDate) -> HashCost {
        let begun = self.hashing.iter().filter(|cost| cost.from <= day);
        begun.max_by_key(|cost| cost.from).cloned().unwrap_or_default()
    }

    /// What a password chosen on this day must be: the latest rule that has begun, else the default.
    pub fn password_rule(&self, day: NaiveDate) -> PasswordRule {
        let begun = self.password.iter().filter(|rule| rule.from <= day);
        begun.max_by_key(|rule| rule.from).cloned().unwrap_or_default()
    }

    /// When failures lock an account on this day: the latest rule that has begun, else the default.
    pub fn lock_out_rule(&self, day: NaiveDate) -> LockOut {
        let begun = self.lock_out.iter().filter(|rule| rule.from <= day);
        begun.max_by_key(|rule| rule.from).cloned().unwrap_or_default()
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
        problems.extend(self.password.iter().flat_map(PasswordRule::problems));
        for rule in &self.lock_out {
            if !(1..=100).contains(&rule.failures) || !(1..=1_440).contains(&rule.within_minutes) {
                problems
                    .push("lock_out の failures は1以上100以下、within_minutes は1以上1440以下にしてください。".into());
            }
        }
        if self.second_factor.fresh_minutes == 0 {
            problems.push("second_factor.fresh_minutes は1以上にしてください。".into());
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

/// Most passwords before the present one that a rule may bar; so many hashes are kept, whatever the rule says today.
pub const LONGEST_HISTORY: usize = 24;

/// What a new password must be, and how long it may be used, from a day on. The defaults follow 付紙 第6 1(3) of the
/// procurement of protected systems (four kinds of characters, fourteen of them, a term, no return to old ones); numbers
/// that it leaves open are ours. An agency that follows NIST SP 800-63B or OWASP ASVS 6.2 instead sets `kinds = 0` and
/// `term_days = 0`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordRule {
    /// First day. Default: always.
    pub from: NaiveDate,
    /// Least number of characters, as people count them. Default 14.
    pub min_length: usize,
    /// How many of the four kinds must occur: capital, small letter, digit, anything else. Default 4; 0 for any.
    pub kinds: u8,
    /// How many passwords before the present one may not come back. Default 5.
    pub history: usize,
    /// Days after which a password must be changed; 0 for never. Default 365.
    pub term_days: u32,
    /// Days before that on which its owner is reminded. Default 14.
    pub warn_days: u32,
    /// Hours before a password that its owner chose may be changed again, so that nobody runs through the history in a
    /// minute. Default 24; 0 for none.
    pub min_age_hours: u32,
    /// Days after which an initial password no longer opens anything. Default 7; 0 for never.
    pub initial_days: u32,
}

impl Default for PasswordRule {
    fn default() -> Self {
        Self {
            from: NaiveDate::MIN,
            min_length: 14,
            kinds: 4,
            history: 5,
            term_days: 365,
            warn_days: 14,
            min_age_hours: 24,
            initial_days: 7,
        }
    }
}

impl PasswordRule {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(8..=128).contains(&self.min_length) {
            problems.push("password.min_length は8以上128以下にしてください。".into());
        }
        if self.kinds > 4 || self.history > LONGEST_HISTORY {
            problems.push("password.kinds は0から4まで、password.history は0から24までにしてください。".into());
        }
        if self.term_days > 0 && (self.warn_days >= self.term_days || self.min_age_hours / 24 >= self.term_days) {
            problems.push("password.warn_days と min_age_hours は term_days より短くしてください。".into());
        }
        problems
    }
}

/// When failures in a row lock an account, from a day on (付紙 第5 2(2)ア: the number and the time are the agency's).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockOut {
    /// First day. Default: always.
    pub from: NaiveDate,
    /// Failures in a row that lock the account. Default 5.
    pub failures: u32,
    /// Minutes within which they must fall. Default 15.
    pub within_minutes: u32,
    /// Minutes after which the lock ends by itself; 0 when only an administrator releases it. Default 30.
    pub release_minutes: u32,
    /// Whether failures of strangers leave alone the browsers in which the account has signed in before. Those have a
    /// counter and a lock of their own. Default no: the clause wants the account locked, whoever failed. Set it where the
    /// sign-in page can be reached by many, for there a stranger who knows a name can keep its owner out.
    pub spare_known_devices: bool,
}

impl Default for LockOut {
    fn default() -> Self {
        Self { from: NaiveDate::MIN, failures: 5, within_minutes: 15, release_minutes: 30, spare_known_devices: false }
    }
}

/// Who must show a second factor (付紙 第6 1(2)ア), and how fresh a proof must be for an act that asks for one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecondFactorRule {
    /// Roles whose holders must. Default: personnel, administrators, auditors, the security officer. Everybody else may;
    /// whoever has enrolled one is asked for it.
    pub required: Vec<String>,
    /// Sign-in names of which it is asked whatever their roles.
    pub required_accounts: Vec<String>,
    /// Whether a one-time code alone resumes a locked session. Default no: the password is asked too, so that it is two
    /// kinds of proof again (付紙 第5 2(3)エ). A passkey with its PIN or fingerprint is two kinds by itself.
    pub code_alone_resumes: bool,
    /// Minutes for which a proof counts as fresh for a dangerous act. Default 10.
    pub fresh_minutes: u32,
    /// Minutes in which a sign-in must be completed, and a challenge answered. Default 10.
    pub pending_minutes: u32,
}

impl Default for SecondFactorRule {
    fn default() -> Self {
        Self {
            required: ["personnel", "administrator", "auditor", "security_officer"].map(String::from).to_vec(),
            required_accounts: Vec::new(),
            code_alone_resumes: false,
            fresh_minutes: 10,
            pending_minutes: 10,
        }
    }
}

impl SecondFactorRule {
    /// How long a proof is fresh.
    pub fn fresh(&self) -> TimeDelta {
        TimeDelta::minutes(self.fresh_minutes.into())
    }

    /// How long a sign-in may stay half done.
    pub fn pending(&self) -> TimeDelta {
        TimeDelta::minutes(self.pending_minutes.into())
    }
}

/// How long a session lives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionLimits {
    /// Minutes without use after which it is locked. Default 30.
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
    fn rules_that_contradict_themselves_are_refused() {
        for (text, good) in [
            ("", true),
            ("[[password]]\nmin_length = 7", false),
            ("[[password]]\nkinds = 5", false),
            ("[[password]]\nterm_days = 14\nwarn_days = 14", false),
            ("[[password]]\nterm_days = 0\nkinds = 0", true),
            ("[[lock_out]]\nfailures = 0", false),
            ("[[lock_out]]\nrelease_minutes = 0", true),
            ("[second_factor]\nfresh_minutes = 0", false),
            ("[second_factor]\nrequired = []", true),
        ] {
            let settings: Settings = toml::from_str(text).unwrap();
            assert_eq!(settings.problems().is_empty(), good, "{text}: {:?}", settings.problems());
        }
    }

    #[test]
    fn a_file_may_set_one_thing_and_an_unknown_key_is_an_error() {
        let settings: Settings = toml::from_str("[session]\nidle_minutes = 10").unwrap();
        assert_eq!((settings.session.idle_minutes, settings.session.absolute_hours), (10, 12));
        let later: Settings = toml::from_str("[[password]]\nfrom = \"2027-04-01\"\nmin_length = 16").unwrap();
        for (on, length) in [("2027-03-31", 14), ("2027-04-01", 16)] {
            assert_eq!(later.password_rule(day(on)).min_length, length, "{on}");
        }
        assert!(toml::from_str::<Settings>("[session]\nidle = 10").is_err());
    }
}
