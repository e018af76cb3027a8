//! Contract deadlines (契約上の期限) that are met by a record of another ledger: when the minutes of a meeting are
//! handed in or a delivery is inspected, nobody enters it twice.

use ledger::engine::Context;
use ledger::{Change, Principal, Record, Refusal, find};
use serde_json::Value;

use crate::names::made;

/// Ledger of the deadlines.
pub const OBLIGATION: &str = "obligation";

/// Who the program is when a deadline follows from a record.
const PART: &str = "hand_in";
/// States in which a deadline is still to be met.
const OPEN: [&str; 2] = ["planned", "returned"];

/// The deadlines that were made for a record.
fn made_for(context: &mut Context<'_>, event: &Record) -> Result<Vec<Record>, Refusal> {
    let Some(engagement) = event.text("engagement") else { return Ok(Vec::new()) };
    let filter = find::is("engagement", engagement).and(find::is(made::EVENT, &event.id));
    Ok(find::all(context.tx, OBLIGATION, filter, 100)?)
}

/// Settle the deadlines of a record that its act meets: what the company had to hand in is handed in, what the agency had
/// to do is done, what the act accepts is accepted. The terms name the acts (`met_by`, `accepted_by`); such a deadline has
/// no duty of its own, because that of the record asks for the same.
///
/// # Errors
/// The kernel's refusal.
pub fn met(context: &mut Context<'_>, event: &Record) -> Result<(), Refusal> {
    let Some(act) = context.transition.map(str::to_owned) else { return Ok(()) };
    let today = context.kernel.today().to_string().into();
    for obligation in made_for(context, event)? {
        if obligation.text(made::MET_BY) == Some(&act) {
            match obligation.text("side") {
                Some("agency") => done(context, &obligation, &today)?,
                _ => submit(context, &obligation, &today)?,
            }
        }
        if obligation.text(made::ACCEPTED_BY) == Some(&act)
            && let Some(now) = context.tx.record(OBLIGATION, &obligation.id)?
        {
            accept(context, &now)?;
        }
    }
    Ok(())
}

/// Hand in a deadline that is open, on this day, in the name of whoever acts: by handing in what meets it.
///
/// # Errors
/// The kernel's refusal.
pub fn submit(context: &mut Context<'_>, obligation: &Record, on: &Value) -> Result<(), Refusal> {
    if !OPEN.contains(&obligation.state.as_str()) {
        return Ok(());
    }
    let values = [("submitted_on".to_string(), on.clone())].into_iter().collect();
    let change = Change::transition(OBLIGATION, &obligation.id, obligation.revision, "submit").with(values);
    context.kernel.commit(context.tx, &in_the_name_of(context.who), change)?;
    Ok(())
}

/// Accept a deadline that waits for it, in the name of whoever accepts what met it.
///
/// # Errors
/// The kernel's refusal; four-eyes holds here too.
pub fn accept(context: &mut Context<'_>, obligation: &Record) -> Result<(), Refusal> {
    if obligation.state != "submitted" {
        return Ok(());
    }
    let change = Change::transition(OBLIGATION, &obligation.id, obligation.revision, "accept");
    context.kernel.commit(context.tx, &in_the_name_of(context.who), change)?;
    Ok(())
}

/// What the agency had to do is done: nobody else confirms that.
fn done(context: &mut Context<'_>, obligation: &Record, on: &Value) -> Result<(), Refusal> {
    submit(context, obligation, on)?;
    let submitted = context.tx.record(OBLIGATION, &obligation.id)?.filter(|now| now.state == "submitted");
    if let Some(submitted) = submitted {
        let change = Change::transition(OBLIGATION, &submitted.id, submitted.revision, "accept");
        context.kernel.commit(context.tx, &Principal::system(PART), change)?;
    }
    Ok(())
}

/// What the agency still had to do for a record is no longer needed.
///
/// # Errors
/// The kernel's refusal.
pub fn agency_spared(context: &mut Context<'_>, event: &Record, reason: &str) -> Result<(), Refusal> {
    for obligation in made_for(context, event)? {
        if obligation.text("side") == Some("agency") && OPEN.contains(&obligation.state.as_str()) {
            let change = Change::transition(OBLIGATION, &obligation.id, obligation.revision, "waive").because(reason);
            context.kernel.commit(context.tx, &Principal::system(PART), change)?;
        }
    }
    Ok(())
}

/// The person who acts, with the right of the program: they may do the act that this follows from.
fn in_the_name_of(who: &Principal) -> Principal {
    Principal { actor: who.actor.clone(), ..Principal::system(PART) }
}
