//! Keeping obligations in step with their contract: made where one is missing, moved where the date is another, withdrawn
//! where its span or record is no more. What is closed, handed in or agreed on stays.

use std::collections::BTreeMap;

use ledger::definition::{Ledger, Terms};
use ledger::port::{Reader, Writer};
use ledger::query::Filter;
use ledger::{Body, Change, Kernel, Principal, Record, Refusal, find};
use serde_json::Value;

use super::wanted::{Contract, Key, Wanted};
use super::{of, reference};
use crate::names::{contract, made, state};

/// Why obligations move when their contract or its records do.
const FOLLOWED: &str = "契約の日付か決めたことが変わり、期限を数え直しました。";
/// Most records of a ledger that one contract may have something due for.
const MOST_EVENTS: usize = 20_000;

/// Bring all obligations of a contract in step.
///
/// # Errors
/// What the write path refuses.
pub fn contract(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    before: Option<&Record>,
    after: &Record,
    batch: Option<&str>,
) -> Result<(), Refusal> {
    let catalogue = kernel.catalogue.clone();
    let named = after.text(contract::TERMS);
    let former = before.and_then(|before| of(&catalogue, before)).filter(|terms| Some(terms.name.as_str()) != named);
    if let Some(former) = former {
        // What came from other terms goes first, so that nothing of it is taken for something of the new ones.
        let existing = existing(tx, kernel, former, after, Filter::Everything)?;
        Keeping { kernel, terms: former, contract: after, batch, moved: FOLLOWED }.keep(tx, existing, Vec::new())?;
    }
    let Some(terms) = of(&catalogue, after) else { return Ok(()) };
    let differences = differences(tx, kernel, terms, after)?;
    Keeping { kernel, terms, contract: after, batch, moved: FOLLOWED }.settle(tx, differences)
}

/// Bring all obligations of a contract in step though neither it nor its records changed, but what dates are counted by.
/// Returns what was done.
///
/// # Errors
/// What the write path refuses.
pub fn again(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    record: &Record,
    batch: &str,
    reason: &str,
) -> Result<Vec<Difference>, Refusal> {
    let catalogue = kernel.catalogue.clone();
    let Some(terms) = of(&catalogue, record) else { return Ok(Vec::new()) };
    let differences = differences(tx, kernel, terms, record)?;
    let keeping = Keeping { kernel, terms, contract: record, batch: Some(batch), moved: reason };
    keeping.settle(tx, differences.clone())?;
    Ok(differences)
}

/// What one obligation needs to be in step.
#[derive(Debug, Clone)]
pub enum Difference {
    /// It is not there.
    Missing(Wanted),
    /// It is open, not agreed on, and has another date or other words.
    Moved(Record, Wanted),
    /// It is open, not agreed on, and its span or record is no more.
    Gone(Record),
}

impl Difference {
    /// Whether its day becomes another one, not only its words.
    pub fn moves(&self) -> bool {
        matches!(self, Self::Moved(record, wanted) if find::date(record, made::DUE_ON) != wanted.due)
    }
}

/// What is not in step with the contract as it is now. Nothing is written.
///
/// # Errors
/// Those of the database, and a contract that would have too many.
pub fn differences(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    terms: &Terms,
    record: &Record,
) -> Result<Vec<Difference>, Refusal> {
    let existing = existing(tx, kernel, terms, record, Filter::Everything)?;
    let wanted = if record.state == state::CANCELLED { Vec::new() } else { wanted(tx, kernel, terms, record)? };
    Ok(compare(&*kernel.ledger(&terms.makes)?, terms, existing, wanted))
}

/// Compare what is there with what is wanted.
fn compare(ledger: &Ledger, terms: &Terms, existing: Vec<Record>, wanted: Vec<Wanted>) -> Vec<Difference> {
    let mut there: BTreeMap<Key, Record> = BTreeMap::new();
    for record in existing {
        let Some(key) = Key::of(terms, &record) else { continue };
        // What was withdrawn by us comes back as a new one; what a person found unnecessary stays so.
        if !withdrawn(ledger, &record) {
            there.insert(key, record);
        }
    }
    let mut differences = Vec::new();
    for one in wanted {
        match there.remove(&one.key) {
            None => differences.push(Difference::Missing(one)),
            Some(record) if movable(ledger, &record) && !moved(terms, &record, &one).is_empty() => {
                differences.push(Difference::Moved(record, one));
            }
            Some(_) => {}
        }
    }
    let gone = there.into_values().filter(|record| movable(ledger, record));
    differences.extend(gone.map(Difference::Gone));
    differences
}

