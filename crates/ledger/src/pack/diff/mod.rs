//! What a change of packs touches: the table that operators owe for every change (影響範囲一覧).
//!
//! [`diff`] compares two catalogues and says for every field, state, transition, choice and rule that was added, changed,
//! renamed, retired or removed which screens, lists, imports, documents and rules use it.

mod facts;
mod uses;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::definition::{Catalogue, Choice, Field, Kind, Ledger};

/// How something differs between two catalogues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only in the new one.
    Added,
    /// In both, with other properties.
    Changed,
    /// In both, under another name (`was`).
    Renamed,
    /// Kept for old records, no longer asked for.
    Retired,
    /// Only in the old one.
    Removed,
}

impl Change {
    /// Japanese word.
    pub fn label(self) -> &'static str {
        match self {
            Change::Added => "追加",
            Change::Changed => "変更",
            Change::Renamed => "改名",
            Change::Retired => "使用終了",
            Change::Removed => "削除",
        }
    }
}

/// What uses the thing that changed, in Japanese words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Touches {
    /// Sections of forms and details, dialogs of transitions.
    pub screens: Vec<String>,
    /// Columns, filters, groupings, orders and saved views.
    pub lists: Vec<String>,
    /// Headings of import files.
    pub imports: Vec<String>,
    /// Document forms.
    pub documents: Vec<String>,
    /// Expressions, duties, access rules, keys, numbering and indexes, of other ledgers too.
    pub rules: Vec<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffRow {
    /// Ledger; empty for what belongs to no ledger (roles, shared choices).
    pub ledger: String,
    /// What it is, in Japanese: 項目, 状態, 操作, 期限付き作業, 権限, 選択肢, 文書, 役割, 台帳 …
    pub what: String,
    /// Its identifier: for a field the field's name.
    pub field: String,
    /// How it differs.
    pub change: Change,
    /// The properties that differ, in Japanese.
    pub detail: Vec<String>,
    /// What uses it.
    pub touches: Touches,
    /// Set when the change would leave old records without their meaning: what to write instead.
    pub problem: Option<String>,
}

impl DiffRow {
    fn new(ledger: &str, what: &str, field: &str, change: Change) -> Self {
        Self {
            ledger: ledger.into(),
            what: what.into(),
            field: field.into(),
            change,
            detail: Vec::new(),
            touches: Touches::default(),
            problem: None,
        }
    }
}

/// Every difference between two catalogues, in order of ledger and declaration.
pub fn diff(old: &Catalogue, new: &Catalogue) -> Vec<DiffRow> {
    let mut rows = Vec::new();
    let roles = |catalogue: &Catalogue| -> Vec<(String, String)> {
        catalogue.roles.values().map(|role| (role.name.clone(), format!("{} {}", role.label, role.help))).collect()
    };
    compare(&mut rows, "", "役割", &roles(old), &roles(new));
    for (name, set) in &new.choices {
        if let Some(before) = old.choices.get(name) {
            choices(&mut rows, name, &before.choices, &set.choices, new);
        }
    }
    for (name, ledger) in &new.ledgers {
        match old.ledgers.get(name) {
            Some(before) => self::ledger(&mut rows, old, before, new, ledger),
            None => rows.push(DiffRow::new(name, "台帳", name, Change::Added)),
        }
    }
    for name in old.ledgers.keys().filter(|name| !new.ledgers.contains_key(*name)) {
        let mut row = DiffRow::new(name, "台帳", name, Change::Removed);
        row.problem =
            Some("台帳を消すと、今ある記録を開けなくなります。台帳を残し、hidden = true を書いてください。".into());
        rows.push(row);
    }
    rows
}

fn ledger(rows: &mut Vec<DiffRow>, old: &Catalogue, before: &Ledger, new: &Catalogue, after: &Ledger) {
    for field in &after.fields {
        let former = before.field(&field.name).map(|was| (was, false));
        let renamed = || field.was.iter().find_map(|was| before.field(was)).map(|was| (was, true));
        let Some((was, renamed)) = former.or_else(renamed) else {
            let mut row = DiffRow::new(&after.name, "項目", &field.name, Change::Added);
            row.touches = uses::of(new, after, &field.name);
            rows.push(row);
            continue;
        };
        let detail = facts::differences(was, field);
        let change = match (renamed, field.retired && !was.retired) {
            (true, _) => Change::Renamed,
            (_, true) => Change::Retired,
            _ if detail.is_empty() => continue,
            _ => Change::Changed,
        };
        let mut row = DiffRow::new(&after.name, "項目", &field.name, change);
        row.touches = if change == Change::Retired {
            uses::of(old, before, &was.name)
        } else {
            uses::of(new, after, &field.name)
        };
        if renamed {
            row.detail.push(format!("名前: {} → {}", was.name, field.name));
            row.touches.join(uses::of(old, before, &was.name));
        }
        row.detail.extend(detail);
        row.problem = narrowed(was, field);
        rows.push(row);
    }
    let kept =
        |name: &str| after.fields.iter().any(|field| field.name == name || field.was.iter().any(|was| was == name));
    for field in before.fields.iter().filter(|field| !kept(&field.name)) {
        let mut row = DiffRow::new(&after.name, "項目", &field.name, Change::Removed);
        row.touches = uses::of(old, before, &field.name);
        row.problem = Some(format!(
            "今ある記録がこの項目の値を持っているかもしれません。消さずに {} に retired = true を書いてください。名前を変えたのなら、新しい項目に was = [\"{}\"] を書いてください。",
            field.name, field.name
        ));
        rows.push(row);
    }
    states(rows, before, after);
    for (what, facts) in facts::OF_LEDGER {
        compare(rows, &after.name, what, &facts(old, before), &facts(new, after));
    }
}

