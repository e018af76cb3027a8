//! 評価する人: the people I evaluate as rows with step, last day and last contact.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::port::Reader;
use ledger::{Record, Refusal};
use maud::html;
use ui::components::{Cell, Column, Empty, ListHead, Page, Row, Table, Tabs};
use ui::screens::words::{day, state_badge};
use ui::web::{Ask, Reply, Stop};
use ui::when::Day;

use super::super::names::ledger_name::{MEMO, ORGANISATION, PERSON, POST, SHEET};
use super::super::names::state;
use super::{address, asked, shown};

/// Days of the two interviews.
const INTERVIEWS: [&str; 2] = ["opening_on", "closing_on"];

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let known = asked::rounds_with_me(tx, ask, &["evaluator", "concurrent_evaluators"])?;
    let page = Page::new("評価する人").under("人事評価", address::entrance());
    let Some(round) = asked::chosen(ask, &known) else {
        let words = "評価期が始まると、あなたが評価する職員がここに並びます。";
        return Ok(Reply::page(page.body(Empty::new("評価する人はまだいません", words))));
    };
    let of_round = |seat: &str| vec![asked::is("round", [round.id.as_str()]), asked::is(seat, ["@me"])];
    let mut sheets = asked::sheets(tx, ask, of_round("evaluator"))?;
    let second = asked::sheets(tx, ask, of_round("concurrent_evaluators"))?;
    let of_second: Vec<String> = second.iter().map(|sheet| sheet.id.clone()).collect();
    sheets.extend(second);
    let step = ask.query("step").unwrap_or("all");
    let here = address::people().query("round", &round.id);
    let my_turn = |sheet: &Record| sheet.text("holder").is_some() && sheet.text("holder") == ask.who.person();
    let tabs = known.iter().fold(Tabs::new("評価期"), |tabs, known| {
        let name = known.text("name").unwrap_or_default();
        tabs.tab(name, address::people().query("round", &known.id), known.id == round.id, None)
    });
    let ledger = ask.kernel.ledger(SHEET)?;
    let count = |fits: &dyn Fn(&Record) -> bool| u64::try_from(sheets.iter().filter(|s| fits(s)).count()).ok();
    let mut steps = Tabs::new("段階").tab("すべて", here.clone(), step == "all", count(&|_| true)).tab(
        "自分の番",
        here.with("step", "mine"),
        step == "mine",
        count(&my_turn),
    );
    for known in state::COURSE {
        let standing = count(&|sheet| sheet.state == known).filter(|count| *count > 0);
        if standing.is_some() || step == known {
            let label = ledger.workflow.state_label(known);
            steps = steps.tab(label, here.with("step", known), step == known, standing);
        }
    }
    let rows: Vec<&Record> = sheets
        .iter()
        .filter(|sheet| match step {
            "all" => true,
            "mine" => my_turn(sheet),
            step => sheet.state == step,
        })
        .collect();
    let titles = asked::titles(tx, ask, &sheets)?;
    let contact = last_contact(tx, ask, &sheets)?;
    ask.seen.shown(ask.who, &ledger, rows.iter().copied(), Some(&INTERVIEWS));
    let columns = vec![
        Column::text("氏名").names_row(),
        Column::text("組織と官職"),
        Column::text("段階"),
        Column::text("期限"),
        Column::text("最後の面談"),
    ];
    let lines = rows.iter().map(|sheet| {
        let subject = sheet.text("subject").unwrap_or_default();
        let office = sheet.text("organisation").map_or("", |id| titles.get(ORGANISATION, id));
        let post = sheet.text("post").map_or("", |id| titles.get(POST, id));
        let (met, noted) = contact.get(subject).copied().unwrap_or_default();
        let due = asked::due(sheet, Some(round));
        let post = if of_second.contains(&sheet.id) { format!("{post}（併任）") } else { post.to_string() };
        Row::new(vec![
            Cell::link(titles.get(PERSON, subject), &address::sheet(&sheet.id)),
            Cell::two_lines(office, &post),
            Cell::of_markup(html! {
                (state_badge(&ledger, &sheet.state))
                @if my_turn(sheet) { span class="second bold" { "あなたの番" } }
            }),
            Cell::of_markup(shown::due_cell(ask, due)),
            match (met, noted) {
                (None, None) => Cell::empty(),
                (met, noted) => Cell::of_markup(html! {
                    @match met { Some(met) => (Day::new(met)), None => "面談の記録なし" }
                    @if let Some(noted) = noted { span class="second" { "手控え " (Day::new(noted)) } }
                }),
            },
        ])
        .id(format!("row-{}", sheet.id))
    });
    let empty = Empty::new("この段階の人はいません", "ほかの段階を選ぶと、その段階の人が現れます。");
    let table = Table::new("評価する人", columns).hide_caption().rows(lines).empty(empty);
    let mine = rows.iter().find(|sheet| my_turn(sheet));
    let page = match mine {
        Some(first) => page.action(ui::components::LinkButton::primary("評価を続ける", address::sheet(&first.id))),
        None => page,
    };
    let body = html! {
        (tabs) (steps)
        (ListHead::words(format!("{}人", rows.len())))
        (table)
    };
    Ok(Reply::page(page.body(body)))
}

type Contact = (Option<NaiveDate>, Option<NaiveDate>);

/// The last interview and the last note of each person, over all their sheets that are open to me.
fn last_contact(tx: &mut dyn Reader, ask: &Ask<'_>, sheets: &[Record]) -> Result<BTreeMap<String, Contact>, Refusal> {
    let mut contact: BTreeMap<String, Contact> = BTreeMap::new();
    for sheet in sheets {
        let Some(subject) = sheet.text("subject") else { continue };
        let met = INTERVIEWS.into_iter().filter_map(|field| sheet.text(field).and_then(day)).max();
        let entry = contact.entry(subject.to_string()).or_default();
        entry.0 = entry.0.max(met);
    }
    for memo in asked::all(tx, ask, MEMO, Vec::new())? {
        let Some(subject) = memo.text("subject") else { continue };
        if let Some(entry) = contact.get_mut(subject) {
            entry.1 = entry.1.max(memo.text("noted_on").and_then(day));
        }
    }
    Ok(contact)
}
