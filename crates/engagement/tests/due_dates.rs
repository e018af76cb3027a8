//! The due dates of the five contract packs against a table that was made from the clauses without them
//! (`due_dates.py`): everything that is due, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use engagement::names::contract;
use engagement::terms::wanted::{Contract, Wanted};
use engagement::terms::{TermsEngine, of};
use ledger::definition::Ledger;
use ledger::pack::read_folder;
use ledger::port::{Put, Writer};
use ledger::value::{Context, normalise};
use ledger::{Body, Change, Principal, Record, Refusal, find};
use serde_json::{Value, json};
use testkit::{Desk, sqlite, values};

const TABLE: &str = include_str!("due_dates.tsv");

struct Line<'t> {
    item: &'t str,
    period: &'t str,
    event: &'t str,
    due: &'t str,
    clause: &'t str,
}

/// One contract of the table: pack, dates, decided settings.
type Case<'t> = (&'t str, &'t str, &'t str, &'t str);

fn table() -> BTreeMap<Case<'static>, Vec<Line<'static>>> {
    let mut cases: BTreeMap<Case<'_>, Vec<Line<'_>>> = BTreeMap::new();
    for line in TABLE.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [case, terms, dates, settings, item, period, event, due, _counted, clause] = cells[..] else {
            panic!("ten columns: {line}")
        };
        cases.entry((case, terms, dates, settings)).or_default().push(Line { item, period, event, due, clause });
    }
    cases
}

fn desk(folder: &std::path::Path) -> Desk {
    let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut names: Vec<String> = std::fs::read_dir(&packs)
        .expect("the packs")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let sources: Vec<_> = names.iter().map(|name| read_folder(&packs.join(name)).expect("a pack")).collect();
    Desk::with_packs(sqlite(folder).0, "2024-02-01", vec![Arc::new(TermsEngine)], &sources)
}

fn pairs<'t>(text: &'t str, between: &str) -> Vec<(&'t str, &'t str)> {
    text.split(between).filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').expect("name=value")).collect()
}

/// A record that nothing but its dates and values is known of.
fn record(desk: &Desk, ledger: &str, body: Body) -> Record {
    let ledger = desk.kernel.ledger(ledger).expect("the ledger");
    let now = desk.kernel.now();
    Record {
        ledger: ledger.name.clone(),
        id: desk.kernel.new_id(),
        revision: 1,
        state: ledger.workflow.initial.clone(),
        body,
        acts: BTreeMap::new(),
        created_at: now,
        recorded_at: now,
    }
}

fn settings(terms: &ledger::definition::Terms, decided: &str) -> Vec<Value> {
    let decided = pairs(decided, "; ");
    for (name, _) in &decided {
        assert!(terms.setting(name).is_some(), "{} has no setting {name}", terms.name);
    }
    let rows = decided.iter().map(|(name, value)| {
        let value = value.trim();
        json!({ "name": name, "value": value, "note": "見本の理由" })
    });
    rows.collect()
}

/// `worker_change effective_on=… of=contractor`: the ledger, the values, and whose worker or test it is.
fn event(desk: &Desk, tx: &mut dyn Writer, contract: &Record, text: &str) -> Record {
    let (name, rest) = text.split_once(' ').expect("a ledger");
    let ledger = desk.kernel.ledger(name).expect("the ledger");
    let context = Context { catalogue: &desk.kernel.catalogue, today: desk.kernel.today() };
    let mut body = values([("engagement", contract.id.as_str().into())]);
    let mut state = None;
    for (field, value) in pairs(rest, " ") {
        match field {
            "state" => state = Some(value.to_owned()),
            "of" => of_whom(desk, tx, &ledger, &mut body, value),
            _ => {
                let known = ledger.field(field).unwrap_or_else(|| panic!("{name} has no {field}"));
                let value = match (value, &known.kind) {
                    ("true" | "false", ledger::definition::Kind::YesNo) => Value::Bool(value == "true"),
                    _ => normalise(known, &value.into(), &context).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}")),
                };
                body.insert(field.into(), value);
            }
        }
    }
    let mut made = record(desk, name, body);
    if let Some(state) = state {
        assert!(ledger.workflow.state(&state).is_some(), "{name} has no state {state}");
        made.state = state;
    }
    made
}

fn of_whom(desk: &Desk, tx: &mut dyn Writer, ledger: &Ledger, body: &mut Body, whose: &str) {
    if whose == "contractor" {
        return;
    }
    let subcontract = desk.kernel.new_id();
    if ledger.field("subcontract").is_some() {
        body.insert("subcontract".into(), subcontract.into());
        return;
    }
    let worker = record(desk, "worker", values([("subcontract", subcontract.into())]));
    body.insert("leaving".into(), worker.id.as_str().into());
    let put = Put { record: &worker, references: Vec::new(), search: Vec::new(), unique: Vec::new() };
    assert!(tx.put(&put).expect("stored").is_ok());
}

