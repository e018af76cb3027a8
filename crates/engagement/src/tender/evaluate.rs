//! Which bid is to be awarded, and what comes next when none is (予決令 art. 79-86; 入札説明書 13; 入札心得書 art. 8-10).
//!
//! Amounts of bids are without tax; ceiling and base of the investigation are with tax, as the contract is. What is compared
//! is therefore the bid and the tax on it, fractions of a yen cut (入札公告 5(2), 11(1)). Two bids never share a total, so
//! that equal totals are equal bids.

use crate::money::{MoneyError, Rate, bid, grouped};

/// Ceilings above this ask for an investigation of low prices (入札心得書 art. 8: 予定価格が1,000万円を超える).
pub const INVESTIGATED_ABOVE: i64 = 10_000_000;

/// A valid bid of the round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Valid {
    /// Bid number.
    pub number: String,
    /// Amount without tax, in yen.
    pub amount: i64,
    /// What an investigation said of it.
    pub looked_into: Option<Decision>,
}

/// The end of an investigation of a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may be awarded.
    Accept,
    /// The next lowest is awarded instead.
    Skip,
}

/// What a round is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Reserve price with tax (予定価格), in yen.
    pub ceiling: i64,
    /// Below this an investigation is made (調査基準価格), with tax, in yen.
    pub base: Option<i64>,
    /// Consumption tax.
    pub tax: Rate,
    /// This round, from 1.
    pub round: u32,
    /// Rounds at most.
    pub rounds: u32,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// This bid is awarded.
    Award {
        /// Bid number.
        bid: String,
    },
    /// Lots among these, in order of their numbers.
    Lottery {
        /// Bid numbers.
        tied: Vec<String>,
    },
    /// This bid is looked into first.
    Investigate {
        /// Bid number.
        bid: String,
    },
    /// Another round.
    Again,
    /// Nobody is awarded (不調).
    Nobody,
}

/// A line of the calculation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub label: String,
    /// How.
    pub formula: String,
    /// What came out.
    pub value: String,
}

/// A finding with the calculation that leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What comes next.
    pub finding: Finding,
    /// Lowest amount of the valid bids, without tax.
    pub lowest: Option<i64>,
    /// Line by line.
    pub lines: Vec<Line>,
}

/// Judge the valid bids of a round. `lots` is the order that lots gave, first the one drawn; empty before lots.
///
/// # Errors
/// [`MoneyError::Range`] for an amount that is none that is reckoned with.
pub fn evaluate(bids: &[Valid], lots: &[String], measure: Measure) -> Result<Judged, MoneyError> {
    let mut totals: Vec<(i64, &Valid)> = Vec::new();
    for one in bids {
        totals.push((bid::total(one.amount, measure.tax)?.amount, one));
    }
    totals.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.number.cmp(&b.number)));
    let mut lines: Vec<Line> = totals.iter().map(|(total, one)| weighed(*total, one, measure)).collect();
    let lowest = totals.iter().map(|(_, one)| one.amount).min();
    let open: Vec<&(i64, &Valid)> = totals
        .iter()
        .filter(|(total, one)| *total <= measure.ceiling && one.looked_into != Some(Decision::Skip))
        .collect();
    let Some((least, _)) = open.first() else {
        let again = measure.round < measure.rounds && !bids.is_empty();
        let words = match (again, bids.is_empty()) {
            (true, _) => format!("第{}回。限度の{}回までなので、再度の入札ができます", measure.round, measure.rounds),
            (false, true) => "有効な入札がありません".into(),
            (false, false) => format!("入札の回数の限度（{}回）に達しました", measure.rounds),
        };
        lines.push(line("判定", words, if again { "再度の入札" } else { "落札者なし" }));
        let finding = if again { Finding::Again } else { Finding::Nobody };
        return Ok(Judged { finding, lowest, lines });
    };
    let tied: Vec<&Valid> = open.iter().filter(|(total, _)| total == least).map(|(_, one)| *one).collect();
    let chosen = match tied.as_slice() {
        [only] => Some(*only),
        several => lots.iter().find_map(|number| several.iter().find(|one| one.number == *number).copied()),
    };
    let Some(chosen) = chosen else {
        let tied: Vec<String> = tied.iter().map(|one| one.number.clone()).collect();
        lines.push(line("判定", format!("同じ価格の先頭が{}通あります", tied.len()), "くじ"));
        return Ok(Judged { finding: Finding::Lottery { tied }, lowest, lines });
    };
    if tied.len() > 1 {
        lines.push(line("くじ", format!("同じ価格の{}通から、くじで決めました", tied.len()), &chosen.number));
    }
    let bid = chosen.number.clone();
    let base = measure.base.filter(|base| measure.ceiling > INVESTIGATED_ABOVE && *least < *base);
    if let Some(base) = base
        && chosen.looked_into.is_none()
    {
        let words = format!("{} ＜ 調査基準価格{}、予定価格は1,000万円を超える", grouped(*least), grouped(base));
        lines.push(line("判定", words, "低入札価格調査"));
        return Ok(Judged { finding: Finding::Investigate { bid }, lowest, lines });
    }
    let words = format!("予定価格{}以内で最低の有効な入札", grouped(measure.ceiling));
    lines.push(line("判定", words, &format!("{bid}を落札者とする")));
    Ok(Judged { finding: Finding::Award { bid }, lowest, lines })
}

