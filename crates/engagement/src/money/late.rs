//! What lateness and breach cost: interest on late payment by the agency, damages for late performance and penalties of
//! the contractor, interest on unpaid penalties.

use chrono::NaiveDate;

use super::{MoneyError, Rate, Reckoned, Step, grouped, narrow, rate::WHOLE, share_of, within};

/// Days of a year in rates by the year, leap years included (年当たりの割合の基礎となる日数に関する法律).
const YEAR: i128 = 365;

/// A rate that holds from a day until the next row's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatedRate {
    /// First day.
    pub from: NaiveDate,
    /// The last day for which it is known; none where it holds until the next row begins.
    pub until: Option<NaiveDate>,
    /// Percent a year.
    pub rate: Rate,
}

/// The rate in force on a day: that of the last row that has begun, as long as it is known.
pub fn in_force(rates: &[DatedRate], day: NaiveDate) -> Option<Rate> {
    let row = rates.iter().filter(|row| row.from <= day).max_by_key(|row| row.from)?;
    row.until.is_none_or(|until| day <= until).then_some(row.rate)
}

/// Interest of the agency on a payment after its due day: unpaid × rate × days ÷ 365, from the day after the due day to
/// the day of payment, days of natural disaster not counted. Below 100 yen nothing is paid, fractions of 100 yen are cut
/// (支払遅延防止法, art. 8 and its second paragraph; 契約書 art. 8(2)). The rate is the one in force on the day after the
/// agreed period ends.
///
/// # Errors
/// [`MoneyError`] where the amount is out of range or more days are left out than there are.
pub fn payment_interest(
    unpaid: i64,
    due: NaiveDate,
    paid: NaiveDate,
    left_out: i64,
    rate: Rate,
) -> Result<Reckoned, MoneyError> {
    let days = counted_days(due, paid, left_out)?;
    let exact = by_year(unpaid, rate, days)?;
    let amount = hundreds(exact);
    let words = if exact < 100 { "100円未満は支払わない" } else { "100円未満切捨て" };
    let mut steps = days_steps(due, paid, left_out, days);
    steps.push(Step::new(
        "遅延利息（端数処理の前）",
        format!("{} × {rate}% × {days}日 ÷ 365日", grouped(unpaid)),
        exact,
    ));
    steps.push(Step::new("遅延利息", words, amount));
    Ok(Reckoned { amount, steps })
}

/// Interest on a penalty that is not paid by its due day: unpaid × rate × days ÷ 365, fractions of a yen cut
/// (契約書 art. 12(2); 債権管理法施行令 art. 29).
///
/// # Errors
/// [`MoneyError::Range`].
pub fn penalty_interest(unpaid: i64, due: NaiveDate, paid: NaiveDate, rate: Rate) -> Result<Reckoned, MoneyError> {
    let days = counted_days(due, paid, 0)?;
    let amount = by_year(unpaid, rate, days)?;
    let mut steps = days_steps(due, paid, 0, days);
    let formula = format!("{} × {rate}% × {days}日 ÷ 365日（1円未満切捨て）", grouped(unpaid));
    steps.push(Step::new("遅延利息", formula, amount));
    Ok(Reckoned { amount, steps })
}

/// Damages for late performance: the part that is late × rate of a day × days, fractions of a yen cut (契約書 art. 10:
/// 0.1 % a day).
///
/// # Errors
/// [`MoneyError::Range`].
pub fn performance(part: i64, due: NaiveDate, done: NaiveDate, a_day: Rate) -> Result<Reckoned, MoneyError> {
    let days = counted_days(due, done, 0)?;
    let amount = by_day(part, a_day, days)?;
    let mut steps = days_steps(due, done, 0, days);
    let formula = format!("{} × {a_day}% × {days}日（1円未満切捨て）", grouped(part));
    steps.push(Step::new("遅延損害金", formula, amount));
    Ok(Reckoned { amount, steps })
}

/// A penalty as a share of the contract amount, or of the cancelled part of it, fractions of a yen cut (契約書 art. 11: 10 %;
/// 談合等の特約 art. 2: 10 %, in grave cases 15 %; 暴力団排除の特約 art. 5: 10 %).
///
/// # Errors
/// [`MoneyError::Range`].
pub fn penalty(base: i64, share: Rate) -> Result<Reckoned, MoneyError> {
    let amount = share_of(base, share)?;
    let step = Step::new("違約金", format!("{} × {share}%（1円未満切捨て）", grouped(base)), amount);
    Ok(Reckoned { amount, steps: vec![step] })
}

/// amount × rate of a year × days ÷ 365, fractions of a yen cut once, at the end.
pub(super) fn by_year(amount: i64, rate: Rate, days: i64) -> Result<i64, MoneyError> {
    narrow(within(amount)? * rate.wide() * i128::from(days) / (WHOLE * YEAR))
}

