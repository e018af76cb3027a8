//! Which records the keys in a file name: those in the database, and those that the file itself brings.

use std::collections::BTreeMap;

use crate::access::Access;
use crate::definition::{Catalogue, Field};
use crate::port::Reader;
use crate::principal::{Principal, Standing};
use crate::refusal::Refusal;

/// Keys of one referred ledger.
#[derive(Debug, Default)]
pub struct Keys(BTreeMap<String, Vec<String>>);

impl Keys {
    /// Look up all these keys in the ledger a field refers to, as far as the principal may know of the records.
    pub fn look_up(
        catalogue: &Catalogue,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        field: &Field,
        mut wanted: Vec<String>,
    ) -> Result<Self, Refusal> {
        let Some(target) = field.target().and_then(|name| catalogue.ledger(name)) else { return Ok(Self::default()) };
        let Some(key) = &target.key else { return Ok(Self::default()) };
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = tx.lookup(&target.name, key, &wanted)?;
        if who.standing != Standing::System {
            let access = Access::new(target, who);
            let ids: Vec<String> = found.values().flatten().cloned().collect();
            let open: Vec<String> =
                tx.records(&target.name, &ids)?.into_iter().filter(|r| access.may_read(r)).map(|r| r.id).collect();
            for ids in found.values_mut() {
                ids.retain(|id| open.contains(id));
            }
        }
        Ok(Self(found))
    }

    /// Add a record that the file itself brings.
    pub fn add(&mut self, key: &str, id: &str) {
        let ids = self.0.entry(key.to_string()).or_default();
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_string());
        }
    }

    /// The one record of that key, or what is wrong.
    pub fn find(&self, key: &str, label: &str) -> Result<&str, String> {
        match self.0.get(key).map_or(&[] as &[String], Vec::as_slice) {
            [one] => Ok(one),
            [] => Err(format!("「{label}」の「{key}」は登録されていません。先に登録するか、番号を直してください。")),
            _ => Err(format!("「{label}」の「{key}」に当たる記録が複数あります。")),
        }
    }
}
