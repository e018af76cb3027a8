//! Times of day and half-open opening intervals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::era::text;
use crate::jst::format_date;

/// A time of day in seconds after midnight; 24:00 is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// Midnight at the start of the day.
    pub const START: Self = Self(0);
    /// Midnight at the end of the day, 24:00.
    pub const END: Self = Self(86_400);

    /// That hour and minute; `None` after 24:00.
    pub const fn new(hour: u32, minute: u32) -> Option<Self> {
        if hour > 24 || minute > 59 || (hour == 24 && minute > 0) {
            return None;
        }
        Some(Self(hour * 3600 + minute * 60))
    }

    /// Seconds after midnight, 0 to 86,400.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:02}", self.0 / 3600, self.0 / 60 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = HoursProblem;

    /// Reads `9:30`, `09:30` and `24:00`, in full or half width.
    fn from_str(input: &str) -> Result<Self, HoursProblem> {
        let cleaned: String = input
            .chars()
            .map(|c| match c {
                '０'..='９' | '：' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
                _ => c,
            })
            .collect();
        let read = || {
            let (hour, minute) = cleaned.trim().split_once(':')?;
            let minute = Some(minute).filter(|minute| minute.len() == 2)?;
            Self::new(text::number(hour, 2)?.try_into().ok()?, text::number(minute, 2)?.try_into().ok()?)
        };
        read().ok_or_else(|| HoursProblem::NotATime { input: input.trim().to_owned() })
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = HoursProblem;

    fn try_from(text: String) -> Result<Self, HoursProblem> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// An interval `[from, to)` of one day in which the desk is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Opening {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl Opening {
    /// The whole day, 0:00 to 24:00.
    pub const WHOLE_DAY: Self = Self { from: TimeOfDay::START, to: TimeOfDay::END };

    /// Open from `from` until just before `to` on the same day.
    ///
    /// # Errors
    /// [`HoursProblem::NotForward`] when `to` is not later than `from`; an interval that crosses
    /// midnight is written as two, on the two days.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<Self, HoursProblem> {
        if from < to { Ok(Self { from, to }) } else { Err(HoursProblem::NotForward { from, to }) }
    }

    /// The first time at which the desk is open.
    pub const fn from(&self) -> TimeOfDay {
        self.from
    }

    /// The first time at which it is closed again.
    pub const fn to(&self) -> TimeOfDay {
        self.to
    }

    pub(super) const fn seconds(&self) -> u32 {
        self.to.0 - self.from.0
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

impl FromStr for Opening {
    type Err = HoursProblem;

    /// Reads `9:30-18:15`; `～` and `－` stand for the hyphen too.
    fn from_str(input: &str) -> Result<Self, HoursProblem> {
        let (from, to) = input
            .split_once(['-', '－', '–', '~', '～', '〜'])
            .ok_or_else(|| HoursProblem::NotAnInterval { input: input.trim().to_owned() })?;
        Self::new(from.parse()?, to.parse()?)
    }
}

impl TryFrom<String> for Opening {
    type Error = HoursProblem;

    fn try_from(text: String) -> Result<Self, HoursProblem> {
        text.parse()
    }
}

impl From<Opening> for String {
    fn from(opening: Opening) -> Self {
        opening.to_string()
    }
}

/// Reads the openings of a day, `9:00-12:00, 13:00-17:30`; an empty text is a closed day.
///
/// # Errors
/// A [`HoursProblem`] for a text that is no interval and for intervals that overlap.
pub fn parse_openings(input: &str) -> Result<Vec<Opening>, HoursProblem> {
    let openings =
        input.split([',', '、']).filter(|part| !part.trim().is_empty()).map(str::parse).collect::<Result<_, _>>()?;
    in_order(openings)
}

/// Openings sorted by time; intervals that touch stay apart, those that overlap are refused.
pub(super) fn in_order(mut openings: Vec<Opening>) -> Result<Vec<Opening>, HoursProblem> {
    openings.sort_by_key(|opening| opening.from);
    let overlap = openings.iter().zip(openings.iter().skip(1)).find(|(a, b)| b.from < a.to);
    match overlap {
        Some((first, second)) => Err(HoursProblem::Overlap { first: *first, second: *second }),
        None => Ok(openings),
    }
}

/// Why opening hours are refused. The message says in Japanese what is wrong and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HoursProblem {
    /// Not a time of day.
    #[error("「{input}」は時刻ではありません。「9:30」又は「24:00」のように書いてください。")]
    NotATime {
        /// The text as written.
        input: String,
    },
    /// Not an interval.
    #[error("「{input}」は時間帯ではありません。「9:30-18:15」のように書いてください。")]
    NotAnInterval {
        /// The text as written.
        input: String,
    },
    /// The interval is empty, runs backwards or crosses midnight.
    #[error(
        "時間帯{from}-{to}は、終わりが始まりより後ではありません。日をまたぐときは「{from}-24:00」と翌日の「0:00-{to}」に分けてください。"
    )]
    NotForward {
        /// The start as written.
        from: TimeOfDay,
        /// The end as written.
        to: TimeOfDay,
    },
    /// Two intervals of one day overlap.
    #[error("時間帯{first}と{second}が重なっています。重ならないように書いてください。")]
    Overlap {
        /// The earlier one.
        first: Opening,
        /// The later one.
        second: Opening,
    },
    /// Two schedules begin on the same day.
    #[error("{}から有効な時間割が二つあります。一つにしてください。", format_date(*date))]
    TwoSchedules {
        /// The day.
        date: chrono::NaiveDate,
    },
    /// Two exceptions for the same day.
    #[error("{}の例外が二つあります。一つにしてください。", format_date(*date))]
    TwoExceptions {
        /// The day.
        date: chrono::NaiveDate,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading() {
        assert_eq!(
            parse_openings("13:00-17:30, 9:00-12:00").unwrap().iter().map(Opening::to_string).collect::<Vec<_>>(),
            ["9:00-12:00", "13:00-17:30"]
        );
        assert_eq!("０:００～２４：００".parse(), Ok(Opening::WHOLE_DAY));
        assert_eq!(parse_openings(""), Ok(vec![]));
        assert_eq!(parse_openings("9:00-12:00,12:00-13:00").map(|all| all.len()), Ok(2));
    }

    #[test]
    fn refusals() {
        for (text, message) in [
            ("9-17", "「9」は時刻ではありません。「9:30」又は「24:00」のように書いてください。"),
            ("9:00", "「9:00」は時間帯ではありません。「9:30-18:15」のように書いてください。"),
            ("9:00-24:01", "「24:01」は時刻ではありません。「9:30」又は「24:00」のように書いてください。"),
            ("9:00-25:00", "「25:00」は時刻ではありません。「9:30」又は「24:00」のように書いてください。"),
            (
                "22:00-5:00",
                "時間帯22:00-5:00は、終わりが始まりより後ではありません。日をまたぐときは「22:00-24:00」と翌日の「0:00-5:00」に分けてください。",
            ),
            (
                "9:00-12:00,11:59-13:00",
                "時間帯9:00-12:00と11:59-13:00が重なっています。重ならないように書いてください。",
            ),
        ] {
            assert_eq!(parse_openings(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
