//! The watch over the journal: rules as dated records, judged over each entry as it appears ([`live`]) and over the past
//! ([`past`]). In reading order: [`Fact`] is what a rule looks at, [`Rule`] what a record says, [`judge`] decides,
//! [`Memory`] is what it remembers, [`Place`] how far it read, [`alerts`] makes the findings known.

pub mod alerts;
mod fact;
mod judge;
pub mod live;
mod memory;
pub mod past;
mod place;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ledger::port::{Reader, StoreError};
use ledger::query::{Filter, Operand, Query};
use ledger::{Kernel, Record};

pub use fact::Fact;
pub use judge::{Finding, judge, keys};
pub use memory::{Days, Mark, Memory};
pub use place::Place;
pub use rule::{Key, Kind, Rule};

use crate::names::ledger_name;

/// Most rules.
const MOST: usize = 1_000;

/// The rules in force, with their records.
pub fn rules(tx: &mut dyn Reader, kernel: &Kernel) -> Result<Vec<(Rule, Record)>, StoreError> {
    let query = Query {
        ledger: ledger_name::RULE.into(),
        filter: Filter::OneOf(Operand::State, vec!["active".into()]),
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    };
    let records = tx.find(&query)?;
    Ok(records.into_iter().filter_map(|record| Some((Rule::of(&record, &kernel.calendar)?, record))).collect())
}

/// Roles of accounts, asked once each.
#[derive(Default)]
pub struct Roles(BTreeMap<String, Vec<String>>);

impl Roles {
    /// Give a fact the roles of its account, where a rule asks for them.
    pub fn complete(&mut self, tx: &mut dyn Reader, rules: &[Rule], fact: &mut Fact) -> Result<(), StoreError> {
        let asked = |rule: &Rule| matches!(rule.kind, Kind::Habit { .. }) && rule.looks_at(fact);
        if fact.read == 0 || fact.account == "system" || !rules.iter().any(asked) {
            return Ok(());
        }
        if !self.0.contains_key(&fact.account) {
            let roles = roles(tx, &fact.account)?;
            self.0.insert(fact.account.clone(), roles);
        }
        fact.roles = self.0.get(&fact.account).cloned().unwrap_or_default();
        Ok(())
    }
}

fn roles(tx: &mut dyn Reader, account: &str) -> Result<Vec<String>, StoreError> {
    let query = Query {
        ledger: ledger_name::ROLE_GRANT.into(),
        filter: Filter::All(vec![
            Filter::Holds { field: "account".into(), values: vec![account.to_string()] },
            Filter::OneOf(Operand::State, vec!["active".into()]),
        ]),
        sort: Vec::new(),
        after: None,
        limit: 100,
        as_of: None,
    };
    let mut roles: Vec<String> =
        tx.find(&query)?.iter().filter_map(|grant| grant.text("role").map(String::from)).collect();
    roles.sort_unstable();
    roles.dedup();
    // Whoever holds no role is like everybody else who holds none.
    if roles.is_empty() {
        roles.push(ledger::principal::EVERYONE.into());
    }
    Ok(roles)
}
