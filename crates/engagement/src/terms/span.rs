//! Spans of time in a contract: months, quarters, halves, fiscal years, business days.

use calendar::{BusinessCalendar, FiscalYear, format_era, format_era_month};
use chrono::{Datelike, Months, NaiveDate};
use ledger::definition::Every;

/// First days of the spans that overlap the days from `first` to `last`, in order, at most `most`. A span counts as a
/// whole even where the contract begins or ends within it. Quarters and halves are those of the fiscal year.
pub fn spans(
    every: &Every,
    first: NaiveDate,
    last: NaiveDate,
    calendar: &BusinessCalendar,
    most: usize,
) -> Vec<NaiveDate> {
    if *every == Every::BusinessDay {
        let days = first.iter_days().take_while(|day| *day <= last);
        return days.filter(|day| calendar.is_business_day(*day)).take(most).collect();
    }
    let Some(months) = months(every) else { return Vec::new() };
    let begin = first_day(first, months);
    let starts = (0u32..).map_while(|number| begin?.checked_add_months(Months::new(number * months)));
    starts.take_while(|day| *day <= last).take(most).collect()
}

/// Length of a span in months; `None` for what is no span of months, or not decided yet.
fn months(every: &Every) -> Option<u32> {
    match every {
        Every::Once | Every::Record { .. } | Every::BusinessDay | Every::Decided { .. } => None,
        Every::Month => Some(1),
        Every::Quarter => Some(3),
        Every::Half => Some(6),
        Every::Year => Some(12),
    }
}

/// Last day of the span that begins on this day.
pub fn last_day(every: &Every, first: NaiveDate) -> Option<NaiveDate> {
    match months(every) {
        Some(months) => first.checked_add_months(Months::new(months))?.pred_opt(),
        None => Some(first),
    }
}

/// First day of the span of so many months that the day lies in, counted from April.
fn first_day(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    let in_year = (day.month() + 8) % 12;
    day.with_day(1)?.checked_sub_months(Months::new(in_year % months))
}

/// The span in words: `令和6年4月`, `令和6年度第1四半期`, `令和6年度上半期`, `令和6年度`, `令和6年4月1日`.
pub fn words(every: &Every, day: NaiveDate) -> String {
    let year = FiscalYear::of(day).label();
    let month = (day.month() + 8) % 12;
    match every {
        Every::Once | Every::Record { .. } | Every::Decided { .. } => String::new(),
        Every::Month => format_era_month(day),
        Every::Quarter => format!("{year}第{}四半期", month / 3 + 1),
        Every::Half => format!("{year}{}", if month < 6 { "上半期" } else { "下半期" }),
        Every::Year => year,
        Every::BusinessDay => format_era(day),
    }
}

/// What a span of this length is called: 対象の月.
pub fn label(every: &Every) -> &'static str {
    match every {
        Every::Once | Every::Record { .. } | Every::Decided { .. } => "対象の期間",
        Every::Month => "対象の月",
        Every::Quarter => "対象の四半期",
        Every::Half => "対象の半期",
        Every::Year => "対象の年度",
        Every::BusinessDay => "対象の日",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_those_that_overlap_the_contract() {
        let calendar = BusinessCalendar::government();
        // Contracts, spans, how many, the first, the last, the first in words. Counted on a paper calendar.
        for (first, last, every, count, begin, end, said) in [
            ("2024-04-01", "2025-03-31", Every::Month, 12, "2024-04-01", "2025-03-01", "令和6年4月"),
            ("2024-04-15", "2024-06-01", Every::Month, 3, "2024-04-01", "2024-06-01", "令和6年4月"),
            ("2024-06-30", "2024-07-01", Every::Quarter, 2, "2024-04-01", "2024-07-01", "令和6年度第1四半期"),
            ("2025-01-10", "2025-03-31", Every::Quarter, 1, "2025-01-01", "2025-01-01", "令和6年度第4四半期"),
            ("2024-09-30", "2025-03-31", Every::Half, 2, "2024-04-01", "2024-10-01", "令和6年度上半期"),
            ("2025-03-31", "2025-04-01", Every::Half, 2, "2024-10-01", "2025-04-01", "令和6年度下半期"),
            ("2025-03-31", "2027-04-01", Every::Year, 4, "2024-04-01", "2027-04-01", "令和6年度"),
            ("2024-05-02", "2024-05-08", Every::BusinessDay, 3, "2024-05-02", "2024-05-08", "令和6年5月2日"),
            // The fiscal year 2024 had 243 business days.
            ("2024-04-01", "2025-03-31", Every::BusinessDay, 243, "2024-04-01", "2025-03-31", "令和6年4月1日"),
        ] {
            let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
            let found = spans(&every, first, last, &calendar, 1000);
            let texts = (found.first().map(ToString::to_string), found.last().map(ToString::to_string));
            assert_eq!((found.len(), texts), (count, (Some(begin.into()), Some(end.into()))), "{every:?} {first}");
            assert_eq!(words(&every, found[0]), said);
            // A span ends on the day before the next one begins.
            let ends = found.iter().map(|day| last_day(&every, *day).unwrap());
            assert!(
                every == Every::BusinessDay || ends.zip(&found[1..]).all(|(end, next)| end.succ_opt() == Some(*next))
            );
        }
        let (first, last) = ("2024-04-01".parse().unwrap(), "2023-04-01".parse().unwrap());
        assert!(spans(&Every::Month, first, last, &calendar, 1000).is_empty());
        assert_eq!(spans(&Every::Month, first, NaiveDate::MAX, &calendar, 7).len(), 7);
    }
}
