//! 証跡の検索: three standing questions one click away, every other question as a form, saved searches as tabs.

use journal::act::JOURNAL_READ;
use ledger::evidence::reading;
use ledger::port::{Reader, Writer};
use ledger::read::{Condition, ListRequest, Test, TracedEntry};
use ledger::{Change, Refusal};
use maud::{Markup, Render, html};
use serde_json::json;
use ui::Url;
use ui::components::{
    Button, Choice, Date, Empty, Field, Form, LinkButton, ListHead, Notice, Page, Pager, Select, Tabs, Text,
};
use ui::web::{Ask, Keep, Reply, Stop};

use super::timeline;
use crate::names::ledger_name;
use crate::search::{Asked, cursor, permitted, read_cursor};

/// Entries on a page.
const PAGE: usize = 50;

/// Address of the search.
pub fn url() -> Url {
    Url::path(["trail"])
}

/// What the address asks.
pub fn asked(ask: &Ask<'_>) -> Asked {
    Asked::read(ask.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Only whoever may search.
pub fn only_permitted(ask: &Ask<'_>) -> Result<(), Refusal> {
    match permitted(ask.kernel, ask.who) {
        true => Ok(()),
        false => {
            Err(Refusal::Denied("証跡を検索する権限がありません。情報保護責任者か監査担当が検索できます。".into()))
        }
    }
}

/// Tell in the journal what was searched for, and which protected values were shown with it.
pub fn told(ask: &Ask<'_>, asked: &Asked, entries: &[TracedEntry]) -> Keep {
    for traced in entries {
        let entry = &traced.seen.entry;
        let Some(ledger) = ask.kernel.catalogue.ledger(&entry.ledger) else { continue };
        let shown = entry.changes.keys().filter_map(|name| ledger.field(name)).map(|field| field.class.clone());
        ask.seen.looked(ledger, &entry.record, shown);
    }
    let facts = json!({ "asked": asked.pairs(), "found": entries.len() });
    Keep { entries: vec![reading(ask.kernel, ask.who, JOURNAL_READ, "journal", "", facts)], ..Keep::default() }
}

/// The page. What was searched for goes into the journal.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<(Reply, Keep), Stop> {
    only_permitted(ask)?;
    let asked = asked(ask);
    let tabs = saved(tx, ask, &asked)?;
    let mut page = Page::new("証跡の検索");
    if asked.is_empty() {
        let body = html! { div class="stack" { (tabs) (standing()) (form(ask, &asked, false)) (past(ask)) } };
        return Ok((Reply::page(page.body(body)), Keep::default()));
    }
    let mut query = match asked.question(tx, ask.kernel, PAGE) {
        Ok(query) => query,
        Err(Refusal::Invalid(problems)) => {
            let notice = problems
                .iter()
                .fold(Notice::error("検索できませんでした"), |notice, one| notice.text(&one.message));
            page = page.notice(notice);
            return Err(Stop::Answer(Reply::page(page.body(html! { (tabs) (form(ask, &asked, true)) }))));
        }
        Err(other) => return Err(other.into()),
    };
    query.behind = ask.query("behind").and_then(read_cursor);
    let trail = ask.kernel.trail(tx, ask.who, &query)?;
    let titles = timeline::titles(tx, ask.kernel, ask.who, &trail.entries)?;
    let here = asked.url(url());
    let next = trail.next.map(|next| here.clone().query("behind", cursor(next)));
    let first = query.behind.map(|_| here.clone());
    let file = |format: &str| asked.url(url().join("file")).query("format", format);
    let head = ListHead::words(words(&trail.entries, trail.next.is_some()))
        .tool(LinkButton::download("XLSXで保存する", file("xlsx")))
        .tool(LinkButton::download("CSVで保存する", file("csv")));
    let drawn = match trail.entries.is_empty() {
        true => Empty::new(
            "条件に合う証跡はありません",
            "期間を広げるか、条件を減らしてください。あなたに権限のない台帳の証跡は含みません。",
        )
        .render(),
        false => timeline::draw(ask.kernel, &titles, &trail.entries, &[]),
    };
    let keep = told(ask, &asked, &trail.entries);
    let body = html! { div class="stack" {
        (tabs) (form(ask, &asked, false)) (head) (drawn) (Pager::new(first, next)) (left_out(ask)) (keep_form(ask, &asked))
    } };
    Ok((Reply::page(page.body(body)), keep))
}

fn words(entries: &[TracedEntry], more: bool) -> String {
    match more {
        true => format!("新しいものから{}件を表示（続きがあります）", entries.len()),
        false => format!("{}件", entries.len()),
    }
}

/// Ledgers that this reader does not see here: silence would look like nothing happened.
fn left_out(ask: &Ask<'_>) -> Markup {
    let closed = ask.kernel.untraceable(ask.who);
    let labels: Vec<&str> = closed
        .iter()
        .filter_map(|name| ask.kernel.catalogue.ledger(name))
        .map(|ledger| ledger.label.as_str())
        .collect();
    html! {
        @if !labels.is_empty() {
            p class="small quiet" { "あなたの役割では表示できない台帳: " (labels.join("、")) }
        }
    }
}

/// Judging the past again, for those who judge.
fn past(ask: &Ask<'_>) -> Markup {
    html! {
        @if super::judges(ask.kernel, ask.who) {
            details class="filter-panel" id="past" {
                summary { "過去の証跡を点検する" }
                p { "今ある兆候の規則を、過ぎた期間の証跡に当てます。新しい規則を加えたときに使います。" }
                (super::alert::evaluation_form(ask))
            }
        }
    }
}

/// The three standing questions.
fn standing() -> Markup {
    let question = |name: &'static str, heading: &str, label: &str, help: &str, button: Button| {
        html! {
            section class="panel stack" {
                h2 { (heading) }
                form class="stack" method="get" action=(url()) {
                    (Field::new(name, label, Text::new()).help(help))
                    div class="actions" { (button) }
                }
            }
        }
    };
    html! {
        div class="columns" {
            (question("whom", "この人に触れたのは誰か", "職員番号", "本人と、その人についての記録を読んだ人と変えた人を、新しい順に並べます。", Button::primary("触れた人を調べる")))
            (question("who", "この利用者は何をしたか", "利用者名または職員番号", "サインイン、閲覧、変更、出力などのすべてを、新しい順に並べます。", Button::secondary("したことを調べる")))
            section class="panel stack" {
                h2 { "二つの日付の間に何が変わったか" }
                form class="stack" method="get" action=(url()) {
                    input type="hidden" name="kind" value="changes";
                    (Field::new("from", "初日", Date::new()))
                    (Field::new("until", "末日", Date::new()))
                    div class="actions" { (Button::secondary("変わったことを調べる")) }
                }
            }
        }
    }
}

