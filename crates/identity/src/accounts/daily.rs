//! Once a day: accounts that must stop today, those that may go on, and the warning before an unused one stops.

use chrono::{DateTime, Days, NaiveDate, Utc};
use ledger::port::{DeskItem, Mail, Reader, StoreError, Writer};
use ledger::{Kernel, Record, Refusal};
use serde_json::json;

use super::stop::{self, Cause};
use super::{Rule, find};
use crate::names::{account, person, role_grant};

/// Where the last sign-in of an account lies, on its own desk.
const LAST_USE: &str = "last_use";
/// The desk of the program itself, and what on it says since when disuse is counted.
const SYSTEM: &str = "system";
const COUNTING_SINCE: &str = "accounts.counting_since";
/// The role that administers accounts: its last holder is never stopped for disuse.
pub const ADMINISTRATOR: &str = "administrator";

/// Note that the account was signed in to now.
///
/// # Errors
/// Only those of the store.
pub fn note_use(tx: &mut dyn Writer, kernel: &Kernel, account: &str) -> Result<(), StoreError> {
    let now = kernel.now();
    tx.set_desk(account, &DeskItem { key: LAST_USE.into(), value: json!(now), saved_at: now })
}

/// Instant of the last sign-in, if there was one.
///
/// # Errors
/// Only those of the store.
pub fn last_use(tx: &mut (impl Reader + ?Sized), account: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(tx.desk(account, LAST_USE)?.map(|item| item.saved_at))
}

/// Bring every account to what holds today. Run again on the same day it does nothing.
///
/// # Errors
/// Those of the write path.
pub fn follow(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let rule = Rule::on(tx, kernel.today())?;
    let since = counting_since(tx, kernel)?;
    let mut changed = 0;
    for account in find::all(tx, account::LEDGER, find::in_state(&[account::ACTIVE]), find::MOST)? {
        let cause = match account.text(account::PERSON) {
            Some(person) => stop::cause_of_person(tx, person, kernel.today())?,
            None => None,
        };
        match cause {
            Some(cause) => {
                if let Cause::Left(day) = cause {
                    changed += super::grants::end_all(tx, kernel, &account.id, day)?;
                }
                changed += u64::from(stop::stop(tx, kernel, &account, cause)?);
            }
            None => changed += unused(tx, kernel, rule, &account, since)?,
        }
    }
    for account in find::all(tx, account::LEDGER, find::in_state(&[account::SUSPENDED]), find::MOST)? {
        if account.text(account::STOPPED_FOR) == Some("absence")
            && let Some(person) = account.text(account::PERSON)
        {
            changed += stop::follow_person(tx, kernel, person)?;
        }
    }
    Ok(changed)
}

/// The instant from which disuse is counted at all: the first time this ran. Of what was before it is not known when
/// an account was used, and nobody is stopped for that.
pub(super) fn counting_since(tx: &mut dyn Writer, kernel: &Kernel) -> Result<DateTime<Utc>, StoreError> {
    if let Some(item) = tx.desk(SYSTEM, COUNTING_SINCE)? {
        return Ok(item.saved_at);
    }
    let now = kernel.now();
    tx.set_desk(SYSTEM, &DeskItem { key: COUNTING_SINCE.into(), value: json!(now), saved_at: now })?;
    Ok(now)
}

/// Stop the account when nobody has used it for so long; warn before.
fn unused(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    rule: Rule,
    account: &Record,
    counting: DateTime<Utc>,
) -> Result<u64, Refusal> {
    let since = used_since(tx, account)?.max(counting);
    let idle = (kernel.today() - calendar::jst_date(since)).num_days();
    if idle >= rule.unused_days {
        if last_administrator(tx, kernel, account)? {
            return Ok(0);
        }
        return Ok(u64::from(stop::stop(tx, kernel, account, Cause::Unused(rule.unused_days))?));
    }
    if idle >= rule.unused_days - rule.warn_days {
        warn(tx, kernel, rule, account, since)?;
    }
    Ok(0)
}

/// The instant from which disuse counts: the last sign-in, else the day the account was made or let go on.
fn used_since(tx: &mut dyn Writer, account: &Record) -> Result<DateTime<Utc>, StoreError> {
    let resumed = account.acts.get("resume").map(|act| act.at);
    let used = last_use(tx, &account.id)?;
    Ok([Some(account.created_at), resumed, used].into_iter().flatten().max().unwrap_or(account.created_at))
}

/// Whether nobody else who is active administers accounts: stopping this one would lock the agency out.
fn last_administrator(tx: &mut dyn Writer, kernel: &Kernel, account: &Record) -> Result<bool, StoreError> {
    let today = kernel.today();
    let filter = find::holds(role_grant::ROLE, ADMINISTRATOR)
        .and(find::in_state(&[role_grant::IN_FORCE]))
        .and(find::in_force(role_grant::VALID_FROM, role_grant::VALID_TO, today));
    let grants = find::all(tx, role_grant::LEDGER, filter, find::MOST)?;
    let mut is_one = false;
    for grant in &grants {
        let Some(holder) = grant.text(role_grant::ACCOUNT) else { continue };
        if holder == account.id {
            is_one = true;
        } else if tx.record(account::LEDGER, holder)?.is_some_and(|other| other.state == account::ACTIVE) {
            return Ok(false);
        }
    }
    Ok(is_one)
}

/// One mail for each time an account nears its end.
fn warn(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    rule: Rule,
    account: &Record,
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(person) = account.text(account::PERSON) else { return Ok(()) };
    let Some(record) = tx.record(person::LEDGER, person)? else { return Ok(()) };
    let Some(to) = record.text("mail") else { return Ok(()) };
    let last = calendar::jst_date(since);
    let end = last.checked_add_days(Days::new(u64::try_from(rule.unused_days).unwrap_or_default()));
    let end = end.map(calendar::format_date).unwrap_or_default();
    let mail = Mail {
        id: kernel.new_id(),
        to: to.to_string(),
        subject: "利用者が止まる前のお知らせ".into(),
        body: format!(
            "台帳 Daicho に長い間サインインがありません。\n\n\
             {end}に、あなたの利用者は自動で止まります。続けて使うときは、それまでに一度サインインしてください。\n\
             使わないときは、何もしなくてかまいません。\n\n\
             このメールは自動で送信しています。返信はできません。\n"
        ),
        key: key(account, last),
        queued_at: kernel.now(),
        tries: 0,
    };
    tx.add_mail_to(person, &mail).map(drop)
}

fn key(account: &Record, last: NaiveDate) -> String {
    format!("unused:{}:{last}", account.id)
}
