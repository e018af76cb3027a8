//! What can be chosen where a field refers to another record: a list where there are few, a number or name to type where
//! there are many.

use std::collections::BTreeMap;

use ledger::access::Access;
use ledger::definition::Required;
use ledger::definition::{Field, Kind, Ledger};
use ledger::port::{Reader, StoreError};
use ledger::read::{Condition, ListRequest, Test};
use ledger::{Kernel, Principal, Problem, Record, Refusal};

use crate::components::Choice;
use crate::web::{Ask, Stop};

use super::super::pairs::Pairs;
use super::super::words::{by_ledger, own_titles};

/// More records than this are not offered in a list.
const FEW: usize = 200;
/// People are always asked for by number or name: their list would be the whole agency.
const PERSON: &str = "person";

/// Choices for every reference of a form.
#[derive(Debug, Default)]
pub struct Choices {
    /// Offered records by ledger; none where there are too many.
    few: BTreeMap<String, Option<Vec<(String, String)>>>,
    /// Lines for records that are chosen now.
    lines: BTreeMap<(String, String), String>,
}

impl Choices {
    /// Read what these inputs need: one question for each ledger referred to, one more for what is chosen there.
    pub fn read(
        tx: &mut dyn Reader,
        ask: &Ask<'_>,
        fields: &[&Field],
        pairs: &Pairs,
        common: &[Common],
    ) -> Result<Self, Stop> {
        let mut choices = Self::default();
        let mut chosen: Vec<(String, String)> = Vec::new();
        for (target, names) in references(fields, pairs) {
            if !choices.few.contains_key(&target) {
                let offered = offered(tx, ask, &target, common)?;
                choices.few.insert(target.clone(), offered);
            }
            for name in names {
                chosen.extend(pairs.all(&name).filter(|id| is_id(id)).map(|id| (target.clone(), id.to_string())));
            }
        }
        for (target, ids) in by_ledger(chosen.iter().map(|(ledger, id)| (ledger.as_str(), id.as_str()))) {
            let Some(ledger) = ask.kernel.catalogue.ledger(&target) else { continue };
            let access = Access::new(ledger, ask.who);
            let records: Vec<Record> = tx
                .records(&target, &ids)?
                .into_iter()
                .filter(|record| access.may_read(record))
                .map(|record| access.redact(record))
                .collect();
            let titles = own_titles(ask.kernel, tx, ask.who, ledger, &records)?;
            for (record, title) in records.iter().zip(titles) {
                choices.lines.insert((target.clone(), record.id.clone()), line(ledger, record, &title));
            }
        }
        Ok(choices)
    }

    /// Choices of a list, what is chosen now included; none where a number or name is to be typed.
    pub fn list(&self, target: &str, now: &[&str]) -> Option<Vec<Choice>> {
        let few = self.few.get(target)?.as_ref()?;
        let mut list: Vec<Choice> = few.iter().map(|(id, words)| Choice::new(id.as_str(), words.as_str())).collect();
        for id in now.iter().filter(|id| !id.is_empty() && !few.iter().any(|(known, _)| known == *id)) {
            list.push(Choice::new(*id, self.words(target, id)));
        }
        Some(list)
    }

