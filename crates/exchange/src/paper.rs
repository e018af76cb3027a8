//! A record on paper: what a form may print of it, the typeset file, and the entry in the journal.
//!
//! Three steps, because typesetting must not hold a transaction: [`paper_data`] reads under access control, [`typeset`]
//! makes the file, [`printed`] writes down that it was made and what its hash is.

use calendar::{format_era, jst};
use document::pdf::{Form, Pdf, PdfOptions, TypesetProblem, Typesetter};
use journal::act::PRINT;
use ledger::access::Access;
use ledger::definition::{Field, Kind, Ledger};
use ledger::evidence::readings;
use ledger::port::{Reader, StoreError, Writer};
use ledger::read::title::{self, Titles};
use ledger::{Kernel, Principal, Record, Refusal, value};
use serde_json::{Map, Value, json};

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
pub enum PaperProblem {
    /// It may not be printed, or there is nothing to print.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// The form cannot be typeset.
    #[error(transparent)]
    Typeset(#[from] TypesetProblem),
}

impl From<StoreError> for PaperProblem {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

/// What is to be printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Paper {
    /// Name of the document form.
    pub document: String,
    /// Ledger of the records.
    pub ledger: String,
    /// Identifiers of the records, in order.
    pub records: Vec<String>,
    /// Title of the file.
    pub title: String,
    /// What the form reads as `/data.json`.
    pub data: Value,
}

/// What an area lays out for a form of its own instead of the general data. It reads under access control too, and
/// refuses the whole when one record may not be printed.
pub type OwnData = fn(&mut dyn Reader, &Kernel, &Principal, &[String]) -> Result<Value, Refusal>;

/// Read what a form may print of these records. A record that may not be printed refuses the whole.
///
/// The data has `agency`, `printed_by`, `printed_at` (words), `printed_on` (ISO date) and `records`, each with `id`,
/// `title`, `state`, `state_label`, `fields` (by name: `label`, `value` as stored, `text` in words, for rows `rows`) and
/// `acts` (by name: `person` in words, `on` as ISO date, `text` as date in words). Fields that may not be read are absent.
///
/// Where the area has data of its own for the form (`own`), that takes the place of `records`.
pub fn paper_data(
    kernel: &Kernel,
    tx: &mut dyn Reader,
    who: &Principal,
    document: &str,
    ids: &[String],
    agency: &str,
    own: Option<OwnData>,
) -> Result<Paper, PaperProblem> {
    let form = kernel.catalogue.documents.get(document).ok_or(Refusal::NotFound)?;
    let ledger = kernel.ledger(&form.ledger)?;
    let access = Access::new(&ledger, who);
    let mut records = Vec::with_capacity(ids.len());
    for id in ids {
        let record = tx.record(&ledger.name, id)?.filter(|record| access.may_read(record)).ok_or(Refusal::NotFound)?;
        let in_state = form.states.is_empty() || form.states.contains(&record.state);
        if !in_state || !access.may_print(&record, document) {
            return Err(Refusal::Denied(format!("今の状態では「{}」を印刷できません。", form.label)).into());
        }
        records.push(access.redact(record));
    }
    let mut data = match own {
        Some(own) => own(tx, kernel, who, ids)?,
        None => json!({ "records": general(kernel, tx, who, &ledger, &records)? }),
    };
    if let Some(data) = data.as_object_mut() {
        data.insert("agency".into(), agency.into());
        data.insert("document".into(), form.label.as_str().into());
        data.insert("printed_by".into(), who.name.as_str().into());
        data.insert("printed_at".into(), calendar::format_instant(kernel.now()).into());
        data.insert("printed_on".into(), kernel.today().to_string().into());
    }
    Ok(Paper {
        document: document.to_string(),
        ledger: ledger.name.clone(),
        records: ids.to_vec(),
        title: form.label.clone(),
        data,
    })
}

fn general(
    kernel: &Kernel,
    tx: &mut dyn Reader,
    who: &Principal,
    ledger: &Ledger,
    records: &[Record],
) -> Result<Vec<Value>, StoreError> {
    let people = records.iter().flat_map(|record| record.acts.values()).filter_map(|act| act.person.as_deref());
    let wanted = title::referred(ledger, records).into_iter().chain(people.map(|person| ("person", person).into()));
    let titles = title::many(&kernel.catalogue, tx, who, wanted)?;
    let mut list = Vec::with_capacity(records.len());
    for record in records {
        let title = title::of(&kernel.catalogue, tx, ledger, record)?;
        list.push(one(kernel, ledger, record, title, &titles));
    }
    Ok(list)
}

fn one(kernel: &Kernel, ledger: &Ledger, record: &Record, title: String, titles: &Titles) -> Value {
    let mut fields = Map::new();
    for field in &ledger.fields {
        let Some(found) = record.body.get(&field.name) else { continue };
        let mut told = json!({ "label": field.label, "value": found, "text": words(kernel, field, found, titles) });
        if let (Kind::Rows { columns }, Value::Array(rows)) = (&field.kind, found) {
            let rows: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let cells = columns.iter().map(|column| {
                        let found = row.get(&column.name).unwrap_or(&Value::Null);
                        let text = words(kernel, column, found, titles);
                        (column.name.clone(), json!({ "label": column.label, "value": found, "text": text }))
                    });
                    Value::Object(cells.collect())
                })
                .collect();
            told["rows"] = rows.into();
        }
        fields.insert(field.name.clone(), told);
    }
    let acts: Map<String, Value> = record
        .acts
        .iter()
        .map(|(name, act)| {
            let day = calendar::jst_date(act.at);
            let person = act.person.as_deref().map_or("", |person| titles.get("person", person));
            (name.clone(), json!({ "person": person, "on": day.to_string(), "text": format_era(day) }))
        })
        .collect();
    json!({
        "id": record.id,
        "title": title,
        "state": record.state,
        "state_label": ledger.workflow.state_label(&record.state),
        "fields": fields,
        "acts": acts,
    })
}

fn words(kernel: &Kernel, field: &Field, found: &Value, titles: &Titles) -> String {
    match (&field.kind, found) {
        (_, Value::Null) => String::new(),
        (Kind::Reference { ledger, .. }, Value::String(id)) => titles.get(ledger, id).to_string(),
        (Kind::Reference { ledger, .. }, Value::Array(ids)) => {
            let names: Vec<&str> = ids.iter().filter_map(Value::as_str).map(|id| titles.get(ledger, id)).collect();
            names.join("、")
        }
        _ => value::format(field, found, &kernel.catalogue),
    }
}

/// Typeset the paper: tagged PDF. Takes some milliseconds a page; holds no transaction.
pub fn typeset(kernel: &Kernel, typesetter: &Typesetter, paper: &Paper, agency: &str) -> Result<Pdf, PaperProblem> {
    let form = kernel.catalogue.documents.get(&paper.document).ok_or(Refusal::NotFound)?;
    let form = Form::new(&format!("{}.typ", paper.document), &form.source, [])?;
    let options = PdfOptions::new(paper.title.as_str(), agency, jst::wall_clock(kernel.now()));
    Ok(typesetter.render(&form, &paper.data, &options)?)
}

/// Write down that the paper was made: which form, which records, by whom, and the hash of the file.
pub fn printed(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    paper: &Paper,
    sha256: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let facts = [("document", json!(paper.document)), ("sha256", json!(sha256))];
    let facts = facts.into_iter().map(|(name, fact)| (name.to_string(), fact)).collect();
    for entry in readings(kernel, who, PRINT, &paper.ledger, facts, &paper.records, reason) {
        tx.append(&entry)?;
    }
    Ok(())
}
