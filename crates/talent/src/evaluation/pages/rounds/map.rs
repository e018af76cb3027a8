//! The map of a round: how far it is, which offices are late, and offices by steps.

use std::collections::BTreeMap;

use ledger::port::Reader;
use ledger::query::Filter;
use ledger::{Record, Refusal};
use maud::{Markup, html};
use ui::Url;
use ui::charts::HeatTable;
use ui::components::{
    Badge, Button, Cell, Column, Empty, LinkButton, Notice, Page, PostButton, Row, Stats, Table, Tone,
};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Day;

use super::super::super::names::ledger_name::{ORGANISATION, ROUND, SHEET, TEMPLATE};
use super::super::super::names::{kind, state};
use super::super::super::progress::{OfficeProgress, Progress, progress};
use super::super::{address, asked};
use super::{remind, special};

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    let ledger = ask.kernel.ledger(ROUND)?;
    let runs = asked::runs(ask, &round)?;
    let found = match progress(tx, ask.kernel, ask.who, &round.id) {
        Ok(found) => Some(found).filter(|found| found.whole.total > 0),
        Err(Refusal::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let mut page = Page::new(round.text("name").unwrap_or_default())
        .under("人事評価", address::entrance())
        .under("評価期の進み具合", address::rounds())
        .lead(html! { (state_badge(&ledger, &round.state)) });
    if runs && round.state == "preparing" {
        page = page.action(LinkButton::primary("開始前の一覧を見る", address::start(&round.id)));
    } else if runs && round.state == "open" {
        let late = found.as_ref().is_some_and(|found| found.whole.late > 0);
        let all = address::waiting(&round.id, None, None).query_if("late", late.then_some("1"));
        page = page.action(LinkButton::primary(if late { "遅れている評価を見る" } else { "今の担当者を見る" }, all));
    }
    let last = remind::last(tx, &round.id)?;
    let names = office_names(tx, ask)?;
    let body = html! { div class="stack" {
        @match &found {
            None => {
                (Empty::new("見られる評価記録書はまだありません", "評価期を開始すると、組織ごとの進み具合がここに出ます。"))
            }
            Some(found) => {
                (figures(&round, found))
                (late_offices(&round, found, &names))
                (heat(&round, found, &names))
            }
        }
        @if runs {
            (run(tx, ask, &round, found.as_ref())?)
            @if let Some(last) = last {
                p class="small quiet" { "最後に連絡したのは " (ui::when::Instant(last)) " です。" }
            }
        }
        p { a href=(record_url(ROUND, &round.id)) { "この評価期の期日と決まりを見る" } }
    } };
    Ok(Reply::page(page.body(body)))
}

/// Names of offices by identifier; offices of the same name carry that of the office above.
type Names = BTreeMap<String, String>;

fn office_names(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Names, Refusal> {
    let offices = asked::all(tx, ask, ORGANISATION, Vec::new())?;
    let own: BTreeMap<&str, &str> =
        offices.iter().map(|office| (office.id.as_str(), office.text("name").unwrap_or_default())).collect();
    let full = |office: &Record| {
        let name = office.text("name").unwrap_or_default();
        let alone = own.values().filter(|known| **known == name).count() < 2;
        match office.text("parent").and_then(|parent| own.get(parent)).filter(|_| !alone) {
            Some(above) => format!("{above} {name}"),
            None => name.to_string(),
        }
    };
    Ok(offices.iter().map(|office| (office.id.clone(), full(office))).collect())
}

fn name(names: &Names, office: &OfficeProgress) -> String {
    names.get(&office.organisation).unwrap_or(&office.name).clone()
}

/// Sheets that have passed a step.
fn passed(found: &Progress, office: &OfficeProgress, step: &str) -> u64 {
    let at = found.steps.iter().position(|known| known.state == step).map_or(usize::MAX, |at| at + 1);
    office.counts.iter().skip(at).sum()
}

fn share(part: u64, whole: u64) -> String {
    (part * 1_000).checked_div(whole).map_or_else(String::new, |mille| format!("{}.{}%", mille / 10, mille % 10))
}

fn figures(round: &Record, found: &Progress) -> Markup {
    let whole = &found.whole;
    let mut stats = Stats::new().figure(
        "評価記録書",
        whole.total.to_string(),
        "件",
        None,
        Some(list_url(SHEET).query("f", format!("round:is:{}", round.id))),
    );
    let steps = [
        ("目標の提出", state::GOAL_SETTING),
        ("自己申告の提出", state::SELF_REPORT),
        ("評価の提出", state::EVALUATING),
        ("評価の確認", state::CONFIRMING),
    ];
    let performance = round.text("kind") == Some(kind::PERFORMANCE);
    for (label, step) in steps.into_iter().filter(|(_, step)| performance || *step != state::GOAL_SETTING) {
        let done = passed(found, whole, step);
        let note = Some(format!("{}件のうち{done}件", whole.total));
        stats = stats.figure(format!("{label}率"), share(done, whole.total), "", note, None);
    }
    let late = address::waiting(&round.id, None, None).query("late", "1");
    stats = stats.figure("期限を過ぎたもの", whole.late.to_string(), "件", None, (whole.late > 0).then_some(late));
    html! { (stats) }
}

fn late_offices(round: &Record, found: &Progress, names: &Names) -> Markup {
    let mut late: Vec<&OfficeProgress> = found.offices.iter().filter(|office| office.late > 0).collect();
    late.sort_by_key(|office| std::cmp::Reverse(office.late));
    let number = |count: u64| Cell::number(i64::try_from(count).unwrap_or(i64::MAX));
    let columns = vec![
        Column::text("組織").names_row(),
        Column::number("期限を過ぎたもの"),
        Column::number("評価記録書"),
        Column::number("自己申告の提出率"),
        Column::number("評価の提出率"),
    ];
    let rows = late.iter().map(|office| {
        let to = address::waiting(&round.id, Some(&office.organisation), None).query("late", "1");
        Row::new(vec![
            Cell::text(name(names, office)),
            Cell::link(format!("{}件", office.late), &to),
            number(office.total),
            Cell::text(share(passed(found, office, state::SELF_REPORT), office.total)),
            Cell::text(share(passed(found, office, state::EVALUATING), office.total)),
        ])
    });
    html! {
        section class="section stack" id="late" {
            h2 { "遅れている組織" }
            @if late.is_empty() { p { (Badge::new("期限を過ぎた評価記録書はありません", Tone::Good)) } } @else {
                (Table::new("遅れている組織", columns).hide_caption().rows(rows))
            }
        }
    }
}

fn heat(round: &Record, found: &Progress, names: &Names) -> Markup {
    // A step at which nobody stands tells nothing.
    let shown: Vec<usize> =
        (0..found.steps.len()).filter(|at| found.whole.counts.get(*at).is_some_and(|count| *count > 0)).collect();
    let columns = shown.iter().filter_map(|at| found.steps.get(*at)).map(|step| step.label.clone()).collect();
    let count = |office: &OfficeProgress, at: &usize| office.counts.get(*at).copied().unwrap_or_default();
    let values = |office: &OfficeProgress| -> Vec<f64> {
        // Counts of sheets are far below the 53 bits that a float holds exactly.
        shown.iter().map(|at| count(office, at) as f64).collect()
    };
    let links = |office: &OfficeProgress| -> Vec<Option<Url>> {
        let organisation = Some(office.organisation.as_str()).filter(|id| !id.is_empty());
        shown
            .iter()
            .map(|at| {
                let step = found.steps.get(*at).filter(|_| count(office, at) > 0)?;
                Some(address::waiting(&round.id, organisation, Some(&step.state)))
            })
            .collect()
    };
    let note = "各マスは、その組織でその段階にある評価記録書の件数です。表の数字から一覧を開けます。";
    let table = HeatTable::new("map", "組織と段階", "件", columns).note(note);
    let table =
        found.offices.iter().fold(table, |table, office| table.row(name(names, office), values(office), links(office)));
    let dues = found.steps.iter().filter_map(|step| step.due.map(|due| (step, due)));
    html! {
        section class="section stack" {
            h2 { "組織と段階の地図" }
            (table)
            details {
                summary { "段階ごとの期限を見る" }
                dl class="facts" {
                    @for (step, due) in dues {
                        div { dt { (step.label) } dd { (Day::with_weekday(due)) @if step.late { " " (Badge::new("期限を過ぎました", Tone::Caution)) } } }
                    }
                }
            }
        }
    }
}

/// What the personnel office does with a round.
fn run(tx: &mut dyn Reader, ask: &Ask<'_>, round: &Record, found: Option<&Progress>) -> Result<Markup, Stop> {
    if round.text("kind") == Some(kind::SPECIAL) {
        return match round.state.as_str() {
            "open" => special::section(tx, ask, round),
            _ => Ok(Markup::default()),
        };
    }
    let templates = asked::all(tx, ask, TEMPLATE, Vec::new())?;
    let documents = found.is_some()
        && ledger::access::Access::new(&*ask.kernel.ledger(SHEET)?, ask.who).visible() != Filter::Nothing;
    Ok(html! {
        @if round.state == "open" {
            section class="section stack" {
                h2 { "途中から加わった職員" }
                p { "採用や異動で加わった職員の評価記録書を、後から作れます。今ある評価記録書は変わりません。" }
                p { (LinkButton::secondary("まだ評価記録書がない職員を見る", address::start(&round.id))) }
            }
        }
        @if round.text("kind") == Some(kind::PERFORMANCE) && round.state == "open" {
            section class="section stack" {
                h2 { "目標のひな型" }
                p { "組織と職制段階ごとのひな型を、目標がまだ空の評価記録書にまとめて配ります。書いてある目標は変わりません。" }
                @if templates.is_empty() {
                    (Notice::info("ひな型はまだ登録されていません").action(html! { a href=(list_url(TEMPLATE).join("new")) { "ひな型を登録する" } }))
                } @else {
                    p { a href=(list_url(TEMPLATE)) { "登録されているひな型 " (templates.len()) "件を見る" } }
                    (PostButton::new(address::templates(&round.id), Button::secondary("目標のひな型を配る")
                        .confirm("目標が空の評価記録書すべてに配ります。配りますか。")).hidden("_secret", ask.secret))
                }
            }
        }
        @if documents {
            @let found = found.map(|found| found.offices.as_slice()).unwrap_or_default();
            section class="section stack" {
                h2 { "人事評価記録書の印刷" }
                p { "組織を選ぶと、その組織の記録書を一つのPDFにまとめて作ります。" }
                form class="stack" method="post" action=(Url::path(["documents", "evaluation_record", "all"])) {
                    input type="hidden" name="_secret" value=(ask.secret);
                    input type="hidden" name="f" value=(format!("round:is:{}", round.id));
                    (ui::components::Field::new("f", "組織", ui::components::Select::new(
                        found.iter().map(|office| ui::components::Choice::new(
                            format!("organisation:is:{}", office.organisation),
                            format!("{} {}（{}件）", office.code, office.name, office.total),
                        )).collect()).empty(None)))
                    p { (Button::secondary("この組織の記録書を作る")) }
                }
            }
        }
    })
}
