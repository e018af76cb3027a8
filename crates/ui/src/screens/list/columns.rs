//! Which columns a person wants to see: those of the ledger, until they choose others.

use ledger::access::Access;
use ledger::definition::{Kind, Ledger};
use ledger::port::{DeskItem, Reader, Writer};
use maud::{Markup, Render, html};
use serde_json::{Value, json};

use crate::components::{Button, Checkboxes, Choice, Field, Notice};
use crate::web::{Ask, Reply, Stop};

use super::super::words::list_url;
use super::asked::Asked;
use super::tools;

fn key(ledger: &Ledger) -> String {
    format!("columns:{}", ledger.name)
}

/// Everything that may stand in a column, in order.
fn possible(ask: &Ask<'_>, ledger: &Ledger) -> Vec<(String, String)> {
    let access = Access::new(ledger, ask.who);
    let mut names: Vec<&str> = ledger.views.columns.iter().map(|column| column.field.as_str()).collect();
    names.extend(ledger.current_fields().map(|field| field.name.as_str()));
    names.extend(["state", "recorded_at", "created_at"]);
    let mut found: Vec<(String, String)> = Vec::new();
    for name in names {
        let label = match name {
            "state" => "状態",
            "recorded_at" => "更新日時",
            "created_at" => "登録日時",
            name => match ledger.field(name) {
                Some(field) if access.operand_class_hidden(field) => continue,
                Some(field) if matches!(field.kind, Kind::Rows { .. } | Kind::Attachment | Kind::LongText) => continue,
                Some(field) => field.label.as_str(),
                None => continue,
            },
        };
        if !found.iter().any(|(known, _)| known == name) {
            found.push((name.to_string(), label.to_string()));
        }
    }
    found
}

/// The columns to show: name and label.
pub fn chosen(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger) -> Result<Vec<(String, String)>, Stop> {
    let possible = possible(ask, ledger);
    let own: Option<Vec<String>> = tx
        .desk(&ask.who.actor.account, &key(ledger))?
        .map(|item| item.value.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect());
    let shown = |name: &str| match &own {
        Some(own) => own.iter().any(|known| known == name),
        None if ledger.views.columns.is_empty() => name == "state" || ledger.field(name).is_some(),
        None => ledger.views.columns.iter().any(|column| column.field == name && column.shown),
    };
    let mut columns: Vec<(String, String)> = possible.iter().filter(|(name, _)| shown(name)).cloned().collect();
    if own.is_none() && ledger.views.columns.is_empty() {
        columns.truncate(7);
    }
    // A list without any column could not be read nor mended.
    if columns.is_empty() {
        columns.extend(possible.into_iter().take(1));
    }
    Ok(columns)
}

/// The form that chooses columns.
pub fn form(ask: &Ask<'_>, ledger: &Ledger, asked: &Asked, shown: &[(String, String)]) -> Markup {
    let choices = possible(ask, ledger).into_iter().map(|(name, label)| Choice::new(name, label)).collect();
    let boxes = Checkboxes::new(choices).chosen(shown.iter().map(|(name, _)| name.clone())).in_row();
    html! {
        details class="filter-panel" {
            summary { "列を選ぶ" }
            form method="post" action=(list_url(&ledger.name).join("columns")) {
                input type="hidden" name="_secret" value=(ask.secret);
                (tools::held(&asked.url))
                (Field::new("column", "表示する列", boxes).render())
                div class="actions" {
                    (Button::primary("この列で表示する"))
                    (Button::quiet("はじめの列に戻す").value("action", "reset"))
                }
            }
        }
    }
}

/// Keep the choice on the desk.
pub fn choose(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    if !Access::new(&ledger, ask.who).any() {
        return Err(ledger::Refusal::NotFound.into());
    }
    let names: Vec<&str> = ask.forms("column").take(200).collect();
    let account = &ask.who.actor.account;
    if ask.form("action") == Some("reset") || names.is_empty() {
        tx.clear_desk(account, &key(&ledger))?;
    } else {
        let item = DeskItem { key: key(&ledger), value: json!(names), saved_at: ask.kernel.now() };
        tx.set_desk(account, &item)?;
    }
    Ok(Reply::to_with(tools::back(ask, &ledger), Notice::success("表示する列を変えました")))
}