fn form(ask: &Ask<'_>, asked: &Asked, open: bool) -> Markup {
    let text = |name: &str| Text::new().value(asked.get(name).unwrap_or_default());
    let today = ask.kernel.today();
    let date = |name: &str| match asked.get(name) {
        Some(typed) => Date::new().typed(typed, calendar::parse_date(typed, today).ok()),
        None => Date::new(),
    };
    let ledgers = ask.kernel.catalogue.ledgers.values();
    let closed = ask.kernel.untraceable(ask.who);
    let ledgers: Vec<Choice> = ledgers
        .filter(|ledger| !closed.contains(&ledger.name))
        .map(|ledger| Choice::new(ledger.name.as_str(), ledger.label.as_str()))
        .collect();
    let acts = ask.kernel.catalogue.choices.get("watched_act");
    let acts: Vec<Choice> =
        acts.map(|set| set.choices.iter().map(|c| Choice::new(&c.code, &c.label)).collect()).unwrap_or_default();
    let kinds = vec![Choice::new("reads", "閲覧・出力・印刷"), Choice::new("changes", "変更")];
    let all = || Some("すべて".to_string());
    html! {
        details class="filter-panel" open[open || ask.query("edit").is_some()] {
            summary { "条件を細かく指定する" }
            form method="get" action=(url()) role="search" aria-label="証跡の検索" {
                // Those that have no input of their own are kept.
                @for name in ["account", "person", "record", "sequence"] {
                    @for value in asked.all(name) { input type="hidden" name=(name) value=(value); }
                }
                div class="filter-fields" {
                    (Field::new("who", "行った人（利用者名または職員番号）", text("who")))
                    (Field::new("whom", "触れられた人（職員番号）", text("whom")))
                    (Field::new("ledger", "台帳", Select::new(ledgers).empty(all()).chosen(asked.get("ledger"))))
                    (Field::new("act", "操作", Select::new(acts).empty(all()).chosen(asked.get("act"))))
                    (Field::new("kind", "閲覧か変更か", Select::new(kinds).empty(all()).chosen(asked.get("kind"))))
                    (Field::new("from", "初日", date("from")))
                    (Field::new("until", "末日", date("until")))
                    (Field::new("address", "接続元のアドレス", text("address")))
                    (Field::new("device", "端末の名前に含む言葉", text("device")))
                    (Field::new("reason", "理由に含む言葉", text("reason")))
                    (Field::new("batch", "一括処理の番号", text("batch")))
                }
                div class="actions" {
                    (Button::secondary("この条件で検索する"))
                    (LinkButton::secondary("はじめに戻る", url()))
                }
            }
        }
    }
}

