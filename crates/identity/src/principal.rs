//! From an account to the principal it acts as: the roles it holds today, the offices they cover, its name.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use journal::Actor;
use ledger::port::{Reader, StoreError};
use ledger::query::{Filter, Query};
use ledger::read::subtree;
use ledger::{Kernel, Principal, Record, RoleHeld, Standing};

use crate::Origin;
use crate::names::{account, person, role_grant};
use crate::privilege;

/// More grants than this no account has.
const MOST_GRANTS: usize = 1_000;

/// The principal of an account; `None` when there is no such account or it is not active.
///
/// Asks for the account, its grants and its person, and reads the tree of organisations once for each office that a
/// role is limited to.
///
/// # Errors
/// Only those of the store.
pub fn load(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    account: &str,
    origin: &Origin,
) -> Result<Option<Principal>, StoreError> {
    match tx.record(account::LEDGER, account)? {
        Some(account) => of_account(tx, kernel, &account, origin),
        None => Ok(None),
    }
}

/// The same for an account that was read already.
pub(crate) fn of_account(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    account: &Record,
    origin: &Origin,
) -> Result<Option<Principal>, StoreError> {
    if account.state != account::ACTIVE {
        return Ok(None);
    }
    let mut grants = grants(tx, &account.id, kernel.today())?;
    grants.retain(|grant| !origin.withheld.contains(&grant.role));
    for elevated in privilege::active(tx, kernel.now(), &account.id, origin)? {
        grants.push(Granted { role: elevated.role, office: elevated.office });
    }
    let person = account.text(account::PERSON);
    let named = match person {
        Some(person) => tx.record(person::LEDGER, person)?,
        None => None,
    };
    let login = account.text(account::LOGIN).unwrap_or_default();
    let name = named.as_ref().and_then(|record| record.text(person::NAME)).unwrap_or(login);
    Ok(Some(Principal {
        actor: Actor {
            account: account.id.clone(),
            login: login.into(),
            person: person.map(Into::into),
            channel: origin.channel,
            address: origin.address.clone(),
            device: origin.device.clone(),
        },
        name: name.into(),
        roles: held(tx, kernel, &grants)?,
        standing: Standing::Person,
    }))
}

/// Roles that this account holds and does not have from there.
///
/// # Errors
/// Only those of the store.
pub(crate) fn left_behind(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    origin: &Origin,
) -> Result<Vec<String>, StoreError> {
    if origin.withheld.is_empty() {
        return Ok(Vec::new());
    }
    let held = grants(tx, &who.actor.account, kernel.today())?.into_iter().map(|grant| grant.role);
    let left = held.filter(|role| origin.withheld.contains(role) && !who.holds(role));
    Ok(left.collect::<BTreeSet<_>>().into_iter().collect())
}

/// Role and office of the grants of an account that count on that day.
fn grants(tx: &mut dyn Reader, account: &str, day: NaiveDate) -> Result<Vec<Granted>, StoreError> {
    let grants = tx.find(&Query {
        ledger: role_grant::LEDGER.into(),
        // References are always indexed, whatever the pack declares.
        filter: Filter::Holds { field: role_grant::ACCOUNT.into(), values: vec![account.into()] },
        sort: Vec::new(),
        after: None,
        limit: MOST_GRANTS,
        as_of: None,
    })?;
    Ok(grants.iter().filter(|grant| counts(grant, day)).filter_map(Granted::of).collect())
}

/// A role, and the office it is limited to.
pub(crate) struct Granted {
    /// Name of the role.
    pub role: String,
    /// Organisation; none for everywhere.
    pub office: Option<String>,
}

impl Granted {
    fn of(grant: &Record) -> Option<Self> {
        let role = grant.text(role_grant::ROLE)?.to_string();
        Some(Self { role, office: grant.text(role_grant::OFFICE).map(Into::into) })
    }
}

/// Whether a grant counts on that day; its first and its last day are included. Dates are ISO texts, which sort like
/// the days they name.
fn counts(grant: &Record, day: NaiveDate) -> bool {
    let day = day.to_string();
    grant.state == role_grant::IN_FORCE
        && grant.text(role_grant::VALID_FROM).is_none_or(|from| from <= day.as_str())
        && grant.text(role_grant::VALID_TO).is_none_or(|to| day.as_str() <= to)
}

/// The roles with the offices they cover, each role once. A role for people outside the agency that was granted without
/// an organisation covers none.
pub(crate) fn held(tx: &mut dyn Reader, kernel: &Kernel, grants: &[Granted]) -> Result<Vec<RoleHeld>, StoreError> {
    let outside = |role: &str| kernel.catalogue.roles.get(role).is_some_and(|role| role.outside);
    let mut trees: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for office in grants.iter().filter_map(|grant| grant.office.as_deref()) {
        if !trees.contains_key(office) {
            trees.insert(office, subtree::under(tx, office)?);
        }
    }
    let mut roles: BTreeMap<&str, Option<BTreeSet<&String>>> = BTreeMap::new();
    for grant in grants {
        let covered = roles.entry(&grant.role).or_insert_with(|| Some(BTreeSet::new()));
        match (&grant.office, &mut *covered) {
            // Everywhere swallows every single office.
            (None, _) if outside(&grant.role) => {}
            (None, _) => *covered = None,
            (Some(office), Some(offices)) => offices.extend(trees.get(office.as_str()).into_iter().flatten()),
            (Some(_), None) => {}
        }
    }
    let held = roles.into_iter().map(|(role, offices)| RoleHeld {
        role: role.into(),
        outside: outside(role),
        offices: offices.map(|offices| offices.into_iter().cloned().collect()),
    });
    Ok(held.collect())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn grant(state: &str, from: Option<&str>, to: Option<&str>) -> Record {
        let mut body = serde_json::Map::new();
        body.insert(role_grant::ROLE.into(), json!("auditor"));
        for (name, day) in [(role_grant::VALID_FROM, from), (role_grant::VALID_TO, to)] {
            if let Some(day) = day {
                body.insert(name.into(), json!(day));
            }
        }
        Record {
            ledger: role_grant::LEDGER.into(),
            id: "g".into(),
            revision: 1,
            state: state.into(),
            body,
            acts: BTreeMap::new(),
            created_at: DateTime::UNIX_EPOCH,
            recorded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_grant_counts_from_its_first_to_its_last_day() {
        let day: NaiveDate = "2026-04-01".parse().unwrap();
        for (state, from, to, counted) in [
            (role_grant::IN_FORCE, None, None, true),
            (role_grant::IN_FORCE, Some("2026-04-01"), None, true),
            (role_grant::IN_FORCE, Some("2026-04-02"), None, false),
            (role_grant::IN_FORCE, None, Some("2026-04-01"), true),
            (role_grant::IN_FORCE, None, Some("2026-03-31"), false),
            (role_grant::IN_FORCE, Some("2025-04-01"), Some("2027-03-31"), true),
            ("withdrawn", Some("2025-04-01"), Some("2027-03-31"), false),
            ("", None, None, false),
        ] {
            assert_eq!(counts(&grant(state, from, to), day), counted, "{state} {from:?} {to:?}");
        }
    }
}