/// amount × rate of a day × days, fractions of a yen cut once, at the end.
pub(super) fn by_day(amount: i64, rate: Rate, days: i64) -> Result<i64, MoneyError> {
    narrow(within(amount)? * rate.wide() * i128::from(days) / WHOLE)
}

/// Fractions of 100 yen are cut, so that below 100 yen nothing is left.
pub(super) fn hundreds(exact: i64) -> i64 {
    exact / 100 * 100
}

/// Days from the day after the due day to the day itself; none when it came in time.
pub(super) fn counted_days(due: NaiveDate, done: NaiveDate, left_out: i64) -> Result<i64, MoneyError> {
    let days = (done - due).num_days().max(0);
    if (0..=days).contains(&left_out) { Ok(days - left_out) } else { Err(MoneyError::Days) }
}

fn days_steps(due: NaiveDate, done: NaiveDate, left_out: i64, days: i64) -> Vec<Step> {
    let whole = (done - due).num_days().max(0);
    let wareki = |day: NaiveDate| calendar::format_era(day);
    let mut steps = Vec::new();
    let formula = match due.succ_opt() {
        Some(first) if whole > 0 => format!("{}から{}まで", wareki(first), wareki(done)),
        _ => "期限までに済んでいる".into(),
    };
    steps.push(Step::new("遅れた日数", formula, whole));
    if left_out > 0 {
        steps.push(Step::new("数える日数", format!("{whole}日 － 天災地変などの{left_out}日"), days));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    /// Worked out by hand (bc -l), not with this code.
    #[test]
    fn interest_is_cut_to_hundreds_and_nothing_below() {
        for (unpaid, due, paid, left_out, percent, amount) in [
            (10_000_000, "2024-05-31", "2024-06-30", 0, "2.5", 20_500), // 20,547.9
            (1_000_000, "2024-05-31", "2024-06-01", 0, "2.5", 0),       // 68.4
            (1_460_000, "2024-05-31", "2024-06-01", 0, "2.5", 100),     // exactly 100
            (1_459_999, "2024-05-31", "2024-06-01", 0, "2.5", 0),       // 99.99…
            (10_000_000, "2024-05-31", "2024-06-30", 10, "2.5", 13_600), // 13,698.6
            (10_000_000, "2024-02-28", "2025-02-28", 0, "2.5", 250_600), // 366 days over 365: 250,684.9
            (10_000_000, "2024-05-31", "2024-05-31", 0, "2.5", 0),
            (10_000_000, "2024-05-31", "2024-05-01", 0, "2.5", 0),
        ] {
            let found = payment_interest(unpaid, day(due), day(paid), left_out, rate(percent)).unwrap();
            assert_eq!(found.amount, amount, "{unpaid} {due} {paid}");
            assert_eq!(found.steps.last().unwrap().value, amount);
        }
        let more = payment_interest(1, day("2024-05-31"), day("2024-06-01"), 2, rate("2.5"));
        assert_eq!(more, Err(MoneyError::Days));
    }

    #[test]
    fn penalties_are_those_of_the_contract() {
        assert_eq!(performance(1_000_000, day("2024-06-10"), day("2024-06-20"), rate("0.1")).unwrap().amount, 10_000);
        assert_eq!(performance(999, day("2024-06-10"), day("2024-06-11"), rate("0.1")).unwrap().amount, 0);
        assert_eq!(penalty(13_580_239, rate("10")).unwrap().amount, 1_358_023);
        assert_eq!(penalty(13_580_239, rate("15")).unwrap().amount, 2_037_035);
        let unpaid = penalty_interest(1_000_000, day("2024-06-30"), day("2024-07-30"), rate("3")).unwrap();
        assert_eq!(unpaid.amount, 2_465); // 2,465.75
    }

    #[test]
    fn the_rate_is_the_one_of_the_day() {
        let rows = [("2020-04-01", "2.6"), ("2021-04-01", "2.5"), ("2017-04-01", "2.7")]
            .map(|(from, percent)| DatedRate { from: day(from), until: None, rate: rate(percent) });
        for (on, percent) in
            [("2017-04-01", "2.7"), ("2020-03-31", "2.7"), ("2020-04-01", "2.6"), ("2024-01-01", "2.5")]
        {
            assert_eq!(in_force(&rows, day(on)), Some(rate(percent)), "{on}");
        }
        assert_eq!(in_force(&rows, day("2017-03-31")), None);
        let known = [DatedRate { until: Some(day("2022-03-31")), ..rows[1] }];
        assert_eq!(in_force(&known, day("2022-03-31")), Some(rate("2.5")));
        assert_eq!(in_force(&known, day("2022-04-01")), None, "what nobody confirmed is not taken to go on");
    }
}