/// Everything that the contract wants, its records included.
fn wanted(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    terms: &Terms,
    record: &Record,
) -> Result<Vec<Wanted>, Refusal> {
    let contract = Contract::new(kernel, terms, record);
    let mut wanted = contract.planned()?;
    let mut ledgers: Vec<&str> = Vec::new();
    for item in &terms.items {
        if let ledger::definition::Every::Record { ledger } = &item.every
            && !ledgers.contains(&ledger.as_str())
        {
            ledgers.push(ledger);
        }
    }
    for name in ledgers {
        let ledger = kernel.ledger(name)?;
        let Some(field) = reference(&ledger, &terms.ledger) else { continue };
        for event in find::all(tx, name, find::is(&field.name, &record.id), MOST_EVENTS)? {
            for item in terms.items_of(name) {
                wanted.extend(contract.for_event(kernel, tx, &ledger, item, &event)?);
            }
        }
    }
    Ok(wanted)
}

/// Bring the obligations for one record of a ledger in step.
///
/// # Errors
/// What the write path refuses.
pub fn event(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    terms: &Terms,
    before: Option<&Record>,
    after: &Record,
    batch: Option<&str>,
) -> Result<(), Refusal> {
    let ledger = kernel.ledger(&after.ledger)?;
    let Some(field) = reference(&ledger, &terms.ledger) else { return Ok(()) };
    let now = after.text(&field.name);
    let was = before.and_then(|before| before.text(&field.name)).filter(|was| Some(*was) != now);
    for (id, holds) in was.map(|was| (was, false)).into_iter().chain(now.map(|now| (now, true))) {
        // Locked: a change of the contract at the same moment comes before this, or sees this record.
        let Some(record) = tx.record_locked(&terms.ledger, id)? else { continue };
        if record.text(contract::TERMS) != Some(terms.name.as_str()) {
            continue;
        }
        let mut wanted = Vec::new();
        if holds && record.state != state::CANCELLED {
            let contract = Contract::new(kernel, terms, &record);
            for item in terms.items_of(&after.ledger) {
                wanted.extend(contract.for_event(kernel, tx, &ledger, item, after)?);
            }
        }
        let items: Vec<&str> = terms.items_of(&after.ledger).map(|item| item.name.as_str()).collect();
        let only = find::one_of(made::ITEM, &items).and(find::is(made::EVENT, &after.id));
        let existing = existing(tx, kernel, terms, &record, only)?;
        Keeping { kernel, terms, contract: &record, batch, moved: FOLLOWED }.keep(tx, existing, wanted)?;
    }
    Ok(())
}

/// Obligations of a contract that were made from terms.
fn existing(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    terms: &Terms,
    contract: &Record,
    only: Filter,
) -> Result<Vec<Record>, Refusal> {
    let ledger = kernel.ledger(&terms.makes)?;
    let Some(field) = reference(&ledger, &terms.ledger) else { return Ok(Vec::new()) };
    let filter = find::is(&field.name, &contract.id).and(only);
    let mut found = find::all(tx, &terms.makes, filter, find::MOST)?;
    found.retain(|record| record.text(made::ITEM).is_some());
    Ok(found)
}

struct Keeping<'k> {
    kernel: &'k Kernel,
    terms: &'k Terms,
    contract: &'k Record,
    batch: Option<&'k str>,
    /// Why what moves does so.
    moved: &'k str,
}

