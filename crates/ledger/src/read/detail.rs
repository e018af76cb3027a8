//! One record: what may be seen of it and what may be done with it.

use chrono::{DateTime, Utc};

use crate::access::Access;
use crate::definition::{ClassSet, Ledger, Transition};
use crate::kernel::Kernel;
use crate::port::Reader;
use crate::principal::{Principal, Standing};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::write::Opened;

/// A transition that starts from the record's state and that the reader's roles could take.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The transition.
    pub transition: Transition,
    /// Why it cannot be taken now; none when it can.
    pub obstacle: Option<String>,
}

/// A record as one reader sees it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The record, unreadable fields taken out.
    pub record: Record,
    /// Classes that may be read.
    pub readable: ClassSet,
    /// Classes that may be amended now.
    pub writable: ClassSet,
    /// Transitions from here, with what stands against each.
    pub offers: Vec<Offer>,
    /// Document forms that may be printed.
    pub documents: Vec<String>,
    /// Whether the history may be read.
    pub history: bool,
}

impl Kernel {
    /// One record as it is now, or as it stood at an instant (then nothing can be done with it).
    pub fn detail(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        ledger: &str,
        id: &str,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Detail, Refusal> {
        let ledger = self.ledger(ledger)?;
        let access = Access::new(&ledger, who);
        let found = match as_of {
            None => tx.record(&ledger.name, id)?,
            Some(at) => tx.record_at(&ledger.name, id, at)?,
        };
        // Who reads records of this ledger at all is told that this one was disposed of.
        if found.is_none()
            && access.any()
            && let Some(by) = tx.disposed(&[id.to_owned()])?.remove(id)
        {
            return Err(Refusal::Disposed(by));
        }
        // A past version is judged by its own state, and the record must still be within reach today.
        let record = found.filter(|record| access.may_read(record)).ok_or(Refusal::NotFound)?;
        if as_of.is_some() && tx.record(&ledger.name, id)?.is_none_or(|now| !access.may_read(&now)) {
            return Err(Refusal::NotFound);
        }
        let past = as_of.is_some();
        Ok(Detail {
            readable: access.readable_classes(&record),
            writable: if past { ClassSet::default() } else { access.writable_classes(&record) },
            offers: if past { Vec::new() } else { self.offers(tx, &ledger, &record, who)? },
            documents: self.printable(&ledger, &record, &access),
            history: access.may_read_history(&record),
            record: access.redact(record),
        })
    }

    fn offers(
        &self,
        tx: &mut (impl Reader + ?Sized),
        ledger: &Ledger,
        record: &Record,
        who: &Principal,
    ) -> Result<Vec<Offer>, Refusal> {
        let access = Access::new(ledger, who);
        let candidates: Vec<&Transition> = ledger
            .workflow
            .transitions
            .iter()
            .filter(|transition| transition.from.contains(&record.state) && access.may_take(record, &transition.name))
            .collect();
        if candidates.is_empty() || who.standing == Standing::System {
            return Ok(Vec::new());
        }
        let opened = Opened::new(self, tx, ledger, record, None, who)?;
        let mut offers = Vec::new();
        for transition in candidates {
            let mut obstacle = crate::write::obstacle(ledger, transition, record, who);
            // A guard that only fails until its own fields are filled in is no obstacle yet.
            if obstacle.is_none()
                && transition.required.is_empty()
                && transition.fields.is_empty()
                && let Some(guard) = &transition.guard
                && !opened.holds(guard, &transition.name)?
            {
                obstacle = Some(transition.guard_message.clone());
            }
            offers.push(Offer { transition: transition.clone(), obstacle });
        }
        Ok(offers)
    }

    fn printable(&self, ledger: &Ledger, record: &Record, access: &Access<'_>) -> Vec<String> {
        ledger
            .documents
            .iter()
            .filter(|name| {
                let form = self.catalogue.documents.get(*name);
                form.is_some_and(|form| form.states.is_empty() || form.states.contains(&record.state))
            })
            .filter(|name| access.may_print(record, name))
            .cloned()
            .collect()
    }
}
