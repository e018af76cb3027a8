//! What the evidence costs: audited updates, sealing, verification, encryption and backups, each beside its peer in the same run.
//!
//! `cargo run --release -p testkit --example evidence -- DIRECTORY [updates] [encryption] [journal] [backup] [--rounds N]
//! [--seconds S] [--entries N]`; without a name all are measured. PostgreSQL is measured where `DAICHO_TEST_POSTGRES` names
//! a server, and pgaudit where that server has loaded it. `only` makes nothing but audited updates with eight writers on
//! SQLite, `verify` nothing but the verification of the database that `journal` left, for a profiler. Rows are printed as a Markdown table; see bench/README.md.
//!
//! Daicho is measured at its write path ([`ledger::Kernel::commit`] in [`store::Store::write`]) with everything an
//! installation has: the file encrypted, protected fields locked, guards, stamps, every commit flushed. Only HTTP is missing.

mod agency;
mod backups;
mod encryption;
mod journals;
mod machine;
mod peers;
mod updates;

use std::path::PathBuf;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever ends a measurement.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How it is measured.
pub struct Plan {
    /// Where databases are made: a folder on the disk, not in memory.
    pub folder: PathBuf,
    /// PostgreSQL, where there is one.
    pub postgres: Option<String>,
    /// How often everything is measured, one after another; the median counts.
    pub rounds: usize,
    /// Seconds of one measurement.
    pub seconds: f64,
    /// Entries that are sealed and verified.
    pub entries: usize,
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("evidence DIRECTORY [updates] [encryption] [journal] [--rounds N] …")?;
    let postgres = std::env::var("DAICHO_TEST_POSTGRES").ok();
    let mut plan = Plan { folder: folder.into(), postgres, rounds: 5, seconds: 1.5, entries: 1_000_000 };
    let mut wanted = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--rounds" => plan.rounds = value()?.parse()?,
            "--seconds" => plan.seconds = value()?.parse()?,
            "--entries" => plan.entries = value()?.parse()?,
            _ => wanted.push(argument),
        }
    }
    if wanted.iter().any(|one| one == "only") {
        std::fs::create_dir_all(&plan.folder)?;
        return updates::only(&plan);
    }
    if wanted.iter().any(|one| one == "verify") {
        return journals::again(&plan);
    }
    let asked = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    std::fs::create_dir_all(&plan.folder)?;
    if asked("updates") {
        updates::measure(&plan)?;
    }
    if asked("encryption") {
        encryption::measure(&plan)?;
    }
    if asked("journal") {
        journals::measure(&plan)?;
    }
    if asked("backup") {
        backups::measure(&plan)?;
    }
    Ok(())
}
