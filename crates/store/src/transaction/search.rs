//! Search texts by class and revision.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ledger::port::{Put, StoreError};
use sha2::{Digest, Sha256};

use super::Transaction;
use crate::sql::Dialect;
use crate::value::Param;

/// A text as one token of letters and digits that SQLite's plain tokenizer keeps whole, whatever characters it holds.
fn push_token(tokens: &mut String, kind: char, text: &str) {
    tokens.push(kind);
    for c in text.chars() {
        // In hexadecimal without leading zeros; written by hand, because formatting took a tenth of an update.
        let number = u32::from(c);
        let digits = (32 - number.leading_zeros()).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            tokens.push(char::from_digit(number >> (4 * place) & 0xf, 16).unwrap_or('0'));
        }
        tokens.push('x');
    }
}

/// The tokens of a class of a ledger and of grams: stored for a search text, and asked for (all of them) by a search.
pub(crate) fn search_tokens(ledger: &str, class: &str, grams: &[String]) -> String {
    let mut tokens = String::with_capacity(64 + grams.len() * 48);
    push_token(&mut tokens, 'l', &format!("{ledger}/{class}"));
    for gram in grams {
        tokens.push(' ');
        push_token(&mut tokens, 'g', gram);
    }
    tokens
}

/// Digest of a search text: the sum of the hashes of its tokens, so that it can be added up in any order, as the
/// full-text index of SQLite gives them (`daicho verify`).
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextDigest([u64; 4]);

impl TextDigest {
    fn add(&mut self, token: &str) {
        let hash = Sha256::digest(token.as_bytes());
        for (sum, part) in self.0.iter_mut().zip(hash.chunks_exact(8)) {
            *sum = sum.wrapping_add(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        }
    }

    /// Add the tokens of another text.
    pub(crate) fn plus(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, part)| *sum = sum.wrapping_add(part));
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

/// The search text of a class that holds now.
pub(super) struct HeldText {
    pub(super) number: i64,
    pub(super) class: String,
    pub(super) digest: String,
}

/// The search text of a class as it is to be stored.
struct Wanted<'g> {
    grams: Cow<'g, [String]>,
    tokens: String,
    digest: String,
}

impl Transaction<'_> {
    /// Let the search texts of the new revision begin with it. A class whose text stayed the same is not written again.
    pub(super) fn sync_search(&mut self, put: &Put<'_>, held: &[HeldText]) -> Result<(), StoreError> {
        let record = put.record;
        let mut wanted: BTreeMap<&str, Wanted<'_>> = BTreeMap::new();
        for text in put.search.iter().filter(|text| !text.grams.is_empty()) {
            let grams = self.locks.grams(&text.grams);
            let tokens = search_tokens(&record.ledger, &text.class, &grams);
            let digest = TextDigest::of(&tokens).text();
            wanted.insert(text.class.as_str(), Wanted { grams, tokens, digest });
        }
        for old in held {
            if wanted.get(old.class.as_str()).is_some_and(|new| new.digest == old.digest) {
                wanted.remove(old.class.as_str());
            } else {
                let sql = "UPDATE search SET revision_to = $1 WHERE number = $2";
                self.execute("search", sql, &[record.revision.into(), old.number.into()])?;
            }
        }
        for (class, wanted) in wanted {
            self.add_search(put, class, wanted)?;
        }
        Ok(())
    }

    fn add_search(&mut self, put: &Put<'_>, class: &str, wanted: Wanted<'_>) -> Result<(), StoreError> {
        let Wanted { grams, tokens, digest } = wanted;
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
                columns.push(Param::List(grams.into_owned()));
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
                     VALUES ($1, $2, $3, $4, $5, $6, {}) RETURNING number",
                    self.dialect.salt()
                );
                let number = self.first("search", &sql, &columns)?.map(|mut row| row.int()).transpose()?;
                let indexed = self.connection.index_text(number.unwrap_or_default(), tokens);
                indexed.map_err(|fault| self.note(fault.at("search_gram", "INSERT")))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_hexadecimal_numbers_of_characters() {
        for gram in ["a", "見本", "𠮷", "\u{0}", "ffff"] {
            let written: String = gram.chars().map(|c| format!("{:x}x", u32::from(c))).collect();
            let expected = format!("l{} g{written}", "6cx2fx63x");
            assert_eq!(search_tokens("l", "c", &[gram.to_owned()]), expected);
        }
    }
}
