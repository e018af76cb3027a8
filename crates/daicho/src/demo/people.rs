//! Organisation, posts, people, assignments and lines, imported as tables.

use exchange::{ImportEnd, ImportPlan};
use ledger::import::{Cell, Incoming, Line};
use ledger::port::Writer;
use ledger::{Principal, Problem, Refusal};

use crate::installation::Installation;
use crate::sample::{Rows, SampleAgency};

/// Import the tables of the agency, and install the standard scales and items of evaluation.
pub fn add(installation: &Installation, agency: &SampleAgency) -> Result<(), Refusal> {
    for rows in [
        agency.organisation_rows(),
        agency.post_rows(),
        agency.person_rows(),
        agency.assignment_rows(),
        agency.evaluation_line_rows(),
    ] {
        table(installation, &rows)?;
    }
    let kernel = installation.kernel();
    installation.store.write(move |tx: &mut dyn Writer| {
        talent::evaluation::standard::install(tx, &kernel, &Principal::system("demo"))?;
        engagement::payment::rates::install(tx, &kernel, &Principal::system("demo")).map(|_| ())
    })
}

fn table(installation: &Installation, rows: &Rows) -> Result<(), Refusal> {
    let incoming = Incoming {
        headings: rows.header.iter().map(|heading| (*heading).to_string()).collect(),
        lines: rows
            .rows
            .iter()
            .enumerate()
            .map(|(number, row)| Line {
                number: number + 2,
                cells: row.iter().map(|text| Cell { text: text.clone(), address: String::new() }).collect(),
            })
            .collect(),
    };
    let plan = ImportPlan { ledger: rows.ledger.into(), accept_characters: true, ..ImportPlan::default() };
    let kernel = installation.kernel();
    let outcome = installation.store.write(move |tx: &mut dyn Writer| {
        let who = Principal::system("demo");
        exchange::import(&kernel, tx, &who, &incoming, &plan, &|_, _| true).map(|_| ())
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(ImportEnd::Refusal(refusal)) => Err(refusal),
        Err(ImportEnd::Refused(report) | ImportEnd::Dry(report)) => {
            let problems = report.problems.into_iter().take(10);
            Err(Refusal::Invalid(
                problems.map(|p| Problem::record(format!("{}行目 {}: {}", p.row, p.column, p.message))).collect(),
            ))
        }
    }
}
