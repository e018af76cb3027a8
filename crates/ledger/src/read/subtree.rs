//! The tree of organisations: which offices lie under an office.

use std::collections::{BTreeMap, BTreeSet};

use crate::port::{Reader, StoreError};
use crate::query::{Filter, Query};

/// Name of the ledger of organisations and of its field for the office above.
pub const ORGANISATION: &str = "organisation";
const PARENT: &str = "parent";
/// More offices than this are not one agency.
const MOST: usize = 20_000;

/// Identifiers of the office and of all offices under it, in any order. A loop in the data ends the walk.
pub fn under(tx: &mut (impl Reader + ?Sized), office: &str) -> Result<Vec<String>, StoreError> {
    let query = Query {
        ledger: ORGANISATION.into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    };
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in tx.find(&query)? {
        if let Some(parent) = record.text(PARENT) {
            children.entry(parent.to_string()).or_default().push(record.id.clone());
        }
    }
    let mut found = BTreeSet::from([office.to_string()]);
    let mut open = vec![office.to_string()];
    while let Some(next) = open.pop() {
        for child in children.get(&next).into_iter().flatten() {
            if found.insert(child.clone()) {
                open.push(child.clone());
            }
        }
    }
    Ok(found.into_iter().collect())
}
