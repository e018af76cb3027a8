//! 今日の仕事: duties of one reader.

use std::collections::{BTreeMap, BTreeSet};

use calendar::remaining_phrase;

use crate::access::Access;
use crate::definition::Kind;
use crate::kernel::Kernel;
use crate::port::{Duty, DutyFilter, Reader, StoreError};
use crate::principal::Principal;
use crate::read::title::{self, Wanted};
use crate::record::Record;
use crate::refusal::Refusal;

/// A duty in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutySeen {
    /// The duty.
    pub duty: Duty,
    /// What is to be done.
    pub label: String,
    /// `あと3開庁日`, `期限超過 2開庁日`; none without a due day.
    pub remaining: Option<String>,
    /// Past its due day.
    pub overdue: bool,
    /// Title of the record that gathers the duty's one, such as the contract, as the reader may know it.
    pub of: Option<String>,
}

impl Kernel {
    /// Open duties that the reader holds, as a person and through roles, earliest first. One on a record that the reader
    /// may not read is left out: whoever answers for alerts does not judge the one about themselves.
    pub fn duties_of(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        limit: usize,
    ) -> Result<Vec<DutySeen>, Refusal> {
        let filter = DutyFilter {
            person: Some(who.person().unwrap_or("-").to_string()),
            roles: who.roles.iter().map(|held| (held.role.clone(), held.offices.clone())).collect(),
            limit,
            ..DutyFilter::default()
        };
        let mut duties = tx.duties(&filter)?;
        let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for duty in &duties {
            asked.entry(&duty.ledger).or_default().insert(duty.record.clone());
        }
        let mut open = BTreeMap::new();
        for (name, ids) in asked {
            let Some(ledger) = self.catalogue.ledger(name) else { continue };
            let access = Access::new(ledger, who);
            let records = tx.records(name, &ids.into_iter().collect::<Vec<_>>())?;
            let readable = records.into_iter().filter(|record| access.may_read(record));
            open.extend(readable.map(|record| (record.id.clone(), access.redact(record))));
        }
        duties.retain(|duty| open.contains_key(&duty.record));
        let gathering = self.gathering(tx, who, open.values())?;
        let of = |duty: &Duty| gathering.get(&duty.record).cloned();
        Ok(duties.into_iter().map(|duty| DutySeen { of: of(&duty), ..self.duty_in_words(duty) }).collect())
    }

    /// Titles of the records that gather these ([`Ledger::gathers`](crate::definition::Ledger::gathers)), by the identifier
    /// of the gathered one. Left out where the reader may not know the title.
    ///
    /// # Errors
    /// Those of the database.
    pub fn gathering<'r>(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let mut wanted = Vec::new();
        for record in records {
            let Some(ledger) = self.catalogue.ledger(&record.ledger) else { continue };
            let gathers = |name: &str| self.catalogue.ledger(name).is_some_and(|target| target.gathers);
            let first = ledger.fields.iter().find(
                |field| matches!(&field.kind, Kind::Reference { ledger: target, many: false } if gathers(target)),
            );
            let Some((field, target)) = first.and_then(|field| Some((field, field.target()?))) else { continue };
            if let Some(id) = record.text(&field.name) {
                wanted.push((&record.id, Wanted { ledger: target, id, named: field.named }));
            }
        }
        let titles = title::many(&self.catalogue, tx, who, wanted.iter().map(|(_, wanted)| *wanted))?;
        let told = wanted.into_iter().filter_map(|(record, wanted)| {
            let known = wanted.named || titles.open(wanted.ledger, wanted.id);
            known.then(|| (record.clone(), titles.get(wanted.ledger, wanted.id).to_owned()))
        });
        Ok(told.collect())
    }

    /// Open duties of one record, for its page. The caller has made sure that the record may be read.
    pub fn duties_on(
        &self,
        tx: &mut (impl Reader + ?Sized),
        ledger: &str,
        record: &str,
    ) -> Result<Vec<DutySeen>, Refusal> {
        let filter = DutyFilter {
            ledger: Some(ledger.into()),
            record: Some(record.into()),
            limit: 100,
            ..DutyFilter::default()
        };
        Ok(tx.duties(&filter)?.into_iter().map(|duty| self.duty_in_words(duty)).collect())
    }

    /// A duty with its words as of today.
    pub fn duty_in_words(&self, duty: Duty) -> DutySeen {
        let today = self.today();
        let label = self
            .catalogue
            .ledger(&duty.ledger)
            .and_then(|ledger| ledger.duties.iter().find(|rule| rule.name == duty.name))
            .map_or(duty.name.clone(), |rule| rule.label.clone());
        DutySeen {
            remaining: duty.due.map(|due| remaining_phrase(today, due, &self.calendar)),
            overdue: duty.due.is_some_and(|due| due < today),
            of: None,
            label,
            duty,
        }
    }
}
