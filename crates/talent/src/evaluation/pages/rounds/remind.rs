//! Reminders by hand: one mail to each holder, and what was sent kept for the list and in the journal.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use journal::{Change, Entry};
use ledger::port::{DeskItem, Mail, Reader, StoreError, Writer};
use ledger::{Kernel, Record, Refusal};
use serde_json::{Map, Value, json};
use ui::Url;
use ui::components::Notice;
use ui::web::{Ask, Reply, Stop};

use super::super::super::names::ledger_name::{PERSON, ROUND, SHEET};
use super::super::{address, asked};

/// Desk on which is kept who was reminded of what; it is nobody's own.
const DESK: &str = "system";

/// When each holder was last reminded of each sheet.
pub type Reminded = BTreeMap<String, BTreeMap<String, DateTime<Utc>>>;

fn key(round: &str, holder: &str) -> String {
    format!("evaluation:reminded:{round}:{holder}")
}

/// Who was reminded of which sheets of a round, and when last.
pub fn reminded(tx: &mut dyn Reader, round: &str) -> Result<Reminded, StoreError> {
    let prefix = key(round, "");
    let items = tx.desk_items(DESK, &prefix)?;
    Ok(items
        .into_iter()
        .map(|item| {
            let holder = item.key.strip_prefix(&prefix).unwrap_or_default().to_string();
            (holder, times(&item.value))
        })
        .collect())
}

/// When somebody was last reminded in a round.
pub fn last(tx: &mut dyn Reader, round: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(reminded(tx, round)?.into_values().flat_map(BTreeMap::into_values).max())
}

fn times(value: &Value) -> BTreeMap<String, DateTime<Utc>> {
    let sheets = value.as_object().into_iter().flatten();
    sheets.filter_map(|(sheet, at)| Some((sheet.clone(), at.as_str()?.parse().ok()?))).collect()
}

/// Remind the holders of the picked sheets.
pub fn send(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    if !asked::runs(ask, &round)? {
        return Err(Refusal::Denied("担当者に連絡する権限がありません。".into()).into());
    }
    let back = back(ask, &round);
    let mut by_holder: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for id in ask.forms("pick") {
        let sheet = ask.kernel.detail(tx, ask.who, SHEET, id, None)?.record;
        if sheet.text("round") != Some(round.id.as_str()) {
            return Err(Refusal::NotFound.into());
        }
        if let Some(holder) = sheet.text("holder").map(String::from) {
            by_holder.entry(holder).or_default().push(sheet);
        }
    }
    if by_holder.is_empty() {
        let notice = Notice::warning("評価記録書を選んでいません").text("連絡する評価記録書を選んでください。");
        return Ok(Reply::to_with(back, notice));
    }
    let (mut sent, mut again, mut unknown) = (0_usize, 0_usize, 0_usize);
    for (holder, sheets) in &by_holder {
        let person = tx.record(PERSON, holder)?;
        let Some(to) = person.as_ref().and_then(|person| person.text("mail")) else {
            unknown += 1;
            continue;
        };
        let mail = Mail {
            id: ask.kernel.new_id(),
            to: to.to_string(),
            subject: format!("【{}】人事評価の作業のお願い（{}件）", ask.agency, sheets.len()),
            body: body(ask.kernel, ask, &round, sheets)?,
            key: format!("evaluation:{}:{holder}:{}", round.id, ask.kernel.today()),
            queued_at: ask.kernel.now(),
            tries: 0,
        };
        if !tx.add_mail_to(holder, &mail)? {
            again += 1;
            continue;
        }
        sent += 1;
        note(tx, ask, &round, holder, sheets)?;
    }
    if sent > 0 {
        let told = json!({ "holders": sent, "sheets": by_holder.values().map(Vec::len).sum::<usize>() });
        tx.append(&entry(ask, &round, told))?;
    }
    let mut notice = match sent {
        0 => Notice::warning("新しく連絡した人はいません"),
        sent => Notice::success(format!("{sent}人の担当者に連絡のメールを用意しました")),
    };
    if again > 0 {
        notice = notice.text(format!("{again}人には今日すでに連絡しているため、送りません。"));
    }
    if unknown > 0 {
        notice = notice.text(format!(
            "{unknown}人はメールが登録されていません。職員の台帳に登録するか、別の方法で連絡してください。"
        ));
    }
    Ok(Reply::to_with(back, notice))
}

/// The list one came from: only its own conditions are taken from the form.
fn back(ask: &Ask<'_>, round: &Record) -> Url {
    let asked = ask.form("back").unwrap_or_default();
    let value = |name: &str| {
        let query = asked.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    // Identifiers and names of states need no decoding.
    address::waiting(&round.id, value("office"), value("step")).query_if("late", value("late"))
}

/// The words of the mail. It names what is to be done, not whom it is about: mail leaves the agency's walls.
fn body(kernel: &Kernel, ask: &Ask<'_>, round: &Record, sheets: &[Record]) -> Result<String, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let mut lines: BTreeMap<(Option<NaiveDate>, String), usize> = BTreeMap::new();
    for sheet in sheets {
        let label = ledger.duties.iter().find(|duty| duty.states.contains(&sheet.state));
        let label = label.map_or(ledger.workflow.state_label(&sheet.state), |duty| duty.label.as_str());
        *lines.entry((asked::due(sheet, Some(round)), label.to_string())).or_default() += 1;
    }
    let mut text = format!("{}について、次の作業をお願いします。\n\n", round.text("name").unwrap_or("人事評価"));
    for ((due, label), count) in lines {
        let due = due.map_or(String::new(), |due| {
            format!("　期限 {}（{}）", calendar::format_date_with_weekday(due), asked::due_words(ask, due).0)
        });
        text.push_str(&format!("・{label}　{count}件{due}\n"));
    }
    text.push_str("\n台帳にサインインし、「今日の仕事」を開いてください。\n");
    text.push_str("このメールは自動で送信しています。返信はできません。\n");
    Ok(text)
}

fn note(tx: &mut dyn Writer, ask: &Ask<'_>, round: &Record, holder: &str, sheets: &[Record]) -> Result<(), StoreError> {
    let key = key(&round.id, holder);
    let now = ask.kernel.now();
    let mut times: Map<String, Value> =
        tx.desk(DESK, &key)?.and_then(|item| item.value.as_object().cloned()).unwrap_or_default();
    for sheet in sheets {
        times.insert(sheet.id.clone(), now.to_rfc3339().into());
    }
    tx.set_desk(DESK, &DeskItem { key, value: times.into(), saved_at: now })
}

fn entry(ask: &Ask<'_>, round: &Record, told: Value) -> Entry {
    Entry {
        at: ask.kernel.now(),
        actor: ask.who.actor.clone(),
        ledger: ROUND.into(),
        record: round.id.clone(),
        revision: 0,
        act: "remind".into(),
        reason: None,
        state_before: None,
        state_after: None,
        changes: [("remind".to_string(), Change { before: Value::Null, after: told })].into(),
        batch: None,
    }
}
