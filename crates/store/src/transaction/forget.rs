//! Taking away what helps to find a person's values, just before the key is destroyed: tokens, grams, and the texts of the
//! installation (drafts, mails, titles of duties, jobs) in which the person is named.
//!
//! What is locked under the person's own key needs no hand: it opens nowhere once the key is gone.

use std::collections::BTreeSet;

use ledger::port::{Forgotten, StoreError};
use ledger::value;
use serde_json::Value;

use super::Transaction;
use super::duties::place as duty_place;
use super::records::record_of;
use crate::locks::{At, Plans};
use crate::sql::{Dialect, name, record_columns};

/// Shortest text by which a person is recognised, in characters.
const SHORTEST: usize = 2;

impl Transaction<'_> {
    pub(super) fn forget_holder(&mut self, holder: &str) -> Result<Forgotten, StoreError> {
        let plans = self.locks.plans();
        let records = self.records_of(&plans, holder)?;
        let words = self.words_of(&plans, holder)?;
        let mut forgotten = Forgotten { records: records.iter().cloned().collect(), ..Forgotten::default() };
        for (ledger, record) in &records {
            let both = [ledger.into(), record.into()];
            forgotten.rows += self.execute("exact", "DELETE FROM exact WHERE ledger = $1 AND record = $2", &both)?;
            forgotten.rows += self.remove_search(ledger, record)?;
            for unique in plans.get(ledger).map(|plan| plan.unique.clone()).unwrap_or_default() {
                let sql = "DELETE FROM unique_key WHERE ledger = $1 AND record = $2 AND name = $3";
                let params = [ledger.into(), record.into(), unique.into()];
                forgotten.rows += self.execute("unique_key", sql, &params)?;
            }
        }
        if self.dialect == Dialect::Sqlite && !records.is_empty() {
            // Deleted grams leave the index for good only when it is put together anew.
            self.execute("search_gram", "INSERT INTO search_gram (search_gram) VALUES ('optimize')", &[])?;
        }
        if !words.is_empty() {
            forgotten.texts += self.forget_duties(&words)?;
            forgotten.texts += self.forget_desks(&words)?;
            forgotten.texts += self.forget_mails(&words)?;
        }
        // A job is also known by the records that it was given: its paper names them.
        let marks: BTreeSet<String> =
            words.into_iter().chain(records.into_iter().map(|(_, id)| id)).chain([holder.to_owned()]).collect();
        forgotten.texts += self.forget_jobs(&marks)?;
        Ok(forgotten)
    }

    /// Records that hold, or once held, values under the key of the holder.
    fn records_of(&mut self, plans: &Plans, holder: &str) -> Result<BTreeSet<(String, String)>, StoreError> {
        let mut records = BTreeSet::new();
        for (ledger, plan) in plans {
            let own = "SELECT id FROM record WHERE ledger = $1 AND id = $2";
            if self.first("record", own, &[ledger.into(), holder.into()])?.is_some() {
                records.insert((ledger.clone(), holder.to_owned()));
            }
            if let Some(field) = &plan.subject {
                let subject = self.dialect.json_text(&[name(field)?]);
                let sql = format!("SELECT DISTINCT r.id FROM version r WHERE r.ledger = $1 AND {subject} = $2");
                for mut row in self.query("version", &sql, &[ledger.into(), holder.into()])? {
                    records.insert((ledger.clone(), row.text()?));
                }
            }
        }
        Ok(records)
    }

    /// The values that say who the holder is, in all versions of the holder's own record: names, mail, day of birth.
    fn words_of(&mut self, plans: &Plans, holder: &str) -> Result<BTreeSet<String>, StoreError> {
        let mut words = BTreeSet::new();
        for (ledger, plan) in plans {
            let sql =
                format!("SELECT {} FROM version r WHERE r.ledger = $1 AND r.id = $2", record_columns(self.dialect));
            for row in self.query("version", &sql, &[ledger.into(), holder.into()])? {
                let mut record = record_of(ledger, row)?;
                let at = At { ledger, record: holder };
                for (field, found) in &mut record.body {
                    if !plan.fields.get(field).is_some_and(|names| names.token) {
                        continue;
                    }
                    self.locks.open_field(&at, field, found)?;
                    let Some(text) = found.as_str().map(str::trim) else { continue };
                    let bare: String = text.split_whitespace().collect();
                    words.extend([text.to_owned(), bare].into_iter().filter(|word| word.chars().count() >= SHORTEST));
                }
            }
        }
        Ok(words)
    }

    fn forget_duties(&mut self, words: &BTreeSet<String>) -> Result<u64, StoreError> {
        let mut changed = 0;
        for mut row in self.query("duty", "SELECT number, ledger, record, name, title FROM duty", &[])? {
            let (number, ledger, record, rule) = (row.int()?, row.text()?, row.text()?, row.text()?);
            let place = duty_place(&ledger, &record, &rule);
            let mut title = self.locks.open_text(&place, row.text()?)?;
            if !named(&title, words) {
                continue;
            }
            // The longest first, so that nothing of a longer word is left over.
            let mut longest: Vec<&String> = words.iter().collect();
            longest.sort_by_key(|word| std::cmp::Reverse(word.len()));
            for word in longest {
                title = title.replace(word.as_str(), value::ERASED);
            }
            let title = self.locks.lock_text(&place, &title)?.into_owned();
            changed +=
                self.execute("duty", "UPDATE duty SET title = $1 WHERE number = $2", &[title.into(), number.into()])?;
        }
        Ok(changed)
    }

    pub(super) fn forget_desks(&mut self, words: &BTreeSet<String>) -> Result<u64, StoreError> {
        let mut changed = 0;
        for mut row in self.query("desk", "SELECT account, key, value FROM desk", &[])? {
            let (account, key) = (row.text()?, row.text()?);
            let value = self.locks.open_json(&super::desk::place(&account, &key), row.json()?)?;
            if named(&key, words) || holds(&value, words) {
                let sql = "DELETE FROM desk WHERE account = $1 AND key = $2";
                changed += self.execute("desk", sql, &[account.into(), key.into()])?;
            }
        }
        Ok(changed)
    }

    pub(super) fn forget_mails(&mut self, words: &BTreeSet<String>) -> Result<u64, StoreError> {
        let mut changed = 0;
        for mut row in self.query("mail", "SELECT id, recipient, subject, body, coalesce(error, '') FROM mail", &[])? {
            let id = row.text()?;
            let mut hit = false;
            for what in ["recipient", "subject", "body", "error"] {
                hit |= named(&self.locks.open_text(&super::work::mail_place(&id, what), row.text()?)?, words);
            }
            if hit {
                changed += self.execute("mail", "DELETE FROM mail WHERE id = $1", &[id.into()])?;
            }
        }
        Ok(changed)
    }

    /// A job that names the person keeps its place in the list and loses what it was given and what it said.
    pub(super) fn forget_jobs(&mut self, words: &BTreeSet<String>) -> Result<u64, StoreError> {
        let mut changed = 0;
        for mut row in self.query("job", "SELECT id, input, output, message FROM job", &[])? {
            let id = row.text()?;
            let input = self.locks.open_json(&super::work::job_place(&id, "input"), row.json()?)?;
            let output = self.locks.open_json(&super::work::job_place(&id, "output"), row.json()?)?;
            let message = self.locks.open_text(&super::work::job_place(&id, "message"), row.text()?)?;
            if holds(&input, words) || holds(&output, words) || named(&message, words) {
                self.drop_paper(&output)?;
                let sql = "UPDATE job SET input = $2, output = $2, message = $3, \
                           state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END WHERE id = $1";
                let params = [id.into(), (&Value::Null).into(), value::ERASED.into()];
                changed += self.execute("job", sql, &params)?;
            }
        }
        Ok(changed)
    }
}

fn named(text: &str, words: &BTreeSet<String>) -> bool {
    words.iter().any(|word| text.contains(word.as_str()))
}

fn holds(value: &Value, words: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => named(text, words),
        Value::Array(items) => items.iter().any(|item| holds(item, words)),
        Value::Object(parts) => parts.iter().any(|(key, part)| named(key, words) || holds(part, words)),
        _ => false,
    }
}
