//! Engines (Rust rules of an area) and where the write path calls them.

use crate::definition::{Catalogue, Ledger};
use crate::kernel::Kernel;
use crate::port::Writer;
use crate::principal::Principal;
use crate::record::Record;
use crate::refusal::Refusal;

/// What an engine is given: the transaction, the kernel and who acts.
pub struct Context<'a> {
    /// The running transaction. What an engine writes goes through [`Kernel::commit`].
    pub tx: &'a mut dyn Writer,
    /// The kernel.
    pub kernel: &'a Kernel,
    /// Who acts.
    pub who: &'a Principal,
    /// The ledger of the record.
    pub ledger: &'a Ledger,
    /// Name of the transition, when the act is one.
    pub transition: Option<&'a str>,
    /// Identifier shared by the entries of a bulk act.
    pub batch: Option<&'a str>,
}

/// Rules of an area that a pack cannot express. Both calls run inside the transaction of the act; a refusal undoes it.
pub trait Engine: Send + Sync {
    /// Ledgers this engine looks after, whatever the packs say.
    fn ledgers(&self) -> &[&str] {
        &[]
    }

    /// Whether it looks after this ledger. An engine whose ledgers follow from what packs declare answers for itself.
    fn minds(&self, catalogue: &Catalogue, ledger: &str) -> bool {
        let _ = catalogue;
        self.ledgers().contains(&ledger)
    }

    /// Complete or refuse the record before it is stored. `before` is the record as it was.
    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        let _ = (context, before, after);
        Ok(())
    }

    /// Do what follows from the stored record, such as changes to records of the same area.
    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        let _ = (context, before, after);
        Ok(())
    }
}
