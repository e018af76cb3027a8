//! Reads are evidence: what a page, an answer of REST or a file showed of protected values, and the entries that tell of
//! it. Pages, REST, exports and papers all use this one module, so that one act is told the same way wherever it came from.
//!
//! A handler says what it shows ([`Seen::shown`], [`Seen::looked`]); whoever runs it writes [`Seen::entries`] in a
//! transaction of its own after the answer is known and before it is sent. When that fails nothing is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use journal::act::{MOST_RECORDS, OPEN, READ_LIST, READ_MORE};
use journal::{Change, Entry};
use serde_json::{Map, Value, json};

use crate::definition::Ledger;
use crate::kernel::Kernel;
use crate::principal::Principal;
use crate::record::Record;
use crate::refusal::{Problem, Refusal};

/// What was shown of one ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Look {
    classes: BTreeSet<String>,
    records: BTreeSet<String>,
}

/// What one request showed so far.
#[derive(Debug, Default)]
pub struct Seen(Mutex<BTreeMap<String, Look>>);

impl Seen {
    /// These records, as far as the reader may see them, were shown; only those of the fields where some are named.
    /// Records without protected values, and what one may know about oneself anyway, leave nothing.
    pub fn shown<'a>(
        &self,
        who: &Principal,
        ledger: &Ledger,
        records: impl IntoIterator<Item = &'a Record>,
        fields: Option<&[&str]>,
    ) {
        for record in records {
            let classes = protected(ledger, record, fields);
            if !classes.is_empty() && !own(who, ledger, record) {
                self.note(&ledger.name, &record.id, classes);
            }
        }
    }

    /// Protected values of these classes were shown without a record at hand, such as in the history of one or in counts
    /// (`record` is then empty).
    pub fn looked(&self, ledger: &Ledger, record: &str, classes: impl IntoIterator<Item = String>) {
        let protected = |name: &String| ledger.classes.iter().any(|class| class.protected && class.name == *name);
        let classes: BTreeSet<String> = classes.into_iter().filter(protected).collect();
        if !classes.is_empty() {
            self.note(&ledger.name, record, classes);
        }
    }

    fn note(&self, ledger: &str, record: &str, classes: BTreeSet<String>) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look = looks.entry(ledger.to_string()).or_default();
        look.classes.extend(classes);
        if !record.is_empty() {
            look.records.insert(record.to_string());
        }
    }

    /// The entries of what was shown: one for each ledger, more only where more than [`MOST_RECORDS`] records were.
    pub fn entries(&self, kernel: &Kernel, who: &Principal, reason: Option<&str>) -> Vec<Entry> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.iter().flat_map(|(ledger, look)| entries(kernel, who, ledger, look, reason)).collect()
    }
}

/// Classes of the record that are protected and have a value.
fn protected(ledger: &Ledger, record: &Record, fields: Option<&[&str]>) -> BTreeSet<String> {
    let wanted = |name: &str| fields.is_none_or(|fields| fields.contains(&name));
    let classes = ledger.classes.iter().filter(|class| class.protected);
    classes
        .filter(|class| {
            let mut fields = ledger.fields.iter().filter(|field| field.class == class.name && wanted(&field.name));
            fields.any(|field| !record.value(&field.name).is_null())
        })
        .map(|class| class.name.clone())
        .collect()
}

/// What one enters about oneself is no look at somebody else.
fn own(who: &Principal, ledger: &Ledger, record: &Record) -> bool {
    ledger.name == "person" && who.person() == Some(record.id.as_str())
}

/// Whether the ledger has protected values at all.
pub fn is_protected(ledger: &Ledger) -> bool {
    ledger.classes.iter().any(|class| class.protected)
}

/// Whether taking out records of this ledger needs a reason that was not given.
///
/// # Errors
/// [`Refusal::Invalid`] that says so.
pub fn reasoned(ledger: &Ledger, reason: Option<&str>) -> Result<(), Refusal> {
    if !ledger.asks_reason || reason.is_some_and(|reason| !reason.trim().is_empty()) {
        return Ok(());
    }
    let words = format!(
        "{}を取り出すには理由が必要です。reason（コマンドでは --reason）に理由を書いてください。",
        ledger.label
    );
    Err(Refusal::invalid(Problem::field("reason", words)))
}

/// An entry of reading: facts stand under the name of the act.
pub fn reading(kernel: &Kernel, who: &Principal, act: &str, ledger: &str, record: &str, facts: Value) -> Entry {
    Entry {
        at: kernel.now(),
        actor: who.actor.clone(),
        ledger: ledger.into(),
        record: record.into(),
        revision: 0,
        act: act.into(),
        reason: None,
        state_before: None,
        state_after: None,
        changes: [(act.to_string(), Change { before: Value::Null, after: facts })].into(),
        batch: None,
    }
}

/// Entries of reading several records: the first tells the facts, the number of records and as many identifiers as fit,
/// those behind it the rest under the same batch.
pub fn readings(
    kernel: &Kernel,
    who: &Principal,
    act: &str,
    ledger: &str,
    mut facts: Map<String, Value>,
    records: &[String],
    reason: Option<&str>,
) -> Vec<Entry> {
    let mut parts = records.chunks(MOST_RECORDS);
    let first = parts.next().unwrap_or_default();
    facts.insert("count".into(), records.len().into());
    facts.insert("records".into(), json!(first));
    let mut head = reading(
        kernel,
        who,
        act,
        ledger,
        match records {
            [one] => one.as_str(),
            _ => "",
        },
        facts.into(),
    );
    head.reason = reason.map(str::to_owned);
    let mut entries = vec![head];
    for part in parts {
        entries.push(reading(kernel, who, READ_MORE, ledger, "", json!({ "act": act, "records": part })));
    }
    if entries.len() > 1 {
        let batch = kernel.new_id();
        entries.iter_mut().for_each(|entry| entry.batch = Some(batch.clone()));
    }
    entries
}

fn entries(kernel: &Kernel, who: &Principal, ledger: &str, look: &Look, reason: Option<&str>) -> Vec<Entry> {
    let records: Vec<String> = look.records.iter().cloned().collect();
    if let [one] = records.as_slice() {
        let mut entry = reading(kernel, who, OPEN, ledger, one, json!({ "classes": look.classes }));
        entry.reason = reason.map(str::to_owned);
        return vec![entry];
    }
    let facts = [("classes".to_string(), json!(look.classes))].into_iter().collect();
    readings(kernel, who, READ_LIST, ledger, facts, &records, reason)
}

/// How many records an entry of reading tells of: 0 for entries that read nothing, and for those that continue another.
pub fn records_read(entry: &Entry) -> u64 {
    if !journal::act::READS.contains(&entry.act.as_str()) || matches!(entry.act.as_str(), READ_MORE | "journal_read") {
        return 0;
    }
    let facts = entry.changes.get(&entry.act).map(|change| &change.after);
    // Older entries tell the number of an export as `records`, and a print by its list alone.
    let told = facts.and_then(|facts| {
        let count = facts.get("count").and_then(Value::as_u64);
        let records = facts.get("records");
        count.or_else(|| records.and_then(Value::as_u64)).or_else(|| Some(records?.as_array()?.len() as u64))
    });
    told.unwrap_or(1)
}
