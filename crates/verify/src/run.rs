//! Verification of a database: one pass over the journal, one over every table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc;

use ledger::port::StoreError;
use store::guard::rules::{Kind, RULES, Rule};
use store::inspect::{Held, Inspection, RawEntry, RawRecord, guard_fits};
use store::{SqliteOptions, Store};

use crate::exact;
use crate::finding::{Change, Finding, Report};
use crate::fold::{Fold, Wrong};
use crate::indexes::Indexes;
use crate::seal::Seal;

/// How verification is run.
pub struct Options<'o> {
    /// The public key of the journal that the caller trusts, as a vkey; without it the one in the database is believed.
    pub vkey: Option<String>,
    /// Told what is being done and how many are done; false cancels.
    pub progress: &'o (dyn Fn(&str, u64) -> bool + Sync),
    /// Whether the file is checked beside the rest, on a second processor. Who verifies while others work leaves it to them.
    pub side_by_side: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { vkey: None, progress: &|_, _| true, side_by_side: true }
    }
}

/// Entries handed over at a time.
const BATCH: usize = 1024;

/// Verify a database.
///
/// # Errors
/// [`StoreError`] when it could not be checked: the database cannot be read, or the check was cancelled.
pub fn database(store: &Store, options: &Options<'_>) -> Result<Report, StoreError> {
    std::thread::scope(|scope| {
        let integrity = options.side_by_side.then(|| scope.spawn(|| store.integrity()));
        store.inspect(|inspection| {
            let embedded = inspection.embedded();
            let mut run = Run {
                report: Report::default(),
                fold: Fold::new(),
                seal: Seal::default(),
                indexes: Indexes::new(),
                options,
                cancelled: false,
            };
            // A file on our own disk that cannot be read is damaged, and that is a finding; a server may be away.
            let judge = |run: &mut Run<'_>, done: Result<(), StoreError>| match done {
                Err(error) if embedded && !run.cancelled => {
                    run.found(damaged(&error.to_string()));
                    Ok(())
                }
                done => done,
            };
            for stage in STAGES {
                let done = stage(&mut run, inspection);
                judge(&mut run, done)?;
            }
            run.told("integrity", 0)?;
            let checked = match integrity {
                None => store.integrity(),
                Some(thread) => thread.join().unwrap_or_else(|_| Err(abnormal())),
            };
            let done = checked.map(|lines| run.integrity(lines));
            judge(&mut run, done)?;
            Ok(run.report)
        })
    })
}

fn abnormal() -> StoreError {
    StoreError::Failed("検証が異常終了しました".into())
}

/// Verify the embedded database at a path. A file that cannot be opened as a database is a finding.
///
/// # Errors
/// [`StoreError`] when the check was cancelled, or another program keeps the file busy.
pub fn file(path: &Path, open: SqliteOptions, options: &Options<'_>) -> Result<Report, StoreError> {
    match Store::open_sqlite(path, open) {
        Ok(store) => database(&store, options),
        Err(error) => Ok(unreadable(&error.to_string())),
    }
}

/// The report on a file that does not open.
pub fn unreadable(reason: &str) -> Report {
    let mut report = Report::default();
    report.add(damaged(reason));
    report
}

fn damaged(error: &str) -> Finding {
    Finding {
        table: "file".into(),
        reason: format!("データベースファイルが壊れているか、変更されています: {error}"),
        ..Finding::default()
    }
}

type Stage = fn(&mut Run<'_>, &mut Inspection<'_, '_>) -> Result<(), StoreError>;

const STAGES: &[Stage] = &[
    |run, inspection| run.journal(inspection),
    |run, inspection| run.indexes(inspection),
    |run, inspection| run.held(inspection, Held::Version),
    |run, inspection| run.held(inspection, Held::Record),
    |run, inspection| run.stamped(inspection),
    |run, inspection| run.guarded(inspection),
    |run, inspection| run.schema(inspection),
    |run, inspection| run.search(inspection),
    |run, inspection| run.touches(inspection),
    |run, inspection| run.left(inspection),
];

struct Run<'o> {
    report: Report,
    fold: Fold,
    seal: Seal,
    indexes: Indexes,
    options: &'o Options<'o>,
    cancelled: bool,
}

fn cancelled() -> StoreError {
    StoreError::Failed("検証を中止しました".into())
}