impl Keeping<'_> {
    /// Compare what is there with what is wanted, and write the difference.
    fn keep(&self, tx: &mut dyn Writer, existing: Vec<Record>, wanted: Vec<Wanted>) -> Result<(), Refusal> {
        let ledger = self.kernel.ledger(&self.terms.makes)?;
        self.settle(tx, compare(&ledger, self.terms, existing, wanted))
    }

    fn settle(&self, tx: &mut dyn Writer, differences: Vec<Difference>) -> Result<(), Refusal> {
        for one in differences {
            match one {
                Difference::Missing(wanted) => self.make(tx, &wanted)?,
                Difference::Moved(record, wanted) => {
                    let change =
                        Change::amend(&record.ledger, &record.id, record.revision, moved(self.terms, &record, &wanted));
                    self.commit(tx, change.because(self.moved))?;
                }
                Difference::Gone(record) => {
                    let change = Change::transition(&record.ledger, &record.id, record.revision, state::WAIVE)
                        .because("契約の日付、決まり、もとの記録が変わり、対象がなくなりました。");
                    self.commit(tx, change)?;
                }
            }
        }
        Ok(())
    }

    fn make(&self, tx: &mut dyn Writer, wanted: &Wanted) -> Result<(), Refusal> {
        let ledger = self.kernel.ledger(&self.terms.makes)?;
        let (Some(item), Some(field)) = (self.terms.item(&wanted.key.item), reference(&ledger, &self.terms.ledger))
        else {
            return Ok(());
        };
        let mut values: Body = item.values.iter().cloned().collect();
        let (event_ledger, event) = wanted.key.event.clone().unzip();
        let texts = [
            (field.name.as_str(), Some(self.contract.id.clone())),
            (made::ITEM, Some(item.name.clone())),
            (made::LABEL, Some(item.label.clone())),
            (made::SPAN, Some(wanted.span.clone())),
            (made::PERIOD, wanted.key.period.map(|day| day.to_string())),
            (made::EVENT_LEDGER, event_ledger),
            (made::EVENT, event),
            (made::DUE_ON, wanted.due.map(|day| day.to_string())),
            (made::COUNTED, Some(wanted.counted.clone())),
            (made::CLAUSE, Some(item.clause.clone())),
            (made::SOURCE, Some(self.terms.source.clone())),
        ];
        for (name, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                values.insert(name.to_owned(), text.into());
            }
        }
        self.commit(tx, Change::create(&self.terms.makes, values))
    }

    fn commit(&self, tx: &mut dyn Writer, mut change: Change) -> Result<(), Refusal> {
        change.batch = self.batch.map(str::to_owned);
        self.kernel.commit(tx, &Principal::system("terms"), change).map(|_| ())
    }
}

/// Values by which an obligation differs from what is wanted.
fn moved(terms: &Terms, record: &Record, wanted: &Wanted) -> Body {
    let due = wanted.due.map_or(Value::Null, |day| day.to_string().into());
    let mut values = Body::new();
    for (name, value) in [
        (made::DUE_ON, due),
        (made::COUNTED, wanted.counted.as_str().into()),
        (made::SPAN, wanted.span.as_str().into()),
    ] {
        let same = *record.value(name) == value || value == "" && record.value(name).is_null();
        if !same {
            values.insert(name.to_owned(), value);
        }
    }
    let acts = terms.item(&wanted.key.item).into_iter().flat_map(|item| &item.values);
    for (name, value) in acts.filter(|(name, _)| [made::MET_BY, made::ACCEPTED_BY].contains(&name.as_str())) {
        if record.value(name) != value {
            values.insert(name.clone(), value.clone());
        }
    }
    values
}

/// Whether it is open and both sides have not agreed on its date.
fn movable(ledger: &Ledger, record: &Record) -> bool {
    is_open(ledger, record) && record.value(made::FIXED) != &Value::Bool(true)
}

/// Whether it is still to be done: it could be found unnecessary.
pub fn is_open(ledger: &Ledger, record: &Record) -> bool {
    ledger.workflow.transition(state::WAIVE).is_some_and(|waive| waive.from.contains(&record.state))
}

/// Whether it was withdrawn by the program, because its span or record was gone.
fn withdrawn(ledger: &Ledger, record: &Record) -> bool {
    let to = |name: &str| {
        ledger.workflow.transition(name).is_some_and(|one| one.to.iter().any(|to| to.state == record.state))
    };
    let system = Principal::system("terms").actor.account;
    to(state::WAIVE) && record.acts.get(state::WAIVE).is_some_and(|act| act.account == system)
}
