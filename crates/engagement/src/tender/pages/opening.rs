//! 開札: who is there, what lies sealed, two people open it, and the one step that comes next. Bidders see the same page
//! with their own bids and what the rules tell them: winner and price, or the lowest bid when there is none.

use chrono::{DateTime, Utc};
use ledger::port::Reader;
use ledger::read::Detail;
use ledger::{Record, find};
use maud::{Markup, Render, html};
use ui::Url;
use ui::components::{
    Badge, Button, Cell, Column, Empty, LinkButton, Page, RecordState, Row, Section, StepState, Steps, Table, Tone,
};
use ui::screens::words::{page_url, record_url, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Instant;

use super::super::names::{AWARD_NOTICE, BID, INVESTIGATION, LOTTERY, ORGANISATION, TENDER};
use super::super::step;
use super::{bidder, cell, code, of_tender, rows, step_url, steps, titles};
use crate::money::grouped;

/// Steps of a round, with the states in which each is the present one.
const COURSE: [(&str, &[&str]); 5] = [
    ("入札書の受付", &["announced", "recalled"]),
    ("開札の準備", &["closed"]),
    ("開札", &["opening"]),
    ("有効・無効の確認", &["opened"]),
    ("判定と決定", &["judged", "lottery", "investigating", "held"]),
];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let detail = ask.kernel.detail(tx, ask.who, TENDER, ask.param("id"), None)?;
    let tender = &detail.record;
    let ledger = ask.kernel.ledger(TENDER)?;
    let mut bids = of_tender(tx, ask, BID, &tender.id)?;
    bids.retain(|bid| bid.state != "draft" || ask.who.outside());
    bids.sort_by(|one, other| {
        let key = |bid: &Record| (bid.value("round").as_i64(), find::owned(bid, "number"));
        key(one).cmp(&key(other))
    });
    let mut lots = of_tender(tx, ask, LOTTERY, &tender.id)?;
    lots.sort_by_key(|one| one.value("round").as_i64());
    let mut shown = bids.clone();
    shown.push(tender.clone());
    let names = titles(tx, ask, &shown)?;

    let title = tender.text("title").unwrap_or_default();
    let round = step::round(tender);
    let next = match ask.who.outside() {
        true => bidder::next(tender, &bids).to_owned(),
        false => ledger.workflow.state(&tender.state).map(|state| state.next.clone()).unwrap_or_default(),
    };
    let mut state = RecordState::new(state_badge(&ledger, &tender.state), next).steps(course(tender));
    for act in acts(tx, ask, &detail, &bids, &lots)? {
        state = state.act(act);
    }
    let record = LinkButton::secondary("調達のすべての項目", record_url(TENDER, &tender.id));
    let page = Page::new(format!("開札: {title}"))
        .under("開札の予定", Url::path(["tenders"]))
        .lead(html! { (tender.text("number").unwrap_or_default()) "　第" (round) "回" })
        .action(record);
    let body = html! { div class="stack" {
        (state)
        (facts(tender, round))
        @if detail.readable.contains("opening") { (presence(tender)) }
        (bid_table(ask, tender, &bids, &names))
        @if !rows(tender, "steps").is_empty() {
            section class="section stack" id="calculation" {
                h2 { "判定の計算" }
                p { "入札金額に税の額（1円未満切捨て）を加えた額を、税込みの予定価格と比べます。" }
                (steps(tender, "判定の計算"))
            }
        }
        (results(tender))
        @if !lots.is_empty() { (promises(&lots)) }
    } };
    Ok(Reply::page(page.body(body)))
}

fn course(tender: &Record) -> Steps {
    let over = ["awarded", "unsuccessful", "cancelled"].contains(&tender.state.as_str());
    let now = COURSE.iter().position(|(_, states)| states.contains(&tender.state.as_str()));
    COURSE.iter().enumerate().fold(Steps::new(), |steps, (at, (words, _))| {
        let state = match now {
            _ if over => StepState::Done,
            Some(now) if at < now => StepState::Done,
            Some(now) if at == now => StepState::Now,
            _ => StepState::Ahead,
        };
        steps.step(*words, state, None)
    })
}

