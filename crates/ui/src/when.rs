//! Dates and times as people read them: Japanese calendar in print, ISO 8601 for machines beside it.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Weekday};
use maud::{Markup, Render, html};

/// First day, name and letter of each era, newest first (domain facts, section 4).
const ERAS: [((i32, u32, u32), &str); 5] = [
    ((2019, 5, 1), "令和"),
    ((1989, 1, 8), "平成"),
    ((1926, 12, 25), "昭和"),
    ((1912, 7, 30), "大正"),
    ((1873, 1, 1), "明治"),
];

/// Year of the Japanese calendar, such as 令和8年 or 令和元年; before 1873 the Gregorian year.
#[must_use]
pub fn era_year(date: NaiveDate) -> String {
    for ((year, month, day), name) in ERAS {
        if (date.year(), date.month(), date.day()) >= (year, month, day) {
            // Meiji counts from 1868 although the calendar in use changed in 1873.
            let first = if year == 1873 { 1868 } else { year };
            let count = date.year() - first + 1;
            return if count == 1 { format!("{name}元年") } else { format!("{name}{count}年") };
        }
    }
    format!("{}年", date.year())
}

/// A day in one form everywhere: 令和8年3月14日.
#[must_use]
pub fn day_text(date: NaiveDate) -> String {
    format!("{}{}月{}日", era_year(date), date.month(), date.day())
}

/// The weekday in one character, such as 土.
#[must_use]
pub fn weekday(date: NaiveDate) -> &'static str {
    match date.weekday() {
        Weekday::Mon => "月",
        Weekday::Tue => "火",
        Weekday::Wed => "水",
        Weekday::Thu => "木",
        Weekday::Fri => "金",
        Weekday::Sat => "土",
        Weekday::Sun => "日",
    }
}

/// Both calendars in a line: 令和8年3月14日(土)・西暦2026年.
#[must_use]
pub fn both_calendars(date: NaiveDate) -> String {
    format!("{}({})・西暦{}年", day_text(date), weekday(date), date.year())
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
                @if self.weekday { "(" (weekday(self.date)) ")" }
            }
        }
    }
}

/// An instant as a `time` element, to the minute, in the offset that the value carries (JST for people).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub DateTime<FixedOffset>);

impl Instant {
    /// 令和8年3月14日 9:05
    #[must_use]
    pub fn text(&self) -> String {
        let at = self.0;
        format!("{} {}:{:02}", day_text(at.date_naive()), at.hour(), at.minute())
    }
}

impl Render for Instant {
    fn render(&self) -> Markup {
        html! { time datetime=(self.0.format("%Y-%m-%dT%H:%M:%S%:z")) { (self.text()) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_turn_on_their_day() {
        // Domain facts, section 4.
        let cases = [
            ((1926, 12, 24), "大正15年12月24日"),
            ((1926, 12, 25), "昭和元年12月25日"),
            ((1989, 1, 7), "昭和64年1月7日"),
            ((1989, 1, 8), "平成元年1月8日"),
            ((2019, 4, 30), "平成31年4月30日"),
            ((2019, 5, 1), "令和元年5月1日"),
            ((2020, 1, 1), "令和2年1月1日"),
            ((1873, 1, 1), "明治6年1月1日"),
        ];
        for ((year, month, day), wanted) in cases {
            let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date of the table");
            assert_eq!(day_text(date), wanted);
        }
    }

    #[test]
    fn an_instant_is_shown_to_the_minute_and_kept_to_the_second() {
        let at = DateTime::parse_from_rfc3339("2026-03-14T09:05:07+09:00").expect("a valid instant");
        assert_eq!(
            Instant(at).render().into_string(),
            "<time datetime=\"2026-03-14T09:05:07+09:00\">令和8年3月14日 9:05</time>"
        );
    }
}
