//! The import itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{CellProblem, ImportReport, Incoming, Line, columns, keys::Keys};
use crate::access::Access;
use crate::definition::{Field, Kind, Ledger};
use crate::kernel::Kernel;
use crate::port::Writer;
use crate::principal::{Principal, Standing};
use crate::record::Body;
use crate::refusal::{Problem, Refusal};
use crate::write::Change;

/// How an import is to be done.
pub struct ImportOptions<'a> {
    /// Identifier shared by all entries of this import.
    pub batch: String,
    /// Headings that a person assigned to fields by hand: heading and field name.
    pub chosen: Vec<(String, String)>,
    /// Characters that CP932 lacks, of a text; asked for fields that connected systems hold in CP932. Gives nothing
    /// where a person has accepted such characters.
    pub outside_cp932: &'a dyn Fn(&str) -> Vec<String>,
    /// Told how many rows are done of how many; false cancels the import, and nothing is stored.
    pub progress: &'a dyn Fn(usize, usize) -> bool,
}

/// One row on its way in.
struct Row<'a> {
    line: &'a Line,
    values: Body,
    /// Key that names the record, when the ledger has one.
    key: Option<String>,
    /// Key of another row of this file that must come first.
    after: Option<String>,
}

impl Kernel {
    /// Import a table. The caller rolls the transaction back when the report has problems, and for a dry run.
    ///
    /// A row whose key is known changes that record; any other row adds one. Every problem of every row is reported.
    pub fn import(
        &self,
        tx: &mut dyn Writer,
        who: &Principal,
        ledger: &str,
        incoming: &Incoming,
        options: &ImportOptions<'_>,
    ) -> Result<ImportReport, Refusal> {
        let ledger = self.ledger(ledger)?;
        let access = Access::new(&ledger, who);
        if who.standing != Standing::System && !access.may_import() {
            return Err(if access.any() {
                Refusal::Denied(format!("{}へ取り込む権限がありません。", ledger.label))
            } else {
                Refusal::NotFound
            });
        }
        let fields = columns::recognise(&ledger, &incoming.headings, &options.chosen);
        let mut run = Run {
            kernel: self,
            ledger: &ledger,
            who,
            headings: &incoming.headings,
            fields: &fields,
            report: ImportReport { rows: incoming.lines.len(), ..ImportReport::default() },
            references: BTreeMap::new(),
            own: BTreeMap::new(),
            stored: BTreeMap::new(),
        };
        run.headings_fit();
        run.look_up(tx, incoming)?;
        let rows = run.rows(incoming, options);
        let order = run.order(&rows);
        let total = order.len();
        for (done, index) in order.into_iter().enumerate() {
            if done % 100 == 0 && !(options.progress)(done, total) {
                return Err(Refusal::Denied("取込みを中止しました。何も保存していません。".into()));
            }
            if let Some(row) = rows.get(index) {
                run.store(tx, row, options)?;
            }
        }
        let mut report = run.report;
        report.problems.sort_by_key(|problem| problem.row);
        report.problems.dedup();
        Ok(report)
    }
}

struct Run<'a> {
    kernel: &'a Kernel,
    ledger: &'a Ledger,
    who: &'a Principal,
    headings: &'a [String],
    fields: &'a [Option<&'a Field>],
    report: ImportReport,
    /// Keys by field that refers.
    references: BTreeMap<String, Keys>,
    /// Records of this ledger by key: identifier and revision.
    own: BTreeMap<String, String>,
    /// Rows by record stored from them.
    stored: BTreeMap<String, usize>,
}

impl<'a> Run<'a> {
    /// Required fields have a column, and something is recognised at all.
    fn headings_fit(&mut self) {
        self.report.ignored = self
            .headings
            .iter()
            .zip(self.fields)
            .filter(|(heading, field)| field.is_none() && !heading.trim().is_empty())
            .map(|(heading, _)| heading.clone())
            .collect();
        let given: BTreeSet<&str> = self.fields.iter().flatten().map(|field| field.name.as_str()).collect();
        for field in self.ledger.current_fields() {
            let numbered = self.ledger.numbering.as_ref().is_some_and(|numbering| numbering.field == field.name);
            let follows = field.default.is_some() || field.computed.is_some() || numbered;
            let required = matches!(field.required, crate::definition::Required::Always) && !follows;
            if required && !given.contains(field.name.as_str()) {
                let others: Vec<&str> = field.aliases.iter().map(String::as_str).collect();
                let heading = match others.as_slice() {
                    [] => field.label.clone(),
                    others => format!("{}({})", field.label, others.join("、")),
                };
                self.report.problems.push(CellProblem {
                    row: 0,
                    address: String::new(),
                    message: format!("「{heading}」の列がありません。見出しを確かめてください。"),
                    column: heading,
                    text: String::new(),
                });
            }
        }
    }