impl Run<'_> {
    fn told(&mut self, what: &str, done: u64) -> Result<(), StoreError> {
        if (self.options.progress)(what, done) {
            return Ok(());
        }
        self.cancelled = true;
        Err(cancelled())
    }

    /// What the database itself finds.
    fn integrity(&mut self, lines: Vec<String>) {
        for line in lines {
            self.found(Finding {
                table: "file".into(),
                row: line.clone(),
                reason: format!("データベースファイルの点検で異常が見つかりました: {line}"),
                ..Finding::default()
            });
        }
    }

    /// The indexes of the journal.
    fn indexes(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        self.told("indexes", 0)?;
        for finding in self.indexes.judge(inspection)? {
            self.found(finding);
        }
        Ok(())
    }

    /// Fold all entries; read on one thread, hash and fold on others.
    fn journal(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        self.seal = Seal::read(inspection, self.options.vkey.as_deref())?;
        let (send, receive) = mpsc::sync_channel::<Vec<RawEntry>>(8);
        let (pass, passed) = mpsc::sync_channel::<Vec<RawEntry>>(8);
        let (fold, seal, indexes) = (&mut self.fold, &mut self.seal, &mut self.indexes);
        let embedded = inspection.embedded();
        let progress = self.options.progress;
        let stopped = &mut self.cancelled;
        let mut count = 0u64;
        let (wrong, read) = std::thread::scope(|scope| {
            let hashing = scope.spawn(move || {
                for batch in receive {
                    batch.iter().for_each(|entry| seal.entry(entry));
                    if embedded {
                        batch.iter().for_each(|entry| indexes.entry(entry));
                    }
                    if pass.send(batch).is_err() {
                        break;
                    }
                }
            });
            let folding = scope.spawn(move || {
                let mut wrong: Vec<(RawEntry, Wrong)> = Vec::new();
                for batch in passed {
                    for entry in batch {
                        if let Err(what) = fold.take(entry.sequence, &entry.body, &entry.columns)
                            && wrong.len() < crate::finding::MOST
                        {
                            wrong.push((entry, what));
                        }
                    }
                }
                wrong
            });
            let mut batch = Vec::with_capacity(BATCH);
            let mut read = inspection.entries(i64::MIN, &mut |entry| {
                count += 1;
                batch.push(entry);
                if batch.len() == BATCH {
                    if !progress("journal", count) {
                        *stopped = true;
                        return Err(cancelled());
                    }
                    let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                    return send.send(full).map_err(|_| cancelled());
                }
                Ok(())
            });
            if read.is_ok() {
                read = send.send(batch).map_err(|_| cancelled());
            }
            drop(send);
            let hashed = hashing.join().is_ok();
            let wrong = folding.join();
            match wrong {
                Ok(wrong) if hashed => (wrong, read),
                _ => (Vec::new(), Err(abnormal())),
            }
        });
        read?;
        self.report.entries = count;
        for (entry, what) in wrong {
            let reason = match what {
                Wrong::Form => "証跡が台帳の書く形ではありません".to_owned(),
                Wrong::Column(name) => format!("証跡の検索用の列 {name} が本文と違います"),
                Wrong::Revision => "証跡の版が、直前の版に続いていません".to_owned(),
            };
            let finding = Finding {
                table: "journal".into(),
                row: entry.sequence.to_string(),
                field: if let Wrong::Column(name) = what { Some(name.into()) } else { None },
                sequence: Some(entry.sequence),
                reason,
                ..Finding::default()
            };
            self.found(of_entry(finding, &entry));
        }
        for finding in self.seal.judge(inspection)? {
            self.found(finding);
        }
        self.report.sealed = self.seal.covered();
        self.report.disposed = self.seal.disposed();
        Ok(())
    }

    /// Add a finding, with the seal over the entry it rests on.
    fn found(&mut self, mut finding: Finding) {
        if let Some(sequence) = finding.sequence
            && finding.sealed.is_none()
        {
            finding.sealed = self.seal.over(sequence);
        }
        self.report.add(finding);
    }

    fn held(&mut self, inspection: &mut Inspection<'_, '_>, held: Held) -> Result<(), StoreError> {
        let what = if held == Held::Record { "record" } else { "version" };
        self.told(what, 0)?;
        let mut suspects: Vec<(RawRecord, Option<i64>)> = Vec::new();
        let mut count = 0u64;
        let (fold, progress, stopped) = (&mut self.fold, self.options.progress, &mut self.cancelled);
        inspection.held(held, &mut |row| {
            count += 1;
            if count.is_multiple_of(10_000) && !progress(what, count) {
                *stopped = true;
                return Err(cancelled());
            }
            let digest = fold.digest(&row);
            let (fits, sequence) = match held {
                Held::Version => {
                    let name = fold.version_name(&row.ledger, &row.id, row.revision);
                    match fold.versions.remove(&name) {
                        Some(version) => {
                            let superseded = fold.instant(row.superseded_at.as_deref().unwrap_or_default());
                            let fits = digest == Some(version.digest) && superseded == version.superseded;
                            (fits, Some(version.sequence))
                        }
                        None => (false, None),
                    }
                }
                Held::Record => match fold.take_record(&row.ledger, &row.id) {
                    Some((revision, expected, sequence)) => {
                        (revision == row.revision && digest == Some(expected), Some(sequence))
                    }
                    None => (false, None),
                },
            };
            if !fits && suspects.len() < crate::finding::MOST {
                suspects.push((row, sequence));
            }
            Ok(())
        })?;
        match held {
            Held::Record => self.report.records = count,
            Held::Version => self.report.versions = count,
        }
        for (row, sequence) in suspects {
            for finding in exact::record(inspection, held, &row, sequence)? {
                self.found(finding);
            }
        }
        Ok(())
    }

    fn stamped(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        for rule in RULES.iter().filter(|rule| rule.kind == Kind::Stamped) {
            self.told(rule.table, 0)?;
            let mut wrong = Vec::new();
            let mut count = 0u64;
            let fold = &mut self.fold;
            inspection.stamps(rule, &mut |row| {
                count += 1;
                let name = fold.row_name(rule.table, &row.key);
                let digest = fold.row_digest(&row.digest);
                match fold.rows.remove(&name) {
                    Some(stamp) if stamp.digest == Some(digest) => {}
                    // Two rows of one name: the second is one too many.
                    stamp if wrong.len() < crate::finding::MOST => wrong.push((row.key, stamp)),
                    _ => {}
                }
                Ok(())
            })?;
            self.report.rows += count;
            for (key, stamp) in wrong {
                let finding = row_finding(rule, &key, stamp.is_some_and(|stamp| stamp.digest.is_some()));
                self.found(Finding { sequence: stamp.map(|stamp| stamp.sequence), ..finding });
            }
        }
        Ok(())
    }

    fn guarded(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        let Some(key) = inspection.guard_key().cloned() else {
            self.report.unchecked.push("下書きと保存した一覧(desk): 鍵がないため検証していません".into());
            return Ok(());
        };
        let mut guards = inspection.guards()?;
        for rule in RULES.iter().filter(|rule| rule.kind == Kind::Guarded) {
            let mut wrong = Vec::new();
            let mut count = 0u64;
            inspection.stamps(rule, &mut |row| {
                count += 1;
                let guard = guards.remove(&(rule.table.to_owned(), row.key.clone()));
                if !guard.as_ref().is_some_and(|guard| guard_fits(&key, rule, &row, guard)) {
                    wrong.push((row.key, guard.is_some()));
                }
                Ok(())
            })?;
            self.report.rows += count;
            for (row, known) in wrong {
                self.found(row_finding(rule, &row, known));
            }
        }
        for (table, row) in guards.into_keys() {
            let known = RULES.iter().any(|rule| rule.kind == Kind::Guarded && rule.table == table);
            let missing = Finding {
                change: Change::Missing,
                reason: format!("表 {table} の行が、台帳を通さずに削除されています"),
                table: table.clone(),
                row: row.clone(),
                ..Finding::default()
            };
            let added = Finding {
                change: Change::Added,
                table: "guard".into(),
                row: format!("{table}|{row}"),
                reason: "表 guard に、台帳が書いていない行があります".into(),
                ..Finding::default()
            };
            self.found(if known { missing } else { added });
        }
        Ok(())
    }

    fn schema(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        for (name, digest) in inspection.schema()? {
            let row = self.fold.row_name("schema", &name);
            let digest = self.fold.row_digest(&digest);
            let stamp = self.fold.rows.remove(&row);
            if stamp.and_then(|stamp| stamp.digest) == Some(digest) {
                continue;
            }
            let known = stamp.is_some_and(|stamp| stamp.digest.is_some());
            self.found(Finding {
                change: if known { Change::Altered } else { Change::Added },
                table: "schema".into(),
                row: name,
                sequence: stamp.map(|stamp| stamp.sequence),
                reason: if known {
                    "データベースの定義(表・索引・ビュー・トリガー)が変更されています".into()
                } else {
                    "台帳が作っていない定義(表・索引・ビュー・トリガー)があります".into()
                },
                ..Finding::default()
            });
        }
        Ok(())
    }

    fn search(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        self.told("search", 0)?;
        match inspection.wrong_search() {
            Ok(rows) => {
                for row in rows {
                    self.found(Finding {
                        table: "search_gram".into(),
                        row,
                        reason: "検索用の索引が、記録の検索語と一致しません".into(),
                        ..Finding::default()
                    });
                }
            }
            Err(error) => self.found(Finding {
                table: "search_gram".into(),
                reason: format!("検索用の索引を読めません: {error}"),
                ..Finding::default()
            }),
        }
        Ok(())
    }

    /// The index by which a search of the journal finds entries about several records.
    fn touches(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        for (missing, target, sequence) in inspection.wrong_touches()? {
            let (change, reason) = if missing {
                (Change::Missing, "表 touch の行が、台帳を通さずに変更または削除されています")
            } else {
                (Change::Added, "表 touch に、証跡にない行があります")
            };
            self.found(Finding {
                change,
                table: "touch".into(),
                row: format!("{target}|{sequence}"),
                record: Some(target),
                sequence: Some(sequence),
                reason: reason.into(),
                ..Finding::default()
            });
        }
        Ok(())
    }

    /// What the journal knows and no table has any more.
    fn left(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<(), StoreError> {
        let mut sequences: BTreeSet<i64> = self.fold.versions.values().map(|version| version.sequence).collect();
        let records: BTreeSet<i64> = self.fold.records_left().collect();
        sequences.extend(&records);
        for sequence in sequences.into_iter().take(crate::finding::MOST) {
            let Some(entry) = inspection.entry(sequence)? else { continue };
            let version = exact::revision(&entry);
            let name = version.as_ref().map(|(ledger, id, revision)| self.fold.version_name(ledger, id, *revision));
            if name.is_some_and(|name| self.fold.versions.contains_key(&name)) {
                self.missing(&entry, "version", "版が、台帳を通さずに削除されています");
            }
            if records.contains(&sequence) {
                self.missing(&entry, "record", "記録が、台帳を通さずに削除されています");
            }
        }
        let mut gone: BTreeMap<i64, usize> = BTreeMap::new();
        for row in self.fold.rows.values().filter(|row| row.digest.is_some()) {
            *gone.entry(row.sequence).or_default() += 1;
        }
        for (sequence, count) in gone.into_iter().take(crate::finding::MOST) {
            let Some(entry) = inspection.entry(sequence)? else { continue };
            let mut named = 0;
            for (table, row) in exact::rows(&entry) {
                let name = self.fold.row_name(&table, &row);
                let lost =
                    self.fold.rows.get(&name).is_some_and(|row| row.digest.is_some() && row.sequence == sequence);
                if !lost {
                    continue;
                }
                named += 1;
                let reason = if table == "schema" {
                    "データベースの定義(表・索引・ビュー・トリガー)が削除されています".to_owned()
                } else {
                    format!("表 {table} の行が、台帳を通さずに削除されています")
                };
                let finding = Finding {
                    change: Change::Missing,
                    table,
                    row,
                    sequence: Some(sequence),
                    at: entry.columns.first().cloned().flatten(),
                    reason,
                    ..Finding::default()
                };
                self.found(finding);
            }
            debug_assert_eq!(named, count, "every lost row is named by the entry that stamped it");
        }
        Ok(())
    }

    fn missing(&mut self, entry: &RawEntry, table: &str, reason: &str) {
        let finding = Finding {
            change: Change::Missing,
            table: table.into(),
            sequence: Some(entry.sequence),
            reason: reason.into(),
            ..Finding::default()
        };
        self.found(of_entry(finding, entry));
    }
}

