//! One record: its state and next step first, then its facts, and at the side what hangs on it. [`transition`] takes the
//! next step, [`history`] tells what happened, [`sentences`] in whose words.

mod history;
pub(super) mod sentences;
mod side;
mod transition;

use calendar::{jst, jst_date, parse_date};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::{Detail, DutySeen, Offer, title};
use ledger::{Problem, Record, Refusal};
use maud::{Markup, Render, html};

pub use history::page as history;
pub use transition::{page as transition_page, take};

use crate::components::{AsOf, Button, LinkButton, Page, PostButton, RecordState, Section, with_side};
use crate::web::{Ask, Keep, Reply, Stop};
use crate::{Icon, Url};

use super::form::sheet::sections;
use super::pairs::REVISION;
use super::visits::Visits;
use super::words::{Words, headline, list_url, own_titles, record_url, state_badge};

/// The page. Every showing of protected fields is written down.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<(Reply, Keep), Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let as_of = as_of(ask)?;
    let at = as_of.and_then(|day| {
        let midnight = day.succ_opt()?.and_time(NaiveTime::MIN);
        Some(jst::instant_of(midnight) - TimeDelta::microseconds(1))
    });
    let detail = ask.kernel.detail(tx, ask.who, &ledger.name, ask.param("id"), at)?;
    let record = &detail.record;
    let now = ask.kernel.now();
    let visits = Visits::read(tx, ask.who)?;
    let changed = match visits.older(record) {
        Some(revision) if as_of.is_none() => changed_since(tx, ask, &ledger, record, revision)?,
        _ => Vec::new(),
    };
    let duties = match as_of {
        None => ask.kernel.duties_on(tx, &ledger.name, &record.id)?,
        Some(_) => Vec::new(),
    };
    let own_title =
        own_titles(ask.kernel, tx, ask.who, &ledger, std::slice::from_ref(record))?.pop().unwrap_or_default();
    let people = duties.iter().filter_map(|seen| seen.duty.person.as_deref());
    let people: Vec<&str> = people.chain(record.acts.values().filter_map(|act| act.person.as_deref())).collect();
    let referred = title::referred(&ledger, std::slice::from_ref(record));
    let wanted = referred.into_iter().chain(people.into_iter().map(|person| ("person", person).into()));
    let titles = title::many(&ask.kernel.catalogue, tx, ask.who, wanted)?;
    let words = Words { kernel: ask.kernel, titles: &titles };

    let url = record_url(&ledger.name, &record.id);
    let slider =
        AsOf::new(url.clone().query_if("as_of", as_of), jst_date(record.created_at), ask.kernel.today(), as_of);
    let facts = facts(&ledger, record, &words, &changed, &detail);
    let side = side::panel(tx, ask, &ledger, &detail, &duties, &words, as_of.is_some())?;
    let mut page = Page::new(headline(&ledger, record, own_title))
        .under(ledger.label.as_str(), list_url(&ledger.name).fragment(format!("row-{}", record.id)));
    if as_of.is_none() && may_amend(&ledger, &detail) {
        page = page.action(LinkButton::secondary(format!("{}を直す", ledger.label), url.join("edit")).icon(Icon::Edit));
    }
    let state = state(ask, &ledger, &detail, &duties);
    let page = page.body(html! { (state) (with_side(&html! { (slider) (facts) }, &side)) });
    ask.seen.shown(ask.who, &ledger, [record], None);
    // What was last seen of it is remembered, so that changes can be marked.
    let keep = match as_of {
        None if !visits.same(record, now) => Keep { desk: vec![visits.with(record, now)], ..Keep::default() },
        _ => Keep::default(),
    };
    Ok((Reply::page(page), keep))
}

/// The day of the state of knowledge that the address asks for; none for today.
pub(super) fn as_of(ask: &Ask<'_>) -> Result<Option<NaiveDate>, Refusal> {
    let Some(text) = ask.query("as_of").map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let today = ask.kernel.today();
    let day = parse_date(text, today)
        .map_err(|problem| Refusal::invalid(Problem::field("as_of", format!("{problem}{}", problem.mend()))))?;
    Ok(Some(day).filter(|day| *day < today))
}

