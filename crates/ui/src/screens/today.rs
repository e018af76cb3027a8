//! 今日の仕事: what I must do, what I wait for, what changed around me, and for whoever looks after offices, theirs.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use ledger::Record;
use ledger::access::Access;
use ledger::definition::{Ledger, Scope};
use ledger::port::{HistoryQuery, Reader, Told};
use ledger::query::Filter;
use ledger::read::{DutySeen, title};
use maud::{Markup, Render, html};

use crate::Url;
use crate::components::{Cell, Column, Duty, Page, Row, Table, Urgency, day_column};
use crate::web::{Ask, Reply, Stop};
use crate::when::{Day, Instant};

use super::words::{Words, act_label, by_ledger, own_titles, page_url, state_badge, titles_of};

/// Duties shown; the earliest come first.
const DUTIES: usize = 100;
/// Days ahead that are today's business; what falls due later stays folded.
const NEAR: u64 = 30;
/// Own acts looked back over, and what waits shown of them.
const ACTS: usize = 150;
const WAITING: usize = 12;
/// References to me looked at, and news shown of them.
const AROUND: usize = 400;
const NEWS: usize = 10;
/// Days for which a change is news.
const FRESH: u64 = 14;
/// Duties of offices looked at.
const OF_OFFICES: u64 = 1_000;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let duties = ask.kernel.duties_of(tx, ask.who, DUTIES)?;
    let late = duties.iter().filter(|seen| seen.overdue).count();
    let today = ask.kernel.today();
    let horizon = today.checked_add_days(Days::new(NEAR)).unwrap_or(today);
    let (near, far): (Vec<&DutySeen>, Vec<&DutySeen>) =
        duties.iter().partition(|seen| seen.duty.due.is_none_or(|due| due <= horizon));
    let draw = |seen: &[&DutySeen]| -> Vec<Markup> { seen.iter().map(|seen| duty(ask, seen)).collect() };
    let (todo, later) = (draw(&near), draw(&far));
    let words = format!("{NEAR}日より先の{}件", later.len());
    let folded = (!later.is_empty()).then_some((words.as_str(), later.as_slice()));
    let waiting = waiting(tx, ask, &duties)?;
    let news = news(tx, ask)?;
    let offices = offices(tx, ask)?;
    let lead = match (near.len(), late) {
        (0, _) if !later.is_empty() => format!("{NEAR}日のうちに期限が来る作業はありません。"),
        (0, _) => "今、期限のある作業はありません。".to_string(),
        (all, 0) => format!("することは{all}件です。期限を過ぎたものはありません。"),
        (all, late) => format!("することは{all}件、うち{late}件が期限を過ぎています。"),
    };
    let body = html! {
        div class="stack" {
            div class="columns" {
                (day_column("すること", &todo, "あなたの作業に期限が付くと、早い順にここに並びます。今はすべて済んでいます。", folded))
                (day_column("待っていること", &waiting, "あなたが提出した記録をほかの人が受け持つと、誰がいつから持っているかをここに表示します。", None))
                (day_column("お知らせ", &news, "あなたに関係する記録をほかの人が変更すると、2週間ここに表示します。", None))
            }
            (offices)
        }
    };
    Ok(Reply::page(
        Page::new("今日の仕事")
            .lead(html! { (Day::with_weekday(today)) " " (ask.who.name) "さん。" (lead) })
            .body(body),
    ))
}

fn duty(ask: &Ask<'_>, seen: &DutySeen) -> Markup {
    let today = ask.kernel.today();
    let soon = |due: NaiveDate| due <= today.checked_add_days(Days::new(7)).unwrap_or(today);
    let urgency = match (seen.overdue, seen.duty.due) {
        (true, _) => Urgency::Late,
        (false, Some(due)) if soon(due) => Urgency::Soon,
        _ => Urgency::Calm,
    };
    Duty {
        words: seen.label.clone(),
        to: page_url(&ask.kernel.catalogue, &seen.duty.ledger, &seen.duty.record),
        about: seen.duty.title.clone(),
        of: seen.of.clone(),
        deadline: seen.duty.due,
        left: seen.remaining.clone().unwrap_or_else(|| "期限なし".into()),
        urgency,
    }
    .render()
}

