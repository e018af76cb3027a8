//! Locking the values of records and entries on the way in, and opening them on the way out.
//!
//! The journal and the record must hold the same locked text, and a value that did not change keeps the text it has, even
//! when the key of its holder is gone or another person has become the subject. So a change is locked against the stored
//! revision before it, and its entry takes the texts from there.

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::Entry;
use ledger::port::{INSTALLATION, StoreError};
use ledger::record::{Body, Record};
use serde_json::Value;

use super::Transaction;
use crate::locks::{At, Plan, is_locked};
use crate::sql::Dialect;

/// Records whose stored values are remembered within a transaction at most.
const REMEMBERED: usize = 64;

/// A body as it is stored, and opened.
#[derive(Debug, Clone)]
struct Both {
    revision: i64,
    stored: Body,
    opened: Body,
}

/// What this transaction knows of stored values: by ledger and record, the newest revision it saw, and the one before it.
#[derive(Default)]
pub(super) struct Memory(BTreeMap<(String, String), (Option<Both>, Both)>);

impl Memory {
    fn keep(&mut self, ledger: &str, id: &str, before: Option<Both>, now: Both) {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.insert((ledger.to_owned(), id.to_owned()), (before, now));
    }

    fn of(&self, ledger: &str, id: &str) -> Option<&(Option<Both>, Both)> {
        self.0.get(&(ledger.to_owned(), id.to_owned()))
    }
}

/// Parts of what an entry tells of a list that may name persons.
const ASKED: [&str; 2] = ["words", "conditions"];

fn asked_place(ledger: &str, key: &str) -> String {
    format!("{ledger}//#{key}")
}

fn said_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

