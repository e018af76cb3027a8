//! What the write path asks on every change of accounts, roles and the personnel facts they follow.

use ledger::engine::Context;
use ledger::{Engine, Problem, Record, Refusal};

use super::{find, grants, review, stop};
use crate::names::{account, person, role_grant};
use crate::sign_in::folded;
use crate::{device, privilege};

/// The rules of this area.
pub struct AccountEngine;

impl Engine for AccountEngine {
    fn ledgers(&self) -> &[&str] {
        &[
            account::LEDGER,
            role_grant::LEDGER,
            person::LEDGER,
            "assignment",
            "absence",
            review::LEDGER,
            privilege::LEDGER,
            device::LEDGER,
        ]
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        match context.ledger.name.as_str() {
            account::LEDGER => account(context, before, after),
            role_grant::LEDGER if before.is_none() => grants::tie(context.tx, context.kernel, after),
            privilege::LEDGER => privilege::complete(context, before, after),
            device::LEDGER => device::complete(after),
            review::LEDGER => match before {
                Some(before) if !review::keep_lines(before, after) => {
                    let words =
                        "行の追加や削除、利用者名や役割の変更はできません。「判断」と「メモ」だけを書いてください。";
                    Err(Refusal::invalid(Problem::field("lines", words)))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        let (tx, kernel) = (&mut *context.tx, context.kernel);
        match context.ledger.name.as_str() {
            "assignment" => grants::follow_assignment(tx, kernel, before, after),
            "absence" => {
                if let Some(person) = after.text("person") {
                    stop::follow_person(tx, kernel, person)?;
                }
                Ok(())
            }
            person::LEDGER => {
                let left = |record: &Record| find::date(record, "retired_on");
                if before.is_none() {
                    link(context, after)?;
                } else if before.and_then(left) != left(after) {
                    stop::follow_person(tx, kernel, &after.id)?;
                }
                Ok(())
            }
            account::LEDGER if context.transition == Some("suspend") || context.transition == Some("close") => {
                tx.close_sessions(&after.id)?;
                Ok(())
            }
            review::LEDGER if context.transition == Some("confirm") => review::follow(tx, kernel, after),
            _ => Ok(()),
        }
    }
}

/// An account: its folded name, by which names are never used twice; the person of its number; one living account a
/// person; no return for somebody who left.
fn account(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let folded = folded(after.text(account::LOGIN).unwrap_or_default());
    after.body.insert(account::IDENTIFIER.into(), folded.into());
    if after.text(account::PERSON).is_none()
        && let Some(number) = after.text(account::NUMBER)
    {
        let found = context.tx.lookup(person::LEDGER, "number", &[number.to_string()])?;
        if let Some([person]) = found.get(number).map(Vec::as_slice) {
            after.body.insert(account::PERSON.into(), person.as_str().into());
        }
    }
    let Some(person) = after.text(account::PERSON).map(String::from) else { return Ok(()) };
    if before.and_then(|before| before.text(account::PERSON)) != Some(person.as_str()) {
        let others = stop::accounts_of(context.tx, &person)?;
        if others.iter().any(|other| other.id != after.id && other.state != account::CLOSED) {
            let words = "この職員の利用者がすでにいます。今ある利用者を使ってください。";
            return Err(Refusal::invalid(Problem::field(account::PERSON, words)));
        }
    }
    if context.transition == Some("resume")
        && let Some(cause) = stop::cause_of_person(context.tx, &person, context.kernel.today())?
    {
        let words = match cause {
            stop::Cause::Left(_) => {
                "退職した職員の利用者は再開できません。退職年月日が誤っていれば、先に職員の記録を直してください。"
            }
            _ => "職場を離れている職員の利用者は再開できません。先に休職・派遣の記録に終了日を入れてください。",
        };
        return Err(Refusal::invalid(Problem::record(words)));
    }
    Ok(())
}

/// A person was registered: accounts that came with the number before find their person now.
fn link(context: &mut Context<'_>, person: &Record) -> Result<(), Refusal> {
    let Some(number) = person.text("number") else { return Ok(()) };
    let found = context.tx.lookup(account::LEDGER, account::NUMBER, &[number.to_string()])?;
    for id in found.values().flatten() {
        let Some(account) = context.tx.record(account::LEDGER, id)? else { continue };
        if account.text(account::PERSON).is_none() && account.state != account::CLOSED {
            let mut values = ledger::Body::new();
            values.insert(account::PERSON.into(), person.id.as_str().into());
            let change = ledger::Change::amend(account::LEDGER, id, account.revision, values);
            let who = ledger::Principal::system(stop::PART);
            context.kernel.commit(context.tx, &who, change.because("職員番号が同じ職員が登録されたため"))?;
        }
    }
    Ok(())
}
