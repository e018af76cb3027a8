//! Japan Standard Time (+09:00, no summer time): day borders and the way instants are shown.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};

const AHEAD: i32 = 9 * 3600;

/// The zone of the agency's calendar.
pub fn zone() -> FixedOffset {
    FixedOffset::east_opt(AHEAD).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// The wall clock in Japan at that instant.
pub fn wall_clock(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.naive_utc().checked_add_signed(TimeDelta::seconds(AHEAD.into())).unwrap_or(NaiveDateTime::MAX)
}

/// The day in Japan at that instant.
pub fn jst_date(instant: DateTime<Utc>) -> NaiveDate {
    wall_clock(instant).date()
}

/// The instant at which the wall clock in Japan shows that date and time.
pub fn instant_of(wall_clock: NaiveDateTime) -> DateTime<Utc> {
    wall_clock.checked_sub_signed(TimeDelta::seconds(AHEAD.into())).unwrap_or(NaiveDateTime::MIN).and_utc()
}

/// The instant at which that day begins in Japan.
pub fn start_of_day(date: NaiveDate) -> DateTime<Utc> {
    instant_of(date.and_time(chrono::NaiveTime::MIN))
}

/// For people: `2026年11月21日 21:36`.
pub fn format_instant(instant: DateTime<Utc>) -> String {
    let local = wall_clock(instant);
    format!("{} {}:{:02}", format_date(local.date()), local.hour(), local.minute())
}

/// For machines, ISO 8601 to the second: `2026-11-21T21:36:05+09:00`.
pub fn format_iso(instant: DateTime<Utc>) -> String {
    format!("{}+09:00", wall_clock(instant).format("%Y-%m-%dT%H:%M:%S"))
}

/// For people: `2026年11月21日`.
pub fn format_date(date: NaiveDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// For people: `2026年11月21日（土）`.
pub fn format_date_with_weekday(date: NaiveDate) -> String {
    format!("{}（{}）", format_date(date), weekday_name(date))
}

/// The weekday in one character, `月` to `日`.
pub fn weekday_name(date: NaiveDate) -> &'static str {
    match date.weekday() {
        chrono::Weekday::Mon => "月",
        chrono::Weekday::Tue => "火",
        chrono::Weekday::Wed => "水",
        chrono::Weekday::Thu => "木",
        chrono::Weekday::Fri => "金",
        chrono::Weekday::Sat => "土",
        chrono::Weekday::Sun => "日",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_midnight_in_japan() {
        let before: DateTime<Utc> = "2026-11-21T14:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2026-11-21T15:00:00Z".parse().unwrap();
        assert_eq!(jst_date(before).to_string(), "2026-11-21");
        assert_eq!(jst_date(after).to_string(), "2026-11-22");
        assert_eq!(start_of_day("2026-11-22".parse().unwrap()), after);
        assert_eq!(instant_of(wall_clock(before)), before);
    }

    #[test]
    fn shown_to_people_and_machines() {
        let instant: DateTime<Utc> = "2026-11-21T12:36:05Z".parse().unwrap();
        assert_eq!(format_instant(instant), "2026年11月21日 21:36");
        assert_eq!(format_iso(instant), "2026-11-21T21:36:05+09:00");
        assert_eq!(format_iso(instant), instant.with_timezone(&zone()).to_rfc3339());
        assert_eq!(format_date_with_weekday(jst_date(instant)), "2026年11月21日（土）");
        let morning: DateTime<Utc> = "2026-11-21T00:05:00Z".parse().unwrap();
        assert_eq!(format_instant(morning), "2026年11月21日 9:05");
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let _ = format_iso(DateTime::<Utc>::MAX_UTC);
        let _ = start_of_day(NaiveDate::MIN);
    }
}
