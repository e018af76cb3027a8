//! Stopping an account and letting it go on, as the program itself; and what remains to be done by people after that.

use chrono::NaiveDate;
use ledger::port::{Reader, StoreError, Writer};
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::json;

use super::find;
use crate::names::{account, person};

/// The part of the program that acts.
pub const PART: &str = "accounts";

/// Why an account stops by itself. The codes stand in the field `stopped_for`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nobody signed in for so many days.
    Unused(i64),
    /// The person left on that day.
    Left(NaiveDate),
    /// The person is away since that day.
    Absence(NaiveDate),
    /// The head of the office said so in the review.
    Reviewed,
}

impl Cause {
    /// Code in the ledger.
    pub fn code(self) -> &'static str {
        match self {
            Cause::Unused(_) => "unused",
            Cause::Left(_) => "left",
            Cause::Absence(_) => "absence",
            Cause::Reviewed => "reviewed",
        }
    }

    fn words(self) -> String {
        match self {
            Cause::Unused(days) => format!("{days}日間サインインがないため"),
            Cause::Left(day) => format!("{}に退職したため", calendar::format_date(day)),
            Cause::Absence(day) => format!("{}から職場を離れているため", calendar::format_date(day)),
            Cause::Reviewed => "利用者棚卸しで止めると判断されたため".into(),
        }
    }
}

/// Stop an account that is in use, end its sessions, and open what people must do next. Nothing happens to an account
/// that is not in use.
///
/// # Errors
/// Those of the write path.
pub fn stop(tx: &mut dyn Writer, kernel: &Kernel, account: &Record, cause: Cause) -> Result<bool, Refusal> {
    if account.state != account::ACTIVE {
        return Ok(false);
    }
    let who = Principal::system(PART);
    let mut values = Body::new();
    values.insert(account::STOPPED_FOR.into(), cause.code().into());
    let change = Change::transition(account::LEDGER, &account.id, account.revision, "suspend")
        .with(values)
        .because(&cause.words());
    kernel.commit(tx, &who, change)?;
    tx.close_sessions(&account.id)?;
    match cause {
        Cause::Left(day) => aftermath(tx, kernel, account, "left", day, "")?,
        Cause::Absence(day) => aftermath(tx, kernel, account, "absence", day, "")?,
        Cause::Unused(_) | Cause::Reviewed => {}
    }
    Ok(true)
}

/// Let an account go on that was stopped for this cause alone.
///
/// # Errors
/// Those of the write path.
pub fn resume(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: &Record,
    code: &str,
    words: &str,
) -> Result<bool, Refusal> {
    if account.state != account::SUSPENDED || account.text(account::STOPPED_FOR) != Some(code) {
        return Ok(false);
    }
    let change = Change::transition(account::LEDGER, &account.id, account.revision, "resume").because(words);
    kernel.commit(tx, &Principal::system(PART), change)?;
    Ok(true)
}

/// A record of ended rights, with the duty to take back what the person holds (アクセス権の失効).
pub(super) fn aftermath(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: &Record,
    cause: &str,
    on: NaiveDate,
    roles: &str,
) -> Result<(), Refusal> {
    let mut values = Body::new();
    values.insert("account".into(), account.id.as_str().into());
    if let Some(person) = account.text(account::PERSON) {
        values.insert("person".into(), person.into());
    }
    values.insert("cause".into(), cause.into());
    values.insert("occurred_on".into(), on.to_string().into());
    values.insert("ended_at".into(), json!(kernel.now()));
    if !roles.is_empty() {
        values.insert("roles".into(), roles.into());
    }
    kernel.commit(tx, &Principal::system(PART), Change::create("access_end", values))?;
    Ok(())
}

/// Why the account of this person must not be used on a day: the person left, or is away.
///
/// # Errors
/// Only those of the store.
pub fn cause_of_person(
    tx: &mut (impl Reader + ?Sized),
    person: &str,
    day: NaiveDate,
) -> Result<Option<Cause>, StoreError> {
    if let Some(record) = tx.record(person::LEDGER, person)?
        && let Some(left) = find::date(&record, "retired_on").filter(|left| *left < day)
    {
        return Ok(Some(Cause::Left(left)));
    }
    let away =
        find::all(tx, "absence", find::holds("person", person).and(find::in_force("start_on", "end_on", day)), 10)?;
    let away = away.iter().find(|record| record.value("keeps_account").as_bool() != Some(true));
    Ok(away.and_then(|record| find::date(record, "start_on")).map(Cause::Absence))
}

/// Accounts of a person, in order of creation.
///
/// # Errors
/// Only those of the store.
pub fn accounts_of(tx: &mut (impl Reader + ?Sized), person: &str) -> Result<Vec<Record>, StoreError> {
    find::all(tx, account::LEDGER, find::holds(account::PERSON, person), 100)
}

/// Bring the accounts of one person to what holds today: stop them, or let them go on after an absence.
///
/// # Errors
/// Those of the write path.
pub fn follow_person(tx: &mut dyn Writer, kernel: &Kernel, person: &str) -> Result<u64, Refusal> {
    let mut changed = 0;
    let accounts = accounts_of(tx, person)?;
    if accounts.is_empty() {
        return Ok(0);
    }
    let cause = cause_of_person(tx, person, kernel.today())?;
    for account in accounts {
        let done = match cause {
            Some(cause) => {
                if let Cause::Left(day) = cause {
                    changed += super::grants::end_all(tx, kernel, &account.id, day)?;
                }
                stop(tx, kernel, &account, cause)?
            }
            None => resume(tx, kernel, &account, "absence", "職場に戻ったため")?,
        };
        changed += u64::from(done);
    }
    Ok(changed)
}
