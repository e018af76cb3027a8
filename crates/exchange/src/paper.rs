//! A record on paper: what a form may print of it, the typeset file, and the entry in the journal.
//!
//! Three steps, because typesetting must not hold a transaction: [`paper_data`] reads under access control, [`typeset`]
//! makes the file, [`printed`] writes down that it was made and what its hash is.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::{format_era, jst};
use document::pdf::{Form, Pdf, PdfOptions, TypesetProblem, Typesetter};
use journal::act::PRINT;
use ledger::access::Access;
use ledger::definition::{Brought, Field, Kind, Ledger};
use ledger::evidence::readings;
use ledger::find;
use ledger::port::{Reader, StoreError, Writer};
use ledger::query::Filter;
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
    /// Records of other ledgers that the form brings along.
    pub brought: Vec<(String, Vec<String>)>,
}

/// More records than one paper brings along with one of its own.
const MOST_BROUGHT: usize = 5_000;

/// What an area lays out for a form of its own instead of the general data. It reads under access control too, and
/// refuses the whole when one record may not be printed.
pub type OwnData = fn(&mut dyn Reader, &Kernel, &Principal, &[String]) -> Result<Value, Refusal>;

/// Read what a form may print of these records. A record that may not be printed refuses the whole.
///
/// The data has `agency`, `printed_by`, `printed_at` (words), `printed_on` (ISO date) and `records`, each with `id`,
/// `title`, `state`, `state_label`, `fields` (by name: `label`, `value` as stored, `text` in words, for rows `rows`) and
/// `acts` (by name: `person` in words, `on` as ISO date, `text` as date in words), and `brought` (by name: the records that
/// the form brings along, as far as the reader may read them). Fields that may not be read are absent.
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
    let mut brought = Vec::new();
    let mut data = match own {
        Some(own) => own(tx, kernel, who, ids)?,
        None => {
            let mut told = general(kernel, tx, who, &ledger, &records)?;
            for (record, told) in records.iter().zip(&mut told) {
                let mut along = Map::new();
                for (name, which) in &form.brings {
                    let (other, found) = bring(kernel, tx, who, &ledger, record, which)?;
                    along.insert(name.clone(), general(kernel, tx, who, &other, &found)?.into());
                    brought.push((other.name.clone(), found.into_iter().map(|record| record.id).collect()));
                }
                told["brought"] = along.into();
            }
            json!({ "records": told })
        }
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
        brought,
    })
}

/// The records that go along with one record, as far as the reader may read them.
fn bring(
    kernel: &Kernel,
    tx: &mut dyn Reader,
    who: &Principal,
    ledger: &Ledger,
    record: &Record,
    which: &Brought,
) -> Result<(Arc<Ledger>, Vec<Record>), Refusal> {
    let (other, found) = match which {
        Brought::Named { field } => {
            let target = ledger.field(field).and_then(Field::target).ok_or(Refusal::NotFound)?;
            let ids: Vec<String> = record.references(field).into_iter().map(str::to_owned).collect();
            let mut found = tx.records(target, &ids)?;
            // In the order in which the field names them.
            found.sort_by_key(|record| ids.iter().position(|id| *id == record.id));
            (kernel.ledger(target)?, found)
        }
        Brought::Naming { ledger: name, field } => {
            let other = kernel.ledger(name)?;
            let leads_here = other.field(field).and_then(Field::target) == Some(&ledger.name);
            let id = if leads_here { Some(record.id.as_str()) } else { record.text(field) };
            let visible = Access::new(&other, who).visible();
            let filter = id.map_or(Filter::Nothing, |id| find::holds(field, id).and(visible));
            let found = find::all(tx, name, filter, MOST_BROUGHT)?;
            (other, found)
        }
    };
    let access = Access::new(&other, who);
    let seen = found.into_iter().filter(|record| access.may_read(record)).map(|record| access.redact(record)).collect();
    Ok((other, seen))
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
        // Papers tell every day in the era, in a row as beside a label.
        (Kind::Date, Value::String(text)) => text.parse().map_or_else(|_| text.clone(), format_era),
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

/// Write down that the paper was made: which form, which records (those it brought along too), by whom, and the hash of
/// the file.
pub fn printed(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    who: &Principal,
    paper: &Paper,
    sha256: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let facts = [("document", json!(paper.document)), ("sha256", json!(sha256))];
    let facts: Map<String, Value> = facts.into_iter().map(|(name, fact)| (name.to_string(), fact)).collect();
    let mut read: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (ledger, ids) in &paper.brought {
        let known = read.entry(ledger).or_default();
        known.extend(ids.iter().cloned());
        known.sort_unstable();
        known.dedup();
    }
    read.retain(|_, ids| !ids.is_empty());
    let own = readings(kernel, who, PRINT, &paper.ledger, facts.clone(), &paper.records, reason);
    let along = read.iter().flat_map(|(ledger, ids)| readings(kernel, who, PRINT, ledger, facts.clone(), ids, reason));
    for entry in own.into_iter().chain(along) {
        tx.append(&entry)?;
    }
    Ok(())
}
