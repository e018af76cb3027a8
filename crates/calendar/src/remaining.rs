//! How far a due date is, in the words shown beside it.

use std::fmt;

use chrono::NaiveDate;

use crate::business::BusinessCalendar;

/// The distance from today to a due date, in business days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// The due date has passed; business days after it through today (0 on a weekend just after).
    Overdue {
        /// Business days after the due date through today.
        business_days: i64,
    },
    /// Due today.
    Today,
    /// Due later.
    Left {
        /// Business days after today through the due date (0 when only closed days are left).
        business_days: i64,
        /// Calendar days after today through the due date.
        days: i64,
    },
}

impl fmt::Display for Remaining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdue { business_days: 0 } => f.write_str("期限超過"),
            Self::Overdue { business_days } => write!(f, "期限超過 {business_days}開庁日"),
            Self::Today => f.write_str("本日"),
            Self::Left { business_days: 0, days } => write!(f, "あと{days}日（閉庁日）"),
            Self::Left { business_days, .. } => write!(f, "あと{business_days}開庁日"),
        }
    }
}

/// The distance from `today` to `due`.
pub fn remaining(today: NaiveDate, due: NaiveDate, calendar: &BusinessCalendar) -> Remaining {
    match due.cmp(&today) {
        std::cmp::Ordering::Less => Remaining::Overdue { business_days: calendar.business_days_between(due, today) },
        std::cmp::Ordering::Equal => Remaining::Today,
        std::cmp::Ordering::Greater => Remaining::Left {
            business_days: calendar.business_days_between(today, due),
            days: (due - today).num_days(),
        },
    }
}

/// The distance in words: `期限超過 3開庁日`, `本日`, `あと1開庁日`.
pub fn remaining_phrase(today: NaiveDate, due: NaiveDate, calendar: &BusinessCalendar) -> String {
    remaining(today, due, calendar).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases() {
        let calendar = BusinessCalendar::government();
        // 21 and 22 November 2026 are a weekend, Monday 23 is a holiday.
        for (today, due, phrase) in [
            ("2026-11-20", "2026-11-20", "本日"),
            ("2026-11-20", "2026-11-24", "あと1開庁日"),
            ("2026-11-20", "2026-11-27", "あと4開庁日"),
            ("2026-11-20", "2026-11-23", "あと3日（閉庁日）"),
            ("2026-11-21", "2026-11-20", "期限超過"),
            ("2026-11-24", "2026-11-20", "期限超過 1開庁日"),
            ("2026-11-26", "2026-11-20", "期限超過 3開庁日"),
        ] {
            let phrase_is = remaining_phrase(today.parse().unwrap(), due.parse().unwrap(), &calendar);
            assert_eq!(phrase_is, phrase, "{today} {due}");
        }
    }
}
