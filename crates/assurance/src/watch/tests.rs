//! Rules over tables of cases, and the property that judging in pieces is judging at once.

use std::sync::Arc;

use calendar::BusinessCalendar;
use calendar::hours::{OpeningHours, Schedule};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;

fn at(minutes: i64) -> DateTime<Utc> {
    // Monday 5 October 2026, 9:00 in Japan.
    "2026-10-05T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn fact(sequence: i64, minutes: i64, act: &str) -> Fact {
    Fact {
        sequence,
        at: at(minutes),
        account: "account-a".into(),
        login: "a".into(),
        person: None,
        address: Some("192.0.2.1".into()),
        act: act.into(),
        ledger: "person".into(),
        record: String::new(),
        read: 0,
        looked: Vec::new(),
        roles: vec!["personnel".into()],
    }
}

fn rule(kind: Kind, key: Key, threshold: u64, window: i64) -> Rule {
    Rule {
        id: format!("rule-{threshold}-{window}"),
        name: "規則".into(),
        severity: "high".into(),
        kind,
        acts: ["open", "read_list", "export", "sign_in_failed", "start", "amend"].map(String::from).to_vec(),
        ledgers: Vec::new(),
        key,
        threshold,
        window: TimeDelta::minutes(window),
        gather: TimeDelta::minutes(60),
        from: None,
        to: None,
    }
}

/// Sequences at which a rule finds something.
fn found(rule: Rule, facts: &[Fact]) -> Vec<i64> {
    let (rules, mut memory) = ([rule], Memory::default());
    facts.iter().filter(|fact| !judge(&rules, &mut memory, fact).is_empty()).map(|fact| fact.sequence).collect()
}

#[test]
fn failures_are_counted_by_account_by_address_and_over_accounts() {
    let failed = |sequence: i64, minutes: i64, record: &str, address: &str| Fact {
        ledger: "account".into(),
        record: record.into(),
        address: Some(address.into()),
        ..fact(sequence, minutes, "sign_in_failed")
    };
    // Five within ten minutes; the fifth of the slow ones comes too late, and the tenth is a multiple again.
    let quick: Vec<Fact> = (1..=10).map(|n| failed(n, n, "x", "192.0.2.1")).collect();
    assert_eq!(found(rule(Kind::Count, Key::Subject, 5, 15), &quick), [5, 10]);
    let slow: Vec<Fact> = (1..=10).map(|n| failed(n, n * 4, "x", "192.0.2.1")).collect();
    assert_eq!(found(rule(Kind::Count, Key::Subject, 5, 15), &slow), [0; 0]);
    // By account two addresses are one subject, by address two accounts are.
    let mixed: Vec<Fact> = (1..=6)
        .map(|n| failed(n, n, if n % 2 == 0 { "x" } else { "y" }, if n < 4 { "192.0.2.1" } else { "192.0.2.2" }))
        .collect();
    assert_eq!(found(rule(Kind::Count, Key::Subject, 3, 60), &mixed), [5, 6]);
    assert_eq!(found(rule(Kind::Count, Key::Address, 3, 60), &mixed), [3, 6]);
    // Spread over accounts: the same one again is none more; names that nobody has are each another.
    let spread = ["x", "x", "x", "y", "", ""].iter().zip(1..).map(|(record, n)| failed(n, n, record, "192.0.2.1"));
    let spread: Vec<Fact> = spread.collect();
    assert_eq!(found(rule(Kind::Distinct, Key::Address, 4, 60), &spread), [6]);
    // Without an address nothing can be counted by it.
    assert_eq!(found(rule(Kind::Count, Key::Address, 1, 60), &[Fact { address: None, ..fact(1, 0, "open") }]), [0; 0]);
}

#[test]
fn a_mass_reading_is_measured_in_records_whichever_way_they_were_read() {
    let read = |sequence: i64, minutes: i64, act: &str, read: u64| Fact { read, ..fact(sequence, minutes, act) };
    let facts = [read(1, 0, "open", 1), read(2, 1, "read_list", 50), read(3, 2, "export", 49), read(4, 3, "amend", 0)];
    assert_eq!(found(rule(Kind::Volume, Key::Account, 100, 60), &facts), [3]);
    assert_eq!(found(rule(Kind::Volume, Key::Account, 101, 60), &facts), [0; 0]);
    // The list of fifty has left the window.
    let later = [read(1, 0, "read_list", 50), read(2, 61, "export", 50)];
    assert_eq!(found(rule(Kind::Volume, Key::Account, 100, 60), &later), [0; 0]);
    // Other acts, other ledgers, other times of the rule are not looked at.
    let narrow = Rule { acts: vec!["open".into()], ..rule(Kind::Volume, Key::Account, 1, 60) };
    assert_eq!(found(narrow, &facts), [1]);
    let elsewhere = Rule { ledgers: vec!["account".into()], ..rule(Kind::Volume, Key::Account, 1, 60) };
    assert_eq!(found(elsewhere, &facts), [0; 0]);
    let ended = Rule { to: "2026-10-04".parse().ok(), ..rule(Kind::Volume, Key::Account, 1, 60) };
    assert_eq!(found(ended, &facts), [0; 0]);
    let begins = Rule { from: "2026-10-06".parse().ok(), ..rule(Kind::Volume, Key::Account, 1, 60) };
    assert_eq!(found(begins, &facts), [0; 0]);
}

