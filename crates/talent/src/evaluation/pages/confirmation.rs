//! 確認: what changed since the evaluators gave their marks, and confirming in bulk under four-eyes.

use ledger::port::{Reader, Writer};
use ledger::{Record, Refusal};
use maud::{Markup, html};
use ui::components::{
    Badge, Bulk, Button, Cell, Column, Empty, Form, LinkButton, ListHead, Notice, Page, Row, Table, Tabs, Tone,
};
use ui::web::{Ask, Reply, Stop};

use super::super::confirm::{confirm_all, mark_so_far};
use super::super::names::ledger_name::{ORGANISATION, PERSON, SHEET};
use super::super::names::state;
use super::{address, adjustment, asked, shown};

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    Ok(Reply::page(draw(tx, ask)?))
}

fn draw(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Page, Stop> {
    let known = asked::rounds_with_me(tx, ask, &["confirmer"])?;
    let page = Page::new("評価の確認").under("人事評価", address::entrance());
    let Some(round) = asked::chosen(ask, &known) else {
        let words = "実施権者になっている評価記録書があると、ここに並びます。";
        return Ok(page.body(Empty::new("確認する評価記録書はありません", words)));
    };
    let mine = vec![asked::is("round", [round.id.as_str()]), asked::is("confirmer", ["@me"])];
    let sheets = asked::sheets(tx, ask, mine)?;
    let tabs = known.iter().fold(Tabs::new("評価期"), |tabs, known| {
        let name = known.text("name").unwrap_or_default();
        tabs.tab(name, address::confirmation(Some(&known.id)), known.id == round.id, None)
    });
    let mut waiting: Vec<Record> = sheets.iter().filter(|sheet| sheet.state == state::CONFIRMING).cloned().collect();
    // What changed stands first: that is what there is to examine.
    waiting.sort_by_key(|sheet| (!was_moved(sheet), !adjustment::came_back(sheet)));
    let changed = waiting.iter().filter(|sheet| was_moved(sheet)).count();
    let confirmed = sheets.iter().filter(|sheet| state::FINAL.contains(&sheet.state.as_str())).count();
    let before = sheets.len() - waiting.len() - confirmed;
    let titles = asked::titles(tx, ask, &sheets)?;
    ask.seen.shown(ask.who, &*ask.kernel.ledger(SHEET)?, &waiting, Some(&adjustment::MARKS));
    let bulk = Bulk::new(address::confirmation(None).bare(), "pick")
        .hidden("_secret", ask.secret)
        .hidden("round", &round.id)
        .act("confirm", "選んだ評価の確認に進む", "{n}件の評価を、今の評語のまま確認します。次の画面で確かめます。");
    let bulk =
        waiting.iter().fold(bulk, |bulk, sheet| bulk.hidden(format!("seen.{}", sheet.id), sheet.revision.to_string()));
    let rows = waiting.iter().map(|sheet| {
        let subject = sheet.text("subject").map_or("", |id| titles.get(PERSON, id));
        let given = sheet.text("evaluator_mark").unwrap_or_default();
        let adjusted = match sheet.text("adjuster") {
            Some(_) => adjustment::moved(given, sheet.text("adjuster_mark"), sheet.text("adjuster_findings")),
            None => html! { span class="quiet" { "調整者なし" } },
        };
        Row::new(vec![
            Cell::link(subject, &address::sheet(&sheet.id)),
            Cell::text(sheet.text("organisation").map_or("", |id| titles.get(ORGANISATION, id))),
            Cell::two_lines(given, sheet.text("evaluator").map_or("", |id| titles.get(PERSON, id))),
            Cell::of_markup(adjusted),
            Cell::of_markup(since(sheet)),
        ])
        .id(format!("row-{}", sheet.id))
        .pick(&sheet.id, subject)
    });
    let columns = vec![
        Column::text("氏名").names_row(),
        Column::text("組織"),
        Column::text("評価者の評語"),
        Column::text("調整者の評語"),
        Column::text("調整までの変化"),
    ];
    let empty = Empty::new("確認を待つ評価記録書はありません", "調整が終わると、ここに並びます。");
    let table = Table::new("確認を待つ評価記録書", columns).hide_caption().rows(rows).empty(empty);
    let table = if waiting.is_empty() { table } else { table.bulk(bulk) };
    let due = waiting.first().and_then(|sheet| asked::due(sheet, Some(round)));
    let page = match waiting.first() {
        Some(first) => page.action(LinkButton::secondary("順に確かめる", address::sheet(&first.id))),
        None => page,
    };
    Ok(page.body(html! { div class="stack" {
        (tabs)
        (ListHead::words(format!("確認待ち{}件（調整で動いたもの{changed}件）、確認前の段階{before}件、確認済み{confirmed}件", waiting.len())))
        @if due.is_some() { p { "確認の期限 " (shown::due_cell(ask, due)) } }
        p { "評語を動かすとき、再調整を求めるときは、氏名から評価記録書を開きます。" }
        (table)
    } }))
}

fn was_moved(sheet: &Record) -> bool {
    let (given, adjusted) = (sheet.text("evaluator_mark"), sheet.text("adjuster_mark"));
    adjusted.is_some() && adjusted != given
}

/// What happened to the sheet between its evaluation and now, in words.
fn since(sheet: &Record) -> Markup {
    let at = |act: &str| sheet.acts.get(act).map(|act| act.at);
    html! {
        @if was_moved(sheet) { (Badge::new("評語が動いた", Tone::Caution)) " " }
        @if at("request_reevaluation").is_some() { (Badge::new("再評価をした", Tone::Progress)) " " }
        @if at("send_back").is_some() { (Badge::new("再調整をした", Tone::Progress)) " " }
        @if !was_moved(sheet) && at("request_reevaluation").is_none() && at("send_back").is_none() {
            span class="quiet" { "変化なし" }
        }
    }
}

/// Confirm the picked sheets: first a page that says again what will happen, then all or nothing.
pub fn confirm(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let back = address::confirmation(ask.form("round"));
    let picked: Vec<String> = ask.forms("pick").map(String::from).collect();
    if picked.is_empty() {
        let notice = Notice::warning("評価記録書を選んでいません").text("確認する評価記録書を選んでください。");
        return Ok(Reply::to_with(back, notice));
    }
    if ask.form("sure").is_none() {
        return Ok(Reply::page(again(tx, ask, &picked)?));
    }
    let mut refused: Vec<(String, String)> = Vec::new();
    for id in &picked {
        let now = ask.kernel.detail(tx, ask.who, SHEET, id, None)?.record.revision;
        let seen = ask.form(&format!("seen.{id}")).and_then(|revision| revision.parse::<i64>().ok());
        if seen != Some(now) {
            refused.push((id.clone(), "画面を開いた後に、ほかの人が更新しました。開き直して確かめてください。".into()));
        }
    }
    if refused.is_empty() {
        let (confirmed, left) = confirm_all(tx, ask.kernel, ask.who, &picked)?;
        if left.is_empty() {
            let notice =
                Notice::success(format!("{confirmed}件の評価を確認しました")).text("開示日に本人へ開示されます。");
            return Ok(Reply::to_with(back, notice));
        }
        refused.extend(left.into_iter().map(|left| (left.sheet, left.reason)));
    }
    Err(adjustment::refusals(tx, ask, "確認", &refused, draw)?)
}

/// What will happen to how many, with the mark that each gets, and what stands against it.
fn again(tx: &mut dyn Reader, ask: &Ask<'_>, picked: &[String]) -> Result<Page, Stop> {
    let mut sheets = Vec::new();
    let mut obstacles = Vec::new();
    for id in picked {
        let detail = ask.kernel.detail(tx, ask.who, SHEET, id, None)?;
        let transition = ask.kernel.ledger(SHEET)?.workflow.transition("confirm").cloned().ok_or(Refusal::NotFound)?;
        let obstacle = ledger::write::obstacle(&*ask.kernel.ledger(SHEET)?, &transition, &detail.record, ask.who);
        obstacles.push(obstacle);
        sheets.push(detail.record);
    }
    let titles = asked::titles(tx, ask, &sheets)?;
    let shown = ["evaluator_mark", "adjuster_mark", "confirmer_mark"];
    ask.seen.shown(ask.who, &*ask.kernel.ledger(SHEET)?, &sheets, Some(&shown));
    let against = obstacles.iter().filter(|obstacle| obstacle.is_some()).count();
    let rows = sheets.iter().zip(&obstacles).map(|(sheet, obstacle)| {
        Row::new(vec![
            Cell::link(sheet.text("subject").map_or("", |id| titles.get(PERSON, id)), &address::sheet(&sheet.id)),
            Cell::text(mark_so_far(sheet).unwrap_or("評語がありません")),
            match obstacle {
                Some(reason) => Cell::text(reason.as_str()).wrong(),
                None => Cell::text("確認できます"),
            },
        ])
    });
    let columns = vec![Column::text("氏名").names_row(), Column::text("確認する評語"), Column::text("確認できるか")];
    let mut form = Form::new(address::confirmation(None).bare())
        .hidden("_secret", ask.secret)
        .hidden("round", ask.form("round").unwrap_or_default())
        .hidden("sure", "yes")
        .body(Table::new(format!("確認する評価 {}件", sheets.len()), columns).rows(rows));
    for sheet in &sheets {
        let seen = ask.form(&format!("seen.{}", sheet.id)).map_or_else(|| sheet.revision.to_string(), String::from);
        form = form.hidden("pick", &sheet.id).hidden(format!("seen.{}", sheet.id), seen);
    }
    let back = address::confirmation(ask.form("round"));
    let mut page = Page::new(format!("{}件の評価を確認する", sheets.len()))
        .under("人事評価", address::entrance())
        .under("評価の確認", back.clone());
    if against > 0 {
        page = page
            .notice(Notice::warning(format!("確認できない評価が{against}件あります")).text(
                "一件でも確認できないものがあると、全部を確認しません。前の画面に戻って選択から外してください。",
            ));
    } else {
        form = form.button(Button::primary(format!("{}件の評価を確認する", sheets.len())));
    }
    Ok(page.body(form.button(LinkButton::secondary("選び直す", back))))
}
