//! Fiscal years (会計年度): 1 April to 31 March (Public Finance Act, art. 11).

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::era::{DateProblem, Era, text};

/// A fiscal year, called by the calendar year it begins in.
///
/// ```
/// use calendar::FiscalYear;
/// let date = "2020-03-31".parse().unwrap();
/// assert_eq!(FiscalYear::of(date), FiscalYear::new(2019));
/// assert_eq!(FiscalYear::of(date).label(), "令和元年度");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FiscalYear(i32);

impl FiscalYear {
    /// The fiscal year that begins on 1 April of that calendar year.
    pub const fn new(year: i32) -> Self {
        Self(year)
    }

    /// The fiscal year that the day lies in.
    pub fn of(date: NaiveDate) -> Self {
        Self(if date.month() < 4 { date.year() - 1 } else { date.year() })
    }

    /// The calendar year it begins in.
    pub const fn year(self) -> i32 {
        self.0
    }

    /// 1 April; the earliest representable day when the year is out of range.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0, 4, 1).unwrap_or(NaiveDate::MIN)
    }

    /// 31 March of the next calendar year; the last representable day when that is out of range.
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.0.saturating_add(1), 3, 31).unwrap_or(NaiveDate::MAX)
    }

    /// Whether the day lies in it.
    pub fn contains(self, date: NaiveDate) -> bool {
        Self::of(date) == self
    }

    /// The following fiscal year.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The fiscal year before.
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Its name by era, such as `令和元年度`; before 明治6 by the Western year.
    ///
    /// The era is the one of 1 April, except that the whole of fiscal 2019 is 令和元年度 though its
    /// April was 平成31年 (the ministries' usage). Taking 1 May gives both.
    pub fn label(self) -> String {
        match NaiveDate::from_ymd_opt(self.0, 5, 1).and_then(Era::year_of) {
            Some((era, 1)) => format!("{}元年度", era.name()),
            Some((era, year)) => format!("{}{year}年度", era.name()),
            None => self.western_label(),
        }
    }

    /// Its name by the Western year, such as `2019年度`.
    pub fn western_label(self) -> String {
        format!("{}年度", self.0)
    }

    /// Reads `令和8年度`, `R8`, `令和元年度`, `2026年度` and `2026`, in full or half width. An old
    /// name such as `平成31年度` or `平成32年度` is read and never printed.
    ///
    /// # Errors
    /// A [`DateProblem`] that names what cannot be read.
    pub fn parse(input: &str) -> Result<Self, DateProblem> {
        let cleaned = text::clean(input);
        if cleaned.is_empty() {
            return Err(DateProblem::Empty);
        }
        let unreadable = || DateProblem::UnreadableYear { input: input.trim().to_owned() };
        let body = cleaned.strip_suffix("年度").or_else(|| cleaned.strip_suffix('年')).unwrap_or(&cleaned);
        if let Some((era, rest)) = Era::strip(body) {
            let year = if rest == "元" { 1 } else { text::number(rest, 2).ok_or_else(unreadable)? };
            return era.western_year(year).map(Self).ok_or(DateProblem::NoSuchEraYear { era, year });
        }
        match text::number(body, 4) {
            Some(year @ 1868..=9999) => Ok(Self(year)),
            _ => Err(unreadable()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (year, label) in [
            (2026, "令和8年度"),
            (2020, "令和2年度"),
            (2019, "令和元年度"),
            (2018, "平成30年度"),
            (1989, "平成元年度"),
            (1988, "昭和63年度"),
            (1927, "昭和2年度"),
            (1860, "1860年度"),
        ] {
            assert_eq!(FiscalYear::new(year).label(), label);
        }
        assert_eq!(FiscalYear::new(2026).western_label(), "2026年度");
    }

    #[test]
    fn borders() {
        let year = FiscalYear::new(2019);
        assert_eq!(year.first_day().to_string(), "2019-04-01");
        assert_eq!(year.last_day().to_string(), "2020-03-31");
        assert!(year.contains("2019-04-30".parse().unwrap()));
        assert!(!year.contains("2020-04-01".parse().unwrap()));
        assert_eq!(year.next().previous(), year);
    }

    #[test]
    fn reading() {
        for (input, year) in [
            ("令和8年度", 2026),
            ("令和元年度", 2019),
            ("令和１年度", 2019),
            ("平成31年度", 2019),
            ("平成３２年度", 2020),
            ("R8", 2026),
            ("h30年度", 2018),
            ("2026年度", 2026),
            ("２０２６", 2026),
            (" 2026年 ", 2026),
        ] {
            assert_eq!(FiscalYear::parse(input), Ok(FiscalYear::new(year)), "{input}");
        }
        for input in ["", "８年度", "昭和65年度", "令和0年度", "26", "来年度", "99999"] {
            assert!(FiscalYear::parse(input).is_err(), "{input}");
        }
    }
}
