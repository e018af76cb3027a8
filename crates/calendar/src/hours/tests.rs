use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::business::{AgencyDay, BusinessCalendar};
use crate::jst;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant by the wall clock in Japan, `2026-11-20 17:15`.
fn at(text: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    jst::instant_of(local)
}

fn desk() -> OpeningHours {
    let schedule = Schedule::weekdays(day("2020-04-01"), "9:00-12:00, 13:00-17:30").unwrap();
    OpeningHours::new([schedule], [], BusinessCalendar::government()).unwrap()
}

#[test]
fn elapsed_time() {
    let desk = desk();
    for (start, end, minutes) in [
        ("2026-11-20 09:00", "2026-11-20 09:00", 0),
        ("2026-11-20 09:00", "2026-11-20 10:30", 90),
        ("2026-11-20 11:30", "2026-11-20 13:30", 60),
        ("2026-11-20 00:00", "2026-11-21 00:00", 450),
        ("2026-11-20 17:00", "2026-11-24 09:30", 60),
        ("2026-11-21 00:00", "2026-11-24 09:00", 0),
        // 28 December is open, 29 December to 3 January is not, 4 January 2027 is a Monday.
        ("2026-12-28 17:00", "2027-01-04 09:10", 40),
        // The business days of the years are known: 240 in 2026, 241 in 2025.
        ("2026-01-01 00:00", "2027-01-01 00:00", 240 * 450),
        ("2025-01-01 00:00", "2027-01-01 00:00", 481 * 450),
        // Closed before the first schedule.
        ("1960-01-01 00:00", "2020-04-01 09:01", 1),
    ] {
        assert_eq!(desk.elapsed(at(start), at(end)), minutes * 60, "{start} {end}");
        assert_eq!(desk.elapsed(at(end), at(start)), -minutes * 60, "{end} {start}");
    }
}

#[test]
fn deadlines() {
    let desk = desk();
    for (start, minutes, due) in [
        ("2026-11-20 09:00", 0, "2026-11-20 09:00"),
        ("2026-11-20 09:00", 180, "2026-11-20 12:00"),
        ("2026-11-20 09:00", 181, "2026-11-20 13:01"),
        // Used up exactly at closing time is due at closing time.
        ("2026-11-20 17:00", 30, "2026-11-20 17:30"),
        ("2026-11-20 17:00", 31, "2026-11-24 09:01"),
        ("2026-11-21 03:00", 1, "2026-11-24 09:01"),
        ("2026-12-28 17:00", 40, "2027-01-04 09:10"),
        ("2025-01-01 00:00", 481 * 450, "2026-12-28 17:30"),
    ] {
        assert_eq!(desk.deadline(at(start), minutes * 60), Some(at(due)), "{start} {minutes}");
    }
}

#[test]
fn a_desk_that_never_opens_again_has_no_deadline() {
    let hours = Schedule::weekdays(day("2020-04-01"), "9:00-17:00").unwrap();
    let ended = Schedule::never(day("2026-04-01"));
    let desk = OpeningHours::new([ended, hours], [], BusinessCalendar::government()).unwrap();
    // 31 March 2026 is the last day.
    assert_eq!(desk.deadline(at("2026-03-31 16:00"), 3600), Some(at("2026-03-31 17:00")));
    assert_eq!(desk.deadline(at("2026-03-31 16:00"), 3601), None);
    assert_eq!(desk.deadline(at("2026-03-31 16:00"), u64::MAX), None);
    assert_eq!(desk.deadline(DateTime::<Utc>::MAX_UTC, 1), None);
    assert_eq!(desk.elapsed(DateTime::<Utc>::MIN_UTC, at("2020-04-01 09:00")), 0);
    assert!(desk.elapsed(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC) > 0);
}

#[test]
fn schedules_change_on_their_dates() {
    let before = Schedule::weekdays(day("2026-04-01"), "9:00-17:00").unwrap();
    let after = Schedule::weekdays(day("2026-11-25"), "10:00-12:00").unwrap();
    let desk = OpeningHours::new([after, before], [], BusinessCalendar::government()).unwrap();
    assert_eq!(desk.elapsed(at("2026-11-24 00:00"), at("2026-11-25 00:00")), 8 * 3600);
    assert_eq!(desk.elapsed(at("2026-11-25 00:00"), at("2026-11-26 00:00")), 2 * 3600);
    assert_eq!(desk.elapsed(at("2026-03-31 00:00"), at("2026-04-01 00:00")), 0);
}

