//! Generations in a folder: what their files are called, and which of them are no longer kept.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// How many generations are kept: the newest of each of the last days, weeks and months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub days: u32,
    /// Weeks, from Monday on.
    pub weeks: u32,
    /// Months.
    pub months: u32,
}

/// Name of the file of a backup made at that instant (UTC).
pub fn file_name(taken_at: DateTime<Utc>) -> String {
    format!("daicho-{}.age", taken_at.format("%Y%m%dT%H%M%SZ"))
}

/// The instant in a name that [`file_name`] has made.
pub fn instant_of(name: &str) -> Option<DateTime<Utc>> {
    let text = name.strip_prefix("daicho-")?.strip_suffix("Z.age")?;
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok().map(|at| at.and_utc())
}

/// Which of these generations are no longer kept. Of each day, week and month the newest counts, and the newest of all is
/// always kept, however old it is. Days are those of Japan.
pub fn superfluous(taken: &[DateTime<Utc>], keep: Keep) -> Vec<DateTime<Utc>> {
    let mut newest_first = taken.to_vec();
    newest_first.sort();
    newest_first.reverse();
    let day = |at: &DateTime<Utc>| (*at + TimeDelta::hours(9)).date_naive();
    let rules: [(u32, fn(NaiveDate) -> NaiveDate); 3] = [
        (keep.days, |day| day),
        (keep.weeks, |day| day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))),
        (keep.months, |day| day.with_day(1).unwrap_or(day)),
    ];
    let mut kept: BTreeSet<DateTime<Utc>> = newest_first.first().copied().into_iter().collect();
    for (most, span) in rules {
        let mut spans = BTreeSet::new();
        for at in &newest_first {
            if spans.len() as u32 == most {
                break;
            }
            if spans.insert(span(day(at))) {
                kept.insert(*at);
            }
        }
    }
    newest_first.into_iter().filter(|at| !kept.contains(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}:00+09:00").parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc()
    }

    #[test]
    fn a_name_gives_its_instant_back() {
        let taken = at("2026-11-22T13:45");
        assert_eq!(file_name(taken), "daicho-20261122T044500Z.age");
        assert_eq!(instant_of(&file_name(taken)), Some(taken));
        for other in ["daicho.db", "daicho-20261122T044500Z.age.part", "daicho-yesterdayZ.age", ""] {
            assert_eq!(instant_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_newest_of_each_day_week_and_month_is_kept() {
        // 2026-11-16 is a Monday.
        let all = [
            "2026-09-30T02:00", // month of September
            "2026-10-15T02:00",
            "2026-10-31T02:00", // month of October
            "2026-11-08T02:00", // Sunday: week of 2 November
            "2026-11-14T02:00",
            "2026-11-15T02:00", // Sunday: week of 9 November
            "2026-11-20T02:00",
            "2026-11-21T02:00", // day
            "2026-11-22T02:00",
            "2026-11-22T14:00", // day, week, month
        ]
        .map(at);
        let gone = |keep: Keep| -> Vec<usize> {
            let gone = superfluous(&all, keep);
            (0..all.len()).filter(|place| gone.contains(&all[*place])).collect()
        };
        assert_eq!(gone(Keep { days: 2, weeks: 3, months: 3 }), [1, 4, 6, 8]);
        assert_eq!(gone(Keep { days: 2, weeks: 0, months: 0 }), [0, 1, 2, 3, 4, 5, 6, 8]);
        assert_eq!(gone(Keep { days: 0, weeks: 0, months: 0 }).len(), 9, "the newest is kept whatever is set");
        assert!(superfluous(&[], Keep { days: 1, weeks: 1, months: 1 }).is_empty());
    }
}
