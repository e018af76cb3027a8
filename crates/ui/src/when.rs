//! Dates and times as people read them: Japanese calendar in print, ISO 8601 for machines beside it.

use calendar::jst::weekday_name;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use maud::{Markup, Render, html};

/// A day in one form everywhere: 令和8年3月14日.
#[must_use]
pub fn day_text(date: NaiveDate) -> String {
    calendar::format_era(date)
}

/// Both calendars in a line: 令和8年3月14日(土)・西暦2026年.
#[must_use]
pub fn both_calendars(date: NaiveDate) -> String {
    format!("{}({})・西暦{}年", day_text(date), weekday_name(date), date.year())
}

/// A day as a `time` element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    date: NaiveDate,
    weekday: bool,
}

impl Day {
    /// 令和8年3月14日
    #[must_use]
    pub fn new(date: NaiveDate) -> Self {
        Self { date, weekday: false }
    }

    /// 令和8年3月14日(土)
    #[must_use]
    pub fn with_weekday(date: NaiveDate) -> Self {
        Self { date, weekday: true }
    }
}

impl Render for Day {
    fn render(&self) -> Markup {
        html! {
            time datetime=(self.date.format("%Y-%m-%d")) {
                (day_text(self.date))
                @if self.weekday { "(" (weekday_name(self.date)) ")" }
            }
        }
    }
}

/// An instant as a `time` element, to the minute and in Japan Standard Time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub DateTime<Utc>);

impl Instant {
    /// 令和8年3月14日 9:05
    #[must_use]
    pub fn text(&self) -> String {
        let at = calendar::jst::wall_clock(self.0);
        format!("{} {}", day_text(at.date()), at.format("%-H:%M"))
    }
}

impl Render for Instant {
    fn render(&self) -> Markup {
        html! { time datetime=(calendar::format_iso(self.0)) { (self.text()) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_shown_in_both_calendars() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 14).expect("a date of the calendar");
        assert_eq!(both_calendars(date), "令和8年3月14日(土)・西暦2026年");
        assert_eq!(
            Day::with_weekday(date).render().into_string(),
            "<time datetime=\"2026-03-14\">令和8年3月14日(土)</time>"
        );
    }

    #[test]
    fn an_instant_is_shown_to_the_minute_in_japan_and_kept_to_the_second() {
        let at = DateTime::parse_from_rfc3339("2026-03-14T00:05:07Z").expect("a valid instant").to_utc();
        assert_eq!(
            Instant(at).render().into_string(),
            "<time datetime=\"2026-03-14T09:05:07+09:00\">令和8年3月14日 9:05</time>"
        );
    }
}
