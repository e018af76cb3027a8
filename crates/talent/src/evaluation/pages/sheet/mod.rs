//! 評価記録書: one page that serves subject, evaluator, adjuster, authority and personnel office. What each finds on it
//! follows from the redacted record and from the acts offered, never from a role that the page guesses.
//!
//! [`seen`] reads the sheet, [`form`] draws what may be written, [`beside`] what helps to write it, [`save`] and
//! [`act`] store it, [`next_person`] leads on.

mod act;
mod beside;
mod form;
mod memo;
mod next_person;
mod save;
mod seen;

use ledger::port::Reader;
use maud::{Markup, html};
use ui::components::{Button, LinkButton, Notice, Page, Pager, PostButton, with_side};
use ui::web::{Ask, Reply, Stop};
use ui::when::Instant;

pub use act::{page as act_page, take as act};
pub use memo::{discard, keep as keep_memo};
pub use save::save;

use super::super::names::state;
use super::pairs::Pairs;
use super::{address, shown};
use form::SheetForm;
use seen::Seen;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let seen = Seen::load(tx, ask, ask.param("id"))?;
    let fields = seen.editable();
    let stored = Pairs::of(&seen.ledger, seen.sheet(), &fields);
    let mut notices = Vec::new();
    let mut pairs = stored;
    if let Some((draft, at)) = Pairs::draft(tx, ask, &seen.sheet().id)?.filter(|_| !fields.is_empty()) {
        let discard = PostButton::new(address::discard(&seen.sheet().id), Button::quiet("下書きを捨てる").small())
            .hidden("_secret", ask.secret);
        let at = Instant(at).text();
        if ask.query("draft").is_some() {
            pairs = draft;
            notices.push(Notice::info(format!("{at}の下書きを表示しています")).action(discard));
        } else {
            let to = address::sheet(&seen.sheet().id).query("draft", "1");
            let notice = Notice::info(format!("下書きがあります（{at}）"))
                .text("保存していない入力が残っています。続きから入力できます。")
                .action(html! { (LinkButton::secondary("下書きから続ける", to).small()) " " (discard) });
            notices.push(notice);
        }
    }
    let page = draw(tx, ask, &seen, &fields, &pairs, &[])?;
    Ok(Reply::page(notices.into_iter().fold(page, Page::notice)))
}

/// The whole page with the form as these pairs say. Whatever draws it leaves evidence of what it shows.
fn draw(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    seen: &Seen,
    fields: &[&str],
    pairs: &Pairs,
    problems: &[ledger::Problem],
) -> Result<Page, Stop> {
    let sheet = seen.sheet();
    ask.seen.shown(ask.who, &seen.ledger, [sheet], None);
    let round = seen.round.text("name").unwrap_or_default();
    let mut stand = shown::stand(ask, &seen.ledger, sheet, &seen.round, &seen.titles);
    for offer in seen.detail.offers.iter().filter(|offer| !seen.in_form(offer, fields)) {
        stand = stand.act(act::button(ask, seen, offer));
    }
    let beside = beside::panel(tx, ask, seen)?;
    let place = next_person::around(tx, ask, seen)?;
    let form =
        (!fields.is_empty()).then(|| SheetForm { ask, seen, pairs, problems }.draw(fields, address::sheet(&sheet.id)));
    let body = html! { div class="stack" {
        (stand)
        @if let Some(place) = &place { (Pager::new(place.previous.clone(), place.next.clone()).place(place.words.as_str())) }
        (with_side(&html! { @if let Some(form) = form { (form) } (read(ask, seen, fields)) }, &beside))
    } };
    let above = match (seen.is_subject(ask), seen.seat(ask)) {
        (true, _) => ("自分の評価", address::mine(sheet.value("year").as_i64())),
        (_, Some("adjuster")) => ("調整", address::adjustment(Some(&seen.round.id))),
        (_, Some("confirmer")) => ("確認", address::confirmation(Some(&seen.round.id))),
        (_, Some(_)) => ("評価する人", address::people().query("round", &seen.round.id)),
        _ => (round, address::round(&seen.round.id)),
    };
    let title = if seen.is_subject(ask) { round.to_string() } else { format!("{}　{round}", seen.subject_name()) };
    Ok(Page::new(title).under("人事評価", address::entrance()).under(above.0, above.1).body(body))
}

/// What is only read, as far as the form above does not show it.
fn read(ask: &Ask<'_>, seen: &Seen, fields: &[&str]) -> Markup {
    let sheet = seen.sheet();
    let in_form = |names: &[&str]| names.iter().any(|name| fields.contains(name));
    let items = shown::items(ask.kernel, sheet);
    let heading = if sheet.value("goals").is_array() { "目標" } else { "評価項目" };
    let empty = match sheet.state.as_str() {
        state::GOAL_SETTING => "目標はまだ書かれていません。",
        _ => "目標と評価項目はありません。",
    };
    html! {
        @if !in_form(&["goals", "reports", "item_marks"]) {
            section class="section stack" id="items" { h2 { (heading) } (shown::item_list(&items, empty)) }
        }
        @if let Some(comment) = sheet.text("self_comment").filter(|_| !in_form(&["self_comment"])) {
            section class="section" { h2 { "全体についての自己申告" } p class="value-only" { (comment) } }
        }
        (shown::parts([
            shown::views(sheet, &seen.titles),
            shown::overall(sheet, &seen.titles),
            shown::interviews(ask.kernel, sheet),
            correction(sheet),
            Some(shown::line(sheet, &seen.titles)),
        ]))
    }
}

fn correction(sheet: &ledger::Record) -> Option<ui::components::Section> {
    let note = sheet.text("correction_note")?;
    Some(
        ui::components::Section::new("訂正")
            .fact("訂正後の全体評語", sheet.text("correction_mark").unwrap_or_default())
            .fact("訂正の内容", note),
    )
}
