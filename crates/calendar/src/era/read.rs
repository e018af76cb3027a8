//! Reading dates and months as people write them.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::{DateProblem, Era, text};
use crate::jst::weekday_name;

/// Reads a date.
///
/// Accepted, in full or half width: `令和8年3月14日`, `令和元年5月1日`, `R8.3.14`, `㋿8.3.14`,
/// `R080314`, `2026年3月14日`, `2026-03-14`, `2026/3/14`, `2026.3.14`, `20260314`, each with an
/// optional weekday in brackets. A date without an era, `31.1.9` or `5年7月3日`, is taken in the
/// era that brings it nearest to `context`, the date of the paper it stands in (or today), and at
/// most 20 years after it. 平成 is
/// read beyond its end (`平成32年` is 令和2年) because papers written before say so.
///
/// # Errors
/// A [`DateProblem`], whose message and [`mend`](DateProblem::mend) are for the person who wrote it.
///
/// ```
/// use calendar::parse_date;
/// let today = "2026-11-21".parse().unwrap();
/// assert_eq!(parse_date("令和８年３月１４日", today), parse_date("2026-03-14", today));
/// let problem = parse_date("昭和64年1月8日", today).unwrap_err();
/// assert_eq!(problem.to_string(), "昭和は昭和64年1月7日までです。");
/// assert!(problem.mend().contains("平成元年1月8日"));
/// ```
pub fn parse_date(input: &str, context: NaiveDate) -> Result<NaiveDate, DateProblem> {
    let cleaned = text::clean(input);
    if cleaned.is_empty() {
        return Err(DateProblem::Empty);
    }
    let unreadable = || DateProblem::Unreadable { input: input.trim().to_owned() };
    let (body, weekday) = strip_weekday(&cleaned);
    let written = Written::split(body, true).ok_or_else(unreadable)?;
    let day = written.day.and_then(|day| text::number(day, 2)).ok_or_else(unreadable)?;
    let (first, era) = written.month(input, context, unreadable)?;
    let date = on_day(first, day)?;
    check_era(era, date, date, false)?;
    if let Some(weekday) = weekday
        && !weekday.starts_with(weekday_name(date))
    {
        return Err(DateProblem::WeekdayDiffers { date, written: weekday.to_owned() });
    }
    Ok(date)
}

/// Reads a month and gives its first day: `2026-10`, `2026/10`, `202610`, `2026年10月`,
/// `令和8年10月`, `R8.10`, and `8年10月` by the era nearest to `context`. A whole date is accepted
/// when it is the first of a month, as spreadsheets store months.
///
/// # Errors
/// A [`DateProblem`], whose message and [`mend`](DateProblem::mend) are for the person who wrote it.
pub fn parse_month(input: &str, context: NaiveDate) -> Result<NaiveDate, DateProblem> {
    let cleaned = text::clean(input);
    if cleaned.is_empty() {
        return Err(DateProblem::Empty);
    }
    let unreadable = || DateProblem::UnreadableMonth { input: input.trim().to_owned() };
    let Some(written) = Written::split(&cleaned, false) else {
        return parse_date(input, context).ok().filter(|date| date.day() == 1).ok_or_else(unreadable);
    };
    let (first, era) = written.month(input, context, unreadable)?;
    let last = (first + Months::new(1)).pred_opt().unwrap_or(first);
    check_era(era, first, last, true)?;
    Ok(first)
}

/// The parts of a date as written.
struct Written<'a> {
    era: Option<Era>,
    year: &'a str,
    month: &'a str,
    day: Option<&'a str>,
    /// Written the way dates without an era are (`31.1.9`, `5年7月3日`).
    may_omit_era: bool,
}

