//! Small things beside a sheet: a note on the person, a draft thrown away.

use ledger::port::Writer;
use ledger::{Body, Change, Refusal};
use ui::components::Notice;
use ui::web::{Ask, Reply, Stop};

use super::super::super::names::ledger_name::MEMO;
use super::super::address;
use super::super::pairs::draft_key;
use super::seen::Seen;

/// Keep a note on the person of the sheet; only its writer ever reads it.
pub fn keep(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let seen = Seen::load(tx, ask, ask.param("id"))?;
    let back = address::sheet(&seen.sheet().id);
    let text = ask.form("note").unwrap_or_default();
    if text.trim().is_empty() {
        let notice = Notice::warning("手控えは空のため、残していません");
        return Ok(Reply::to_with(back, notice));
    }
    let subject = seen.sheet().text("subject").ok_or(Refusal::NotFound)?;
    let mut values = Body::new();
    // Whether one may write it is asked before defaults are filled in.
    values.insert("writer".into(), ask.who.person().into());
    values.insert("subject".into(), subject.into());
    values.insert("text".into(), text.into());
    ask.kernel.commit(tx, ask.who, Change::create(MEMO, values))?;
    Ok(Reply::to_with(back, Notice::success("手控えを残しました")))
}

/// Throw the draft of a sheet away.
pub fn discard(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let seen = Seen::load(tx, ask, ask.param("id"))?;
    tx.clear_desk(&ask.who.actor.account, &draft_key(&seen.sheet().id))?;
    Ok(Reply::to_with(address::sheet(&seen.sheet().id), Notice::success("下書きを捨てました")))
}
