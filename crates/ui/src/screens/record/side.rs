//! The panel at the side of a record: duties, approvals, documents, files, links, history.

use ledger::access::Access;
use ledger::definition::{Kind, Ledger};
use ledger::port::{HistoryQuery, Reader, Told};
use ledger::read::{Detail, DutySeen};
use ledger::{Record, Refusal};
use maud::{Markup, Render, html};
use serde_json::Value;

use crate::Url;
use crate::components::{Duty, SidePanel, Urgency};
use crate::web::{Ask, Stop};
use crate::when::Instant;

use super::super::words::{Words, act_label, by_ledger, files_list, list_url, own_titles, page_url, record_url};
use super::sentences;

/// References looked at, and shown for each ledger.
const LOOKED_AT: usize = 200;
const SHOWN: usize = 5;

/// The panel; beside a past version only what belongs to that version.
pub fn panel(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    detail: &Detail,
    duties: &[DutySeen],
    words: &Words<'_>,
    past: bool,
) -> Result<SidePanel, Stop> {
    let record = &detail.record;
    let mut panel = SidePanel::new();
    if !ledger.duties.is_empty() && !past {
        let lines = duties.iter().map(|seen| duty(ask, record, seen, words)).collect();
        panel = panel.block("期限のある作業", None, lines, "今、待っている作業はありません。");
    }
    let mut acts: Vec<_> = record.acts.iter().collect();
    acts.sort_by_key(|(_, act)| std::cmp::Reverse(act.at));
    let acts = acts.into_iter().map(|(name, act)| {
        let who = match &act.person {
            Some(person) if words.titles.open("person", person) => words.link("person", person),
            Some(person) => html! { (words.person(person)) },
            None if act.account == "system" => html! { "システム" },
            // An account of a function or a machine: its name stands in the history, for those who may read it.
            None => html! { "職員に結び付かない利用者" },
        };
        html! { div { span class="bold" { (act_label(ledger, name)) } " " (who) br; span class="small quiet" { (Instant(act.at)) } } }
    });
    panel = panel.block("行った人", None, acts.collect(), "まだ誰も操作していません。");
    if !ledger.documents.is_empty() && !past {
        let lines = detail.documents.iter().filter_map(|name| {
            let form = ask.kernel.catalogue.documents.get(name)?;
            let to = Url::path(["documents", name.as_str()]).query("record", &record.id);
            Some(html! { a href=(to) download { (form.label) "(PDF)" } })
        });
        panel = panel.block("文書", None, lines.collect(), "今の状態で印刷できる文書はありません。");
    }
    if ledger
        .fields
        .iter()
        .any(|field| matches!(field.kind, Kind::Attachment) && detail.readable.contains(&field.class))
    {
        let lines = ledger.fields.iter().filter_map(|field| {
            let files: &Vec<Value> =
                record.value(&field.name).as_array().filter(|_| matches!(field.kind, Kind::Attachment))?;
            Some(html! { span class="small quiet" { (field.label) } (files_list(record, files)) })
        });
        panel = panel.block("添付ファイル", None, lines.collect(), "添付ファイルはありません。");
    }
    // What waits, what refers here and what happened are facts of today; beside a past version they would mislead.
    if past {
        return Ok(panel);
    }
    let links = links(tx, ask, record)?;
    if !links.is_empty() {
        panel = panel.block("関連する記録", None, links, "");
    }
    if detail.history {
        let recent =
            match ask.kernel.history(tx, ask.who, &ledger.name, &record.id, HistoryQuery::newest(Told::Changes, 3)) {
                Ok(recent) => recent,
                Err(Refusal::Store(error)) => return Err(error.into()),
                Err(_) => Vec::new(),
            };
        let all = html! { a class="small" href=(record_url(&ledger.name, &record.id).join("history")) { "履歴をすべて見る" } };
        let line = sentences::brief(tx, ask, ledger, &recent)?;
        let lines = if recent.is_empty() { Vec::new() } else { vec![line] };
        panel = panel.block("履歴", Some(all), lines, "履歴はまだありません。");
    }
    Ok(panel)
}

fn duty(ask: &Ask<'_>, record: &Record, seen: &DutySeen, words: &Words<'_>) -> Markup {
    let holder = match (&seen.duty.person, &seen.duty.role) {
        (Some(person), _) => words.person(person),
        (None, Some(role)) => {
            ask.kernel.catalogue.roles.get(role).map_or_else(|| role.clone(), |role| role.label.clone())
        }
        _ => String::new(),
    };
    let urgency = match (seen.overdue, &seen.remaining) {
        (true, _) => Urgency::Late,
        (false, Some(_)) => Urgency::Soon,
        _ => Urgency::Calm,
    };
    Duty {
        words: seen.label.clone(),
        to: page_url(&ask.kernel.catalogue, &record.ledger, &record.id),
        about: holder,
        of: None,
        deadline: seen.duty.due,
        left: seen.remaining.clone().unwrap_or_else(|| "期限なし".into()),
        urgency,
    }
    .render()
}

/// Records that refer to this one and that may be known, by ledger and field.
fn links(tx: &mut dyn Reader, ask: &Ask<'_>, record: &Record) -> Result<Vec<Markup>, Stop> {
    let rows = tx.referrers(&record.ledger, &record.id, LOOKED_AT)?;
    let mut lines = Vec::new();
    for (name, ids) in by_ledger(rows.iter().map(|row| (row.ledger.as_str(), row.record.as_str()))) {
        let Some(ledger) = ask.kernel.catalogue.ledger(&name) else { continue };
        let access = Access::new(ledger, ask.who);
        if !access.any() {
            continue;
        }
        let mut records: Vec<Record> = tx
            .records(&name, &ids)?
            .into_iter()
            .filter(|found| access.may_read(found))
            .map(|found| access.redact(found))
            // A field that may not be read does not tell whom it refers to.
            .filter(|found| rows.iter().any(|row| row.record == found.id && found.body.contains_key(&row.field)))
            .collect();
        if records.is_empty() {
            continue;
        }
        records.sort_by_key(|found| std::cmp::Reverse(found.recorded_at));
        let count = records.len();
        let fields: Vec<&str> = ledger
            .fields
            .iter()
            .filter(|field| rows.iter().any(|row| row.ledger == name && row.field == field.name))
            .filter(|field| records.iter().any(|found| found.body.contains_key(&field.name)))
            .map(|field| field.name.as_str())
            .collect();
        records.truncate(SHOWN);
        let titles = own_titles(ask.kernel, tx, ask.who, ledger, &records)?;
        let many = rows.len() >= LOOKED_AT;
        lines.push(html! {
            div {
                span class="bold" { (ledger.label) }
                span class="small quiet" { " " (count) "件" @if many { "以上" } }
                ul class="plain-list" {
                    @for (found, title) in records.iter().zip(&titles) {
                        li { a href=(page_url(&ask.kernel.catalogue, &name, &found.id)) { (title) } }
                    }
                }
                @if count > SHOWN {
                    @for field in &fields {
                        @let label = ledger.field(field).map_or(*field, |field| field.label.as_str());
                        a class="small" href=(list_url(&name).query("f", format!("{field}:is:{}", record.id))) {
                            (label) "がこの記録である" (ledger.label) "の一覧"
                        }
                        " "
                    }
                }
            }
        });
    }
    Ok(lines)
}
