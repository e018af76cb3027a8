//! What hangs on a record now, asked for in one question: on PostgreSQL each question is a journey to the server.

use ledger::port::StoreError;
use ledger::record::Record;

use super::Transaction;
use super::references::Link;
use super::search::HeldText;

/// Rows of the side tables that hold for the revision before the one that is written.
#[derive(Default)]
pub(super) struct Held {
    /// Unique keys, by name and value.
    pub(super) unique: Vec<(String, String)>,
    /// References, by field and target.
    pub(super) references: Vec<((String, String), Link)>,
    /// Tokens of encrypted values, with their fields.
    pub(super) exact: Vec<(String, String)>,
    /// Search texts.
    pub(super) search: Vec<HeldText>,
}

/// The first column says which table a row is of.
const ALL: &str = "\
    SELECT 'unique', name, value, CAST(NULL AS text), CAST(0 AS bigint) FROM unique_key WHERE ledger = $1 AND record = $2 \
    UNION ALL SELECT 'reference', field, target, target_ledger, CASE WHEN held THEN 1 ELSE 0 END \
      FROM reference WHERE ledger = $1 AND record = $2 \
    UNION ALL SELECT 'exact', field, token, NULL, 0 FROM exact WHERE ledger = $1 AND record = $2 AND revision_to = $3 \
    UNION ALL SELECT 'search', class, digest, NULL, number FROM search \
      WHERE ledger = $1 AND record = $2 AND revision_to = $3";

impl Transaction<'_> {
    /// What hangs on the record; nothing on one that is new.
    pub(super) fn held(&mut self, record: &Record) -> Result<Held, StoreError> {
        let mut held = Held::default();
        if record.revision <= 1 {
            return Ok(held);
        }
        for mut row in self.query("record", ALL, &[(&record.ledger).into(), (&record.id).into(), i64::MAX.into()])? {
            let (table, one, other) = (row.text()?, row.text()?, row.text()?);
            let (third, number) = (row.optional_text()?, row.int()?);
            match table.as_str() {
                "unique" => held.unique.push((one, other)),
                "reference" => held.references.push(((one, other), Link { target_ledger: third, held: number == 1 })),
                "exact" => held.exact.push((one, other)),
                _ => held.search.push(HeldText { number, class: one, digest: other }),
            }
        }
        Ok(held)
    }
}
