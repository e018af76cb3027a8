//! Who may not read a complaint: everybody who evaluated the complainant, whatever roles they hold.

use ledger::Kernel;
use ledger::engine::Context;
use ledger::port::{Reader, Writer};
use ledger::principal::Principal;
use ledger::record::{Body, Record};
use ledger::refusal::Refusal;
use ledger::write::Change;
use serde_json::Value;

use super::find;
use super::names::ledger_name::{COMPLAINT, SHEET};

/// Fields of a sheet with people of its line.
const LINE: [&str; 5] = ["evaluator", "adjuster", "confirmer", "concurrent_evaluators", "former_evaluators"];
/// More sheets of one person than a working life has.
const SHEETS: usize = 500;

/// Write down who is kept out, before the complaint is stored.
pub fn complete(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let line = line(context.tx, after)?;
    if !line.is_empty() {
        after.body.insert("line".into(), line.into_iter().map(Value::from).collect::<Vec<_>>().into());
    }
    Ok(())
}

/// People of the line of all sheets of the complainant, and those who were written down before.
fn line(tx: &mut (impl Reader + ?Sized), complaint: &Record) -> Result<Vec<String>, Refusal> {
    let mut people: Vec<String> = complaint.references("line").into_iter().map(String::from).collect();
    let Some(complainant) = complaint.text("complainant") else { return Ok(people) };
    for sheet in find::all(tx, SHEET, find::is("subject", complainant), SHEETS)? {
        for person in LINE.iter().flat_map(|field| sheet.references(field)) {
            if !people.iter().any(|known| known == person) {
                people.push(person.to_string());
            }
        }
    }
    Ok(people)
}

/// When the line of a sheet changed, keep the new people out of complaints of its subject.
pub fn follow_sheet(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    before: Option<&Record>,
    after: &Record,
) -> Result<(), Refusal> {
    let people = |record: &Record| -> Vec<Value> { LINE.iter().map(|field| record.value(field).clone()).collect() };
    if before.is_some_and(|before| people(before) == people(after)) {
        return Ok(());
    }
    let Some(subject) = after.text("subject") else { return Ok(()) };
    for complaint in find::all(tx, COMPLAINT, find::is("complainant", subject), SHEETS)? {
        // Nothing is given: the line is completed as with every change of a complaint.
        kernel.commit(
            tx,
            &Principal::system("evaluation"),
            Change {
                ledger: COMPLAINT.into(),
                record: Some(complaint.id),
                values: Body::new(),
                reason: Some("評価の系列が変わったため".into()),
                ..Change::default()
            },
        )?;
    }
    Ok(())
}
