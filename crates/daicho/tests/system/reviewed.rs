//! Documents that follow from packs and code and are kept in the repository so that a reviewer sees every change of them.
//!
//! `DAICHO_TEST_RENEW=1 cargo test -p daicho --test system reviewed` writes them anew; look at the difference before it
//! is committed.

use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::on_each_database;

use crate::agency::Agency;
use crate::program::Program;

/// Compare with the file in `docs/`, or write it.
fn current(name: &str, what: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var("DAICHO_TEST_RENEW").is_ok() {
        std::fs::write(&path, made).expect("the file is written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept == made {
        return;
    }
    let gone = kept.lines().filter(|line| !made.lines().any(|other| other == *line)).map(|line| format!("- {line}"));
    let new = made.lines().filter(|line| !kept.lines().any(|other| other == *line)).map(|line| format!("+ {line}"));
    let lines: Vec<String> = gone.chain(new).take(40).collect();
    panic!(
        "docs/{name} is not {what} any more. When the change is meant, renew it with\n\
         DAICHO_TEST_RENEW=1 cargo test -p daicho --test system reviewed\n{}",
        lines.join("\n")
    );
}

#[test]
fn the_printed_policy_is_the_one_that_was_reviewed() {
    let policy = Program::new().done(&["policy"]);
    assert!(policy.lines().count() > 50 && policy.starts_with("ledger\trole\tscope\t"), "{policy}");
    current("policy.tsv", "the policy of the packs", &policy);
}

#[test]
fn the_description_of_the_api_is_the_one_that_was_reviewed() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-11-20");
        let kernel = agency.installation().kernel();
        // Somebody who holds every role sees whatever anybody sees.
        // Roles from outside see less of the same.
        let roles = kernel.catalogue.roles.values().filter(|role| !role.outside);
        let roles: Vec<&str> = roles.map(|role| role.name.as_str()).collect();
        let person = agency.create("person", json!({ "number": "26001", "name": "見本" })).id;
        let description = agency.somebody("subete", Some(&person), &roles).get("/api/openapi.json").json();
        current("openapi.json", "the description of the API", &lines(&description, 0));
        sound(&description);
    });
}

/// JSON with a line for each address and each schema, so that a difference reads as what it is.
fn lines(value: &Value, depth: usize) -> String {
    let Some(map) = value.as_object().filter(|map| depth < 3 && !map.is_empty()) else { return value.to_string() };
    let inside = "  ".repeat(depth + 1);
    // Below `paths` the next level is an address, below `components` a kind of component.
    let deeper = |key: &str| if depth == 0 && key == "paths" { 2 } else { depth + 1 };
    let entries: Vec<String> = map
        .iter()
        .map(|(key, value)| format!("{inside}{}: {}", Value::from(key.as_str()), lines(value, deeper(key))))
        .collect();
    let end = if depth == 0 { "\n" } else { "" };
    format!("{{\n{}\n{}}}{end}", entries.join(",\n"), "  ".repeat(depth))
}

/// Every reference leads somewhere, every path parameter is declared, every operation has its own name.
fn sound(description: &Value) {
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let path = reference.trim_start_matches('#');
        assert!(description.pointer(path).is_some(), "{reference} leads nowhere");
    }
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in description["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
            assert!(names.insert(name.to_string()), "{name} is used twice");
            let declared: Vec<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|one| one["in"] == "path")
                .filter_map(|one| one["name"].as_str())
                .collect();
            let needed: Vec<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            assert_eq!(declared, needed, "{method} {path}");
            assert!(operation["responses"].is_object(), "{method} {path}");
        }
    }
}
