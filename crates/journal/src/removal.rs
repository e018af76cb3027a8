//! Lawful removal of bodies. What was disposed of leaves its position and leaf hash; in the place of the body stands a
//! *husk*, which says by which disposal it went, the hash of the leaf, and the stamps of rows that the entry told of. A
//! later entry of the disposal names position, leaf and husk, and the disposal was asked for by one person and approved by
//! another. [`Removals`] judges that, over a database or an exported journal alike.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::act::{DISPOSE, REMOVED};
use crate::canonical::canonical_bytes;
use crate::entry::{Actor, Change, Entry};
use crate::hash::Hash;

/// The ledger of disposals.
pub const DISPOSALS: &str = "disposal";
const HUSK: &[u8] = b"{\"act\":\"removed\",";
const TOLD: [(&[u8], What); 3] = [
    (b"{\"act\":\"dispose\",", What::Dispose),
    (b"{\"act\":\"transition:ask\",", What::Ask),
    (b"{\"act\":\"transition:approve\",", What::Approve),
];

#[derive(Clone, Copy)]
enum What {
    Dispose,
    Ask,
    Approve,
}

/// What stands in the place of a removed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Husk {
    /// Record of the disposal.
    pub disposal: String,
    /// Leaf hash of the entry that stood here.
    pub leaf: Hash,
}

/// One removed body, as the entry of the disposal names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Sequence of the entry.
    pub sequence: i64,
    /// Its position in the tree.
    pub position: u64,
    /// Leaf hash of what stood there.
    pub leaf: Hash,
    /// SHA-256 of the husk that stands there now.
    pub husk: Hash,
}

/// The canonical bytes of a husk. `rows` are the stamps of rows that the entry told of and that are still needed.
pub fn husk(at: DateTime<Utc>, disposal: &str, leaf: &Hash, rows: Option<Value>) -> Vec<u8> {
    let entry = Entry {
        at,
        actor: Actor::system("retention"),
        ledger: String::new(),
        record: String::new(),
        revision: 0,
        act: REMOVED.into(),
        reason: None,
        state_before: None,
        state_after: None,
        changes: [(
            REMOVED.to_owned(),
            Change { before: Value::Null, after: json!({ "disposal": disposal, "leaf": hex::encode(leaf) }) },
        )]
        .into(),
        batch: None,
    };
    let mut value = serde_json::to_value(&entry).unwrap_or(Value::Null);
    if let (Some(rows), Some(parts)) = (rows, value.as_object_mut()) {
        parts.insert("rows".into(), rows);
    }
    canonical_bytes(&value)
}

fn hash_of(value: &Value) -> Option<Hash> {
    hex::decode(value.as_str()?).ok()?.try_into().ok()
}

/// The husk that these bytes are; none for an entry with its body.
pub fn husk_of(bytes: &[u8]) -> Option<Husk> {
    if !bytes.starts_with(HUSK) {
        return None;
    }
    let entry: Entry = serde_json::from_slice(bytes).ok()?;
    let facts = &entry.changes.get(REMOVED)?.after;
    Some(Husk { disposal: facts.get("disposal")?.as_str()?.to_owned(), leaf: hash_of(facts.get("leaf")?)? })
}

/// Removed bodies as they stand in the entry of a disposal.
pub fn told(removals: &[Removal]) -> Value {
    let one = |one: &Removal| json!([one.sequence, one.position, hex::encode(one.leaf), hex::encode(one.husk)]);
    removals.iter().map(one).collect()
}

/// Removed bodies that the entry of a disposal names; none for any other entry.
pub fn told_in(entry: &Entry) -> Vec<Removal> {
    let listed = entry.changes.get(DISPOSE).and_then(|change| change.after.get("entries")?.as_array().cloned());
    let one = |value: &Value| {
        Some(Removal {
            sequence: value.get(0)?.as_i64()?,
            position: value.get(1)?.as_u64()?,
            leaf: hash_of(value.get(2)?)?,
            husk: hash_of(value.get(3)?)?,
        })
    };
    listed.unwrap_or_default().iter().filter_map(one).collect()
}

