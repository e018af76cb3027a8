//! Before a round is opened: who will be evaluated by whom and what is missing; then opening it as a task.

use ledger::Refusal;
use ledger::port::{NewJob, Reader, Writer};
use maud::{Markup, html};
use serde_json::json;
use ui::Url;
use ui::components::{
    Badge, Button, Cell, Column, Empty, ListHead, Notice, Page, Pager, PostButton, Row, Stats, Table, Tabs, Tone,
};
use ui::screens::words::list_url;
use ui::web::{Ask, Reply, Stop};
use ui::when::day_text;

use super::super::super::lines::Seat;
use super::super::super::names::RANKS;
use super::super::super::names::ledger_name::LINE;
use super::super::super::preview::{Counts, Preview, Row as Planned, preview};
use super::super::{address, asked, shown};

/// People on a page.
const PAGE: usize = 100;
/// The task that opens a round.
const OPEN: &str = "evaluation.open";

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    let found = preview(tx, ask.kernel, ask.who, &round.id)?;
    let counts = found.counts();
    let name = round.text("name").unwrap_or_default();
    let first = round.state == "preparing";
    let mut page =
        Page::new(if first { "評価期の開始前の一覧" } else { "まだ評価記録書がない職員" })
            .under("人事評価", address::entrance())
            .under("評価期の進み具合", address::rounds())
            .under(name, address::round(&round.id))
            .lead(format!("{name}。{}の発令と評価の系列で見ています。", day_text(found.day)));
    if counts.ready > 0 {
        let words = if first { "評価期を開始する" } else { "評価記録書を作る" };
        let button =
            Button::primary(words).confirm(format!("{}件の評価記録書を作ります。よろしいですか。", counts.ready));
        page = page.action(PostButton::new(address::start(&round.id), button).hidden("_secret", ask.secret));
    }
    if counts.blocked > 0 {
        page = page.notice(
            Notice::warning(format!("評価者か実施権者が決まらない職員が{}人います", counts.blocked))
                .text("この人たちの評価記録書は作れません。評価の系列か発令を直してから、もう一度ここで確かめてください。")
                .action(html! { a href=(list_url(LINE)) { "評価の系列を直す" } }),
        );
    }
    Ok(Reply::page(page.body(body(ask, &round.id, &found, counts))))
}

fn body(ask: &Ask<'_>, round: &str, found: &Preview, counts: Counts) -> Markup {
    let show = ask.query("show").unwrap_or(if counts.blocked > 0 { "blocked" } else { "all" });
    let here = address::start(round);
    let number = |count: usize| u64::try_from(count).ok();
    let tabs = Tabs::new("見るもの")
        .tab("すべて", here.clone().query("show", "all"), show == "all", number(counts.people))
        .tab("作れない", here.clone().query("show", "blocked"), show == "blocked", number(counts.blocked))
        .tab("確かめること", here.clone().query("show", "snags"), show == "snags", number(counts.with_snags))
        .tab(
            "調整者なし",
            here.clone().query("show", "unadjusted"),
            show == "unadjusted",
            number(counts.without_adjuster),
        )
        .tab("併任", here.clone().query("show", "second"), show == "second", number(counts.second_office))
        .tab("対象外", here.clone().query("show", "excluded"), show == "excluded", number(counts.excluded));
    let stat = |count: usize| count.to_string();
    let stats = Stats::new()
        .figure("対象の職員", stat(counts.people), "人", None, None)
        .figure("これから作る", stat(counts.ready), "件", None, None)
        .figure("作成済み", stat(counts.made), "件", None, None)
        .figure("作れない", stat(counts.blocked), "人", None, None);
    let from: usize = ask.query("from").and_then(|from| from.parse().ok()).unwrap_or_default();
    let link = |from: usize| here.clone().query("show", show).query("from", from);
    let total = if show == "excluded" { found.excluded.len() } else { rows(found, show).len() };
    let pager = Pager::new(
        (from > 0).then(|| link(from.saturating_sub(PAGE))),
        (from + PAGE < total).then(|| link(from + PAGE)),
    )
    .place(format!("{}人目から{}人目まで", from + 1, (from + PAGE).min(total)));
    html! { div class="stack" {
        (stats)
        (tabs)
        (ListHead::words(format!("{total}人")))
        @if show == "excluded" { (excluded(found, from)) } @else { (planned(ask, &rows(found, show), from)) }
        (pager)
    } }
}

