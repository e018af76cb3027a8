//! 人事評価の入口: what is mine to do in evaluation, and nothing else.

use ledger::port::Reader;
use maud::{Markup, Render, html};
use ui::Url;
use ui::components::{Badge, Empty, LinkButton, Page, Tone};
use ui::screens::words::{list_url, state_badge};
use ui::web::{Ask, Reply, Stop};

use super::super::names::ledger_name::{COMPLAINT, HANDOVER, ROUND};
use super::super::names::state;
use super::{address, asked};

struct Door {
    words: &'static str,
    to: Url,
    says: String,
    waits: usize,
}

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let mut doors = Vec::new();
    let own = asked::count(tx, ask, vec![asked::is("subject", ["@me"]), asked::is("state", state::OPEN)])?;
    let in_hand = asked::sheets(tx, ask, vec![asked::is("holder", ["@me"]), asked::is("state", state::OPEN)])?;
    let mine = |seat: &str| {
        in_hand.iter().filter(|sheet| sheet.text(seat).is_some() && sheet.text(seat) == ask.who.person()).count()
    };
    if ask.who.person().is_some() {
        let waits = mine("subject");
        let says = match own {
            0 => "今、進んでいる自分の評価はありません。過去の年の評価を見られます。".to_string(),
            count => format!("進んでいる評価が{count}件あります。目標、自己申告、結果を見られます。"),
        };
        doors.push(Door { words: "自分の評価", to: address::mine(None), says, waits });
    }
    for (words, seat, to, states) in [
        ("評価する人", "evaluator", address::people(), &state::OPEN[..]),
        ("調整", "adjuster", address::adjustment(None), &[state::EVALUATING, state::ADJUSTING, state::CONFIRMING][..]),
        ("確認", "confirmer", address::confirmation(None), &[state::ADJUSTING, state::CONFIRMING][..]),
    ] {
        let people = asked::count(tx, ask, vec![asked::is(seat, ["@me"]), asked::is("state", states.to_vec())])?;
        if people > 0 {
            let says = format!("{people}件の評価記録書が進んでいます。");
            doors.push(Door { words, to, says, waits: mine(seat) });
        }
    }
    let handovers =
        asked::all(tx, ask, HANDOVER, vec![asked::is("from_evaluator", ["@me"]), asked::is("state", ["waiting"])])?;
    if !handovers.is_empty() {
        let to = list_url(HANDOVER).query("view", "mine");
        let says = "異動の前に評価していた職員の所見を、後の評価者に引き継ぎます。".to_string();
        doors.push(Door { words: "評価の引継ぎ", to, says, waits: handovers.len() });
    }
    let rounds = rounds(tx, ask)?;
    let body = html! { div class="stack" {
        @if doors.is_empty() && rounds.is_none() {
            (Empty::new("今、あなたがする評価の仕事はありません", "評価期が始まると、ここに自分の評価や評価する人が現れます。"))
        }
        div class="columns" {
            @for door in &doors {
                section class="panel stack" {
                    h2 { (door.words) }
                    @if door.waits > 0 { p { (Badge::new(format!("あなたの番が{}件", door.waits), Tone::Caution)) } }
                    p { (door.says) }
                    p { (LinkButton::secondary(format!("{}を開く", door.words), door.to.clone())) }
                }
            }
        }
        @if let Some(rounds) = rounds { (rounds) }
        section class="section" {
            h2 { "評価についての苦情" }
            p { "評価や手続に納得できないときは、苦情を申し出られます。評価の系列にいる人には見えません。" }
            p { a href=(list_url(COMPLAINT).join("new")) { "苦情を申し出る" } " " a href=(list_url(COMPLAINT)) { "申し出た苦情を見る" } }
        }
    } };
    Ok(Reply::page(Page::new("人事評価").body(body)))
}

/// The personnel office's rounds, for those who may see how they go.
fn rounds(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Option<Markup>, Stop> {
    if !super::sees_many(ask.kernel, ask.who) {
        return Ok(None);
    }
    let ledger = ask.kernel.ledger(ROUND)?;
    let found = asked::all(tx, ask, ROUND, vec![asked::is("state", ["preparing", "open"])])?;
    Ok(Some(
        html! {
            section class="section" {
                h2 { "評価期" }
                @if found.is_empty() { p class="quiet" { "準備中と実施中の評価期はありません。" } }
                ul class="plain-list" {
                    @for round in &found {
                        li class="cluster" {
                            a href=(address::round(&round.id)) { (round.text("name").unwrap_or(&round.id)) }
                            (state_badge(&ledger, &round.state))
                        }
                    }
                }
                p { a href=(address::rounds()) { "すべての評価期を見る" } }
            }
        }
        .render(),
    ))
}
