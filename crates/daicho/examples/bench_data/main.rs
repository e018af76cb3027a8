//! The data set of `bench/run`: the sample agency, made by the program itself, and beside it generated sheets of earlier
//! rounds and generated journal entries, put through the storage port in bulk until the wanted numbers are reached.
//!
//! `bench_data DATA [--database-url URL] [--staff 3000] [--sheets 20000] [--entries 1000000] [--contracts 200] [--records 100000]`
//!
//! Generated sheets are copies of sheets the sample carried over, in rounds of their own. A tenth of the generated entries
//! changes a sheet and leaves a version behind, as every change does; the rest are sign-ins, which leave only an entry.

mod contracts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use calendar::FixedClock;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use daicho::demo;
use daicho::installation::{Ambient, Installation, SystemEntropy};
use daicho::settings::Settings;
use journal::{Actor, Change as Changed, Channel, Entry};
use ledger::port::{Put, Reader, ReferenceRow, SearchText, StoreError, UniqueKey, Writer};
use ledger::query::{Filter, Query};
use ledger::{Kernel, Record, search};
use serde_json::{Value, json};
use store::Store;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Writes in one transaction.
const BATCH: usize = 2_000;
const SHEET: &str = "evaluation_sheet";

struct Wanted {
    data: PathBuf,
    database_url: Option<String>,
    staff: usize,
    sheets: usize,
    entries: usize,
    contracts: usize,
    records: usize,
}

fn wanted() -> Result<Wanted, Failure> {
    let mut arguments = std::env::args().skip(1);
    let data = arguments.next().ok_or("bench_data DATA [--staff N] [--sheets N] [--entries N] [--contracts N] …")?;
    let mut wanted = Wanted {
        data: data.into(),
        database_url: None,
        staff: 3_000,
        sheets: 20_000,
        entries: 1_000_000,
        contracts: 0,
        records: 100_000,
    };
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("a value is missing")?;
        match name.as_str() {
            "--database-url" => wanted.database_url = Some(value),
            "--staff" => wanted.staff = value.parse()?,
            "--sheets" => wanted.sheets = value.parse()?,
            "--entries" => wanted.entries = value.parse()?,
            "--contracts" => wanted.contracts = value.parse()?,
            "--records" => wanted.records = value.parse()?,
            other => return Err(format!("unknown: {other}").into()),
        }
    }
    Ok(wanted)
}

