//! 「期限の数え直し」: what changed, what would move from which day to which, and the button that begins it.

use calendar::format_era;
use chrono::NaiveDate;
use ledger::access::Access;
use ledger::port::{Reader, Writer};
use ledger::read::title;
use ledger::{Kernel, Principal, Record, Refusal, find};
use maud::{Markup, html};
use ui::Url;
use ui::components::{Button, Cell, Column, Empty, LinkButton, Notice, Page, PostButton, Row, Stats, Table};
use ui::screens::words::{list_url, record_url};
use ui::web::{Ask, Reply, Stop};

use super::due::title as words_of;
use super::home_url;
use crate::names::ledger_name::{ENGAGEMENT, OBLIGATION, RECOUNT};
use crate::names::made;
use crate::terms::step::Difference;
use crate::terms::{self, recount};

/// So many lines stand on the page.
const SHOWN: usize = 200;

/// The address.
pub fn url() -> Url {
    Url::path(["engagements", "recount"])
}

/// Whether the page is open to them.
pub fn sees(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(RECOUNT).is_some_and(|ledger| Access::new(ledger, who).any())
}

/// One line of what would happen.
struct Line {
    contract: String,
    what: Markup,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    how: &'static str,
}

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    if !sees(ask.kernel, ask.who) {
        return Err(Refusal::NotFound.into());
    }
    let open = match ask.param("id") {
        "" => recount::open(tx)?,
        id => Some(ask.kernel.detail(tx, ask.who, RECOUNT, id, None)?.record),
    };
    let contracts = recount::running(tx, ask.kernel)?;
    let (ledger, obligations) = (ask.kernel.ledger(ENGAGEMENT)?, ask.kernel.ledger(OBLIGATION)?);
    let (may_see, may_see_due) = (Access::new(&ledger, ask.who), Access::new(&obligations, ask.who));
    let (mut lines, mut moved, mut made_new, mut gone, mut elsewhere) = (Vec::new(), 0usize, 0usize, 0usize, 0usize);
    for contract in &contracts {
        let seen = may_see.may_read(contract);
        for one in recount::pending(tx, ask.kernel, contract)? {
            match &one {
                Difference::Moved(..) => moved += usize::from(one.moves()),
                Difference::Missing(_) => made_new += 1,
                Difference::Gone(_) => gone += 1,
            }
            let seen = seen && may_see_all(&may_see_due, &one);
            match line(ask.kernel, contract, &one, &may_see_due).filter(|_| seen) {
                Some(line) if lines.len() < SHOWN => lines.push(line),
                _ => elsewhere += 1,
            }
        }
    }
    let seen = contracts.iter().map(|contract| (ENGAGEMENT, contract.id.as_str()));
    let titles = title::many(&ask.kernel.catalogue, tx, ask.who, seen)?;
    let stats = Stats::new()
        .figure("動く期限", moved.to_string(), "件", None, None)
        .figure("新しくできる期限", made_new.to_string(), "件", None, None)
        .figure("取りやめになる期限", gone.to_string(), "件", None, None)
        .figure("調べた契約", contracts.len().to_string(), "件", None, None);
    let nothing = moved + made_new + gone == 0;
    let body = html! { div class="stack" {
        (said(open.as_ref()))
        (stats)
        @if recount::may_begin(ask.kernel, ask.who) && (!nothing || open.as_ref().is_some_and(waits)) {
            (begin(ask, nothing))
        }
        section class="section stack" {
            h2 { "数え直すとどうなるか" }
            (table(&lines, &titles))
            @if elsewhere > 0 { p class="quiet" { "このほかに" (elsewhere) "件あります。" } }
        }
        p { (LinkButton::secondary("これまでの数え直し", list_url(RECOUNT))) }
    } };
    let lead = "休日や契約の決まりが変わると、履行中の契約のまだ終わっていない期限を数え直します。提出済みの期限と、合意で定めた期限は動きません。";
    Ok(Reply::page(Page::new("期限の数え直し").under("契約案件", list_url(ENGAGEMENT)).lead(lead).body(body)))
}

