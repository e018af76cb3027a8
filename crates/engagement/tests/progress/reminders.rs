//! One reminder for one thing: a deadline that the act of a record meets has no duty beside the record's own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger::definition::{Every, Holder};
use ledger::pack::{load, read_folder};
use ledger::{Principal, Record, find};
use serde_json::json;
use testkit::on_each_database;

use crate::contract::Contract;

/// Names of the duties that somebody holds for a record, and for the deadlines made for it.
fn asked_of(contract: &Contract, who: &Principal, event: &Record) -> Vec<String> {
    let Contract { desk, .. } = contract;
    let made = desk.read(|tx| Ok(find::all(tx, "obligation", find::is("event", &event.id), 10)?)).unwrap();
    let of = |record: &str| record == event.id || made.iter().any(|one| one.id == record);
    let duties = desk.read(|tx| desk.kernel.duties_of(tx, who, 1_000)).unwrap();
    let mut names: Vec<String> = duties
        .into_iter()
        .filter(|seen| of(&seen.duty.record))
        .map(|seen| format!("{} {}", seen.duty.ledger, seen.duty.name))
        .collect();
    names.sort();
    names
}

#[test]
fn whoever_owes_a_record_is_asked_once_and_its_act_settles_the_deadline() {
    on_each_database(|store| {
        let contract = Contract::on_terms(store, "2026-05-11", json!("contract_verification"), json!(null));
        let Contract { lead, supervisor, inspector, .. } = &contract;
        let state = |event: &Record, item: &str| {
            let filter = find::is("event", &event.id).and(find::is("item", item));
            let found = contract.desk.read(|tx| Ok(find::all(tx, "obligation", filter, 10)?)).unwrap().pop();
            found.map(|one| one.state).unwrap_or_default()
        };

        let meeting = json!({ "title": "全体会", "held_on": "2026-05-11", "place": "会議室", "agenda": [{ "topic": "進捗", "said": "予定どおり" }] });
        let meeting = contract.add(lead, "meeting", meeting).unwrap();
        contract.take(lead, &meeting, "send", json!({})).unwrap();
        assert_eq!(state(&meeting, "meeting_material"), "submitted");
        contract.take(lead, &meeting, "hold", json!({})).unwrap();
        // The outline of the meeting is the deadline's alone: no duty of the meeting asks for it.
        assert_eq!(asked_of(&contract, lead, &meeting), ["meeting minutes", "obligation submit"]);
        assert_eq!(state(&meeting, "minutes"), "planned");

        let incident = json!({ "title": "宛先の誤り", "kind": ["accident"], "detected_by": "運用担当", "known": "1通を誤って送った。", "ppc": "no" });
        let incident = contract.add(lead, "incident", incident).unwrap();
        assert_eq!(asked_of(&contract, lead, &incident), ["incident report"]);
        contract.take(lead, &incident, "report", json!({})).unwrap();
        assert_eq!(state(&incident, "incident_report"), "submitted");
        // The supervisor confirms it by closing the incident, and is not asked for anything before the detail is there.
        assert_eq!(asked_of(&contract, supervisor, &incident), Vec::<String>::new());
        let detail = json!({ "cause": "確認の漏れ", "impact": "1人", "response": "削除を求めた" });
        contract.take(lead, &incident, "detail", detail).unwrap();
        assert_eq!(asked_of(&contract, supervisor, &incident), ["incident close"]);
        contract.take(lead, &incident, "add", json!({ "recovered_on": "2026-05-11" })).unwrap();
        contract.take(supervisor, &incident, "close", json!({ "blame": "contractor" })).unwrap();
        assert_eq!(state(&incident, "incident_report"), "accepted");

        let report = json!({ "title": "4月分", "kind": "completion", "period": "2026-04-01", "report": "終えた", "medium": "upload", "place": "この台帳" });
        let made = contract.add(lead, "hand_in", report).unwrap();
        contract.take(lead, &made, "send", json!({})).unwrap();
        contract.take(inspector, &made, "receive", json!({})).unwrap();
        assert_eq!(asked_of(&contract, inspector, &made), ["hand_in inspect"]);
        assert_eq!(asked_of(&contract, supervisor, &made), Vec::<String>::new());
    });
}

/// In every contract pack, what a record's own duty asks of the same people is settled by an act of that record.
#[test]
fn in_every_pack_first_reports_minutes_inspections_and_payments_are_met_by_their_records() {
    let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let names = ["allowance", "oa", "reconstruction", "talent", "verification"].map(|name| format!("contract_{name}"));
    let sources: Vec<_> = ["core", "engagement"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .map(|name| read_folder(&packs.join(name)).unwrap())
        .collect();
    let catalogue = load(&sources).unwrap();
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for terms in catalogue.terms.values() {
        for item in &terms.items {
            let Every::Record { ledger: name } = &item.every else { continue };
            let ledger = catalogue.ledger(name).unwrap();
            let act = item.values.iter().find(|(field, _)| field == "met_by").and_then(|(_, act)| act.as_str());
            let first =
                ["minutes", "inspection", "payment"].contains(&item.name.as_str()) || item.name.ends_with("_first");
            assert!(act.is_some() || !first, "{} {} is asked for twice", terms.name, item.name);
            let Some(act) = act else { continue };
            // The record's own duty ends with that act, so that it asks in the deadline's place.
            let from = &ledger.workflow.transition(act).unwrap().from;
            let asks = ledger.duties.iter().any(|duty| {
                matches!(duty.holder, Holder::Role { .. }) && duty.states.iter().any(|state| from.contains(state))
            });
            assert!(asks, "{} {}: nobody is asked for {act}", terms.name, item.name);
            *met.entry(name).or_default() += 1;
        }
    }
    assert_eq!(
        met.into_iter().collect::<Vec<_>>(),
        [("hand_in", 6), ("honorarium", 1), ("incident", 8), ("invoice", 5), ("meeting", 3)]
    );
}
