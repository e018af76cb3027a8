use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Figures reckoned with whole fractions by an independent script, `tests/vectors/earned_value.py`, among them the worked
/// example of its origin. `null` where a figure does not exist. Shown values are rounded half away from zero to 6 places.
#[derive(Deserialize)]
struct Vector {
    name: String,
    pv: Decimal,
    ev: Decimal,
    ac: Decimal,
    bac: Decimal,
    sv: Decimal,
    cv: Decimal,
    spi: Option<Decimal>,
    cpi: Option<Decimal>,
    complete: Option<Decimal>,
    eac: [Option<Decimal>; 3],
    etc: [Option<Decimal>; 3],
    vac: [Option<Decimal>; 3],
    tcpi_bac: Option<Decimal>,
    tcpi_eac: [Option<Decimal>; 3],
}

const OUTLOOKS: [Outlook; 3] = [Outlook::Typical, Outlook::Atypical, Outlook::Both];

fn close(got: Option<Decimal>, wanted: Option<Decimal>, place: &str) {
    match (got, wanted) {
        (None, None) => {}
        (Some(got), Some(wanted)) => {
            // The script rounds to six places.
            assert!((got - wanted).abs() <= Decimal::new(1, 6), "{place}: {got}, wanted {wanted}");
        }
        _ => panic!("{place}: {got:?}, wanted {wanted:?}"),
    }
}

#[test]
fn figures_are_those_of_an_independent_script() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../tests/vectors/earned_value.json")).unwrap();
    assert!(vectors.len() > 40);
    for v in vectors {
        let f = Figures { planned: v.pv, earned: v.ev, actual: v.ac, budget: v.bac };
        assert_eq!((f.schedule_variance(), f.cost_variance()), (v.sv, v.cv), "{}", v.name);
        close(f.schedule_index(), v.spi, &format!("{} SPI", v.name));
        close(f.cost_index(), v.cpi, &format!("{} CPI", v.name));
        close(f.complete(), v.complete, &format!("{} percent", v.name));
        close(f.needed_for_budget(), v.tcpi_bac, &format!("{} TCPI(BAC)", v.name));
        for (at, outlook) in OUTLOOKS.into_iter().enumerate() {
            let place = |what: &str| format!("{} {what} {outlook:?}", v.name);
            close(f.at_completion(outlook), v.eac[at], &place("EAC"));
            close(f.remaining(outlook), v.etc[at], &place("ETC"));
            close(f.variance_at_completion(outlook), v.vac[at], &place("VAC"));
            close(f.needed_for_estimate(outlook), v.tcpi_eac[at], &place("TCPI(EAC)"));
        }
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn item(measure: Measure, started: Option<&str>, finished: Option<&str>) -> Item {
    Item {
        budget: Decimal::from(100),
        starts_on: day("2026-11-02"),
        ends_on: day("2026-11-13"),
        measure,
        started_on: started.map(day),
        finished_on: finished.map(day),
    }
}

#[test]
fn each_rule_earns_and_plans_as_it_says() {
    let calendar = BusinessCalendar::government();
    let milestones = || Measure::Milestones(vec![(30.into(), Some(day("2026-11-05"))), (70.into(), None)]);
    let percent = || Measure::Percent(vec![(day("2026-11-10"), 60.into()), (day("2026-11-06"), 20.into())]);
    // Business days of the plan: 2, 4, 5, 6, 9, 10, 11, 12, 13 November (3 is 文化の日).
    let table = [
        (Measure::ZeroHundred, "2026-11-10", "0", "0"),
        (Measure::ZeroHundred, "2026-11-12", "0", "100"),
        (Measure::ZeroHundred, "2026-11-13", "100", "100"),
        (Measure::FiftyFifty, "2026-11-01", "0", "0"),
        (Measure::FiftyFifty, "2026-11-02", "50", "0"),
        (Measure::FiftyFifty, "2026-11-04", "50", "50"),
        (Measure::FiftyFifty, "2026-11-12", "50", "100"),
        (milestones(), "2026-11-04", "22.2222", "0"),
        (milestones(), "2026-11-05", "33.3333", "30"),
        (milestones(), "2026-11-08", "44.4444", "30"),
        (percent(), "2026-11-05", "33.3333", "0"),
        (percent(), "2026-11-09", "55.5556", "20"),
        (percent(), "2026-11-10", "66.6667", "60"),
        (percent(), "2026-11-30", "100", "100"),
    ];
    for (measure, on, planned, earned) in table {
        let started = Some("2026-11-04");
        let finished = (on >= "2026-11-12").then_some("2026-11-12");
        let got = figures(&[item(measure.clone(), started, finished)], &[], day(on), &calendar);
        let shown = |value: Decimal| value.round_dp(4).normalize().to_string();
        assert_eq!((shown(got.planned), shown(got.earned)), (planned.into(), earned.into()), "{measure:?} {on}");
    }
}

#[test]
fn the_curve_ends_each_week_on_a_business_day_and_knows_nothing_of_the_future() {
    let calendar = BusinessCalendar::government();
    let items = [Item { ends_on: day("2026-11-30"), ..item(Measure::Percent(Vec::new()), None, None) }];
    let spent = [(day("2026-11-05"), Decimal::from(8)), (day("2026-11-24"), Decimal::from(4))];
    let points = curve(&items, &spent, day("2026-11-24"), &calendar);
    let shown: Vec<String> = points.iter().map(|point| point.day.to_string()).collect();
    // 23 November is 勤労感謝の日; the week of the 24th is cut by today.
    assert_eq!(shown, ["2026-11-06", "2026-11-13", "2026-11-20", "2026-11-24", "2026-11-27", "2026-11-30"]);
    let actual: Vec<Option<Decimal>> = points.iter().map(|point| point.known.map(|known| known.1)).collect();
    assert_eq!(actual, [Some(8.into()), Some(8.into()), Some(8.into()), Some(12.into()), None, None]);
    assert_eq!(points.last().unwrap().planned, Decimal::from(100));
    let year = [Item { ends_on: day("2027-06-30"), ..items[0].clone() }];
    let months = curve(&year, &[], day("2026-10-01"), &calendar);
    let shown: Vec<String> = months.iter().map(|point| point.day.to_string()).collect();
    assert_eq!(
        shown,
        [
            "2026-11-30",
            "2026-12-28",
            "2027-01-29",
            "2027-02-26",
            "2027-03-31",
            "2027-04-30",
            "2027-05-31",
            "2027-06-30"
        ]
    );
}

proptest! {
    /// Planned value never falls as days go by, and reaches the budget.
    #[test]
    fn planned_value_rises_to_the_budget(
        plans in prop::collection::vec((0u64..200, 0u64..120, 1i64..10_000, 0usize..4), 1..20),
    ) {
        let base = day("2026-04-01");
        let calendar = BusinessCalendar::government();
        let items: Vec<Item> = plans.iter().map(|&(from, length, budget, rule)| {
            let starts_on = base + chrono::Days::new(from);
            let measure = [Measure::ZeroHundred, Measure::FiftyFifty, Measure::Milestones(Vec::new()), Measure::Percent(Vec::new())][rule].clone();
            Item { budget: budget.into(), starts_on, ends_on: starts_on + chrono::Days::new(length), measure, started_on: None, finished_on: None }
        }).collect();
        let points = curve(&items, &[], base, &calendar);
        for pair in points.windows(2) {
            prop_assert!(pair[0].planned <= pair[1].planned);
        }
        let budget: Decimal = items.iter().map(|item| item.budget).sum();
        prop_assert_eq!(points.last().unwrap().planned, budget);
    }
}
