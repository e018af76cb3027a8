//! What makes a change behind Daicho's back show: stamps of rows in the journal, guards of entries and of rows.
//!
//! Every statement that changes a stamped table is given `RETURNING` with the columns that matter; the digests of the
//! rows it returns go into the next journal entry of the same transaction (member `rows`), or into an entry of their own
//! when none follows. A row that was inserted, changed or deleted by anybody else has no such stamp.

mod digest;
pub mod rules;
mod schema;
mod statement;

use std::collections::BTreeMap;

use base64::Engine as _;
use journal::{Actor, Entry};
use ledger::port::StoreError;
use ring::hmac;
use serde_json::{Map, Value};

pub use digest::Stamp;
pub(crate) use digest::stamp;
pub(crate) use schema::{objects, stamp_changes};
pub(crate) use statement::change;

use crate::transaction::Transaction;
use crate::value::{Cell, Param};
use rules::{Kind, Rule};

/// Act of an entry that tells of rows only, because no other entry of its transaction could.
pub const ROWS_ACT: &str = "rows";

/// Stamps in one entry at most.
const MOST: usize = 500;

/// The key of guards: 32 bytes that no one who merely has the database knows. Has no `Debug`.
#[derive(Clone)]
pub struct GuardKey(hmac::Key);

impl GuardKey {
    /// A key of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The guard of a text: HMAC-SHA-256 (RFC 2104) over what it is for and the text, in base64.
    pub fn guard(&self, purpose: &str, text: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(text);
        base64::engine::general_purpose::STANDARD_NO_PAD.encode(context.sign())
    }
}

impl std::fmt::Debug for GuardKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GuardKey")
    }
}

/// What a transaction has changed and no entry tells of yet.
#[derive(Default)]
pub(crate) struct Pending {
    /// Digest by table and row; `None` for a row that is gone.
    rows: BTreeMap<&'static str, BTreeMap<String, Option<String>>>,
    count: usize,
    /// Acts that the new revision of a record keeps, by ledger, record and revision.
    acts: BTreeMap<(String, String, i64), Vec<String>>,
}

impl Pending {
    pub(crate) fn row(&mut self, table: &'static str, key: String, digest: Option<String>) {
        self.rows.entry(table).or_default().insert(key, digest);
        self.count += 1;
    }

    pub(crate) fn acts(&mut self, record: &ledger::Record) {
        let place = (record.ledger.clone(), record.id.clone(), record.revision);
        self.acts.insert(place, record.acts.keys().cloned().collect());
    }

    /// The text of an entry with what the transaction changed so far.
    pub(crate) fn text(&mut self, entry: &Entry, salt: Option<String>) -> Result<String, StoreError> {
        let wrong = |_| StoreError::Failed("entry: 証跡を文字列にできません".into());
        let Value::Object(mut body) = serde_json::to_value(entry).map_err(wrong)? else {
            return Err(StoreError::Failed("entry: 証跡を文字列にできません".into()));
        };
        let place = (entry.ledger.clone(), entry.record.clone(), entry.revision);
        if let Some(acts) = self.acts.remove(&place) {
            body.insert("acts".into(), acts.into());
        }
        if let Some(salt) = salt {
            body.insert("salt".into(), salt.into());
        }
        if self.count > 0 {
            body.insert("rows".into(), self.taken());
        }
        String::from_utf8(journal::canonical_bytes(&Value::Object(body)))
            .map_err(|_| StoreError::Failed("entry: 証跡を文字列にできません".into()))
    }

    fn taken(&mut self) -> Value {
        let mut tables = Map::new();
        let mut room = MOST;
        while let Some((table, mut rows)) = self.rows.pop_first() {
            let rest = match rows.keys().nth(room).cloned() {
                Some(next) => rows.split_off(&next),
                None => BTreeMap::new(),
            };
            room -= rows.len();
            let rows: Map<String, Value> = rows.into_iter().map(|(key, digest)| (key, digest.into())).collect();
            tables.insert(table.into(), Value::Object(rows));
            if !rest.is_empty() {
                self.rows.insert(table, rest);
            }
            if room == 0 {
                break;
            }
        }
        self.count = self.rows.values().map(BTreeMap::len).sum();
        Value::Object(tables)
    }
}

impl Transaction<'_> {
    /// Note what a statement did to rows of a table: their cells after it, or before it when they were deleted.
    pub(crate) fn note_rows(&mut self, rule: &'static Rule, gone: bool, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
        for cells in rows {
            let stamp = stamp(rule, cells);
            if rule.kind == Kind::Stamped {
                self.pending.row(rule.table, stamp.key, (!gone).then_some(stamp.digest));
                continue;
            }
            let Some(guard) = self.guard.as_ref().map(|key| key.guard(rule.table, stamp_text(&stamp).as_bytes()))
            else {
                continue;
            };
            let named: [Param<'_>; 3] = [rule.table.into(), stamp.key.into(), guard.into()];
            if gone {
                let sql = "DELETE FROM guard WHERE name = $1 AND row = $2";
                self.execute("guard", sql, named.get(..2).unwrap_or_default())?;
            } else {
                let sql = "INSERT INTO guard (name, row, mac) VALUES ($1, $2, $3) \
                           ON CONFLICT (name, row) DO UPDATE SET mac = excluded.mac";
                self.execute("guard", sql, &named)?;
            }
        }
        // A long transaction of the program itself (adopting, rebuilding) tells in between.
        while self.pending.count >= MOST {
            self.tell_rows()?;
        }
        Ok(())
    }

    /// Write down what no entry has told of.
    pub(crate) fn flush_rows(&mut self) -> Result<(), StoreError> {
        while self.pending.count > 0 {
            self.tell_rows()?;
        }
        Ok(())
    }

    fn tell_rows(&mut self) -> Result<(), StoreError> {
        // The store has no clock: such an entry happened with, or right after, the newest one before it.
        let newest = "SELECT at FROM entry ORDER BY sequence DESC LIMIT 1";
        let at = match self.first("entry", newest, &[])? {
            Some(mut row) => row.instant()?,
            None => chrono::DateTime::UNIX_EPOCH,
        };
        let entry = Entry {
            at,
            actor: Actor::system("store"),
            ledger: String::new(),
            record: String::new(),
            revision: 0,
            act: ROWS_ACT.into(),
            reason: None,
            state_before: None,
            state_after: None,
            changes: BTreeMap::new(),
            batch: None,
        };
        self.append_entry(&entry).map(drop)
    }
}

/// What the guard of a row is made over.
pub(crate) fn stamp_text(stamp: &Stamp) -> String {
    format!("{} {}", stamp.digest, stamp.key)
}
