//! The indexes of the journal in the embedded database: each holds every entry once, in order, and nothing else.

use ledger::port::StoreError;
use store::inspect::{ENTRY_INDEXES, EntryIndex, Inspection, RawEntry};

use crate::finding::Finding;
use crate::hash::Keyed;
use crate::scan::{Members, string};

/// What the entries say each index holds: a sum of keyed hashes.
pub struct Indexes {
    keyed: Keyed,
    sums: [u64; ENTRY_INDEXES.len()],
}

/// An instant however many zeros its fraction ends with.
fn short(at: &str) -> &str {
    let Some((_, fraction)) = at.strip_suffix('Z').and_then(|at| at.rsplit_once('.')) else {
        return at.strip_suffix('Z').unwrap_or(at);
    };
    let zeros = fraction.len() - fraction.trim_end_matches('0').len();
    let dot = usize::from(zeros == fraction.len());
    at.get(..at.len() - 1 - zeros - dot).unwrap_or(at)
}

/// The raw address of an entry.
fn address(body: &str) -> Option<&str> {
    let (_, actor) = Members::of(body).find(|(key, _)| *key == "actor")?;
    let (_, address) = Members::of(actor).find(|(key, _)| *key == "address")?;
    Some(address)
}

impl Indexes {
    pub fn new() -> Self {
        Self { keyed: Keyed::new(), sums: Default::default() }
    }

    fn hash(&self, index: &EntryIndex, values: &[Option<&str>], sequence: i64) -> u64 {
        let mut parts = [0; 3];
        let hashed = index.columns.iter().zip(values).map(|(column, value)| match value {
            None => 0,
            Some(at) if *column == 0 => self.keyed.of(&[short(at)]),
            Some(text) => self.keyed.of(&[text]),
        });
        parts.iter_mut().skip(1).zip(hashed).for_each(|(part, hash)| *part = hash);
        if let Some(first) = parts.first_mut() {
            *first = sequence.cast_unsigned();
        }
        self.keyed.numbers(&parts)
    }

    /// Take an entry as it is stored.
    pub fn entry(&mut self, entry: &RawEntry) {
        let address = address(&entry.body).and_then(string);
        let mut sums = self.sums;
        for (index, sum) in ENTRY_INDEXES.iter().zip(&mut sums) {
            let mut values = [None; 2];
            for (value, column) in values.iter_mut().zip(index.columns) {
                *value = match entry.columns.get(*column) {
                    Some(text) => text.as_deref(),
                    None => address.as_deref(),
                };
            }
            if index.partial && values.first() == Some(&None) {
                continue;
            }
            *sum = sum.wrapping_add(self.hash(index, &values, entry.sequence));
        }
        self.sums = sums;
    }

    /// Indexes that hold something else, or out of order. Nothing where SQLite checks them itself.
    pub fn judge(&self, inspection: &mut Inspection<'_, '_>) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        if !inspection.entry_indexes_are_ours()? {
            return Ok(findings);
        }
        for (index, expected) in ENTRY_INDEXES.iter().zip(self.sums) {
            let (mut sum, mut ordered) = (0u64, true);
            let mut last: (Vec<Option<String>>, i64) = (Vec::new(), i64::MIN);
            inspection.entry_index(index, &mut |values, sequence| {
                sum = sum.wrapping_add(self.hash(index, values, sequence));
                let (before, number) = &mut last;
                let compared = before.iter().map(Option::as_deref).cmp(values.iter().copied());
                ordered &= compared.then((*number).cmp(&sequence)).is_lt();
                *number = sequence;
                if compared.is_ne() {
                    before.clear();
                    before.extend(values.iter().map(|value| value.map(str::to_owned)));
                }
            })?;
            if sum != expected || !ordered {
                findings.push(Finding {
                    table: "file".into(),
                    row: index.name.into(),
                    reason: format!("索引 {} が証跡と一致しません", index.name),
                    ..Finding::default()
                });
            }
        }
        Ok(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn an_instant_is_the_same_with_and_without_the_zeros_of_its_fraction() {
        for (one, other) in [
            ("2026-04-01T10:00:00.000000Z", "2026-04-01T10:00:00Z"),
            ("2026-04-01T10:00:00.120000Z", "2026-04-01T10:00:00.120Z"),
        ] {
            assert_eq!(short(one), short(other));
        }
        assert_ne!(short("2026-04-01T10:00:10Z"), short("2026-04-01T10:00:01Z"));
        assert_ne!(short("2026-04-01T10:00:00.1Z"), short("2026-04-01T10:00:00.01Z"));
        assert_ne!(short("2026-04-01T10:00:00Z"), short("2026-04-01T10:00:0Z"));
    }
}
