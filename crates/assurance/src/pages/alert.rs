//! One alert: what happened in plain words, what to do now, the judgement, and what happened around it.

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{JournalQuery, NewJob, Reader, Writer};
use ledger::{Change, Problem, Record, Refusal};
use maud::{Markup, html};
use serde_json::{Value, json};
use ui::Url;
use ui::components::{Button, Date, Field, LinkButton, Notice, Page, PostButton, RecordState, Section};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::web::{Ask, Keep, Reply, Stop};
use ui::when::Instant;

use super::{judges, search, timeline};
use crate::names::ledger_name;
use crate::watch::past;

/// How long before and after an alert is shown.
const AROUND: TimeDelta = TimeDelta::minutes(30);
/// Entries of the time around it.
const MOST: usize = 60;

fn instant(record: &Record, name: &str) -> Option<DateTime<Utc>> {
    record.text(name)?.parse().ok()
}

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<(Reply, Keep), Stop> {
    let ledger = ask.kernel.ledger(ledger_name::ALERT)?;
    let detail = ask.kernel.detail(tx, ask.who, &ledger.name, ask.param("id"), None)?;
    let alert = &detail.record;
    let rule = match alert.text("rule") {
        Some(rule) => tx.record(ledger_name::RULE, rule)?,
        None => None,
    };
    let sequences: Vec<i64> = {
        let rows = alert.value("evidence").as_array().into_iter().flatten();
        rows.filter_map(|row| row.get("sequence").and_then(Value::as_i64)).collect()
    };
    let query = around(alert, &sequences);
    let trail = match search::only_permitted(ask) {
        Ok(()) => ask.kernel.trail(tx, ask.who, &query)?,
        Err(_) => ledger::read::Trail::default(),
    };
    let titles = timeline::titles(tx, ask.kernel, ask.who, &trail.entries)?;
    let account = match alert.text("account") {
        Some(account) => tx.record(ledger_name::ACCOUNT, account)?,
        None => None,
    };
    let mut state = RecordState::new(
        state_badge(&ledger, &alert.state),
        ledger.workflow.state(&alert.state).map(|s| s.next.clone()).unwrap_or_default(),
    );
    for offer in &detail.offers {
        let to = record_url(&ledger.name, &alert.id).join("transitions").join(&offer.transition.name);
        state = match &offer.obstacle {
            Some(obstacle) => state.act(Button::secondary(&offer.transition.label).refused(obstacle)),
            None if offer.transition.main => state.act(LinkButton::primary(&offer.transition.label, to)),
            None => state.act(LinkButton::secondary(&offer.transition.label, to)),
        };
    }
    let severity = ask.kernel.catalogue.choices.get("severity");
    let severity = severity
        .and_then(|set| set.choices.iter().find(|choice| Some(choice.code.as_str()) == alert.text("severity")))
        .map_or("", |choice| choice.label.as_str());
    let span = match (instant(alert, "first_at"), instant(alert, "last_at")) {
        (Some(first), Some(last)) if first != last => html! { (Instant(first)) " から " (Instant(last)) " まで" },
        (Some(first), _) => html! { (Instant(first)) },
        _ => Markup::default(),
    };
    let facts = Section::new("起きたこと")
        .fact("重さ", severity)
        .fact("内容", alert.text("told").unwrap_or_default())
        .fact("いつ", span)
        .fact("まとめた兆候", format!("{}件", alert.value("count").as_i64().unwrap_or_default()));
    let judged = alert.text("judgement").map(|judgement| {
        Section::new("判定")
            .fact("理由", judgement)
            .fact("とった処置", alert.text("action").unwrap_or_default())
            .fact("事案の番号", alert.text("incident").unwrap_or_default())
    });
    let advice = rule.as_ref().and_then(|rule| rule.text("advice")).unwrap_or_default();
    let body = html! { div class="stack" {
        (state)
        (facts)
        section class="section stack" id="now" {
            h2 { "いま行うこと" }
            @for line in advice.lines() { p { (line) } }
            (lock_button(ask, alert, account.as_ref()))
        }
        @if let Some(judged) = judged { (judged) }
        section class="section stack" id="around" {
            h2 { "前後の動き" }
            p class="quiet" { "前後30分の証跡です。この警告のもとになった証跡には印を付けています。" }
            @if trail.entries.is_empty() { p { "表示できる証跡はありません。" } }
            @else { (timeline::draw(ask.kernel, &titles, &trail.entries, &sequences)) }
            p { a href=(wider(alert, &sequences)) { "証跡の検索で詳しく調べる" } }
        }
        p { a href=(record_url(&ledger.name, &alert.id)) { "すべての項目と履歴を見る" } }
    } };
    let title = format!("{} {}", alert.text("number").unwrap_or_default(), alert.text("name").unwrap_or_default());
    let asked = crate::search::Asked::default();
    let keep = match trail.entries.is_empty() {
        true => Keep::default(),
        false => search::told(ask, &asked, &trail.entries),
    };
    Ok((Reply::page(Page::new(title).under("警告", list_url(&ledger.name)).body(body)), keep))
}

