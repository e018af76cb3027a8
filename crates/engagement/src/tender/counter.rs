//! The counter: where papers are handed out and brought to, on open days within the hours of the notice (入札公告 6(4),
//! 入札説明書 5(2): from 10 to 17 without noon to 13; the last day ends with the deadline itself).

use std::str::FromStr;

use calendar::{BusinessCalendar, jst};
use chrono::{DateTime, NaiveTime, Utc};

/// Hours of a day, in Japan, each span with both its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours(Vec<(NaiveTime, NaiveTime)>);

/// Why a text is no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("受付時間は「10:00-12:00, 13:00-17:00」のように、早い順に書いてください。")]
pub struct HoursError;

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").map_err(|_| HoursError);
        let mut spans: Vec<(NaiveTime, NaiveTime)> = Vec::new();
        for span in text.split(',') {
            let (from, to) = span.split_once('-').ok_or(HoursError)?;
            let (from, to) = (time(from)?, time(to)?);
            if to <= from || spans.last().is_some_and(|before| from <= before.1) {
                return Err(HoursError);
            }
            spans.push((from, to));
        }
        Ok(Self(spans))
    }
}

impl Hours {
    /// Whether the counter is open at an instant.
    pub fn open(&self, at: DateTime<Utc>, calendar: &BusinessCalendar) -> bool {
        let local = jst::wall_clock(at);
        calendar.is_business_day(local.date()) && self.0.iter().any(|(from, to)| (*from..=*to).contains(&local.time()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_open_on_open_days_but_not_over_noon() {
        let hours: Hours = "10:00-12:00, 13:00-17:00".parse().unwrap();
        let calendar = BusinessCalendar::government();
        for (at, open) in [
            ("2024-02-13T09:59:59+09:00", false),
            ("2024-02-13T10:00:00+09:00", true),
            ("2024-02-13T12:00:00+09:00", true),
            ("2024-02-13T12:00:01+09:00", false),
            ("2024-02-13T12:59:59+09:00", false),
            ("2024-02-13T13:00:00+09:00", true),
            ("2024-02-13T17:00:00+09:00", true),
            ("2024-02-13T17:00:01+09:00", false),
            ("2024-02-12T10:30:00+09:00", false), // substitute holiday
            ("2024-02-10T10:30:00+09:00", false), // Saturday
        ] {
            let at = at.parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc();
            assert_eq!(hours.open(at, &calendar), open, "{at}");
        }
        for text in ["", "10-12", "10:00-9:00", "13:00-17:00, 10:00-12:00", "10:00-12:00,", "10:00-25:00"] {
            assert_eq!(text.parse::<Hours>(), Err(HoursError), "{text}");
        }
    }
}
