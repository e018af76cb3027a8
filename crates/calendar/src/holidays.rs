//! The official list of national holidays (国民の祝日・休日) as the Cabinet Office publishes it.
//!
//! The list is data, not a rule: the dates of the equinoxes, moved days and days made by special
//! acts (2019, 2020, 2021) follow no formula. `data/README.md` says where it came from and how it
//! was compared.

use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate};

/// One day of the official list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// Its name in the list, such as `元日`; substitute and in-between holidays are `休日`.
    pub name: &'static str,
}

const LIST: &str = include_str!("../data/holidays.csv");

/// Every day of the list in order of date.
pub fn all() -> &'static [Holiday] {
    static PARSED: OnceLock<Vec<Holiday>> = OnceLock::new();
    PARSED.get_or_init(|| {
        let mut days: Vec<Holiday> = LIST
            .lines()
            .filter_map(|line| line.split_once(','))
            .filter_map(|(date, name)| Some(Holiday { date: date.parse().ok()?, name }))
            .collect();
        days.sort_by_key(|day| day.date);
        days
    })
}

/// The name of the holiday on that day; `None` on a day that is not in the list.
pub fn name_of(date: NaiveDate) -> Option<&'static str> {
    let days = all();
    let at = days.binary_search_by_key(&date, |day| day.date).ok()?;
    days.get(at).map(|day| day.name)
}

/// The first day the list speaks for: 1 January of its first year.
pub fn first_published() -> NaiveDate {
    all().first().and_then(|day| NaiveDate::from_ymd_opt(day.date.year(), 1, 1)).unwrap_or(NaiveDate::MAX)
}

/// The last day the list speaks for: 31 December of its last year. The list for the following year
/// is published each February; dates after this day are provisional.
pub fn last_published() -> NaiveDate {
    all().last().and_then(|day| NaiveDate::from_ymd_opt(day.date.year(), 12, 31)).unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_line_of_the_list_is_read() {
        assert_eq!(all().len(), 1067);
        assert_eq!(LIST.lines().count(), 1068);
        assert!(all().is_sorted_by(|a, b| a.date < b.date));
        assert_eq!(all().first().unwrap().date, day("1955-01-01"));
        assert_eq!(all().last().unwrap().date, day("2027-11-23"));
        assert_eq!(first_published(), day("1955-01-01"));
        assert_eq!(last_published(), day("2027-12-31"));
    }

    #[test]
    fn days_made_by_special_acts_are_in() {
        for (text, name) in [
            ("1959-04-10", "結婚の儀"),
            ("1989-02-24", "大喪の礼"),
            ("1990-11-12", "即位礼正殿の儀"),
            ("1993-06-09", "結婚の儀"),
            ("2019-04-30", "休日"),
            ("2019-05-01", "休日（祝日扱い）"),
            ("2019-05-02", "休日"),
            ("2019-10-22", "休日（祝日扱い）"),
            ("2020-07-23", "海の日"),
            ("2020-07-24", "スポーツの日"),
            ("2021-08-08", "山の日"),
            ("2021-08-09", "休日"),
            ("2026-09-22", "休日"),
            ("2027-03-22", "休日"),
        ] {
            assert_eq!(name_of(day(text)), Some(name), "{text}");
        }
    }

    #[test]
    fn days_that_a_popular_package_invents_are_out() {
        // 4 May became a holiday by the in-between rule of 27 December 1985.
        assert_eq!(name_of(day("1979-05-04")), None);
        assert_eq!(name_of(day("1985-05-04")), None);
        assert_eq!(name_of(day("1988-05-04")), Some("休日"));
        assert_eq!(name_of(day("2020-10-12")), None);
    }
}
