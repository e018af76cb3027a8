//! Access rules: roles, scopes, classes and acts exist, and somebody can read the ledger.

use super::Looking;
use crate::definition::{AccessRule, Scope};

pub(super) fn check(looking: &Looking<'_>) {
    let ledger = looking.ledger;
    for (rule, from) in ledger.access.iter().zip(looking.access_from) {
        self::rule(looking, rule, &format!("access.{from}"));
    }
    if !ledger.access.iter().any(|rule| !rule.read.is_empty()) {
        looking.raise(
            "ledger",
            format!("台帳「{}」を読める人がいません。", ledger.name),
            "[[access]] に role と read を書いてください。書かれていないことは許されません。",
        );
    }
}

fn rule(looking: &Looking<'_>, rule: &AccessRule, path: &str) {
    let ledger = looking.ledger;
    looking.role(&format!("{path}.role"), &rule.role);
    let scope = format!("{path}.scope");
    match &rule.scope {
        Scope::All => {}
        Scope::Office { field } if field == "id" && ledger.name == "organisation" => {}
        Scope::Office { field } => looking.refers_to(&scope, field, "organisation", "組織"),
        Scope::Person { fields } => {
            for field in fields {
                looking.refers_to(&scope, field, "person", "人");
            }
        }
        Scope::Myself if ledger.name == "person" => {}
        Scope::Myself => looking.raise(
            &scope,
            "「myself」は台帳「person」だけで使えます。",
            "本人の項目を使って scope = \"person:項目\" と書いてください。",
        ),
    }
    for field in &rule.except {
        looking.refers_to(&format!("{path}.except"), field, "person", "人");
    }
    looking.states(&format!("{path}.states"), &rule.states);
    for (key, set) in [("read", &rule.read), ("write", &rule.write)] {
        for class in &set.names {
            if !ledger.classes.iter().any(|known| known.name == *class) {
                let known = ledger.classes.iter().map(|class| class.name.as_str()).chain(["*"]);
                looking.unknown(&format!("{path}.{key}"), "項目区分", class, known);
            }
        }
    }
    for (name, values) in &rule.conditions {
        super::views::condition(looking, &format!("{path}.where.{name}"), name, values);
    }
    for name in &rule.transitions {
        if ledger.workflow.transition(name).is_none() {
            let known = ledger.workflow.transitions.iter().map(|one| one.name.as_str());
            looking.unknown(&format!("{path}.transitions"), "操作", name, known);
        }
    }
    for name in &rule.documents {
        if name != "*" && !ledger.documents.contains(name) {
            looking.unknown(&format!("{path}.documents"), "文書", name, ledger.documents.iter().map(String::as_str));
        }
    }
    let acts = rule.create || rule.import;
    if acts && rule.write.is_empty() {
        looking.raise(
            &format!("{path}.can"),
            "記録を作れますが、書ける項目がありません。",
            "write = \"*\" など、書ける項目区分を加えてください。",
        );
    }
    // History alone is for those who search the journal: they know that something was done, and read no values.
    if rule.export && rule.read.is_empty() {
        looking.raise(
            &format!("{path}.can"),
            "書き出しを許していますが、読める項目がありません。",
            "read = \"base\" など、読める項目区分を加えてください。",
        );
    }
}
