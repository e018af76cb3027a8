//! Closed days (行政機関の休日) and arithmetic in business days (開庁日).

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::fiscal::FiscalYear;
use crate::holidays;

/// A day that the agency itself closed or opened, as a dated record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyDay {
    /// The day.
    pub date: NaiveDate,
    /// `true` closes a day that would be open, `false` opens one that would be closed.
    pub closed: bool,
    /// The reason shown to people, such as `庁舎点検`.
    pub label: String,
}

/// Why a day is closed, the most particular reason first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedReason<'a> {
    /// The agency closed it; the record's label.
    Agency(&'a str),
    /// It is in the official list; the holiday's name.
    Holiday(&'static str),
    /// 29 December to 3 January.
    YearEnd,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl ClosedReason<'_> {
    /// The reason in Japanese, such as `元日` or `年末年始`.
    pub fn label(&self) -> &str {
        match self {
            Self::Agency(label) => label,
            Self::Holiday(name) => name,
            Self::YearEnd => "年末年始",
            Self::Saturday => "土曜日",
            Self::Sunday => "日曜日",
        }
    }
}

/// The days on which the agency is open.
///
/// Closed are Saturdays and Sundays, the official holidays and 29 December to 3 January (Act on
/// Holidays of Administrative Organs, art. 1), corrected by the agency's own days. Today's rule is
/// applied to every year, also to those before the act. Outside the published list
/// ([`is_provisional`](Self::is_provisional)) holidays are unknown and only weekends, year end and
/// the agency's own days count.
///
/// Every question is answered in O(log n) of the listed days. Cloning is cheap.
///
/// ```
/// use calendar::BusinessCalendar;
/// use chrono::NaiveDate;
/// let day = |text: &str| text.parse::<NaiveDate>().unwrap();
/// let calendar = BusinessCalendar::government();
/// assert_eq!(calendar.add_business_days(day("2024-12-26"), 3), Some(day("2025-01-07")));
/// assert_eq!(calendar.business_days_between(day("2024-12-26"), day("2025-01-07")), 3);
/// ```
#[derive(Clone, Debug)]
pub struct BusinessCalendar(Arc<Days>);

#[derive(Debug)]
struct Days {
    agency: BTreeMap<NaiveDate, AgencyDay>,
    /// Days whose answer differs from the regular rule, in order: the day number, and how many
    /// business days more (or fewer) than regular there are through that day.
    differences: Vec<(i64, i64)>,
}

impl Default for BusinessCalendar {
    fn default() -> Self {
        Self::government()
    }
}

impl BusinessCalendar {
    /// The calendar of the state's offices, without days of an agency's own.
    pub fn government() -> Self {
        static SHARED: OnceLock<BusinessCalendar> = OnceLock::new();
        SHARED.get_or_init(|| Self::new([])).clone()
    }

    /// The state's calendar corrected by the agency's own days. Of two records for one date the
    /// later one in the sequence holds.
    pub fn new(agency_days: impl IntoIterator<Item = AgencyDay>) -> Self {
        let agency: BTreeMap<_, _> = agency_days.into_iter().map(|day| (day.date, day)).collect();
        let mut listed: BTreeMap<NaiveDate, bool> = holidays::all().iter().map(|day| (day.date, false)).collect();
        listed.extend(agency.values().map(|day| (day.date, !day.closed)));

        let mut sum = 0;
        let differences = listed
            .into_iter()
            .filter(|(date, open)| *open != is_regularly_open(*date))
            .map(|(date, open)| {
                sum += if open { 1 } else { -1 };
                (day_number(date), sum)
            })
            .collect();
        Self(Arc::new(Days { agency, differences }))
    }

    /// Whether the agency is open on that day.
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        match self.0.agency.get(&date) {
            Some(day) => !day.closed,
            None => is_regularly_open(date) && holidays::name_of(date).is_none(),
        }
    }

    /// Why the day is closed; `None` on a business day.
    pub fn closed_reason(&self, date: NaiveDate) -> Option<ClosedReason<'_>> {
        if let Some(day) = self.0.agency.get(&date) {
            return day.closed.then_some(ClosedReason::Agency(&day.label));
        }
        if let Some(name) = holidays::name_of(date) {
            return Some(ClosedReason::Holiday(name));
        }
        if is_year_end(date) {
            return Some(ClosedReason::YearEnd);
        }
        match date.weekday() {
            Weekday::Sat => Some(ClosedReason::Saturday),
            Weekday::Sun => Some(ClosedReason::Sunday),
            _ => None,
        }
    }

    /// The agency's own days in order of date.
    pub fn agency_days(&self) -> impl Iterator<Item = &AgencyDay> {
        self.0.agency.values()
    }

    /// The last day for which the official holiday list is known.
    pub fn last_published(&self) -> NaiveDate {
        holidays::last_published()
    }

    /// Whether the official list does not cover that day, so that an answer about it may change.
    pub fn is_provisional(&self, date: NaiveDate) -> bool {
        date < holidays::first_published() || date > holidays::last_published()
    }

    /// The first business day after that day, the day itself excluded.
    pub fn next_business_day(&self, date: NaiveDate) -> NaiveDate {
        self.add_business_days(date, 1).unwrap_or(NaiveDate::MAX)
    }

    /// The last business day before that day, the day itself excluded.
    pub fn previous_business_day(&self, date: NaiveDate) -> NaiveDate {
        self.add_business_days(date, -1).unwrap_or(NaiveDate::MIN)
    }

    /// The day itself when it is open, else the next business day.
    pub fn on_or_after(&self, date: NaiveDate) -> NaiveDate {
        if self.is_business_day(date) { date } else { self.next_business_day(date) }
    }

    /// The day itself when it is open, else the previous business day.
    pub fn on_or_before(&self, date: NaiveDate) -> NaiveDate {
        if self.is_business_day(date) { date } else { self.previous_business_day(date) }
    }

    /// The `n`-th business day after `from` (before it when `n` is negative); `from` itself is not
    /// counted, open or not, and is returned unchanged for 0. `None` beyond the years that a date
    /// can hold.
    pub fn add_business_days(&self, from: NaiveDate, n: i32) -> Option<NaiveDate> {
        let start = day_number(from);
        let target = match n {
            0 => return Some(from),
            1.. => self.through(start) + i64::from(n),
            _ => self.through(start - 1) + i64::from(n) + 1,
        };
        // Widen until the target lies between, then halve.
        let (mut low, mut high) = (start, start);
        let mut width = 2 * i64::from(n).abs() + 8;
        while self.through(high) < target {
            high += width;
            width *= 2;
        }
        while self.through(low) >= target {
            low -= width;
            width *= 2;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.through(middle) < target { low = middle } else { high = middle }
        }
        NaiveDate::from_num_days_from_ce_opt(i32::try_from(high).ok()?)
    }

    /// How many business days lie after `from` through `to`; negative when `to` is earlier, then
    /// counting from `to` to the day before `from`. The inverse of
    /// [`add_business_days`](Self::add_business_days).
    pub fn business_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to >= from {
            self.through(day_number(to)) - self.through(day_number(from))
        } else {
            self.through(day_number(to) - 1) - self.through(day_number(from) - 1)
        }
    }

    /// How many business days there are from `first` to `last`, both included.
    pub fn count(&self, first: NaiveDate, last: NaiveDate) -> i64 {
        (self.through(day_number(last)) - self.through(day_number(first) - 1)).max(0)
    }

    /// How many business days the calendar year has.
    pub fn count_in_year(&self, year: i32) -> i64 {
        match (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31)) {
            (Some(first), Some(last)) => self.count(first, last),
            _ => 0,
        }
    }

    /// How many business days the fiscal year has.
    pub fn count_in_fiscal_year(&self, year: FiscalYear) -> i64 {
        self.count(year.first_day(), year.last_day())
    }

    /// Business days from a fixed origin through the day with that number.
    fn through(&self, day: i64) -> i64 {
        let differences = &self.0.differences;
        let listed = differences.partition_point(|(listed, _)| *listed <= day);
        let difference = listed.checked_sub(1).and_then(|at| differences.get(at));
        regular().through(day) + difference.map_or(0, |(_, sum)| *sum)
    }
}

