//! 調整: how each evaluator's marks are spread against the whole, and the sheets that wait for the adjuster.
//!
//! Evaluation is absolute. The distribution only shows where to look; it never says what a mark should be.

use ledger::port::{Reader, Writer};
use ledger::{Body, Change, Problem, Record, Refusal};
use maud::{Markup, html};
use ui::charts;
use ui::components::{Badge, Bulk, Cell, Column, Empty, ListHead, Narrow, Notice, Page, Row, Table, Tabs, Tone};
use ui::screens::words::state_badge;
use ui::web::{Ask, Reply, Stop};

use super::super::distribution::{By, Distribution, Given, distribution};
use super::super::names::ledger_name::{ORGANISATION, PERSON, SHEET};
use super::super::names::state;
use super::{address, asked, shown};

/// Protected fields that these lists show of a sheet.
pub const MARKS: [&str; 3] = ["evaluator_mark", "adjuster_mark", "adjuster_findings"];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    Ok(Reply::page(draw(tx, ask)?))
}

fn draw(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Page, Stop> {
    let known = asked::rounds_with_me(tx, ask, &["adjuster"])?;
    let page = Page::new("評価の調整").under("人事評価", address::entrance());
    let Some(round) = asked::chosen(ask, &known) else {
        let words = "調整者になっている評価記録書があると、ここに並びます。";
        return Ok(page.body(Empty::new("調整する評価記録書はありません", words)));
    };
    let mine = vec![asked::is("round", [round.id.as_str()]), asked::is("adjuster", ["@me"])];
    let sheets = asked::sheets(tx, ask, mine)?;
    let tabs = known.iter().fold(Tabs::new("評価期"), |tabs, known| {
        let name = known.text("name").unwrap_or_default();
        tabs.tab(name, address::adjustment(Some(&known.id)), known.id == round.id, None)
    });
    let spread = match distribution(tx, ask.kernel, ask.who, &round.id, By::Evaluator, Given::Evaluator) {
        Ok(spread) => Some(spread),
        Err(Refusal::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let waiting: Vec<Record> = sheets.iter().filter(|sheet| sheet.state == state::ADJUSTING).cloned().collect();
    let to_come = sheets.iter().filter(|sheet| before_adjusting(sheet)).count();
    let done: Vec<Record> =
        sheets.iter().filter(|sheet| !before_adjusting(sheet) && sheet.state != state::ADJUSTING).cloned().collect();
    let titles = asked::titles(tx, ask, &sheets)?;
    let ledger = ask.kernel.ledger(SHEET)?;
    ask.seen.shown(ask.who, &ledger, &sheets, Some(&MARKS));
    if spread.as_ref().is_some_and(|spread| spread.whole.total > 0) {
        ask.seen.looked(&ledger, "", ledger.field("evaluator_mark").map(|field| field.class.clone()));
    }
    let line = |sheet: &Record| {
        let subject = sheet.text("subject").map_or("", |id| titles.get(PERSON, id));
        let (given, own) = (sheet.text("evaluator_mark").unwrap_or_default(), sheet.text("adjuster_mark"));
        Row::new(vec![
            Cell::link(subject, &address::sheet(&sheet.id)),
            Cell::text(sheet.text("organisation").map_or("", |id| titles.get(ORGANISATION, id))),
            Cell::text(sheet.text("evaluator").map_or("", |id| titles.get(PERSON, id))),
            Cell::text(given),
            Cell::of_markup(moved(given, own, sheet.text("adjuster_findings"))),
            Cell::of_markup(html! {
                (state_badge(&ledger, &sheet.state))
                @if came_back(sheet) { " " (Badge::new("差し戻された評価", Tone::Caution)) }
            }),
        ])
        .id(format!("row-{}", sheet.id))
        .pick(&sheet.id, subject)
    };
    let columns = || {
        vec![
            Column::text("氏名").names_row(),
            Column::text("組織"),
            Column::text("評価者"),
            Column::text("評価者の評語"),
            Column::text("調整者の評語"),
            Column::text("状態"),
        ]
    };
    let bulk = Bulk::new(address::adjustment(Some(&round.id)).bare(), "pick")
        .hidden("_secret", ask.secret)
        .hidden("round", &round.id)
        .act("adjust", "評価者の評語のまま調整を終える", "{n}件の調整を、評価者の評語のまま終え、実施権者へ送ります。");
    let bulk =
        waiting.iter().fold(bulk, |bulk, sheet| bulk.hidden(format!("seen.{}", sheet.id), sheet.revision.to_string()));
    let empty = Empty::new("調整を待つ評価記録書はありません", "評価者が提出すると、ここに並びます。");
    let table =
        Table::new("調整を待つ評価記録書", columns()).hide_caption().rows(waiting.iter().map(line)).empty(empty);
    let table = if waiting.is_empty() { table } else { table.bulk(bulk) };
    let others = Table::new("調整を終えた評価記録書", columns()).hide_caption().rows(done.iter().map(line));
    let due = asked::due(waiting.first().unwrap_or(&blank(round)), Some(round));
    let body = html! { div class="stack" {
        (tabs)
        @if let Some(spread) = &spread { (figures(spread)) }
        section class="section stack" id="waiting" {
            h2 { "調整を待つ評価記録書" }
            (ListHead::words(format!("{}件（評価者の提出前が{to_come}件）", waiting.len())))
            @if due.is_some() { p { "調整の期限 " (shown::due_cell(ask, due)) } }
            p { "評語を動かすときは、氏名から評価記録書を開き、理由を書いて調整を終えます。再評価を求めることもできます。" }
            (table)
        }
        @if !done.is_empty() {
            details { summary { "調整を終えた評価記録書（" (done.len()) "件）" } (others) }
        }
    } };
    let page = match waiting.first() {
        Some(first) => page.action(ui::components::LinkButton::primary("順に調整する", address::sheet(&first.id))),
        None => page,
    };
    Ok(page.body(body))
}

/// A sheet in the adjuster's step that stands for the round's last day.
fn blank(round: &Record) -> Record {
    Record { ledger: SHEET.into(), state: state::ADJUSTING.into(), body: Body::new(), ..round.clone() }
}

fn before_adjusting(sheet: &Record) -> bool {
    let at = |wanted: &str| state::COURSE.iter().position(|known| *known == wanted);
    at(&sheet.state).is_some_and(|place| Some(place) < at(state::ADJUSTING))
}

/// The authority asked for another adjustment, or the adjuster for another evaluation.
pub fn came_back(sheet: &Record) -> bool {
    let at = |act: &str| sheet.acts.get(act).map(|act| act.at);
    let back = at("send_back").max(at("request_reevaluation"));
    back.is_some() && [state::ADJUSTING, state::CONFIRMING].contains(&sheet.state.as_str())
}

/// A mark beside the one it came from, with the reason when it moved.
pub fn moved(from: &str, to: Option<&str>, reason: Option<&str>) -> Markup {
    html! {
        @match to {
            None => span class="quiet" { "未記入" },
            Some(to) if to == from => span { (to) " " span class="small quiet" { "（同じ）" } },
            Some(to) => {
                span class="bold" { (to) } " " (Badge::new("動かした", Tone::Caution))
                @if let Some(reason) = reason { span class="second" { (reason) } }
            }
        }
    }
}

/// The distribution as a chart with its table, and the difference of means with its caution.
pub fn figures(spread: &Distribution) -> Markup {
    let small = |counts: &[u64]| -> Vec<u32> { counts.iter().map(|n| u32::try_from(*n).unwrap_or(u32::MAX)).collect() };
    let classes: Vec<String> = spread.marks.iter().map(|mark| mark.label.clone()).collect();
    let caution = format!("{}件未満のため参考", spread.small_group);
    let chart =
        charts::Distribution::new("spread", "評価者ごとの全体評語の分布", classes, &small(&spread.whole.counts))
            .note("横線は全体の割合です。評価は絶対評価であり、分布に合わせるものではありません。");
    let chart = spread.rows.iter().fold(chart, |chart, row| {
        chart.group(row.name.as_str(), small(&row.counts), row.caution.then(|| caution.clone()))
    });
    let number = |value: Option<f64>| value.map_or_else(Cell::empty, |value| Cell::text(format!("{value:.2}")));
    let columns = vec![
        Column::text("評価者").names_row(),
        Column::number("件数"),
        Column::number("平均"),
        Column::number("全体との差"),
        Column::text("注意"),
    ];
    let count = |total: u64| Cell::number(i64::try_from(total).unwrap_or(i64::MAX));
    let rows = spread.rows.iter().map(|row| {
        Row::new(vec![
            Cell::text(row.name.as_str()),
            count(row.total),
            number(row.mean),
            row.difference.map_or_else(Cell::empty, |value| Cell::text(format!("{value:+.2}").replace('-', "−"))),
            if row.caution { Cell::of_markup(Badge::new(caution.as_str(), Tone::Caution)) } else { Cell::empty() },
        ])
    });
    let whole = Row::new(vec![Cell::text("全体"), count(spread.whole.total), number(spread.whole.mean)]);
    let table = Table::new("評価者ごとの平均", columns).narrow(Narrow::Scroll).rows(rows).foot(whole);
    html! {
        section class="section stack" id="spread-section" {
            h2 { "評価者ごとの分布" }
            @if spread.whole.total == 0 {
                p class="quiet" { "評価者が提出した評価記録書はまだありません。" }
            } @else {
                (chart)
                (table)
                p class="small quiet" { "平均は、一番下の評語を1点として上へ1点ずつ数えた値です。" }
            }
        }
    }
}

/// Finish the adjustment of the picked sheets with the evaluators' marks: a page that says so again, then all or nothing.
pub fn finish(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let back = address::adjustment(ask.form("round"));
    let picked: Vec<&str> = ask.forms("pick").collect();
    if picked.is_empty() {
        return Ok(Reply::to_with(
            back,
            Notice::warning("評価記録書を選んでいません").text("調整を終える評価記録書を選んでください。"),
        ));
    }
    let batch = format!("adjust:{}", ask.kernel.new_id());
    let mut refused: Vec<(String, String)> = Vec::new();
    for id in &picked {
        let detail = ask.kernel.detail(tx, ask.who, SHEET, id, None)?;
        let seen = ask.form(&format!("seen.{id}")).and_then(|revision| revision.parse().ok());
        let mark = detail.record.text("evaluator_mark").unwrap_or_default();
        let mut values = Body::new();
        values.insert("adjuster_mark".into(), mark.into());
        let change = Change::transition(SHEET, id, seen.unwrap_or_default(), "adjust").with(values).in_batch(&batch);
        match ask.kernel.commit(tx, ask.who, change) {
            Ok(_) => {}
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(refusal) => refused.push(((*id).to_string(), told(&refusal))),
        }
    }
    if refused.is_empty() {
        let words = format!("{}件の調整を終えました", picked.len());
        return Ok(Reply::to_with(back, Notice::success(words).text("実施権者の確認に進みました。")));
    }
    Err(refusals(tx, ask, "調整", &refused, draw)?)
}

/// The list again, with what stood against each sheet. Everything was undone.
pub fn refusals(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    act: &str,
    refused: &[(String, String)],
    draw: fn(&mut dyn Reader, &Ask<'_>) -> Result<Page, Stop>,
) -> Result<Stop, Stop> {
    let mut notice = Notice::error(format!("{act}を終えられない評価記録書が{}件あります", refused.len()))
        .text("選んだ評価記録書は一件も変更していません。次のものを選択から外すか、内容を確かめてください。");
    for (id, reason) in refused.iter().take(20) {
        let name = match ask.kernel.detail(tx, ask.who, SHEET, id, None) {
            Ok(detail) => {
                let titles = asked::titles(tx, ask, std::slice::from_ref(&detail.record))?;
                detail.record.text("subject").map_or(String::new(), |id| titles.get(PERSON, id).to_string())
            }
            Err(_) => "見られない評価記録書".into(),
        };
        notice = notice.text(format!("{name}: {reason}"));
    }
    let page = draw(tx, ask)?.notice(notice);
    Ok(Stop::status(409, Reply::page(page)))
}

/// A refusal in one sentence.
pub fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(problems) => {
            problems.iter().map(|problem: &Problem| problem.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Refusal::Conflict(_) => "画面を開いた後に、ほかの人が更新しました。開き直して確かめてください。".into(),
        other => other.to_string(),
    }
}