fn line(label: &str, formula: String, value: &str) -> Line {
    Line { label: label.into(), formula, value: value.into() }
}

/// One bid against the ceiling.
fn weighed(total: i64, one: &Valid, measure: Measure) -> Line {
    let tax = total - one.amount;
    let sum =
        format!("{} ＋ {}（{}%、1円未満切捨て）＝ {}", grouped(one.amount), grouped(tax), measure.tax, grouped(total));
    let (sign, words) =
        if total <= measure.ceiling { ("≦", "予定価格以内") } else { ("＞", "予定価格を超える") };
    let words = match one.looked_into {
        Some(Decision::Skip) => "落札者としない（調査の決定）",
        Some(Decision::Accept) => "予定価格以内（調査の決定により落札者としてよい）",
        None => words,
    };
    line(&one.number, format!("{sum} {sign} {}", grouped(measure.ceiling)), words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measure(ceiling: i64, round: u32) -> Measure {
        Measure { ceiling, base: None, tax: bid::CONSUMPTION_TAX, round, rounds: 2 }
    }

    fn bids(amounts: &[(&str, i64)]) -> Vec<Valid> {
        let bid =
            |(number, amount): &(&str, i64)| Valid { number: (*number).into(), amount: *amount, looked_into: None };
        amounts.iter().map(bid).collect()
    }

    fn award(bid: &str) -> Finding {
        Finding::Award { bid: bid.into() }
    }

    #[test]
    fn rounds_ties_and_the_ceiling() {
        let tied = |names: &[&str]| Finding::Lottery { tied: names.iter().map(|name| (*name).to_string()).collect() };
        // amounts without tax, ceiling with tax, round, lots, finding
        let cases: [(&[(&str, i64)], i64, u32, &[&str], Finding); 13] = [
            (&[("a", 1_000), ("b", 900)], 1_100, 1, &[], award("b")),
            (&[("a", 1_000)], 1_100, 1, &[], award("a")), // exactly the ceiling
            (&[("a", 1_001)], 1_100, 1, &[], Finding::Again), // 1,101 is above it
            (&[("a", 1_001)], 1_101, 1, &[], award("a")), // 1,001 + 100 (100.1 cut)
            (&[("a", 1_009)], 1_109, 1, &[], award("a")), // 1,009 + 100
            (&[("a", 1_010)], 1_110, 1, &[], Finding::Again), // 1,010 + 101
            (&[("a", 2_000), ("b", 1_500)], 1_100, 2, &[], Finding::Nobody),
            (&[], 1_100, 1, &[], Finding::Nobody),
            (&[("b", 900), ("a", 900), ("c", 901)], 1_100, 1, &[], tied(&["a", "b"])),
            (&[("b", 900), ("a", 900), ("c", 901)], 1_100, 2, &["b", "a"], award("b")),
            (&[("b", 900), ("a", 900), ("c", 900)], 1_100, 1, &["c", "a", "b"], award("c")),
            (&[("a", 2_000), ("b", 2_000)], 1_100, 1, &[], Finding::Again), // equal, but above the ceiling
            (&[("a", 900), ("b", 2_000), ("c", 2_000)], 1_100, 1, &[], award("a")),
        ];
        for (at, (amounts, ceiling, round, lots, finding)) in cases.into_iter().enumerate() {
            let lots: Vec<String> = lots.iter().map(|name| (*name).to_string()).collect();
            let judged = evaluate(&bids(amounts), &lots, measure(ceiling, round)).unwrap();
            assert_eq!(judged.finding, finding, "case {at}");
            assert_eq!(judged.lowest, amounts.iter().map(|(_, amount)| *amount).min(), "case {at}");
        }
        // A special reason allowed a third round.
        let third = Measure { rounds: 3, ..measure(1_100, 2) };
        assert_eq!(evaluate(&bids(&[("a", 5_000)]), &[], third).unwrap().finding, Finding::Again);
    }

    #[test]
    fn a_low_price_is_looked_into_only_above_ten_million() {
        let low = |ceiling, base| Measure { base: Some(base), ..measure(ceiling, 1) };
        let of = |amount, looked_into| Valid { number: "a".into(), amount, looked_into };
        let investigate = Finding::Investigate { bid: "a".into() };
        for (amount, looked_into, measure, finding) in [
            (5_000_000, None, low(10_000_001, 6_000_000), investigate.clone()),
            (5_000_000, None, low(10_000_000, 6_000_000), award("a")), // not above ten million
            (5_454_546, None, low(11_000_000, 6_000_000), award("a")), // 6,000,000: not below the base
            (5_454_545, None, low(11_000_000, 6_000_000), investigate),
            (5_000_000, Some(Decision::Accept), low(11_000_000, 6_000_000), award("a")),
            (5_000_000, Some(Decision::Skip), low(11_000_000, 6_000_000), Finding::Again),
        ] {
            assert_eq!(evaluate(&[of(amount, looked_into)], &[], measure).unwrap().finding, finding, "{amount}");
        }
    }

    #[test]
    fn who_is_skipped_gives_way_to_the_next_lowest() {
        let mut all = bids(&[("a", 800), ("b", 900), ("c", 900)]);
        all[0].looked_into = Some(Decision::Skip);
        let judged = evaluate(&all, &[], measure(1_100, 1)).unwrap();
        assert_eq!(judged.finding, Finding::Lottery { tied: vec!["b".into(), "c".into()] });
        let lots = vec!["c".to_string(), "b".into()];
        assert_eq!(evaluate(&all, &lots, measure(1_100, 1)).unwrap().finding, award("c"));
        // The one drawn is skipped later: the other of the same price is alone now.
        all[2].looked_into = Some(Decision::Skip);
        assert_eq!(evaluate(&all, &lots, measure(1_100, 1)).unwrap().finding, award("b"));
    }

    proptest! {
        #[test]
        fn the_order_of_filing_changes_nothing(
            amounts in prop::collection::vec(1..40_i64, 0..8), ceiling in 1..50_i64, turn in 0..8_usize
        ) {
            let all: Vec<Valid> = amounts.iter().enumerate()
                .map(|(at, amount)| Valid { number: format!("{at}"), amount: *amount, looked_into: None }).collect();
            let mut turned = all.clone();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
                turned.reverse();
            }
            let one = evaluate(&all, &[], measure(ceiling, 1)).unwrap();
            prop_assert_eq!(&one, &evaluate(&turned, &[], measure(ceiling, 1)).unwrap());
            // Whoever is awarded has the lowest of all bids and keeps within the ceiling.
            if let Finding::Award { bid } = &one.finding {
                let won = all.iter().find(|valid| valid.number == *bid).unwrap().amount;
                prop_assert_eq!(Some(&won), amounts.iter().min());
                prop_assert!(won + won / 10 <= ceiling);
            }
        }
    }
}
