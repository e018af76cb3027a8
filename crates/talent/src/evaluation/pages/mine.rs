//! 自分の評価: one page a year, with the ability sheet and the two performance sheets as its steps.

use chrono::Datelike;
use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::title::Titles;
use ledger::{Record, Refusal};
use maud::{Markup, html};
use ui::Url;
use ui::components::{Empty, LinkButton, Page, Tabs};
use ui::screens::words::list_url;
use ui::web::{Ask, Reply, Stop};
use ui::when::Day;

use super::super::find;
use super::super::names::ledger_name::{COMPLAINT, SHEET};
use super::super::names::{kind, state};
use super::super::year::{Part, sheet_before, year_of, years_of};
use super::{address, asked, shown};

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let Some(me) = ask.who.person() else {
        let words = "この利用者は職員と結び付いていないため、自分の評価はありません。";
        return Err(Refusal::Denied(words.into()).into());
    };
    let present = present_year(ask);
    let mut years = years_of(tx, ask.kernel, ask.who, me)?;
    let newest = years.first().copied().unwrap_or(present);
    let year = ask.query("year").and_then(|year| year.parse().ok()).unwrap_or(newest);
    if !years.contains(&year) {
        years.push(year);
        years.sort_unstable_by(|one, two| two.cmp(one));
    }
    let parts = year_of(tx, ask.kernel, ask.who, me, year)?;
    let ledger = ask.kernel.ledger(SHEET)?;
    let own: Vec<Record> = parts.iter().filter_map(|part| part.sheet.clone()).collect();
    let titles = asked::titles(tx, ask, &own)?;
    let tabs = years.iter().take(8).fold(Tabs::new("評価の年"), |tabs, known| {
        tabs.tab(year_words(*known), address::mine(Some(*known)), *known == year, None)
    });
    let mut drawn = Vec::new();
    for part in &parts {
        let before = match &part.sheet {
            Some(sheet) if sheet.text("kind") == Some(kind::PERFORMANCE) => {
                sheet_before(tx, ask.kernel, ask.who, sheet)?
            }
            _ => None,
        };
        ask.seen.shown(ask.who, &ledger, part.sheet.iter().chain(&before), None);
        drawn.push(section(ask, &ledger, part, before.as_ref(), &titles));
    }
    let mut page = Page::new("自分の評価").under("人事評価", address::entrance());
    if let Some(sheet) = own.iter().find(|sheet| sheet.text("holder") == Some(me)) {
        page = page.action(LinkButton::primary(action(sheet), address::sheet(&sheet.id)));
    }
    let body = html! { div class="stack" {
        (tabs)
        @if own.is_empty() {
            (Empty::new(format!("{}の評価記録書はありません", year_words(year)), "人事担当が評価期を開始すると、ここに評価記録書が現れます。"))
        }
        @for part in &drawn { (part) }
        @if !own.is_empty() {
            p { "評価や手続に納得できないときは、" a href=(complaint(&own)) { "苦情を申し出る" } "ことができます。" }
        }
    } };
    Ok(Reply::page(page.body(body)))
}

/// The year of evaluation that today belongs to: it begins in October.
fn present_year(ask: &Ask<'_>) -> i64 {
    let today = ask.kernel.today();
    i64::from(if today.month() >= 10 { today.year() } else { today.year() - 1 })
}

fn year_words(year: i64) -> String {
    let first = i32::try_from(year).ok().and_then(|year| chrono::NaiveDate::from_ymd_opt(year, 10, 1));
    first.map_or_else(|| format!("{year}年"), |first| format!("{}から1年", shown::month_text(first)))
}

/// A complaint about the one disclosed sheet, where there is exactly one.
fn complaint(own: &[Record]) -> Url {
    let disclosed: Vec<&Record> = own.iter().filter(|sheet| state::FINAL.contains(&sheet.state.as_str())).collect();
    let new = list_url(COMPLAINT).join("new");
    match disclosed.as_slice() {
        [one] => new.query("sheet", &one.id),
        _ => new,
    }
}

/// What the subject does next, as a verb with its object.
pub fn action(sheet: &Record) -> &'static str {
    match sheet.state.as_str() {
        state::GOAL_SETTING => "目標を書く",
        state::SELF_REPORT => "自己申告を書く",
        _ => "評価記録書を開く",
    }
}

fn section(ask: &Ask<'_>, ledger: &Ledger, part: &Part, before: Option<&Record>, titles: &Titles) -> Markup {
    let round = &part.round;
    let name = round.text("name").unwrap_or_default();
    let Some(sheet) = &part.sheet else { return Markup::default() };
    let items = shown::items(ask.kernel, sheet);
    let last = before.map(|before| shown::items(ask.kernel, before)).unwrap_or_default();
    let performance = sheet.text("kind") == Some(kind::PERFORMANCE);
    let link = address::sheet(&sheet.id);
    let term = find::date(round, "starts_on").zip(find::date(round, "ends_on"));
    html! {
        section class="section stack" id=(format!("sheet-{}", sheet.id)) {
            h2 { (name) a class="small" href=(link) { (action(sheet)) span class="visually-hidden" { "(" (name) ")" } } }
            @if let Some((from, to)) = term { p class="quiet" { (Day::new(from)) "から" (Day::new(to)) "まで" } }
            (shown::stand_among(ask, ledger, sheet, round, titles))
            @if let Some(result) = sheet.text("result_mark") { p { "全体評語: " span class="bold" { (result) } } }
            @if let Some(advice) = sheet.text("goal_advice").filter(|_| sheet.state == state::GOAL_SETTING) {
                p { span class="bold" { "評価者の助言: " } span class="value-only" { (advice) } }
            }
            @if let Some(advice) = sheet.text("report_advice").filter(|_| sheet.state == state::SELF_REPORT) {
                p { span class="bold" { "評価者の助言: " } span class="value-only" { (advice) } }
            }
            details open[performance && sheet.text("holder") == ask.who.person()] {
                summary { (if performance { "目標と自己申告を見る" } else { "評価項目と自己申告を見る" }) }
                div class="columns" {
                    div class="stack" {
                        h3 { (if performance { "今期の目標" } else { "評価項目" }) }
                        (shown::item_list(&items, "まだ書かれていません。"))
                    }
                    @if performance {
                        div class="stack" {
                            h3 { "前期の目標" }
                            (shown::item_list(&last, "前期の目標はありません。"))
                        }
                    }
                }
                @if let Some(comment) = sheet.text("self_comment") {
                    h3 { "全体についての自己申告" } p class="value-only" { (comment) }
                }
            }
        }
    }
}