/// The finding with ledger, record, revision and instant of an entry.
fn of_entry(finding: Finding, entry: &RawEntry) -> Finding {
    let at = entry.columns.first().cloned().flatten();
    match exact::revision(entry) {
        Some((ledger, id, revision)) => Finding {
            row: if finding.row.is_empty() { format!("{ledger}/{id}") } else { finding.row },
            ledger: Some(ledger),
            record: Some(id),
            revision: (revision > 0).then_some(revision),
            at,
            ..finding
        },
        None => Finding { at, ..finding },
    }
}

fn row_finding(rule: &Rule, row: &str, known: bool) -> Finding {
    let (change, reason) = if known {
        (Change::Altered, format!("表 {} の行が、台帳を通さずに変更されています", rule.table))
    } else {
        (Change::Added, format!("表 {} に、台帳が書いていない行があります", rule.table))
    };
    // Rows that hang on a record name it first.
    let mut parts = row.split('|');
    let ledger = (rule.key.first() == Some(&"ledger")).then(|| parts.next()).flatten();
    let place = rule.key.iter().position(|column| *column == "record");
    let record = place.and_then(|place| row.split('|').nth(place));
    Finding {
        change,
        table: rule.table.into(),
        row: row.into(),
        ledger: ledger.map(String::from),
        record: record.map(String::from),
        reason,
        ..Finding::default()
    }
}
