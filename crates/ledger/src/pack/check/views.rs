//! Lists, saved views, form sections and documents.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Looking, is_plain};
use crate::definition::{Brought, Kind, SavedView};

/// Columns that every list has beside the fields.
const OWN: [&str; 3] = ["state", "recorded_at", "created_at"];

pub(super) fn check(looking: &Looking<'_>) {
    let views = &looking.ledger.views;
    for column in &views.columns {
        let path = if column.shown { "list.columns" } else { "list.more" };
        plain(looking, path, &column.field, "一覧の列");
    }
    for name in &views.filters {
        plain(looking, "list.filters", name, "絞り込み");
    }
    for name in &views.groups {
        plain(looking, "list.groups", name, "集計");
        if looking.ledger.field(name).is_some_and(|field| matches!(field.kind, Kind::LongText)) {
            looking.raise(
                "list.groups",
                format!("長い文の項目「{name}」では集計できません。"),
                "選択、日付、参照などの項目を書いてください。",
            );
        }
    }
    for sort in &views.sort {
        plain(looking, "list.sort", &sort.field, "並び順");
    }
    for view in &views.saved {
        self::view(looking, view);
    }
    let mut placed = BTreeSet::new();
    for (index, section) in views.sections.iter().enumerate() {
        let path = format!("section.{index}.fields");
        looking.fields(&path, &section.fields);
        for name in &section.fields {
            if !placed.insert(name) {
                looking.raise(
                    &path,
                    format!("項目「{name}」が二つの区画にあります。"),
                    "一つの区画だけに書いてください。",
                );
            }
        }
    }
    for document in &looking.ledger.documents {
        // The states of a document are those of its ledger; the form itself is checked when it is typeset.
        let path = format!("document.{document}.states");
        if let Some(form) = looking.documents.get(document) {
            looking.states(&path, &form.states);
            for (name, brought) in &form.brings {
                self::brought(looking, &format!("document.{document}.brings.{name}"), brought);
            }
        }
    }
}

/// What a document brings along must be reached by references.
fn brought(looking: &Looking<'_>, path: &str, brought: &Brought) {
    let mend = "参照の項目か、「台帳.項目」の形でこの台帳を参照する項目を書いてください。";
    match brought {
        Brought::Named { field } => {
            if looking.field(path, field).is_some_and(|field| field.target().is_none()) {
                looking.raise(path, format!("項目「{field}」は参照の項目ではありません。"), mend);
            }
        }
        Brought::Naming { ledger, field } => {
            if looking.broken.contains(ledger) {
                return;
            }
            let Some(other) = looking.ledgers.get(ledger) else {
                looking.unknown(path, "台帳", ledger, looking.ledgers.keys().map(String::as_str));
                return;
            };
            let Some(found) = other.ledger.field(field) else {
                looking.unknown(path, "項目", field, other.ledger.fields.iter().map(|field| field.name.as_str()));
                return;
            };
            let own = looking.ledger.field(field).and_then(|field| field.target());
            let leads_here = found.target() == Some(&looking.ledger.name);
            if !leads_here && (found.target().is_none() || found.target() != own) {
                looking.raise(path, format!("台帳「{ledger}」の項目「{field}」は、この台帳につながりません。"), mend);
            }
        }
    }
}

fn plain(looking: &Looking<'_>, path: &str, name: &str, what: &str) {
    if OWN.contains(&name) {
        return;
    }
    let Some(field) = looking.ledger.field(name) else {
        looking.unknown(path, "項目", name, looking.field_names().chain(OWN));
        return;
    };
    if !is_plain(&field.kind) {
        let place = looking.place(path).within(name, 0);
        looking.push(place.problem(
            format!("項目「{name}」は表か添付で、{what}にできません。"),
            "文字、数、日付、選択、参照の項目を書いてください。詳細の画面には自動で出ます。",
        ));
    }
}

fn view(looking: &Looking<'_>, view: &SavedView) {
    for (name, values) in &view.conditions {
        let path = format!("view.{}.where.{name}", view.name);
        condition(looking, &path, name, values);
    }
}

/// A condition on a field must name values that the field can hold.
pub(super) fn condition(looking: &Looking<'_>, path: &str, name: &str, values: &[Value]) {
    let texts = || values.iter().filter_map(Value::as_str);
    if name == "state" {
        let states: Vec<String> = texts().map(str::to_owned).collect();
        looking.states(path, &states);
        return;
    }
    let Some(field) = looking.field(path, name) else { return };
    match &field.kind {
        Kind::Choice { set } | Kind::Choices { set } => {
            let Some(set) = looking.choices.get(set) else { return };
            for code in texts().filter(|code| !set.choices.iter().any(|choice| choice.code == **code)) {
                looking.unknown(path, "選択肢", code, set.choices.iter().map(|choice| choice.code.as_str()));
            }
        }
        Kind::YesNo if !values.iter().all(Value::is_boolean) => {
            looking.raise(
                path,
                format!("項目「{name}」は、はい・いいえの項目です。"),
                "true か false を書いてください。",
            );
        }
        Kind::Rows { .. } | Kind::Attachment | Kind::LongText => {
            looking.raise(
                path,
                format!("項目「{name}」は条件に使えません。"),
                "選択、日付、参照などの項目を書いてください。",
            );
        }
        _ => {}
    }
    if texts().any(|text| text == "@me") && field.target() != Some("person") {
        looking.raise(
            path,
            format!("項目「{name}」は人の項目ではないので「@me」を使えません。"),
            "kind = \"person\" の項目を書いてください。",
        );
    }
}
