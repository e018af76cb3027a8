//! Duties that are open while the record stands as it does.

use crate::definition::{DutyRule, Holder, Ledger};
use crate::kernel::Kernel;
use crate::port::{Duty, Writer};
use crate::principal::Principal;
use crate::read::title;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::write::{Opened, OpenedBefore};

/// Make the open duties of the record those that its rules say.
pub fn renew(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    opened_before: &mut OpenedBefore,
    ledger: &Ledger,
    record: &Record,
) -> Result<(), Refusal> {
    if ledger.duties.is_empty() {
        return Ok(());
    }
    let who = Principal::system("duties");
    let opened = Opened::again(kernel, tx, opened_before, ledger, record, None, &who)?;
    let title = title::of(&kernel.catalogue, tx, ledger, record)?;
    let mut open = Vec::new();
    for rule in &ledger.duties {
        if !applies(rule, record, &opened)? {
            continue;
        }
        let due = rule.due.as_ref().and_then(|due| due.resolve(&|path| opened.date(path), &kernel.calendar));
        let duty = Duty {
            ledger: ledger.name.clone(),
            record: record.id.clone(),
            name: rule.name.clone(),
            person: None,
            role: None,
            office: None,
            due,
            opened_at: record.recorded_at,
            closed_at: None,
            title: title.clone(),
        };
        match &rule.holder {
            Holder::Person { field } => open.extend(
                record.references(field).into_iter().map(|person| Duty { person: Some(person.into()), ..duty.clone() }),
            ),
            Holder::Role { role, office } => open.push(Duty {
                role: Some(role.clone()),
                office: office.as_ref().and_then(|field| record.text(field)).map(String::from),
                ..duty
            }),
        }
    }
    tx.set_duties(&ledger.name, &record.id, &open, kernel.now())?;
    Ok(())
}

impl Kernel {
    /// Reckon the duties of a record anew: its rules or the calendar changed, the record did not.
    pub fn renew_duties(&self, tx: &mut dyn Writer, record: &Record) -> Result<(), Refusal> {
        let ledger = self.ledger(&record.ledger)?;
        renew(self, tx, &mut OpenedBefore::default(), &ledger, record)
    }
}

fn applies(rule: &DutyRule, record: &Record, opened: &Opened) -> Result<bool, Refusal> {
    if !rule.states.contains(&record.state) {
        return Ok(false);
    }
    match &rule.when {
        None => Ok(true),
        Some(condition) => opened.holds(condition, &rule.name),
    }
}

/// Renew the duties of records whose due days are reckoned from a date in this record, when one of its dates moved.
pub fn renew_dependents(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    ledger: &Ledger,
    before: Option<&Record>,
    after: &Record,
) -> Result<(), Refusal> {
    let dependents = kernel.duty_dependents(&ledger.name);
    let Some(before) = before.filter(|before| !dependents.is_empty() && before.body != after.body) else {
        return Ok(());
    };
    // More referrers than an agency has people would be a definition gone wrong, not work to be done in one act.
    for row in tx.referrers(&ledger.name, &before.id, 100_000)? {
        if !dependents.iter().any(|(ledger, field)| *ledger == row.ledger && *field == row.field) {
            continue;
        }
        let definition = kernel.ledger(&row.ledger)?;
        // Locked: its own change at the same moment comes before this, and is then seen here, or after.
        if let Some(record) = tx.record_locked(&row.ledger, &row.record)? {
            renew(kernel, tx, &mut OpenedBefore::default(), &definition, &record)?;
        }
    }
    Ok(())
}
