//! The state that the entries of the journal make, as small hashes: who holds a million versions holds 40 bytes of each.

use crate::hash::{ByHash, Keyed};
use crate::scan::{Members, string, unescaped};

/// What stands in `superseded_at` while a version is the current one.
const OPEN: &str = "9999-12-31T23:59:59.999999Z";

/// A version as the entries make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Hash of all it holds.
    pub digest: u64,
    /// Hash of the instant of the next version.
    pub superseded: u64,
    /// Entry that made it.
    pub sequence: i64,
}

/// A record as the entries make it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Current {
    revision: i64,
    body: u64,
    acts: Vec<(u64, u64)>,
    created: u64,
    digest: u64,
    sequence: i64,
}

/// A row of a stamped table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Hash of the name of its table.
    table: u64,
    /// Hash of its digest; `None` when it is gone.
    pub digest: Option<u64>,
    /// Entry that stamped it last.
    pub sequence: i64,
}

/// What is wrong with an entry in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is not the JSON that Daicho writes.
    Form,
    /// The column of that name says something else than the body.
    Column(&'static str),
    /// It does not follow the revision before it.
    Revision,
}

/// The fold over all entries.
pub struct Fold {
    keyed: Keyed,
    /// By ledger, record and revision.
    pub versions: ByHash<Version>,
    records: ByHash<Current>,
    /// By table and row.
    pub rows: ByHash<Row>,
}

/// What the fold reads of an entry, raw.
#[derive(Default)]
struct Parts<'e> {
    at: &'e str,
    account: &'e str,
    person: &'e str,
    ledger: &'e str,
    record: &'e str,
    revision: &'e str,
    act: &'e str,
    state_after: &'e str,
    changes: &'e str,
    batch: &'e str,
    acts: &'e str,
    rows: &'e str,
}

fn parts(body: &str) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let mut members = Members::of(body);
    for (key, raw) in members.by_ref() {
        match key {
            "at" => parts.at = raw,
            "actor" => {
                let mut actor = Members::of(raw);
                for (key, raw) in actor.by_ref() {
                    match key {
                        "account" => parts.account = raw,
                        "person" => parts.person = raw,
                        _ => {}
                    }
                }
                actor.whole().then_some(())?;
            }
            "ledger" => parts.ledger = raw,
            "record" => parts.record = raw,
            "revision" => parts.revision = raw,
            "act" => parts.act = raw,
            "state_after" => parts.state_after = raw,
            "changes" => parts.changes = raw,
            "batch" => parts.batch = raw,
            "acts" => parts.acts = raw,
            "rows" => parts.rows = raw,
            _ => {}
        }
    }
    let needed = [parts.at, parts.account, parts.ledger, parts.record, parts.act, parts.revision, parts.changes];
    (members.whole() && needed.iter().all(|part| !part.is_empty())).then_some(parts)
}

/// Whether an act makes a new version of a record.
pub fn changes_record(act: &str) -> bool {
    matches!(act, "create" | "amend") || act.starts_with("transition:")
}

impl Fold {
    /// Before the first entry.
    pub fn new() -> Self {
        Self { keyed: Keyed::new(), versions: ByHash::default(), records: ByHash::default(), rows: ByHash::default() }
    }

    /// Name of a record in [`Fold::records`].
    fn record_name(&self, ledger: &str, id: &str) -> u64 {
        self.keyed.of(&["record", ledger, id])
    }

    /// Name of a version in [`Fold::versions`].
    pub fn version_name(&self, ledger: &str, id: &str, revision: i64) -> u64 {
        self.keyed.of(&["version", ledger, id, &revision.to_string()])
    }

    /// Name of a row in [`Fold::rows`].
    pub fn row_name(&self, table: &str, row: &str) -> u64 {
        self.keyed.of(&["row", table, row])
    }

    /// Hash of the digest of a row.
    pub fn row_digest(&self, digest: &str) -> u64 {
        self.keyed.of(&["digest", digest])
    }

