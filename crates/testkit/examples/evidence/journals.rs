//! Sealing and verification of a journal: a tenth of its entries are audited updates of people, which leave a version, search
//! texts and stamps behind; the rest are sign-ins, which leave only their entry.

use std::path::Path;
use std::time::Instant;

use journal::{Actor, Change as Changed, Entry, SigningKey, TarWriter, open_exported, verify_exported};
use ledger::Kernel;
use ledger::port::{HistoryQuery, Reader, Writer};
use ledger::seal::{export, prepare};
use serde_json::json;
use store::Store;

use crate::agency::{self, Agency, FULL, PEOPLE, refused};
use crate::machine::{load, own_cpu};
use crate::peers::scattered;
use crate::{Failure, Plan};

/// Entries of one transaction while the journal is made.
const BATCH: usize = 2_000;

/// Entries sealed in one go, as the server does.
const SEALED: usize = 2_000;

pub fn measure(plan: &Plan) -> Result<(), Failure> {
    println!("\n### Sealing and verification of {} entries\n", plan.entries);
    println!("| | time | entries/s | CPU | load |");
    println!("|---|---|---|---|---|");
    let agency = Agency::fill(agency::sqlite(&plan.folder.join("journal"), FULL)?)?;
    of(plan, "SQLite", &agency)?;
    let database = plan.folder.join("journal").join("daicho.db");
    println!("\nThe SQLite file has {} MB.", std::fs::metadata(database)?.len() / 1_000_000);
    Ok(())
}

/// Only the verification of the database that [`measure`] made, stage by stage.
pub fn again(plan: &Plan) -> Result<(), Failure> {
    let store = agency::opened(&plan.folder.join("journal"), FULL)?;
    let last = std::sync::Mutex::new((String::from("start"), Instant::now(), own_cpu()));
    let told = |stage: &str| {
        let Ok(mut last) = last.lock() else { return };
        if last.0 != stage {
            let now = (stage.to_owned(), Instant::now(), own_cpu());
            let spent = (now.1 - last.1).as_secs_f64();
            println!("| {} | {spent:.2} s | {:.2} s CPU |", last.0, now.2 - last.2);
            *last = now;
        }
    };
    for _ in 0..plan.rounds {
        let (began, cpu) = (Instant::now(), own_cpu());
        let progress = |stage: &str, _| {
            told(stage);
            true
        };
        let report = verify::database(&store, &verify::Options { progress: &progress, ..verify::Options::default() })?;
        told("start");
        let (seconds, cpu) = (began.elapsed().as_secs_f64(), own_cpu() - cpu);
        println!("| {} entries, {} found | {seconds:.2} s | {cpu:.2} s CPU |", report.entries, report.found);
    }
    Ok(())
}

fn of(plan: &Plan, name: &str, agency: &Agency) -> Result<(), Failure> {
    let begun = Instant::now();
    let entries = make(agency, plan.entries)?;
    eprintln!("{name}: {entries} entries made in {:.0} s", begun.elapsed().as_secs_f64());
    let key = SigningKey::from_seed("example.jp/daicho", [7; 32]).map_err(|problem| format!("{problem:?}"))?;
    timed(&format!("{name}: sealing, {SEALED} entries a checkpoint"), entries, || {
        seal(&agency.store, &agency.kernel, &key)
    })?;
    timed(&format!("{name}: `daicho verify`, database against journal"), entries, || {
        let report = verify::database(&agency.store, &verify::Options::default())?;
        if !report.intact() || report.sealed != report.entries {
            return Err(format!("{} found, {} of {} sealed", report.found, report.sealed, report.entries).into());
        }
        Ok(())
    })?;
    let path = plan.folder.join("journal.tar");
    timed(&format!("{name}: export of the journal"), entries, || exported(&agency.store, &path))?;
    for threads in [1, 2] {
        timed(&format!("verification of the export, {threads} thread(s)"), entries, || {
            let files = open_exported(&path)?;
            match verify_exported(files.as_ref(), Some(key.verifier()), threads) {
                Ok(done) if done.checkpoint.size == entries as u64 => Ok(()),
                other => Err(format!("{other:?}").into()),
            }
        })?;
    }
    std::fs::remove_file(path)?;
    Ok(())
}

fn timed(what: &str, entries: usize, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let (began, cpu) = (Instant::now(), own_cpu());
    work()?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), own_cpu() - cpu);
    println!("| {what} | {seconds:.2} s | {:.0} | {cpu:.2} s | {:.1} |", entries as f64 / seconds, load());
    Ok(())
}

/// Entries until there are so many; how many there are then.
fn make(agency: &Agency, wanted: usize) -> Result<usize, Failure> {
    let who = agency::officer();
    let mut turn = 0u64;
    loop {
        let newest = HistoryQuery { limit: 1, ..HistoryQuery::default() };
        let newest = agency.store.read(|tx: &mut dyn Reader| tx.history(&newest))?;
        let there = usize::try_from(newest.first().map_or(0, |entry| entry.sequence))?;
        if there >= wanted {
            return Ok(there);
        }
        let most = BATCH.min(wanted - there);
        let done = agency.store.write(|tx: &mut dyn Writer| {
            for place in 0..most as u64 {
                let number = scattered(0, turn + place);
                let Some(person) = agency.people.get(usize::try_from(number).unwrap_or_default() % PEOPLE) else {
                    continue;
                };
                if place % 10 == 0 {
                    let mail = json!(format!("p{number}@mihon.example"));
                    let mut change = ledger::Change::amend("person", person, 0, testkit::values([("mail", mail)]));
                    change.expected = tx.record(&change.ledger, person)?.map(|record| record.revision);
                    agency.kernel.commit(&mut *tx, &who, change)?;
                } else {
                    tx.append(&sign_in(&agency.kernel, &who.actor, person))?;
                }
            }
            Ok(())
        });
        done.map_err(refused)?;
        turn += most as u64;
    }
}

fn sign_in(kernel: &Kernel, actor: &Actor, account: &str) -> Entry {
    Entry {
        at: kernel.now(),
        actor: Actor { account: account.into(), ..actor.clone() },
        ledger: "account".into(),
        record: account.into(),
        revision: 0,
        act: "sign_in".into(),
        reason: None,
        state_before: None,
        state_after: None,
        changes: [("second_factor".to_string(), Changed { before: json!(null), after: json!("totp") })].into(),
        batch: None,
    }
}

fn seal(store: &Store, kernel: &Kernel, key: &SigningKey) -> Result<(), Failure> {
    let mut seen: Option<String> = None;
    loop {
        let now = kernel.now();
        let prepared = store.read(|tx: &mut dyn Reader| prepare(tx, key, seen.as_deref(), now, SEALED))?;
        let Some(seal) = prepared.seal else { return Ok(()) };
        if !store.write(|tx: &mut dyn Writer| tx.add_seal(&seal))? {
            return Err("somebody else seals".into());
        }
        seen = Some(seal.checkpoint.note);
    }
}

fn exported(store: &Store, path: &Path) -> Result<(), Failure> {
    let out = TarWriter::create(path)?;
    store.read(|tx: &mut dyn Reader| export(tx, out))?;
    Ok(())
}
