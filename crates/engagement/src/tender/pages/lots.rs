//! くじ: the promise, the numbers, the calculation, and how anybody does it again.

use ledger::port::Reader;
use maud::{Markup, Render, html};
use ui::Url;
use ui::components::{Button, Cell, Column, LinkButton, Notice, Page, RecordState, Row, Section, Table};
use ui::screens::words::{record_url, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Instant;

use super::super::names::{LOTTERY, TENDER};
use super::{cell, code, opening_url, rows, step_url, steps, titles};

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let detail = ask.kernel.detail(tx, ask.who, LOTTERY, ask.param("id"), None)?;
    let lots = &detail.record;
    let ledger = ask.kernel.ledger(LOTTERY)?;
    let names = titles(tx, ask, std::slice::from_ref(lots))?;
    let tender = lots.text("tender").unwrap_or_default();
    let next = ledger.workflow.state(&lots.state).map(|state| state.next.clone()).unwrap_or_default();
    let mut state = RecordState::new(state_badge(&ledger, &lots.state), next);
    if let Some(offer) = detail.offers.iter().find(|offer| offer.transition.name == "draw") {
        state = state.act(match &offer.obstacle {
            Some(reason) => Button::secondary("くじを行う").refused(reason.clone()).render(),
            None => LinkButton::primary("くじを行う", step_url(LOTTERY, &lots.id, "draw")).render(),
        });
    }
    let instant = |field: &str| ledger::find::instant(lots, field).map(|at| Instant(at).text()).unwrap_or_default();
    let text = |field: &str| lots.text(field).unwrap_or_default().to_string();
    let promise = Section::new("約束")
        .fact("回", format!("第{}回", lots.value("round").as_i64().unwrap_or(1)))
        .fact("封じた日時", instant("committed_at"))
        .fact("要約値（SHA-256）", code(&text("commitment")));
    let drawn = lots.state == "drawn";
    let mut page = Page::new(format!("くじ: {}", names.get(TENDER, tender)))
        .under("開札の予定", Url::path(["tenders"]))
        .under("開札", opening_url(tender))
        .action(LinkButton::secondary("くじのすべての項目", record_url(LOTTERY, &lots.id)));
    if drawn {
        page = page.notice(Notice::success(format!("当たりの入札番号は {} です", text("chosen_number"))));
    }
    let body = html! { div class="stack" {
        (state)
        (promise)
        @if drawn {
            (entries(lots, &text("chosen_number")))
            section class="section stack" id="calculation" { h2 { "計算" } (steps(lots, "計算")) }
            (again(&text("secret"), &text("salt"), &text("commitment")))
        } @else {
            section class="section stack" {
                h2 { "どのように決めるか" }
                ol {
                    li { "締切りのときに、秘密の番号（9桁）と添え字を封じ、要約値だけを示します。あとから替えることはできません。" }
                    li { "入札者は、入札書にくじ番号（0～999）を書きます。書いていない人の分は、入札事務に関係のない職員が引き、名を残します。" }
                    li { "秘密の番号を明かし、全員のくじ番号を足します。入札の数で割った余りが、当たりの位置です（入札番号の順、0から数えます）。" }
                }
            }
        }
    } };
    Ok(Reply::page(page.body(body)))
}

fn entries(lots: &ledger::Record, chosen: &str) -> Markup {
    let lines = rows(lots, "entries").iter().map(|row| {
        let number = cell(row, "number");
        let won = number == chosen;
        Row::new(vec![
            Cell::text(cell(row, "position")),
            Cell::of_markup(html! { (number) @if won { " " span class="bold" { "当たり" } } }),
            Cell::text(cell(row, "lottery_number")),
            Cell::text(cell(row, "drawn_by")),
        ])
    });
    let columns = vec![
        Column::number("位置"),
        Column::text("入札番号").names_row(),
        Column::number("くじ番号"),
        Column::text("引いた人"),
    ];
    html! {
        section class="section stack" id="entries" {
            h2 { "加わった入札" }
            (Table::new("加わった入札", columns).hide_caption().rows(lines))
        }
    }
}

/// How anyone does it again with a common tool and a pocket calculator.
fn again(secret: &str, salt: &str, commitment: &str) -> Markup {
    html! {
        section class="section stack" id="again" {
            h2 { "確かめ方" }
            p { "1. 次の命令が、締切りのときに示した要約値を出すことを確かめます。" }
            p { (code(&format!("printf '%s' '{secret}-{salt}' | sha256sum"))) }
            p { "要約値: " (code(commitment)) }
            p { "2. 秘密の番号と、すべてのくじ番号を足します。" }
            p { "3. 入札の数で割った余りの位置（0から数えます）が、当たりです。" }
        }
    }
}
