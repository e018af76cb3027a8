//! Deadline rules: one line of plain English in a pack that says when a duty is due.
//!
//! | rule | what it says |
//! |---|---|
//! | `on due_on` | the day itself |
//! | `3 business days after held_on` | the next day is day 1, closed days are skipped |
//! | `30 days after invoiced_on, next business day` | the next day is day 1 (Civil Code, art. 140) |
//! | `10 days counting from received_on` | the day itself is day 1 (起算) |
//! | `2 months after start` | by the calendar (Civil Code, art. 143) |
//! | `1 week before start` | counting back, the day itself not counted |
//! | `7 days before round.goal_due` | a field of a referenced record |
//! | `last day of the month after period` | 翌月末日 |
//! | `10th of the month after paid_on, previous business day` | a fixed day of a month |
//! | `5th business day of the month after period` | 翌月5開庁日目 |
//! | `5 business days after the month of period` | the same, counted from the month's end |
//! | `end of fiscal year of start` | 31 March |
//!
//! # Grammar
//! ```text
//! rule    = due [ "," ( "next" | "previous" ) "business day" ]
//! due     = "on" field
//!         | length ( "after" | "before" | "counting from" ) base
//!         | day "of" [ "the" ] [ ordinal ] "month" ( "of" | "after" | "before" ) field
//!         | "end of" [ "the" ] "fiscal year" ( "of" | "after" | "before" ) field
//! length  = number ( "day" | "business day" | "week" | "month" | "year" ) [ "s" ]
//! day     = "last day" | ordinal | ordinal "business day"
//! base    = field | "the month of" field | "the fiscal year of" field
//! field   = name { "." name }
//! ordinal = number ( "st" | "nd" | "rd" | "th" )
//! ```
//! Numbers are 1 to 9999, days of a month 1 to 31 (a month without such a day gives its last day),
//! business days of a month 1 to 15, months away 1 to 120. `the month of` and `the fiscal year of`
//! stand for the whole: `after` counts from its last day, `before` and `counting from` from its
//! first. A period field (a month, 年月) is given to a rule as its first day, so a rule that counts
//! days from a period says `the month of`.
//!
//! Closed days at the end stay unless the rule moves them: art. 2 of the Act on Holidays of
//! Administrative Organs moves deadlines set by law, contracts only when they say so.

mod explain;
mod parse;
mod resolve;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::counting::{Counting, Length, Shift, Unit};

pub use resolve::{Counted, Step};

/// A deadline rule that has been read and is known to be well formed.
///
/// `Display` gives the canonical text, which reads back as the same rule.
///
/// ```
/// use calendar::{BusinessCalendar, DeadlineRule};
/// let rule: DeadlineRule = "10 days counting from received_on".parse().unwrap();
/// let received = "2026-03-31".parse().unwrap();
/// let due = rule.resolve(&|_| Some(received), &BusinessCalendar::government()).unwrap();
/// assert_eq!(due.to_string(), "2026-04-09");
/// assert_eq!(rule.explain(), "「received_on」を1日目として数えて10日目");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeadlineRule {
    due: Due,
    shift: Shift,
    /// The one field it counts from; a list because callers ask what to watch.
    fields: [String; 1],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    On,
    Counted(Counting, Length, Whole),
    Before(Length, Whole),
    /// A day in the month that many months away.
    InMonth(DayOfMonth, i16),
    /// The last day of the fiscal year that many years away.
    EndOfFiscalYear(i16),
}

/// Whether a count starts from the field's day or from the whole month or year it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    Day,
    Month,
    FiscalYear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DayOfMonth {
    Last,
    Day(u8),
    BusinessDay(u8),
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{column}文字目: {message}{mend}")]
pub struct RuleError {
    /// Where, as the 1-based number of the character in the text.
    pub column: usize,
    /// What is wrong, in Japanese.
    pub message: String,
    /// What to write instead, in Japanese.
    pub mend: String,
}

impl DeadlineRule {
    /// Reads a rule.
    ///
    /// # Errors
    /// A [`RuleError`] with the place, the mistake and its mend.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parse::rule(text)
    }

    /// Reads a length alone, as a contract fills it into a rule: `5 business days`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_length(text: &str) -> Result<Length, RuleError> {
        parse::only_length(text)
    }

    /// The fields whose values decide the date, dotted names included.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// What it does with a last day that is closed.
    pub fn shift(&self) -> Shift {
        self.shift
    }

    /// Whether it looks at the month or year around the field's date and not at the day, as a rule
    /// on a period field must: `3 days after period` would count from the first of the month.
    pub fn takes_period(&self) -> bool {
        match self.due {
            Due::InMonth(..) | Due::EndOfFiscalYear(_) => true,
            Due::Counted(_, _, whole) | Due::Before(_, whole) => whole != Whole::Day,
            Due::On => false,
        }
    }

    fn field(&self) -> &str {
        let [field] = &self.fields;
        field
    }
}

impl FromStr for DeadlineRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for DeadlineRule {
    type Error = RuleError;

    fn try_from(text: String) -> Result<Self, RuleError> {
        Self::parse(&text)
    }
}

impl From<DeadlineRule> for String {
    fn from(rule: DeadlineRule) -> Self {
        rule.to_string()
    }
}

impl fmt::Display for DeadlineRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field();
        match self.due {
            Due::On => write!(f, "on {field}")?,
            Due::Counted(Counting::FromNextDay, length, whole) => {
                write!(f, "{} after {}{field}", english(length), prefix(whole))?;
            }
            Due::Counted(Counting::FromThatDay, length, whole) => {
                write!(f, "{} counting from {}{field}", english(length), prefix(whole))?;
            }
            Due::Before(length, whole) => {
                write!(f, "{} before {}{field}", english(length), prefix(whole))?;
            }
            Due::InMonth(day, away) => {
                match day {
                    DayOfMonth::Last => f.write_str("last day")?,
                    DayOfMonth::Day(n) => f.write_str(&ordinal(n.into()))?,
                    DayOfMonth::BusinessDay(n) => write!(f, "{} business day", ordinal(n.into()))?,
                }
                f.write_str(" of the ")?;
                if away.unsigned_abs() > 1 {
                    write!(f, "{} ", ordinal(away.unsigned_abs()))?;
                }
                write!(f, "month {} {field}", direction(away))?;
            }
            Due::EndOfFiscalYear(away) => {
                write!(f, "end of fiscal year {} {field}", direction(away))?;
            }
        }
        match self.shift {
            Shift::Stay => Ok(()),
            Shift::Next => f.write_str(", next business day"),
            Shift::Previous => f.write_str(", previous business day"),
        }
    }
}

fn english(length: Length) -> String {
    let unit = match length.unit {
        Unit::Days => "day",
        Unit::BusinessDays => "business day",
        Unit::Weeks => "week",
        Unit::Months => "month",
        Unit::Years => "year",
    };
    let plural = if length.number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", length.number)
}

const fn prefix(whole: Whole) -> &'static str {
    match whole {
        Whole::Day => "",
        Whole::Month => "the month of ",
        Whole::FiscalYear => "the fiscal year of ",
    }
}

const fn direction(away: i16) -> &'static str {
    match away {
        0 => "of",
        1.. => "after",
        _ => "before",
    }
}

fn ordinal(n: u16) -> String {
    let suffix = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

#[cfg(test)]
mod tests;
