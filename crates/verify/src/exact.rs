//! Where hashes differ: what exactly differs, field by field, from the entries of that record.

use std::collections::{BTreeMap, BTreeSet};

use ledger::port::StoreError;
use serde_json::{Map, Value, json};
use store::inspect::{Held, Inspection, RawEntry, RawRecord};

use crate::finding::{Change, Finding};
use crate::fold::changes_record;

/// A version as its entries make it.
#[derive(Debug, Clone, Default)]
struct Told {
    revision: i64,
    state: String,
    created_at: String,
    recorded_at: String,
    superseded_at: String,
    acts: Map<String, Value>,
    body: Map<String, Value>,
    sequence: i64,
    /// Entry by which each field got its value.
    by: BTreeMap<String, (i64, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Ledger, record and revision of an entry.
pub fn revision(entry: &RawEntry) -> Option<(String, String, i64)> {
    let body: Value = serde_json::from_str(&entry.body).ok()?;
    Some((text(body.get("ledger")?), text(body.get("record")?), body.get("revision")?.as_i64()?))
}

/// Rows that an entry stamps as being there: table and name.
pub fn rows(entry: &RawEntry) -> Vec<(String, String)> {
    let body: Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let tables = body.get("rows").and_then(Value::as_object).cloned().unwrap_or_default();
    let named = tables.into_iter().flat_map(|(table, rows)| {
        let rows = rows.as_object().cloned().unwrap_or_default();
        rows.into_iter().filter(|(_, digest)| !digest.is_null()).map(move |(row, _)| (table.clone(), row))
    });
    named.collect()
}

/// All versions of a record as its entries make them.
fn told(entries: &[RawEntry], ledger: &str) -> Vec<Told> {
    let mut versions: Vec<Told> = Vec::new();
    for entry in entries {
        let Ok(body) = serde_json::from_str::<Value>(&entry.body) else { continue };
        let part = |name: &str| body.get(name).cloned().unwrap_or_default();
        let act = text(&part("act"));
        if !changes_record(&act) || part("ledger") != ledger {
            continue;
        }
        let at = text(&part("at"));
        let mut now = versions.last().cloned().unwrap_or_default();
        if let Some(last) = versions.last_mut() {
            last.superseded_at.clone_from(&at);
        }
        now.revision = part("revision").as_i64().unwrap_or_default();
        now.state = text(&part("state_after"));
        now.recorded_at.clone_from(&at);
        now.superseded_at = "9999-12-31T23:59:59.999999Z".into();
        now.sequence = entry.sequence;
        if now.revision == 1 {
            now.created_at.clone_from(&at);
        }
        for (field, change) in part("changes").as_object().into_iter().flatten() {
            now.by.insert(field.clone(), (entry.sequence, at.clone()));
            match change.get("after") {
                None | Some(Value::Null) => now.body.shift_remove(field),
                Some(after) => now.body.insert(field.clone(), after.clone()),
            };
        }
        let kept: BTreeSet<String> =
            part("acts").as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
        now.acts.retain(|name, _| kept.contains(name));
        let actor = part("actor");
        let of = |name: &str| actor.get(name).cloned().unwrap_or_default();
        let done = act.strip_prefix("transition:").unwrap_or(&act).to_owned();
        now.acts.insert(done, json!({"account": of("account"), "person": of("person"), "at": at}));
        versions.push(now);
    }
    versions
}

/// What differs between a row and what its entries tell. Empty where only the form of the text differs.
pub fn record(
    inspection: &mut Inspection<'_, '_>,
    held: Held,
    row: &RawRecord,
    sequence: Option<i64>,
) -> Result<Vec<Finding>, StoreError> {
    let table = if held == Held::Record { "record" } else { "version" };
    let named = Finding {
        table: table.into(),
        row: format!("{}/{}", row.ledger, row.id),
        ledger: Some(row.ledger.clone()),
        record: Some(row.id.clone()),
        revision: Some(row.revision),
        sequence,
        ..Finding::default()
    };
    let versions = told(&inspection.entries_of(&row.id)?, &row.ledger);
    let expected = match held {
        Held::Record => versions.last(),
        Held::Version => versions.iter().find(|version| version.revision == row.revision),
    };
    let Some(expected) = expected.filter(|_| sequence.is_some()) else {
        let reason = match held {
            Held::Record => "証跡にない記録があります",
            Held::Version => "証跡にない版があります",
        };
        return Ok(vec![Finding { change: Change::Added, reason: reason.into(), ..named }]);
    };
    let mut findings = Vec::new();
    let mut differs = |field: &str, old: Option<String>, new: Option<String>, by: Option<&(i64, String)>| {
        if old != new {
            let (sequence, at) = by.cloned().unwrap_or((expected.sequence, expected.recorded_at.clone()));
            findings.push(Finding {
                field: Some(field.into()),
                expected: old,
                found: new,
                sequence: Some(sequence),
                at: Some(at),
                reason: "値が、台帳を通さずに変更されています".into(),
                ..named.clone()
            });
        }
    };
    let quoted = |text: &str| Some(Value::from(text).to_string());
    differs("revision", Some(expected.revision.to_string()), Some(row.revision.to_string()), None);
    differs("state", quoted(&expected.state), quoted(&row.state), None);
    differs("created_at", quoted(&expected.created_at), quoted(&row.created_at), None);
    differs("recorded_at", quoted(&expected.recorded_at), quoted(&row.recorded_at), None);
    if held == Held::Version {
        let superseded = row.superseded_at.as_deref().unwrap_or_default();
        differs("superseded_at", quoted(&expected.superseded_at), quoted(superseded), None);
    }
    for (name, expected_map, raw) in [("acts", &expected.acts, &row.acts), ("", &expected.body, &row.body)] {
        let Ok(Value::Object(found)) = serde_json::from_str::<Value>(raw) else {
            let column = if name.is_empty() { "body" } else { name };
            differs(column, Some(Value::Object(expected_map.clone()).to_string()), Some(raw.clone()), None);
            continue;
        };
        let fields: BTreeSet<&String> = expected_map.keys().chain(found.keys()).collect();
        for field in fields {
            let place = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
            let plain = |value: Option<&Value>| {
                value.map(|value| String::from_utf8_lossy(&journal::canonical_bytes(value)).into_owned())
            };
            let by = if name.is_empty() { expected.by.get(field) } else { None };
            differs(&place, plain(expected_map.get(field)), plain(found.get(field)), by);
        }
    }
    if findings.is_empty() && has_twins(&row.body) | has_twins(&row.acts) {
        let reason = "同じ名前の項目が二つあります".to_owned();
        findings.push(Finding { field: Some("body".into()), found: Some(row.body.clone()), reason, ..named });
    }
    Ok(findings)
}

/// Whether an object has two members of one name: readers may take the one or the other.
fn has_twins(text: &str) -> bool {
    let mut seen = BTreeSet::new();
    crate::scan::Members::of(text).any(|(key, _)| !seen.insert(key))
}
