//! Search texts by class and revision.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ledger::port::{Put, StoreError};
use sha2::{Digest, Sha256};

use super::Transaction;
use crate::sql::Dialect;
use crate::value::Param;

/// A text as one token of letters and digits that SQLite's plain tokenizer keeps whole, whatever characters it holds.
fn token(kind: char, text: &str) -> String {
    let mut token = String::from(kind);
    for c in text.chars() {
        token.push_str(&format!("{:x}x", u32::from(c)));
    }
    token
}

/// The tokens of a class of a ledger and of grams: stored for a search text, and asked for (all of them) by a search.
pub(crate) fn search_tokens(ledger: &str, class: &str, grams: &[String]) -> String {
    let mut tokens = token('l', &format!("{ledger}/{class}"));
    for gram in grams {
        tokens.push(' ');
        tokens.push_str(&token('g', gram));
    }
    tokens
}

/// Digest of a search text: the sum of the hashes of its tokens, so that it can be added up in any order, as the
/// full-text index of SQLite gives them (`daicho verify`).
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextDigest([u64; 4]);

impl TextDigest {
    pub(crate) fn add(&mut self, token: &str) {
        let hash = Sha256::digest(token.as_bytes());
        for (sum, part) in self.0.iter_mut().zip(hash.chunks_exact(8)) {
            *sum = sum.wrapping_add(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        }
    }

    pub(crate) fn of(tokens: &str) -> Self {
        let mut digest = Self::default();
        tokens.split(' ').for_each(|token| digest.add(token));
        digest
    }

    pub(crate) fn text(self) -> String {
        self.0.iter().map(|part| format!("{part:016x}")).collect()
    }
}

impl Transaction<'_> {
    /// Let the search texts of the new revision begin with it. A class whose text stayed the same is not written again.
    pub(super) fn sync_search(&mut self, put: &Put<'_>) -> Result<(), StoreError> {
        let record = put.record;
        let mut wanted: BTreeMap<&str, (Cow<'_, [String]>, String)> = BTreeMap::new();
        for text in put.search.iter().filter(|text| !text.grams.is_empty()) {
            let grams = self.locks.grams(&text.grams);
            let digest = TextDigest::of(&search_tokens(&record.ledger, &text.class, &grams)).text();
            wanted.insert(text.class.as_str(), (grams, digest));
        }
        if record.revision > 1 {
            let sql = "SELECT number, class, digest FROM search WHERE ledger = $1 AND record = $2 AND revision_to = $3";
            let open = [(&record.ledger).into(), (&record.id).into(), i64::MAX.into()];
            for mut row in self.query("search", sql, &open)? {
                let (number, class, old) = (row.int()?, row.text()?, row.text()?);
                if wanted.get(class.as_str()).is_some_and(|(_, new)| *new == old) {
                    wanted.remove(class.as_str());
                } else {
                    let sql = "UPDATE search SET revision_to = $1 WHERE number = $2";
                    self.execute("search", sql, &[record.revision.into(), number.into()])?;
                }
            }
        }
        for (class, (grams, digest)) in wanted {
            self.add_search(put, class, &grams, digest)?;
        }
        Ok(())
    }

    fn add_search(&mut self, put: &Put<'_>, class: &str, grams: &[String], digest: String) -> Result<(), StoreError> {
        let record = put.record;
        let mut columns: Vec<Param<'_>> = vec![
            (&record.ledger).into(),
            (&record.id).into(),
            class.into(),
            record.revision.into(),
            i64::MAX.into(),
            digest.into(),
        ];
        match self.dialect {
            Dialect::Postgres => {
                columns.push(Param::List(grams.to_vec()));
                let sql = format!(
                    "INSERT INTO search (ledger, record, class, revision_from, revision_to, digest, grams, salt) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, {})",
                    self.dialect.salt()
                );
                self.execute("search", &sql, &columns)?;
            }
            Dialect::Sqlite => {
                let sql = format!(
                    "INSERT INTO search (ledger, record, class, revision_from, revision_to, digest, salt) \
                     VALUES ($1, $2, $3, $4, $5, $6, {})",
                    self.dialect.salt()
                );
                self.execute("search", &sql, &columns)?;
                let sql = "INSERT INTO search_gram (rowid, grams) VALUES (last_insert_rowid(), $1)";
                self.execute("search_gram", sql, &[search_tokens(&record.ledger, class, grams).into()])?;
            }
        }
        Ok(())
    }
}
