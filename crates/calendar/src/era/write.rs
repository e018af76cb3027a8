//! Writing dates by era.

use chrono::{Datelike, NaiveDate};

use super::Era;

/// `令和8年3月14日`, `令和元年5月1日`; before 1873 by the Western year.
pub fn format_era(date: NaiveDate) -> String {
    format!("{}{}日", format_era_month(date), date.day())
}

/// `令和8年3月`; before 1873 by the Western year.
pub fn format_era_month(date: NaiveDate) -> String {
    match Era::year_of(date) {
        Some((era, 1)) => format!("{}元年{}月", era.name(), date.month()),
        Some((era, year)) => format!("{}{year}年{}月", era.name(), date.month()),
        None => format!("{}年{}月", date.year(), date.month()),
    }
}

/// `R8.3.14`, for narrow columns; before 1873 by the Western year.
pub fn format_era_short(date: NaiveDate) -> String {
    match Era::year_of(date) {
        Some((era, year)) => format!("{}{year}.{}.{}", era.letter(), date.month(), date.day()),
        None => format!("{}.{}.{}", date.year(), date.month(), date.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn era_borders() {
        for (date, long, short) in [
            ("1872-12-31", "1872年12月31日", "1872.12.31"),
            ("1873-01-01", "明治6年1月1日", "M6.1.1"),
            ("1912-07-29", "明治45年7月29日", "M45.7.29"),
            ("1912-07-30", "大正元年7月30日", "T1.7.30"),
            ("1926-12-24", "大正15年12月24日", "T15.12.24"),
            ("1926-12-25", "昭和元年12月25日", "S1.12.25"),
            ("1926-12-31", "昭和元年12月31日", "S1.12.31"),
            ("1927-01-01", "昭和2年1月1日", "S2.1.1"),
            ("1989-01-07", "昭和64年1月7日", "S64.1.7"),
            ("1989-01-08", "平成元年1月8日", "H1.1.8"),
            ("2019-04-30", "平成31年4月30日", "H31.4.30"),
            ("2019-05-01", "令和元年5月1日", "R1.5.1"),
            ("2020-01-01", "令和2年1月1日", "R2.1.1"),
            ("2026-03-14", "令和8年3月14日", "R8.3.14"),
        ] {
            let date = date.parse().unwrap();
            assert_eq!(format_era(date), long);
            assert_eq!(format_era_short(date), short);
        }
        assert_eq!(format_era_month("2026-10-01".parse().unwrap()), "令和8年10月");
    }
}
