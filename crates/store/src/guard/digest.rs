//! The digest of a row: the same on both databases, whatever form they keep a value in.

use journal::canonical_bytes;
use ledger::query::instant_text;
use sha2::{Digest, Sha256};

use super::rules::Rule;
use crate::value::Cell;

/// A row as verification sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Name of the row: the values of the key columns, joined by `|`.
    pub key: String,
    /// First 96 bits of SHA-256 over the columns that matter, in base64 without padding: as much as a stamp in the
    /// journal needs, where nobody can choose the digest after the fact.
    pub digest: String,
}

/// Name and digest of a row whose cells are those of [`Rule::columns`], in order.
pub(crate) fn stamp(rule: &Rule, cells: &[Cell]) -> Stamp {
    let mut hasher = Sha256::new();
    hasher.update(rule.table.as_bytes());
    let mut texts: Vec<(&str, String)> = Vec::with_capacity(rule.key.len());
    for (column, cell) in rule.columns.iter().zip(cells) {
        let (name, json) = match column.strip_suffix(":json") {
            Some(name) => (name, true),
            None => (*column, false),
        };
        let (tag, bytes) = plain(cell, json);
        hasher.update([tag]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(&bytes);
        if rule.key.contains(&name) {
            texts.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    let key: Vec<String> = rule
        .key
        .iter()
        .map(|name| {
            let text = texts.iter().find(|(known, _)| known == name).map_or("", |(_, text)| text.as_str());
            text.replace('\\', "\\\\").replace('|', "\\|")
        })
        .collect();
    Stamp { key: key.join("|"), digest: short(&hasher.finalize()) }
}

/// The first 96 bits in base64.
pub(crate) fn short(digest: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(digest.get(..12).unwrap_or(digest))
}

/// A cell as a tag and bytes. Truth is a number, an instant and a day are text: SQLite has no types for them.
fn plain(cell: &Cell, json: bool) -> (u8, Vec<u8>) {
    match cell {
        Cell::Null => (b'n', Vec::new()),
        Cell::Int(number) => (b'i', number.to_string().into_bytes()),
        Cell::Bool(truth) => (b'i', i64::from(*truth).to_string().into_bytes()),
        Cell::Real(number) => (b'r', number.to_bits().to_be_bytes().to_vec()),
        Cell::Instant(at) => (b't', instant_text(*at).into_bytes()),
        Cell::Day(day) => (b't', day.format("%Y-%m-%d").to_string().into_bytes()),
        Cell::Json(value) => (b'j', canonical_bytes(value)),
        Cell::Text(text) if json => match serde_json::from_str(text) {
            Ok(value) => (b'j', canonical_bytes(&value)),
            Err(_) => (b't', text.clone().into_bytes()),
        },
        Cell::Text(text) => (b't', text.clone().into_bytes()),
        Cell::Bytes(bytes) => (b'b', Sha256::digest(bytes).to_vec()),
    }
}