/// What changed, or that nothing did.
fn said(open: Option<&Record>) -> Markup {
    let Some(open) = open else { return Markup::default() };
    let cause = open.text("cause").unwrap_or_default();
    let on = find::date(open, "asked_on").map(format_era).unwrap_or_default();
    let notice = match open.state.as_str() {
        "running" => {
            Notice::info("数え直しの途中です").text("途中で止めたときは、もう一度始めると残りを数え直します。")
        }
        "waiting" => Notice::warning("期限の数え直しが必要です"),
        "done" => Notice::success("数え直しは終わりました").text(figures(open)),
        _ => Notice::info("数え直さないことにしました"),
    };
    html! { (notice.text(format!("{on}　{cause}"))) }
}

fn waits(recount: &Record) -> bool {
    ["waiting", "running"].contains(&recount.state.as_str())
}

fn figures(recount: &Record) -> String {
    let figure = |name: &str| recount.value(name).as_i64().unwrap_or_default();
    let (moved, made, gone) = (figure("moved"), figure("made"), figure("gone"));
    format!("動いた期限{moved}件、新しくできた期限{made}件、取りやめた期限{gone}件。")
}

fn begin(ask: &Ask<'_>, nothing: bool) -> Markup {
    let words = if nothing { "動く期限がないことを確かめて終える" } else { "期限を数え直す" };
    html! { div class="actions" { (PostButton::new(url(), Button::primary(words)).hidden("_secret", ask.secret)) } }
}

fn may_see_all(due: &Access<'_>, one: &Difference) -> bool {
    match one {
        Difference::Missing(_) => due.any(),
        Difference::Moved(record, _) | Difference::Gone(record) => due.may_read(record),
    }
}

/// A line with what the reader may read of it: the record that a new deadline is for may be closed to them.
fn line(kernel: &Kernel, contract: &Record, one: &Difference, due: &Access<'_>) -> Option<Line> {
    let words = |record: &Record| words_of(&due.redact(record.clone()));
    let link = |record: &Record| html! { a href=(record_url(OBLIGATION, &record.id)) { (words(record)) } };
    let (what, from, to, how) = match one {
        Difference::Moved(record, wanted) => {
            let from = find::date(record, made::DUE_ON);
            (link(record), from, wanted.due, if from == wanted.due { "言葉だけ改める" } else { "動く" })
        }
        Difference::Gone(record) => (link(record), find::date(record, made::DUE_ON), None, "取りやめ"),
        Difference::Missing(wanted) => {
            let item = terms::of(&kernel.catalogue, contract)?.item(&wanted.key.item)?;
            let span = if wanted.key.event.is_none() { wanted.span.as_str() } else { "" };
            (html! { (item.label) " " (span) }, None, wanted.due, "新しくできる")
        }
    };
    Some(Line { contract: contract.id.clone(), what, from, to, how })
}

fn table(lines: &[Line], titles: &title::Titles) -> Markup {
    let day = |day: Option<NaiveDate>| day.map_or_else(Cell::empty, Cell::day);
    let rows = lines.iter().map(|line| {
        Row::new(vec![
            Cell::of_markup(line.what.clone()),
            Cell::link(titles.get(ENGAGEMENT, &line.contract), &home_url(&line.contract)),
            day(line.from),
            day(line.to),
            Cell::text(line.how),
        ])
    });
    let columns = vec![
        Column::text("期限").names_row(),
        Column::text("契約案件"),
        Column::date("今の期日"),
        Column::date("数え直した期日"),
        Column::text("どうなるか"),
    ];
    let empty =
        Empty::new("動く期限はありません", "すべての期限が、今の休日と契約の決まりのとおりに数えられています。");
    html! { (Table::new("数え直すとどうなるか", columns).hide_caption().rows(rows).empty(empty)) }
}

/// Begin it.
pub fn start(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    match recount::begin(tx, ask.kernel, ask.who)? {
        Some(job) => Ok(Reply::to(Url::path(["jobs", &job]))),
        None => Ok(Reply::to_with(url(), Notice::info("数え直しはすでに始まっています"))),
    }
}