impl Transaction<'_> {
    /// The record with its locked values opened.
    pub(super) fn opened(&self, mut record: Record) -> Result<Record, StoreError> {
        let Record { ledger, id, body, .. } = &mut record;
        let at = At { ledger, record: id };
        for (name, value) in body.iter_mut() {
            self.locks.open_field(&at, name, value)?;
        }
        Ok(record)
    }

    /// The same, remembering what is stored, because the record is going to be changed.
    pub(super) fn opened_for_change(&mut self, record: Record) -> Result<Record, StoreError> {
        if self.locks.plan(&record.ledger).is_none() {
            return self.opened(record);
        }
        let stored = record.body.clone();
        let record = self.opened(record)?;
        let both = Both { revision: record.revision, stored, opened: record.body.clone() };
        self.memory.keep(&record.ledger, &record.id, None, both);
        Ok(record)
    }

    /// The body as it is to be stored; `None` where nothing in it is locked.
    pub(super) fn locked_body(&mut self, record: &Record) -> Result<Option<Body>, StoreError> {
        let Some(plan) = self.locks.plan(&record.ledger) else { return Ok(None) };
        let before = self.stored_before(record)?;
        let holder = plan.holder(&record.id, &record.body).to_owned();
        let at = At { ledger: &record.ledger, record: &record.id };
        let mut stored = record.body.clone();
        for (name, value) in &mut stored {
            let Some(names) = plan.fields.get(name) else { continue };
            let kept = before.as_ref().and_then(|before| {
                let same = |name: &&String| before.opened.get(*name) == Some(&*value);
                let name = names.all.iter().find(same)?;
                before.stored.get(name).filter(|stored| stored.as_str().is_some_and(is_locked)).cloned()
            });
            *value = match kept {
                Some(kept) => kept,
                None => {
                    self.locked = true;
                    self.locks.lock_field(&at, &holder, name, value)?
                }
            };
        }
        let now = Both { revision: record.revision, stored: stored.clone(), opened: record.body.clone() };
        self.memory.keep(&record.ledger, &record.id, before, now);
        self.adopt_files(&plan, record, &holder)?;
        Ok(Some(stored))
    }

    /// The revision before this one as it is stored.
    fn stored_before(&mut self, record: &Record) -> Result<Option<Both>, StoreError> {
        let before = record.revision - 1;
        if before < 1 {
            return Ok(None);
        }
        if let Some((_, both)) = self.memory.of(&record.ledger, &record.id).filter(|(_, both)| both.revision == before)
        {
            return Ok(Some(both.clone()));
        }
        let sql = format!(
            "SELECT {} FROM version r WHERE r.ledger = $1 AND r.id = $2 AND r.revision = $3",
            match self.dialect {
                Dialect::Sqlite => "json(r.body)",
                Dialect::Postgres => "r.body",
            }
        );
        let params = [(&record.ledger).into(), (&record.id).into(), before.into()];
        let Some(mut row) = self.first("version", &sql, &params)? else { return Ok(None) };
        let stored = row.object()?;
        let mut opened = stored.clone();
        let at = At { ledger: &record.ledger, record: &record.id };
        for (name, value) in &mut opened {
            self.locks.open_field(&at, name, value)?;
        }
        Ok(Some(Both { revision: before, stored, opened }))
    }

    /// The entry as it is to be stored and hashed; `None` where nothing in it is locked.
    pub(super) fn locked_entry(&mut self, entry: &Entry) -> Result<Option<Entry>, StoreError> {
        match self.asked_locked(entry)? {
            Some(asked) => Ok(Some(self.values_locked(&asked)?.unwrap_or(asked))),
            None => self.values_locked(entry),
        }
    }

    /// What somebody looked for may be a name: words and conditions of a list that was read or taken away are locked under
    /// the key of the installation.
    fn asked_locked(&mut self, entry: &Entry) -> Result<Option<Entry>, StoreError> {
        let asks = |value: &Value| ASKED.iter().any(|key| value.get(*key).is_some_and(|found| !said_nothing(found)));
        if !entry.changes.values().any(|change| asks(&change.after)) {
            return Ok(None);
        }
        let mut locked = entry.clone();
        for change in locked.changes.values_mut() {
            for key in ASKED {
                if let Some(found) = change.after.get_mut(key).filter(|found| !said_nothing(found)) {
                    *found = self.locks.lock_json(&asked_place(&entry.ledger, key), found)?;
                    self.locked = true;
                }
            }
        }
        Ok(Some(locked))
    }

    fn values_locked(&mut self, entry: &Entry) -> Result<Option<Entry>, StoreError> {
        let Some(plan) = self.locks.plan(&entry.ledger).filter(|plan| !plan.fields.is_empty()) else { return Ok(None) };
        let touched = entry.changes.keys().any(|name| plan.fields.contains_key(name));
        if !touched && entry.reason.is_none() {
            return Ok(None);
        }
        let known = self.memory.of(&entry.ledger, &entry.record).filter(|(_, now)| now.revision == entry.revision);
        let (before, now) = known.map(|(before, now)| (before.clone(), now.clone())).unzip();
        let holder = self.holder_of(&plan, entry, now.as_ref())?;
        let at = At { ledger: &entry.ledger, record: &entry.record };
        let text = |both: Option<&Both>, name: &str, clear: &Value| {
            let names = plan.fields.get(name)?;
            let both = both?;
            let name = names.all.iter().find(|name| both.opened.get(*name) == Some(clear))?;
            both.stored.get(name).cloned()
        };
        let mut locked = entry.clone();
        for (name, change) in &mut locked.changes {
            if !plan.fields.contains_key(name) {
                continue;
            }
            let sides =
                [(&mut change.before, before.as_ref().and_then(Option::as_ref)), (&mut change.after, now.as_ref())];
            for (value, both) in sides {
                if value.is_null() {
                    continue;
                }
                *value = match text(both, name, value) {
                    Some(stored) => stored,
                    None => self.locks.lock_field(&at, &holder, name, value)?,
                };
            }
        }
        if let Some(reason) = &mut locked.reason {
            let value = Value::String(std::mem::take(reason));
            if let Value::String(text) = self.locks.lock_field(&at, &holder, "#reason", &value)? {
                *reason = text;
            }
        }
        self.locked = true;
        Ok(Some(locked))
    }

    fn holder_of(&mut self, plan: &Arc<Plan>, entry: &Entry, now: Option<&Both>) -> Result<String, StoreError> {
        // An entry about a ledger as a whole, such as an export, is about nobody.
        if entry.record.is_empty() {
            return Ok(INSTALLATION.to_owned());
        }
        let body = match now {
            Some(both) => Some(both.stored.clone()),
            None if plan.subject.is_none() => None,
            // An entry about a record that is not changed by it, such as that somebody opened it.
            None => self.stored_record(&entry.ledger, &entry.record)?.map(|record| record.body),
        };
        Ok(body.map_or_else(|| entry.record.clone(), |body| plan.holder(&entry.record, &body).to_owned()))
    }

    /// The entry with its locked values opened.
    pub(super) fn opened_entry(&self, mut entry: Entry) -> Result<Entry, StoreError> {
        let at = At { ledger: &entry.ledger, record: &entry.record };
        for (name, change) in &mut entry.changes {
            for key in ASKED {
                if let Some(found) = change.after.get_mut(key) {
                    *found = self.locks.open_json(&asked_place(at.ledger, key), std::mem::take(found))?;
                }
            }
            self.locks.open_field(&at, name, &mut change.before)?;
            self.locks.open_field(&at, name, &mut change.after)?;
        }
        if let Some(reason) = &mut entry.reason
            && is_locked(reason)
        {
            let mut value = Value::String(std::mem::take(reason));
            self.locks.open_field(&at, "#reason", &mut value)?;
            *reason = match value {
                Value::String(text) => text,
                _ => ledger::value::ERASED.to_owned(),
            };
        }
        Ok(entry)
    }
}
