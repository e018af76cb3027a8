//! A user: an account as SCIM shows it, and what is done to an account when a client asks.

use ledger::access::Access;
use ledger::port::{Reader, StoreError, Writer};
use ledger::query::Filter;
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use super::patch::Wanted;
use super::{ENTERPRISE, USER, Wrong};
use crate::accounts::find;
use crate::names::{account, person};
use crate::sign_in::folded;

/// Cause of a stop that a client asked for.
const PROVISIONING: &str = "provisioning";

/// Why a call is not done.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// What was sent is wrong.
    #[error(transparent)]
    Wrong(#[from] Wrong),
    /// The name is taken, now or formerly.
    #[error("このuserNameは、今使われているか、前に使われていました。使い回せません。")]
    Taken,
    /// Somebody changed the account in the meantime.
    #[error("ほかで先に更新されました。読み直してから、もう一度要求してください。")]
    Changed,
    /// The kernel refuses.
    #[error(transparent)]
    Refusal(#[from] Refusal),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

/// An account as a user. `base` is where users lie: `https://daicho.example.jp/scim/v2/Users`.
///
/// # Errors
/// Only those of the store.
pub fn shown(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    account: &Record,
    base: &str,
) -> Result<Value, StoreError> {
    let account =
        &open_to(kernel, who, account.clone()).unwrap_or_else(|| Record { body: Body::new(), ..account.clone() });
    let person = match account.text(account::PERSON) {
        Some(person) => tx.record(person::LEDGER, person)?.and_then(|person| open_to(kernel, who, person)),
        None => None,
    };
    let mut user = json!({
        "schemas": [USER],
        "id": account.id,
        "userName": account.text(account::LOGIN),
        "active": account.state == account::ACTIVE,
        "meta": {
            "resourceType": "User",
            "created": account.created_at,
            "lastModified": account.recorded_at,
            "version": version(account),
            "location": format!("{base}/{}", account.id),
        },
    });
    let Some(members) = user.as_object_mut() else { return Ok(user) };
    if let Some(id) = account.text(account::EXTERNAL_ID) {
        members.insert("externalId".into(), id.into());
    }
    let number = person.as_ref().and_then(|person| person.text("number")).or(account.text(account::NUMBER));
    // An extension without any value is not there (RFC 7643 section 3).
    if let Some(number) = number {
        members.insert("schemas".into(), json!([USER, ENTERPRISE]));
        members.insert(ENTERPRISE.into(), json!({ "employeeNumber": number }));
    }
    if let Some(person) = &person {
        if let Some(name) = person.text(person::NAME) {
            members.insert("displayName".into(), name.into());
            members.insert("name".into(), json!({ "formatted": name }));
        }
        if let Some(mail) = person.text("mail") {
            members.insert("emails".into(), json!([{ "value": mail, "type": "work", "primary": true }]));
        }
    }
    Ok(user)
}

/// A record as this principal may read it; `None` where nothing of it may be read.
fn open_to(kernel: &Kernel, who: &Principal, record: Record) -> Option<Record> {
    let ledger = kernel.ledger(&record.ledger).ok()?;
    let access = Access::new(&ledger, who);
    access.may_read(&record).then(|| access.redact(record))
}

/// The entity tag of an account.
pub fn version(account: &Record) -> String {
    format!("W/\"{}\"", account.revision)
}

/// The account of an identifier; `None` for one that is gone or was never there.
///
/// # Errors
/// Only those of the store.
pub fn read(tx: &mut (impl Reader + ?Sized), id: &str) -> Result<Option<Record>, StoreError> {
    if id.len() != 26 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    Ok(tx.record(account::LEDGER, id)?.filter(|account| account.state != account::CLOSED))
}

/// All users that satisfy a filter, in order of creation, as they are shown.
///
/// # Errors
/// Only those of the store.
pub fn list(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    filter: Option<&super::filter::Filter>,
    base: &str,
) -> Result<Vec<Value>, StoreError> {
    // What must equal something is looked up; anything else is read through, a few thousand records.
    let narrowed = match filter.and_then(super::filter::Filter::equals) {
        Some(("username", name)) => is(account::IDENTIFIER, &folded(name)),
        Some(("externalid", id)) => is(account::EXTERNAL_ID, id),
        _ => Filter::Everything,
    };
    let living = find::in_state(&[account::ACTIVE, account::SUSPENDED]);
    let mut users = Vec::new();
    for account in find::all(tx, account::LEDGER, narrowed.and(living), find::MOST)? {
        let user = shown(tx, kernel, who, &account, base)?;
        if filter.is_none_or(|filter| filter.holds(&user)) {
            users.push(user);
        }
    }
    Ok(users)
}

fn is(field: &str, value: &str) -> Filter {
    Filter::Compare(find::text(field), ledger::query::Comparison::Is, value.into())
}

/// Make an account.
///
/// # Errors
/// Any [`Failed`].
pub fn create(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, wanted: &Wanted) -> Result<Record, Failed> {
    let Some(name) = wanted.user_name.as_deref() else {
        return Err(Wrong::new("invalidValue", "userNameが要ります。").into());
    };
    if !find::all(tx, account::LEDGER, is(account::IDENTIFIER, &folded(name)), 1)?.is_empty() {
        return Err(Failed::Taken);
    }
    let mut values = facts(wanted);
    values.insert(account::LOGIN.into(), name.into());
    let made = kernel.commit(tx, who, Change::create(account::LEDGER, values)).map_err(told)?;
    set_active(tx, kernel, who, made, wanted.active)
}

/// Change an account. `seen` is the revision that the client names in `If-Match`.
///
/// # Errors
/// Any [`Failed`].
pub fn change(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    id: &str,
    seen: Option<i64>,
    wanted: &Wanted,
) -> Result<Record, Failed> {
    let account = locked(tx, id, seen)?;
    if let Some(name) = &wanted.user_name
        && folded(name) != folded(account.text(account::LOGIN).unwrap_or_default())
    {
        return Err(Wrong::new("mutability", "userNameは変えられません。新しい利用者を登録してください。").into());
    }
    let values = facts(wanted);
    let change = Change::amend(account::LEDGER, id, account.revision, values);
    let account = kernel.commit(tx, who, change).map_err(told)?;
    set_active(tx, kernel, who, account, wanted.active)
}

/// Close an account for good: what a client deletes.
///
/// # Errors
/// Any [`Failed`].
pub fn delete(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    id: &str,
    seen: Option<i64>,
) -> Result<(), Failed> {
    let account = locked(tx, id, seen)?;
    let change = Change::transition(account::LEDGER, id, account.revision, "close").because("連携元で削除されたため");
    kernel.commit(tx, who, change).map_err(told)?;
    Ok(())
}

fn locked(tx: &mut dyn Writer, id: &str, seen: Option<i64>) -> Result<Record, Failed> {
    if read(tx, id)?.is_none() {
        return Err(Refusal::NotFound.into());
    }
    let account = tx.record_locked(account::LEDGER, id)?.ok_or(Refusal::NotFound)?;
    if seen.is_some_and(|seen| seen != account.revision) {
        return Err(Failed::Changed);
    }
    Ok(account)
}

fn facts(wanted: &Wanted) -> Body {
    let mut values = Body::new();
    for (field, value) in [(account::EXTERNAL_ID, &wanted.external_id), (account::NUMBER, &wanted.employee_number)] {
        if let Some(value) = value {
            values.insert(field.into(), value.as_deref().map_or(Value::Null, Value::from));
        }
    }
    values
}

/// Stop the account, or let it go on if the client itself had stopped it. One that stopped for another reason stays so:
/// the answer says that it is not active.
fn set_active(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    account: Record,
    active: Option<bool>,
) -> Result<Record, Failed> {
    let by_client = account.text(account::STOPPED_FOR) == Some(PROVISIONING);
    let change = match (account.state.as_str(), active) {
        (account::ACTIVE, Some(false)) => {
            let mut values = Body::new();
            values.insert(account::STOPPED_FOR.into(), PROVISIONING.into());
            Change::transition(account::LEDGER, &account.id, account.revision, "suspend")
                .with(values)
                .because("連携元で無効にされたため")
        }
        (account::SUSPENDED, Some(true)) if by_client => {
            Change::transition(account::LEDGER, &account.id, account.revision, "resume")
                .because("連携元で有効にされたため")
        }
        _ => return Ok(account),
    };
    kernel.commit(tx, who, change).map_err(told)
}

/// A refusal in the words of the protocol.
fn told(refusal: Refusal) -> Failed {
    match refusal {
        Refusal::Invalid(problems) => {
            let words: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
            Wrong::new("invalidValue", words.join(" ")).into()
        }
        Refusal::Conflict(_) => Failed::Changed,
        other => other.into(),
    }
}
