//! A rule as its record says it.

use std::sync::Arc;

use calendar::BusinessCalendar;
use calendar::hours::{OpeningHours, Schedule};
use chrono::{NaiveDate, TimeDelta};
use ledger::Record;
use serde_json::Value;

use super::Fact;

/// How a rule finds a sign.
#[derive(Debug, Clone)]
pub enum Kind {
    /// So many acts within the time.
    Count,
    /// Acts on so many different records or accounts within the time.
    Distinct,
    /// So many protected records read within the time.
    Volume,
    /// More protected records read on a day than `factor` times the habit of the past weeks.
    Habit {
        /// In tenths.
        factor: u64,
        /// Weeks of habit.
        weeks: i64,
    },
    /// Acts while the agency is closed.
    OddHours(Arc<OpeningHours>),
}

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Who acts.
    Account,
    /// The account that is acted upon.
    Subject,
    /// Where from.
    Address,
    /// All together.
    Program,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Identifier of its record.
    pub id: String,
    /// Its name: the heading of alerts.
    pub name: String,
    /// `high`, `medium` or `low`.
    pub severity: String,
    /// How it finds.
    pub kind: Kind,
    /// Acts it looks at.
    pub acts: Vec<String>,
    /// Ledgers it looks at; all where empty.
    pub ledgers: Vec<String>,
    /// What is counted apart.
    pub key: Key,
    /// From this number on.
    pub threshold: u64,
    /// Within this time.
    pub window: TimeDelta,
    /// Signs nearer to each other than this are one alert.
    pub gather: TimeDelta,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
}

impl Rule {
    /// The rule of a record; none when the record makes no rule (its form keeps that from happening).
    pub fn of(record: &Record, calendar: &BusinessCalendar) -> Option<Self> {
        let number = |name: &str| record.value(name).as_i64();
        let list = |name: &str| -> Vec<String> {
            let list = record.value(name).as_array().into_iter().flatten();
            list.filter_map(Value::as_str).map(String::from).collect()
        };
        let day = |name: &str| record.text(name).and_then(|day| day.parse::<NaiveDate>().ok());
        let kind = match record.text("kind")? {
            "count" => Kind::Count,
            "distinct" => Kind::Distinct,
            "volume" => Kind::Volume,
            "habit" => Kind::Habit { factor: tenths(record.text("factor")?)?, weeks: number("weeks")?.clamp(1, 26) },
            "odd_hours" => {
                let schedule = Schedule::weekdays(NaiveDate::from_ymd_opt(1990, 1, 1)?, record.text("hours")?).ok()?;
                Kind::OddHours(Arc::new(OpeningHours::new([schedule], [], calendar.clone()).ok()?))
            }
            _ => return None,
        };
        Some(Self {
            id: record.id.clone(),
            name: record.text("name").unwrap_or_default().to_string(),
            severity: record.text("severity")?.to_string(),
            kind,
            acts: list("acts"),
            ledgers: record.text("ledgers").unwrap_or_default().split_whitespace().map(String::from).collect(),
            key: match record.text("key")? {
                "account" => Key::Account,
                "subject" => Key::Subject,
                "address" => Key::Address,
                _ => Key::Program,
            },
            threshold: u64::try_from(number("threshold")?).ok()?.max(1),
            window: TimeDelta::minutes(number("window_minutes")?.clamp(1, 10_080)),
            gather: TimeDelta::minutes(number("gather_minutes")?.clamp(1, 10_080)),
            from: day("valid_from"),
            to: day("valid_to"),
        })
    }

    /// Whether the rule looks at this fact at all.
    pub fn looks_at(&self, fact: &Fact) -> bool {
        let day = fact.day();
        self.acts.contains(&fact.act)
            && (self.ledgers.is_empty() || self.ledgers.contains(&fact.ledger))
            && self.from.is_none_or(|from| from <= day)
            && self.to.is_none_or(|to| day <= to)
            && !fact.is_own_change()
            // Alerts and rules are worked on by those who judge; that is told by rules of their own ledgers only.
            && (!self.ledgers.is_empty() || fact.ledger != crate::names::ledger_name::ALERT)
    }

    /// What this fact is counted under; none where the fact has nothing of that kind.
    pub fn key_of(&self, fact: &Fact) -> Option<String> {
        let key = match self.key {
            Key::Account => fact.account.as_str(),
            Key::Subject => match fact.ledger.as_str() {
                "account" => fact.record.as_str(),
                _ => return None,
            },
            Key::Address => fact.address.as_deref()?,
            Key::Program => "program",
        };
        (!key.is_empty()).then(|| key.to_string())
    }
}

/// `3.5` as 35.
fn tenths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let part: u64 = part.chars().next().unwrap_or('0').to_digit(10)?.into();
    Some(whole.parse::<u64>().ok()? * 10 + part)
}

#[cfg(test)]
mod tests {
    use super::tenths;

    #[test]
    fn a_factor_is_read_in_tenths() {
        for (text, wanted) in [("3", Some(30)), ("3.5", Some(35)), ("1.0", Some(10)), ("x", None), ("1.x", None)] {
            assert_eq!(tenths(text), wanted, "{text}");
        }
    }
}