fn rows<'a>(found: &'a Preview, show: &str) -> Vec<&'a Planned> {
    let fits = |row: &&Planned| match show {
        "blocked" => row.blocked(),
        "snags" => !row.line.snags.is_empty(),
        "unadjusted" => row.line.adjuster.is_none(),
        "second" => !row.second_offices.is_empty(),
        _ => true,
    };
    found.rows.iter().filter(fits).collect()
}

fn planned(ask: &Ask<'_>, rows: &[&Planned], from: usize) -> Markup {
    let seat = |seat: Option<&Seat>| match seat {
        Some(seat) => Cell::two_lines(&seat.name, &seat.post_name),
        None => Cell::empty(),
    };
    let lines = rows.iter().skip(from).take(PAGE).map(|row| {
        let rank = shown::choice(ask.kernel, RANKS, &row.rank);
        let mut notes: Vec<String> = row.line.snags.iter().map(|snag| snag.words()).collect();
        if !row.second_offices.is_empty() {
            let names: Vec<&str> = row.second_offices.iter().map(|seat| seat.name.as_str()).collect();
            notes.push(format!("併任先の評価者: {}", names.join("、")));
        }
        if row.exempt {
            notes.push("全体評語を開示しません。".into());
        }
        let state = if row.sheet.is_some() {
            Badge::new("作成済み", Tone::Good)
        } else if row.ready() {
            Badge::new("作れます", Tone::Progress)
        } else {
            Badge::new("作れません", Tone::Bad)
        };
        Row::new(vec![
            Cell::two_lines(&row.name, &row.number),
            Cell::two_lines(&row.organisation_name, &format!("{}（{rank}）", row.post_name)),
            seat(row.line.evaluator.as_ref()),
            seat(row.line.adjuster.as_ref()),
            seat(row.line.confirmer.as_ref()),
            Cell::of_markup(html! { (state) @for note in &notes { span class="second" { (note) } } }),
        ])
    });
    let columns = vec![
        Column::text("氏名").names_row(),
        Column::text("組織と官職"),
        Column::text("評価者"),
        Column::text("調整者"),
        Column::text("実施権者"),
        Column::text("確かめること"),
    ];
    let empty = Empty::new("当たる職員はいません", "ほかの見方を選ぶと、その職員が並びます。");
    html! { (Table::new("だれがだれを評価するか", columns).hide_caption().rows(lines).empty(empty)) }
}

fn excluded(found: &Preview, from: usize) -> Markup {
    let lines = found.excluded.iter().skip(from).take(PAGE).map(|row| {
        Row::new(vec![
            Cell::two_lines(&row.name, &row.number),
            Cell::text(row.post_name.as_str()),
            Cell::text(row.reason.words()),
        ])
    });
    let columns = vec![Column::text("氏名").names_row(), Column::text("官職"), Column::text("対象外の理由")];
    let empty = Empty::new("対象外の職員はいません", "退職した職員や条件付採用期間中の職員が、ここに並びます。");
    html! { (Table::new("対象外の職員", columns).hide_caption().rows(lines).empty(empty)) }
}

/// Queue the opening of the round.
pub fn queue(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    if !asked::runs(ask, &round)? {
        return Err(Refusal::Denied("評価期を開始する権限がありません。".into()).into());
    }
    queue_task(tx, ask, &round.id, OPEN)
}

/// Queue a task about a round, at most one of its kind at a time, and go to its progress.
pub fn queue_task(tx: &mut dyn Writer, ask: &Ask<'_>, round: &str, kind: &str) -> Result<Reply, Stop> {
    let id = ask.kernel.new_id();
    let job = NewJob {
        id: id.clone(),
        kind: kind.into(),
        input: json!({ "round": round, "to": format!("evaluation/rounds/{round}") }),
        account: ask.who.actor.account.clone(),
        run_at: ask.kernel.now(),
        only_one: Some(format!("{kind}:{round}")),
    };
    if tx.add_job(&job, ask.kernel.now())? {
        return Ok(Reply::to(Url::path(["jobs", &id])));
    }
    let notice = Notice::info("この作業はすでに始まっています").text("終わると、この画面の数字に現れます。");
    Ok(Reply::to_with(address::round(round), notice))
}
