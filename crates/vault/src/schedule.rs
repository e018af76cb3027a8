//! When the master key is to be rotated next.

use chrono::{Months, NaiveDate};
use serde::Deserialize;

/// Months for which a version of the master key is used when nobody says otherwise. NIST SP 800-57 part 1 (5.3.6) recommends
/// one to two years for a key that wraps others.
const MONTHS: u32 = 12;

/// After how many months the master key is rotated, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotationRule {
    /// First day on which this holds.
    pub from: NaiveDate,
    /// Months for which a version is used.
    pub months: u32,
}

/// The day on which a version that was made on a day is to be replaced, by the rule in force today: the latest that has begun.
pub fn due(rules: &[RotationRule], made_on: NaiveDate, today: NaiveDate) -> NaiveDate {
    let begun = rules.iter().filter(|rule| rule.from <= today);
    let months = begun.max_by_key(|rule| rule.from).map_or(MONTHS, |rule| rule.months);
    made_on.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_has_begun_last_holds() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let rules =
            [RotationRule { from: day("2027-04-01"), months: 6 }, RotationRule { from: day("2026-04-01"), months: 24 }];
        for (rules, made_on, today, expected) in [
            (&rules[..0], "2026-11-22", "2026-11-22", "2027-11-22"),
            (&rules[..], "2026-11-22", "2026-11-22", "2028-11-22"),
            (&rules[..], "2026-11-22", "2027-04-01", "2027-05-22"),
            (&rules[..], "2026-01-01", "2026-03-31", "2027-01-01"),
            // The day that the month does not have becomes its last.
            (&rules[..], "2026-08-31", "2027-04-01", "2027-02-28"),
        ] {
            assert_eq!(due(rules, day(made_on), day(today)), day(expected), "{made_on} {today}");
        }
    }
}