    /// How a chosen record is written in an input; what was typed stays as it is.
    pub fn words(&self, target: &str, id: &str) -> String {
        self.lines.get(&(target.to_string(), id.to_string())).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// Ledgers referred to, with the names of the inputs.
fn references(fields: &[&Field], pairs: &Pairs) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for field in fields {
        match &field.kind {
            Kind::Reference { ledger, .. } => found.push((ledger.clone(), vec![field.name.clone()])),
            Kind::Rows { columns } => {
                let rows = pairs.rows(&field.name).len();
                for column in columns {
                    let Some(target) = column.target() else { continue };
                    let names = (0..rows).map(|row| format!("{}.{row}.{}", field.name, column.name)).collect();
                    found.push((target.to_string(), names));
                }
            }
            _ => {}
        }
    }
    found
}

/// A record that the form and what is chosen in it must both belong to: its field, its ledger, its identifier.
pub type Common = (String, String, String);

/// What the form already belongs to: references that are always asked for, as chosen in it or as they stand in the record.
pub fn common(ledger: &Ledger, record: Option<&Record>, pairs: &Pairs) -> Vec<Common> {
    let required = |field: &&Field| matches!(field.required, Required::Always);
    let chosen = |field: &Field| {
        let Kind::Reference { ledger, .. } = &field.kind else { return None };
        let stored = record.and_then(|record| record.text(&field.name)).unwrap_or_default();
        let id = Some(pairs.first(&field.name)).filter(|id| is_id(id)).unwrap_or(stored);
        is_id(id).then(|| (field.name.clone(), ledger.clone(), id.to_string()))
    };
    ledger.fields.iter().filter(required).filter_map(chosen).collect()
}

/// The works of another contract are not offered where the contract is known.
fn belonging(ledger: &Ledger, common: &[Common]) -> Vec<Condition> {
    let same = |(name, target, id): &Common| {
        let field = ledger.field(name).filter(|field| matches!(field.required, Required::Always))?;
        let refers = matches!(&field.kind, Kind::Reference { ledger, .. } if ledger == target);
        refers.then(|| Condition { field: name.clone(), test: Test::Is, values: vec![id.clone()] })
    };
    common.iter().filter_map(same).collect()
}

fn offered(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    target: &str,
    common: &[Common],
) -> Result<Option<Vec<(String, String)>>, Stop> {
    let Some(ledger) = ask.kernel.catalogue.ledger(target) else { return Ok(Some(Vec::new())) };
    if target == PERSON {
        return Ok(None);
    }
    if !Access::new(ledger, ask.who).any() {
        return Ok(Some(Vec::new()));
    }
    let conditions = belonging(ledger, common);
    let today = ask.kernel.today();
    let in_force = ledger.effective.as_ref().map(|_| today);
    let request = ListRequest { ledger: target.into(), conditions, limit: FEW + 1, in_force, ..ListRequest::default() };
    let mut records = ask.kernel.list(tx, ask.who, &request)?.records;
    if let (Some(effective), Some(tomorrow)) = (&ledger.effective, today.succ_opt()) {
        // Who begins later is chosen beforehand: the successor of a worker, the office of the next year.
        let later = Condition { field: effective.from.clone(), test: Test::From, values: vec![tomorrow.to_string()] };
        let mut request = ListRequest { in_force: None, ..request };
        request.conditions.push(later);
        records.extend(ask.kernel.list(tx, ask.who, &request)?.records);
    }
    if records.len() > FEW {
        return Ok(None);
    }
    let titles = own_titles(ask.kernel, tx, ask.who, ledger, &records)?;
    let lines = records.iter().zip(titles).map(|(record, title)| {
        let line = if ledger.key.is_some() { line(ledger, record, &title) } else { title };
        (record.id.clone(), line)
    });
    Ok(Some(lines.collect()))
}

/// A record as it is written where it is chosen: its key, then its title.
pub fn line(ledger: &Ledger, record: &Record, title: &str) -> String {
    let key = ledger.key.as_ref().and_then(|key| record.text(key)).unwrap_or(&record.id);
    if title.split(' ').next() == Some(key) { title.to_string() } else { format!("{key} {title}") }
}

/// Whether a text has the form of an identifier (a ULID).
pub fn is_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Why a typed text names no record.
#[derive(Debug)]
pub enum Unresolved {
    /// The database.
    Store(StoreError),
    /// The person's slip, with its mend.
    Wrong(String),
}

impl From<StoreError> for Unresolved {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Unresolved {
    /// The same as a refusal about a field.
    pub fn into_refusal(self, field: &str) -> Refusal {
        match self {
            Self::Store(error) => Refusal::Store(error),
            Self::Wrong(message) => Refusal::invalid(Problem::field(field, message)),
        }
    }
}

/// The record that a person chose or typed: an identifier, a key, a key followed by anything, or words that only one
/// record has. Records the person may not know of do not exist here.
pub fn resolve(
    kernel: &Kernel,
    tx: &mut dyn Reader,
    who: &Principal,
    target: &str,
    label: &str,
    typed: &str,
) -> Result<Option<String>, Unresolved> {
    let typed = typed.trim();
    let Some(code) = typed.split([' ', '\u{3000}']).find(|part| !part.is_empty()) else { return Ok(None) };
    let unknown = || {
        Unresolved::Wrong(format!("「{label}」に入力した「{typed}」は見つかりません。番号か名前を確かめてください。"))
    };
    let ledger = kernel.catalogue.ledger(target).ok_or_else(unknown)?;
    let access = Access::new(ledger, who);
    if is_id(code) && tx.record(target, code)?.is_some_and(|record| access.may_read(&record)) {
        return Ok(Some(code.to_string()));
    }
    if let Some(key) = &ledger.key {
        // Full-width digits are typed as often as half-width ones.
        let plain = ledger::search::fold(code);
        let mut wanted = vec![code.to_string(), plain.clone(), plain.to_uppercase()];
        wanted.dedup();
        let ids: Vec<String> = tx.lookup(target, key, &wanted)?.into_values().flatten().collect();
        let open: Vec<Record> = tx.records(target, &ids)?.into_iter().filter(|r| access.may_read(r)).collect();
        match open.as_slice() {
            [one] => return Ok(Some(one.id.clone())),
            [] => {}
            _ => return Err(Unresolved::Wrong(format!("「{label}」の「{code}」に当たる記録が複数あります。"))),
        }
    }
    if !access.any() {
        return Err(unknown());
    }
    let request = ListRequest { ledger: target.into(), words: Some(typed.into()), limit: 2, ..ListRequest::default() };
    let found = kernel.list(tx, who, &request).map_err(|refusal| match refusal {
        Refusal::Store(error) => Unresolved::Store(error),
        other => Unresolved::Wrong(other.to_string()),
    })?;
    match found.records.as_slice() {
        [one] => Ok(Some(one.id.clone())),
        [] => Err(unknown()),
        _ => Err(Unresolved::Wrong(format!(
            "「{label}」の「{typed}」に当たる記録が複数あります。番号で入力してください。"
        ))),
    }
}
