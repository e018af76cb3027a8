use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Networks and their dates as an independent script found them by walking every path: `tests/vectors/schedule.py`.
#[derive(Deserialize)]
struct Vector {
    name: String,
    from: NaiveDate,
    works: Vec<VectorWork>,
}

#[derive(Deserialize)]
struct VectorWork {
    id: String,
    days: u32,
    after: Vec<String>,
    not_before: Option<NaiveDate>,
    early: (NaiveDate, NaiveDate),
    late: (NaiveDate, NaiveDate),
    float: u32,
}

fn work(id: &str, days: u32, after: &[&str]) -> Work {
    let after = after.iter().map(|id| (*id).to_string()).collect();
    Work { id: id.into(), label: id.into(), days, after, not_before: None }
}

#[test]
fn dates_and_float_are_those_of_an_independent_script() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../tests/vectors/schedule.json")).unwrap();
    assert!(vectors.len() > 20);
    for vector in vectors {
        let works: Vec<Work> = vector
            .works
            .iter()
            .map(|work| Work {
                id: work.id.clone(),
                label: work.id.clone(),
                days: work.days,
                after: work.after.clone(),
                not_before: work.not_before,
            })
            .collect();
        let placed = lay_out(&works, vector.from, &BusinessCalendar::government()).unwrap();
        for wanted in &vector.works {
            let got = placed[&wanted.id];
            let place = format!("{} {}", vector.name, wanted.id);
            assert_eq!((got.early_start, got.early_end), wanted.early, "{place} early");
            assert_eq!((got.late_start, got.late_end), wanted.late, "{place} late");
            assert_eq!(got.float, wanted.float, "{place} float");
        }
    }
}

#[test]
fn a_circle_is_told_by_name_in_its_order() {
    let cases: [(&[Work], &[&str]); 3] = [
        (&[work("設計", 1, &["設計"])], &["設計"]),
        (
            &[work("設計", 1, &["試験"]), work("製造", 1, &["設計"]), work("試験", 1, &["製造"])],
            &["製造", "試験", "設計"],
        ),
        (
            &[
                work("準備", 1, &[]),
                work("設計", 1, &["準備", "試験"]),
                work("試験", 1, &["設計"]),
                work("移行", 1, &["試験"]),
            ],
            &["試験", "設計"],
        ),
    ];
    for (works, wanted) in cases {
        let Cycle(found) = check(works).unwrap_err();
        let turned = (0..found.len()).any(|by| {
            let mut turned = found.clone();
            turned.rotate_left(by);
            turned == wanted
        });
        assert!(turned, "{found:?} is not {wanted:?}");
        // Each is after the one before it.
        for (at, name) in found.iter().enumerate() {
            let before = &found[(at + found.len() - 1) % found.len()];
            let work = works.iter().find(|work| &work.id == name).unwrap();
            assert!(work.after.contains(before), "{name} is not after {before}");
        }
    }
}

#[test]
fn nothing_is_laid_out_as_nothing_and_unknown_predecessors_are_left_out() {
    let calendar = BusinessCalendar::government();
    let monday: NaiveDate = "2026-11-23".parse().unwrap();
    assert!(lay_out(&[], monday, &calendar).unwrap().is_empty());
    let placed = lay_out(&[work("a", 0, &["elsewhere"])], monday, &calendar).unwrap();
    // 23 November 2026 is 勤労感謝の日.
    assert_eq!(placed["a"].early_start.to_string(), "2026-11-24");
    assert_eq!(placed["a"].early_end, placed["a"].early_start);
}

proptest! {
    /// In any network without circles, each work begins after its predecessors, float is never negative, and at least
    /// one work is critical.
    #[test]
    fn no_work_begins_before_its_predecessors_end(
        days in prop::collection::vec(1u32..30, 1..40),
        links in prop::collection::vec((0usize..40, 0usize..40), 0..120),
    ) {
        let mut works: Vec<Work> = days.iter().enumerate().map(|(at, days)| work(&at.to_string(), *days, &[])).collect();
        for (a, b) in links {
            let (first, second) = (a.min(b), a.max(b));
            if first < second && second < works.len() {
                works[second].after.push(first.to_string());
            }
        }
        let calendar = BusinessCalendar::government();
        let placed = lay_out(&works, "2026-04-01".parse().unwrap(), &calendar).unwrap();
        prop_assert!(placed.values().any(Placed::critical));
        for work in &works {
            let own = placed[&work.id];
            prop_assert!(own.early_start <= own.late_start && own.early_end <= own.late_end);
            prop_assert_eq!(calendar.count(own.early_start, own.early_end), i64::from(work.days));
            prop_assert_eq!(calendar.business_days_between(own.early_start, own.late_start), i64::from(own.float));
            for other in &work.after {
                prop_assert!(placed[other].early_end < own.early_start && placed[other].late_end < own.late_start);
            }
        }
    }
}
