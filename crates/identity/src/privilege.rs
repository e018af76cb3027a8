//! Privileged roles for a limited time (管理の権限の申請): asked for with a reason, approved by somebody else, in force
//! between two instants and not a second longer.
//!
//! The right is decided at every request from the record itself, so it ends without anything having to run. The record
//! is moved to its end a moment later ([`end_expired`]), so that the journal says when.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::engine::Context;
use ledger::port::{Reader, StoreError, Writer};
use ledger::{Change, Kernel, Principal, Problem, Record, Refusal};
use serde_json::Value;

use crate::Origin;
use crate::accounts::{Rule, find};
use crate::names::account;

/// The ledger of requests.
pub const LEDGER: &str = "privilege_request";
/// State in which a request may be in force.
const APPROVED: &str = "approved";
/// The part of the program that ends requests.
const PART: &str = "privilege";

/// A role in force for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elevated {
    /// Name of the role.
    pub role: String,
    /// Organisation; none for everywhere.
    pub office: Option<String>,
    /// First instant at which it is no longer in force.
    pub until: DateTime<Utc>,
    /// Approved for use from a distance as well.
    pub remote: bool,
    /// The request.
    pub request: String,
}

/// Roles that an account holds for a while, at this instant and from there.
///
/// # Errors
/// Only those of the store.
pub fn active(
    tx: &mut dyn Reader,
    now: DateTime<Utc>,
    account: &str,
    origin: &Origin,
) -> Result<Vec<Elevated>, StoreError> {
    let filter = find::holds("account", account).and(find::in_state(&[APPROVED]));
    let found = find::all(tx, LEDGER, filter, 100)?;
    let counts = |one: &Elevated| one.remote || !origin.withheld.contains(&one.role);
    Ok(found.iter().filter_map(|request| in_force(request, now)).filter(counts).collect())
}

fn in_force(request: &Record, now: DateTime<Utc>) -> Option<Elevated> {
    let (from, until) = (find::instant(request, "starts_at")?, find::instant(request, "ends_at")?);
    (request.state == APPROVED && from <= now && now < until).then(|| Elevated {
        role: request.text("role").unwrap_or_default().into(),
        office: request.text("organisation").map(String::from),
        until,
        remote: request.value("remote") == &Value::Bool(true),
        request: request.id.clone(),
    })
}

/// Rules of a request: not longer than the set hours, not for what is over, not by an account that is not in use.
pub(crate) fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let (Some(from), Some(until)) = (find::instant(after, "starts_at"), find::instant(after, "ends_at")) else {
        return Ok(());
    };
    let now = context.kernel.now();
    let rule = Rule::on(context.tx, context.kernel.today())?;
    let mut problems = Vec::new();
    let times_changed = before.is_none_or(|before| {
        before.value("starts_at") != after.value("starts_at") || before.value("ends_at") != after.value("ends_at")
    });
    if times_changed && until - from > TimeDelta::hours(rule.privilege_hours) {
        let words = format!("一度に使える時間は{}時間までです。終了を早めてください。", rule.privilege_hours);
        problems.push(Problem::field("ends_at", words));
    }
    if (times_changed || context.transition == Some("approve")) && until <= now {
        problems.push(Problem::field("ends_at", "終了の時刻が過ぎています。新しく申請してください。"));
    }
    if context.transition == Some("approve") {
        let holder = after.text("account").unwrap_or_default();
        let holder = context.tx.record(account::LEDGER, holder)?;
        if holder.is_none_or(|holder| holder.state != account::ACTIVE) {
            problems.push(Problem::field("account", "この利用者は利用中ではありません。承認できません。"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Invalid(problems)) }
}

/// Move requests whose time is over to their end, and those that nobody decided in time too. Returns how many.
///
/// # Errors
/// Those of the write path.
pub fn end_expired(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let now = kernel.now();
    let mut ended = 0;
    for request in find::all(tx, LEDGER, find::in_state(&[APPROVED]), find::MOST)? {
        if find::instant(&request, "ends_at").is_some_and(|until| until <= now) {
            let change =
                Change::transition(LEDGER, &request.id, request.revision, "end").because("終了の時刻になったため");
            kernel.commit(tx, &Principal::system(PART), change)?;
            ended += 1;
        }
    }
    Ok(ended)
}

/// Whether anything waits for [`end_expired`]: asked often, so without writing.
///
/// # Errors
/// Only those of the store.
pub fn any_expired(tx: &mut dyn Reader, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let approved = find::all(tx, LEDGER, find::in_state(&[APPROVED]), find::MOST)?;
    Ok(approved.iter().any(|request| find::instant(request, "ends_at").is_some_and(|until| until <= now)))
}

/// What goes into the journal beside an act under such a role.
pub fn fact(elevated: &[Elevated]) -> Value {
    elevated.iter().map(|one| Value::from(one.request.as_str())).collect()
}
