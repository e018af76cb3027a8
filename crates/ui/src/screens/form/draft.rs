//! Drafts: what was typed and not yet saved, kept on the person's desk. A draft outlives a change of the definition:
//! what no longer has an input is shown, not lost.

use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::{DeskItem, Reader, StoreError, Writer};
use ledger::value::is_erased;
use ledger::{Problem, Record, Refusal};
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::Url;
use crate::components::{Button, Notice, Page, PostButton};
use crate::web::{Ask, Reply, Stop};

use super::super::pairs::{Pairs, REVISION};
use super::super::words::{list_url, record_url};

/// Largest draft, in bytes.
const LARGEST: usize = 400_000;

/// Key on the desk.
pub fn key(ledger: &str, id: Option<&str>) -> String {
    format!("draft:{ledger}:{}", id.unwrap_or("new"))
}

/// Where drafts are posted to.
pub fn url(ledger: &str, id: Option<&str>) -> Url {
    Url::path(["drafts", ledger, id.unwrap_or("new")])
}

/// Put a draft on the desk.
pub fn put(tx: &mut dyn Writer, ask: &Ask<'_>, ledger: &str, id: Option<&str>, pairs: &Pairs) -> Result<(), Stop> {
    let size: usize = pairs.0.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > LARGEST {
        let message = "下書きが長すぎるため保存できません。内容を分けて保存してください。";
        return Err(Refusal::invalid(Problem::record(message)).into());
    }
    let kept: Vec<Value> = pairs
        .0
        .iter()
        .filter(|(name, _)| !name.starts_with('_') || name == REVISION || name == "_reason")
        .map(|(name, value)| json!([name, value]))
        .collect();
    let item = DeskItem { key: key(ledger, id), value: json!({ "pairs": kept }), saved_at: ask.kernel.now() };
    // What is typed about somebody is theirs, and goes with their key.
    let definition = ask.kernel.ledger(ledger)?;
    let record = id.filter(|_| definition.encrypts()).map(|id| tx.record(ledger, id)).transpose()?.flatten();
    match record {
        Some(record) => {
            tx.set_desk_of(definition.holder(&record.id, &record.body), &ask.who.actor.account, &item)?;
        }
        None => tx.set_desk(&ask.who.actor.account, &item)?,
    }
    Ok(())
}

/// `POST /drafts/{ledger}/{id}`: keep what is typed, or throw a draft away.
pub fn keep(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let access = Access::new(&ledger, ask.who);
    let id = Some(ask.param("id")).filter(|id| *id != "new");
    let open = match id {
        Some(id) => tx.record(&ledger.name, id)?.is_some_and(|record| access.may_read(&record)),
        None => access.may_create(),
    };
    if !open {
        return Err(Refusal::NotFound.into());
    }
    if ask.form("_discard").is_some() {
        tx.clear_desk(&ask.who.actor.account, &key(&ledger.name, id))?;
        return Ok(Reply::to_with(form_url(&ledger.name, id), Notice::success("下書きを捨てました")));
    }
    put(tx, ask, &ledger.name, id, &Pairs(ask.form.clone()))?;
    Ok(Reply::Json(json!({ "saved": clock(ask.kernel.now()) })))
}

fn form_url(ledger: &str, id: Option<&str>) -> Url {
    match id {
        Some(id) => record_url(ledger, id).join("edit"),
        None => list_url(ledger).join("new"),
    }
}

fn clock(at: chrono::DateTime<chrono::Utc>) -> String {
    calendar::jst::wall_clock(at).format("%-H:%M").to_string()
}

/// What a form says about a draft.
pub enum Draft {
    /// Nothing.
    None,
    /// There is one, saved at this time.
    Waiting(String),
    /// The form shows it; these pairs have no input any more.
    Resumed {
        /// When it was saved.
        at: String,
        /// Names and values without an input.
        lost: Vec<(String, String)>,
    },
}

/// The pairs of the draft when the address asks for them, else those given, with the word that there is a draft.
pub fn resume(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    ledger: &Ledger,
    record: Option<&Record>,
    pairs: Pairs,
) -> Result<(Pairs, Draft), StoreError> {
    let id = record.map(|record| record.id.as_str());
    let item = tx.desk(&ask.who.actor.account, &key(&ledger.name, id))?;
    // Of somebody who was erased since, in a database that was set back.
    let Some(item) = item.filter(|item| !is_erased(&item.value)) else { return Ok((pairs, Draft::None)) };
    let at = crate::when::Instant(item.saved_at).text();
    if ask.query("draft").is_none() {
        return Ok((pairs, Draft::Waiting(at)));
    }
    let kept = item
        .value
        .get("pairs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_string(), pair.get(1)?.as_str()?.to_string())));
    let mut kept = Pairs(kept.collect());
    // A definition that changed may have renamed the field.
    for (name, _) in &mut kept.0 {
        let (head, rest) = name.split_once('.').map_or((name.as_str(), None), |(head, rest)| (head, Some(rest)));
        let now = ledger.fields.iter().find(|field| field.was.iter().any(|was| was == head));
        if let (Some(now), None) = (now, ledger.field(head)) {
            *name = rest.map_or_else(|| now.name.clone(), |rest| format!("{}.{rest}", now.name));
        }
    }
    let lost = kept
        .entered()
        .filter(|(name, value)| {
            let head = name.split('.').next().unwrap_or_default();
            !value.trim().is_empty() && ledger.field(head).is_none_or(|field| field.retired)
        })
        .cloned()
        .collect();
    if record.is_some() && kept.revision().is_none() {
        kept.0.push((REVISION.into(), pairs.first(REVISION).into()));
    }
    Ok((kept, Draft::Resumed { at, lost }))
}

impl Draft {
    /// The page with its word about the draft, and what stands above the form.
    pub fn shown(self, page: Page, ask: &Ask<'_>, ledger: &Ledger, id: Option<&str>) -> (Page, Markup) {
        let discard = PostButton::new(url(&ledger.name, id), Button::quiet("下書きを捨てる").small())
            .hidden("_secret", ask.secret)
            .hidden("_discard", "yes");
        match self {
            Draft::None => (page, Markup::default()),
            Draft::Waiting(at) => {
                let to = form_url(&ledger.name, id).query("draft", "1");
                let notice = Notice::info(format!("下書きがあります({at})"))
                    .text("保存していない入力が残っています。続きから入力できます。")
                    .action(html! { a class="button" href=(to) { "下書きから続ける" } (discard) });
                (page.notice(notice), Markup::default())
            }
            Draft::Resumed { at, lost } => {
                let page = page.notice(Notice::info(format!("{at}の下書きを表示しています")).action(discard));
                if lost.is_empty() {
                    return (page, Markup::default());
                }
                let lost = html! {
                    section class="panel" {
                        h2 { "入力欄がなくなった項目" }
                        p { "台帳の項目が変わったため、下書きのうち次の内容には入力欄がありません。必要なものは書き写してください。" }
                        dl class="facts" {
                            @for (name, value) in &lost {
                                @let label = ledger.field(name).map_or(name.as_str(), |field| field.label.as_str());
                                div { dt { (label) } dd { (value) } }
                            }
                        }
                    }
                };
                (page, lost)
            }
        }
    }
}
