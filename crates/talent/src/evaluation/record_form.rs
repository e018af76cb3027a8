//! The data of the printed record (人事評価記録書): built from the sheet as the reader may see it, so that what may not be
//! read is not printed either.

use ledger::Kernel;
use ledger::access::Access;
use ledger::definition::{Kind, Ledger};
use ledger::port::Reader;
use ledger::principal::Principal;
use ledger::read::title::{self, Titles};
use ledger::record::Record;
use ledger::refusal::Refusal;
use serde_json::{Map, Value, json};

use super::names::kind;
use super::names::ledger_name::{ORGANISATION, PERSON, POST, ROUND, SHEET};
use super::sheet::subjects_of_evaluation;

/// Name of the form in the pack.
pub const FORM: &str = "evaluation_record";

/// Data of one sheet for the form.
///
/// # Errors
/// Not found when the sheet is out of sight; denied when it may be read but not printed.
pub fn record_form(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    sheet: &str,
) -> Result<Value, Refusal> {
    let definition = kernel.ledger(SHEET)?;
    let access = Access::new(&definition, who);
    let found = tx.record(SHEET, sheet)?.filter(|record| access.may_read(record)).ok_or(Refusal::NotFound)?;
    if !access.may_print(&found, FORM) {
        return Err(Refusal::Denied("人事評価記録書を印刷する権限がありません。".into()));
    }
    let acts = acts(&found);
    let seen = access.redact(found);
    data(tx, kernel, who, &definition, &seen, &acts)
}

/// Data of many sheets for the form, in the order given: `{"sheets": […]}`. Sheets that may not be printed are left out
/// and counted.
pub fn record_forms(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    sheets: &[String],
) -> Result<(Value, usize), Refusal> {
    let mut all = Vec::new();
    let mut left_out = 0;
    for sheet in sheets {
        match record_form(tx, kernel, who, sheet) {
            Ok(data) => all.push(data),
            Err(Refusal::NotFound | Refusal::Denied(_)) => left_out += 1,
            Err(other) => return Err(other),
        }
    }
    Ok((json!({ "sheets": all }), left_out))
}

/// Day on which each of the three finished, ISO.
fn acts(sheet: &Record) -> [Option<String>; 3] {
    ["submit_evaluation", "adjust", "confirm"]
        .map(|act| sheet.acts.get(act).map(|act| calendar::jst_date(act.at).to_string()))
}

fn data(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    definition: &Ledger,
    sheet: &Record,
    acts: &[Option<String>; 3],
) -> Result<Value, Refusal> {
    let round = match sheet.text("round") {
        Some(id) => tx.record(ROUND, id)?,
        None => None,
    };
    let from_round = |field: &str| round.as_ref().map_or(Value::Null, |round| round.value(field).clone());
    let records = [sheet.clone()];
    let titles = title::many(&kernel.catalogue, tx, who, title::referred(definition, &records))?;
    let number = match sheet.text("subject") {
        Some(person) => tx.record(PERSON, person)?.and_then(|person| person.text("number").map(String::from)),
        None => None,
    };
    let words = |field: &str| words(kernel, definition, sheet, field);
    let performance = sheet.text("kind") == Some(kind::PERFORMANCE);
    let overall: Vec<Value> = [
        ("評価者", "evaluator", "evaluator_mark", "evaluator_findings"),
        ("調整者", "adjuster", "adjuster_mark", "adjuster_findings"),
        ("実施権者", "confirmer", "confirmer_mark", "confirmer_findings"),
    ]
    .into_iter()
    .zip(acts)
    .map(|((office, person, mark, findings), on)| {
        let open = !sheet.value(mark).is_null();
        json!({
            "office": office,
            "name": named(&titles, sheet, PERSON, person),
            "post": named(&titles, sheet, POST, &format!("{person}_post")),
            "mark": sheet.value(mark),
            "findings": sheet.value(findings),
            // The day would tell that a hidden mark was given.
            "on": if open { json!(on) } else { Value::Null },
            "absent": sheet.value(person).is_null(),
        })
    })
    .collect();
    let state = definition.workflow.state_label(&sheet.state);
    Ok(json!({
        "number": sheet.value("number"),
        "kind": words("kind"),
        "performance": performance,
        "round": from_round("name"),
        "from": from_round("starts_on"),
        "to": from_round("ends_on"),
        "state": state,
        "staff_number": number,
        "name": named(&titles, sheet, PERSON, "subject"),
        "office": named(&titles, sheet, ORGANISATION, "organisation"),
        "post": named(&titles, sheet, POST, "post"),
        "rank": words("rank"),
        "opening": { "on": sheet.value("opening_on"), "means": words("opening_means"), "record": sheet.value("opening_record") },
        "closing": { "on": sheet.value("closing_on"), "means": words("closing_means"), "record": sheet.value("closing_record") },
        "rows": rows(kernel, definition, sheet),
        "self_comment": sheet.value("self_comment"),
        "views": views(&titles, sheet),
        "overall": overall,
        "result": sheet.value("result_mark"),
        "disclosed_on": sheet.value("disclosed_on"),
    }))
}