impl<'a> Written<'a> {
    fn split(body: &'a str, with_day: bool) -> Option<Self> {
        let (era, rest) = Era::strip(body).map_or((None, body), |(era, rest)| (Some(era), rest));
        if let Some((year, rest)) = rest.split_once('年') {
            let (month, rest) = rest.split_once('月')?;
            let day = if with_day { Some(rest.strip_suffix('日')?) } else { None };
            if !with_day && !rest.is_empty() {
                return None;
            }
            return Some(Self { era, year, month, day, may_omit_era: true });
        }
        if let Some(separator) = ['.', '/', '-'].into_iter().find(|c| rest.contains(*c)) {
            let mut parts = rest.split(separator);
            let (year, month) = (parts.next()?, parts.next()?);
            let day = if with_day { Some(parts.next()?) } else { None };
            if parts.next().is_some() {
                return None;
            }
            // `8.10` alone may be a day of some year, so only whole dates may leave the era out.
            let may_omit_era = separator == '.' && with_day;
            return Some(Self { era, year, month, day, may_omit_era });
        }
        let year_digits = if era.is_some() { 2 } else { 4 };
        let length = year_digits + if with_day { 4 } else { 2 };
        if rest.len() != length || !rest.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (year, rest) = rest.split_at_checked(year_digits)?;
        let (month, day) = rest.split_at_checked(2)?;
        Some(Self { era, year, month, day: with_day.then_some(day), may_omit_era: false })
    }

    /// The first day of the month, and the era it was written or taken in.
    fn month(
        &self,
        input: &str,
        context: NaiveDate,
        unreadable: impl Fn() -> DateProblem,
    ) -> Result<(NaiveDate, Option<Era>), DateProblem> {
        let month = text::number(self.month, 2).ok_or_else(&unreadable)?;
        if let Some(era) = self.era {
            let year = era_year(self.year).ok_or_else(&unreadable)?;
            let western = era.western_year(year).ok_or(DateProblem::NoSuchEraYear { era, year })?;
            if western < 1873 {
                return Err(DateProblem::LunarCalendar);
            }
            return Ok((first_of(western, month)?, Some(era)));
        }
        if self.year.len() == 4
            && let Some(year) = text::number(self.year, 4)
        {
            if year < 1868 {
                return Err(DateProblem::UnlikelyYear { year });
            }
            return Ok((first_of(year, month)?, None));
        }
        let year = era_year(self.year).ok_or_else(&unreadable)?;
        if !self.may_omit_era {
            return Err(DateProblem::AmbiguousYear { input: input.trim().to_owned() });
        }
        first_of(2000, month)?;
        nearest(year, month, context)
            .map(|(first, era)| (first, Some(era)))
            .ok_or_else(|| DateProblem::NoEraFits { input: input.trim().to_owned() })
    }
}

fn era_year(text: &str) -> Option<i32> {
    if text == "元" { Some(1) } else { text::number(text, 2) }
}

fn first_of(year: i32, month: i32) -> Result<NaiveDate, DateProblem> {
    u32::try_from(month)
        .ok()
        .and_then(|month| NaiveDate::from_ymd_opt(year, month, 1))
        .ok_or(DateProblem::NoSuchMonth { month })
}

fn on_day(first: NaiveDate, day: i32) -> Result<NaiveDate, DateProblem> {
    u32::try_from(day).ok().and_then(|day| first.with_day(day)).ok_or_else(|| DateProblem::NoSuchDay {
        year: first.year(),
        month: first.month(),
        day,
        last: u32::from(first.num_days_in_month()),
    })
}

/// How far ahead a date without an era may lie; a birth date `55.3.4` is not one of 令和55年.
const YEARS_AHEAD: u32 = 20;

/// The month nearest to the context among the eras that had it. The day is looked at only
/// afterwards, so that a wrong day is reported and does not push the date into a far era.
fn nearest(year: i32, month: i32, context: NaiveDate) -> Option<(NaiveDate, Era)> {
    let latest = context.checked_add_months(Months::new(12 * YEARS_AHEAD))?;
    Era::ALL
        .into_iter()
        .filter_map(|era| Some((first_of(era.western_year(year)?, month).ok()?, era)))
        .filter(|(first, era)| {
            let last = *first + Months::new(1) - Days::new(1);
            // Only papers written while 平成 lasted speak of its years to come.
            let ended = match era.next() {
                Some(next) if *era == Era::Heisei => *first >= next.start() && context >= next.start(),
                Some(next) => *first >= next.start(),
                None => false,
            };
            last >= era.start() && first.year() >= 1873 && *first <= latest && !ended
        })
        .min_by_key(|(first, _)| (*first - context).num_days().abs())
}

