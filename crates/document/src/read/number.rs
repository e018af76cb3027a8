//! Numbers and dates of a workbook as text.

use calamine::ExcelDateTime;
use chrono::{NaiveTime, Timelike};

/// A number as its cell shows it, without grouping: 15 significant digits as spreadsheets keep them, and the leading
/// zeros that a format such as `00000` or `000-0000` adds. Percent formats keep the plain value (0.5, not 50%).
pub(super) fn number_text(value: f64, format_code: &str) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    if rounded == 0.0 {
        return zero_padded("0", format_code).unwrap_or_else(|| "0".to_owned());
    }
    let plain = format!("{rounded}");
    if rounded < 0.0 || rounded.fract() != 0.0 {
        return plain;
    }
    zero_padded(&plain, format_code).unwrap_or(plain)
}

/// Applies a format made of zeros and literal hyphens only; `None` for any other format.
fn zero_padded(digits: &str, format_code: &str) -> Option<String> {
    let section = format_code.split(';').next()?;
    let pattern: Vec<char> = section.chars().filter(|c| !matches!(c, '\\' | '"' | '!')).collect();
    let zeros = pattern.iter().filter(|c| **c == '0').count();
    if zeros < 2 || pattern.iter().any(|c| *c != '0' && *c != '-') {
        return None;
    }
    let padded = format!("{digits:0>zeros$}");
    let mut source = padded.chars();
    // Digits beyond the pattern stand before its first zero.
    let mut out: String = source.by_ref().take(padded.chars().count() - zeros).collect();
    for c in pattern {
        if c == '0' { out.extend(source.next()) } else { out.push(c) }
    }
    Some(out)
}

/// A date as `2026-03-14`, a date-time as `2026-03-14T09:30:00`, a time as `09:30` or `09:30:15`, a duration as
/// `36:15`. `None` when the serial number is no date.
pub(super) fn date_text(value: ExcelDateTime) -> Option<String> {
    let serial = value.as_f64();
    // 9999-12-31 is 2,958,465: beyond, the cell shows ##### and is no date.
    if !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    if value.is_duration() {
        let seconds = (serial * 86_400.0).round() as u64;
        return Some(clock(seconds / 3600, seconds / 60 % 60, seconds % 60));
    }
    if serial < 1.0 {
        let seconds = (serial * 86_400.0).round() as u64;
        return Some(clock(seconds / 3600 % 24, seconds / 60 % 60, seconds % 60));
    }
    // Times are fractions of a day: the nearest second is what was typed.
    let at = value.as_datetime()?.checked_add_signed(chrono::TimeDelta::milliseconds(500))?.with_nanosecond(0)?;
    if at.time() == NaiveTime::MIN {
        Some(at.date().format("%Y-%m-%d").to_string())
    } else {
        Some(at.format("%Y-%m-%dT%H:%M:%S").to_string())
    }
}

fn clock(hours: u64, minutes: u64, seconds: u64) -> String {
    if seconds == 0 { format!("{hours:02}:{minutes:02}") } else { format!("{hours:02}:{minutes:02}:{seconds:02}") }
}

/// An ISO 8601 text cell (`t="d"`): midnight is a plain date.
pub(super) fn iso_text(text: &str) -> String {
    let text = text.trim().trim_end_matches('Z');
    match text.split_once('T') {
        Some((date, time)) if time.chars().all(|c| matches!(c, '0' | ':' | '.')) => date.to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    #[test]
    fn numbers_read_as_shown() {
        for (value, format, expected) in [
            (12.0, "General", "12"),
            (12.0, "00000", "00012"),
            (0.0, "000", "000"),
            (1_000_001.0, "000\\-0000", "100-0001"),
            (60_001.0, "000\"-\"0000", "006-0001"),
            (123_456.0, "0000", "123456"),
            (1234.5, "#,##0.0", "1234.5"),
            (0.1 + 0.2, "General", "0.3"),
            (-7.0, "00000", "-7"),
            (1234.0, "#,##0", "1234"),
            (1.0, "0", "1"),
            (123_456_789_012.0, "0", "123456789012"),
        ] {
            assert_eq!(number_text(value, format), expected, "{value} {format}");
        }
    }

    /// Serial numbers from the spreadsheet's own definition: 1 is 1900-01-01, 60 is the day that never was, 25569 is
    /// 1970-01-01, 45731 is 2025-03-15.
    #[test]
    fn dates_read_as_iso() {
        let date = |serial| date_text(ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, false));
        assert_eq!(date(25_569.0).unwrap(), "1970-01-01");
        assert_eq!(date(1.0).unwrap(), "1900-01-01");
        assert_eq!(date(45_731.0).unwrap(), "2025-03-15");
        assert_eq!(date(45_731.395_833_333_3).unwrap(), "2025-03-15T09:30:00");
        assert_eq!(date(0.395_833_333_3).unwrap(), "09:30");
        assert_eq!(date(-5.0), None);
        assert_eq!(date(1e300), None);
        let duration = ExcelDateTime::new(1.510_416_667, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(date_text(duration).unwrap(), "36:15");
        let mac = ExcelDateTime::new(0.0 + 44_269.0, ExcelDateTimeType::DateTime, true);
        assert_eq!(date_text(mac).unwrap(), "2025-03-15");
        assert_eq!(iso_text("2026-03-14T00:00:00"), "2026-03-14");
    }
}