fn line(item: &str, period: &str, event: &str, due: &str) -> String {
    format!("{item} | {period} | {event} | {due}")
}

fn written(wanted: &Wanted, event: &str) -> String {
    let day = |day: Option<chrono::NaiveDate>, none: &str| day.map_or(none.to_owned(), |day| day.to_string());
    line(&wanted.key.item, &day(wanted.key.period, ""), event, &day(wanted.due, "-"))
}

#[test]
fn due_dates_are_those_of_the_independent_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = desk(folder.path());
    let mut failures = Vec::new();
    let mut compared = 0;
    for ((case, name, dates, decided), lines) in table() {
        let terms = desk.kernel.catalogue.terms.get(name).unwrap_or_else(|| panic!("no terms {name}")).clone();
        let mut body = values([("terms", name.into()), (contract::SETTINGS, settings(&terms, decided).into())]);
        body.extend(pairs(dates, " ").into_iter().map(|(name, day)| (name.to_owned(), Value::from(day))));
        let made = record(&desk, "engagement", body);
        let contract = Contract::new(&desk.kernel, &terms, &made);
        let mut found: BTreeSet<String> =
            contract.planned().expect("dates").iter().map(|wanted| written(wanted, "")).collect();
        let events: BTreeSet<&str> = lines.iter().map(|line| line.event).filter(|event| !event.is_empty()).collect();
        for text in events {
            let added: Result<Vec<Wanted>, Refusal> = desk.store.write(|tx: &mut dyn Writer| {
                let made = event(&desk, tx, &made, text);
                let ledger = desk.kernel.ledger(&made.ledger)?;
                let mut added = Vec::new();
                for item in terms.items_of(&made.ledger) {
                    added.extend(contract.for_event(&desk.kernel, tx, &ledger, item, &made)?);
                }
                Ok(added)
            });
            found.extend(added.expect("events").iter().map(|wanted| written(wanted, text)));
        }
        let expected: BTreeSet<String> =
            lines.iter().map(|one| line(one.item, one.period, one.event, one.due)).collect();
        // These two cases hold only the items that they are about.
        if ["oa_form_before", "oa_next"].contains(&case) {
            let about: BTreeSet<&str> = lines.iter().map(|line| line.item).collect();
            found.retain(|line| about.contains(line.split(" | ").next().unwrap_or_default()));
        }
        compared += expected.len();
        failures.extend(expected.difference(&found).map(|line| format!("{case}: the table has   {line}")));
        failures.extend(found.difference(&expected).map(|line| format!("{case}: the pack gives  {line}")));
        for line in &lines {
            match terms.item(line.item) {
                Some(item) if item.clause == line.clause => {}
                item => failures.push(format!(
                    "{case}: {}: clause {} / {:?}",
                    line.item,
                    line.clause,
                    item.map(|i| &i.clause)
                )),
            }
        }
    }
    failures.sort();
    failures.dedup();
    assert!(failures.is_empty(), "{} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(compared > 800, "{compared} lines");
}

#[test]
fn contracts_made_from_the_packs_show_the_dates_of_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let desk = desk(folder.path());
    let office = desk.create("organisation", &[("code", "010000"), ("name", "見本局")]);
    let mut seen = BTreeSet::new();
    for ((case, name, dates, decided), lines) in table() {
        if !decided.is_empty() || ["oa_form_before", "oa_next"].contains(&case) || !seen.insert(name) {
            continue;
        }
        let mut body = values([("terms", name.into()), ("office", office.id.as_str().into())]);
        // One specification names neither the work nor how it is procured.
        body.extend(values([("title", "見本の契約".into()), ("method", "direct".into())]));
        body.extend(pairs(dates, " ").into_iter().map(|(name, day)| (name.to_owned(), Value::from(day))));
        let made = desk.commit(&Principal::system("test"), Change::create("engagement", body)).expect("the contract");
        let terms = of(&desk.kernel.catalogue, &made).expect("the terms");
        let stored = desk.read(|tx| Ok(find::all(tx, "obligation", find::is("engagement", &made.id), 10_000)?));
        let stored = stored.expect("the obligations");
        let found: BTreeSet<String> = stored
            .iter()
            .map(|one| {
                let text = |field: &str| one.text(field).unwrap_or_default();
                assert!(!text("clause").is_empty() && !text("counted").is_empty(), "{one:?}");
                assert_eq!(text("source"), terms.source);
                let due = one.text("due_on").unwrap_or("-");
                line(text("item"), text("period"), "", due)
            })
            .collect();
        let dated = lines.iter().filter(|line| line.event.is_empty());
        let expected: BTreeSet<String> = dated.map(|one| line(one.item, one.period, "", one.due)).collect();
        let differ: Vec<&String> = expected.symmetric_difference(&found).collect();
        assert!(differ.is_empty(), "{case}: {differ:#?}");
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
}
