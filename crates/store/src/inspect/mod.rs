//! The rows of every table as they stand, for verification: read without believing them.

mod integrity;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::port::StoreError;

use crate::connection::{Fault, Seen};
use crate::guard::rules::Rule;
use crate::guard::{GuardKey, Stamp, objects, stamp, stamp_text};
use crate::sql::Dialect;
use crate::store::Store;
use crate::transaction::{TextDigest, Transaction};
use crate::value::{Cell, Param};

pub use integrity::{ENTRY_COLUMNS, ENTRY_INDEXES, EntryIndex};

/// An entry as it is stored. Instants are text as in the body of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEntry {
    /// Its sequence.
    pub sequence: i64,
    /// The canonical bytes that are hashed.
    pub body: String,
    /// The columns by which entries are found: instant, account, ledger, record, act, batch.
    pub columns: [Option<String>; 6],
}

/// A row of `record` or `version` as it is stored; what is no text or number there is empty here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawRecord {
    /// Ledger.
    pub ledger: String,
    /// Identifier.
    pub id: String,
    /// Revision.
    pub revision: i64,
    /// State.
    pub state: String,
    /// Instant of creation.
    pub created_at: String,
    /// Instant of the revision.
    pub recorded_at: String,
    /// Instant of the next revision; only in `version`.
    pub superseded_at: Option<String>,
    /// JSON text of the acts.
    pub acts: String,
    /// JSON text of the body; empty when it is no JSON.
    pub body: String,
}

/// The seal as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawSeal {
    /// Public key of the journal.
    pub vkey: Option<String>,
    /// Entries under the newest checkpoint, as noted beside the key.
    pub size: u64,
    /// Newest entry from before sealing began.
    pub adopted: i64,
    /// Positions, in their order.
    pub runs: Vec<RawRun>,
    /// Checkpoints, smallest first.
    pub checkpoints: Vec<RawCheckpoint>,
    /// Entries that wait, with their marks.
    pub unsealed: Vec<(i64, String)>,
}

/// Neighbouring entries at neighbouring positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawRun {
    /// Position of the first.
    pub position: u64,
    /// Sequence of the first.
    pub sequence: i64,
    /// How many.
    pub length: u64,
}

/// A checkpoint as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCheckpoint {
    /// Entries under it.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// Instant of sealing.
    pub sealed_at: String,
}

/// Which of the two tables that hold records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Current records.
    Record,
    /// All versions.
    Version,
}

/// Takes what is read, one after another; an error ends the reading.
pub type Each<'e, T> = &'e mut dyn FnMut(T) -> Result<(), StoreError>;

/// A reading transaction that looks at every table.
pub struct Inspection<'t, 'c> {
    transaction: &'t mut Transaction<'c>,
}

impl Store {
    /// Look at all tables in one reading transaction: everything is of one instant.
    ///
    /// # Errors
    /// What the closure returns, or a [`StoreError`] when the database fails.
    pub fn inspect<T>(
        &self,
        work: impl FnOnce(&mut Inspection<'_, '_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let work = |transaction: &mut Transaction<'_>| work(&mut Inspection { transaction });
        match self {
            Self::Sqlite(store) => store.read_plainly(work),
            Self::Postgres(store) => store.read_plainly(work),
        }
    }
}

/// An instant as the body of an entry writes it: without a fraction, or with three or six digits of it.
fn instant(cell: Cell) -> String {
    let text = text(cell);
    let Some((seconds, fraction)) = text.strip_suffix('Z').and_then(|text| text.split_once('.')) else { return text };
    if fraction.len() != 6 {
        return text;
    }
    match (fraction, fraction.strip_suffix("000")) {
        ("000000", _) => format!("{seconds}Z"),
        (_, Some(short)) => format!("{seconds}.{short}Z"),
        _ => text,
    }
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Instant(at) => ledger::query::instant_text(at),
        Cell::Json(value) => value.to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Null => String::new(),
        Cell::Bytes(bytes) => format!("x'{}'", hex::encode(bytes)),
        other => format!("{other:?}"),
    }
}

fn optional(cell: Cell) -> Option<String> {
    if cell == Cell::Null { None } else { Some(text(cell)) }
}

fn number(cell: Cell) -> i64 {
    if let Cell::Int(number) = cell { number } else { i64::MIN }
}

/// A number of things; one that makes no sense is more than any.
fn count(cell: Cell) -> u64 {
    if let Cell::Int(number) = cell { u64::try_from(number).unwrap_or(u64::MAX) } else { u64::MAX }
}