/// Refuses a day or month outside the era it was written in; 平成 may run over.
fn check_era(era: Option<Era>, first: NaiveDate, last: NaiveDate, month_only: bool) -> Result<(), DateProblem> {
    let Some(era) = era else { return Ok(()) };
    if last < era.start() {
        return Err(DateProblem::EraNotBegun { era, date: first, month_only });
    }
    match era.next() {
        Some(next) if era != Era::Heisei && first >= next.start() => {
            Err(DateProblem::EraEnded { era, date: first, month_only })
        }
        _ => Ok(()),
    }
}

fn strip_weekday(cleaned: &str) -> (&str, Option<&str>) {
    let Some((body, rest)) = cleaned.strip_suffix(')').and_then(|rest| rest.split_once('(')) else {
        return (cleaned, None);
    };
    let known = rest.trim_end_matches('日').trim_end_matches('曜');
    let known = if known.is_empty() { rest } else { known };
    let is_weekday = ["月", "火", "水", "木", "金", "土", "日"].contains(&known);
    if is_weekday { (body, Some(rest)) } else { (cleaned, None) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::era::{format_era, format_era_month, format_era_short};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(text: &str) -> Result<NaiveDate, DateProblem> {
        parse_date(text, day("2026-11-21"))
    }

    #[test]
    fn ways_of_writing() {
        for text in [
            "R8.3.14",
            "r8.3.14",
            "Ｒ８．３．１４",
            "R8/3/14",
            "R08-03-14",
            "R080314",
            "令8.3.14",
            "令和8年3月14日",
            "令和８年３月１４日",
            "令和 8年 3月 14日",
            "㋿8.3.14",
            "令和8年3月14日（土）",
            "令和8年3月14日(土曜日)",
            "2026-03-14",
            "2026－03－14",
            "2026/3/14",
            "２０２６／３／１４",
            "2026.3.14",
            "20260314",
            "2026年3月14日",
            "　2026年03月14日 ",
            "2026/3/14 0:00",
            "2026-03-14 00:00:00",
            "2026-03-14T00:00:00",
            "8.3.14",
            "8年3月14日",
            "平成38年3月14日",
        ] {
            assert_eq!(read(text), Ok(day("2026-03-14")), "{text}");
        }
    }

    #[test]
    fn eras_and_their_first_year() {
        for (text, date) in [
            ("大正15年12月24日", "1926-12-24"),
            ("昭和元年12月25日", "1926-12-25"),
            ("昭和64年1月7日", "1989-01-07"),
            ("平成元年1月8日", "1989-01-08"),
            ("平成1年1月8日", "1989-01-08"),
            ("平成31年4月30日", "2019-04-30"),
            ("令和元年5月1日", "2019-05-01"),
            ("令和1年5月1日", "2019-05-01"),
            ("R元.5.1", "2019-05-01"),
            ("令和2年1月1日", "2020-01-01"),
            ("平成32年1月1日", "2020-01-01"),
            ("平成31年5月1日", "2019-05-01"),
            ("明治6年1月1日", "1873-01-01"),
            ("M45.7.29", "1912-07-29"),
            ("9999/12/31", "9999-12-31"),
        ] {
            assert_eq!(read(text), Ok(day(date)), "{text}");
        }
    }

    #[test]
    fn dates_without_an_era_follow_their_context() {
        for (text, context, date) in [
            ("31.1.9", "2019-03-01", "2019-01-09"),
            ("31.1.9", "2026-11-21", "2019-01-09"),
            ("31.1.9", "1958-01-01", "1956-01-09"),
            ("5.7.3", "2023-08-01", "2023-07-03"),
            ("5.7.3", "1994-01-01", "1993-07-03"),
            ("55.3.4", "2026-11-21", "1980-03-04"),
            // A paper of 2018 means 平成32年, one of 2026 does not.
            ("32.3.31", "2018-04-01", "2020-03-31"),
            ("32.3.31", "2026-11-21", "1957-03-31"),
            ("元.5.1", "2019-06-01", "2019-05-01"),
            ("元年5月1日", "2020-01-01", "2019-05-01"),
            ("9.1.10", "2026-11-21", "2027-01-10"),
        ] {
            assert_eq!(parse_date(text, day(context)), Ok(day(date)), "{text} in {context}");
        }
    }

    #[test]
    fn refusals_name_the_mistake() {
        for (text, message) in [
            ("", "日付が入力されていません。"),
            ("未定", "「未定」は日付として読み取れません。"),
            ("46095", "「46095」は日付として読み取れません。"),
            ("2026-3", "「2026-3」は日付として読み取れません。"),
            ("2026-03-14 09:30", "「2026-03-14 09:30」は日付として読み取れません。"),
            ("26/3/14", "「26/3/14」の年が、西暦か元号か分かりません。"),
            ("2026-13-01", "13月はありません。"),
            ("2026-00-01", "0月はありません。"),
            ("2026-02-29", "2026年2月に29日はありません。"),
            ("5.2.29", "2023年2月に29日はありません。"),
            ("令和8年2月0日", "2026年2月に0日はありません。"),
            ("昭和64年1月8日", "昭和は昭和64年1月7日までです。"),
            ("昭和65年1月1日", "昭和65年はありません。"),
            ("大正15年12月25日", "大正は大正15年12月24日までです。"),
            ("令和元年4月30日", "令和は2019年5月1日からです。"),
            ("平成元年1月7日", "平成は1989年1月8日からです。"),
            ("令和0年1月1日", "令和0年はありません。"),
            ("明治5年12月2日", "明治5年以前の日付は旧暦のため、換算できません。"),
            ("70.1.1", "「70.1.1」に当てはまる元号がありません。"),
            ("0206-03-14", "西暦206年は扱えません。"),
            ("2026年3月14日（日）", "2026年3月14日は土曜日で、「日」と合いません。"),
            ("令和八年三月十四日", "「令和八年三月十四日」は日付として読み取れません。"),
        ] {
            let problem = read(text).expect_err(text);
            assert_eq!(problem.to_string(), message, "{text}");
            assert!(problem.mend().ends_with('。'), "{text}");
        }
        assert_eq!(
            read("昭和64年1月8日").unwrap_err().mend(),
            "「平成元年1月8日」ではありませんか。元号を確かめてください。"
        );
    }

    #[test]
    fn months() {
        let today = day("2026-11-21");
        for text in [
            "2026-10",
            "2026/10",
            "202610",
            "2026年10月",
            "令和8年10月",
            "令和８年１０月",
            "R8.10",
            "8年10月",
            "2026-10-01",
        ] {
            assert_eq!(parse_month(text, today), Ok(day("2026-10-01")), "{text}");
        }
        // The era of a month is one that it had on some day.
        assert_eq!(parse_month("平成元年1月", today), Ok(day("1989-01-01")));
        assert_eq!(parse_month("昭和64年1月", today), Ok(day("1989-01-01")));
        for text in ["", "10月", "8.10", "2026-13", "2026-10-02", "昭和64年2月", "令和元年4月"] {
            assert!(parse_month(text, today).is_err(), "{text}");
        }
        let problem = parse_month("昭和64年2月", today).unwrap_err();
        assert!(problem.mend().contains("平成元年2月"), "{}", problem.mend());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(n in 683_734_i32..760_000, context in 720_000_i32..760_000) {
            let date = NaiveDate::from_num_days_from_ce_opt(n).unwrap();
            let context = NaiveDate::from_num_days_from_ce_opt(context).unwrap();
            prop_assert_eq!(parse_date(&format_era(date), context), Ok(date));
            prop_assert_eq!(parse_date(&format_era_short(date), context), Ok(date));
            prop_assert_eq!(parse_date(&date.to_string(), context), Ok(date));
            let first = date.with_day(1).unwrap();
            prop_assert_eq!(parse_month(&format_era_month(date), context), Ok(first));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,16}", context in 720_000_i32..760_000) {
            let context = NaiveDate::from_num_days_from_ce_opt(context).unwrap();
            let _ = parse_date(&text, context);
            let _ = parse_month(&text, context);
        }

        #[test]
        fn nor_does_text_like_a_date(text in "[令和平成昭RHS元]{0,2}[0-9]{0,4}[年./-][0-9]{0,3}[月./-][0-9]{0,3}日?") {
            let _ = parse_date(&text, NaiveDate::default());
            let _ = parse_month(&text, NaiveDate::default());
        }
    }
}