#[test]
fn exceptions_and_own_days() {
    let calendar =
        BusinessCalendar::new([AgencyDay { date: day("2026-11-25"), closed: true, label: "庁舎点検".into() }]);
    let exceptions =
        [("2026-11-21", "10:00-11:00", "休日受付"), ("2026-11-26", "", "停電")].map(|(date, openings, label)| {
            DayException { date: day(date), openings: parse_openings(openings).unwrap(), label: label.into() }
        });
    let schedule = Schedule::weekdays(day("2026-04-01"), "9:00-17:00").unwrap();
    let desk = OpeningHours::new([schedule], exceptions, calendar).unwrap();
    for (date, hours) in [("2026-11-21", 1), ("2026-11-22", 0), ("2026-11-24", 8), ("2026-11-25", 0), ("2026-11-26", 0)]
    {
        let start = jst::start_of_day(day(date));
        assert_eq!(desk.elapsed(start, start + TimeDelta::days(1)), hours * 3600, "{date}");
    }
}

#[test]
fn round_the_clock_every_second_counts() {
    let desk = OpeningHours::new([Schedule::always(day("2020-01-01"))], [], BusinessCalendar::government()).unwrap();
    let (start, end) = (at("2025-12-31 22:10"), at("2027-02-03 04:05"));
    assert_eq!(desk.elapsed(start, end), (end - start).num_seconds());
    assert_eq!(desk.deadline(start, 7_200), Some(at("2026-01-01 00:10")));
    assert_eq!(desk.deadline(start, 6_600), Some(at("2026-01-01 00:00")));
}

#[test]
fn half_open_at_the_second() {
    let desk = desk();
    assert!(!desk.is_open(at("2026-11-20 09:00") - TimeDelta::seconds(1)));
    assert!(desk.is_open(at("2026-11-20 09:00")));
    assert!(desk.is_open(at("2026-11-20 12:00") - TimeDelta::nanoseconds(1)));
    assert!(!desk.is_open(at("2026-11-20 12:00")));
    assert!(!desk.is_open(at("2026-11-23 10:00")));
}

#[test]
fn running_and_open() {
    let desk = desk();
    let interval = |from, to| Interval { from: at(from), to: at(to) };
    // Received Friday morning, waiting for the customer over lunch, resumed, closed on Tuesday.
    let running = [
        interval("2026-11-20 16:30", "2026-11-24 10:00"),
        interval("2026-11-20 10:00", "2026-11-20 11:00"),
        // An overlap counts once; backward intervals count nothing.
        interval("2026-11-20 10:30", "2026-11-20 11:00"),
        interval("2026-11-20 15:00", "2026-11-20 14:00"),
    ];
    let measured = desk.measure(&running);
    assert_eq!(measured.seconds, 3 * 3600);
    assert_eq!(
        measured.intervals,
        [
            interval("2026-11-20 10:00", "2026-11-20 11:00"),
            interval("2026-11-20 16:30", "2026-11-20 17:30"),
            interval("2026-11-24 09:00", "2026-11-24 10:00"),
        ]
    );
    assert_eq!(desk.elapsed_running(&running), 3 * 3600);
    assert_eq!(desk.deadline_running(&running, None, 2 * 3600), Some(at("2026-11-20 17:30")));
    assert_eq!(desk.deadline_running(&running, None, 3 * 3600 + 1), None);
    assert_eq!(desk.deadline_running(&running, Some(at("2026-11-24 16:30")), 5 * 3600), Some(at("2026-11-25 10:00")));
}

#[test]
fn two_of_a_kind_are_refused() {
    let schedule = || Schedule::weekdays(day("2026-04-01"), "9:00-17:00").unwrap();
    let calendar = BusinessCalendar::government;
    assert_eq!(
        OpeningHours::new([schedule(), schedule()], [], calendar()).unwrap_err(),
        HoursProblem::TwoSchedules { date: day("2026-04-01") }
    );
    let exception = || DayException { date: day("2026-05-07"), openings: vec![], label: "停電".into() };
    assert_eq!(
        OpeningHours::new([schedule()], [exception(), exception()], calendar()).unwrap_err(),
        HoursProblem::TwoExceptions { date: day("2026-05-07") }
    );
    let mut overlapping = schedule();
    overlapping.week[0].push("16:00-18:00".parse().unwrap());
    assert!(matches!(OpeningHours::new([overlapping], [], calendar()), Err(HoursProblem::Overlap { .. })));
}