#[test]
fn a_list_that_is_opened_again_and_its_records_one_by_one_are_the_same_records() {
    let look = |sequence: i64, minutes: i64, records: std::ops::Range<i64>| Fact {
        read: records.clone().count() as u64,
        looked: records.map(|record| record.to_string()).collect(),
        ..fact(sequence, minutes, "read_list")
    };
    let volume = |threshold: u64| rule(Kind::Volume, Key::Account, threshold, 60);
    // An adjuster's morning: the list of 80 before and after each of the sheets, which are opened one by one.
    let morning: Vec<Fact> =
        (0..40).map(|n| if n % 2 == 0 { look(n, n, 0..80) } else { look(n, n, n..n + 1) }).collect();
    assert_eq!(found(volume(81), &morning), [0; 0]);
    assert_eq!(found(volume(80), &morning), [0]);
    // Other records are others, and each multiple is told again.
    let other: Vec<Fact> = (0..8).map(|n| look(n, n, n * 20..n * 20 + 40)).collect();
    assert_eq!(found(volume(80), &other), [2, 6]);
    // What was looked at an hour ago is new again; what was looked at since is not gone with its first look.
    let table = [
        (vec![look(1, 0, 0..50), look(2, 61, 50..100)], vec![]),
        (vec![look(1, 0, 0..50), look(2, 30, 0..50), look(3, 61, 50..100)], vec![3]),
    ];
    for (facts, wanted) in table {
        assert_eq!(found(volume(100), &facts), wanted);
    }
    // What leaves the program counts each time, beside what was looked at.
    let taken =
        [look(1, 0, 0..50), Fact { read: 50, ..fact(2, 1, "export") }, Fact { read: 50, ..fact(3, 2, "export") }];
    assert_eq!(found(volume(100), &taken), [2]);
    assert_eq!(found(volume(150), &taken), [3]);
}

#[test]
fn odd_hours_follow_the_opening_calendar() {
    let schedule = Schedule::weekdays("2026-01-01".parse().unwrap(), "8:30-18:15").unwrap();
    let hours = Arc::new(OpeningHours::new([schedule], [], BusinessCalendar::government()).unwrap());
    let odd = |instant: &str| {
        let fact = Fact {
            at: instant.parse::<DateTime<chrono::FixedOffset>>().unwrap().with_timezone(&Utc),
            ..fact(1, 0, "open")
        };
        !found(rule(Kind::OddHours(hours.clone()), Key::Account, 1, 60), &[fact]).is_empty()
    };
    let table = [
        ("2026-10-05T08:29:59+09:00", true),
        ("2026-10-05T08:30:00+09:00", false),
        ("2026-10-05T18:14:59+09:00", false),
        ("2026-10-05T18:15:00+09:00", true),
        // Saturday, a holiday (スポーツの日, 12 October 2026), and the end of the year.
        ("2026-10-10T10:00:00+09:00", true),
        ("2026-10-12T10:00:00+09:00", true),
        ("2026-12-29T10:00:00+09:00", true),
        ("2026-12-28T10:00:00+09:00", false),
    ];
    for (instant, wanted) in table {
        assert_eq!(odd(instant), wanted, "{instant}");
    }
}

/// Days of reading, each as (day, records), one reading a day at nine.
fn days(reads: &[(i64, u64)]) -> Vec<Fact> {
    let fact =
        |(n, (day, read)): (usize, &(i64, u64))| Fact { read: *read, ..fact(n as i64 + 1, day * 1_440, "export") };
    reads.iter().enumerate().map(fact).collect()
}

