//! Japanese eras (元号・和暦), both ways.
//!
//! Reading accepts what people and old papers write: era names, letters and ligatures, 元年 and
//! 1年, full-width digits, and dates without an era such as `31.1.9`, which are resolved by a date
//! near the paper's own. Writing gives one form only.

mod problem;
mod read;
pub(crate) mod text;
mod write;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

pub use problem::DateProblem;
pub use read::{parse_date, parse_month};
pub use write::{format_era, format_era_month, format_era_short};

/// An era since the Gregorian calendar came into use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Era {
    /// 明治, dates from 1873-01-01 (明治6年); earlier ones are in the old lunar calendar.
    Meiji,
    /// 大正, from 1912-07-30.
    Taisho,
    /// 昭和, from 1926-12-25.
    Showa,
    /// 平成, from 1989-01-08.
    Heisei,
    /// 令和, from 2019-05-01.
    Reiwa,
}

impl Era {
    /// All eras, the oldest first.
    pub const ALL: [Self; 5] = [Self::Meiji, Self::Taisho, Self::Showa, Self::Heisei, Self::Reiwa];

    /// The name, such as `令和`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// The letter used in short dates and codes, such as `R`.
    pub const fn letter(self) -> char {
        match self {
            Self::Meiji => 'M',
            Self::Taisho => 'T',
            Self::Showa => 'S',
            Self::Heisei => 'H',
            Self::Reiwa => 'R',
        }
    }

    /// The first day; for 明治 the proclamation counted back in the Gregorian calendar.
    pub fn start(self) -> NaiveDate {
        let (year, month, day) = match self {
            Self::Meiji => (1868, 1, 25),
            Self::Taisho => (1912, 7, 30),
            Self::Showa => (1926, 12, 25),
            Self::Heisei => (1989, 1, 8),
            Self::Reiwa => (2019, 5, 1),
        };
        NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
    }

    /// The era that followed; `None` for the present one.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Meiji => Some(Self::Taisho),
            Self::Taisho => Some(Self::Showa),
            Self::Showa => Some(Self::Heisei),
            Self::Heisei => Some(Self::Reiwa),
            Self::Reiwa => None,
        }
    }

    /// The era and its year (1 = 元年) on that day; `None` before 1873-01-01.
    pub fn year_of(date: NaiveDate) -> Option<(Self, i32)> {
        if date.year() < 1873 {
            return None;
        }
        let era = Self::ALL.into_iter().rev().find(|era| era.start() <= date)?;
        Some((era, date.year() - era.start().year() + 1))
    }

    /// The Western year in which that year of the era began. 平成 is read up to 99, because papers
    /// written before May 2019 speak of years such as 平成32年; `None` for years that never were.
    pub(crate) fn western_year(self, year: i32) -> Option<i32> {
        let last = match self {
            Self::Meiji => 45,
            Self::Taisho => 15,
            Self::Showa => 64,
            Self::Heisei | Self::Reiwa => 99,
        };
        (1..=last).contains(&year).then(|| self.start().year() + year - 1)
    }

    /// Takes the era from the head of a cleaned text: name, its first character, or letter.
    pub(crate) fn strip(cleaned: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|era| {
            let initial = era.name().chars().next()?;
            cleaned
                .strip_prefix(era.name())
                .or_else(|| cleaned.strip_prefix(initial))
                .or_else(|| cleaned.strip_prefix(era.letter()))
                .map(|rest| (era, rest))
        })
    }
}
