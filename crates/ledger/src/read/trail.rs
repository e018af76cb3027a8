//! The journal as an investigator may read it: who did what, when and from where, with values only where the reader may
//! see them.

use std::collections::{BTreeMap, BTreeSet};

use journal::StoredEntry;
use journal::act::READS;

use super::SeenEntry;
use super::history::redacted;
use crate::access::Access;
use crate::definition::ClassSet;
use crate::kernel::Kernel;
use crate::port::{JournalQuery, Reader};
use crate::principal::Principal;
use crate::query::Filter;
use crate::refusal::Refusal;

/// An entry of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct TracedEntry {
    /// The entry with the values the reader may see.
    pub seen: SeenEntry,
    /// What an entry that changed nothing tells beside who and when: number of records, file format, classes.
    pub facts: BTreeMap<String, serde_json::Value>,
}

/// A page of the trail.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trail {
    /// Entries in the order of the question.
    pub entries: Vec<TracedEntry>,
    /// Behind this entry the next page begins; none at the end.
    pub next: Option<(chrono::DateTime<chrono::Utc>, i64)>,
}

impl Kernel {
    /// Ledgers whose history the reader may not read at all: their entries are left out of every search.
    pub fn untraceable(&self, who: &Principal) -> Vec<String> {
        let ledgers = self.catalogue.ledgers.values();
        let closed = ledgers.filter(|ledger| Access::new(ledger, who).traceable() == Filter::Nothing);
        closed.map(|ledger| ledger.name.clone()).collect()
    }

    /// Entries that answer the question, as far as the reader may know of them.
    ///
    /// An entry is left out where the reader may not read the history of its ledger, or of its record as it is now.
    /// Identifiers that a reading of several records lists are not given out.
    ///
    /// # Errors
    /// Those of the database.
    pub fn trail(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        query: &JournalQuery,
    ) -> Result<Trail, Refusal> {
        let mut query = query.clone();
        query.except.extend(self.untraceable(who));
        let found = tx.journal(&query)?;
        let next = found.last().filter(|_| found.len() >= query.limit).map(|stored| (stored.entry.at, stored.sequence));
        let closed = self.closed_records(tx, who, &found)?;
        let mut known: BTreeMap<(String, String), BTreeMap<i64, ClassSet>> = BTreeMap::new();
        let mut entries = Vec::with_capacity(found.len());
        for stored in found {
            let place = (stored.entry.ledger.clone(), stored.entry.record.clone());
            // A single entry asked for by its number is no way around the rules.
            if closed.contains(&place) || query.except.contains(&place.0) {
                continue;
            }
            let facts = facts(&stored);
            let seen = match self.catalogue.ledger(&place.0) {
                Some(ledger) => {
                    let access = Access::new(ledger, who);
                    let reason = stored.entry.reason.clone().filter(|_| stored.entry.revision == 0);
                    let mut seen = redacted(tx, &access, ledger, stored, known.entry(place).or_default())?;
                    // The reason of a reading was given for those who ask about it.
                    seen.entry.reason = seen.entry.reason.or(reason);
                    seen
                }
                None => SeenEntry { sequence: stored.sequence, entry: stored.entry, withheld: 0 },
            };
            entries.push(TracedEntry { seen, facts });
        }
        Ok(Trail { entries, next })
    }

    /// Records among the entries whose history the reader may not read.
    fn closed_records(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        found: &[StoredEntry],
    ) -> Result<BTreeSet<(String, String)>, Refusal> {
        let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for stored in found.iter().filter(|stored| !stored.entry.record.is_empty()) {
            asked.entry(&stored.entry.ledger).or_default().insert(stored.entry.record.clone());
        }
        let mut closed = BTreeSet::new();
        for (name, ids) in asked {
            let Some(ledger) = self.catalogue.ledger(name) else { continue };
            let access = Access::new(ledger, who);
            if access.traceable() == Filter::Everything {
                continue;
            }
            let ids: Vec<String> = ids.into_iter().collect();
            let open: BTreeSet<String> = tx
                .records(name, &ids)?
                .into_iter()
                .filter(|record| access.may_read_history(record))
                .map(|record| record.id)
                .collect();
            closed.extend(ids.into_iter().filter(|id| !open.contains(id)).map(|id| (name.to_string(), id)));
        }
        Ok(closed)
    }
}

/// What an entry that changed nothing tells, without the identifiers it lists.
fn facts(stored: &StoredEntry) -> BTreeMap<String, serde_json::Value> {
    let entry = &stored.entry;
    if entry.revision != 0 {
        return BTreeMap::new();
    }
    let told = entry.changes.get(&entry.act).and_then(|change| change.after.as_object());
    let mut facts: BTreeMap<String, serde_json::Value> = match told {
        Some(told) => told.iter().map(|(name, fact)| (name.clone(), fact.clone())).collect(),
        None => entry.changes.iter().map(|(name, change)| (name.clone(), change.after.clone())).collect(),
    };
    if READS.contains(&entry.act.as_str()) {
        facts.remove("records");
        facts.remove("conditions");
        facts.remove("words");
    }
    facts
}