fn main() -> Result<(), Failure> {
    let wanted = wanted()?;
    let today = NaiveDate::from_ymd_opt(2026, 11, 20).ok_or("a day")?;
    let clock = Arc::new(FixedClock::at(calendar::jst::start_of_day(today)));
    let ambient = Ambient { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
    let settings =
        Settings { agency: demo::AGENCY.into(), database_url: wanted.database_url.clone(), ..Settings::default() };
    // What the sample is looked at with: otherwise whoever signs in stands before the second step, and sees no page.
    let file = wanted.data.join(daicho::settings::FILE);
    if !file.exists() {
        std::fs::create_dir_all(&wanted.data)?;
        std::fs::write(file, demo::SETTINGS)?;
    }
    let installation = Installation::open(&wanted.data, settings, ambient)?;
    let store = installation.store.clone();
    let began = Instant::now();
    if all(&store, "person")?.is_empty() {
        let told = demo::fill(&installation, &clock, wanted.staff, today, &mut |_| {});
        let sign_ins = told.map_err(|refusal| format!("the sample is refused: {refusal:?}"))?;
        let lines: String = sign_ins.iter().map(|one| format!("{}\t{}\t{}\n", one.kind, one.login, one.name)).collect();
        std::fs::write(wanted.data.join("sample-sign-ins.tsv"), lines)?;
        println!("sample of {} staff: {:.0} s", wanted.staff, began.elapsed().as_secs_f64());
    }
    let kernel = installation.kernel();
    if wanted.contracts > 0 {
        let began = Instant::now();
        let (contracts, records) = contracts::add(&store, &kernel, wanted.contracts, wanted.records)?;
        println!("{contracts} contracts, {records} records: {:.0} s", began.elapsed().as_secs_f64());
        return Ok(());
    }
    let began = Instant::now();
    let sheets = add_sheets(&store, &kernel, wanted.sheets)?;
    println!("{} sheets: {:.0} s", sheets.len(), began.elapsed().as_secs_f64());
    let began = Instant::now();
    let entries = add_entries(&store, &kernel, sheets, wanted.entries)?;
    println!("{entries} entries: {:.0} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn all(store: &Store, ledger: &str) -> Result<Vec<Record>, StoreError> {
    let query = Query {
        ledger: ledger.into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: 1_000_000,
        as_of: None,
    };
    store.read(|tx: &mut dyn Reader| tx.find(&query))
}

/// What hangs on a record, as the write path would lay it out, but for words of other records in the search text.
fn put(tx: &mut dyn Writer, kernel: &Kernel, record: &Record) -> Result<(), StoreError> {
    let Some(ledger) = kernel.catalogue.ledger(&record.ledger) else { return Ok(()) };
    let (mut references, mut text) = (Vec::new(), String::new());
    for field in &ledger.fields {
        match field.target() {
            Some(target) => references.extend(record.references(&field.name).into_iter().map(|id| ReferenceRow {
                ledger: record.ledger.clone(),
                record: record.id.clone(),
                field: field.name.clone(),
                target_ledger: target.into(),
                target: id.into(),
            })),
            None => text.push_str(record.text(&field.name).unwrap_or_default()),
        }
    }
    let unique = ledger.unique.iter().map(|unique| UniqueKey {
        name: unique.fields.join("+"),
        value: json!(unique.fields.iter().map(|field| record.value(field)).collect::<Vec<_>>()).to_string(),
    });
    let search = vec![SearchText { class: "base".into(), grams: search::grams(&text) }];
    let put = Put { record, references, search, unique: unique.collect() };
    tx.put(&put)?.map_err(|clash| StoreError::Failed(format!("{} is taken", clash.key.name)))
}

fn entry(record: &Record, act: &str, changes: Value, at: DateTime<Utc>) -> Entry {
    Entry {
        at,
        actor: Actor { channel: Channel::Page, ..Actor::system("bench") },
        ledger: record.ledger.clone(),
        record: record.id.clone(),
        revision: record.revision,
        act: act.into(),
        reason: None,
        state_before: None,
        state_after: Some(record.state.clone()),
        changes: [("bench".to_string(), Changed { before: Value::Null, after: changes })].into(),
        batch: None,
    }
}

/// Sheets of earlier rounds, until there are so many.
fn add_sheets(store: &Store, kernel: &Kernel, wanted: usize) -> Result<Vec<Record>, Failure> {
    let mut sheets = all(store, SHEET)?;
    let carried: Vec<&Record> = sheets.iter().filter(|sheet| sheet.value("carried_over") == &json!(true)).collect();
    let model = carried.first().and_then(|sheet| sheet.text("round")).ok_or("the sample has no sheets")?.to_string();
    let of_round = carried.into_iter().filter(|sheet| sheet.text("round") == Some(model.as_str()));
    let models: Vec<Record> = of_round.cloned().collect();
    let model = model.as_str();
    let past = store.read(|tx: &mut dyn Reader| tx.record("evaluation_round", model))?.ok_or("no round")?;
    let mut number = 0;
    while sheets.len() < wanted {
        number += 1;
        let mut round = Record { id: kernel.new_id(), revision: 1, ..past.clone() };
        let code = format!("BENCH-{}", round.id);
        round.body.insert("code".into(), code.as_str().into());
        round.body.insert("name".into(), format!("測定用の評価期{number}").into());
        let more: Vec<Record> = models
            .iter()
            .take(wanted - sheets.len())
            .enumerate()
            .map(|(place, model)| {
                let mut sheet = Record { id: kernel.new_id(), revision: 1, ..model.clone() };
                sheet.body.insert("round".into(), round.id.as_str().into());
                sheet.body.insert("number".into(), format!("{code}-{place:05}").into());
                sheet
            })
            .collect();
        store.write(|tx: &mut dyn Writer| {
            put(tx, kernel, &round)
                .and_then(|()| tx.append(&entry(&round, "create", Value::Null, round.recorded_at)).map(drop))
        })?;
        for batch in more.chunks(BATCH) {
            store.write(|tx: &mut dyn Writer| {
                for sheet in batch {
                    put(tx, kernel, sheet)?;
                    tx.append(&entry(sheet, "create", Value::Null, sheet.recorded_at))?;
                }
                Ok::<_, StoreError>(())
            })?;
        }
        sheets.extend(more);
    }
    Ok(sheets)
}

/// Entries, until there are so many: nine sign-ins, then a change of a sheet, and so on.
fn add_entries(store: &Store, kernel: &Kernel, mut sheets: Vec<Record>, wanted: usize) -> Result<i64, Failure> {
    let newest = ledger::port::HistoryQuery { limit: 1, ..Default::default() };
    let newest = store.read(|tx: &mut dyn Reader| tx.history(&newest))?;
    let mut done = newest.first().map_or(0, |entry| entry.sequence);
    let wanted = i64::try_from(wanted)?;
    let accounts = all(store, "account")?;
    let start = kernel.now() - TimeDelta::days(365);
    let mut next = 0usize;
    while done < wanted {
        let most = usize::try_from(wanted - done)?.min(BATCH);
        // The closure may be run again by the database; so what it changes is put in place only when it is done.
        let written = store.write(|tx: &mut dyn Writer| {
            let (mut written, mut changed, mut place) = (done, Vec::new(), next);
            for turn in 0..most {
                let at = start + TimeDelta::milliseconds(i64::try_from(place + turn).unwrap_or_default() * 30);
                if turn % 10 < 9 {
                    let Some(account) = accounts.get((place + turn) % accounts.len().max(1)) else { continue };
                    written = tx.append(&entry(account, "sign_in", Value::Null, at))?;
                    continue;
                }
                let index = place % sheets.len();
                let Some(sheet) = sheets.get(index) else { continue };
                let mut sheet = sheet.clone();
                sheet.revision += 1;
                sheet.recorded_at += TimeDelta::minutes(1);
                sheet.body.insert("line_fixed".into(), (sheet.revision % 2 == 0).into());
                put(tx, kernel, &sheet)?;
                written = tx.append(&entry(&sheet, "amend", json!(sheet.revision), sheet.recorded_at))?;
                changed.push((index, sheet));
                place += 1;
            }
            Ok::<_, StoreError>((written, changed, place))
        });
        let (written, changed, place) = written?;
        for (index, sheet) in changed {
            if let Some(slot) = sheets.get_mut(index) {
                *slot = sheet;
            }
        }
        (done, next) = (written, place);
    }
    Ok(done)
}
