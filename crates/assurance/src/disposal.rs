//! Carrying out an approved disposal: records with all that hangs on them, and bodies of entries, are taken away in steps of
//! bounded size. Each step appends the entry that names what went, in the same transaction, so that a step is done whole or
//! not at all, and after a crash the next run goes on where it stopped. What is on hold or not past its time stays, whatever
//! was approved.

use journal::act::DISPOSE;
use journal::removal::{Removal, told};
use ledger::definition::{Kind, Ledger};
use ledger::evidence::reading;
use ledger::hold::{Hold, holds_in_force};
use ledger::port::{HistoryQuery, JournalQuery, NewJob, StoreError, Told, Writer};
use ledger::task::{Step, Task};
use ledger::{Change, Kernel, Principal, Record, Refusal, Standing};
use serde_json::{Value, json};

use crate::names::ledger_name;
use crate::retention::{Rule, find, is_held, keeps, may_go, named};

/// Records taken away in one step.
const RECORDS: usize = 10;
/// Bodies named by one entry, and taken away in one step: their names fill an entry of some 40 KB.
const BODIES: usize = 200;
/// Entries looked at in one question.
const PAGE: usize = 2_000;

/// The task.
pub const TASK: Task = Task { kind: "dispose", label: "廃棄の実行", step };

/// Queue what was approved before today: until then the decision can be taken back.
///
/// # Errors
/// When the database fails.
pub fn queue(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let mut queued = 0;
    for disposal in find(tx, ledger_name::DISPOSAL, &["approved"])? {
        let approved = disposal.acts.get("approve").map(|act| calendar::jst_date(act.at));
        if approved.is_none_or(|day| day >= kernel.today()) {
            continue;
        }
        let job = NewJob {
            id: kernel.new_id(),
            kind: TASK.kind.into(),
            input: json!({ "disposal": disposal.id }),
            account: "system".into(),
            run_at: kernel.now(),
            only_one: Some(disposal.id.clone()),
        };
        queued += u64::from(tx.add_job(&job, kernel.now())?);
    }
    Ok(queued)
}

fn step(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, input: &Value, done: u64) -> Result<Step, Refusal> {
    if who.standing != Standing::System {
        return Err(Refusal::Denied("廃棄は、承認の翌日以降にシステムが実行します。".into()));
    }
    let id = input.get("disposal").and_then(Value::as_str).unwrap_or_default();
    proceed(tx, kernel, id, done)
}

/// The next step of a disposal.
///
/// # Errors
/// [`Refusal::Denied`] when it was not decided by two people; those of the kernel.
pub fn proceed(tx: &mut dyn Writer, kernel: &Kernel, id: &str, done: u64) -> Result<Step, Refusal> {
    let disposal = tx.record_locked(ledger_name::DISPOSAL, id)?.ok_or(Refusal::NotFound)?;
    let said = |words: String, finished: bool| Step { done: done + 1, total: 0, words, finished };
    if disposal.state != "approved" {
        return Ok(said("この廃棄は、承認済みではありません。".into(), true));
    }
    by_two(&disposal)?;
    let rule = match disposal.text("rule") {
        Some(rule) => tx.record(ledger_name::RETENTION, rule)?.as_ref().map(Rule::of),
        None => None,
    };
    let until = disposal.text("until").and_then(|day| day.parse().ok());
    // The rule may have changed since: what it keeps longer now is kept.
    let lawful =
        rule.as_ref().zip(until).filter(|(rule, until)| rule.until(kernel.today()).is_some_and(|now| *until <= now));
    let Some((rule, until)) = lawful else {
        let words = "保存期間の規則が変わったため、廃棄せずに保存を続けます。";
        let keep = Change::transition(ledger_name::DISPOSAL, id, disposal.revision, "keep").because(words);
        kernel.commit(tx, &Principal::system("retention"), keep)?;
        return Ok(said(words.into(), true));
    };
    let run = Run { kernel, disposal: &disposal, rule, until, holds: holds_in_force(tx)? };
    let records = run.records(tx)?;
    if records > 0 {
        return Ok(said(format!("記録{records}件を廃棄しました。続けています。"), false));
    }
    let bodies = run.entries(tx)?;
    if bodies > 0 {
        return Ok(said(format!("証跡{bodies}件の本体を廃棄しました。続けています。"), false));
    }
    let words = run.finish(tx)?;
    Ok(said(words, true))
}