fn day_number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce())
}

fn is_year_end(date: NaiveDate) -> bool {
    matches!((date.month(), date.day()), (12, 29..=31) | (1, 1..=3))
}

fn is_regularly_open(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !is_year_end(date)
}

/// Weekends and the year end repeat every 400 years, which are a whole number of weeks. One bit a
/// day of such a cycle, with the count of set bits before each word.
struct Regular {
    words: Vec<(i64, u64)>,
    per_cycle: i64,
}

const CYCLE: i64 = 146_097;

fn regular() -> &'static Regular {
    static TABLE: OnceLock<Regular> = OnceLock::new();
    TABLE.get_or_init(|| {
        let (mut words, mut before, mut word) = (Vec::new(), 0, 0_u64);
        let first = NaiveDate::from_num_days_from_ce_opt(1).unwrap_or_default();
        let bits = first.iter_days().map(|date| u64::from(is_regularly_open(date)));
        for (index, bit) in (0..CYCLE).zip(bits) {
            word |= bit << (index % 64);
            if index % 64 == 63 || index == CYCLE - 1 {
                words.push((before, word));
                before += i64::from(word.count_ones());
                word = 0;
            }
        }
        Regular { words, per_cycle: before }
    })
}

impl Regular {
    fn through(&self, day: i64) -> i64 {
        let (cycle, index) = ((day - 1).div_euclid(CYCLE), (day - 1).rem_euclid(CYCLE));
        let inside = usize::try_from(index / 64).ok().and_then(|at| self.words.get(at)).map_or(0, |(before, word)| {
            // Two shifts, because a shift by 64 is not defined.
            let through = word & !((u64::MAX << (index % 64)) << 1);
            before + i64::from(through.count_ones())
        });
        cycle * self.per_cycle + inside
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn with_own_days() -> BusinessCalendar {
        BusinessCalendar::new([
            AgencyDay { date: day("2026-11-25"), closed: true, label: "庁舎点検".into() },
            AgencyDay { date: day("2026-11-28"), closed: false, label: "休日開庁".into() },
            AgencyDay { date: day("2026-11-23"), closed: false, label: "休日開庁".into() },
        ])
    }

    #[test]
    fn business_days_of_a_year() {
        let calendar = BusinessCalendar::government();
        // 2024 to 2026 and the fiscal years are known figures; the rest, years of enthronement and of the Olympic
        // moves, were counted day by day with another program.
        for (year, count) in [
            (2024, 244),
            (2025, 241),
            (2026, 240),
            (1989, 247),
            (1990, 246),
            (2000, 247),
            (2019, 240),
            (2020, 241),
            (2021, 243),
            (2027, 242),
        ] {
            assert_eq!(calendar.count_in_year(year), count, "calendar year {year}");
        }
        for (year, count) in [(2024, 243), (2025, 242), (2026, 241)] {
            let year = FiscalYear::new(year);
            assert_eq!(calendar.count_in_fiscal_year(year), count, "fiscal year {year:?}");
        }
    }

    #[test]
    fn adding_business_days() {
        let calendar = BusinessCalendar::government();
        for (from, n, to) in [
            ("2024-12-26", 3, "2025-01-07"),
            ("2025-05-01", 3, "2025-05-08"),
            ("2026-09-18", 3, "2026-09-28"),
            ("2024-04-01", 5, "2024-04-08"),
            ("2026-11-21", 0, "2026-11-21"),
            ("2019-04-26", 1, "2019-05-07"),
            ("2019-12-27", 10, "2020-01-20"),
            ("2020-07-22", 1, "2020-07-27"),
            ("2021-08-06", -40, "2021-06-09"),
            ("2026-04-28", 100, "2026-09-28"),
            ("2025-01-07", -3, "2024-12-26"),
            ("2025-01-05", -1, "2024-12-27"),
        ] {
            assert_eq!(calendar.add_business_days(day(from), n), Some(day(to)), "{from} {n}");
        }
        assert_eq!(calendar.add_business_days(NaiveDate::MAX, 1), None);
        assert_eq!(calendar.add_business_days(NaiveDate::MIN, -1), None);
    }

    #[test]
    fn an_agencys_own_days_hold_over_the_state_calendar() {
        let calendar = with_own_days();
        assert!(!calendar.is_business_day(day("2026-11-25")));
        assert!(calendar.is_business_day(day("2026-11-28")));
        assert_eq!(
            calendar.closed_reason(day("2026-11-25")).map(|reason| reason.label().to_owned()),
            Some("庁舎点検".into())
        );
        assert_eq!(calendar.closed_reason(day("2026-11-23")), None);
        assert_eq!(calendar.count(day("2026-11-23"), day("2026-11-28")), 5);
        // 24, 26 and 27 are ordinary days; the opened Saturday is the fourth.
        assert_eq!(calendar.add_business_days(day("2026-11-23"), 4), Some(day("2026-11-28")));
    }

    #[test]
    fn reasons_for_closing() {
        let calendar = BusinessCalendar::government();
        for (text, label) in [
            ("2026-01-01", Some("元日")),
            ("2026-01-02", Some("年末年始")),
            ("2026-12-29", Some("年末年始")),
            ("2026-12-28", None),
            ("2026-11-21", Some("土曜日")),
            ("2026-11-22", Some("日曜日")),
            ("2026-11-23", Some("勤労感謝の日")),
            ("2026-11-24", None),
        ] {
            let reason = calendar.closed_reason(day(text));
            assert_eq!(reason.as_ref().map(ClosedReason::label), label, "{text}");
        }
    }

    #[test]
    fn years_after_the_list_are_provisional() {
        let calendar = BusinessCalendar::government();
        assert!(!calendar.is_provisional(day("2027-12-31")));
        assert!(calendar.is_provisional(day("2028-01-01")));
        assert!(calendar.is_provisional(day("1954-12-31")));
        // 11 February 2028 will be a holiday; until it is published only the weekend rule speaks.
        assert!(calendar.is_business_day(day("2028-02-11")));
        assert!(!calendar.is_business_day(day("2028-01-03")));
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (700_000_i32..760_000).prop_map(|n| NaiveDate::from_num_days_from_ce_opt(n).unwrap())
    }

    proptest! {
        #[test]
        fn counting_agrees_with_walking(from in any_day(), length in 0_i64..900) {
            let calendar = with_own_days();
            let to = from + chrono::Days::new(u64::try_from(length).unwrap());
            let walked = from.iter_days().take_while(|date| *date <= to)
                .filter(|date| calendar.is_business_day(*date)).count();
            prop_assert_eq!(calendar.count(from, to), i64::try_from(walked).unwrap());
            for date in from.iter_days().take(10) {
                prop_assert_eq!(calendar.is_business_day(date), calendar.closed_reason(date).is_none());
            }
        }

        #[test]
        fn adding_and_counting_are_inverse(from in any_day(), n in -3000_i32..3000) {
            let calendar = with_own_days();
            let to = calendar.add_business_days(from, n).unwrap();
            prop_assert_eq!(calendar.business_days_between(from, to), i64::from(n));
            prop_assert!(n == 0 || calendar.is_business_day(to));
        }

        #[test]
        fn far_days_follow_the_regular_rule(n in -90_000_000_i32..90_000_000) {
            let calendar = BusinessCalendar::government();
            if let Some(date) = NaiveDate::from_num_days_from_ce_opt(n) {
                prop_assert_eq!(calendar.count(date, date), i64::from(calendar.is_business_day(date)));
            }
        }
    }
}