#[test]
fn more_than_usual_is_measured_against_ones_own_habit_and_else_against_the_role() {
    let habit = |threshold: u64| rule(Kind::Habit { factor: 30, weeks: 4 }, Key::Account, threshold, 60);
    let usual = [(0, 10), (1, 10), (2, 10), (3, 10), (4, 10)];
    // Three times ten: thirty is the line, and it is crossed at thirty, then at twice that.
    let with = |more: &[(i64, u64)]| days(&[usual.as_slice(), more].concat());
    assert_eq!(found(habit(11), &with(&[(7, 30)])), [6]);
    assert_eq!(found(habit(20), &with(&[(7, 29)])), [0; 0]);
    assert_eq!(found(habit(20), &with(&[(7, 29), (7, 1), (7, 29), (7, 1)])), [7, 9]);
    // The rule's own number is the least that counts.
    assert_eq!(found(habit(50), &with(&[(7, 49)])), [0; 0]);
    assert_eq!(found(habit(50), &with(&[(7, 50)])), [6]);
    // A habit of five weeks ago is none.
    assert_eq!(found(habit(20), &with(&[(40, 20)])), [6]);
    // Four days make no habit; then the role's is asked, of at least ten days of people.
    let colleague = |n: i64| Fact { account: format!("account-{n}"), read: 100, ..fact(100 + n, n * 10, "export") };
    let mut facts: Vec<Fact> = (0..10).map(colleague).collect();
    facts.push(Fact { read: 250, account: "new".into(), ..fact(200, 1_440, "export") });
    facts.push(Fact { read: 50, account: "new".into(), ..fact(201, 1_450, "export") });
    assert_eq!(found(habit(101), &facts), [201]);
    // The upper tenth counts where it is more than the mean: whoever exports a hundred once in a while may do so.
    let once: Vec<(i64, u64)> = (0..10).map(|day| (day, if day == 3 { 100 } else { 2 })).collect();
    assert_eq!(found(habit(20), &days(&[once.as_slice(), &[(12, 36)]].concat())), [4, 11]);
    let twice: Vec<(i64, u64)> = (0..10).map(|day| (day, if day > 7 { 100 } else { 2 })).collect();
    let found = found(habit(20), &days(&[twice.as_slice(), &[(12, 35)]].concat()));
    assert!(!found.contains(&11), "{found:?}");
}

#[test]
fn what_the_program_writes_about_records_is_nobodys_behaviour() {
    let own = Fact { account: "system".into(), ..fact(1, 0, "amend") };
    assert_eq!(found(rule(Kind::Count, Key::Program, 1, 60), &[own]), [0; 0]);
    let start = Fact { account: "system".into(), ledger: "program".into(), ..fact(1, 0, "start") };
    assert_eq!(found(rule(Kind::Count, Key::Program, 1, 60), &[start]), [1]);
}

fn any_fact() -> impl Strategy<Value = (i64, usize, usize, u64, usize)> {
    (0i64..20_000, 0usize..4, 0usize..3, 0u64..40, 0usize..3)
}

proptest! {
    #[test]
    fn judging_in_pieces_is_judging_at_once(raw in prop::collection::vec(any_fact(), 1..120), cut in 1usize..20) {
        let schedule = Schedule::weekdays("2026-01-01".parse().unwrap(), "8:30-18:15").unwrap();
        let hours = Arc::new(OpeningHours::new([schedule], [], BusinessCalendar::government()).unwrap());
        let rules = [
            rule(Kind::Count, Key::Subject, 3, 600),
            rule(Kind::Distinct, Key::Address, 4, 900),
            rule(Kind::Volume, Key::Account, 60, 700),
            rule(Kind::Habit { factor: 20, weeks: 2 }, Key::Account, 10, 60),
            rule(Kind::OddHours(hours), Key::Account, 2, 601),
        ];
        let acts = ["open", "read_list", "sign_in_failed", "export"];
        // In no order of time: late commits come late.
        let facts: Vec<Fact> = raw.iter().enumerate().map(|(n, (minutes, act, who, read, whom))| Fact {
            account: format!("account-{who}"),
            address: Some(format!("192.0.2.{who}")),
            ledger: "account".into(),
            record: format!("record-{whom}"),
            read: if acts[*act] == "sign_in_failed" { 0 } else { *read },
            ..fact(n as i64 + 1, *minutes, acts[*act])
        }).collect();
        let mut memory = Memory::default();
        let at_once: Vec<Finding> = facts.iter().flat_map(|fact| judge(&rules, &mut memory, fact)).collect();
        // In pieces, what is remembered goes through the text that is kept, key by key, as the live watch does.
        let mut kept: BTreeMap<String, String> = BTreeMap::new();
        let mut in_pieces = Vec::new();
        for piece in facts.chunks(cut) {
            let mut memory = Memory::default();
            for fact in piece {
                for key in keys(&rules, fact) {
                    if !memory.knows(&key) {
                        let value = kept.get(&key).map(|text| serde_json::from_str(text).unwrap());
                        memory.take_up(key, value.unwrap_or_default());
                    }
                }
                in_pieces.extend(judge(&rules, &mut memory, fact));
            }
            kept.extend(memory.changed().map(|(key, value)| (key.clone(), value.to_string())));
        }
        prop_assert_eq!(at_once, in_pieces);
    }
}
