//! Between bid and contract amount. A bidder writes 100/110 of the wanted amount; the contract is made for the bid and
//! the tax on it, fractions of a yen cut (入札公告 5(2), 11(1)).

use super::{MOST, MoneyError, Rate, Reckoned, Step, grouped, narrow, rate::WHOLE, share_of, within};

/// The consumption tax in force since 1 October 2019. An agency keeps the rate with its tender; this is the default.
pub const CONSUMPTION_TAX: Rate = Rate::percent(10);

/// The contract amount for a bid: bid + floor(bid × rate).
///
/// # Errors
/// [`MoneyError::Range`] where the bid or the total is none that is reckoned with.
pub fn total(bid: i64, rate: Rate) -> Result<Reckoned, MoneyError> {
    let (amount, tax) = total_of(bid, rate)?;
    Ok(Reckoned {
        amount,
        steps: vec![
            Step::new("消費税及び地方消費税", format!("{} × {rate}%（1円未満切捨て）", grouped(bid)), tax),
            Step::new("契約金額", format!("{} ＋ {}", grouped(bid), grouped(tax)), amount),
        ],
    })
}

/// Contract amount and the tax in it.
pub(super) fn total_of(bid: i64, rate: Rate) -> Result<(i64, i64), MoneyError> {
    let tax = share_of(bid, rate)?;
    Ok((narrow(within(bid)? + i128::from(tax))?, tax))
}

/// The bid that comes nearest to a wanted contract amount without going over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The largest bid whose total is not above the wanted one.
    pub bid: i64,
    /// The total of that bid.
    pub total: i64,
    /// Total of the next larger bid.
    pub next: i64,
}

impl Nearest {
    /// Whether the wanted amount can be reached at all; with 10 % every 11k+10 cannot.
    pub fn reaches(&self, wanted: i64) -> bool {
        self.total == wanted
    }

    /// What is to be told to somebody who wants this amount.
    pub fn explain(&self, wanted: i64) -> String {
        let bid = grouped(self.bid);
        if self.reaches(wanted) {
            return format!("入札書に{bid}円と書くと、契約金額は{}円になります。", grouped(wanted));
        }
        format!(
            "契約金額を{}円にする入札金額はありません。入札書に{bid}円と書くと{}円、{}円と書くと{}円になります。",
            grouped(wanted),
            grouped(self.total),
            grouped(self.bid + 1),
            grouped(self.next),
        )
    }
}

/// The largest bid b with b + floor(b × rate) ≤ wanted.
///
/// # Errors
/// [`MoneyError::Range`] where the wanted amount is none that is reckoned with.
pub fn largest_for(wanted: i64, rate: Rate) -> Result<Nearest, MoneyError> {
    let wide = within(wanted)?;
    let of = |bid: i128| bid + bid * rate.wide() / WHOLE;
    // b ≤ wanted / (1 + rate) + 1 at most; the truncation moves it by less than two.
    let mut bid = wide * WHOLE / (WHOLE + rate.wide()) + 2;
    while bid > 0 && of(bid) > wide {
        bid -= 1;
    }
    let small = |amount: i128| i64::try_from(amount).unwrap_or(MOST);
    Ok(Nearest { bid: small(bid), total: small(of(bid)), next: small(of(bid + 1)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_and_unreachable_totals_are_those_of_the_notice() {
        // domain facts 5: 1,358,023 <-> 1,234,567; 10, 21, 32 cannot be reached.
        assert_eq!(total(1_234_567, CONSUMPTION_TAX).unwrap().amount, 1_358_023);
        let back = largest_for(1_358_023, CONSUMPTION_TAX).unwrap();
        assert_eq!((back.bid, back.reaches(1_358_023)), (1_234_567, true));
        for wanted in [10, 21, 32, 1_000_011 / 11 * 11 + 10] {
            let nearest = largest_for(wanted, CONSUMPTION_TAX).unwrap();
            assert!(!nearest.reaches(wanted), "{wanted}");
            assert!(nearest.explain(wanted).contains("入札金額はありません"));
        }
        assert_eq!(total(-1, CONSUMPTION_TAX), Err(MoneyError::Range));
        assert_eq!(total(MOST, CONSUMPTION_TAX), Err(MoneyError::Range));
    }
}
