//! Audited updates a second with one and with eight writers, beside the peers.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use crate::agency::{self, Agency, FULL};
use crate::machine::{load, median, own_cpu, server_cpu};
use crate::peers::{Plain, PlainPostgres, PlainSqlite, rate, scattered};
use crate::{Failure, Plan};

const WRITERS: [usize; 2] = [1, 8];

/// Audited updates by so many writers, each with people of its own so that none meets a conflict of its own making.
pub fn audited(agency: &Agency, seen: &mut [i64], writers: usize, seconds: f64) -> Result<f64, Failure> {
    let part = agency.people.len() / writers;
    let shares = agency.people.chunks(part).zip(seen.chunks_mut(part)).take(writers).enumerate().collect();
    let who = agency::officer();
    rate(shares, seconds, |(writer, (people, seen)), turn| {
        let number = scattered(*writer, turn);
        let place = usize::try_from(number).unwrap_or_default() % people.len();
        let (Some(person), Some(seen)) = (people.get(place), seen.get_mut(place)) else { return Ok(()) };
        *seen = agency.update(&who, person, *seen, number)?;
        Ok(())
    })
}

/// How often a second this disk takes 32 KiB to safety: the bound of a lone writer.
fn flushes(plan: &Plan) -> Result<f64, Failure> {
    let path = plan.folder.join("flush");
    let mut file = std::fs::File::create(&path)?;
    let began = Instant::now();
    for _ in 0..200 {
        file.write_all(&[7; 32 * 1024])?;
        file.sync_data()?;
    }
    let seconds = began.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(200.0 / seconds)
}

/// Audited updates with eight writers on SQLite and nothing else.
pub fn only(plan: &Plan) -> Result<(), Failure> {
    let ours = Agency::fill(agency::sqlite(&plan.folder.join("only"), FULL)?)?;
    let mut seen = vec![1; ours.people.len()];
    for _ in 0..plan.rounds {
        let (cpu, before) = (own_cpu(), ours.store.statistics());
        let rate = audited(&ours, &mut seen, 8, plan.seconds)?;
        let (cpu, after) = (own_cpu() - cpu, ours.store.statistics());
        let shared = (after.transactions - before.transactions) as f64 / (after.commits - before.commits) as f64;
        let each = cpu * 1e3 / (rate * plan.seconds);
        println!("{rate:.0}/s, {each:.2} ms CPU, {shared:.1} a commit, load {:.1}", load());
    }
    Ok(())
}

#[derive(Default)]
struct Measured {
    rates: Vec<f64>,
    /// CPU milliseconds of an update: this process, and the server of the database.
    own: Vec<f64>,
    server: Vec<f64>,
}

/// One kind of work, as it is measured round by round.
struct Column<'c> {
    name: String,
    /// A process of the PostgreSQL server, where there is one.
    backend: Option<i32>,
    work: Box<dyn FnMut(usize) -> Result<f64, Failure> + 'c>,
}

pub fn measure(plan: &Plan) -> Result<(), Failure> {
    let folder = plan.folder.join("updates");
    let ours = Agency::fill(agency::sqlite(&folder, FULL)?)?;
    let plain = PlainSqlite::new(&folder.join("plain.db"))?;
    let mut seen = vec![1; ours.people.len()];
    let seconds = plan.seconds;
    let (served, server, mut client);
    let mut seen_there = vec![1; agency::PEOPLE];
    let mut columns = vec![
        Column {
            name: "SQLite: audited update".into(),
            backend: None,
            work: Box::new(|writers| audited(&ours, &mut seen, writers, seconds)),
        },
        Column {
            name: "peer: plain SQLite, row and log line".into(),
            backend: None,
            work: Box::new(|writers| plain.run(writers, seconds)),
        },
    ];
    if let Some(url) = &plan.postgres {
        served = Agency::fill(agency::postgres(&plan.folder.join("updates-keys"), url)?)?;
        server = PlainPostgres::new(url)?;
        client = ::postgres::Client::connect(url, ::postgres::NoTls)?;
        let backend = Some(client.query_one("SELECT pg_backend_pid()", &[])?.get(0));
        columns.push(Column {
            name: "PostgreSQL: audited update".into(),
            backend,
            work: Box::new(|writers| audited(&served, &mut seen_there, writers, seconds)),
        });
        match server.audits {
            true => columns.push(Column {
                name: "peer: PostgreSQL with pgaudit, row and log line".into(),
                backend,
                work: Box::new(|writers| server.run(Plain::Audited, writers, seconds)),
            }),
            false => println!("SKIPPED: pgaudit (not in shared_preload_libraries)"),
        }
        columns.push(Column {
            name: "peer: PostgreSQL, plain insert".into(),
            backend,
            work: Box::new(|writers| server.run(Plain::Insert, writers, seconds)),
        });
    }
    let mut measured: BTreeMap<(usize, usize), Measured> = BTreeMap::new();
    let (mut loads, mut disk) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        disk.push(flushes(plan)?);
        for writers in WRITERS {
            for (place, column) in columns.iter_mut().enumerate() {
                let server = |backend: Option<i32>| backend.map_or(0.0, server_cpu);
                let before = (own_cpu(), server(column.backend));
                let rate = (column.work)(writers)?;
                let after = (own_cpu(), server(column.backend));
                let done = rate * seconds;
                let into = measured.entry((place, writers)).or_default();
                into.rates.push(rate);
                into.own.push((after.0 - before.0) * 1e3 / done);
                into.server.push((after.1 - before.1) * 1e3 / done);
            }
        }
        loads.push(load());
    }
    println!("\n### Audited updates (median of {} rounds of {seconds} s, taken in turn)\n", plan.rounds);
    println!("load {:.1}; the disk takes {:.0} flushes of 32 KiB a second\n", median(loads), median(disk));
    println!("| | 1 writer | CPU each | 8 writers | CPU each | of the audited SQLite update, 1 / 8 |");
    println!("|---|---|---|---|---|---|");
    let mut first = None;
    for (place, column) in columns.iter().enumerate() {
        let cells: Vec<(f64, f64, f64)> = WRITERS
            .iter()
            .filter_map(|writers| measured.remove(&(place, *writers)))
            .map(|one| (median(one.rates), median(one.own), median(one.server)))
            .collect();
        let [one, eight] = cells[..] else { continue };
        let (base_one, base_eight) = *first.get_or_insert((one.0, eight.0));
        let cpu = |cell: (f64, f64, f64)| match column.backend {
            None => format!("{:.2} ms", cell.1),
            Some(_) => format!("{:.2} + {:.2} ms", cell.1, cell.2),
        };
        println!(
            "| {} | {:.0}/s | {} | {:.0}/s | {} | {:.2} / {:.2} |",
            column.name,
            one.0,
            cpu(one),
            eight.0,
            cpu(eight),
            one.0 / base_one,
            eight.0 / base_eight
        );
    }
    Ok(())
}
