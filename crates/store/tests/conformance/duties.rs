//! Duties: what is set is what is open; who sees which.

use chrono::NaiveDate;
use ledger::find;
use ledger::port::{Duty, DutyFilter, StoreError};
use ledger::query::Filter;
use serde_json::json;

use crate::databases::Database;
use crate::people::{at, id, person, put_all};

on_both!(
    duties_are_opened_moved_and_closed,
    duties_are_found_by_holder,
    duties_are_counted,
    duties_are_counted_by_a_field_of_their_record
);

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, day).unwrap()
}

fn duty(record: u64, name: &str, person: Option<u64>, due: Option<u32>) -> Duty {
    Duty {
        ledger: "sheet".into(),
        record: id(record),
        name: name.into(),
        person: person.map(id),
        role: None,
        office: None,
        due: due.map(day),
        opened_at: at(0),
        closed_at: None,
        title: "見本の評価".into(),
    }
}

fn of_role(record: u64, role: &str, office: Option<u64>) -> Duty {
    Duty { person: None, role: Some(role.into()), office: office.map(id), ..duty(record, "check", None, Some(9)) }
}

fn set(database: &Database, record: u64, open: &[Duty], second: i64) {
    database.store.write::<_, StoreError>(|writer| writer.set_duties("sheet", &id(record), open, at(second))).unwrap();
}

fn found(database: &Database, filter: DutyFilter) -> Vec<Duty> {
    let filter = DutyFilter { limit: 100, ..filter };
    database.store.read::<_, StoreError>(|reader| reader.duties(&filter)).unwrap()
}

fn duties_are_opened_moved_and_closed(database: &Database) {
    let (one, two, three) =
        (duty(1, "report", Some(10), Some(5)), duty(1, "report", Some(11), None), duty(1, "sign", Some(10), Some(3)));
    set(database, 1, &[one.clone(), two.clone()], 0);
    set(database, 2, &[duty(2, "report", Some(10), Some(1))], 0);
    let of_record = || DutyFilter { record: Some(id(1)), ..DutyFilter::default() };
    assert_eq!(found(database, of_record()), [one.clone(), two]);
    // One moves, one is gone, one is new; the one that moved keeps the instant of its opening.
    let moved = Duty { due: Some(day(8)), opened_at: at(50), ..one.clone() };
    set(database, 1, &[moved.clone(), three.clone()], 60);
    assert_eq!(found(database, of_record()), [three, Duty { opened_at: at(0), ..moved }]);
    let all = found(database, DutyFilter { closed_too: true, ..of_record() });
    assert_eq!(all.iter().filter(|duty| duty.closed_at == Some(at(60))).count(), 1);
    assert_eq!(all.len(), 3);
    // What is closed stays closed: the same duty later is another one.
    set(database, 1, &[], 70);
    set(database, 1, std::slice::from_ref(&one), 80);
    assert_eq!(found(database, of_record()), [one]);
    assert_eq!(found(database, DutyFilter { closed_too: true, ..of_record() }).len(), 4);
    assert_eq!(found(database, DutyFilter { record: Some(id(2)), ..DutyFilter::default() }).len(), 1);
}

fn duties_are_found_by_holder(database: &Database) {
    set(database, 1, &[duty(1, "report", Some(10), Some(5))], 0);
    set(database, 2, &[of_role(2, "officer", None)], 0);
    set(database, 3, &[of_role(3, "officer", Some(70))], 0);
    set(database, 4, &[of_role(4, "officer", Some(71)), duty(4, "report", Some(11), None)], 0);
    set(database, 5, &[of_role(5, "auditor", Some(70))], 0);
    let records = |filter: DutyFilter| -> Vec<u64> {
        found(database, filter).iter().map(|duty| duty.record[3..].parse().unwrap()).collect()
    };
    let person = |number: u64| DutyFilter { person: Some(id(number)), ..DutyFilter::default() };
    let roles = |role: &str, offices: Option<Vec<String>>| vec![(role.to_owned(), offices)];
    assert_eq!(records(person(10)), [1]);
    assert_eq!(records(DutyFilter::default()), [1, 2, 3, 4, 5, 4]);
    assert_eq!(records(DutyFilter { roles: roles("officer", None), ..person(10) }), [1, 2, 3, 4]);
    assert_eq!(records(DutyFilter { roles: roles("officer", Some(vec![id(70)])), ..DutyFilter::default() }), [2, 3]);
    assert_eq!(records(DutyFilter { roles: roles("officer", Some(vec![])), ..DutyFilter::default() }), [2]);
    assert_eq!(records(DutyFilter { due_until: Some(day(5)), ..DutyFilter::default() }), [1]);
    assert_eq!(records(DutyFilter { ledger: Some("post".into()), ..DutyFilter::default() }), [] as [u64; 0]);
    let first =
        database.store.read::<_, StoreError>(|reader| reader.duties(&DutyFilter { limit: 1, ..DutyFilter::default() }));
    assert_eq!(first.unwrap().len(), 1);
}

fn duties_are_counted(database: &Database) {
    for record in 1..=4 {
        set(database, record, &[duty(record, "report", Some(record % 2), Some(record as u32))], 0);
    }
    set(database, 5, &[of_role(5, "officer", None), duty(5, "report", Some(0), None)], 0);
    set(database, 4, &[], 9);
    // Name, holder, open, overdue on the third: due on an earlier day.
    let counts = database.store.read::<_, StoreError>(|reader| reader.duty_counts("sheet", day(3))).unwrap();
    assert_eq!(
        counts,
        [("check".into(), None, 1, 0), ("report".into(), Some(id(0)), 2, 1), ("report".into(), Some(id(1)), 2, 1),]
    );
}

fn duties_are_counted_by_a_field_of_their_record(database: &Database) {
    let place = |record: u64, office: Option<&str>, due: &[(u64, u32)]| {
        put_all(&database.store, &[person(record, json!({ "name": "甲", "office": office }))]);
        let of = |(holder, due): &(u64, u32)| Duty {
            ledger: "person".into(),
            ..duty(record, "report", Some(*holder), Some(*due))
        };
        let open: Vec<Duty> = due.iter().map(of).collect();
        database.store.write::<_, StoreError>(|writer| writer.set_duties("person", &id(record), &open, at(0))).unwrap();
    };
    place(1, Some("北"), &[(10, 1), (11, 9), (12, 30)]);
    place(2, Some("南"), &[(10, 2)]);
    place(3, Some("北"), &[(10, 4)]);
    place(4, None, &[(10, 3)]);
    let counted = |filter: &Filter, limit: u64| {
        let days = (day(4), day(10));
        database.store.read::<_, StoreError>(|tx| tx.duties_by_field("person", filter, "office", days, limit)).unwrap()
    };
    let of = |name: &str, late, near| (name.to_string(), late, near);
    // Due on the day itself is not late; what is due after the last day, or has no office, does not count.
    assert_eq!(counted(&Filter::Everything, 100), (vec![of("北", 1, 2), of("南", 1, 0)], false));
    assert_eq!(counted(&find::is("office", "南"), 100), (vec![of("南", 1, 0)], false));
    assert_eq!(counted(&Filter::Nothing, 100), (vec![], false));
    assert_eq!(counted(&Filter::Everything, 2), (vec![of("北", 1, 0), of("南", 1, 0)], true), "the earliest");
}
