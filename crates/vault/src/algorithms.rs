//! The algorithms in use, held against the list of ciphers that the government recommends (電子政府推奨暗号リスト of CRYPTREC):
//! a dated table, with the day by which it is to be looked at again.

use chrono::NaiveDate;

const TABLE: &str = include_str!("../data/algorithms.tsv");

/// One use of an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithm {
    /// What for.
    pub purpose: &'static str,
    /// Which.
    pub name: &'static str,
    /// How the list has it.
    pub standing: &'static str,
    /// Why it is used all the same, or what it rests on; may be empty.
    pub note: &'static str,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithms {
    /// Which list, of which day.
    pub list: &'static str,
    /// Day by which the table is to be held against the list again.
    pub review: NaiveDate,
    /// The algorithms.
    pub rows: Vec<Algorithm>,
}

/// The algorithms in use; `None` when the table that was built in makes no sense.
pub fn algorithms() -> Option<Algorithms> {
    let mut lines = TABLE.lines();
    let list = lines.next()?.strip_prefix("# ")?;
    let review = lines.next()?.strip_prefix("# review ")?.parse().ok()?;
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        Some(Algorithm { purpose: cells.next()?, name: cells.next()?, standing: cells.next()?, note: cells.next()? })
    };
    Some(Algorithms { list, review, rows: lines.skip(1).map(row).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_shows_the_same_table() {
        let table = algorithms().unwrap();
        let manual = include_str!("../../../docs/manual/06-administrators.md");
        assert!(table.rows.len() >= 10 && table.list.contains("LS-0001-2022") && manual.contains("LS-0001-2022"));
        assert!(manual.contains(&format!("要見直し: {}", calendar::jst::format_date(table.review))));
        for row in &table.rows {
            let note = if row.note.is_empty() { String::new() } else { format!("。{}", row.note) };
            let line = format!("| {} | {} | {}{note} |", row.purpose, row.name, row.standing);
            assert!(manual.contains(&line), "{line}");
        }
    }

    #[test]
    fn what_certificates_name_stands_in_the_table() {
        let table = algorithms().unwrap();
        let used = crate::Algorithms::default();
        for name in [used.values, used.fingerprint, used.signature] {
            assert!(table.rows.iter().any(|row| row.name == name), "{name}");
        }
    }
}
