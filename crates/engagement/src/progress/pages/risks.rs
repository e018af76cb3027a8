//! Risks of a contract as a map: probability by impact, each cell with its score, its number of risks and a link to them.

use ledger::port::Reader;
use ledger::{Record, find};
use maud::{Markup, html};
use ui::components::{Badge, Cell, Column, Empty, LinkButton, Page, Row, Stats, Table, Tone};
use ui::screens::words::{record_url, state_badge};
use ui::web::{Ask, Reply, Stop};

use super::super::names::ledger_name::RISK;
use super::{asked, engagement_url};

/// States in which a risk is watched.
const OPEN: [&str; 3] = ["identified", "treated", "occurred"];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let (contract, page) = asked::contract(tx, ask, "リスクの地図")?;
    let conditions = vec![asked::is("engagement", [contract.id.as_str()]), asked::is("state", OPEN)];
    let risks = asked::all(tx, ask, RISK, conditions)?;
    let list = asked::list_of(RISK, &contract.id);
    let chosen = (cell_of(ask.query("probability")), cell_of(ask.query("impact")));
    let shown: Vec<&Record> = risks
        .iter()
        .filter(|risk| match chosen {
            (Some(probability), Some(impact)) => place(risk) == Some((probability, impact)),
            _ => true,
        })
        .collect();
    let today = ask.kernel.today();
    let count = |holds: &dyn Fn(&Record) -> bool| risks.iter().filter(|risk| holds(risk)).count().to_string();
    let late = |risk: &Record| find::date(risk, "review_on").is_some_and(|day| day < today);
    let stats = Stats::new()
        .figure("監視中のリスク", risks.len().to_string(), "件", None, Some(list.clone()))
        .figure("優先度が高いもの", count(&|risk| risk.text("priority") == Some("high")), "件", None, None)
        .figure("見直しの日を過ぎたもの", count(&late), "件", None, None)
        .figure("顕在化したもの", count(&|risk| risk.state == "occurred"), "件", None, None);
    let add = asked::new_button(ask, "リスクを加える", RISK, &[("engagement", &contract.id)]);
    let body = html! { div class="stack" {
        (stats)
        section class="section stack" id="map" {
            h2 { "発生確率と影響度" }
            p class="small quiet" { "升の数字は件数、括弧の中は点数（発生確率×影響度）です。12点以上を高、6点以上を中とします。升を選ぶと、その升のリスクだけを下に並べます。" }
            (map(&contract.id, &risks, chosen))
        }
        section class="section stack" id="list" {
            h2 {
                @match chosen {
                    (Some(probability), Some(impact)) => { "発生確率" (probability) "・影響度" (impact) "のリスク" }
                    _ => "監視中のリスク"
                }
            }
            @if chosen.0.is_some() { p { a href=(engagement_url(&contract.id, "risks")) { "すべてのリスクを並べる" } } }
            (table(tx, ask, &shown)?)
            p { (add) " " (LinkButton::secondary("リスクの一覧を開く（印刷・書き出し）", list)) }
        }
    } };
    Ok(Reply::page(Page::body(page, body)))
}

fn cell_of(text: Option<&str>) -> Option<i64> {
    text?.parse().ok().filter(|number| (1..=5).contains(number))
}

fn place(risk: &Record) -> Option<(i64, i64)> {
    Some((cell_of(risk.text("probability"))?, cell_of(risk.text("impact"))?))
}

/// The word for a score, as the pack reckons the priority.
fn level(score: i64) -> (&'static str, &'static str) {
    match score {
        12.. => ("high", "高"),
        6.. => ("middle", "中"),
        _ => ("low", "低"),
    }
}

fn map(engagement: &str, risks: &[Record], chosen: (Option<i64>, Option<i64>)) -> Markup {
    let labels = ["1 わずか", "2 小さい", "3 ある", "4 大きい", "5 重大"];
    let probabilities = ["1 ほとんどない", "2 低い", "3 ありうる", "4 高い", "5 ほぼ確実"];
    html! {
        div class="chart-scroll" tabindex="0" role="group" aria-label="リスクの地図の表" {
            table class="risk-map" {
                caption class="visually-hidden" { "発生確率と影響度ごとのリスクの件数" }
                thead { tr { th scope="col" { "発生確率＼影響度" } @for label in labels { th scope="col" { (label) } } } }
                tbody {
                    @for (row, probability) in probabilities.iter().enumerate().rev() {
                        @let p = row as i64 + 1;
                        tr {
                            th scope="row" { (probability) }
                            @for i in 1..=5i64 {
                                @let count = risks.iter().filter(|risk| place(risk) == Some((p, i))).count();
                                @let (class, word) = level(p * i);
                                td class={ "risk-" (class) } aria-current=[(chosen == (Some(p), Some(i))).then_some("true")] {
                                    @if count > 0 {
                                        a href=(engagement_url(engagement, "risks").query("probability", p).query("impact", i).fragment("list")) {
                                            span class="risk-count" { (count) "件" }
                                            span class="visually-hidden" { "、発生確率" (p) "、影響度" (i) "、" }
                                            span class="risk-score" { (word) "（" (p * i) "）" }
                                        }
                                    } @else { span class="risk-score" { (word) "（" (p * i) "）" } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn table(tx: &mut dyn Reader, ask: &Ask<'_>, risks: &[&Record]) -> Result<Table, Stop> {
    let _ = tx;
    let ledger = ask.kernel.ledger(RISK)?;
    let today = ask.kernel.today();
    let columns = vec![
        Column::text("リスク").names_row(),
        Column::number("点数"),
        Column::text("優先度"),
        Column::text("対応策"),
        Column::text("緊急対応時計画"),
        Column::number("残る点数"),
        Column::text("次の見直し"),
        Column::text("状態"),
    ];
    let mut risks = risks.to_vec();
    risks.sort_by_key(|risk| std::cmp::Reverse(risk.value("score").as_i64()));
    let number = |risk: &Record, field: &str| risk.value(field).as_i64().map_or_else(Cell::empty, Cell::number);
    let rows = risks.iter().map(|risk| {
        let text = |field: &str| risk.text(field).unwrap_or_default();
        let (_, word) = level(risk.value("score").as_i64().unwrap_or_default());
        let review = find::date(risk, "review_on");
        Row::new(vec![
            Cell::link(format!("{} {}", text("number"), text("content")), &record_url(RISK, &risk.id)),
            number(risk, "score"),
            Cell::badge(&Badge::new(word, if word == "高" { Tone::Caution } else { Tone::Plain })),
            Cell::text(text("measure")),
            Cell::text(text("contingency")),
            number(risk, "residual"),
            Cell::of_markup(html! { @if let Some(day) = review { (ui::when::Day::new(day)) @if day < today { " " (Badge::new("見直しの日を過ぎています", Tone::Bad)) } } }),
            Cell::of_markup(state_badge(&ledger, &risk.state)),
        ])
    });
    let empty = Empty::new("ここに当たるリスクはありません", "リスクを加えると、発生確率と影響度の升に入ります。");
    Ok(Table::new("リスク", columns).hide_caption().rows(rows).empty(empty))
}
