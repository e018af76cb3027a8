//! Proofs of one record, for whoever may read it.

use ledger::port::Reader;
pub use ledger::seal::RecordProofs;
use ledger::seal::{RecordProofsProblem, proofs_of_record};
use ledger::{Kernel, Principal, Refusal};

/// The proofs of a record for a reader, as [`proofs_of_record`] makes them; trouble with the seal goes to the log.
///
/// # Errors
/// As for reading the record's history; [`Refusal::NotFound`] too before the first seal.
pub fn of_record(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    ledger: &str,
    record: &str,
) -> Result<RecordProofs, Refusal> {
    proofs_of_record(tx, kernel, who, ledger, record).map_err(|problem| match problem {
        RecordProofsProblem::Refusal(refusal) => refusal,
        RecordProofsProblem::Seal(other) => {
            tracing::error!(%other, "no proof could be made");
            Refusal::Denied("封印の木が正しくないため、証明を作れません。監査担当に知らせてください。".into())
        }
    })
}
