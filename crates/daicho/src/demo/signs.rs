//! Signs for the watch to find: the rules to begin with, and acts of the sample that no agency would like. They are done
//! through the same functions as in earnest, in the night before the sample's last day, and labelled 見本: somebody
//! guesses at a password, the staff list is taken out, a role is given. The security officer has looked into the last.

use std::sync::Arc;

use assurance::names::{OFFICER, ledger_name};
use assurance::watch::live;
use calendar::FixedClock;
use chrono::{NaiveDate, TimeDelta};
use exchange::ExportFormat;
use identity::names::{account, role_grant};
use identity::{Arrival, Origin, Password, sign_in};
use journal::Channel;
use ledger::port::{Reader, Writer};
use ledger::query::{Filter, Query};
use ledger::read::ListRequest;
use ledger::{Body, Change, Kernel, Principal, Refusal};
use serde_json::json;

use super::{SignIn, at};
use crate::installation::Installation;

/// Why the sample takes everything out.
const REASON: &str = "見本: 名簿の一括出力";
/// Wrong passwords tried: what the rule for it asks for.
const GUESSES: i64 = 5;

/// Load the rules, play the night, judge it.
pub fn play(
    installation: &Installation,
    clock: &Arc<FixedClock>,
    today: NaiveDate,
    cast: &[SignIn],
) -> Result<(), Refusal> {
    let (kernel, store) = (installation.kernel(), &installation.store);
    let own = kernel.clone();
    store.write(move |tx: &mut dyn Writer| {
        assurance::defaults::load(tx, &own)?;
        // What was imported and played before was nobody's act.
        live::begin_here(tx, &own)
    })?;
    let night = at(today, 2);
    let somebody = |role: &str| store.read(|tx: &mut dyn Reader| holder(tx, &kernel, role));
    let stranger = store.read(|tx: &mut dyn Reader| bystander(tx, cast))?;
    if let Some((_, login)) = &stranger {
        for guess in 0..GUESSES {
            clock.set(night + TimeDelta::minutes(guess));
            guess_at(installation, &kernel, login)?;
        }
    }
    if let Some(who) = somebody("personnel")? {
        for minutes in [10, 17] {
            clock.set(night + TimeDelta::minutes(minutes));
            take_out(installation, &kernel, &who)?;
        }
    }
    if let (Some(who), Some((account, _))) = (somebody("administrator")?, &stranger) {
        clock.set(night + TimeDelta::minutes(40));
        let values = json!({
            "account": account, "role": "personnel", "valid_from": today, "valid_to": today, "reason": "見本: 一日の応援",
        });
        commit(installation, &kernel, &who, Change::create(role_grant::LEDGER, body(values)))?;
    }
    clock.set(at(today, 7));
    loop {
        let own = kernel.clone();
        if store.write(move |tx: &mut dyn Writer| live::step(tx, &own))?.judged == 0 {
            break;
        }
    }
    let Some(officer) = somebody(OFFICER)? else { return Ok(()) };
    let request = ListRequest { ledger: ledger_name::ALERT.into(), limit: 100, ..ListRequest::default() };
    let alerts = store.read(|tx: &mut dyn Reader| kernel.list(tx, &officer, &request))?.records;
    if let Some(alert) = alerts.iter().find(|alert| alert.text("name") == Some("権限の変更")) {
        let words = json!({ "judgement": "見本: 応援の申請書と一致した。承認された変更である。" });
        let change = Change::transition(ledger_name::ALERT, &alert.id, alert.revision, "dismiss").with(body(words));
        commit(installation, &kernel, &officer, change)?;
    }
    Ok(())
}

fn body(value: serde_json::Value) -> Body {
    value.as_object().cloned().unwrap_or_default()
}

fn commit(installation: &Installation, kernel: &Kernel, who: &Principal, change: Change) -> Result<(), Refusal> {
    let (kernel, who) = (kernel.clone(), who.clone());
    installation.store.write(move |tx: &mut dyn Writer| kernel.commit(tx, &who, change.clone()).map(drop))
}

/// Try a wrong password from a machine that nobody knows.
fn guess_at(installation: &Installation, kernel: &Kernel, login: &str) -> Result<(), Refusal> {
    let settings = installation.settings.sign_in.clone();
    let candidate = installation.store.read(|tx: &mut dyn Reader| sign_in::read_candidate(tx, login))?;
    let checked = sign_in::check(kernel, &settings, candidate, &Password::new("mihon-no-machigai"));
    let kernel = kernel.clone();
    installation.store.write(move |tx: &mut dyn Writer| {
        let origin = Origin::new(Channel::Page, Some("192.0.2.77".into()), Some("見本の知らない端末"));
        sign_in::open(tx, &kernel, &settings, &checked, &Arrival::new(&origin)).map(drop)
    })?;
    Ok(())
}

/// Take the whole staff list out.
fn take_out(installation: &Installation, kernel: &Kernel, who: &Principal) -> Result<(), Refusal> {
    let (kernel, who) = (kernel.clone(), who.clone());
    installation.store.write(move |tx: &mut dyn Writer| {
        let request = ListRequest { ledger: "person".into(), ..ListRequest::default() };
        match exchange::export(&kernel, tx, &who, &request, &[], ExportFormat::Csv, Some(REASON)) {
            Ok(_) => Ok(()),
            Err(exchange::ExportProblem::Refusal(refusal)) => Err(refusal),
            Err(exchange::ExportProblem::Write(problem)) => {
                Err(Refusal::invalid(ledger::Problem::record(problem.to_string())))
            }
        }
    })
}

/// Somebody who holds a role, with the rights of today.
fn holder(tx: &mut dyn Reader, kernel: &Kernel, role: &str) -> Result<Option<Principal>, Refusal> {
    let query = Query {
        ledger: role_grant::LEDGER.into(),
        filter: Filter::Holds { field: role_grant::ROLE.into(), values: vec![role.into()] },
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
    Ok(identity::principal::load(tx, kernel, account, &origin)?)
}

/// An account of nobody whom visitors of the sample sign in as: identifier and sign-in name.
fn bystander(tx: &mut dyn Reader, cast: &[SignIn]) -> Result<Option<(String, String)>, Refusal> {
    let query = Query {
        ledger: account::LEDGER.into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: cast.len() + 20,
        as_of: None,
    };
    let mut found = tx.find(&query)?.into_iter().rev().filter_map(|account| {
        let login = account.text(account::LOGIN)?.to_string();
        let stands_by = account.text(account::PERSON).is_some() && cast.iter().all(|one| one.login != login);
        stands_by.then_some((account.id, login))
    });
    Ok(found.next())
}
