//! Terms (契約の決まり) at work: a contract made from them gets what was decided before ([`begin`]), every duty of it is
//! there ([`wanted`]), and all stays in step with the dates of the contract and with the records of its ledgers
//! ([`step`]).
//!
//! Only what is open and was not agreed on otherwise moves; what was handed in or found unnecessary stays as it is.

pub mod begin;
mod counted;
mod guard;
mod party;
pub mod recount;
pub mod settings;
pub mod span;
pub mod step;
pub mod wanted;

use ledger::definition::{Catalogue, Field, Kind, Ledger, Terms};
use ledger::engine::{Context, Engine};
use ledger::{Record, Refusal};

use crate::names::{contract, ledger_name};
use crate::obligations;

/// The engine of terms.
#[derive(Debug, Clone, Copy, Default)]
pub struct TermsEngine;

impl Engine for TermsEngine {
    /// The contracts, what is made for them, recounts, and every ledger for whose records something falls due.
    fn minds(&self, catalogue: &Catalogue, ledger: &str) -> bool {
        [ledger_name::ENGAGEMENT, ledger_name::RECOUNT].contains(&ledger)
            || catalogue
                .terms
                .values()
                .any(|terms| terms.ledger == ledger || terms.makes == ledger || terms.items_of(ledger).next().is_some())
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        if after.ledger == ledger_name::RECOUNT {
            return recount::complete(context);
        }
        let catalogue = context.kernel.catalogue.clone();
        if catalogue.terms.values().any(|terms| terms.makes == after.ledger) {
            guard::complete(context, before, after)?;
        }
        if let Some(terms) = of(&catalogue, after) {
            begin::values(context, terms, before, after)?;
            settings::complete(&catalogue, terms, before, after)?;
        }
        Ok(())
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        let catalogue = context.kernel.catalogue.clone();
        let is_contract = |ledger: &str| {
            ledger == ledger_name::ENGAGEMENT || catalogue.terms.values().any(|terms| terms.ledger == ledger)
        };
        if is_contract(&after.ledger) {
            step::contract(context.tx, context.kernel, before, after, context.batch)?;
            party::follow(context, before, after)?;
        }
        let made_for = |terms: &Terms| terms.items_of(&after.ledger).next().is_some();
        if catalogue.terms.values().any(|terms| made_for(terms)) {
            // Before the terms look at what still falls due: what the act met is handed in, not withdrawn.
            obligations::met(context, after)?;
        }
        for terms in catalogue.terms.values() {
            if made_for(terms) {
                step::event(context.tx, context.kernel, terms, before, after, context.batch)?;
            }
        }
        guard::follow(context, before, after)
    }
}

/// The terms of a contract; `None` when it has none or their pack is not there.
pub fn of<'c>(catalogue: &'c Catalogue, contract: &Record) -> Option<&'c Terms> {
    let terms = catalogue.terms.get(contract.text(contract::TERMS)?)?;
    (terms.ledger == contract.ledger).then_some(terms.as_ref())
}

/// The field by which records of a ledger belong to a contract.
pub fn reference<'l>(ledger: &'l Ledger, contracts: &str) -> Option<&'l Field> {
    ledger
        .fields
        .iter()
        .find(|field| matches!(&field.kind, Kind::Reference { ledger, many: false } if ledger == contracts))
}
