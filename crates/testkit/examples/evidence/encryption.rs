//! What encryption costs: a list of 50 people, the same as of a past instant, and an audited update, with and without
//! encryption of the file and of the protected fields, in one run.

use std::time::Instant;

use chrono::{DateTime, Utc};
use ledger::read::ListRequest;

use crate::agency::{self, Agency, Encryption, FULL, refused};
use crate::machine::{load, median};
use crate::{Failure, Plan, updates};

const WAYS: [(&str, Encryption); 4] = [
    ("neither", Encryption { file: false, fields: false }),
    ("the file", Encryption { file: true, fields: false }),
    ("fields", Encryption { file: false, fields: true }),
    ("both, as shipped", FULL),
];

/// Lists of one measurement.
const LISTS: usize = 100;

struct Way {
    name: &'static str,
    agency: Agency,
    seen: Vec<i64>,
    /// An instant at which every person had another mail address than today.
    past: DateTime<Utc>,
    measured: [Vec<f64>; 4],
}

pub fn measure(plan: &Plan) -> Result<(), Failure> {
    let mut ways = Vec::new();
    for (number, (name, encryption)) in WAYS.into_iter().enumerate() {
        let agency = Agency::fill(agency::sqlite(&plan.folder.join(format!("encryption-{number}")), encryption)?)?;
        let past = agency.kernel.now();
        let mut seen = vec![1; agency.people.len()];
        updates::audited(&agency, &mut seen, 8, plan.seconds)?;
        ways.push(Way { name, agency, seen, past, measured: Default::default() });
    }
    let mut loads = Vec::new();
    for _ in 0..plan.rounds {
        for way in &mut ways {
            let [list, past, one, eight] = &mut way.measured;
            list.push(lists(&way.agency, None)?);
            past.push(lists(&way.agency, Some(way.past))?);
            one.push(1e3 / updates::audited(&way.agency, &mut way.seen, 1, plan.seconds)?);
            eight.push(1e3 / updates::audited(&way.agency, &mut way.seen, 8, plan.seconds)?);
        }
        loads.push(load());
    }
    println!("\n### What encryption costs (SQLite, median of {} rounds taken in turn, ms each)\n", plan.rounds);
    println!("load {:.1}; lists are read by the personnel officer, without HTTP\n", median(loads));
    println!(
        "| encrypted | list of 50 people | the same as of a past instant | update, 1 writer | update, 8 writers |"
    );
    println!("|---|---|---|---|---|");
    let mut first: Option<[f64; 4]> = None;
    for way in ways {
        let medians = way.measured.map(median);
        let base = *first.get_or_insert(medians);
        let cells: Vec<String> =
            medians.iter().zip(base).map(|(one, base)| format!("{one:.2} ({:.2}×)", one / base)).collect();
        println!("| {} | {} |", way.name, cells.join(" | "));
    }
    Ok(())
}

/// Milliseconds of one list of 50 people.
fn lists(agency: &Agency, as_of: Option<DateTime<Utc>>) -> Result<f64, Failure> {
    let who = agency::officer();
    let request = ListRequest { ledger: "person".into(), limit: 50, as_of, ..ListRequest::default() };
    let began = Instant::now();
    for _ in 0..LISTS {
        let page = agency.store.read(|tx| agency.kernel.list(tx, &who, &request)).map_err(refused)?;
        if page.records.len() != 50 || page.records.iter().any(|person| person.text("mail").is_none()) {
            return Err("the list is not what it should be".into());
        }
    }
    Ok(began.elapsed().as_secs_f64() * 1e3 / LISTS as f64)
}
