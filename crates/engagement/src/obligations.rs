//! Contract deadlines (契約上の期限) that are met by a record of another ledger: when the minutes of a meeting are
//! handed in or a delivery is inspected, nobody enters it twice.

use ledger::engine::Context;
use ledger::{Change, Principal, Record, Refusal, find};
use serde_json::Value;

/// Ledger of the deadlines.
pub const OBLIGATION: &str = "obligation";

/// States in which a deadline is still to be met.
const OPEN: [&str; 2] = ["planned", "returned"];

/// The open deadlines that were made for a record.
///
/// # Errors
/// Those of the database.
pub fn made_for(context: &mut Context<'_>, event: &Record) -> Result<Vec<Record>, Refusal> {
    let Some(engagement) = event.text("engagement") else { return Ok(Vec::new()) };
    let filter = find::is("engagement", engagement).and(find::is("event", &event.id)).and(find::in_state(&OPEN));
    Ok(find::all(context.tx, OBLIGATION, filter, 100)?)
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

/// What the agency had to do for a record is done (or, with a reason, no longer needed): nobody else confirms that.
///
/// # Errors
/// The kernel's refusal.
pub fn agency_done(context: &mut Context<'_>, event: &Record, needless: Option<&str>) -> Result<(), Refusal> {
    let today = context.kernel.today().to_string().into();
    for obligation in made_for(context, event)? {
        if obligation.text("side") != Some("agency") {
            continue;
        }
        if let Some(reason) = needless {
            let change = Change::transition(OBLIGATION, &obligation.id, obligation.revision, "waive").because(reason);
            context.kernel.commit(context.tx, &Principal::system("inspection"), change)?;
            continue;
        }
        submit(context, &obligation, &today)?;
        let Some(submitted) = context.tx.record(OBLIGATION, &obligation.id)? else { continue };
        let change = Change::transition(OBLIGATION, &submitted.id, submitted.revision, "accept");
        context.kernel.commit(context.tx, &Principal::system("inspection"), change)?;
    }
    Ok(())
}

/// The person who acts, with the right of the program: they may do the act that this follows from.
fn in_the_name_of(who: &Principal) -> Principal {
    Principal { actor: who.actor.clone(), ..Principal::system("hand_in") }
}