    /// Look up all keys of the file, one question per field.
    fn look_up(&mut self, tx: &mut dyn Writer, incoming: &Incoming) -> Result<(), Refusal> {
        for (column, field) in self.fields.iter().enumerate() {
            let Some(field) = field else { continue };
            let texts = || incoming.lines.iter().filter_map(move |line| cell_text(line, column)).map(String::from);
            if field.target().is_some() {
                let wanted = texts().flat_map(|text| split_keys(field, &text)).collect();
                let keys = Keys::look_up(&self.kernel.catalogue, tx, self.who, field, wanted)?;
                self.references.insert(field.name.clone(), keys);
            }
            if self.ledger.key.as_ref() == Some(&field.name) {
                let mut wanted: Vec<String> = texts().map(|text| text.trim().to_string()).collect();
                wanted.sort_unstable();
                wanted.dedup();
                for (key, ids) in tx.lookup(&self.ledger.name, &field.name, &wanted)? {
                    if let Some(id) = ids.into_iter().next() {
                        self.own.insert(key, id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Read every row into values; name duplicated keys and characters outside CP932.
    fn rows<'b>(&mut self, incoming: &'b Incoming, options: &ImportOptions<'_>) -> Vec<Row<'b>> {
        let mut first_rows: BTreeMap<String, usize> = BTreeMap::new();
        let mut rows = Vec::with_capacity(incoming.lines.len());
        for line in &incoming.lines {
            let mut row = Row { line, values: Body::new(), key: None, after: None };
            for (column, field) in self.fields.iter().enumerate() {
                let Some(field) = field else { continue };
                let text = cell_text(line, column).unwrap_or_default();
                let bare = text.trim();
                if field.cp932 && !bare.is_empty() {
                    for character in (options.outside_cp932)(bare) {
                        let codes: Vec<String> = character.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
                        let message = format!(
                            "「{character}」({})は連携先の文字コード(CP932)にありません。文字を改めるか、そのまま\
                             取り込むことを指定してください。",
                            codes.join(" ")
                        );
                        self.problem(line, &field.name, message);
                    }
                }
                if self.ledger.key.as_ref() == Some(&field.name) && !bare.is_empty() {
                    if let Some(first) = first_rows.insert(bare.to_string(), line.number) {
                        let message =
                            format!("「{bare}」が{first}行目と重複しています。どちらかの行を直すか、除いてください。");
                        self.problem(line, &field.name, message);
                    }
                    row.key = Some(bare.to_string());
                }
                if field.target() == Some(&self.ledger.name) && !bare.is_empty() {
                    row.after = Some(bare.to_string());
                }
                row.values.insert(field.name.clone(), Value::String(text.to_string()));
            }
            rows.push(row);
        }
        rows
    }

    /// Rows that others in the file refer to come first (an office before those under it).
    fn order(&mut self, rows: &[Row<'_>]) -> Vec<usize> {
        let by_key: BTreeMap<&str, usize> =
            rows.iter().enumerate().filter_map(|(index, row)| Some((row.key.as_deref()?, index))).collect();
        let mut placed = vec![false; rows.len()];
        let mut order = Vec::with_capacity(rows.len());
        for start in 0..rows.len() {
            // Walk up to the first row already placed, then place the way back down. A loop ends the walk.
            let mut way = Vec::new();
            let mut next = Some(start);
            while let Some(index) = next {
                if placed.get(index).copied().unwrap_or(true) || way.contains(&index) {
                    break;
                }
                way.push(index);
                next = rows.get(index).and_then(|row| row.after.as_deref()).and_then(|key| by_key.get(key).copied());
            }
            for index in way.into_iter().rev() {
                if let Some(done) = placed.get_mut(index) {
                    *done = true;
                    order.push(index);
                }
            }
        }
        order
    }

    /// Send one row through the write path; gather what is wrong with it.
    fn store(&mut self, tx: &mut dyn Writer, row: &Row<'_>, options: &ImportOptions<'_>) -> Result<(), Refusal> {
        let mut values = row.values.clone();
        let mut bad: Vec<String> = Vec::new();
        for field in self.fields.iter().flatten().filter(|field| field.target().is_some()) {
            let text = values.get(&field.name).and_then(Value::as_str).unwrap_or_default().to_string();
            match self.referred(field, &text) {
                Ok(value) => {
                    values.insert(field.name.clone(), value);
                }
                Err(message) => {
                    self.problem(row.line, &field.name, message);
                    values.shift_remove(&field.name);
                    bad.push(field.name.clone());
                }
            }
        }
        let known = row.key.as_ref().and_then(|key| self.own.get(key)).cloned();
        let change = match &known {
            Some(id) => Change { record: Some(id.clone()), ..Change::create(&self.ledger.name, values) },
            None => Change::create(&self.ledger.name, values),
        };
        let before = match &known {
            Some(id) => tx.record(&self.ledger.name, id)?.map(|record| record.revision),
            None => None,
        };
        let change = Change { expected: before, ..change.in_batch(&options.batch) };
        match self.kernel.commit(tx, self.who, change) {
            Ok(record) => {
                match (known, before) {
                    (None, _) => self.report.created += 1,
                    (Some(_), before) if before == Some(record.revision) => self.report.unchanged += 1,
                    (Some(_), _) => self.report.amended += 1,
                }
                self.stored.insert(record.id.clone(), row.line.number);
                if let Some(key) = &row.key {
                    for field in self.fields.iter().flatten().filter(|f| f.target() == Some(&self.ledger.name)) {
                        if let Some(keys) = self.references.get_mut(&field.name) {
                            keys.add(key, &record.id);
                        }
                    }
                    self.own.insert(key.clone(), record.id);
                }
                Ok(())
            }
            Err(Refusal::Invalid(problems)) => {
                for problem in problems {
                    // A key that is unknown is already named; that the field is then empty is no second mistake.
                    if !bad.contains(&problem.field) {
                        self.refused(row.line, &problem);
                    }
                }
                Ok(())
            }
            Err(Refusal::NotFound) if known.is_some() => {
                let key = self.ledger.key.clone().unwrap_or_default();
                let message =
                    "この番号の記録は、取り込める範囲にありません。番号を確かめるか、この行を除いてください。";
                self.problem(row.line, &key, message.into());
                Ok(())
            }
            Err(Refusal::Denied(message)) => {
                self.problem(row.line, "", message);
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    /// A problem of the write path; an overlap with another row of the file is named there too.
    fn refused(&mut self, line: &Line, problem: &Problem) {
        self.problem(line, &problem.field, problem.message.clone());
        let earlier = problem.other.as_ref().and_then(|id| self.stored.get(id)).copied();
        if let (Some(row), Some(effective)) = (earlier, &self.ledger.effective) {
            let column = self.fields.iter().position(|field| field.is_some_and(|f| f.name == effective.to));
            let address = column.map(|column| format!("{}{row}", letter(line, column))).unwrap_or_default();
            let heading = column.and_then(|column| self.headings.get(column)).cloned().unwrap_or_default();
            self.report.problems.push(CellProblem {
                row,
                address,
                column: heading,
                text: String::new(),
                message: format!("{}行目の期間と重なっています。終了日を入れてください。", line.number),
            });
        }
    }

    fn referred(&self, field: &Field, text: &str) -> Result<Value, String> {
        let keys = self.references.get(&field.name);
        let mut ids = Vec::new();
        for key in split_keys(field, text) {
            let keys = keys.ok_or_else(|| format!("「{}」は番号では取り込めません。", field.label))?;
            ids.push(Value::String(keys.find(&key, &field.label)?.to_string()));
        }
        Ok(match (&field.kind, ids.len()) {
            (_, 0) => Value::Null,
            (Kind::Reference { many: true, .. }, _) => Value::Array(ids),
            _ => ids.into_iter().next().unwrap_or(Value::Null),
        })
    }

    fn problem(&mut self, line: &Line, field: &str, message: String) {
        let column = self.fields.iter().position(|known| known.is_some_and(|known| known.name == field));
        let cell = column.and_then(|column| line.cells.get(column));
        self.report.problems.push(CellProblem {
            row: line.number,
            address: cell.map(|cell| cell.address.clone()).unwrap_or_default(),
            column: column.and_then(|column| self.headings.get(column)).cloned().unwrap_or_default(),
            text: cell.map(|cell| cell.text.clone()).unwrap_or_default(),
            message,
        });
    }
}

fn cell_text(line: &Line, column: usize) -> Option<&str> {
    line.cells.get(column).map(|cell| cell.text.as_str())
}

/// Keys in a cell: one, or several parted by commas or blanks where the field takes many.
fn split_keys(field: &Field, text: &str) -> Vec<String> {
    let many = matches!(field.kind, Kind::Reference { many: true, .. });
    let parts: Vec<&str> = if many { text.split([',', '、', '，', '\n']).collect() } else { vec![text] };
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(String::from).collect()
}

/// Letters of a column, taken from the address of a cell in it.
fn letter(line: &Line, column: usize) -> String {
    let address = line.cells.get(column).map_or("", |cell| cell.address.as_str());
    address.trim_end_matches(|c: char| c.is_ascii_digit()).to_string()
}
