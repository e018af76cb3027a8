//! Where the contracts of the reader stand: a line each, with the way to schedule, earned value and risks.

use std::collections::BTreeMap;

use ledger::access::Access;
use ledger::port::Reader;
use ledger::read::ListRequest;
use ledger::{Kernel, Principal, Refusal};
use maud::html;
use ui::components::{Badge, Cell, Column, Empty, Page, Row, Table, Tone};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::web::{Ask, Place, Reply, Stop};

use super::super::names::ledger_name::{ENGAGEMENT, ISSUE, MEETING, RISK, WORK_ITEM};
use super::{asked, engagement_url};

/// Contracts whose work is planned or goes on.
const RUNNING: [&str; 3] = ["awarded", "in_force", "completed"];

/// The entry of the side navigation.
pub fn place() -> Place {
    let open = |kernel: &Kernel, who: &Principal| {
        kernel.catalogue.ledger(WORK_ITEM).is_some_and(|ledger| Access::new(ledger, who).any())
    };
    Place { area: "progress", words: "契約ごとの進み具合", path: "/progress", open }
}

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let contracts = asked::all(tx, ask, ENGAGEMENT, vec![asked::is("state", RUNNING)])?;
    let ledger = ask.kernel.ledger(ENGAGEMENT)?;
    let open_issues = counts(tx, ask, ISSUE, &["raised", "examining", "acting", "approving"], None)?;
    let high_risks = counts(tx, ask, RISK, &["identified", "treated", "occurred"], Some(("priority", "high")))?;
    let late = counts(tx, ask, WORK_ITEM, &["delayed"], None)?;
    let minutes = counts(tx, ask, MEETING, &["held", "submitted"], None)?;
    let columns = vec![
        Column::text("契約案件").names_row(),
        Column::text("状態"),
        Column::number("遅れ"),
        Column::number("課題"),
        Column::number("高いリスク"),
        Column::number("議事録"),
        Column::text("開く"),
    ];
    let rows = contracts.iter().map(|contract| {
        let number = |counts: &BTreeMap<String, u64>| counts.get(&contract.id).copied().unwrap_or_default();
        let told = |count: u64| match count {
            0 => Cell::text("0"),
            count => Cell::badge(&Badge::new(format!("{count}件"), Tone::Caution)),
        };
        let name = asked::name(contract);
        let way = |words: &str, page: &str| {
            html! { a href=(engagement_url(&contract.id, page)) { (words) span class="visually-hidden" { "（" (name) "）" } } "　" }
        };
        Row::new(vec![
            Cell::link(name.as_str(), &record_url(ENGAGEMENT, &contract.id)),
            Cell::of_markup(state_badge(&ledger, &contract.state)),
            told(number(&late)),
            told(number(&open_issues)),
            told(number(&high_risks)),
            told(number(&minutes)),
            Cell::of_markup(html! { (way("工程", "schedule")) (way("出来高", "earned-value")) (way("リスク", "risks")) }),
        ])
    });
    let empty = Empty::new("進行中の契約はありません", "契約が結ばれると、ここに並びます。");
    let table = Table::new("契約ごとの進み具合", columns).hide_caption().rows(rows).empty(empty);
    let body = html! { div class="stack" {
        p class="small quiet" { "遅れは連絡のあった作業、課題は解決していないもの、リスクは優先度の高いもの、議事録は定まっていないものの数です。" }
        (table)
        p { a href=(list_url(MEETING)) { "会議の一覧を開く" } "　" a href=(list_url(ISSUE)) { "課題の一覧を開く" } }
    } };
    Ok(Reply::page(Page::new("契約ごとの進み具合").body(body)))
}

/// Number of records in these states by contract: one question, however many contracts there are.
fn counts(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &str,
    states: &[&str],
    also: Option<(&str, &str)>,
) -> Result<BTreeMap<String, u64>, Refusal> {
    let mut conditions = vec![asked::is("state", states.iter().copied())];
    conditions.extend(also.map(|(field, value)| asked::is(field, [value])));
    let request = ListRequest { ledger: ledger.into(), conditions, ..ListRequest::default() };
    let groups = match ask.kernel.group(tx, ask.who, &request, &["engagement"]) {
        Ok(groups) => groups,
        Err(Refusal::NotFound | Refusal::Denied(_)) => return Ok(BTreeMap::new()),
        Err(other) => return Err(other),
    };
    Ok(groups.iter().filter_map(|group| Some((group.values.first()?.as_str()?.to_string(), group.count))).collect())
}
