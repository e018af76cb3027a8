//! Who sees what when: the table of `docs/talent-evaluation.md`, asked of the access rules themselves.

use std::path::PathBuf;

use ledger::access::Access;
use ledger::pack::{load, read_folder};
use ledger::{Principal, Record};
use serde_json::{Value, json};
use talent::evaluation::names::state;
use testkit::somebody;

use crate::agency::body;

/// States in the order of the scheme; `cancelled` stands before all, because nothing opens there that was not open.
const ORDER: [&str; 12] = [
    state::CANCELLED,
    state::GOAL_SETTING,
    state::GOAL_CHECK,
    state::IN_TERM,
    state::SELF_REPORT,
    state::EVALUATING,
    state::ADJUSTING,
    state::CONFIRMING,
    state::CONFIRMED,
    state::DISCLOSED,
    state::CLOSED,
    state::CORRECTING,
];

fn record(ledger: &str, id: &str, state: &str, values: Value) -> Record {
    let at = chrono::DateTime::UNIX_EPOCH;
    Record {
        ledger: ledger.into(),
        id: id.into(),
        revision: 1,
        state: state.into(),
        body: body(values),
        acts: Default::default(),
        created_at: at,
        recorded_at: at,
    }
}

fn sheet(state: &str, exempt: bool) -> Record {
    let values = json!({
        "subject": "subject", "evaluator": "evaluator", "adjuster": "adjuster", "confirmer": "confirmer",
        "organisation": "office", "exempt": exempt, "carried_over": false,
    });
    record("evaluation_sheet", "sheet", state, values)
}

fn signed_in(person: &str, roles: &[&str]) -> Principal {
    somebody(person, Some(&record("person", person, "active", json!({}))), roles)
}

#[test]
fn the_access_rules_are_the_table_in_the_documentation() {
    let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let catalogue =
        load(&["core", "talent"].map(|name| read_folder(&packs.join(name)).expect("the pack"))).expect("no mistakes");
    let ledger = catalogue.ledger("evaluation_sheet").expect("the ledger");
    let readers = [
        signed_in("subject", &[]),
        signed_in("evaluator", &[]),
        signed_in("adjuster", &[]),
        signed_in("confirmer", &[]),
        signed_in("officer", &["personnel"]),
        signed_in("auditor", &["auditor"]),
        // The same as the subject, whatever roles they hold.
        signed_in("subject", &["personnel", "auditor", "security_officer", "administrator", "complaint_officer"]),
        signed_in("colleague", &["administrator", "security_officer", "complaint_officer"]),
    ];
    let (always, never) = ("always", "never");
    let table = [
        ("base", [always, always, always, always, always, always, always, never]),
        ("items", [always, always, always, always, always, always, always, never]),
        ("goals", [always, always, always, always, always, always, always, never]),
        ("interviews", [always, always, always, always, always, always, always, never]),
        ("self", [always, "evaluating", "adjusting", "confirming", "evaluating", always, always, never]),
        ("concurrent", [never, "evaluating", "adjusting", "confirming", "evaluating", always, never, never]),
        ("evaluation", [never, "evaluating", "adjusting", "confirming", "adjusting", always, never, never]),
        ("adjustment", [never, never, "adjusting", "confirming", "adjusting", always, never, never]),
        ("confirmation", [never, never, never, "confirming", "adjusting", always, never, never]),
        ("result", ["disclosed", "confirmed", "confirmed", "confirming", always, always, "disclosed", never]),
        ("correction", [never, never, never, never, always, always, never, never]),
    ];
    assert_eq!(ledger.classes.len(), table.len(), "a class without a line in the table");
    for (class, cells) in table {
        for (who, expected) in readers.iter().zip(cells) {
            let open = |state: &str, exempt: bool| {
                Access::new(ledger, who).readable_classes(&sheet(state, exempt)).contains(class)
            };
            for (at, state) in ORDER.iter().enumerate() {
                let wanted = match expected {
                    "always" => true,
                    "never" => false,
                    from => ORDER.iter().position(|known| *known == from).is_some_and(|first| at >= first),
                };
                assert_eq!(open(state, false), wanted, "{class} for {} in {state}", who.name);
            }
        }
    }
    // Exempt from disclosure: the result stays closed to the subject for good, roles or not.
    for who in [&readers[0], &readers[6]] {
        for state in ORDER {
            assert!(!Access::new(ledger, who).readable_classes(&sheet(state, true)).contains("result"), "{state}");
            assert!(!Access::new(ledger, who).may_read_history(&sheet(state, false)), "{state}");
            assert!(
                Access::new(ledger, who).exportable() == ledger::query::Filter::Nothing
                    || !Access::new(ledger, who).exportable().matches(&sheet(state, false))
            );
        }
    }
}