/// What this person may do now; the first is the main one.
fn acts(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    detail: &Detail,
    bids: &[Record],
    lots: &[Record],
) -> Result<Vec<Markup>, Stop> {
    let tender = &detail.record;
    if ask.who.outside() {
        return Ok(bidder::acts(tender, bids));
    }
    let wanted: &[&str] = match (tender.state.as_str(), tender.text("finding")) {
        ("judged", Some("award")) => &["award", "investigate", "hold"],
        ("judged", Some("lottery")) => &["draw", "hold"],
        ("judged", Some("investigate")) => &["investigate", "hold"],
        ("judged", Some("again")) => &["recall", "fail", "hold"],
        ("judged", _) => &["fail", "hold"],
        ("held", _) => &["resume"],
        ("awarded", _) => &["revoke"],
        ("preparing", _) => &["announce"],
        ("announced", _) => &["close", "change"],
        _ => &["close", "prepare_opening", "open", "judge"],
    };
    let mut acts = Vec::new();
    for name in wanted {
        let Some(offer) = detail.offers.iter().find(|offer| offer.transition.name == *name) else { continue };
        let label = offer.transition.label.clone();
        let to = step_url(TENDER, &tender.id, name);
        // To take an award back is possible, never the next step.
        let main = acts.is_empty() && *name != "revoke";
        acts.push(match (&offer.obstacle, main) {
            (Some(reason), _) => Button::secondary(label).refused(reason.clone()).render(),
            (None, true) => LinkButton::primary(label, to).render(),
            (None, false) => LinkButton::secondary(label, to).render(),
        });
    }
    match tender.state.as_str() {
        "lottery" => {
            if let Some(last) = lots.last() {
                acts.push(
                    LinkButton::primary("くじの画面へ", page_url(&ask.kernel.catalogue, LOTTERY, &last.id)).render(),
                );
            }
        }
        "investigating" => {
            if let Some(last) = of_tender(tx, ask, INVESTIGATION, &tender.id)?.last() {
                acts.push(LinkButton::primary("調査の記録へ", record_url(INVESTIGATION, &last.id)).render());
            }
        }
        "awarded" => {
            if let Some(last) = of_tender(tx, ask, AWARD_NOTICE, &tender.id)?.last() {
                acts.insert(0, LinkButton::primary("落札の通知へ", record_url(AWARD_NOTICE, &last.id)).render());
            }
        }
        _ => {}
    }
    Ok(acts)
}

fn facts(tender: &Record, round: i64) -> Section {
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| Instant(at).text()).unwrap_or_default();
    let section = Section::new("日時と場所")
        .fact("入札書の提出期限", instant(step::deadline(tender, round)))
        .fact("開札日時", instant(step::opening(tender, round)))
        .fact("開札場所", tender.text("open_place").unwrap_or_default().to_string());
    let yen = |field: &str| tender.value(field).as_i64().map(|amount| format!("{}円", grouped(amount)));
    let section = yen("ceiling").into_iter().fold(section, |section, words| section.fact("予定価格（税込み）", words));
    yen("base_price").into_iter().fold(section, |section, words| section.fact("低入札価格調査の基準（税込み）", words))
}

fn presence(tender: &Record) -> Markup {
    let side = |row: &serde_json::Value| match cell(row, "side").as_str() {
        "bidder" => "入札参加者",
        "agent" => "代理人",
        _ => "入札事務に関係のない職員",
    };
    let lines = rows(tender, "presence").iter().map(|row| {
        let present = row.get("present").and_then(serde_json::Value::as_bool) == Some(true);
        let badge = if present { Badge::new("出席", Tone::Good) } else { Badge::new("欠席", Tone::Plain) };
        Row::new(vec![
            Cell::text(cell(row, "name")),
            Cell::text(side(row)),
            Cell::text(cell(row, "firm")),
            Cell::badge(&badge),
        ])
    });
    let columns =
        vec![Column::text("氏名").names_row(), Column::text("立場"), Column::text("会社・所属"), Column::text("出席")];
    let empty = Empty::new("立会人はまだ決まっていません", "開札を準備するときに、立ち会う人を書きます。");
    html! {
        section class="section stack" id="presence" {
            h2 { "立会い" }
            (Table::new("立会い", columns).hide_caption().rows(lines).empty(empty))
        }
    }
}

