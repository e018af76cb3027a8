//! Entries of the journal as sentences: who did what, when, from what to what, and why.

use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::SeenEntry;
use maud::{Markup, html};
use serde_json::Value;

use crate::web::{Ask, Stop};
use crate::when::Instant;

use super::super::words::{Words, entry_label, titles_of};

/// Changes named in a narrow place.
const FEW: usize = 3;

/// The entries in this order, with every change.
pub fn draw(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, entries: &[SeenEntry]) -> Result<Markup, Stop> {
    list(tx, ask, ledger, entries, usize::MAX)
}

/// The entries with their first changes only.
pub fn brief(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, entries: &[SeenEntry]) -> Result<Markup, Stop> {
    list(tx, ask, ledger, entries, FEW)
}

/// What an import would do, record by record: not yet done, so nobody did it.
pub fn planned(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, entries: &[SeenEntry]) -> Result<Markup, Stop> {
    let own = entries.iter().map(|seen| (ledger.name.clone(), seen.entry.record.clone()));
    let wanted: Vec<(String, String)> = own.chain(named(ledger, entries)).collect();
    let titles = titles_of(ask.kernel, tx, ask.who, &wanted)?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    Ok(html! {
        ol class="history" {
            @for seen in entries {
                li {
                    div {
                        p {
                            span class="bold" { (words.titles.get(&ledger.name, &seen.entry.record)) }
                            @if seen.entry.act == "create" { " を追加します。" } @else { " を変更します。" }
                        }
                        ul { @for change in changes(ledger, seen, &words) { li { (change) } } }
                    }
                }
            }
        }
    })
}

/// Records that the entries name: who acted, and what changed fields refer to.
fn named(ledger: &Ledger, entries: &[SeenEntry]) -> Vec<(String, String)> {
    let mut wanted: Vec<(String, String)> = Vec::new();
    for seen in entries {
        wanted.extend(seen.entry.actor.person.iter().map(|person| ("person".to_string(), person.clone())));
        for (name, change) in &seen.entry.changes {
            let Some(target) = ledger.field(name).and_then(|field| field.target()) else { continue };
            for value in [&change.before, &change.after] {
                let ids = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                wanted.extend(ids.iter().filter_map(Value::as_str).map(|id| (target.to_string(), id.to_string())));
            }
        }
    }
    wanted
}

/// The changes of an entry in the order of the ledger, as in its form.
fn changes(ledger: &Ledger, seen: &SeenEntry, words: &Words<'_>) -> Vec<Markup> {
    ledger
        .fields
        .iter()
        .filter(|field| !field.code)
        .filter_map(|field| Some((field, seen.entry.changes.get(&field.name)?)))
        .map(|(field, change)| {
            sentence(&field.label, &words.text(field, &change.before), &words.text(field, &change.after))
        })
        .collect()
}

fn list(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    entries: &[SeenEntry],
    most: usize,
) -> Result<Markup, Stop> {
    if entries.is_empty() {
        return Ok(Markup::default());
    }
    let wanted = named(ledger, entries);
    let titles = titles_of(ask.kernel, tx, ask.who, &wanted)?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    Ok(html! {
        ol class="history" {
            @for seen in entries { li { div { (one(ledger, seen, &words, most)) } } }
        }
    })
}

fn one(ledger: &Ledger, seen: &SeenEntry, words: &Words<'_>, most: usize) -> Markup {
    let entry = &seen.entry;
    let who = match &entry.actor.person {
        Some(person) if words.titles.open("person", person) => format!("{}さん", words.person(person)),
        Some(_) => "ほかの人".into(),
        None if entry.actor.account == "system" => "システム".into(),
        None => format!("{}さん", entry.actor.login),
    };
    let act = entry_label(ledger, entry);
    let changes = changes(ledger, seen, words);
    let moved = match (&entry.state_before, &entry.state_after) {
        (Some(before), Some(after)) if before != after => Some((before, after)),
        _ => None,
    };
    let amended = entry.act == "amend";
    html! {
        p {
            span class="bold" { (who) } "が " (Instant(entry.at)) " に"
            @if let ([change], true) = (changes.as_slice(), amended) { " " (change) }
            @else if amended && changes.is_empty() { " 記録を直しました。" }
            @else if amended { " " (changes.len()) "項目を変更しました。" }
            @else if entry.act == journal::act::DENIED { " 開こうとしましたが、権限がないため断りました。" }
            @else { " 「" (act) "」を行いました。" }
        }
        @if let Some((before, after)) = moved {
            p { "状態を " del class="value" { (ledger.workflow.state_label(before)) } " から " ins class="value" { (ledger.workflow.state_label(after)) } " に変更しました。" }
        }
        @if changes.len() > 1 || (!amended && !changes.is_empty()) {
            ul {
                @for change in changes.iter().take(most) { li { (change) } }
                @if changes.len() > most { li class="quiet" { "ほか" (changes.len() - most) "項目" } }
            }
        }
        @if seen.withheld > 0 {
            p class="small quiet" { "このほか" (seen.withheld) "項目の変更は、あなたには表示できません。" }
        }
        @if let Some(reason) = &entry.reason { blockquote { "理由: " (reason) } }
    }
}

fn sentence(label: &str, before: &str, after: &str) -> Markup {
    html! {
        @if before.is_empty() && after.is_empty() { (label) " を変更しました。" }
        @else if before.is_empty() { (label) " に " ins class="value" { (after) } " を記入しました。" }
        @else if after.is_empty() { (label) " の " del class="value" { (before) } " を消しました。" }
        @else { (label) " を " del class="value" { (before) } " から " ins class="value" { (after) } " に変更しました。" }
    }
}
