//! Acts on a sheet that are no part of its form: a button where nothing is asked, a page of its own where words are.

use ledger::port::{Reader, Writer};
use ledger::read::Offer;
use ledger::{Change, Refusal};
use maud::{Markup, Render};
use ui::components::{Button, LinkButton, Notice, Page, PostButton};
use ui::web::{Ask, Reply, Stop};

use super::super::address;
use super::super::pairs::{Pairs, draft_key};
use super::form::{REVISION, SheetForm};
use super::seen::Seen;

/// The act at the head of a sheet: a button, a link to its page, or why it cannot be done.
pub fn button(ask: &Ask<'_>, seen: &Seen, offer: &Offer) -> Markup {
    let transition = &offer.transition;
    let button = match transition.main {
        true => Button::primary(&transition.label),
        false => Button::secondary(&transition.label),
    };
    if let Some(obstacle) = &offer.obstacle {
        return button.refused(obstacle).render();
    }
    let to = address::act(&seen.sheet().id, &transition.name);
    let asks = transition.comment_required || !transition.confirm.is_empty() || !seen.fields_of(offer).is_empty();
    if asks {
        return LinkButton::secondary(&transition.label, to).render();
    }
    PostButton::new(to, button)
        .hidden("_secret", ask.secret)
        .hidden(REVISION, seen.sheet().revision.to_string())
        .render()
}

fn offer<'a>(seen: &'a Seen, name: &str) -> Result<&'a Offer, Stop> {
    let found = seen.detail.offers.iter().find(|offer| offer.transition.name == name);
    found.ok_or_else(|| {
        Refusal::Denied("今の状態では、あなたはこの操作ができません。評価記録書を開いて確かめてください。".into())
            .into()
    })
}

/// The page that asks for what the act needs.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let seen = Seen::load(tx, ask, ask.param("id"))?;
    let offer = offer(&seen, ask.param("name"))?;
    let fields = seen.fields_of(offer);
    let names: Vec<&str> = fields.iter().map(String::as_str).collect();
    let pairs = Pairs::of(&seen.ledger, seen.sheet(), &names);
    Ok(Reply::page(draw(ask, &seen, offer, &fields, &pairs, &[])))
}

fn draw(
    ask: &Ask<'_>,
    seen: &Seen,
    offer: &Offer,
    fields: &[String],
    pairs: &Pairs,
    problems: &[ledger::Problem],
) -> Page {
    let transition = &offer.transition;
    let names: Vec<&str> = fields.iter().map(String::as_str).collect();
    ask.seen.shown(ask.who, &seen.ledger, [seen.sheet()], Some(&names));
    let back = address::sheet(&seen.sheet().id);
    let page = Page::new(transition.label.as_str())
        .under("人事評価", address::entrance())
        .under(format!("{}　{}", seen.subject_name(), seen.round.text("name").unwrap_or_default()), back.clone());
    let page = match transition.confirm.as_str() {
        "" => page,
        question => page.notice(Notice::warning(question)),
    };
    if let Some(obstacle) = &offer.obstacle {
        return page
            .notice(Notice::warning("今はこの操作ができません").text(obstacle.as_str()))
            .body(LinkButton::secondary("評価記録書に戻る", back));
    }
    let form = SheetForm { ask, seen, pairs, problems };
    let to = address::act(&seen.sheet().id, &transition.name);
    page.body(form.draw_act(fields, transition.comment_required, &transition.label, to, &back))
}

/// Take the act.
pub fn take(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let seen = Seen::load(tx, ask, ask.param("id"))?;
    let offer = offer(&seen, ask.param("name"))?;
    let fields = seen.fields_of(offer);
    let names: Vec<&str> = fields.iter().map(String::as_str).collect();
    let pairs = Pairs(ask.form.clone());
    let revision = pairs.first(REVISION).parse().unwrap_or_default();
    let change = Change::transition(&seen.sheet().ledger, &seen.sheet().id, revision, &offer.transition.name)
        .with(pairs.values(&seen.ledger, &names));
    let change = match pairs.first("_reason").trim() {
        "" => change,
        reason => change.because(reason),
    };
    match ask.kernel.commit(tx, ask.who, change) {
        Ok(stored) => {
            tx.clear_desk(&ask.who.actor.account, &draft_key(&stored.id))?;
            let words = format!("「{}」を行いました", offer.transition.label);
            let state = format!("今の状態は「{}」です。", seen.ledger.workflow.state_label(&stored.state));
            Ok(Reply::to_with(address::sheet(&stored.id), Notice::success(words).text(state)))
        }
        Err(Refusal::Invalid(problems)) => {
            Err(Stop::Answer(Reply::page(draw(ask, &seen, offer, &fields, &pairs, &problems))))
        }
        Err(other) => Err(other.into()),
    }
}