/// Why values that records hold would no longer be what the field says.
fn narrowed(was: &Field, now: &Field) -> Option<String> {
    let same = match (&was.kind, &now.kind) {
        (Kind::Rows { .. }, Kind::Rows { .. }) => true,
        // Lines become longer text, whole numbers become amounts, one choice set may grow into another.
        (Kind::Text, Kind::LongText) | (Kind::Integer, Kind::Yen) | (Kind::Yen, Kind::Integer) => true,
        (Kind::Choice { .. }, Kind::Choice { .. }) | (Kind::Choices { .. }, Kind::Choices { .. }) => true,
        (was, now) => facts::kind(was) == facts::kind(now),
    };
    (!same).then(|| {
        format!(
            "今ある記録の値は「{}」の形のままです。新しい名前の項目を加え、{} には retired = true を書いてください。",
            facts::kind(&was.kind),
            was.name
        )
    })
}

fn states(rows: &mut Vec<DiffRow>, before: &Ledger, after: &Ledger) {
    let former =
        |name: &str| after.renamed_states.iter().filter(|(_, now)| *now == name).map(|(was, _)| was.clone()).next();
    for state in &after.workflow.states {
        let was = before.workflow.state(&state.name);
        let renamed = former(&state.name).filter(|was| before.workflow.state(was).is_some());
        let mut row = match (was, renamed) {
            (None, Some(was)) => {
                let mut row = DiffRow::new(&after.name, "状態", &state.name, Change::Renamed);
                row.detail.push(format!("名前: {was} → {}", state.name));
                row
            }
            (None, None) => DiffRow::new(&after.name, "状態", &state.name, Change::Added),
            (Some(was), _) if facts::state(was) == facts::state(state) => continue,
            (Some(was), _) => {
                let mut row = DiffRow::new(&after.name, "状態", &state.name, Change::Changed);
                row.detail = vec![format!("{} → {}", facts::state(was), facts::state(state))];
                row
            }
        };
        row.touches = uses::of_state(after, &state.name);
        rows.push(row);
    }
    for state in &before.workflow.states {
        if after.workflow.state(&state.name).is_none() && !after.renamed_states.contains_key(&state.name) {
            let mut row = DiffRow::new(&after.name, "状態", &state.name, Change::Removed);
            row.touches = uses::of_state(before, &state.name);
            row.problem = Some(format!(
                "この状態の記録があると、そこから先に進めなくなります。引き継ぐ状態に was = [\"{}\"] を書いてください。",
                state.name
            ));
            rows.push(row);
        }
    }
}

fn choices(rows: &mut Vec<DiffRow>, set: &str, before: &[Choice], after: &[Choice], new: &Catalogue) {
    let start = rows.len();
    let facts = |choices: &[Choice]| -> Vec<(String, String)> {
        choices.iter().map(|choice| (choice.code.clone(), facts::choice(choice))).collect()
    };
    compare(rows, "", &format!("選択肢 {set}"), &facts(before), &facts(after));
    for row in rows.iter_mut().skip(start) {
        row.touches = uses::of_choices(new, set);
        if row.change == Change::Removed {
            row.problem = Some(format!(
                "今ある記録が「{}」を持っているかもしれません。消さずに to = \"最後の日\" を書いてください。",
                row.field
            ));
        }
    }
}

/// Rows for what is in one list and not in the other, or has other properties.
fn compare(rows: &mut Vec<DiffRow>, ledger: &str, what: &str, before: &[(String, String)], after: &[(String, String)]) {
    let old: BTreeMap<&str, &str> = before.iter().map(|(name, facts)| (name.as_str(), facts.as_str())).collect();
    let new: BTreeMap<&str, &str> = after.iter().map(|(name, facts)| (name.as_str(), facts.as_str())).collect();
    for (name, facts) in after {
        match old.get(name.as_str()) {
            None => rows.push(DiffRow::new(ledger, what, name, Change::Added)),
            Some(was) if was != facts => {
                let mut row = DiffRow::new(ledger, what, name, Change::Changed);
                row.detail = facts::changed_parts(was, facts);
                rows.push(row);
            }
            Some(_) => {}
        }
    }
    for (name, _) in before.iter().filter(|(name, _)| !new.contains_key(name.as_str())) {
        rows.push(DiffRow::new(ledger, what, name, Change::Removed));
    }
}

/// The table as text for people.
pub fn print_diff(rows: &[DiffRow]) -> String {
    if rows.is_empty() {
        return "変更はありません。\n".into();
    }
    let mut out = String::new();
    let mut ledger = None;
    for row in rows {
        if ledger != Some(&row.ledger) {
            let name = if row.ledger.is_empty() { "共通" } else { &row.ledger };
            out.push_str(&format!("■ {name}\n"));
            ledger = Some(&row.ledger);
        }
        out.push_str(&format!("  [{}] {} {}\n", row.change.label(), row.what, row.field));
        for detail in &row.detail {
            out.push_str(&format!("      {detail}\n"));
        }
        for (label, touched) in [
            ("画面", &row.touches.screens),
            ("一覧", &row.touches.lists),
            ("取込み", &row.touches.imports),
            ("文書", &row.touches.documents),
            ("規則", &row.touches.rules),
        ] {
            if !touched.is_empty() {
                out.push_str(&format!("      {label}: {}\n", touched.join("、")));
            }
        }
        if let Some(problem) = &row.problem {
            out.push_str(&format!("      誤り: {problem}\n"));
        }
    }
    let wrong = rows.iter().filter(|row| row.problem.is_some()).count();
    out.push_str(&format!("変更 {} 件、うち直すべきもの {wrong} 件\n", rows.len()));
    out
}

#[cfg(test)]
mod tests;