fn may_amend(ledger: &Ledger, detail: &Detail) -> bool {
    ledger.current_fields().any(|field| field.computed.is_none() && detail.writable.contains(&field.class))
}

/// Names of fields that differ from a revision seen before.
fn changed_since(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    record: &Record,
    revision: i64,
) -> Result<Vec<String>, Stop> {
    let access = Access::new(ledger, ask.who);
    let Some(before) = tx.record_revision(&ledger.name, &record.id, revision)? else { return Ok(Vec::new()) };
    let before = access.redact(before);
    let differs = |name: &str| before.value(name) != record.value(name);
    Ok(ledger.fields.iter().map(|field| field.name.clone()).filter(|name| differs(name)).collect())
}

fn state(ask: &Ask<'_>, ledger: &Ledger, detail: &Detail, duties: &[DutySeen]) -> Markup {
    let record = &detail.record;
    let badge = state_badge(ledger, &record.state);
    let next = ledger.workflow.state(&record.state).map(|state| state.next.clone()).unwrap_or_default();
    let first = duties.iter().filter(|seen| seen.duty.due.is_some()).min_by_key(|seen| seen.duty.due);
    let due = first.and_then(|seen| {
        let due = seen.duty.due?;
        let weekday = jst::weekday_name(due);
        Some(format!("期限 {}({weekday})、{}", crate::when::day_text(due), seen.remaining.clone().unwrap_or_default()))
    });
    let sentence =
        [next, due.unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let late = duties.iter().any(|seen| seen.overdue);
    // A ledger without a procedure has nothing to say about states.
    if ledger.workflow.transitions.is_empty() && duties.is_empty() {
        return Markup::default();
    }
    let mut state = RecordState::new(badge, sentence).late(late);
    let mut offers: Vec<&Offer> = detail.offers.iter().collect();
    offers.sort_by_key(|offer| (offer.obstacle.is_some(), !offer.transition.main));
    for offer in offers {
        state = state.act(transition_button(ask, ledger, record, offer));
    }
    state.render()
}

/// A button that takes the transition, a link to the page that asks for what it needs, or why it cannot be taken.
fn transition_button(ask: &Ask<'_>, ledger: &Ledger, record: &Record, offer: &Offer) -> Markup {
    let transition = &offer.transition;
    let button =
        if transition.main { Button::primary(&transition.label) } else { Button::secondary(&transition.label) };
    if let Some(obstacle) = &offer.obstacle {
        return button.refused(obstacle).render();
    }
    let to = transition_url(ledger, record, &transition.name);
    let asks = transition.comment_required
        || !transition.confirm.is_empty()
        || !transition.required.is_empty()
        || !transition.fields.is_empty();
    if asks {
        return match transition.main {
            true => LinkButton::primary(&transition.label, to).render(),
            false => LinkButton::secondary(&transition.label, to).render(),
        };
    }
    PostButton::new(to, button).hidden("_secret", ask.secret).hidden(REVISION, record.revision.to_string()).render()
}

pub(super) fn transition_url(ledger: &Ledger, record: &Record, name: &str) -> Url {
    record_url(&ledger.name, &record.id).join("transitions").join(name)
}

/// Sections as in the form. Only fields that may be read are in the record at all; empty ones are shown where their class
/// may be read, so that one sees what could stand there.
fn facts(ledger: &Ledger, record: &Record, words: &Words<'_>, changed: &[String], detail: &Detail) -> Markup {
    let state = ledger.workflow.state(&record.state);
    let mut drawn = Vec::new();
    for (heading, _, fields) in sections(ledger) {
        let mut section = Section::new(heading);
        let mut any = false;
        for field in fields {
            let empty = record.value(&field.name).is_null();
            let hidden = state.is_some_and(|state| state.hidden.contains(&field.name));
            if field.code || !detail.readable.contains(&field.class) || (empty && (field.retired || hidden)) {
                continue;
            }
            any = true;
            let value = words.fact(record, field);
            section = if changed.contains(&field.name) {
                section.changed_fact(field.label.as_str(), value)
            } else {
                section.fact(field.label.as_str(), value)
            };
        }
        if any {
            drawn.push(section.render());
        }
    }
    html! { @for section in &drawn { (section) } }
}
