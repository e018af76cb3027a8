//! The history of a record, each value judged by the state the record had when the value stood in it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use chrono::{DateTime, Utc};
use journal::{Entry, StoredEntry};
use serde_json::Value;

use crate::access::Access;
use crate::definition::{ClassSet, Ledger};
use crate::kernel::Kernel;
use crate::port::{HistoryQuery, Reader, Told};
use crate::principal::Principal;
use crate::refusal::Refusal;

/// An entry with only the values the reader may see.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenEntry {
    /// Place in the journal.
    pub sequence: i64,
    /// The entry.
    pub entry: Entry,
    /// Fields that changed but may not be seen.
    pub withheld: usize,
}

impl Kernel {
    /// Entries of one record that answer the query, newest first, at most a thousand.
    ///
    /// A value is shown only where its class could be read in the version it stood in: a mark that was a draft stays
    /// hidden from the person it is about, also after the final mark is open.
    pub fn history(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        ledger: &str,
        id: &str,
        query: HistoryQuery,
    ) -> Result<Vec<SeenEntry>, Refusal> {
        let ledger = self.ledger(ledger)?;
        let access = Access::new(&ledger, who);
        let record = tx.record(&ledger.name, id)?.filter(|record| access.may_read(record)).ok_or(Refusal::NotFound)?;
        if !access.may_read_history(&record) {
            return Err(Refusal::Denied("この記録の履歴を見る権限がありません。".into()));
        }
        let query = HistoryQuery {
            ledger: Some(ledger.name.clone()),
            record: Some(id.to_string()),
            limit: query.limit.min(1_000),
            ..query
        };
        let mut seen = Vec::new();
        // One entry's version before is the next entry's version after: each is read once.
        let mut known: BTreeMap<i64, ClassSet> = BTreeMap::new();
        for stored in tx.history(&query)? {
            seen.push(redacted(tx, &access, &ledger, stored, &mut known)?);
        }
        Ok(seen)
    }

    /// Instants at which the record changed, oldest first: the stops of the date slider.
    pub fn versions(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        ledger: &str,
        id: &str,
    ) -> Result<Vec<DateTime<Utc>>, Refusal> {
        let mut instants: Vec<_> = self
            .history(tx, who, ledger, id, HistoryQuery::newest(Told::Changes, 1_000))?
            .iter()
            .map(|seen| seen.entry.at)
            .collect();
        instants.reverse();
        Ok(instants)
    }
}

/// The entry with only the values that may be seen in the versions they stood in.
pub(super) fn redacted(
    tx: &mut (impl Reader + ?Sized),
    access: &Access<'_>,
    ledger: &Ledger,
    stored: StoredEntry,
    known: &mut BTreeMap<i64, ClassSet>,
) -> Result<SeenEntry, Refusal> {
    let mut entry = stored.entry;
    for revision in [entry.revision, entry.revision - 1] {
        if let Slot::Vacant(place) = known.entry(revision) {
            place.insert(classes_at(tx, access, ledger, &entry.record, revision)?);
        }
    }
    let none = ClassSet::default();
    let after = known.get(&entry.revision).unwrap_or(&none);
    let earlier = known.get(&(entry.revision - 1)).unwrap_or(&none);
    let total = entry.changes.len();
    entry.changes.retain(|name, change| {
        let Some(field) = ledger.field(name) else { return false };
        let open_after = after.contains(&field.class);
        let open_before = earlier.contains(&field.class);
        if !open_after {
            change.after = Value::Null;
        }
        if !open_before {
            change.before = Value::Null;
        }
        (open_after && !change.after.is_null()) || (open_before && !change.before.is_null())
    });
    // A reason may speak of what is hidden; it is shown where the version itself may be read.
    if after.is_empty() {
        entry.reason = None;
    }
    // A trace of opening or printing (revision 0) changes nothing, so that nothing is withheld.
    let withheld = if entry.revision == 0 { 0 } else { total - entry.changes.len() };
    Ok(SeenEntry { sequence: stored.sequence, entry, withheld })
}

fn classes_at(
    tx: &mut (impl Reader + ?Sized),
    access: &Access<'_>,
    ledger: &Ledger,
    id: &str,
    revision: i64,
) -> Result<ClassSet, Refusal> {
    if revision < 1 {
        return Ok(ClassSet::default());
    }
    let version = tx.record_revision(&ledger.name, id, revision)?;
    Ok(version.map(|version| access.readable_classes(&version)).unwrap_or_default())
}
