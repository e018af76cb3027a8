//! Signs for the watch to find: the rules to begin with, and acts of the sample that no agency would like. They are done
//! through the same functions as in earnest, early in the morning of the sample's last day, and labelled 見本.

use std::sync::Arc;

use calendar::FixedClock;
use chrono::{NaiveDate, TimeDelta};
use exchange::ExportFormat;
use identity::Origin;
use identity::names::{account, role_grant};
use journal::Channel;
use ledger::port::{Reader, Writer};
use ledger::query::{Filter, Query};
use ledger::read::ListRequest;
use ledger::{Principal, Refusal};

use super::at;
use crate::installation::Installation;

/// Why the sample takes everything out.
const REASON: &str = "見本: 名簿の一括出力";

/// Load the rules; then somebody of the personnel office takes the whole staff list out at five in the morning, twice.
pub fn play(installation: &Installation, clock: &Arc<FixedClock>, today: NaiveDate) -> Result<(), Refusal> {
    let kernel = installation.kernel();
    let store = &installation.store;
    {
        let kernel = kernel.clone();
        store.write(move |tx: &mut dyn Writer| assurance::defaults::load(tx, &kernel))?;
    }
    let Some(who) = store.read(|tx: &mut dyn Reader| somebody(tx, installation))? else { return Ok(()) };
    for minutes in [0, 7] {
        clock.set(at(today, 5) + TimeDelta::minutes(minutes));
        let (kernel, who) = (kernel.clone(), who.clone());
        store.write(move |tx: &mut dyn Writer| {
            let request = ListRequest { ledger: "person".into(), ..ListRequest::default() };
            match exchange::export(&kernel, tx, &who, &request, &[], ExportFormat::Csv, Some(REASON)) {
                Ok(_) => Ok(()),
                Err(exchange::ExportProblem::Refusal(refusal)) => Err(refusal),
                Err(exchange::ExportProblem::Write(problem)) => {
                    Err(Refusal::invalid(ledger::Problem::record(problem.to_string())))
                }
            }
        })?;
    }
    Ok(())
}

/// An account of the personnel office, with its rights of today.
fn somebody(tx: &mut dyn Reader, installation: &Installation) -> Result<Option<Principal>, Refusal> {
    let query = Query {
        ledger: role_grant::LEDGER.into(),
        filter: Filter::Holds { field: role_grant::ROLE.into(), values: vec!["personnel".into()] },
        sort: Vec::new(),
        after: None,
        limit: 1,
        as_of: None,
    };
    let Some(grant) = tx.find(&query)?.into_iter().next() else { return Ok(None) };
    let Some(account) = grant.text(role_grant::ACCOUNT) else { return Ok(None) };
    if tx.record(account::LEDGER, account)?.is_none() {
        return Ok(None);
    }
    let origin = Origin::new(Channel::Page, Some("192.0.2.10".into()), Some("見本の端末"));
    Ok(identity::principal::load(tx, &installation.kernel(), account, &origin)?)
}
