//! Papers: the typesetter, and printing from the command line, from a page and in bulk.

use document::pdf::{Pdf, TypesetProblem, Typesetter};
use exchange::{OwnData, Paper, PaperProblem, paper_data, printed, typeset};
use ledger::access::Access;
use ledger::port::{Reader, StoreError, Writer};
use ledger::{Kernel, Principal, Record};
use sha2::{Digest, Sha256};
use store::Store;

use crate::settings::Settings;

/// A typesetter with the fonts the settings add.
pub fn typesetter(settings: &Settings) -> Result<Typesetter, TypesetProblem> {
    match &settings.fonts {
        None => Ok(Typesetter::new()),
        Some(folder) => Typesetter::with_font_folder(folder),
    }
}

/// What an area lays out for a form of its own.
pub fn own_data(document: &str) -> Option<OwnData> {
    let mut papers = talent::papers().into_iter().chain(engagement::papers());
    papers.find(|(name, _)| *name == document).map(|(_, data)| data)
}

/// Whether printing all records of a list with this form asks for a reason.
pub fn asks_reason(kernel: &Kernel, document: &str) -> bool {
    let form = kernel.catalogue.documents.get(document);
    form.and_then(|form| kernel.catalogue.ledger(&form.ledger)).is_some_and(|ledger| ledger.asks_reason)
}

/// Whether the reader owes a reason for these papers. Nobody owes one for papers about themselves; and whoever may not read
/// the records is refused, not asked why.
///
/// # Errors
/// Those of the database.
pub fn owes_reason(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    document: &str,
    ids: &[String],
) -> Result<bool, StoreError> {
    let form = kernel.catalogue.documents.get(document);
    let Some(ledger) = form.and_then(|form| kernel.catalogue.ledger(&form.ledger)) else { return Ok(false) };
    if !ledger.asks_reason {
        return Ok(false);
    }
    let records = tx.records(&ledger.name, ids)?;
    let access = Access::new(ledger, who);
    let own = |record: &Record| who.person() == Some(ledger.holder(&record.id, &record.body));
    let about_oneself = ledger.subject.is_some() && records.iter().all(own);
    Ok(records.len() == ids.len() && records.iter().all(|record| access.may_read(record)) && !about_oneself)
}

/// Print records with a form: read, typeset outside any transaction, write down the hash.
#[expect(clippy::too_many_arguments, reason = "what is printed, for whom and why, each by its own name")]
pub fn print(
    store: &Store,
    kernel: &Kernel,
    typesetter: &Typesetter,
    who: &Principal,
    document: &str,
    ids: &[String],
    agency: &str,
    reason: Option<&str>,
) -> Result<Pdf, PaperProblem> {
    let paper: Paper =
        store.read(|tx: &mut dyn Reader| paper_data(kernel, tx, who, document, ids, agency, own_data(document)))?;
    let pdf = typeset(kernel, typesetter, &paper, agency)?;
    let hash = hex::encode(Sha256::digest(&pdf.bytes));
    let (kernel, who, reason) = (kernel.clone(), who.clone(), reason.map(str::to_owned));
    store.write(move |tx: &mut dyn Writer| printed(&kernel, tx, &who, &paper, &hash, reason.as_deref()))?;
    Ok(pdf)
}
