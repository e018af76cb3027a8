//! A million cases and more of every rule of money. Plain loops over numbers from a fixed seed: quick enough without
//! optimisation, and a case that fails says its numbers.
//!
//! Two witnesses: exact fractions kept here day by day or part by part, and `tests/amounts.py`, which knows nothing of this
//! code and whose results are compared by digest.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};

use super::late::{DatedRate, by_day, by_year, counted_days, hundreds, in_force};
use super::{MOST, Rate, bid, late, pay, share_of};
use crate::payment::rates;

const MILLION: u32 = 1_000_000;

/// splitmix64, as in `tests/amounts.py`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Up to fourteen digits, small ones as often as large ones.
    fn amount(&mut self) -> i64 {
        let digits = 1 + self.below(14);
        self.below(10_i64.pow(u32::try_from(digits).unwrap()))
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn after(day: NaiveDate, days: i64) -> NaiveDate {
    if days < 0 { day - Days::new(days.unsigned_abs()) } else { day + Days::new(days.unsigned_abs()) }
}

/// The rates an agency starts with, of one kind.
fn table(kind: &str) -> Vec<DatedRate> {
    let rows = rates::standard();
    let of_kind = rows.iter().filter(|row| row["kind"] == kind);
    let text = |row: &ledger::record::Body, field: &str| row[field].as_str().unwrap().to_string();
    of_kind
        .map(|row| DatedRate {
            from: day(&text(row, "from")),
            until: None,
            rate: text(row, "percent").parse().unwrap(),
        })
        .collect()
}

/// The ten rules of the independent program, a million amounts each.
#[test]
fn a_million_amounts_of_each_rule_are_those_of_an_independent_program() {
    let late_rates = table(rates::LATE_PAYMENT);
    let unpaid_rates = table(rates::UNPAID_PENALTY);
    let first = day("2009-04-01");
    let span = |dice: &mut Dice| {
        let due = after(first, dice.below(6_000));
        let done = after(due, dice.below(1_500) - 100);
        let late = (done - due).num_days().max(0);
        let left_out = if dice.below(4) == 0 { dice.below(late + 1) } else { 0 };
        (due, counted_days(due, done, left_out).unwrap())
    };
    let next = |due: NaiveDate| due.succ_opt().unwrap();
    let percents = [10, 8, 5, 3].map(Rate::percent);
    let shares = [10, 15].map(Rate::percent);
    let a_day: Rate = "0.1".parse().unwrap();
    let at = |dice: &mut Dice, count: i64| usize::try_from(dice.below(count)).unwrap();

    type Rule<'a> = Box<dyn Fn(&mut Dice) -> String + 'a>;
    let rules: [(&str, Rule<'_>); 10] = [
        (
            "total",
            Box::new(|dice| {
                let bid = dice.amount();
                bid::total_of(bid, percents[at(dice, 4)]).unwrap().0.to_string()
            }),
        ),
        ("bid", Box::new(|dice| bid::largest_for(dice.amount(), bid::CONSUMPTION_TAX).unwrap().bid.to_string())),
        (
            "late_interest",
            Box::new(|dice| {
                let unpaid = dice.amount();
                let (due, days) = span(dice);
                let rate = in_force(&late_rates, next(due)).unwrap();
                hundreds(by_year(unpaid, rate, days).unwrap()).to_string()
            }),
        ),
        (
            "unpaid_penalty",
            Box::new(|dice| {
                let unpaid = dice.amount();
                let (due, days) = span(dice);
                by_year(unpaid, in_force(&unpaid_rates, next(due)).unwrap(), days).unwrap().to_string()
            }),
        ),
        (
            "late_performance",
            Box::new(|dice| {
                let part = dice.amount();
                let (_, days) = span(dice);
                by_day(part, a_day, days).unwrap().to_string()
            }),
        ),
        (
            "penalty",
            Box::new(|dice| {
                let base = dice.amount();
                share_of(base, shares[at(dice, 2)]).unwrap().to_string()
            }),
        ),
        (
            "pro_rata",
            Box::new(|dice| {
                let monthly = dice.amount();
                let in_month = 28 + dice.below(4);
                pay::part_of(monthly, dice.below(in_month + 1), in_month).unwrap().to_string()
            }),
        ),
        (
            "instalments",
            Box::new(|dice| {
                let amount = dice.amount();
                let shares = pay::instalments(amount, 1 + at(dice, 24)).unwrap();
                format!("{} {}", shares.first().unwrap(), shares.last().unwrap())
            }),
        ),
        (
            "withholding",
            Box::new(|dice| {
                let near = dice.below(2) == 0;
                let payment = if near { 1_000_000 + dice.below(2_001) - 1_000 } else { dice.amount() };
                pay::withholding_of(payment).unwrap().0.to_string()
            }),
        ),
        (
            "honorarium",
            Box::new(|dice| {
                let an_hour = dice.below(100_000);
                let gross = pay::gross_of(an_hour, dice.below(97)).unwrap();
                (gross - pay::withholding_of(gross).unwrap().0).to_string()
            }),
        ),
    ];
    let lines = include_str!("../../tests/amounts.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in lines {
        let columns: Vec<&str> = line.split('\t').collect();
        wanted.entry(columns[0]).or_default().push(columns[2]);
    }
    assert_eq!(wanted.len(), rules.len());
    let mut other = Vec::new();
    for (seed, (name, rule)) in (0..).zip(&rules) {
        let mut dice = Dice(seed);
        assert_eq!(wanted[name].len(), 10, "{name}");
        for (block, digest) in wanted[name].iter().enumerate() {
            let mut found = Sha256::new();
            for _ in 0..MILLION / 10 {
                found.update(rule(&mut dice));
                found.update("\n");
            }
            if hex::encode(found.finalize()) != *digest {
                other.push(format!("{name} {block}"));
            }
        }
    }
    assert!(other.is_empty(), "{other:?}");
}

/// Small totals each, large ones by the dice: the tax is the exact one cut to the yen, the bid comes back from its total,
/// and at 10 % every eleventh total is out of reach and no other.
#[test]
fn bids_come_back_from_their_totals_and_every_eleventh_is_out_of_reach() {
    let ten = bid::CONSUMPTION_TAX;
    let mut expected = 0;
    for wanted in 0..i64::from(MILLION) {
        let nearest = bid::largest_for(wanted, ten).unwrap();
        if wanted % 11 == 10 {
            assert!(!nearest.reaches(wanted) && nearest.bid == expected - 1, "{wanted}");
        } else {
            assert!(nearest.reaches(wanted) && nearest.bid == expected, "{wanted}");
            expected += 1;
        }
    }
    let mut dice = Dice(100);
    for _ in 0..MILLION {
        let bid = dice.amount();
        let percent = dice.below(31);
        let rate = Rate::percent(u32::try_from(percent).unwrap());
        let (total, tax) = bid::total_of(bid, rate).unwrap();
        assert_eq!(total, bid + tax);
        assert!(tax * 100 <= bid * percent && bid * percent < (tax + 1) * 100, "{bid} at {percent} %");
        // Two bids never share a total, so the largest is this one.
        let back = bid::largest_for(total, rate).unwrap();
        assert!(back.bid == bid && back.reaches(total) && total < back.next, "{bid} at {percent} %");
        let wanted = dice.amount();
        let nearest = bid::largest_for(wanted, ten).unwrap();
        assert_eq!(nearest.reaches(wanted), wanted % 11 != 10, "{wanted}");
        assert!(nearest.total <= wanted && wanted < nearest.next, "{wanted}");
    }
}

/// Two thousand debts, each walked for six hundred days over the table of rates: what is added day by day as an exact
/// fraction and cut at the end is what the span gives on every one of the days, and no day is cut by itself.
#[test]
fn interest_day_by_day_is_interest_by_span_on_every_day() {
    let rates = table(rates::LATE_PAYMENT);
    let unpaid_rates = table(rates::UNPAID_PENALTY);
    let mut dice = Dice(101);
    for _ in 0..2_000 {
        let unpaid = dice.amount();
        let due = after(day("2009-03-31"), dice.below(6_500));
        let first = after(due, 1);
        // The slow look-up: the table from its end.
        let slow = |table: &[DatedRate]| table.iter().rev().find(|row| row.from <= first).unwrap().rate;
        let (rate, unpaid_rate) = (in_force(&rates, first).unwrap(), in_force(&unpaid_rates, first).unwrap());
        assert_eq!((rate, unpaid_rate), (slow(&rates), slow(&unpaid_rates)), "{first}");
        let (mut owed, mut owed_penalty, mut late_work) = (0_i128, 0_i128, 0_i128);
        let (mut before, mut walked, mut left_out) = (0, due, 0);
        for late in 1..=600 {
            walked = walked.succ_opt().unwrap();
            // Some days are those of a disaster: nothing is added.
            if dice.below(20) == 0 {
                left_out += 1;
            } else {
                owed += i128::from(unpaid) * rate.wide();
                owed_penalty += i128::from(unpaid) * unpaid_rate.wide();
                late_work += i128::from(unpaid);
            }
            let days = counted_days(due, walked, left_out).unwrap();
            assert_eq!(days, late - left_out);
            let exact = by_year(unpaid, rate, days).unwrap();
            let paid = hundreds(exact);
            // In parts of 1/365,000,000 yen: nothing lost but what is less than a hundred yen, nothing made.
            let year = 365_i128 * 1_000_000;
            let place = || format!("{unpaid} due {due} paid {walked}");
            assert!(i128::from(exact) * year <= owed && owed < i128::from(exact + 1) * year, "{}", place());
            assert!(paid % 100 == 0 && paid <= exact && exact - paid < 100 && before <= paid, "{}", place());
            let penalty = i128::from(by_year(unpaid, unpaid_rate, days).unwrap());
            assert!(penalty * year <= owed_penalty && owed_penalty < (penalty + 1) * year, "{}", place());
            let work = i128::from(by_day(unpaid, "0.1".parse().unwrap(), days).unwrap());
            assert_eq!(work, late_work / 1_000, "{}", place());
            before = paid;
        }
    }
}

/// What pages and papers show ends in the amount that was reckoned, for late days and early ones.
#[test]
fn steps_end_in_the_amount_that_was_reckoned() {
    let mut dice = Dice(102);
    let rates = table(rates::LATE_PAYMENT);
    for _ in 0..20_000 {
        let (amount, due) = (dice.amount() / 1_000, after(day("2009-04-01"), dice.below(6_000)));
        let done = after(due, dice.below(400) - 50);
        let rate = in_force(&rates, after(due, 1)).unwrap();
        let days = counted_days(due, done, 0).unwrap();
        for (found, wanted) in [
            (late::payment_interest(amount, due, done, 0, rate), hundreds(by_year(amount, rate, days).unwrap())),
            (late::penalty_interest(amount, due, done, rate), by_year(amount, rate, days).unwrap()),
            (late::performance(amount, due, done, rate), by_day(amount, rate, days).unwrap()),
            (late::penalty(amount, rate), share_of(amount, rate).unwrap()),
            (bid::total(amount, rate), bid::total_of(amount, rate).unwrap().0),
            (pay::withholding(amount), pay::withholding_of(amount).unwrap().0),
            (pay::pro_rata(amount, days % 29, 28), pay::part_of(amount, days % 29, 28).unwrap()),
        ] {
            let found = found.unwrap();
            assert_eq!((found.amount, found.steps.last().unwrap().value), (wanted, wanted), "{amount} {due} {done}");
        }
    }
}

/// A month cut into runs of days: each part is the exact one cut to the yen, together they never exceed the month, and
/// lack less than a yen a part. The whole month is the whole amount: what is cut stays with who pays.
#[test]
fn parts_of_a_month_never_exceed_the_month_and_lack_less_than_a_yen_each() {
    let mut dice = Dice(103);
    let mut parts = 0;
    while parts < 2 * MILLION {
        let monthly = if dice.below(50) == 0 { MOST } else { dice.amount() };
        let in_month = 28 + dice.below(4);
        let (mut left, mut sum, mut count) = (in_month, 0, 0);
        while left > 0 {
            let days = 1 + dice.below(left);
            let part = pay::part_of(monthly, days, in_month).unwrap();
            let exact = i128::from(monthly) * i128::from(days);
            let whole = i128::from(part) * i128::from(in_month);
            assert!(whole <= exact && exact < whole + i128::from(in_month), "{monthly} × {days} / {in_month}");
            (left, sum, count) = (left - days, sum + part, count + 1);
        }
        assert!(sum <= monthly && monthly - sum < count, "{monthly} in {count} parts of {in_month}");
        assert_eq!(pay::part_of(monthly, in_month, in_month).unwrap(), monthly);
        parts += u32::try_from(count).unwrap();
    }
}

/// Instalments make the amount; all but the first are alike, and the first bears less than a yen more for each of them.
#[test]
fn instalments_make_the_amount_to_the_yen() {
    let mut dice = Dice(104);
    for _ in 0..MILLION {
        let amount = if dice.below(50) == 0 { MOST } else { dice.amount() };
        let count = 1 + dice.below(14);
        let shares = pay::instalments(amount, usize::try_from(count).unwrap()).unwrap();
        assert_eq!(shares.iter().sum::<i64>(), amount, "{amount} in {count}");
        let (first, last) = (shares[0], shares[shares.len() - 1]);
        assert!(shares[1..].iter().all(|share| *share == last), "{amount} in {count}");
        assert!((0..count).contains(&(first - last)), "{amount} in {count}");
    }
}

/// Every payment to two million and a million larger ones: the tax is the exact one cut to the yen, tax and pay make the
/// payment, more pay never leaves less, and the rate changes at a million and nowhere else.
#[test]
fn withheld_tax_is_exact_on_both_sides_of_a_million_yen() {
    let tax_of = |payment: i64| pay::withholding_of(payment).unwrap().0;
    let is_exact = |payment: i64, tax: i64| {
        let (payment, tax) = (i128::from(payment), i128::from(tax));
        let exact = if payment <= 1_000_000 { payment * 1_021 } else { 1_021_000_000 + (payment - 1_000_000) * 2_042 };
        tax * 10_000 <= exact && exact < (tax + 1) * 10_000
    };
    let mut before = 0;
    for payment in 0..2 * i64::from(MILLION) {
        let tax = tax_of(payment);
        assert!(is_exact(payment, tax) && (0..=1).contains(&(tax - before)), "{payment}");
        before = tax;
    }
    let mut dice = Dice(105);
    for _ in 0..MILLION {
        let payment = if dice.below(50) == 0 { MOST } else { dice.amount() };
        let (tax, first, second) = pay::withholding_of(payment).unwrap();
        assert!(is_exact(payment, tax) && tax == first + second && tax <= payment, "{payment}");
        assert!(first <= 102_100 && (second == 0 || first == 102_100), "{payment}");
        let (an_hour, quarters) = (dice.below(100_000), dice.below(97));
        let gross = pay::gross_of(an_hour, quarters).unwrap();
        assert!(gross * 4 <= an_hour * quarters && an_hour * quarters < (gross + 1) * 4, "{an_hour} × {quarters}");
    }
}

/// A penalty is its share cut to the yen; the shares of the parts of a contract never exceed the share of the whole, and
/// lack less than a yen a part.
#[test]
fn penalties_of_the_parts_never_exceed_that_of_the_whole() {
    let mut dice = Dice(106);
    for _ in 0..MILLION {
        let (one, other) = (dice.amount(), dice.amount());
        let percent = [10, 15][usize::try_from(dice.below(2)).unwrap()];
        let of = |base: i64| share_of(base, Rate::percent(percent)).unwrap();
        let whole = of(one + other);
        let exact = (one + other) * i64::from(percent);
        assert!(whole * 100 <= exact && exact < (whole + 1) * 100, "{one} + {other}");
        assert!((0..2).contains(&(whole - of(one) - of(other))), "{one} + {other}");
        let days = dice.below(400);
        let late = |part: i64| by_day(part, "0.1".parse().unwrap(), days).unwrap();
        assert!((0..2).contains(&(late(one + other) - late(one) - late(other))), "{one} + {other}, {days} days");
        assert!(late(one) <= by_day(one, "0.1".parse().unwrap(), days + 1).unwrap());
    }
}