/// Who asked for or approved a disposal, and at which place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Act {
    place: u64,
    account: String,
    person: Option<String>,
}

/// Husks, and what makes them lawful, gathered over a journal in any order.
#[derive(Debug, Clone, Default)]
pub struct Removals {
    husks: BTreeMap<u64, (Husk, Hash)>,
    /// Disposal, place of the entry that tells of it, and the removal, by position.
    told: BTreeMap<u64, Vec<(String, u64, Removal)>>,
    asked: BTreeMap<String, Vec<Act>>,
    approved: BTreeMap<String, Vec<Act>>,
}

impl Removals {
    /// Look at the entry at a place: its position, or for one that waits to be sealed any number above all positions that
    /// rises with the order of writing. Bodies that have to do with no removal cost a comparison of some bytes.
    pub fn take(&mut self, place: u64, body: &[u8]) {
        if let Some(husk) = husk_of(body) {
            self.husks.insert(place, (husk, Sha256::digest(body).into()));
            return;
        }
        let Some((_, what)) = TOLD.iter().find(|(start, _)| body.starts_with(start)) else { return };
        let Ok(entry) = serde_json::from_slice::<Entry>(body) else { return };
        if entry.ledger != DISPOSALS {
            return;
        }
        let act = || Act { place, account: entry.actor.account.clone(), person: entry.actor.person.clone() };
        match what {
            What::Dispose => {
                for removal in told_in(&entry) {
                    self.told.entry(removal.position).or_default().push((entry.record.clone(), place, removal));
                }
            }
            What::Ask => self.asked.entry(entry.record.clone()).or_default().push(act()),
            What::Approve => self.approved.entry(entry.record.clone()).or_default().push(act()),
        }
    }

    /// Put together what several threads gathered.
    pub fn join(&mut self, other: Self) {
        self.husks.extend(other.husks);
        for (position, told) in other.told {
            self.told.entry(position).or_default().extend(told);
        }
        for (all, more) in [(&mut self.asked, other.asked), (&mut self.approved, other.approved)] {
            for (disposal, acts) in more {
                all.entry(disposal).or_default().extend(acts);
            }
        }
    }