fn bid_table(ask: &Ask<'_>, tender: &Record, bids: &[Record], names: &ledger::read::title::Titles) -> Markup {
    let heading = if ask.who.outside() { "自社の入札書" } else { "入札書" };
    let ledger = ask.kernel.catalogue.ledger(BID);
    let reasons = |bid: &Record| -> String {
        let set = ask.kernel.catalogue.choices.get("void_reason");
        let words = |code: &str| {
            let known = set.and_then(|set| set.choices.iter().find(|choice| choice.code == code));
            known.map_or_else(|| code.to_string(), |choice| choice.label.clone())
        };
        rows(bid, "void_reasons").iter().filter_map(serde_json::Value::as_str).map(words).collect::<Vec<_>>().join("、")
    };
    let leader = tender.text("leader");
    let lines = bids.iter().map(|bid| {
        let amount = |field: &str| match bid.value(field).as_i64() {
            Some(yen) => Cell::yen(yen),
            None if ["filed", "withdrawn"].contains(&bid.state.as_str()) => Cell::badge(&Badge::new("封", Tone::Plain)),
            None => Cell::empty(),
        };
        let said = reasons(bid);
        let to = |act: &str| step_url(BID, &bid.id, act);
        let paper = bid.text("channel") == Some("paper");
        Row::new(vec![
            Cell::of_markup(html! {
                a href=(record_url(BID, &bid.id)) { (bid.text("number").unwrap_or_default()) }
                span class="second" { "第" (bid.value("round").as_i64().unwrap_or(1)) "回" }
            }),
            Cell::text(bid.text("bidder").map_or("", |id| names.get(ORGANISATION, id))),
            Cell::two_lines(
                if paper { "紙" } else { "電子" },
                &find::instant(bid, "received_at").map(|at| Instant(at).text()).unwrap_or_default(),
            ),
            amount("amount"),
            amount("total"),
            Cell::of_markup(html! {
                @if let Some(ledger) = ledger { (state_badge(ledger, &bid.state)) }
                @if leader == Some(bid.id.as_str()) { " " (Badge::new("先頭", Tone::Good)) }
                @if !said.is_empty() { span class="second" { (said) } }
                @if bid.state == "opened" && !ask.who.outside() {
                    div class="cluster" {
                        @if paper && bid.value("amount").is_null() { (LinkButton::secondary("読み上げて書く", to("read_out")).small()) }
                        (LinkButton::secondary("無効とする", to("void")).small())
                    }
                }
            }),
        ])
        .id(format!("bid-{}", bid.id))
    });
    let columns = vec![
        Column::text("入札番号").names_row(),
        Column::text("入札者"),
        Column::text("方法と受領"),
        Column::number("入札金額"),
        Column::number("税込み"),
        Column::text("状態"),
    ];
    let teaches = match ask.who.outside() {
        true => "入札書を作ると、下書きも提出したものもここに並びます。ほかの会社には見えません。",
        false => "提出された入札書が、封をしたまま並びます。",
    };
    let empty = Empty::new("入札書はまだありません", teaches);
    html! {
        section class="section stack" id="bids" {
            h2 { (heading) }
            @if bids.iter().any(|bid| bid.state == "filed") {
                p { (bidder::about_seal(ask.who.outside())) }
            }
            (Table::new(heading, columns).hide_caption().rows(lines).empty(empty))
        }
    }
}

fn results(tender: &Record) -> Markup {
    let all = rows(tender, "results");
    let lines = all.iter().map(|row| {
        let yen = |name: &str| row.get(name).and_then(serde_json::Value::as_i64).map_or_else(Cell::empty, Cell::yen);
        Row::new(vec![
            Cell::text(format!("第{}回", cell(row, "round"))),
            Cell::text(cell(row, "outcome")),
            Cell::text(cell(row, "winner")),
            yen("price"),
            yen("lowest"),
        ])
    });
    let columns = vec![
        Column::text("回").names_row(),
        Column::text("結果"),
        Column::text("落札者"),
        Column::number("落札価格（税込み）"),
        Column::number("最低の入札金額（税抜き）"),
    ];
    html! {
        @if !all.is_empty() {
            section class="section stack" id="results" {
                h2 { "各回の結果" }
                p { "参加者に知らせる内容です。落札したときは落札者と価格、しなかったときは最低の入札金額です。" }
                (Table::new("各回の結果", columns).hide_caption().rows(lines))
            }
        }
    }
}

fn promises(lots: &[Record]) -> Markup {
    html! {
        section class="section stack" id="lots" {
            h2 { "くじの約束" }
            p { "締切りのときに秘密の番号を封じ、その要約値を示します。くじになったら番号を明かすので、だれでも確かめられます。" }
            ul class="plain-list" {
                @for one in lots {
                    li {
                        a href=(Url::path(["tenders", "lottery", one.id.as_str()])) { "第" (one.value("round").as_i64().unwrap_or(1)) "回" }
                        " " (code(one.text("commitment").unwrap_or_default()))
                    }
                }
            }
        }
    }
}