/// Whether somebody asked for it and somebody else approved.
fn by_two(disposal: &Record) -> Result<(), Refusal> {
    let (asked, approved) = (disposal.acts.get("ask"), disposal.acts.get("approve"));
    let two = asked.zip(approved).is_some_and(|(asked, approved)| {
        asked.account != approved.account && (asked.person.is_none() || asked.person != approved.person)
    });
    if two {
        Ok(())
    } else {
        Err(Refusal::Denied("申し出た人とは別の人の承認がないため、廃棄しません。".into()))
    }
}

/// A disposal being carried out.
struct Run<'r> {
    kernel: &'r Kernel,
    disposal: &'r Record,
    rule: &'r Rule,
    until: chrono::NaiveDate,
    holds: Vec<Hold>,
}

impl Run<'_> {
    fn listed(&self) -> impl Iterator<Item = (&str, &Value)> {
        let rows = self.disposal.value("list").as_array().map_or(&[] as &[Value], Vec::as_slice);
        rows.iter().filter_map(|row| Some((row.get("record")?.as_str()?, row)))
    }

    /// Take the next records away; how many.
    fn records(&self, tx: &mut dyn Writer) -> Result<u64, Refusal> {
        let Some(ledger) = self.rule.target.as_deref().and_then(|name| self.kernel.catalogue.ledger(name)) else {
            return Ok(0);
        };
        let mut gone = 0;
        for (id, _) in self.listed() {
            if gone == RECORDS as u64 {
                break;
            }
            // One that is not there any more went in an earlier step.
            let Some(record) = tx.record_locked(&ledger.name, id)? else { continue };
            let entries = tx.entries_about(&ledger.name, id)?;
            if self.why_kept(tx, &record, &entries)?.is_none() {
                self.record(tx, ledger, &record, &entries)?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    fn why_kept(&self, tx: &mut dyn Writer, record: &Record, entries: &[i64]) -> Result<Option<String>, StoreError> {
        if let Some(why) = keeps(tx, self.kernel, self.rule, &self.holds, self.until, record)? {
            return Ok(Some(why));
        }
        for sequence in entries {
            if tx.seal_position(*sequence)?.is_none() {
                return Ok(Some("封印を待つ証跡がある".into()));
            }
        }
        Ok(None)
    }

    fn record(&self, tx: &mut dyn Writer, ledger: &Ledger, record: &Record, entries: &[i64]) -> Result<(), Refusal> {
        let referrers = tx.referrers(&ledger.name, &record.id, usize::MAX)?;
        let files = files_of(tx, ledger, record)?;
        let mut with_files: Vec<String> = Vec::new();
        for other in self.kernel.catalogue.ledgers.values() {
            if !file_fields(other).is_empty() {
                with_files.push(other.name.clone());
            }
        }
        tx.remove_record(&ledger.name, &record.id, &files, &with_files)?;
        let mut records = vec![record.id.clone()];
        for part in entries.chunks(BODIES) {
            let removals = tx.remove_bodies(part, &self.disposal.id, &record.id)?;
            self.tell(tx, &ledger.name, &std::mem::take(&mut records), &removals)?;
        }
        if !records.is_empty() {
            self.tell(tx, &ledger.name, &records, &[])?;
        }
        // The words by which others are found held the title of this one.
        for other in referrers.iter().filter(|other| other.record != record.id) {
            tx.remove_words(&other.ledger, &other.record)?;
            self.kernel.reindex(tx, &other.ledger, &other.record)?;
        }
        Ok(())
    }

    /// The entry that names what went.
    fn tell(&self, tx: &mut dyn Writer, ledger: &str, records: &[String], gone: &[Removal]) -> Result<(), StoreError> {
        let facts = json!({ "ledger": ledger, "records": records, "entries": told(gone) });
        let who = Principal::system("retention");
        let entry = reading(self.kernel, &who, DISPOSE, ledger_name::DISPOSAL, &self.disposal.id, facts);
        tx.append(&entry).map(drop)
    }

    /// Take the bodies of the next entries away; how many.
    fn entries(&self, tx: &mut dyn Writer) -> Result<u64, Refusal> {
        let except = named(tx)?;
        let Some(query) = self.rule.entries(self.until, &except) else { return Ok(0) };
        let mut query = JournalQuery { limit: PAGE, ..query };
        let mut due = Vec::new();
        loop {
            let page = tx.journal(&query)?;
            for stored in page.iter().filter(|stored| may_go(&stored.entry)) {
                if due.len() < BODIES
                    && !is_held(tx, self.kernel, &self.holds, &stored.entry)?
                    && tx.seal_position(stored.sequence)?.is_some()
                {
                    due.push(stored.sequence);
                }
            }
            if due.len() >= BODIES || page.len() < PAGE {
                break;
            }
            query.behind = page.last().map(|stored| (stored.entry.at, stored.sequence));
        }
        if due.is_empty() {
            return Ok(0);
        }
        let removals = tx.remove_bodies(&due, &self.disposal.id, "")?;
        self.tell(tx, "", &[], &removals)?;
        Ok(removals.len() as u64)
    }

    /// Write down what went and what stayed, and why.
    fn finish(&self, tx: &mut dyn Writer) -> Result<String, Refusal> {
        tx.settle_removal()?;
        let (mut list, mut gone, mut kept) = (Vec::new(), 0u64, 0u64);
        for (id, row) in self.listed() {
            let record = match self.rule.target.as_deref() {
                Some(ledger) => tx.record(ledger, id)?,
                None => None,
            };
            let mut row = row.clone();
            row["result"] = match record {
                None => {
                    gone += 1;
                    "廃棄済み".into()
                }
                Some(record) => {
                    kept += 1;
                    let entries = tx.entries_about(&record.ledger, id)?;
                    let why = self.why_kept(tx, &record, &entries)?;
                    format!("保存を続ける（{}）", why.unwrap_or_else(|| "次の廃棄で扱う".into())).into()
                }
            };
            list.push(row);
        }
        let bodies = self.bodies(tx)?;
        let values = json!({
            "list": list,
            "records_gone": gone,
            "records_kept": kept,
            "entries_gone": bodies,
            "disposed_on": self.kernel.today().to_string(),
        });
        let now = tx.record_locked(ledger_name::DISPOSAL, &self.disposal.id)?.ok_or(Refusal::NotFound)?;
        let words = format!("記録{gone}件と、証跡{bodies}件の本体を廃棄しました。");
        let change = Change::transition(ledger_name::DISPOSAL, &now.id, now.revision, "done")
            .with(values.as_object().cloned().unwrap_or_default());
        self.kernel.commit(tx, &Principal::system("retention"), change.because(words.as_str()))?;
        Ok(words)
    }

    /// Bodies that went by this disposal, counted in the entries that tell of them.
    fn bodies(&self, tx: &mut dyn Writer) -> Result<u64, StoreError> {
        let query = HistoryQuery {
            ledger: Some(ledger_name::DISPOSAL.into()),
            record: Some(self.disposal.id.clone()),
            ..HistoryQuery::newest(Told::Changes, 100_000)
        };
        let told = tx.history(&query)?.into_iter().filter(|stored| stored.entry.act == DISPOSE);
        let counts = told.filter_map(|stored| {
            let facts = stored.entry.changes.get(DISPOSE)?;
            Some(facts.after.get("entries")?.as_array()?.len() as u64)
        });
        Ok(counts.sum())
    }
}

fn file_fields(ledger: &Ledger) -> Vec<&str> {
    ledger
        .fields
        .iter()
        .filter(|field| matches!(field.kind, Kind::Attachment))
        .map(|field| field.name.as_str())
        .collect()
}

/// Files of the record in all its versions.
fn files_of(tx: &mut dyn Writer, ledger: &Ledger, record: &Record) -> Result<Vec<String>, StoreError> {
    let fields = file_fields(ledger);
    let mut files = Vec::new();
    for revision in 1..=record.revision {
        if fields.is_empty() {
            break;
        }
        let Some(version) = tx.record_revision(&ledger.name, &record.id, revision)? else { continue };
        for field in &fields {
            let named = version.value(field).as_array().map_or(&[] as &[Value], Vec::as_slice);
            files.extend(named.iter().filter_map(|file| Some(file.get("id")?.as_str()?.to_owned())));
        }
    }
    files.sort_unstable();
    files.dedup();
    Ok(files)
}
