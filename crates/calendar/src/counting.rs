//! The ways of counting a period (期間の計算), as types.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::business::BusinessCalendar;

/// Which day is day 1 of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// 「…から起算して」: the named day itself is day 1.
    FromThatDay,
    /// 「…から」 without 起算して: the next day is day 1 (Civil Code, art. 140).
    FromNextDay,
}

/// The unit of a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Calendar days, closed days included.
    Days,
    /// Days on which the agency is open (開庁日).
    BusinessDays,
    /// Weeks of seven calendar days.
    Weeks,
    /// Calendar months, not 30 days (Civil Code, art. 143).
    Months,
    /// Calendar years.
    Years,
}

impl Unit {
    /// The counter word in Japanese, such as `開庁日` or `か月`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Days => "日",
            Self::BusinessDays => "開庁日",
            Self::Weeks => "週間",
            Self::Months => "か月",
            Self::Years => "年",
        }
    }
}

/// A length of time, such as 3 business days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Length {
    /// How many.
    pub number: u16,
    /// Of what.
    pub unit: Unit,
}

impl Length {
    /// That many of that unit.
    pub const fn new(number: u16, unit: Unit) -> Self {
        Self { number, unit }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit.label())
    }
}

impl Counting {
    /// The last day of a period of that length which is counted from `start`.
    ///
    /// Months and years end the day before the day that corresponds to day 1, or on the last day of
    /// the month when it has no such day (Civil Code, art. 143). Business days skip closed days; a
    /// closed day 1 is skipped as well. `None` for a length of 0 and beyond the representable years.
    ///
    /// ```
    /// use calendar::{BusinessCalendar, Counting, Length, Unit};
    /// let calendar = BusinessCalendar::government();
    /// let day = "2026-04-01".parse().unwrap();
    /// let end = |way: Counting, unit| way.end(day, Length::new(1, unit), &calendar).unwrap().to_string();
    /// assert_eq!(end(Counting::FromThatDay, Unit::Years), "2027-03-31");
    /// assert_eq!(end(Counting::FromNextDay, Unit::Years), "2027-04-01");
    /// ```
    pub fn end(self, start: NaiveDate, length: Length, calendar: &BusinessCalendar) -> Option<NaiveDate> {
        let Length { number, unit } = length;
        if number == 0 {
            return None;
        }
        let day_zero = match self {
            Self::FromThatDay => start.pred_opt()?,
            Self::FromNextDay => start,
        };
        let number = u32::from(number);
        match unit {
            Unit::Days => day_zero.checked_add_days(Days::new(number.into())),
            Unit::Weeks => day_zero.checked_add_days(Days::new(u64::from(number) * 7)),
            Unit::BusinessDays => calendar.add_business_days(day_zero, i32::try_from(number).ok()?),
            Unit::Months => end_of_months(day_zero.succ_opt()?, number),
            Unit::Years => end_of_months(day_zero.succ_opt()?, number.checked_mul(12)?),
        }
    }
}

/// The day that lies a length before `start` (…の1週間前). The code has no rule for counting back;
/// as usual `start` itself is not counted, and a month back from a day which the earlier month does
/// not have is that month's last day. `None` beyond the representable years.
pub(crate) fn before(start: NaiveDate, length: Length, calendar: &BusinessCalendar) -> Option<NaiveDate> {
    let number = u32::from(length.number);
    match length.unit {
        Unit::Days => start.checked_sub_days(Days::new(number.into())),
        Unit::Weeks => start.checked_sub_days(Days::new(u64::from(number) * 7)),
        Unit::BusinessDays => calendar.add_business_days(start, i32::try_from(number).ok()?.checked_neg()?),
        Unit::Months => start.checked_sub_months(Months::new(number)),
        Unit::Years => start.checked_sub_months(Months::new(number.checked_mul(12)?)),
    }
}

fn end_of_months(first: NaiveDate, months: u32) -> Option<NaiveDate> {
    let corresponding = first.checked_add_months(Months::new(months))?;
    if corresponding.day() == first.day() { corresponding.pred_opt() } else { Some(corresponding) }
}

