//! Taking a step of the procedure: the page that asks for what the step needs, and the step itself.

use ledger::access::Access;
use ledger::definition::{Ledger, Transition};
use ledger::port::{HistoryQuery, Reader, Told, Writer};
use ledger::{Change, Problem, Record, Refusal};
use maud::{Render, html};

use crate::components::{Button, Form, LinkButton, Notice, Page};
use crate::web::{Ask, Reply, Stop};

use super::super::form::entered::{self, Entered};
use super::super::form::plan::Plan;
use super::super::form::sheet::{Sheet, reason_field};
use super::super::pairs::{FIELDS, Pairs, REVISION};
use super::super::words::{list_url, own_titles, page_url, record_url};
use super::{sentences, transition_url};

/// The page before the step.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let (record, transition) = step(tx, ask, &ledger)?;
    if let Some(obstacle) = ledger::write::obstacle(&ledger, transition, &record, ask.who) {
        return Err(Refusal::Denied(obstacle).into());
    }
    let record = Access::new(&ledger, ask.who).redact(record);
    let plan = Plan::transition(&ledger, transition);
    let mut pairs = Pairs::of(&record, plan.inputs.iter().filter_map(|name| ledger.field(name)));
    pairs.0.push((REVISION.into(), record.revision.to_string()));
    Ok(Reply::page(draw(tx, ask, &ledger, transition, &record, &pairs, &[])?))
}

fn step<'a>(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &'a Ledger) -> Result<(Record, &'a Transition), Stop> {
    let access = Access::new(ledger, ask.who);
    let record = tx.record(&ledger.name, ask.param("id"))?.filter(|record| access.may_read(record));
    let record = record.ok_or(Refusal::NotFound)?;
    let transition = ledger.workflow.transition(ask.param("name")).ok_or(Refusal::NotFound)?;
    Ok((record, transition))
}

fn draw(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    transition: &Transition,
    record: &Record,
    pairs: &Pairs,
    problems: &[Problem],
) -> Result<Page, Stop> {
    let plan = Plan::transition(ledger, transition);
    let sheet = Sheet { ask, ledger, plan: &plan, record: Some(record), pairs, problems };
    let (body, errors) = sheet.draw(tx)?;
    let title = own_titles(ask.kernel, tx, ask.who, ledger, std::slice::from_ref(record))?.pop().unwrap_or_default();
    let back = record_url(&ledger.name, &record.id);
    let wrong = problems.iter().find(|problem| problem.field == "_reason").map(|problem| problem.message.clone());
    let form = Form::new(transition_url(ledger, record, &transition.name))
        .hidden("_secret", ask.secret)
        .hidden(REVISION, pairs.first(REVISION))
        .hidden(FIELDS, plan.inputs.join(","))
        .errors(errors)
        .files_if(plan.files)
        .body(html! {
            @if !transition.confirm.is_empty() { p class="bold" { (transition.confirm) } }
            (body)
            (reason_field(pairs, transition.comment_required, wrong))
        })
        .button(Button::primary(&transition.label))
        .button(LinkButton::secondary("やめる", back.clone()));
    let elsewhere =
        problems.iter().any(|problem| !problem.field.starts_with('_') && !plan.inputs.contains(&problem.field));
    let mend = elsewhere.then(|| LinkButton::secondary("記録を直す", back.clone().join("edit")).render());
    Ok(Page::new(format!("{title}: {}", transition.label))
        .under(ledger.label.as_str(), list_url(&ledger.name))
        .under(title, back)
        .body(html! { @if let Some(mend) = mend { p { "この画面にない項目は、記録の画面で直してください。 " (mend) } } (form) }))
}

/// Take the step.
pub fn take(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let (record, transition) = step(tx, ask, &ledger)?;
    let record = Access::new(&ledger, ask.who).redact(record);
    let mut entered = entered::read(tx, ask, &ledger, Pairs(ask.form.clone()))?;
    if !entered.problems.is_empty() {
        let problems = std::mem::take(&mut entered.problems);
        return Err(again(tx, ask, &ledger, transition, &record, entered, problems));
    }
    for file in &entered.files {
        tx.add_attachment(file)?;
    }
    let seen = entered.pairs.revision().unwrap_or_default();
    let change = Change::transition(&ledger.name, &record.id, seen, &transition.name).with(entered.values.clone());
    let change = match entered.pairs.first("_reason").trim() {
        "" => change,
        reason => change.because(reason),
    };
    match ask.kernel.commit(tx, ask.who, change) {
        Ok(_) => Ok(Reply::to_with(
            page_url(&ask.kernel.catalogue, &ledger.name, &record.id),
            Notice::success(format!("「{}」を行いました", transition.label)),
        )),
        Err(Refusal::Invalid(problems)) => Err(again(tx, ask, &ledger, transition, &record, entered, problems)),
        Err(Refusal::Conflict(now)) => Err(changed(tx, ask, &ledger, transition, &now, seen, entered)?),
        Err(other) => Err(other.into()),
    }
}

fn again(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    transition: &Transition,
    record: &Record,
    entered: Entered,
    mut problems: Vec<Problem>,
) -> Stop {
    // The write path names a missing comment `reason`; a ledger may have a field of that name.
    let silent = entered.pairs.first("_reason").trim().is_empty();
    for problem in problems.iter_mut().filter(|problem| problem.field == "reason") {
        if transition.comment_required && silent {
            problem.field = "_reason".into();
        }
    }
    match draw(tx, ask, ledger, transition, record, &entered.pairs, &problems) {
        Ok(page) => Stop::keeping(422, Reply::page(page), entered.keep()),
        Err(stop) => stop,
    }
}

/// Somebody changed the record in between: what they changed, and the step again on the record as it is now.
fn changed(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    transition: &Transition,
    now: &Record,
    seen: i64,
    mut entered: Entered,
) -> Result<Stop, Stop> {
    let entries = match ask.kernel.history(tx, ask.who, &ledger.name, &now.id, HistoryQuery::newest(Told::Changes, 20))
    {
        Ok(entries) => entries.into_iter().filter(|entry| entry.entry.revision > seen).collect(),
        Err(Refusal::Store(error)) => return Err(error.into()),
        Err(_) => Vec::new(),
    };
    ask.seen.shown(ask.who, ledger, [now], None);
    let history = sentences::draw(tx, ask, ledger, &entries)?;
    let notice = Notice::warning("あなたが画面を開いた後に、ほかの人がこの記録を更新しました")
        .text("まだ何も変更していません。変更を確かめてから、もう一度行ってください。")
        .action(history);
    if let Some(obstacle) = ledger::write::obstacle(ledger, transition, now, ask.who) {
        let back = record_url(&ledger.name, &now.id);
        let page = Page::new("ほかの人が先に更新しました")
            .under(ledger.label.as_str(), list_url(&ledger.name))
            .notice(notice)
            .body(html! { p { (obstacle) } p { (LinkButton::secondary("今の内容を見る", back)) } });
        return Ok(Stop::status(409, Reply::page(page)));
    }
    entered.pairs.0.retain(|(name, _)| name != REVISION);
    entered.pairs.0.push((REVISION.into(), now.revision.to_string()));
    let page = draw(tx, ask, ledger, transition, now, &entered.pairs, &[])?.notice(notice);
    Ok(Stop::keeping(409, Reply::page(page), entered.keep()))
}
