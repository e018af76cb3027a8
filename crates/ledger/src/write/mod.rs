//! The one write path: every change of every record, from pages, REST, imports, jobs and the command line.
//!
//! [`Kernel::commit`] is the whole of it; its steps stand below in order, each in a file of its own.

mod apply;
mod change;
mod complete;
mod derived;
mod duties;
mod entry;
mod opened;
mod overlap;
mod permit;
mod put;
mod validate;

pub use change::Change;
pub use opened::Opened;
use opened::OpenedBefore;
pub use permit::obstacle;

use crate::definition::{Ledger, Transition};
use crate::engine::Context;
use crate::kernel::Kernel;
use crate::port::Writer;
use crate::principal::Principal;
use crate::record::Record;
use crate::refusal::Refusal;

impl Kernel {
    /// Make one change and write its journal entry, in the caller's transaction.
    ///
    /// Returns the record as stored. A change that changes nothing writes nothing and returns the record as it is.
    ///
    /// # Errors
    /// Any [`Refusal`]; the caller must then roll the transaction back (both stores do so when the closure fails).
    pub fn commit(&self, tx: &mut dyn Writer, who: &Principal, change: Change) -> Result<Record, Refusal> {
        let ledger = self.ledger(&change.ledger)?;
        // First what the person may know of: nothing later may betray a record that is out of scope.
        let (before, stored) = permit::current(tx, &ledger, who, &change)?;
        let transition = permit::transition(&ledger, before.as_ref(), who, &change)?;
        // Then what was entered, as values of the ledger.
        let mut after = apply::values(self, &ledger, before.as_ref(), &change)?;
        let entered: Vec<String> = permit::changed_fields(before.as_ref(), &after).cloned().collect();
        let act = Act { kernel: self, ledger: &ledger, before: before.as_ref(), who, transition };
        let opened = &mut OpenedBefore::default();
        // Then what follows from it: defaults, numbers, computed values, the new state.
        complete::record(&act, tx, opened, &mut after)?;
        // A new record is judged with its defaults: who wrote it may be one of them.
        permit::writing(&ledger, before.as_ref(), &after, &entered, who, transition)?;
        for engine in self.engines_of(&ledger.name) {
            let mut context = self.context(tx, who, &ledger, &change);
            engine.complete(&mut context, before.as_ref(), &mut after)?;
        }
        if before.as_ref().is_some_and(|before| unchanged(before, &after, &change)) {
            return Ok(after);
        }
        // Then whether the whole is right.
        validate::record(&act, tx, opened, &after)?;
        // Then the record, its duties and its entry, in this order and in this transaction.
        self.stamp(&mut after, before.as_ref(), who, transition);
        put::record(self, tx, &ledger, &after)?;
        duties::renew(self, tx, opened, &ledger, &after)?;
        tx.append(&entry::of(stored.as_ref().or(before.as_ref()), &after, who, &change))?;
        // Last what other records must follow.
        duties::renew_dependents(self, tx, &ledger, before.as_ref(), &after)?;
        for engine in self.engines_of(&ledger.name) {
            let mut context = self.context(tx, who, &ledger, &change);
            engine.follow(&mut context, before.as_ref(), &after)?;
        }
        Ok(after)
    }

    fn context<'a>(
        &'a self,
        tx: &'a mut dyn Writer,
        who: &'a Principal,
        ledger: &'a Ledger,
        change: &'a Change,
    ) -> Context<'a> {
        Context {
            tx,
            kernel: self,
            who,
            ledger,
            transition: change.transition.as_deref(),
            batch: change.batch.as_deref(),
        }
    }
}

/// One act on its way through the steps.
struct Act<'a> {
    kernel: &'a Kernel,
    ledger: &'a Ledger,
    before: Option<&'a Record>,
    who: &'a Principal,
    transition: Option<&'a Transition>,
}

/// Nothing differs and nothing was said: there is nothing to write down.
fn unchanged(before: &Record, after: &Record, change: &Change) -> bool {
    change.transition.is_none() && before.body == after.body && before.state == after.state
}
