//! Roles hang on an assignment: a grant ends on the day its assignment ends, by its own last day, so that no job has to
//! run in time for it.

use chrono::{Days, NaiveDate};
use ledger::port::{Reader, StoreError, Writer};
use ledger::{Body, Change, Kernel, Principal, Problem, Record, Refusal};
use serde_json::Value;

use super::stop::{self, PART};
use super::{Rule, find};
use crate::names::{account, role_grant};

/// Tie a new grant to the main assignment of its holder, unless it is to stay or names an assignment already; and give
/// it that assignment's end.
pub(super) fn tie(tx: &mut dyn Writer, kernel: &Kernel, grant: &mut Record) -> Result<(), Refusal> {
    let role = grant.text(role_grant::ROLE).and_then(|role| kernel.catalogue.roles.get(role));
    if role.is_some_and(|role| role.outside) && grant.text(role_grant::OFFICE).is_none() {
        let words = "外部の人の役割は、会社を選んで付与します。組織の台帳に会社を登録し、ここで選んでください。";
        return Err(Refusal::invalid(Problem::field(role_grant::OFFICE, words)));
    }
    if grant.value(role_grant::STAYS).as_bool() == Some(true) {
        return Ok(());
    }
    let assignment = match grant.text(role_grant::ASSIGNMENT) {
        Some(id) => tx.record("assignment", id)?,
        None => main_assignment(tx, kernel, grant)?,
    };
    let Some(assignment) = assignment else { return Ok(()) };
    grant.body.insert(role_grant::ASSIGNMENT.into(), assignment.id.as_str().into());
    if let Some(last) = last_day(tx, kernel, &assignment)?
        && find::date(grant, role_grant::VALID_TO).is_none_or(|to| to > last)
    {
        grant.body.insert(role_grant::VALID_TO.into(), last.to_string().into());
    }
    Ok(())
}

fn main_assignment(tx: &mut dyn Writer, kernel: &Kernel, grant: &Record) -> Result<Option<Record>, StoreError> {
    let Some(account) = grant.text(role_grant::ACCOUNT) else { return Ok(None) };
    let Some(account) = tx.record(account::LEDGER, account)? else { return Ok(None) };
    let Some(person) = account.text(account::PERSON) else { return Ok(None) };
    main_of(tx, person, kernel.today())
}

/// The main assignment (本務) of a person on a day.
///
/// # Errors
/// Only those of the store.
pub fn main_of(tx: &mut (impl Reader + ?Sized), person: &str, day: NaiveDate) -> Result<Option<Record>, StoreError> {
    let filter = find::holds("person", person).and(find::in_force("start_on", "end_on", day));
    let found = find::all(tx, "assignment", filter, 100)?;
    Ok(found.into_iter().find(|assignment| assignment.text("kind") == Some("main")))
}

/// Last day of what hangs on an assignment; `None` while its end is open.
fn last_day(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    assignment: &Record,
) -> Result<Option<NaiveDate>, StoreError> {
    let Some(end) = find::date(assignment, "end_on") else { return Ok(None) };
    let rule = Rule::on(tx, kernel.today())?;
    Ok(end.checked_add_days(Days::new(u64::try_from(rule.transfer_days).unwrap_or_default())))
}

/// The end of an assignment was set, moved or taken back: the grants that hang on it follow.
pub(super) fn follow_assignment(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    before: Option<&Record>,
    after: &Record,
) -> Result<(), Refusal> {
    // Nothing hangs on what is new.
    let Some(before) = before else { return Ok(()) };
    if before.value("end_on") == after.value("end_on") {
        return Ok(());
    }
    let (old, new) = (last_day(tx, kernel, before)?, last_day(tx, kernel, after)?);
    let mut ended: Vec<Record> = Vec::new();
    for grant in find::all(tx, role_grant::LEDGER, find::holds(role_grant::ASSIGNMENT, &after.id), find::MOST)? {
        if grant.state != role_grant::IN_FORCE || grant.value(role_grant::STAYS).as_bool() == Some(true) {
            continue;
        }
        let own = find::date(&grant, role_grant::VALID_TO);
        // An end of its own that comes earlier stays; the one that came from the assignment moves with it.
        let moved = match new {
            Some(new) if own.is_none() || own == old || own.is_some_and(|own| own > new) => Some(Some(new)),
            None if own.is_some() && own == old => Some(None),
            _ => None,
        };
        if let Some(end) = moved {
            set_end(tx, kernel, &grant, end, "もとになる発令の終了日に合わせるため")?;
            if end.is_some() {
                ended.push(grant);
            }
        }
    }
    record_end(tx, kernel, after, &ended)
}

/// What people must do after a transfer: one record for the account whose roles end.
fn record_end(tx: &mut dyn Writer, kernel: &Kernel, assignment: &Record, ended: &[Record]) -> Result<(), Refusal> {
    let Some(on) = find::date(assignment, "end_on") else { return Ok(()) };
    let mut accounts: Vec<&str> = ended.iter().filter_map(|grant| grant.text(role_grant::ACCOUNT)).collect();
    accounts.sort_unstable();
    accounts.dedup();
    for id in accounts {
        let Some(account) = tx.record(account::LEDGER, id)? else { continue };
        let of_account = ended.iter().filter(|grant| grant.text(role_grant::ACCOUNT) == Some(id));
        let roles: Vec<String> = of_account.map(|grant| role_label(kernel, grant)).collect();
        stop::aftermath(tx, kernel, &account, "transfer", on, &roles.join("、"))?;
    }
    Ok(())
}

/// Japanese name of the role of a grant.
pub(super) fn role_label(kernel: &Kernel, grant: &Record) -> String {
    let role = grant.text(role_grant::ROLE).unwrap_or_default();
    kernel.catalogue.roles.get(role).map_or_else(|| role.to_string(), |role| role.label.clone())
}

/// Whoever left keeps no role: every grant in force ends with that day.
pub(super) fn end_all(tx: &mut dyn Writer, kernel: &Kernel, account: &str, day: NaiveDate) -> Result<u64, Refusal> {
    let mut ended = 0;
    for grant in of_account(tx, account)? {
        if find::date(&grant, role_grant::VALID_TO).is_none_or(|to| to > day) {
            set_end(tx, kernel, &grant, Some(day), "退職したため")?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Grants of an account that were not withdrawn, whatever their dates.
///
/// # Errors
/// Only those of the store.
pub fn of_account(tx: &mut (impl Reader + ?Sized), account: &str) -> Result<Vec<Record>, StoreError> {
    let filter = find::holds(role_grant::ACCOUNT, account).and(find::in_state(&[role_grant::IN_FORCE]));
    find::all(tx, role_grant::LEDGER, filter, find::MOST)
}

/// Set the last day of a grant. One that would end before it begins is withdrawn.
fn set_end(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    grant: &Record,
    end: Option<NaiveDate>,
    words: &str,
) -> Result<(), Refusal> {
    let begins = find::date(grant, role_grant::VALID_FROM);
    let change = if end.is_some_and(|end| begins.is_some_and(|begins| end < begins)) {
        Change::transition(role_grant::LEDGER, &grant.id, grant.revision, "withdraw")
    } else {
        let mut values = Body::new();
        values.insert(role_grant::VALID_TO.into(), end.map_or(Value::Null, |end| end.to_string().into()));
        Change::amend(role_grant::LEDGER, &grant.id, grant.revision, values)
    };
    kernel.commit(tx, &Principal::system(PART), change.because(words))?;
    Ok(())
}