/// What happens to a last day that is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shift {
    /// It stays, as contracts that do not speak of closed days leave it.
    #[default]
    Stay,
    /// It moves to the next business day (Act on Holidays of Administrative Organs, art. 2).
    Next,
    /// It moves to the previous business day, as payments to people do.
    Previous,
}

impl Shift {
    /// The day after the move; the same day when it is open.
    pub fn apply(self, date: NaiveDate, calendar: &BusinessCalendar) -> NaiveDate {
        match self {
            Self::Stay => date,
            Self::Next => calendar.on_or_after(date),
            Self::Previous => calendar.on_or_before(date),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods() {
        use Counting::{FromNextDay, FromThatDay};
        use Unit::{BusinessDays, Days, Months, Weeks, Years};
        let calendar = BusinessCalendar::government();
        for (way, start, number, unit, end) in [
            // 起算: inspection within 10 days counted from the day of receipt.
            (FromThatDay, "2026-03-31", 10, Days, "2026-04-09"),
            (FromThatDay, "2026-03-31", 14, Days, "2026-04-13"),
            (FromNextDay, "2026-03-31", 30, Days, "2026-04-30"),
            (FromNextDay, "2026-03-31", 1, Weeks, "2026-04-07"),
            (FromNextDay, "2024-12-26", 3, BusinessDays, "2025-01-07"),
            (FromNextDay, "2025-05-01", 3, BusinessDays, "2025-05-08"),
            (FromNextDay, "2026-09-18", 3, BusinessDays, "2026-09-28"),
            (FromNextDay, "2024-04-01", 5, BusinessDays, "2024-04-08"),
            (FromThatDay, "2026-09-18", 3, BusinessDays, "2026-09-25"),
            (FromThatDay, "2026-11-21", 1, BusinessDays, "2026-11-24"),
            // Art. 143: the day before the corresponding day, or the end of the month.
            (FromThatDay, "2026-04-01", 1, Years, "2027-03-31"),
            (FromThatDay, "2026-03-25", 1, Years, "2027-03-24"),
            (FromThatDay, "2024-02-29", 1, Years, "2025-02-28"),
            (FromNextDay, "2026-01-15", 1, Months, "2026-02-15"),
            (FromNextDay, "2026-01-31", 1, Months, "2026-02-28"),
            (FromNextDay, "2024-01-31", 1, Months, "2024-02-29"),
            (FromNextDay, "2026-01-30", 1, Months, "2026-02-28"),
            (FromNextDay, "2026-01-29", 1, Months, "2026-02-28"),
            (FromNextDay, "2026-02-28", 1, Months, "2026-03-31"),
            (FromNextDay, "2026-04-30", 2, Months, "2026-06-30"),
            (FromThatDay, "2026-01-31", 1, Months, "2026-02-28"),
            (FromThatDay, "2026-01-29", 1, Months, "2026-02-28"),
        ] {
            let length = Length::new(number, unit);
            assert_eq!(way.end(day(start), length, &calendar), Some(day(end)), "{start} {length}");
        }
        assert_eq!(FromNextDay.end(day("2026-01-01"), Length::new(0, Days), &calendar), None);
    }

    #[test]
    fn counting_back() {
        let calendar = BusinessCalendar::government();
        for (start, number, unit, end) in [
            ("2026-11-21", 1, Unit::Weeks, "2026-11-14"),
            ("2026-11-24", 1, Unit::BusinessDays, "2026-11-20"),
            ("2026-05-31", 1, Unit::Months, "2026-04-30"),
            ("2024-02-29", 1, Unit::Years, "2023-02-28"),
            ("2026-03-01", 7, Unit::Days, "2026-02-22"),
        ] {
            let length = Length::new(number, unit);
            assert_eq!(before(day(start), length, &calendar), Some(day(end)), "{start} {length}");
        }
    }

    #[test]
    fn closed_last_days() {
        let calendar = BusinessCalendar::government();
        let saturday = day("2026-11-21");
        assert_eq!(Shift::Stay.apply(saturday, &calendar), saturday);
        assert_eq!(Shift::Next.apply(saturday, &calendar), day("2026-11-24"));
        assert_eq!(Shift::Previous.apply(saturday, &calendar), day("2026-11-20"));
        assert_eq!(Shift::Next.apply(day("2026-11-20"), &calendar), day("2026-11-20"));
    }
}