/// The time around an alert, of its account where it has one, else of its entries alone.
fn around(alert: &Record, sequences: &[i64]) -> JournalQuery {
    let (first, last) = (instant(alert, "first_at"), instant(alert, "last_at"));
    let base = JournalQuery { oldest_first: true, limit: MOST, ..JournalQuery::default() };
    match alert.text("account") {
        Some(account) => JournalQuery {
            accounts: vec![account.to_string()],
            from: first.map(|first| first - AROUND),
            until: last.map(|last| last + AROUND),
            ..base
        },
        None => JournalQuery { sequences: sequences.to_vec(), ..base },
    }
}

fn wider(alert: &Record, sequences: &[i64]) -> Url {
    let day = |name: &str| instant(alert, name).map(calendar::jst_date);
    match alert.text("account") {
        Some(account) => {
            search::url().query("account", account).query_if("from", day("first_at")).query_if("until", day("last_at"))
        }
        None => sequences.iter().take(20).fold(search::url(), |url, sequence| url.query("sequence", sequence)),
    }
}

fn lock_button(ask: &Ask<'_>, alert: &Record, account: Option<&Record>) -> Markup {
    let Some(account) = account else { return Markup::default() };
    let login = account.text("login").unwrap_or_default();
    if account.state != "active" {
        return html! { p { "利用者「" (login) "」は、いまは使えない状態です。" } };
    }
    let ledger = ask.kernel.catalogue.ledger(ledger_name::ACCOUNT);
    let may = ledger.is_some_and(|ledger| ledger::access::Access::new(ledger, ask.who).may_take(account, "suspend"));
    if !may {
        return html! { p { "利用者「" (login) "」を止めるには、システム管理者に連絡してください。" } };
    }
    let button = Button::danger(format!("利用者「{login}」を停止する"))
        .confirm(format!("利用者「{login}」は、すぐにサインインできなくなります。停止しますか。"));
    html! {
        (PostButton::new(Url::path(["alerts", &alert.id, "lock"]), button)
            .hidden("_secret", ask.secret).hidden("_revision", account.revision.to_string()))
    }
}

/// Suspend the account of an alert. It is journaled with the alert as its reason.
pub fn lock(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let alert = ask.kernel.detail(tx, ask.who, ledger_name::ALERT, ask.param("id"), None)?.record;
    let account = alert.text("account").ok_or(Refusal::NotFound)?;
    let revision = ask.form("_revision").and_then(|text| text.parse().ok()).unwrap_or_default();
    let reason = format!("{} {}", alert.text("number").unwrap_or_default(), alert.text("name").unwrap_or_default());
    let change = Change::transition(ledger_name::ACCOUNT, account, revision, "suspend").because(&reason);
    ask.kernel.commit(tx, ask.who, change)?;
    tx.close_sessions(account)?;
    let back = Url::path(["alerts", &alert.id]);
    Ok(Reply::to_with(back, Notice::success("利用者を停止し、すべての端末からサインアウトさせました")))
}

/// Queue an evaluation of the past; its owner follows it like every job.
pub fn evaluate(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    if !judges(ask.kernel, ask.who) {
        return Err(Refusal::Denied("過去の証跡を点検する権限がありません。".into()).into());
    }
    let today = ask.kernel.today();
    let day = |name: &str| {
        let text = ask.form(name).unwrap_or_default();
        calendar::parse_date(text, today)
            .map_err(|problem| Refusal::invalid(Problem::field(name, format!("{problem}{}", problem.mend()))))
    };
    let (from, until) = (day("from")?, day("until")?);
    let id = ask.kernel.new_id();
    let job = NewJob {
        id: id.clone(),
        kind: past::TASK.kind.into(),
        input: json!({ "from": from, "until": until, "to": list_url(ledger_name::ALERT).to_string() }),
        account: ask.who.actor.account.clone(),
        run_at: ask.kernel.now(),
        only_one: Some(format!("{from}:{until}")),
    };
    match tx.add_job(&job, ask.kernel.now())? {
        true => Ok(Reply::to(Url::path(["jobs", &id]))),
        false => {
            let notice = Notice::info("同じ期間の点検がすでに動いています");
            Ok(Reply::to_with(list_url(ledger_name::ALERT), notice))
        }
    }
}

/// The form that starts an evaluation of the past.
pub fn evaluation_form(ask: &Ask<'_>) -> Markup {
    let today = ask.kernel.today();
    html! {
        form class="stack" method="post" action=(Url::path(["alerts"])) {
            input type="hidden" name="_secret" value=(ask.secret);
            div class="filter-fields" {
                (Field::new("from", "初日", Date::new().value(today - TimeDelta::days(30))))
                (Field::new("until", "末日", Date::new().value(today)))
            }
            div class="actions" { (Button::secondary("この期間を点検する")) }
        }
    }
}
