//! Somebody else changed the record while a person was at it: who changed what, both values side by side, and a choice
//! where both changed the same field. Nothing is lost: what only one of the two changed is kept as it is.

use ledger::access::Access;
use ledger::definition::Kind;
use ledger::port::{HistoryQuery, Reader, Told};
use ledger::read::title;
use ledger::value::{self, Context};
use ledger::{Record, Refusal};
use maud::{Markup, html};
use serde_json::Value;

use crate::components::{Button, Form, LinkButton, Notice, Page};
use crate::web::{Ask, Reply, Stop};

use super::super::pairs::{FIELDS, REVISION};
use super::super::record::sentences;
use super::super::words::{Words, list_url, record_url};
use super::Place;
use super::entered::Entered;

/// The page, as an answer that undoes everything.
pub fn page(
    tx: &mut dyn Reader,
    ask: &Ask<'_>,
    place: &Place<'_>,
    entered: Entered,
    now: &Record,
) -> Result<Stop, Stop> {
    let ledger = place.ledger;
    let access = Access::new(ledger, ask.who);
    let seen = entered.pairs.revision().unwrap_or_default();
    let base = tx.record_revision(&ledger.name, &now.id, seen)?.filter(|base| access.may_read(base));
    let base = base.map(|base| access.redact(base));
    let mut mine = now.clone();
    let context = Context { catalogue: &ask.kernel.catalogue, today: ask.kernel.today() };
    let mut changed: Vec<String> = Vec::new();
    for (name, input) in &entered.values {
        let Some(field) = ledger.field(name) else { continue };
        let value = value::normalise(field, input, &context).unwrap_or_else(|_| input.clone());
        let before = base.as_ref().map_or(&Value::Null, |base| base.value(name));
        if value != *before {
            changed.push(name.clone());
        }
        mine.body.insert(name.clone(), value);
    }
    ask.seen.shown(ask.who, ledger, [now], None);
    let shown = [mine.clone(), now.clone()];
    let titles = title::many(&ask.kernel.catalogue, tx, ask.who, title::referred(ledger, &shown))?;
    let words = Words { kernel: ask.kernel, titles: &titles };
    let mut form = Form::new(record_url(&ledger.name, &now.id))
        .hidden("_secret", ask.secret)
        .hidden(REVISION, now.revision.to_string())
        .hidden(FIELDS, changed.join(","));
    for (name, value) in entered.pairs.0.iter().filter(|(name, _)| !name.starts_with('_') || name == "_reason") {
        form = form.hidden(name, value);
    }
    let history = match access.may_read_history(now) {
        true => match ask.kernel.history(tx, ask.who, &ledger.name, &now.id, HistoryQuery::newest(Told::Changes, 20)) {
            Ok(entries) => entries.into_iter().filter(|entry| entry.entry.revision > seen).collect(),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(_) => Vec::new(),
        },
        false => Vec::new(),
    };
    let history = sentences::draw(tx, ask, ledger, &history)?;
    let rows: Vec<Markup> = changed
        .iter()
        .filter_map(|name| ledger.field(name))
        .map(|field| {
            let before = base.as_ref().map_or(&Value::Null, |base| base.value(&field.name));
            let clash = now.value(&field.name) != before && now.value(&field.name) != mine.value(&field.name);
            let my_words = words.text(field, mine.value(&field.name));
            let now_words = words.text(field, now.value(&field.name));
            let take = format!("_take.{}", field.name);
            html! {
                tr role="row" {
                    th scope="row" role="rowheader" { (field.label) }
                    td role="cell" data-label="あなたの入力" {
                        @if clash {
                            label class="choice" { input type="radio" name=(take) value="mine" checked; span { (said(&my_words, &field.kind)) } }
                        } @else { (said(&my_words, &field.kind)) }
                    }
                    td role="cell" data-label="今の内容" {
                        @if clash {
                            label class="choice" { input type="radio" name=(take) value="theirs"; span { (said(&now_words, &field.kind)) } }
                        } @else { (said(&now_words, &field.kind)) span class="small quiet" { "(ほかの人は変えていません)" } }
                    }
                }
            }
        })
        .collect();
    let body = html! {
        div class="stack" {
        @if !history.0.is_empty() { section class="panel" { h2 { "あなたが開いた後の変更" } (history) } }
        @if changed.is_empty() { p { "あなたが変えた項目はありません。今の内容を確かめてください。" } } @else {
            div class="table-wrap table-stack" {
                table role="table" {
                    caption { "あなたが変えた項目" }
                    thead role="rowgroup" { tr role="row" {
                        th scope="col" role="columnheader" { "項目" }
                        th scope="col" role="columnheader" { "あなたの入力" }
                        th scope="col" role="columnheader" { "今の内容" }
                    } }
                    tbody role="rowgroup" { @for row in &rows { (row) } }
                }
            }
        }
        }
    };
    let form = form
        .body(body)
        .button(Button::primary("選んだ内容で保存する"))
        .button(LinkButton::secondary("自分の入力をやめて、今の内容を見る", record_url(&ledger.name, &now.id)));
    let page = Page::new("ほかの人が先に更新しました")
        .under(ledger.label.as_str(), list_url(&ledger.name))
        .under(place.title.as_str(), record_url(&ledger.name, &now.id))
        .notice(
            Notice::warning("あなたが画面を開いた後に、ほかの人がこの記録を更新しました")
                .text("まだ何も保存していません。両方が変えた項目は、どちらの内容にするかを選んでください。"),
        )
        .body(form);
    Ok(Stop::keeping(409, Reply::page(page), entered.keep()))
}

fn said(words: &str, kind: &Kind) -> Markup {
    html! {
        @if words.is_empty() { span class="quiet" { "空欄" } }
        @else if matches!(kind, Kind::LongText | Kind::Rows { .. }) { span class="value-only" { (words) } }
        @else { (words) }
    }
}
