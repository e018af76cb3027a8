//! Reading access rules.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::definition::{AccessRule, ClassSet, Scope, Workflow};
use crate::pack::near::nearest;
use crate::pack::toml_text::{Name, Table, Value};

const RIGHTS: [&str; 4] = ["create", "export", "import", "history"];

/// The rules of a ledger, and for each the number of the `[[access]]` it was written in.
pub(super) fn access(table: &Table<'_>, workflow: &Workflow) -> (Vec<AccessRule>, Vec<usize>) {
    let mut rules = Vec::new();
    let mut from = Vec::new();
    for (index, one) in table.tables("access").into_iter().enumerate() {
        let roles = one.names("role");
        if roles.is_empty() {
            one.raise(
                &one.place,
                "権限に「role」がありません。",
                "role = \"役割\" を書いてください。全員なら \"everyone\" です。",
            );
        }
        let can = rights(&one);
        let mut transitions: BTreeSet<String> = one.texts("transitions").into_iter().collect();
        if transitions.remove("*") {
            transitions.extend(workflow.transitions.iter().map(|transition| transition.name.clone()));
        }
        let rule = AccessRule {
            role: String::new(),
            scope: scope(&one),
            states: one.texts("states"),
            conditions: conditions(&one),
            except: one.texts("except"),
            read: classes(&one, "read"),
            write: classes(&one, "write"),
            create: can.contains("create"),
            export: can.contains("export"),
            import: can.contains("import"),
            history: can.contains("history"),
            transitions,
            documents: one.texts("documents").into_iter().collect(),
        };
        one.finish("権限");
        for role in roles {
            rules.push(AccessRule { role: role.text, ..rule.clone() });
            from.push(index);
        }
    }
    (rules, from)
}

fn rights(table: &Table<'_>) -> BTreeSet<String> {
    let mut can = BTreeSet::new();
    for right in table.names("can") {
        if RIGHTS.contains(&right.text.as_str()) {
            can.insert(right.text);
            continue;
        }
        let mend = match nearest(&right.text, RIGHTS) {
            Some(near) => format!("「{near}」ではありませんか。"),
            None => "使えるのは create、export、import、history です。読み書きは read と write、操作は transitions に書きます。".into(),
        };
        table.raise(&right.place, format!("「{}」という権限はありません。", right.text), mend);
    }
    can
}

fn scope(table: &Table<'_>) -> Scope {
    const FORMS: &str =
        "\"all\"、\"office:組織の項目\"、\"person:人の項目,人の項目\"、\"myself\" のいずれかを書いてください。";
    let Some(Name { text, place }) = table.name("scope") else { return Scope::All };
    match text.split_once(':') {
        None if text == "all" => Scope::All,
        None if text == "myself" => Scope::Myself,
        Some(("office", field)) if !field.trim().is_empty() => Scope::Office { field: field.trim().to_owned() },
        Some(("person", fields)) if fields.split(',').all(|field| !field.trim().is_empty()) => {
            Scope::Person { fields: fields.split(',').map(|field| field.trim().to_owned()).collect() }
        }
        _ => {
            table.raise(&place, format!("範囲「{text}」の書き方が違います。"), FORMS);
            Scope::All
        }
    }
}

fn classes(table: &Table<'_>, key: &'static str) -> ClassSet {
    let mut set = ClassSet::default();
    for class in table.texts(key) {
        if class == "*" {
            set.all = true;
        } else {
            set.names.insert(class);
        }
    }
    set
}

/// `where = { field = "value", other = ["a", "b"] }`.
pub(super) fn conditions(table: &Table<'_>) -> Vec<(String, Vec<Json>)> {
    let mut conditions = Vec::new();
    for (field, item) in table.free_under("where") {
        let items = match &item.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![item],
        };
        let mut values = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) => values.push(Json::from(text.as_str())),
                Value::Int(number) => values.push(Json::from(*number)),
                Value::Flag(flag) => values.push(Json::from(*flag)),
                _ => table.raise(
                    &item.place,
                    "条件の値に使えるのは文字列、整数、true・false です。",
                    "項目 = [\"値\", \"値\"] の形で書いてください。",
                ),
            }
        }
        if values.is_empty() {
            table.raise(
                &field.place,
                format!("「{}」の条件に値がありません。", field.text),
                "値を一つ以上書いてください。",
            );
        }
        conditions.push((field.text, values));
    }
    conditions
}
