//! What is derived from records and left out of backups, made anew after a restore.

use super::put;
use crate::kernel::Kernel;
use crate::port::Writer;
use crate::refusal::Refusal;

impl Kernel {
    /// Derive search texts, tokens and unique keys of the next records of a ledger behind the identifier `after` (empty
    /// for the first). Returns the last identifier, or `None` when there was no further record.
    ///
    /// Titles of referred records go into the search text of old revisions as they are now.
    ///
    /// # Errors
    /// [`Refusal::Store`] when the database fails; [`Refusal::Definition`] when two records hold one unique key.
    pub fn derive_again(
        &self,
        tx: &mut dyn Writer,
        ledger: &str,
        after: &str,
        records: usize,
    ) -> Result<Option<String>, Refusal> {
        let definition = self.ledger(ledger)?;
        let versions = tx.versions(ledger, after, records)?;
        for (place, version) in versions.iter().enumerate() {
            let newest = versions.get(place + 1).is_none_or(|next| next.id != version.id);
            let mut version = version.clone();
            definition.bring_up_to_date(&mut version);
            let put = put::of(self, tx, &definition, &version)?;
            if let Err(clash) = tx.put_derived(&put, newest)? {
                return Err(Refusal::Definition(format!(
                    "{ledger} {}: 一意の項目({})が {} と重なっています",
                    version.id, clash.key.name, clash.record
                )));
            }
        }
        Ok(versions.last().map(|version| version.id.clone()))
    }
}