/// Title of the record in a reference field.
fn named(titles: &Titles, sheet: &Record, target: &str, field: &str) -> Value {
    sheet.text(field).map_or(Value::Null, |id| titles.get(target, id).into())
}

/// Words of a choice.
fn words(kernel: &Kernel, definition: &Ledger, sheet: &Record, field: &str) -> Value {
    let Some(code) = sheet.text(field) else { return Value::Null };
    match definition.field(field).map(|field| &field.kind) {
        Some(Kind::Choice { set }) => kernel.catalogue.choices.get(set).map_or(code, |set| set.label(code)).into(),
        _ => code.into(),
    }
}

/// Goals or items with self-report and mark, as far as each is open to the reader.
fn rows(kernel: &Kernel, definition: &Ledger, sheet: &Record) -> Vec<Value> {
    let find = |field: &str, no: i64| -> Option<&Map<String, Value>> {
        let rows = sheet.value(field).as_array()?;
        rows.iter().filter_map(Value::as_object).find(|row| row.get("no").and_then(Value::as_i64) == Some(no))
    };
    let choice = |field: &str, row: Option<&Map<String, Value>>, column: &str| -> Value {
        let Some(code) = row.and_then(|row| row.get(column)).and_then(Value::as_str) else { return Value::Null };
        let columns = match definition.field(field).map(|field| &field.kind) {
            Some(Kind::Rows { columns }) => columns.as_slice(),
            _ => &[],
        };
        let kind = columns.iter().find(|known| known.name == column).map(|column| &column.kind);
        match kind {
            Some(Kind::Choice { set }) => kernel.catalogue.choices.get(set).map_or(code, |set| set.label(code)).into(),
            _ => code.into(),
        }
    };
    let cell = |row: Option<&Map<String, Value>>, column: &str| {
        row.and_then(|row| row.get(column)).cloned().unwrap_or(Value::Null)
    };
    subjects_of_evaluation(sheet)
        .into_iter()
        .map(|(no, title)| {
            let goal = find("goals", no);
            let item = find("items", no);
            let report = find("reports", no);
            let mark = find("item_marks", no);
            json!({
                "no": no,
                "title": title,
                "detail": if goal.is_some() { cell(goal, "detail") } else { cell(item, "description") },
                "importance": choice("goals", goal, "importance"),
                "difficulty": choice("goals", goal, "difficulty"),
                "challenge": cell(goal, "challenge"),
                "management": cell(goal, "management"),
                "report": cell(report, "report"),
                "mark": cell(mark, "mark"),
                "finding": cell(mark, "finding"),
            })
        })
        .collect()
}

fn views(titles: &Titles, sheet: &Record) -> Vec<Value> {
    let rows = sheet.value("concurrent_views").as_array().into_iter().flatten();
    rows.map(|row| {
        let writer = row.get("writer").and_then(Value::as_str).map_or("", |id| titles.get(PERSON, id));
        json!({ "writer": writer, "view": row.get("view") })
    })
    .collect()
}