impl Inspection<'_, '_> {
    fn rows(
        &mut self,
        table: &'static str,
        sql: &str,
        params: &[Param<'_>],
        each: Each<'_, std::vec::IntoIter<Cell>>,
    ) -> Result<(), StoreError> {
        let mut refused = None;
        let done = self.transaction.each(table, sql, params, &mut |cells| {
            each(cells.into_iter()).map_err(|error| {
                refused = Some(error);
                Fault::failed("検証を中止しました")
            })
        });
        if self.embedded() {
            // What cannot be read is told; what can be is read all the same.
            self.transaction.forget_fault();
        }
        refused.map_or(done, Err)
    }

    /// Whether it is the embedded database.
    pub fn embedded(&self) -> bool {
        self.transaction.dialect == Dialect::Sqlite
    }

    /// All entries after a sequence, in order of their sequence.
    pub fn entries(&mut self, after: i64, each: Each<'_, RawEntry>) -> Result<(), StoreError> {
        let sql = "SELECT sequence, body, at, account, ledger, record, act, batch FROM entry WHERE sequence > $1 \
                   ORDER BY sequence";
        self.rows("entry", sql, &[after.into()], &mut |cells| each(raw_entry(cells)))
    }

    /// The entry of that sequence.
    pub fn entry(&mut self, sequence: i64) -> Result<Option<RawEntry>, StoreError> {
        let sql = "SELECT sequence, body, at, account, ledger, record, act, batch FROM entry WHERE sequence = $1";
        let mut found = None;
        self.rows("entry", sql, &[sequence.into()], &mut |cells| {
            found = Some(raw_entry(cells));
            Ok(())
        })?;
        Ok(found)
    }

    /// All entries of a record, in order of their sequence.
    pub fn entries_of(&mut self, record: &str) -> Result<Vec<RawEntry>, StoreError> {
        let sql = "SELECT sequence, body, at, account, ledger, record, act, batch FROM entry WHERE record = $1 \
                   ORDER BY sequence";
        let mut found = Vec::new();
        self.rows("entry", sql, &[record.into()], &mut |cells| {
            found.push(raw_entry(cells));
            Ok(())
        })?;
        Ok(found)
    }

    /// All rows of one of the tables that hold records.
    pub fn held(&mut self, held: Held, each: Each<'_, RawRecord>) -> Result<(), StoreError> {
        let (table, superseded) = match held {
            Held::Record => ("record", "NULL"),
            Held::Version => ("version", "superseded_at"),
        };
        let (body, acts) = match self.transaction.dialect {
            Dialect::Sqlite => ("CASE WHEN json_valid(body, 8) THEN CAST(json(body) AS BLOB) ELSE '' END", "acts"),
            Dialect::Postgres => ("body::text", "acts::text"),
        };
        let sql = format!(
            "SELECT ledger, id, revision, state, created_at, recorded_at, {superseded}, {acts}, {body} FROM {table}"
        );
        self.rows(table, &sql, &[], &mut |mut cells| {
            let mut next = || cells.next().unwrap_or(Cell::Null);
            each(RawRecord {
                ledger: text(next()),
                id: text(next()),
                revision: number(next()),
                state: text(next()),
                created_at: instant(next()),
                recorded_at: instant(next()),
                superseded_at: match next() {
                    Cell::Null => None,
                    cell => Some(instant(cell)),
                },
                acts: text(next()),
                // Bytes, for an altered body may hold what is no text; that is the same as no JSON.
                body: match next() {
                    Cell::Bytes(bytes) => String::from_utf8(bytes).unwrap_or_default(),
                    cell => text(cell),
                },
            })
        })
    }

    /// Name and digest of every row of a stamped or guarded table.
    pub fn stamps(&mut self, rule: &'static Rule, each: Each<'_, Stamp>) -> Result<(), StoreError> {
        let sql = format!("SELECT {} FROM {}", rule.selected(), rule.table);
        self.rows(rule.table, &sql, &[], &mut |cells| each(stamp(rule, cells.as_slice())))
    }

    /// Digest of the definition of every table, index, view and trigger, by kind and name.
    pub fn schema(&mut self) -> Result<BTreeMap<String, String>, StoreError> {
        objects(self.transaction)
    }

    /// The seal of the journal, without its tiles.
    pub fn seal(&mut self) -> Result<RawSeal, StoreError> {
        let mut seal = RawSeal::default();
        self.rows("seal", "SELECT vkey, size, adopted FROM seal ORDER BY id", &[], &mut |mut cells| {
            let mut next = || cells.next().unwrap_or(Cell::Null);
            (seal.vkey, seal.size, seal.adopted) = (Some(text(next())), count(next()), number(next()));
            Ok(())
        })?;
        let sql = "SELECT position, sequence, length FROM seal_run ORDER BY position";
        self.rows("seal_run", sql, &[], &mut |mut cells| {
            let mut next = || cells.next().unwrap_or(Cell::Null);
            seal.runs.push(RawRun { position: count(next()), sequence: number(next()), length: count(next()) });
            Ok(())
        })?;
        let sql = "SELECT size, note, sealed_at FROM checkpoint ORDER BY size";
        self.rows("checkpoint", sql, &[], &mut |mut cells| {
            let mut next = || cells.next().unwrap_or(Cell::Null);
            let (size, note, sealed_at) = (count(next()), text(next()), instant(next()));
            seal.checkpoints.push(RawCheckpoint { size, note, sealed_at });
            Ok(())
        })?;
        let sql = "SELECT sequence, mark FROM unsealed ORDER BY sequence";
        self.rows("unsealed", sql, &[], &mut |mut cells| {
            let mut next = || cells.next().unwrap_or(Cell::Null);
            seal.unsealed.push((number(next()), text(next())));
            Ok(())
        })?;
        Ok(seal)
    }

    /// Hashes of all tiles, by level and number.
    pub fn tiles(&mut self) -> Result<BTreeMap<(u8, u64), Vec<u8>>, StoreError> {
        let mut tiles = BTreeMap::new();
        let sql = "SELECT level, number, hashes FROM seal_tile";
        self.rows("seal_tile", sql, &[], &mut |mut cells| {
            let mut next = || cells.next().unwrap_or(Cell::Null);
            let level = u8::try_from(count(next())).unwrap_or(u8::MAX);
            let number = count(next());
            let hashes = if let Cell::Bytes(hashes) = next() { hashes } else { Vec::new() };
            tiles.insert((level, number), hashes);
            Ok(())
        })?;
        Ok(tiles)
    }

    /// All guards: table, row and guard.
    pub fn guards(&mut self) -> Result<BTreeMap<(String, String), String>, StoreError> {
        let mut guards = BTreeMap::new();
        self.rows("guard", "SELECT name, row, mac FROM guard", &[], &mut |mut cells| {
            let mut next = || cells.next().map(text).unwrap_or_default();
            guards.insert((next(), next()), next());
            Ok(())
        })?;
        Ok(guards)
    }

    /// The key of guards, where the store was given one.
    pub fn guard_key(&self) -> Option<&GuardKey> {
        self.transaction.guard.as_ref()
    }

    /// Rows of the search texts whose full-text index does not hold what their digest says: ledger, record and class, or
    /// the number of a row of the index that belongs to no search text.
    pub fn wrong_search(&mut self) -> Result<Vec<String>, StoreError> {
        // Digest and number of postings of each text.
        let mut indexed: HashMap<i64, (TextDigest, u64)> = HashMap::new();
        match self.transaction.dialect {
            Dialect::Sqlite => {
                // `term` and `doc` of every posting; a table of the connection's own, nothing is written to the file.
                self.transaction.batch(
                    "search_gram",
                    "PRAGMA query_only = OFF; \
                     CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_posting \
                     USING fts5vocab (main, search_gram, instance); PRAGMA query_only = ON;",
                )?;
                // One term after another, each with all its texts: it is hashed once.
                let (mut last, mut hash) = (String::new(), TextDigest::of(""));
                let postings = "SELECT doc, term FROM temp.search_posting";
                let read = self.transaction.each_seen("search_gram", postings, &mut |cells| {
                    let [doc, term] = cells else { return Err(Fault::failed("列の数が違います")) };
                    let number = if let Seen::Int(number) = doc { *number } else { i64::MIN };
                    let term = if let Seen::Text(term) = term { *term } else { "" };
                    if term != last {
                        term.clone_into(&mut last);
                        hash = TextDigest::of(term);
                    }
                    let (digest, count) = indexed.entry(number).or_default();
                    digest.plus(hash);
                    *count += 1;
                    Ok(())
                });
                self.transaction.forget_fault();
                read?;
            }
            Dialect::Postgres => {
                let sql = "SELECT number, ledger, class, array_to_json(grams)::text FROM search";
                self.rows("search", sql, &[], &mut |mut cells| {
                    let number = number(cells.next().unwrap_or(Cell::Null));
                    let mut next = || cells.next().map(text).unwrap_or_default();
                    let (ledger, class, grams) = (next(), next(), next());
                    let grams: Vec<String> = serde_json::from_str(&grams).unwrap_or_default();
                    let tokens = crate::transaction::search_tokens(&ledger, &class, &grams);
                    indexed.insert(number, (TextDigest::of(&tokens), 0));
                    Ok(())
                })?;
            }
        }
        let mut wrong = self.wrong_bookkeeping(&indexed)?;
        let sql = "SELECT number, ledger, record, class, digest FROM search";
        self.rows("search", sql, &[], &mut |mut cells| {
            let number = number(cells.next().unwrap_or(Cell::Null));
            let mut next = || cells.next().map(text).unwrap_or_default();
            let (ledger, record, class, digest) = (next(), next(), next(), next());
            if indexed.remove(&number).map(|(digest, _)| digest.text()) != Some(digest) {
                wrong.push(format!("{ledger}|{record}|{class}"));
            }
            Ok(())
        })?;
        let left: BTreeSet<i64> = indexed.into_keys().collect();
        wrong.extend(left.into_iter().map(|number| format!("search_gram {number}")));
        Ok(wrong)
    }

    /// Rows of the full-text index's own tables that do not hold what FTS5 writes there: the length of each text, which
    /// is the number of its postings, and the version of the form. Nothing on PostgreSQL, which has no such tables.
    fn wrong_bookkeeping(&mut self, indexed: &HashMap<i64, (TextDigest, u64)>) -> Result<Vec<String>, StoreError> {
        let mut wrong = Vec::new();
        if self.transaction.dialect == Dialect::Postgres {
            return Ok(wrong);
        }
        let mut known = 0;
        let sql = "SELECT id, sz, origin > 0 AND typeof(origin) = 'integer' FROM search_gram_docsize";
        self.rows("search_gram", sql, &[], &mut |mut cells| {
            let id = number(cells.next().unwrap_or(Cell::Null));
            let size = if let Some(Cell::Bytes(bytes)) = cells.next() { bytes } else { Vec::new() };
            let origin = number(cells.next().unwrap_or(Cell::Null)) == 1;
            known += usize::from(indexed.contains_key(&id));
            if !origin || indexed.get(&id).is_none_or(|(_, count)| size != varint(*count)) {
                wrong.push(format!("search_gram_docsize {id}"));
            }
            Ok(())
        })?;
        if known < indexed.len() {
            wrong.push(format!("search_gram_docsize ({known} / {})", indexed.len()));
        }
        let sql = "SELECT group_concat(k || ' ' || typeof(v) || ' ' || v) FROM search_gram_config";
        self.rows("search_gram", sql, &[], &mut |mut cells| {
            let config = cells.next().map(text).unwrap_or_default();
            // FTS5's form 4; Daicho sets nothing else there.
            if config != "version integer 4" {
                wrong.push(format!("search_gram_config {config}"));
            }
            Ok(())
        })?;
        Ok(wrong)
    }

    /// Rows of `touch`, by which a search of the journal finds entries about several records, that are missing (`true`) or
    /// that no entry tells: target and sequence.
    pub fn wrong_touches(&mut self) -> Result<Vec<(bool, String, i64)>, StoreError> {
        let mut rows: BTreeSet<(i64, String)> = BTreeSet::new();
        self.rows("touch", "SELECT target, sequence FROM touch", &[], &mut |mut cells| {
            let target = cells.next().map(text).unwrap_or_default();
            rows.insert((number(cells.next().unwrap_or(Cell::Null)), target));
            Ok(())
        })?;
        let mut wrong = Vec::new();
        for act in journal::act::READS.iter().chain([&journal::act::DISPOSE]) {
            let sql = "SELECT sequence, body FROM entry WHERE act = $1";
            self.rows("entry", sql, &[(*act).into()], &mut |mut cells| {
                let sequence = number(cells.next().unwrap_or(Cell::Null));
                let body = cells.next().map(text).unwrap_or_default();
                let Ok(entry) = serde_json::from_str::<journal::Entry>(&body) else { return Ok(()) };
                for target in crate::transaction::targets(&entry) {
                    if !rows.remove(&(sequence, target.clone())) {
                        wrong.push((true, target, sequence));
                    }
                }
                Ok(())
            })?;
        }
        wrong.extend(rows.into_iter().map(|(sequence, target)| (false, target, sequence)));
        Ok(wrong)
    }
}

/// Whether the guard of a row is the one of this key.
pub fn guard_fits(key: &GuardKey, rule: &Rule, row: &Stamp, guard: &str) -> bool {
    key.guard(rule.table, stamp_text(row).as_bytes()) == guard
}

fn raw_entry(mut cells: std::vec::IntoIter<Cell>) -> RawEntry {
    let mut next = || cells.next().unwrap_or(Cell::Null);
    RawEntry {
        sequence: number(next()),
        body: text(next()),
        columns: [
            Some(instant(next())),
            optional(next()),
            optional(next()),
            optional(next()),
            optional(next()),
            optional(next()),
        ],
    }
}

/// A number as SQLite writes it in variable length (<https://www.sqlite.org/fileformat2.html#varint>), up to 56 bits.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7f) as u8];
    number >>= 7;
    while number > 0 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.reverse();
    bytes
}