/// Searches that were kept: one's own, and those that others share.
fn saved(tx: &mut dyn Reader, ask: &Ask<'_>, asked: &Asked) -> Result<Markup, Stop> {
    let request = ListRequest {
        ledger: ledger_name::SEARCH.into(),
        conditions: vec![Condition { field: "state".into(), test: Test::Is, values: vec!["active".into()] }],
        limit: 100,
        ..ListRequest::default()
    };
    let found = ask.kernel.list(tx, ask.who, &request)?;
    let mine = |record: &&ledger::Record| {
        record.text("owner").is_some() && record.text("owner") == ask.who.person()
            || record.value("shared").as_bool() == Some(true)
    };
    let mut tabs = Tabs::new("保存した検索").tab("新しい検索", url(), asked.is_empty(), None);
    let now = asked.url(url()).to_string();
    let mut any = false;
    for record in found.records.iter().filter(mine) {
        let pairs: Vec<(String, String)> =
            record.text("query").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let to = Asked::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))).url(url());
        tabs = tabs.tab(record.text("name").unwrap_or_default(), to.clone(), to.to_string() == now, None);
        any = true;
    }
    Ok(html! { @if any { (tabs) } })
}

fn keep_form(ask: &Ask<'_>, asked: &Asked) -> Markup {
    let form = Form::new(url().join("saved"))
        .hidden("_secret", ask.secret)
        .hidden("query", serde_json::to_string(asked.pairs()).unwrap_or_default())
        .body(html! { (Field::new("name", "検索の名前", Text::new()).required()) })
        .button(Button::secondary("この検索を保存する"));
    html! { details { summary { "この検索を保存する" } (form) } }
}

/// Keep a search.
pub fn keep(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    only_permitted(ask)?;
    let pairs: Vec<(String, String)> =
        ask.form("query").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let asked = Asked::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let values = json!({
        "name": ask.form("name").unwrap_or_default().trim(),
        "query": serde_json::to_string(asked.pairs()).unwrap_or_default(),
    });
    let change = Change::create(ledger_name::SEARCH, values.as_object().cloned().unwrap_or_default());
    let back = asked.url(url());
    match ask.kernel.commit(tx, ask.who, change) {
        Ok(_) => Ok(Reply::to_with(back, Notice::success("検索を保存しました"))),
        Err(Refusal::Invalid(problems)) => {
            let notice = Notice::warning("検索を保存できませんでした");
            let notice = problems.iter().fold(notice, |notice, problem| notice.text(&problem.message));
            Ok(Reply::to_with(back, notice))
        }
        Err(other) => Err(other.into()),
    }
}
