//! The Gantt chart of a contract: the plan with the approved baseline beside it, today, and what must not slip.

use calendar::BusinessCalendar;
use ledger::Record;
use ledger::access::Access;
use ledger::port::Reader;
use maud::{Markup, Render, html};
use ui::Url;
use ui::charts::{GanttChart, Span};
use ui::components::{Badge, Button, Cell, Column, Empty, LinkButton, Notice, Page, PostButton, Row, Table, Tone};
use ui::screens::words::{record_url, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Day;

use super::super::names::ledger_name::{BASELINE, WORK_ITEM};
use super::super::plan::{self, Work};
use super::{asked, engagement_url};

/// Most works that are printed at once; the address names each of them.
const AT_ONCE: usize = 100;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let (contract, page) = asked::contract(tx, ask, "工程")?;
    let own = || vec![asked::is("engagement", [contract.id.as_str()])];
    let items = asked::all(tx, ask, WORK_ITEM, own())?;
    let baseline = baseline(tx, ask, &contract)?;
    let calendar = &ask.kernel.calendar;
    let (works, circle) = plan::works(&items, baseline.as_ref(), calendar);
    let add = asked::new_button(ask, "作業項目を加える", WORK_ITEM, &[("engagement", &contract.id)]);
    if works.is_empty() {
        let empty = Empty::new(
            "作業項目はまだありません",
            "作業項目に責任者、開始と終了の予定、完了基準、先行作業を書くと、ここに工程が描かれます。",
        );
        return Ok(Reply::page(page.body(html! { (empty) p { (add) } })));
    }
    let today = ask.kernel.today();
    let chart = works.iter().fold(GanttChart::new("gantt", "ガントチャート", today), |chart, work| {
        let (number, name) = (work.item.text("number").unwrap_or_default(), work.item.text("name").unwrap_or_default());
        chart.span(Span {
            label: format!("{number} {name}"),
            from: work.planned.0,
            to: work.planned.1,
            done: work.earned,
            late: work.late(today),
            base: work.base,
            critical: work.critical(),
        })
    });
    let chart = chart.note("帯は計画、濃い部分は出来高率、下の細い線は承認された基準線です。太い枠と「要」は、遅れると全体の終わりが遅れる作業です。");
    let page = page
        .action(print(ask, "gantt_paper", "ガントチャートを印刷する（A3）", &contract, &items)?)
        .action(print(ask, "progress_table", "WBSを印刷する（A3）", &contract, &items)?);
    let page = match circle {
        Ok(()) => page,
        Err(cycle) => page.notice(Notice::warning("先行作業から日程を計算できません").text(cycle.to_string())),
    };
    let words = match &baseline {
        Some(baseline) => {
            let to = record_url(BASELINE, &baseline.id);
            html! { "比べている基準線: " a href=(to) { "第" (baseline.value("version")) "版" } }
        }
        None => html! { "承認された基準線はまだありません。" },
    };
    let body = html! { div class="stack" {
        p {
            (words) "　"
            a href=(engagement_url(&contract.id, "earned-value")) { "出来高管理（EVM）を見る" }
        }
        (chart)
        section class="section stack" id="works" {
            h2 { "作業と余裕" }
            p class="small quiet" { "余裕は、全体の終わりを遅らせずに遅らせることのできる開庁日の数です。" }
            (table(ask, &works, calendar)?)
            p {
                (add) " "
                (asked::new_button(ask, "基準線を作る", BASELINE, &[("engagement", &contract.id)])) " "
                (LinkButton::secondary("作業項目の一覧を開く（書き出し）", asked::list_of(WORK_ITEM, &contract.id)))
            }
        }
    } };
    Ok(Reply::page(Page::body(page, body)))
}

/// A button that gives all works of the contract on paper: at once, or where there are many, as a task; nothing where the
/// reader may not print.
fn print(ask: &Ask<'_>, document: &str, words: &str, contract: &Record, items: &[Record]) -> Result<Markup, Stop> {
    let ledger = ask.kernel.ledger(WORK_ITEM)?;
    let access = Access::new(&ledger, ask.who);
    if !items.iter().all(|item| access.may_print(item, document)) {
        return Ok(Markup::default());
    }
    let form = Url::path(["documents", document]);
    if items.len() <= AT_ONCE {
        let to = items.iter().fold(form, |to, item| to.query("record", &item.id));
        return Ok(LinkButton::download(words, to).render());
    }
    let button = PostButton::new(form.join("all"), Button::secondary(words));
    let of_contract = asked::is("engagement", [contract.id.as_str()]).to_string();
    Ok(button.hidden("f", of_contract).hidden("_secret", ask.secret).render())
}

/// The approved baseline of a contract.
pub fn baseline(tx: &mut dyn Reader, ask: &Ask<'_>, contract: &Record) -> Result<Option<Record>, Stop> {
    let approved = vec![asked::is("engagement", [contract.id.as_str()]), asked::is("state", ["approved"])];
    Ok(asked::all(tx, ask, BASELINE, approved)?.into_iter().next())
}

fn table(ask: &Ask<'_>, works: &[Work<'_>], calendar: &BusinessCalendar) -> Result<Markup, Stop> {
    let ledger = ask.kernel.ledger(WORK_ITEM)?;
    let today = ask.kernel.today();
    let columns = vec![
        Column::text("作業").names_row(),
        Column::text("責任者"),
        Column::text("計画"),
        Column::text("基準線"),
        Column::text("最も早い日程"),
        Column::number("余裕"),
        Column::number("出来高率"),
        Column::text("状態"),
    ];
    let between =
        |days: (chrono::NaiveDate, chrono::NaiveDate)| html! { (Day::new(days.0)) "から" (Day::new(days.1)) "まで" };
    let rows = works.iter().map(|work| {
        let text = |field: &str| work.item.text(field).unwrap_or_default();
        let float = work.placed.filter(|_| !work.over()).map(|placed| placed.float);
        Row::new(vec![
            Cell::link(format!("{} {}", text("number"), text("name")), &record_url(WORK_ITEM, &work.item.id)),
            Cell::text(text("owner")),
            Cell::of_markup(between(work.planned)),
            work.base.map_or_else(Cell::empty, |base| Cell::of_markup(between(base))),
            work.placed
                .map_or_else(Cell::empty, |placed| Cell::of_markup(between((placed.early_start, placed.early_end)))),
            float.map_or_else(Cell::empty, |float| {
                Cell::text(if float == 0 { "なし（要）".to_string() } else { format!("{float}日") })
            }),
            Cell::text(format!("{}%", work.earned)),
            Cell::of_markup(html! {
                (state_badge(&ledger, &work.item.state))
                @if work.late(today) { " " (Badge::new("期限切れ", Tone::Bad)) }
                @if work.squeezed(calendar) { " " (Badge::new("先行作業より早い計画", Tone::Caution)) }
            }),
        ])
    });
    let table = Table::new("作業と余裕", columns).hide_caption().rows(rows);
    Ok(html! { (table) })
}
