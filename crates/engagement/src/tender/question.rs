//! Questions and their answers: taken until the minute, shown to everybody without who asked, for as long as announced.

use ledger::engine::Context;
use ledger::port::Writer;
use ledger::query::{Comparison, Filter};
use ledger::record::{Body, Record};
use ledger::refusal::Refusal;
use ledger::{Kernel, Principal, find};
use serde_json::Value;

use super::names::{ANSWER, FILED, MANY};
use super::step::{self, make, tender_of, values, wrong};

/// Complete a question before it is stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let asked = ["tender", "bidder", "subject", "question", "means"];
    if before.is_some_and(|before| asked.iter().all(|name| before.value(name) == after.value(name))) {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    if tender.state != "announced" {
        return wrong("tender", "この調達は、今は質問を受け付けていません。");
    }
    if filed(context, &tender, after)? {
        return wrong(
            "tender",
            "入札した後は、入札説明書などの不明を理由とする異議は申し立てられません（入札心得書第13条）。",
        );
    }
    let limit = find::instant(&tender, "question_until");
    if after.text("means") == Some("system") {
        step::until(context.kernel, limit, "質問")?;
        after.body.insert("asked_at".into(), step::written(context.kernel.now()));
        return Ok(());
    }
    match (find::instant(after, "asked_at"), limit) {
        (None, _) => wrong("asked_at", "受け付けた日時を書いてください。"),
        (Some(at), _) if at > context.kernel.now() => wrong("asked_at", "受け付けた日時が今より後です。"),
        (Some(at), Some(limit)) if at > limit => wrong("asked_at", "質問の期限の後に届いたものは受け付けません。"),
        _ => Ok(()),
    }
}

/// Whether who asks has filed a bid already.
fn filed(context: &mut Context<'_>, tender: &Record, question: &Record) -> Result<bool, Refusal> {
    let Some(bidder) = find::owned(question, "bidder") else { return Ok(false) };
    Ok(step::bids(context.tx, &tender.id, &FILED)?.iter().any(|bid| bid.text("bidder") == Some(&bidder)))
}

/// A published answer is copied to where everybody reads it. The copy is made by the program, so that no trace of who asked
/// hangs on it.
pub fn follow(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    if context.transition != Some("publish") {
        return Ok(());
    }
    let wording =
        if after.text("wording").is_some_and(|words| !words.trim().is_empty()) { "wording" } else { "question" };
    let copy = values([
        ("tender", after.value("tender").clone()),
        ("subject", after.value("subject").clone()),
        ("question", after.value(wording).clone()),
        ("answer", after.value("answer").clone()),
    ]);
    make(context, ANSWER, copy)?;
    Ok(())
}

/// Once a day: answers whose time of showing is over are taken from the participants.
///
/// # Errors
/// What the write path refuses.
pub fn finish(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let today: Value = kernel.today().to_string().into();
    let over = Filter::Compare(find::text("until"), Comparison::Below, today);
    let mut done = 0;
    for answer in find::all(tx, ANSWER, find::in_state(&["shown"]).and(over), MANY)? {
        step::take_as(tx, kernel, &Principal::system("tender"), &answer, "finish", Body::new())?;
        done += 1;
    }
    Ok(done)
}