/// Records of these identifiers that may be read, as they may be read.
fn readable(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, ids: &[String]) -> Result<Vec<Record>, Stop> {
    let access = Access::new(ledger, ask.who);
    let records = tx.records(&ledger.name, ids)?.into_iter().filter(|record| access.may_read(record));
    Ok(records.map(|record| access.redact(record)).collect())
}

/// Records on which I acted and which somebody else holds now.
fn waiting(tx: &mut dyn Reader, ask: &Ask<'_>, mine: &[DutySeen]) -> Result<Vec<Markup>, Stop> {
    let account = Some(ask.who.actor.account.clone());
    let query = HistoryQuery { account, told: Told::Changes, limit: ACTS, ..HistoryQuery::default() };
    let acts = tx.history(&query)?;
    let with_duties = |name: &str| ask.kernel.catalogue.ledger(name).is_some_and(|ledger| !ledger.duties.is_empty());
    let acted = acts
        .iter()
        .map(|stored| &stored.entry)
        .filter(|entry| entry.revision > 0 && with_duties(&entry.ledger))
        .map(|entry| (entry.ledger.as_str(), entry.record.as_str()));
    let mut held: Vec<(Record, DutySeen)> = Vec::new();
    'ledgers: for (name, ids) in by_ledger(acted) {
        let ledger = ask.kernel.ledger(&name)?;
        for record in readable(tx, ask, &ledger, &ids)? {
            let open = ledger.duties.iter().any(|rule| rule.states.contains(&record.state));
            let own = mine.iter().any(|seen| seen.duty.ledger == name && seen.duty.record == record.id);
            if !open || own {
                continue;
            }
            if let Some(first) = ask.kernel.duties_on(tx, &name, &record.id)?.into_iter().next() {
                held.push((record, first));
            }
            if held.len() >= WAITING {
                break 'ledgers;
            }
        }
    }
    let wanted: Vec<(String, String)> = held
        .iter()
        .filter_map(|(_, seen)| seen.duty.person.clone())
        .map(|person| ("person".to_string(), person))
        .collect();
    let titles = titles_of(ask.kernel, tx, ask.who, &wanted)?;
    let gathering = ask.kernel.gathering(tx, ask.who, held.iter().map(|(record, _)| record))?;
    held.sort_by_key(|(_, seen)| seen.duty.opened_at);
    let lines = held.iter().map(|(record, seen)| {
        let holder = match (&seen.duty.person, &seen.duty.role) {
            (Some(person), _) => Words { kernel: ask.kernel, titles: &titles }.person(person),
            (None, Some(role)) => {
                ask.kernel.catalogue.roles.get(role).map_or_else(|| role.clone(), |role| role.label.clone())
            }
            _ => "担当者".into(),
        };
        html! {
            div class="duty" {
                a href=(page_url(&ask.kernel.catalogue, &record.ledger, &record.id)) { (seen.duty.title) }
                @if let Some(of) = gathering.get(&record.id) { span class="small quiet" { (of) } }
                span class="small" { (holder) "の「" (seen.label) "」を待っています" }
                span class="small quiet" {
                    (Instant(seen.duty.opened_at)) "から"
                    @if let Some(remaining) = &seen.remaining { "、" (remaining) }
                }
            }
        }
    });
    Ok(lines.collect())
}

