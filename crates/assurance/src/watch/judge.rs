//! The rules themselves: a fold over facts. Pure, so that the same facts always give the same findings, live or years later.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::memory::{Days, Mark, Memory};
use super::{Fact, Key, Kind, Rule};

/// Entries that one finding names at most.
const MOST_EVIDENCE: usize = 20;
/// Active days that make a habit.
const OWN_DAYS: u64 = 5;
/// Days on which somebody of the role was active that make a habit of the role.
const ROLE_DAYS: u64 = 10;

/// A sign that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Identifier of the rule.
    pub rule: String,
    /// What was counted: account, address or `program`.
    pub subject: String,
    /// Account in question, where it is one.
    pub account: Option<String>,
    /// Person in question.
    pub person: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened, in plain Japanese.
    pub told: String,
    /// Entries that show it, newest last.
    pub evidence: Vec<(i64, DateTime<Utc>)>,
}

/// What the rules remember of this fact; to be taken up before it is judged.
pub fn keys(rules: &[Rule], fact: &Fact) -> Vec<String> {
    let mut keys = Vec::new();
    for rule in rules.iter().filter(|rule| rule.looks_at(fact)) {
        let Some(key) = rule.key_of(fact) else { continue };
        match rule.kind {
            Kind::Habit { .. } => {
                keys.push(own(&fact.account));
                keys.extend(fact.roles.iter().map(|role| of_role(role)));
            }
            Kind::Volume => keys.extend([window(rule, &key), seen(rule, &key)]),
            _ => keys.push(window(rule, &key)),
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn window(rule: &Rule, key: &str) -> String {
    format!("w:{}:{key}", rule.id)
}

fn seen(rule: &Rule, key: &str) -> String {
    format!("s:{}:{key}", rule.id)
}

fn own(account: &str) -> String {
    format!("d:{account}")
}

fn of_role(role: &str) -> String {
    format!("r:{role}")
}

/// Judge one fact by all rules.
pub fn judge(rules: &[Rule], memory: &mut Memory, fact: &Fact) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut habit: Option<Habit> = None;
    for rule in rules.iter().filter(|rule| rule.looks_at(fact)) {
        let Some(key) = rule.key_of(fact) else { continue };
        let found = match &rule.kind {
            Kind::Habit { factor, weeks } => {
                // The day is counted once, however many rules ask for it.
                let habit = habit.get_or_insert_with(|| Habit::count(memory, fact));
                habit.judge(rule, *factor, *weeks, fact)
            }
            Kind::OddHours(hours) if hours.is_open(fact.at) => None,
            kind => counted(rule, kind, &key, memory, fact),
        };
        findings.extend(found.map(|(told, evidence)| Finding {
            rule: rule.id.clone(),
            subject: key.clone(),
            account: match rule.key {
                Key::Account => Some(fact.account.clone()).filter(|account| account.len() == 26),
                Key::Subject => Some(key.clone()).filter(|account| account.len() == 26),
                _ => None,
            },
            person: (rule.key == Key::Account).then(|| fact.person.clone()).flatten(),
            at: fact.at,
            told,
            evidence,
        }));
    }
    findings
}

type Told = (String, Vec<(i64, DateTime<Utc>)>);

fn counted(rule: &Rule, kind: &Kind, key: &str, memory: &mut Memory, fact: &Fact) -> Option<Told> {
    // A record that is opened again is one record; what leaves the program counts each time, and so does what an entry
    // does not name.
    let (weight, (seen_before, seen_now)) = match kind {
        Kind::Volume if fact.read == 0 => return None,
        Kind::Volume => {
            let looked = memory.look(&seen(rule, key), fact.at, rule.window, &fact.looked);
            (fact.read.saturating_sub(fact.looked.len() as u64), looked)
        }
        _ => (1, (0, 0)),
    };
    let about = match (kind, fact.record.is_empty()) {
        // A name that nobody has is a different name each time: the journal keeps none of them.
        (Kind::Distinct, true) => format!("#{}", fact.sequence),
        (Kind::Distinct, false) => fact.record.clone(),
        _ => String::new(),
    };
    let mark = Mark { at: fact.at, sequence: fact.sequence, weight, about };
    let marks = memory.count(&window(rule, key), mark, rule.window);
    let total = |marks: &[Mark]| match kind {
        Kind::Distinct => {
            let mut about: Vec<&str> = marks.iter().map(|mark| mark.about.as_str()).collect();
            about.sort_unstable();
            about.dedup();
            about.len() as u64
        }
        _ => marks.iter().map(|mark| mark.weight).sum(),
    };
    let now = total(&marks) + seen_now;
    let before = total(marks.split_last().map_or(&[], |(_, before)| before)) + seen_before;
    // At the threshold, and again at each multiple of it.
    if now / rule.threshold <= before / rule.threshold {
        return None;
    }
    let evidence = marks.iter().rev().take(MOST_EVIDENCE).map(|mark| (mark.sequence, mark.at));
    let mut evidence: Vec<_> = evidence.collect();
    evidence.reverse();
    Some((told(rule, kind, fact, now), evidence))
}

fn told(rule: &Rule, kind: &Kind, fact: &Fact, number: u64) -> String {
    let who = match rule.key {
        Key::Account => format!("利用者「{}」", fact.login),
        Key::Subject => "この利用者".to_string(),
        Key::Address => format!("接続元 {}", fact.address.as_deref().unwrap_or_default()),
        Key::Program => "システム".to_string(),
    };
    let time = minutes(rule.window);
    let limit = rule.threshold;
    match kind {
        Kind::Volume => format!("{who}が{time}のあいだに保護項目を{number}件読みました（しきい値 {limit}件）。"),
        Kind::Distinct => {
            format!("{who}から{time}のあいだに、異なる{number}の相手に対する操作がありました（しきい値 {limit}）。")
        }
        Kind::OddHours(_) => format!("{who}の操作が開庁時間の外に{number}回ありました。"),
        _ if rule.threshold == 1 => format!("{who}について「{}」が記録されました。", rule.name),
        _ => format!("{who}について、{time}のあいだに{number}回記録されました（しきい値 {limit}回）。"),
    }
}

fn minutes(window: TimeDelta) -> String {
    match (window.num_minutes(), window.num_minutes() % 60) {
        (minutes, 0) if minutes >= 60 => format!("{}時間", minutes / 60),
        (minutes, _) => format!("{minutes}分"),
    }
}

/// What an account read on the day, beside what it and its roles read before.
struct Habit {
    own: Days,
    roles: Vec<(String, Days)>,
    day: NaiveDate,
    before: u64,
    now: u64,
}

impl Habit {
    /// Count the fact into the day of the account and of its roles.
    fn count(memory: &mut Memory, fact: &Fact) -> Self {
        let day = fact.day();
        let mut days = memory.days(&own(&fact.account));
        let before = days.get(&day).map_or(0, |(read, _)| *read);
        let now = before + fact.read;
        let mut roles = Vec::new();
        if fact.read > 0 {
            days.insert(day, (now, 1));
            memory.set_days(&own(&fact.account), days.clone());
        }
        for role in &fact.roles {
            let mut days = memory.days(&of_role(role));
            if fact.read > 0 {
                let sum = days.entry(day).or_default();
                sum.0 += fact.read;
                sum.1 += u64::from(before == 0);
                memory.set_days(&of_role(role), days.clone());
            }
            roles.push((role.clone(), days));
        }
        Self { own: days, roles, day, before, now }
    }

    fn judge(&self, rule: &Rule, factor: u64, weeks: i64, fact: &Fact) -> Option<Told> {
        let since = self.day - TimeDelta::weeks(weeks);
        let usual = usual(&self.own, since, self.day, OWN_DAYS).map(|usual| (usual, "本人")).or_else(|| {
            let roles = self.roles.iter().filter_map(|(_, days)| usual_of_role(days, since, self.day));
            Some((roles.max()?, "同じ役割の人"))
        });
        let limit = match usual {
            // Rounded up, so that a habit of less than one record does not count as one.
            Some((usual, _)) => (usual * factor).div_ceil(100).max(rule.threshold),
            None => rule.threshold,
        };
        let steps = |read: u64| if read < limit { 0 } else { 1 + (read / limit).ilog2() };
        if steps(self.now) <= steps(self.before) {
            return None;
        }
        let beside = match usual {
            Some((usual, whose)) => {
                format!("{whose}のふだんは1日{}.{}件、基準は{limit}件です。", usual / 10, usual % 10)
            }
            None => format!("ふだんの記録がまだないため、基準は{limit}件です。"),
        };
        let words = format!("利用者「{}」がこの日に保護項目を{}件読みました。{beside}", fact.login, self.now);
        Some((words, vec![(fact.sequence, fact.at)]))
    }
}

/// What was usual on an active day, in tenths of a record: the mean or the upper tenth, whichever is more; none where the
/// days are too few to be a habit.
fn usual(days: &Days, since: NaiveDate, day: NaiveDate, least: u64) -> Option<u64> {
    let mut reads: Vec<u64> = days.range(since..day).map(|(_, (read, _))| *read).filter(|read| *read > 0).collect();
    let number = reads.len() as u64;
    if number < least {
        return None;
    }
    reads.sort_unstable();
    let mean = reads.iter().sum::<u64>() * 10 / number;
    // The nearest rank: the smallest value that nine of ten days do not exceed.
    let rank = (reads.len() * 9).div_ceil(10).saturating_sub(1);
    Some(mean.max(reads.get(rank).copied().unwrap_or_default() * 10))
}

fn usual_of_role(days: &Days, since: NaiveDate, day: NaiveDate) -> Option<u64> {
    let (mut read, mut accounts) = (0, 0);
    for (_, (one, active)) in days.range(since..day) {
        read += one;
        accounts += active;
    }
    (accounts >= ROLE_DAYS).then(|| read * 10 / accounts)
}