    /// Places of husks, in order.
    pub fn places(&self) -> impl Iterator<Item = u64> + '_ {
        self.husks.keys().copied()
    }

    /// Places of husks that nothing makes lawful, and why, in Japanese.
    pub fn judge(&self) -> Vec<(u64, &'static str)> {
        self.husks
            .iter()
            .filter_map(|(place, (husk, digest))| Some((*place, self.wrong(*place, husk, digest)?)))
            .collect()
    }

    fn wrong(&self, place: u64, husk: &Husk, digest: &Hash) -> Option<&'static str> {
        let named = self.told.get(&place).map(Vec::as_slice).unwrap_or_default();
        let named: Vec<_> = named.iter().filter(|(by, at, _)| *by == husk.disposal && *at > place).collect();
        if named.is_empty() {
            return Some("廃棄の証跡がないのに、本体が取り除かれています");
        }
        let fits = |removal: &Removal| removal.leaf == husk.leaf && removal.husk == *digest;
        let Some((_, at, _)) = named.into_iter().find(|(_, _, removal)| fits(removal)) else {
            return Some("取り除いた跡の内容が、廃棄の証跡と違います");
        };
        (!self.by_two(&husk.disposal, *at)).then_some("本体の廃棄が、二人の申出と承認によるものではありません")
    }

    /// Whether, before that place, somebody asked for the disposal and then somebody else approved it.
    fn by_two(&self, disposal: &str, before: u64) -> bool {
        let asked = self.asked.get(disposal).map(Vec::as_slice).unwrap_or_default();
        let approved = self.approved.get(disposal).map(Vec::as_slice).unwrap_or_default();
        approved.iter().filter(|approval| approval.place < before).any(|approval| {
            let last = asked.iter().filter(|ask| ask.place < approval.place).max_by_key(|ask| ask.place);
            last.is_some_and(|ask| {
                ask.account != approval.account && (ask.person.is_none() || ask.person != approval.person)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(act: &str, account: &str, after: Value) -> Vec<u8> {
        let mut entry = Entry {
            at: DateTime::UNIX_EPOCH,
            actor: Actor::system("x"),
            ledger: DISPOSALS.into(),
            record: "D1".into(),
            revision: 1,
            act: act.into(),
            reason: None,
            state_before: None,
            state_after: None,
            changes: [(act.to_owned(), Change { before: Value::Null, after })].into(),
            batch: None,
        };
        entry.actor.account = account.into();
        entry.canonical()
    }

    #[test]
    fn a_removal_is_lawful_only_when_two_people_decided_and_a_later_entry_names_it() {
        let leaf = [7; 32];
        let husk = husk(DateTime::UNIX_EPOCH, "D1", &leaf, Some(json!({ "duty": { "a|b": "x" } })));
        assert_eq!(husk_of(&husk).unwrap(), Husk { disposal: "D1".into(), leaf });
        assert_eq!(husk_of(&entry("create", "one", Value::Null)), None);
        let digest: Hash = Sha256::digest(&husk).into();
        let removal = |leaf, husk| Removal { sequence: 9, position: 3, leaf, husk };
        let dispose = |one: Removal| entry(DISPOSE, "system", json!({ "entries": told(&[one]) }));
        let (ask, approve) = ("transition:ask", "transition:approve");
        type Placed = (u64, Vec<u8>);
        let table: [(&str, Vec<Placed>, bool); 8] = [
            (
                "lawful",
                vec![
                    (4, entry(ask, "one", Value::Null)),
                    (5, entry(approve, "two", Value::Null)),
                    (6, dispose(removal(leaf, digest))),
                ],
                true,
            ),
            ("nobody tells", vec![(4, entry(ask, "one", Value::Null)), (5, entry(approve, "two", Value::Null))], false),
            ("nobody approved", vec![(4, entry(ask, "one", Value::Null)), (6, dispose(removal(leaf, digest)))], false),
            (
                "one alone",
                vec![
                    (4, entry(ask, "one", Value::Null)),
                    (5, entry(approve, "one", Value::Null)),
                    (6, dispose(removal(leaf, digest))),
                ],
                false,
            ),
            (
                "approved afterwards",
                vec![
                    (4, entry(ask, "one", Value::Null)),
                    (7, entry(approve, "two", Value::Null)),
                    (6, dispose(removal(leaf, digest))),
                ],
                false,
            ),
            (
                "told before",
                vec![
                    (0, entry(ask, "one", Value::Null)),
                    (1, entry(approve, "two", Value::Null)),
                    (2, dispose(removal(leaf, digest))),
                ],
                false,
            ),
            (
                "another leaf",
                vec![
                    (4, entry(ask, "one", Value::Null)),
                    (5, entry(approve, "two", Value::Null)),
                    (6, dispose(removal([8; 32], digest))),
                ],
                false,
            ),
            (
                "another husk",
                vec![
                    (4, entry(ask, "one", Value::Null)),
                    (5, entry(approve, "two", Value::Null)),
                    (6, dispose(removal(leaf, [0; 32]))),
                ],
                false,
            ),
        ];
        for (name, entries, lawful) in table {
            let mut removals = Removals::default();
            removals.take(3, &husk);
            let mut others = Removals::default();
            entries.iter().for_each(|(place, body)| others.take(*place, body));
            removals.join(others);
            assert_eq!(removals.judge().is_empty(), lawful, "{name}");
        }
    }
}
