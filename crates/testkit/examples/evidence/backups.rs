//! Backup, check and restore of the database that the journal's measurement left, in megabytes of the database a second.
//! The steps are those of `daicho backup` and `daicho restore`: a copy of the whole database while it serves, into an
//! archive for one receiver; every part read and compared with the manifest; a database made of the copy.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use backup::{ArchiveWriter, DATABASE, ExposeSecret, FORMAT, JournalState, Lock, Manifest, Opener, new_identity, pass};
use store::{CopyKey, CopyPlace, PostgresTools, SqliteOptions, Store};

use crate::agency::{self, FULL};
use crate::machine::{load, own_cpu};
use crate::{Failure, Plan};

/// Key of the copy; a real one is drawn for each backup.
const KEY: [u8; 32] = [9; 32];

pub fn measure(plan: &Plan) -> Result<(), Failure> {
    let folder = plan.folder.join("journal");
    if !folder.join("daicho.db").is_file() {
        return Err("`journal` makes the database that is backed up: measure it first".into());
    }
    let store = agency::opened(&folder, FULL)?;
    let bytes = std::fs::metadata(folder.join("daicho.db"))?.len();
    let (identity, receiver) = new_identity();
    let lock = Lock::recipients([receiver.as_str()])?;
    let opener = Opener::identities(identity.expose_secret())?;
    let target = plan.folder.join("measured.backup");
    println!("\n### Backup of a database of {} MB\n", bytes / 1_000_000);
    println!("| | time | MB/s | CPU | load |");
    println!("|---|---|---|---|---|");
    for _ in 0..plan.rounds {
        let _ = std::fs::remove_file(&target);
        timed("backup", bytes, || take(&store, &target, &lock))?;
        timed("check: every part against the manifest", bytes, || {
            pass(&target, &opener, &mut |_| Ok(()))?;
            Ok(())
        })?;
        timed("restore: a database made of it", bytes, || restore(&target, &opener, &plan.folder.join("restored")))?;
    }
    println!("\nThe backup has {} MB.", std::fs::metadata(&target)?.len() / 1_000_000);
    std::fs::remove_file(&target)?;
    Ok(())
}

fn take(store: &Store, target: &Path, lock: &Lock) -> Result<(), Failure> {
    let now = calendar::Clock::now(&calendar::SystemClock);
    let mut archive = ArchiveWriter::create(target, lock, 0)?;
    let place = CopyPlace { scratch: target.with_extension("copy"), tools: PostgresTools::default() };
    let facts = store.copy(&place, &CopyKey(KEY), &mut |_| true, &mut |piece| archive.database(piece))?;
    let journal = JournalState {
        origin: None,
        entries: facts.entries,
        last_sequence: facts.last_sequence,
        last_at: facts.last_at,
        checkpoint: None,
    };
    archive.finish(Manifest {
        format: FORMAT.into(),
        program: env!("CARGO_PKG_VERSION").into(),
        taken_at: now,
        agency: "measured".into(),
        database: facts.database,
        namespace: facts.namespace,
        schema: facts.schema,
        records: facts.records,
        journal,
        keyring: None,
        parts: Vec::new(),
    })?;
    Ok(())
}

fn restore(from: &Path, opener: &Opener, folder: &Path) -> Result<(), Failure> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    let copy = folder.join("copy");
    let mut file = File::create(&copy)?;
    pass(from, opener, &mut |part| {
        if part.name.starts_with(DATABASE) {
            std::io::copy(part.content, &mut file)
                .map_err(|error| backup::Problem::File(part.name.to_string(), error))?;
        }
        Ok(())
    })?;
    file.sync_all()?;
    let options = SqliteOptions::default();
    store::load_sqlite(&copy, &CopyKey(KEY), &folder.join("daicho.db"), &options, &mut |_| true)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn timed(what: &str, bytes: u64, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let (began, cpu) = (Instant::now(), own_cpu());
    work()?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), own_cpu() - cpu);
    println!("| {what} | {seconds:.2} s | {:.0} | {cpu:.2} s | {:.1} |", bytes as f64 / 1e6 / seconds, load());
    Ok(())
}