/// Records in which I stand that somebody else changed lately.
fn news(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Vec<Markup>, Stop> {
    let Some(me) = ask.who.person() else { return Ok(Vec::new()) };
    let rows = tx.referrers("person", me, AROUND)?;
    let since = ask.kernel.now() - chrono::TimeDelta::days(FRESH as i64);
    let mut fresh: Vec<Record> = Vec::new();
    for (name, ids) in by_ledger(rows.iter().map(|row| (row.ledger.as_str(), row.record.as_str()))) {
        let Ok(ledger) = ask.kernel.ledger(&name) else { continue };
        if ledger.hidden || !Access::new(&ledger, ask.who).any() {
            continue;
        }
        fresh.extend(readable(tx, ask, &ledger, &ids)?.into_iter().filter(|record| {
            record.recorded_at >= since
                && rows.iter().any(|row| row.record == record.id && record.body.contains_key(&row.field))
        }));
    }
    fresh.sort_by_key(|record| std::cmp::Reverse(record.recorded_at));
    let last = |record: &Record| {
        record.acts.iter().max_by_key(|(_, act)| act.at).map(|(name, act)| (name.clone(), act.clone()))
    };
    // What the program itself wrote, such as a sample or an import at night, is no news of somebody.
    let told = |account: &str| account != ask.who.actor.account && account != "system";
    fresh.retain(|record| last(record).is_some_and(|(_, act)| told(&act.account)));
    fresh.truncate(NEWS);
    let people: Vec<(String, String)> =
        fresh.iter().filter_map(|record| last(record)?.1.person).map(|person| ("person".to_string(), person)).collect();
    let titles = titles_of(ask.kernel, tx, ask.who, &people)?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    let mut lines = Vec::new();
    for record in &fresh {
        let ledger = ask.kernel.ledger(&record.ledger)?;
        let title =
            own_titles(ask.kernel, tx, ask.who, &ledger, std::slice::from_ref(record))?.pop().unwrap_or_default();
        let Some((name, act)) = last(record) else { continue };
        let who = act.person.as_deref().map_or_else(|| "システム".to_string(), |person| words.person(person));
        lines.push(html! {
            div class="duty" {
                a href=(page_url(&ask.kernel.catalogue, &record.ledger, &record.id)) { (ledger.label) " " (title) }
                span class="small" { (who) "が「" (act_label(&ledger, &name)) "」を行いました " (state_badge(&ledger, &record.state)) }
                span class="small quiet" { (Instant(act.at)) }
            }
        });
    }
    Ok(lines)
}

/// Late and near duties by office, for whoever looks after offices.
fn offices(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Markup, Stop> {
    let today = ask.kernel.today();
    let week = today.checked_add_days(Days::new(7)).unwrap_or(today);
    let mut counts: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut capped = false;
    for ledger in ask.kernel.catalogue.ledgers.values().filter(|ledger| !ledger.duties.is_empty()) {
        let Some(field) = office_field(ask, ledger) else { continue };
        // Of whom the office may be read; the same as reading each of the records.
        let class = ledger.field(&field).map_or("", |field| field.class.as_str());
        let readable = Access::new(ledger, ask.who).readable(class);
        if readable == Filter::Nothing {
            continue;
        }
        let (of_offices, more) = tx.duties_by_field(&ledger.name, &readable, &field, (today, week), OF_OFFICES)?;
        capped |= more;
        counts.extend(of_offices.into_iter().map(|(office, late, near)| ((ledger.name.clone(), office), (late, near))));
    }
    if counts.is_empty() {
        return Ok(Markup::default());
    }
    let wanted = counts.keys().map(|(_, office)| ("organisation", office.as_str()));
    let titles = title::many(&ask.kernel.catalogue, tx, ask.who, wanted)?;
    let mut lines: Vec<_> = counts.into_iter().collect();
    lines.sort_by_key(|(_, (late, near))| std::cmp::Reverse((*late, *near)));
    lines.truncate(60);
    let mut rows = Vec::new();
    for ((name, office), (late, near)) in lines {
        let ledger = ask.kernel.ledger(&name)?;
        let field = office_field(ask, &ledger).unwrap_or_default();
        let to = Url::path(["ledgers", name.as_str()]).query("f", format!("{field}:is:{office}"));
        rows.push(Row::new(vec![
            Cell::link(titles.get("organisation", &office), &to),
            Cell::text(ledger.label.as_str()),
            Cell::number(late.try_into().unwrap_or(i64::MAX)),
            Cell::number(near.try_into().unwrap_or(i64::MAX)),
        ]));
    }
    let columns = vec![
        Column::text("組織").names_row(),
        Column::text("台帳"),
        Column::number("期限を過ぎた作業"),
        Column::number("7日以内に期限の作業"),
    ];
    Ok(html! {
        section {
            h2 { "組織ごとの期限" }
            @if capped { p class="small quiet" { "期限の早いものから" (OF_OFFICES) "件までを数えています。" } }
            (Table::new("組織ごとの期限", columns).hide_caption().rows(rows))
        }
    })
}

/// The field by which the reader looks after the ledger's offices.
fn office_field(ask: &Ask<'_>, ledger: &Ledger) -> Option<String> {
    ledger.access.iter().filter(|rule| ask.who.roles.iter().any(|held| held.role == rule.role)).find_map(|rule| {
        match &rule.scope {
            Scope::Office { field } if !rule.read.is_empty() => Some(field.clone()),
            _ => None,
        }
    })
}
