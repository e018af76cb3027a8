//! What is paid: parts of a month, instalments, honoraria less the tax withheld.

use super::{MoneyError, Rate, Reckoned, Step, grouped, narrow, share_of, within};

/// Payment for part of a month by its days, fractions of a yen cut (契約書 art. 14).
///
/// # Errors
/// [`MoneyError::Days`] when more days are paid than the month has.
pub fn pro_rata(monthly: i64, days: i64, in_month: i64) -> Result<Reckoned, MoneyError> {
    let amount = part_of(monthly, days, in_month)?;
    let formula = format!("{} × {days}日 ÷ {in_month}日（1円未満切捨て）", grouped(monthly));
    Ok(Reckoned { amount, steps: vec![Step::new("日割りの額", formula, amount)] })
}

/// monthly × days ÷ days of the month, fractions of a yen cut.
pub(super) fn part_of(monthly: i64, days: i64, in_month: i64) -> Result<i64, MoneyError> {
    if in_month < 1 || !(0..=in_month).contains(&days) {
        return Err(MoneyError::Days);
    }
    narrow(within(monthly)? * i128::from(days) / i128::from(in_month))
}

/// Equal instalments; what does not divide goes to the first (端数計算法, art. 3). Their sum is the amount.
///
/// # Errors
/// [`MoneyError::Parts`] for no instalments.
pub fn instalments(amount: i64, parts: usize) -> Result<Vec<i64>, MoneyError> {
    within(amount)?;
    let count = i64::try_from(parts).ok().filter(|count| (1..=1_000).contains(count)).ok_or(MoneyError::Parts)?;
    let (each, rest) = (amount / count, amount % count);
    let mut shares = vec![each; parts];
    if let Some(first) = shares.first_mut() {
        *first += rest;
    }
    Ok(shares)
}

/// Up to here an honorarium is taxed at the lower rate, in yen.
const LOWER_UP_TO: i64 = 1_000_000;

/// Income tax withheld from one payment of an honorarium to one person, reconstruction surtax included: 10.21 % up to a
/// million yen, 20.42 % of what is above, fractions of a yen cut (所得税法 art. 204, 205; 復興財源確保法 art. 28).
///
/// # Errors
/// [`MoneyError::Range`].
pub fn withholding(payment: i64) -> Result<Reckoned, MoneyError> {
    let (amount, first, second) = withholding_of(payment)?;
    if payment <= LOWER_UP_TO {
        let formula = format!("{} × 10.21%（1円未満切捨て）", grouped(payment));
        return Ok(Reckoned { amount, steps: vec![Step::new("源泉徴収税額", formula, amount)] });
    }
    let above = payment - LOWER_UP_TO;
    Ok(Reckoned {
        amount,
        steps: vec![
            Step::new("100万円までの税額", "1,000,000 × 10.21%", first),
            Step::new("100万円を超える部分の税額", format!("{} × 20.42%（1円未満切捨て）", grouped(above)), second),
            Step::new("源泉徴収税額", format!("{} ＋ {}", grouped(first), grouped(second)), amount),
        ],
    })
}

/// The tax, its part up to a million yen and the part above.
pub(super) fn withholding_of(payment: i64) -> Result<(i64, i64, i64), MoneyError> {
    let wide = within(payment)?;
    let limit = i128::from(LOWER_UP_TO);
    let first = narrow(wide.min(limit) * 1_021 / 10_000)?;
    let second = narrow((wide - limit).max(0) * 2_042 / 10_000)?;
    Ok((first + second, first, second))
}

/// Hours in quarters, so that 1.75 hours is exact; fractions of a yen cut.
pub(super) fn gross_of(an_hour: i64, quarters: i64) -> Result<i64, MoneyError> {
    narrow(within(an_hour)? * within(quarters)? / 4)
}

/// What is paid to the person: the honorarium less the tax.
///
/// # Errors
/// [`MoneyError::Range`].
pub fn honorarium(an_hour: i64, quarters: i64) -> Result<Reckoned, MoneyError> {
    let gross = gross_of(an_hour, quarters)?;
    let hours = format!("{}.{:02}", quarters / 4, quarters % 4 * 25);
    let mut steps = vec![Step::new(
        "謝金",
        format!("{} × {}時間（1円未満切捨て）", grouped(an_hour), hours.trim_end_matches('0').trim_end_matches('.')),
        gross,
    )];
    let tax = withholding(gross)?;
    steps.extend(tax.steps);
    let amount = gross - tax.amount;
    steps.push(Step::new("差引支払額", format!("{} － {}", grouped(gross), grouped(tax.amount)), amount));
    Ok(Reckoned { amount, steps })
}

/// Share of an amount, fractions of a yen cut: what a partial acceptance is worth.
///
/// # Errors
/// [`MoneyError::Range`].
pub fn share(amount: i64, share: Rate) -> Result<Reckoned, MoneyError> {
    let part = share_of(amount, share)?;
    let formula = format!("{} × {share}%（1円未満切捨て）", grouped(amount));
    Ok(Reckoned { amount: part, steps: vec![Step::new("部分の額", formula, part)] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the domain facts, section 5.
    #[test]
    fn tax_on_honoraria_is_that_of_the_tables() {
        for (payment, tax) in [
            (8_100, 827),
            (24_300, 2_481),
            (145_800, 14_886),
            (1_000_000, 102_100),
            (1_000_001, 102_100),
            (1_166_400, 136_078),
            (0, 0),
            (9, 0),
            (10, 1),
        ] {
            assert_eq!(withholding(payment).unwrap().amount, tax, "{payment}");
        }
        let paid = honorarium(8_100, 12).unwrap();
        assert_eq!(paid.amount, 21_819);
        assert_eq!(paid.steps[0].formula, "8,100 × 3時間（1円未満切捨て）");
        assert_eq!(honorarium(8_100, 4).unwrap().amount, 7_273);
        assert_eq!(honorarium(8_100, 7).unwrap().steps[0].formula, "8,100 × 1.75時間（1円未満切捨て）");
        // 8,100 yen × 3 hours × 8 people × 6 meetings.
        assert_eq!(8 * 6 * honorarium(8_100, 12).unwrap().steps[0].value, 1_166_400);
    }

    #[test]
    fn part_of_a_month_is_cut_to_yen() {
        assert_eq!(pro_rata(1_000_000, 17, 30).unwrap().amount, 566_666);
        assert_eq!(pro_rata(1_000_000, 30, 30).unwrap().amount, 1_000_000);
        assert_eq!(pro_rata(1_000_000, 0, 28).unwrap().amount, 0);
        assert_eq!(pro_rata(1, 32, 31), Err(MoneyError::Days));
        assert_eq!(pro_rata(1, 0, 0), Err(MoneyError::Days));
        assert_eq!(instalments(1_000, 3).unwrap(), [334, 333, 333]);
        assert_eq!(instalments(1_000, 0), Err(MoneyError::Parts));
    }
}