/// A desk with breaks, a change of hours, a day that ends at 24:00, an exception and a holiday.
fn odd_desk() -> OpeningHours {
    let first = Schedule::weekdays(day("2024-04-01"), "8:59-12:00, 12:00-12:30, 13:17-17:30").unwrap();
    let mut second = Schedule::weekdays(day("2026-05-11"), "9:00-17:00").unwrap();
    second.week[5] = parse_openings("0:00-1:00, 22:00-24:00").unwrap();
    second.closed_days = ClosedDays::Ignored;
    let exception =
        DayException { date: day("2025-12-31"), openings: vec![Opening::WHOLE_DAY], label: "当番".into() };
    OpeningHours::new([first, second], [exception], BusinessCalendar::government()).unwrap()
}

/// Open seconds counted by walking day by day: an independent, slow reading of the definition.
fn walked(desk: &OpeningHours, start: DateTime<Utc>, end: DateTime<Utc>) -> i64 {
    let mut sum = 0;
    let mut date = jst::jst_date(start);
    while date <= jst::jst_date(end) {
        for opening in desk.openings_on(date) {
            let midnight = jst::start_of_day(date);
            let from = midnight + TimeDelta::seconds(opening.from().seconds().into());
            let to = midnight + TimeDelta::seconds(opening.to().seconds().into());
            sum += (to.min(end) - from.max(start)).num_seconds().max(0);
        }
        date = date + Days::new(1);
    }
    sum
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    // From the start of 2024 to the end of 2027, finer than a day and a minute.
    (1_704_000_000_i64..1_830_000_000).prop_map(|s| DateTime::from_timestamp(s, 0).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_sum_agrees_with_walking(a in instant(), b in instant()) {
        let desk = odd_desk();
        let (start, end) = (a.min(b), a.max(b));
        prop_assert_eq!(desk.elapsed(start, end), walked(&desk, start, end));
    }

    #[test]
    fn time_adds_up_and_never_runs_back(mut points in prop::array::uniform3(instant())) {
        let desk = odd_desk();
        let [a, b, c] = points;
        prop_assert_eq!(desk.elapsed(a, b) + desk.elapsed(b, c), desk.elapsed(a, c));
        points.sort();
        prop_assert!(desk.elapsed(points[0], points[1]) <= desk.elapsed(points[0], points[2]));
        prop_assert!(desk.elapsed(points[0], points[1]) <= (points[1] - points[0]).num_seconds());
    }

    #[test]
    fn elapsed_undoes_deadline(start in instant(), seconds in 1_u64..20_000_000) {
        let desk = odd_desk();
        let due = desk.deadline(start, seconds).unwrap();
        prop_assert_eq!(desk.elapsed(start, due), i64::try_from(seconds).unwrap());
        // No earlier instant would do, and a longer limit is never due earlier.
        let just_before = due - TimeDelta::seconds(1);
        prop_assert!(desk.is_open(just_before));
        prop_assert_eq!(desk.elapsed(start, just_before) + 1, i64::try_from(seconds).unwrap());
        prop_assert!(desk.deadline(start, seconds + 1).unwrap() > due);
    }

    #[test]
    fn deadline_undoes_elapsed(a in instant(), b in instant()) {
        let desk = odd_desk();
        let (start, end) = (a.min(b), a.max(b));
        let elapsed = u64::try_from(desk.elapsed(start, end)).unwrap();
        let due = desk.deadline(start, elapsed).unwrap();
        prop_assert!(due <= end);
        if elapsed > 0 && desk.is_open(end - TimeDelta::seconds(1)) {
            prop_assert_eq!(due, end);
        }
    }

    #[test]
    fn the_listed_intervals_are_the_verdict(points in prop::collection::vec(instant(), 0..8), budget in 1_u64..40_000_000) {
        let desk = odd_desk();
        let running: Vec<_> =
            points.chunks(2).filter(|pair| pair.len() == 2).map(|pair| Interval { from: pair[0], to: pair[1] }).collect();
        let measured = desk.measure(&running);
        prop_assert_eq!(measured.seconds, desk.elapsed_running(&running));
        prop_assert!(measured.intervals.iter().all(|i| i.from < i.to && desk.is_open(i.from)));
        prop_assert!(measured.intervals.windows(2).all(|pair| pair[0].to <= pair[1].from));
        match desk.deadline_running(&running, None, budget) {
            None => prop_assert!(measured.seconds < i64::try_from(budget).unwrap()),
            Some(due) => {
                let until: i64 = measured.intervals.iter()
                    .map(|i| (i.to.min(due) - i.from).num_seconds().max(0)).sum();
                prop_assert_eq!(until, i64::try_from(budget).unwrap());
            }
        }
    }
}
