//! Entries as sentences, of any ledger: who, when, from where, what, on what, why, from what to what.

use std::collections::BTreeMap;

use ledger::definition::Ledger;
use ledger::port::Reader;
use ledger::read::TracedEntry;
use ledger::read::title::Titles;
use ledger::{Kernel, Principal};
use maud::{Markup, html};
use serde_json::Value;
use ui::Url;
use ui::screens::words::{Words, page_url, titles_of};
use ui::web::Stop;
use ui::when::Instant;

/// Changes of one entry that are shown; the record's own history has all.
const MOST_CHANGES: usize = 30;

/// Words for an act.
pub fn act_words(kernel: &Kernel, ledger: Option<&Ledger>, act: &str) -> String {
    if let Some(name) = act.strip_prefix("transition:") {
        let found = ledger.and_then(|ledger| ledger.workflow.transition(name));
        return found.map_or_else(|| name.to_string(), |transition| transition.label.clone());
    }
    let set = kernel.catalogue.choices.get("watched_act");
    let known = set.and_then(|set| set.choices.iter().find(|choice| choice.code == act));
    known.map_or_else(
        || ui::screens::acts::known(act).unwrap_or(ui::screens::acts::OTHER).into(),
        |choice| choice.label.clone(),
    )
}

/// Titles of everything that the entries name.
pub fn titles(tx: &mut dyn Reader, kernel: &Kernel, who: &Principal, entries: &[TracedEntry]) -> Result<Titles, Stop> {
    let mut wanted: Vec<(String, String)> = Vec::new();
    for traced in entries {
        let entry = &traced.seen.entry;
        wanted.extend(entry.actor.person.iter().map(|person| ("person".to_string(), person.clone())));
        let Some(ledger) = kernel.catalogue.ledger(&entry.ledger) else { continue };
        if !entry.record.is_empty() {
            wanted.push((entry.ledger.clone(), entry.record.clone()));
        }
        for (name, change) in &entry.changes {
            let Some(target) = ledger.field(name).and_then(|field| field.target()) else { continue };
            for value in [&change.before, &change.after] {
                let ids = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
                wanted.extend(ids.iter().filter_map(Value::as_str).map(|id| (target.to_string(), id.to_string())));
            }
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    Ok(titles_of(kernel, tx, who, &wanted)?)
}

/// The entries in this order.
pub fn draw(kernel: &Kernel, titles: &Titles, entries: &[TracedEntry], marked: &[i64]) -> Markup {
    let words = Words { kernel, titles };
    html! {
        ol class="history" {
            @for traced in entries {
                li id=(format!("entry-{}", traced.seen.sequence)) { div { (one(&words, traced, marked)) } }
            }
        }
    }
}

/// Who acted, in words.
pub fn actor(words: &Words<'_>, traced: &TracedEntry) -> String {
    let actor = &traced.seen.entry.actor;
    match &actor.person {
        Some(person) if words.titles.open("person", person) => format!("{}（{}）", words.person(person), actor.login),
        _ if actor.account == "system" => format!("システム（{}）", actor.login),
        _ => actor.login.clone(),
    }
}

/// On what, in words: ledger and, where it may be known, the record.
pub fn place(words: &Words<'_>, traced: &TracedEntry) -> (String, Option<(String, Url)>) {
    let entry = &traced.seen.entry;
    let Some(ledger) = words.kernel.catalogue.ledger(&entry.ledger) else { return (String::new(), None) };
    let open = !entry.record.is_empty() && words.titles.open(&entry.ledger, &entry.record);
    let record = open.then(|| {
        let title = words.titles.get(&entry.ledger, &entry.record).to_string();
        (title, page_url(&words.kernel.catalogue, &entry.ledger, &entry.record))
    });
    (ledger.label.clone(), record)
}

/// Facts of an entry that changed nothing, in words.
pub fn facts(kernel: &Kernel, traced: &TracedEntry) -> Vec<String> {
    let ledger = kernel.catalogue.ledger(&traced.seen.entry.ledger);
    let label = |class: &str| {
        let found = ledger.and_then(|ledger| ledger.classes.iter().find(|one| one.name == class));
        found.map_or_else(|| class.to_string(), |class| class.label.clone())
    };
    let names: BTreeMap<&str, &str> = [
        ("count", "件数"),
        ("classes", "区分"),
        ("format", "形式"),
        ("document", "帳票"),
        ("sha256", "ファイルのハッシュ"),
        ("answer", "答え"),
        ("number", "この時間の回数"),
        ("seconds", "秒"),
        ("version", "版"),
        ("since", "始まり"),
    ]
    .into();
    let text = |name: &str, fact: &Value| match fact {
        Value::Array(list) => {
            let parts = list.iter().filter_map(Value::as_str);
            parts
                .map(|part| if name == "classes" { label(part) } else { part.to_string() })
                .collect::<Vec<_>>()
                .join("、")
        }
        Value::String(text) => match (name, text.as_str()) {
            ("answer", "not_found") => "見つからないと答えた".into(),
            ("answer", "denied") => "権限がないと答えた".into(),
            _ => text.clone(),
        },
        other => other.to_string(),
    };
    let known = traced.facts.iter().filter_map(|(name, fact)| Some((name, names.get(name.as_str())?, fact)));
    known
        .filter(|(_, _, fact)| !fact.is_null())
        .map(|(name, words, fact)| format!("{words}: {}", text(name, fact)))
        .collect()
}

fn one(words: &Words<'_>, traced: &TracedEntry, marked: &[i64]) -> Markup {
    let entry = &traced.seen.entry;
    let ledger = words.kernel.catalogue.ledger(&entry.ledger).map(|ledger| ledger.as_ref());
    let (place, record) = place(words, traced);
    let act = act_words(words.kernel, ledger, &entry.act);
    let search = |name: &str, value: &str| Url::path(["trail"]).query(name, value);
    let from = [entry.actor.address.as_deref(), entry.actor.device.as_deref()];
    let from: Vec<&str> = from.into_iter().flatten().collect();
    let facts = facts(words.kernel, traced);
    let changes: Vec<(&str, String, String)> = ledger
        .into_iter()
        .flat_map(|ledger| &ledger.fields)
        .filter_map(|field| {
            let change = entry.changes.get(&field.name)?;
            Some((field.label.as_str(), words.text(field, &change.before), words.text(field, &change.after)))
        })
        .collect();
    html! {
        p {
            span class="bold" { (Instant(entry.at)) }
            " " a href=(search("account", &entry.actor.account)) { (actor(words, traced)) }
            " — " span class="bold" { (act) }
            @if marked.contains(&traced.seen.sequence) { " " span class="small" { "（この警告の証跡）" } }
        }
        @if !place.is_empty() {
            p { (place) @if let Some((title, to)) = &record { "「" a href=(to) { (title) } "」" } }
        }
        @if let (Some(ledger), Some(before), Some(after)) = (ledger, &entry.state_before, &entry.state_after) {
            @if before != after {
                p { "状態を " del class="value" { (ledger.workflow.state_label(before)) } " から " ins class="value" { (ledger.workflow.state_label(after)) } " に変更" }
            }
        }
        @if !changes.is_empty() {
            ul {
                @for (label, before, after) in changes.iter().take(MOST_CHANGES) {
                    li {
                        (label) ": "
                        @if !before.is_empty() { del class="value" { (before) } " → " }
                        @if after.is_empty() { "（なし）" } @else { ins class="value" { (after) } }
                    }
                }
                @if changes.len() > MOST_CHANGES { li class="quiet" { "ほか" (changes.len() - MOST_CHANGES) "項目" } }
            }
        }
        @if traced.seen.withheld > 0 {
            p class="small quiet" { "このほか" (traced.seen.withheld) "項目の変更は、あなたには表示できません。" }
        }
        @if let Some(reason) = &entry.reason { blockquote { "理由: " (reason) } }
        p class="small quiet" {
            "証跡 " a href=(search("sequence", &traced.seen.sequence.to_string())) { (traced.seen.sequence) }
            @for fact in &facts { "　" (fact) }
            @if !from.is_empty() { "　" (from.join(" ")) }
        }
    }
}
