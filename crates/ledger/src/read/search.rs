//! Search over everything one may see.

use super::{list::search_filter, title};
use crate::access::Access;
use crate::kernel::Kernel;
use crate::port::Reader;
use crate::principal::Principal;
use crate::query::{Operand, Query, Sort};
use crate::refusal::Refusal;
use crate::search::query_grams;

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Ledger.
    pub ledger: String,
    /// Record.
    pub record: String,
    /// Title as the reader may see it.
    pub title: String,
    /// Reading of the title, if the ledger has one.
    pub reading: Option<String>,
    /// State.
    pub state: String,
}

impl Kernel {
    /// Records in which all words are found, at most `limit` for each ledger, newest first.
    pub fn search_everything(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        words: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, Refusal> {
        let mut hits = Vec::new();
        if query_grams(words).is_empty() {
            return Ok(hits);
        }
        for ledger in self.catalogue.ledgers.values() {
            let access = Access::new(ledger, who);
            if !access.any() {
                continue;
            }
            let query = Query {
                ledger: ledger.name.clone(),
                filter: access.visible().and(search_filter(ledger, &access, words)),
                sort: vec![Sort { operand: Operand::RecordedAt, descending: true }],
                after: None,
                limit,
                as_of: None,
            };
            let found: Vec<_> = tx.find(&query)?.into_iter().map(|record| access.redact(record)).collect();
            let titles = title::of_many(&self.catalogue, tx, who, ledger, &found)?;
            for (record, title) in found.into_iter().zip(titles) {
                let reading = ledger.reading.as_ref().and_then(|field| record.text(field)).map(String::from);
                hits.push(Hit { ledger: ledger.name.clone(), title, reading, state: record.state, record: record.id });
            }
        }
        Ok(hits)
    }
}
