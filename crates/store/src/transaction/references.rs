//! What a current record points to: the references the kernel names, and what its body holds.

use std::collections::BTreeMap;

use ledger::port::{ReferenceRow, StoreError};
use ledger::record::Record;
use serde_json::Value;

use super::Transaction;
use crate::value::Param;

/// Whether a text has the form of a record's identifier, a ULID: 26 upper-case letters and digits.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether a text is short enough to be kept in an index of codes.
pub(crate) fn is_short(text: &str) -> bool {
    text.len() <= 64
}

/// What is stored of one reference beside field and target.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Link {
    pub(super) target_ledger: Option<String>,
    pub(super) held: bool,
}

type Links = BTreeMap<(String, String), Link>;

/// Every reference of the record, and every identifier and every short code in a list that a field holds itself. A
/// question whether a field holds a value ([`ledger::query::Filter::Holds`]) relies on all of these being here.
fn links(references: &[ReferenceRow], record: &Record) -> Links {
    let mut links = Links::new();
    for reference in references {
        let link = links.entry((reference.field.clone(), reference.target.clone())).or_default();
        link.target_ledger = Some(reference.target_ledger.clone());
    }
    for (field, value) in &record.body {
        match value {
            Value::String(text) if is_identifier(text) => {
                links.entry((field.clone(), text.clone())).or_default().held = true;
            }
            Value::Array(items) => {
                for text in items.iter().filter_map(Value::as_str).filter(|text| is_short(text)) {
                    links.entry((field.clone(), text.to_owned())).or_default().held = true;
                }
            }
            _ => {}
        }
    }
    links
}

impl Transaction<'_> {
    /// Make the stored references those of the new revision; what stays is not touched.
    pub(super) fn sync_references(
        &mut self,
        references: &[ReferenceRow],
        record: &Record,
        held: &[((String, String), Link)],
    ) -> Result<(), StoreError> {
        let mut wanted = links(references, record);
        for (key, link) in held {
            if wanted.get(key) == Some(link) {
                wanted.remove(key);
                continue;
            }
            self.execute(
                "reference",
                "DELETE FROM reference WHERE ledger = $1 AND field = $2 AND target = $3 AND record = $4",
                &[(&record.ledger).into(), (&key.0).into(), (&key.1).into(), (&record.id).into()],
            )?;
        }
        let mut rows: Vec<Param<'_>> = Vec::with_capacity(wanted.len() * 6);
        for ((field, target), link) in &wanted {
            rows.extend([
                (&record.ledger).into(),
                field.into(),
                target.into(),
                (&record.id).into(),
                link.target_ledger.as_ref().into(),
                link.held.into(),
            ]);
        }
        self.insert("reference", "ledger, field, target, record, target_ledger, held", 6, rows)
    }
}