    /// Take the next entry: its body, and the columns beside it (at, account, ledger, record, act, batch).
    pub fn take(&mut self, sequence: i64, body: &str, columns: &[Option<String>; 6]) -> Result<(), Wrong> {
        let parts = parts(body).ok_or(Wrong::Form)?;
        let raws = [parts.at, parts.account, parts.ledger, parts.record, parts.act, parts.batch];
        let names = ["at", "account", "ledger", "record", "act", "batch"];
        let mut texts: [std::borrow::Cow<'_, str>; 6] = Default::default();
        for ((raw, column), (name, text)) in raws.iter().zip(columns).zip(names.iter().zip(&mut texts)) {
            if *raw == "null" || raw.is_empty() {
                if column.is_some() {
                    return Err(Wrong::Column(name));
                }
                continue;
            }
            *text = string(raw).ok_or(Wrong::Form)?;
            if column.as_deref() != Some(text) {
                return Err(Wrong::Column(name));
            }
        }
        self.take_rows(sequence, parts.rows).ok_or(Wrong::Form)?;
        let [at, _, ledger, record, act, _] = texts;
        if !changes_record(&act) {
            return Ok(());
        }
        let revision: i64 = parts.revision.parse().map_err(|_| Wrong::Form)?;
        let name = self.record_name(&ledger, &record);
        let mut current = self.records.remove(&name).unwrap_or_default();
        if revision != current.revision + 1 {
            self.records.insert(name, current);
            return Err(Wrong::Revision);
        }
        let mut changes = Members::of(parts.changes);
        for (field, raw) in changes.by_ref() {
            let mut change = Members::of(raw);
            for (key, value) in change.by_ref().filter(|(_, value)| *value != "null") {
                let hash = self.keyed.value(field, value);
                match key {
                    "before" => current.body = current.body.wrapping_sub(hash),
                    "after" => current.body = current.body.wrapping_add(hash),
                    _ => return Err(Wrong::Form),
                }
            }
            if !change.whole() {
                return Err(Wrong::Form);
            }
        }
        if !changes.whole() {
            return Err(Wrong::Form);
        }
        let kept: Vec<String> = match parts.acts {
            "" => Vec::new(),
            acts => serde_json::from_str(acts).map_err(|_| Wrong::Form)?,
        };
        let done = act.strip_prefix("transition:").unwrap_or(&act);
        let kept: Vec<u64> = kept.iter().map(|act| self.keyed.of(&[act])).collect();
        let done_name = self.keyed.of(&[done]);
        current.acts.retain(|(name, _)| *name != done_name && kept.contains(name));
        let person = if parts.person.is_empty() { "null" } else { parts.person };
        current.acts.push((done_name, self.keyed.of(&["act", done, parts.account, person, parts.at])));
        let at_hash = self.keyed.of(&[&at]);
        if revision == 1 {
            current.created = at_hash;
        }
        let state = string(parts.state_after).ok_or(Wrong::Form)?;
        let acts = current.acts.iter().fold(0u64, |sum, (_, hash)| sum.wrapping_add(*hash));
        current.digest = self.keyed.numbers(&[current.body, acts, self.keyed.of(&[&state]), current.created, at_hash]);
        current.revision = revision;
        current.sequence = sequence;
        if revision > 1 {
            let before = self.version_name(&ledger, &record, revision - 1);
            if let Some(version) = self.versions.get_mut(&before) {
                version.superseded = at_hash;
            }
        }
        let superseded = self.keyed.of(&[OPEN]);
        let version = Version { digest: current.digest, superseded, sequence };
        self.versions.insert(self.version_name(&ledger, &record, revision), version);
        self.records.insert(name, current);
        Ok(())
    }

    fn take_rows(&mut self, sequence: i64, rows: &str) -> Option<()> {
        if rows.is_empty() {
            return Some(());
        }
        let mut tables = Members::of(rows);
        for (table, raw) in tables.by_ref() {
            let table_hash = self.keyed.of(&["table", table]);
            if raw == "null" {
                // A restore left the table out: nothing that was in it before is there any more.
                self.rows.retain(|_, row| row.table != table_hash);
                continue;
            }
            let mut members = Members::of(raw);
            for (row, raw) in members.by_ref() {
                let name = self.row_name(table, &unescaped(row)?);
                let digest = match raw {
                    "null" => None,
                    digest => Some(self.row_digest(&string(digest)?)),
                };
                self.rows.insert(name, Row { table: table_hash, digest, sequence });
            }
            members.whole().then_some(())?;
        }
        tables.whole().then_some(())
    }

    /// Hash of a row of `record` or `version`, comparable with [`Version::digest`].
    pub fn digest(&self, row: &store::inspect::RawRecord) -> Option<u64> {
        let mut body = 0u64;
        let mut members = Members::of(&row.body);
        for (field, raw) in members.by_ref() {
            body = body.wrapping_add(self.keyed.value(field, raw));
        }
        members.whole().then_some(())?;
        let mut acts = 0u64;
        let mut members = Members::of(&row.acts);
        for (name, raw) in members.by_ref() {
            let (mut account, mut person, mut at, mut count) = ("", "", "", 0);
            let mut act = Members::of(raw);
            for (key, raw) in act.by_ref() {
                count += 1;
                match key {
                    "account" => account = raw,
                    "person" => person = raw,
                    "at" => at = raw,
                    _ => return None,
                }
            }
            (act.whole() && count == 3).then_some(())?;
            acts = acts.wrapping_add(self.keyed.of(&["act", &unescaped(name)?, account, person, at]));
        }
        members.whole().then_some(())?;
        Some(self.keyed.numbers(&[
            body,
            acts,
            self.keyed.of(&[&row.state]),
            self.keyed.of(&[&row.created_at]),
            self.keyed.of(&[&row.recorded_at]),
        ]))
    }

    /// Hash of an instant.
    pub fn instant(&self, text: &str) -> u64 {
        self.keyed.of(&[text])
    }

    /// Take the record out: its revision and the entry that made it.
    pub fn take_record(&mut self, ledger: &str, id: &str) -> Option<(i64, u64, i64)> {
        let name = self.record_name(ledger, id);
        let current = self.records.remove(&name)?;
        Some((current.revision, current.digest, current.sequence))
    }

    /// Entries that made records which were not taken out.
    pub fn records_left(&self) -> impl Iterator<Item = i64> + '_ {
        self.records.values().map(|current| current.sequence)
    }
}
