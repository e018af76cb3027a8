//! When the dates of a contract move, what counts from them moves, and nothing else.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use ledger::{Change, Record};
use proptest::prelude::*;
use serde_json::json;
use testkit::{on_each_database, sqlite, values};

use crate::desk::{Office, told};

#[test]
fn what_was_handed_in_agreed_on_or_found_unnecessary_stays() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-15"), ("ends_on", "2024-07-31")]);
        let month = |name: &str| office.one(&contract, "monthly", Some(name));
        office.take(&office.one(&contract, "chart", None), "submit", values([]));
        let agreed = values([("due_on", "2024-08-15".into()), ("reason", "合意した".into())]);
        office.take(&month("2024-06-01"), "agree", agreed);
        office.take(&month("2024-05-01"), "waive", values([]));
        office.set(&contract, &[("contract_on", "2024-03-25"), ("ends_on", "2024-05-31")]);
        assert_eq!(
            office.lines(&contract),
            [
                "chart - 2024-03-25 submitted",
                "final - 2024-06-06",
                "material - -",
                "monthly 2024-04-01 2024-05-31",
                "monthly 2024-05-01 2024-06-30 waived",
                "monthly 2024-06-01 2024-08-15",
                "monthly 2024-07-01 2024-08-31 waived",
                "plan - 2024-04-01",
            ]
        );
        let gone = month("2024-07-01");
        assert!(gone.acts["waive"].account == "system", "withdrawn by the program");
        // What the program withdrew comes back when the span does; what a person found unnecessary does not.
        office.set(&contract, &[("ends_on", "2024-07-31")]);
        let lines = office.lines(&contract);
        assert!(lines.contains(&"monthly 2024-07-01 2024-08-31".to_owned()), "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("monthly 2024-05")).count(), 1);
        assert!(lines.contains(&"monthly 2024-05-01 2024-06-30 waived".to_owned()));

        // A contract that is called off has nothing open by its terms but what was agreed on.
        office.take(&contract, "cancel", values([]));
        let open: Vec<String> = office.lines(&contract).into_iter().filter(|line| !line.ends_with("waived")).collect();
        assert_eq!(open, ["chart - 2024-03-25 submitted", "monthly 2024-06-01 2024-08-15"]);
    });
}

#[test]
fn a_date_by_terms_is_moved_by_agreement_only() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-15")]);
        let chart = office.one(&contract, "chart", None);
        let said = told(office.amend(&chart, values([("due_on", "2024-05-01".into())])));
        assert!(said.starts_with("due_on") && said.contains("「期限を合意で改める」で"), "{said}");
        for (field, value) in [("item", "plan"), ("period", "2024-04-01"), ("event", "x")] {
            let said = told(office.amend(&chart, values([(field, value.into())])));
            assert!(said.starts_with(field) && said.contains("契約の決まりから入ります"), "{said}");
        }
        // How it is handed in may be changed, and is not changed back.
        office.amend(&chart, values([("copies", json!(5))])).expect("stored");
        let agreed = values([("due_on", "2024-05-01".into()), ("reason", "合意した".into())]);
        office.take(&chart, "agree", agreed);
        office.set(&contract, &[("contract_on", "2024-03-25")]);
        let kept = office.one(&contract, "chart", None);
        assert_eq!((kept.text("due_on"), kept.value("copies")), (Some("2024-05-01"), &json!(5)));
        // Without the agreement it is counted again.
        office.amend(&chart, values([("fixed", json!(false))])).expect("stored");
        assert_eq!(office.one(&contract, "chart", None).text("due_on"), Some("2024-04-01"));

        // A person adds one by hand, but not as if it were by terms.
        let body = |item: &str| {
            let mut body = values([("engagement", contract.id.as_str().into()), ("label", "臨時の報告".into())]);
            body.insert("item".into(), item.into());
            body.insert("due_on".into(), "2024-05-10".into());
            office.desk.commit(&office.officer, Change::create("obligation", body))
        };
        assert!(told(body("chart")).starts_with("item"));
        let own = body("").expect("stored");
        office.set(&contract, &[("contract_on", "2024-03-26")]);
        let now = office.desk.record("obligation", &own.id);
        assert_eq!((now.revision, now.text("due_on")), (own.revision, Some("2024-05-10")));
    });
}

/// Due days by item and period.
fn dues(office: &Office, contract: &Record) -> BTreeMap<(String, Option<String>), (Option<String>, i64)> {
    let text = |one: &Record, field: &str| one.text(field).map(str::to_owned);
    let open = office.all(contract).into_iter().filter(|one| one.state == "planned");
    open.map(|one| {
        let key = (text(&one, "item").unwrap_or_default(), text(&one, "period"));
        (key, (text(&one, "due_on"), one.revision))
    })
    .collect()
}

#[test]
fn each_date_moves_exactly_the_items_whose_rule_speaks_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = Office::new(sqlite(folder.path()).0);
    // Which items count from which date, read from the terms by eye.
    let counts_from = |item: &str| match item {
        "chart" => "contract_on",
        "plan" => "starts_on",
        "final" => "ends_on",
        _ => "period",
    };
    let day = |number: i64| {
        let first: NaiveDate = "2024-04-01".parse().expect("a day");
        (first + TimeDelta::days(number)).to_string()
    };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(40));
    let strategy = (-60i64..60, 0i64..120, 130i64..500, 0usize..3, -50i64..50);
    runner
        .run(&strategy, |(signed, starts, ends, which, by)| {
            let at = [signed.min(starts), starts, ends];
            let dates = ["contract_on", "starts_on", "ends_on"];
            let texts: Vec<(&str, String)> = dates.iter().zip(at).map(|(name, at)| (*name, day(at))).collect();
            let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let contract = office.contract(&texts);
            let before = dues(&office, &contract);
            let moved = if which == 1 { (at[1] + by).min(at[2]) } else { at[which] + by.max(1 - at[which] + at[1]) };
            office.set(&contract, &[(dates[which], &day(moved))]);
            let after = dues(&office, &contract);
            for (key, (due, revision)) in &before {
                match after.get(key) {
                    Some((now, later)) if counts_from(&key.0) != dates[which] => {
                        prop_assert_eq!((due, revision), (now, later), "{:?} was not to move", key);
                    }
                    Some(_) => {}
                    None => prop_assert_eq!(&key.0, "monthly", "only spans go"),
                }
            }
            // Made anew with the moved date, all is the same: nothing depends on the way it came about.
            let mut again = texts.clone();
            let day = day(moved);
            again[which].1 = &day;
            let fresh = office.contract(&again);
            let only = |dues: BTreeMap<_, (Option<String>, i64)>| -> Vec<_> {
                dues.into_iter().map(|(key, (due, _))| (key, due)).collect()
            };
            prop_assert_eq!(only(after), only(dues(&office, &fresh)));
            Ok(())
        })
        .expect("the property holds");
}
