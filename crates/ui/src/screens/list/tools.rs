//! What stands around a list: tabs of saved views, keeping an own view, files to take away.

use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::{DeskItem, Reader, Writer};
use ledger::query::Filter;
use ledger::{Problem, Refusal};
use maud::{Markup, Render, html};
use serde_json::{Value, json};

use crate::components::{Button, Field, LinkButton, Notice, PostButton, Tabs, Text, Width};
use crate::web::{Ask, Reply, Stop};
use crate::{Icon, Url};

use super::super::words::list_url;
use super::asked::Asked;
use super::columns;

/// Views a person may keep for one ledger.
const MOST_VIEWS: usize = 20;

fn prefix(ledger: &Ledger) -> String {
    format!("view:{}:", ledger.name)
}

/// Saved views of the pack, then those of the person.
pub fn tabs(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, asked: &Asked) -> Result<Markup, Stop> {
    let own = tx.desk_items(&ask.who.actor.account, &prefix(ledger))?;
    let own: Vec<(String, String, Url)> = own
        .into_iter()
        .filter_map(|item| {
            let label = item.value.get("label")?.as_str()?.to_string();
            let name = format!("own:{}", item.key.strip_prefix(&prefix(ledger))?);
            let pairs = item.value.get("pairs")?.as_array()?;
            let mut url = list_url(&ledger.name).query("view", &name);
            for pair in pairs {
                url = url.query(pair.get(0)?.as_str()?, pair.get(1)?.as_str()?);
            }
            Some((name, label, url))
        })
        .collect();
    if ledger.views.saved.is_empty() && own.is_empty() {
        return Ok(Markup::default());
    }
    let current = |name: &str| asked.view.as_deref() == Some(name);
    let mut tabs = Tabs::new("保存した見方").tab("すべて", list_url(&ledger.name), asked.view.is_none(), None);
    for view in &ledger.views.saved {
        let to = list_url(&ledger.name).query("view", &view.name);
        tabs = tabs.tab(view.label.as_str(), to, current(&view.name), None);
    }
    let mut remove = Markup::default();
    for (name, label, url) in own {
        if current(&name) {
            let button = PostButton::new(
                list_url(&ledger.name).join("views"),
                Button::quiet(format!("見方「{label}」を取り除く")).small(),
            );
            let button = button.hidden("_secret", ask.secret).hidden("remove", name.trim_start_matches("own:"));
            remove = html! { div class="cluster no-print" { (button) } };
        }
        let now = current(&name);
        tabs = tabs.tab(label, url, now, None);
    }
    Ok(html! { (tabs) (remove) })
}

/// Tools at the right of the count.
pub fn tools(ask: &Ask<'_>, ledger: &Ledger, asked: &Asked, shown: &[(String, String)]) -> Vec<Markup> {
    let mut tools = vec![columns::form(ask, ledger, asked, shown)];
    if asked.narrowed() && !asked.view.as_deref().is_some_and(|view| view.starts_with("own:")) {
        tools.push(keep_form(ask, ledger, asked));
    }
    if Access::new(ledger, ask.who).exportable() != Filter::Nothing {
        let mut to = list_url(&ledger.name).join("export");
        for (name, value) in asked.url.pairs() {
            to = to.query(name, value);
        }
        // A link that first leads to the question why is no download.
        let file = |words: &str, format: &str| match ledger.asks_reason {
            true => LinkButton::secondary(words, to.with("format", format)).icon(Icon::Download).small(),
            false => LinkButton::download(words, to.with("format", format)).small(),
        };
        tools.push(html! {
            details class="filter-panel" {
                summary { "一覧をファイルに出力する" }
                p class="small" { "条件に合う記録のうち、出力できるものすべてを出力します。出力したことは証跡に残ります。" }
                div class="actions" {
                    (file("Excelブック", "xlsx"))
                    (file("CSV(UTF-8)", "csv"))
                    (file("CSV(シフトJIS)", "csv-cp932"))
                }
            }
        });
    }
    if asked.request.as_of.is_none() {
        tools.extend(papers(ask, ledger, asked));
    }
    tools
}

/// Printing the forms of all records that the list finds, where some role lets this person print at all.
fn papers(ask: &Ask<'_>, ledger: &Ledger, asked: &Asked) -> Option<Markup> {
    let may = |name: &str| {
        let rules = ledger.access.iter().filter(|rule| ask.who.holds(&rule.role));
        rules.into_iter().any(|rule| rule.documents.contains("*") || rule.documents.contains(name))
    };
    let forms: Vec<_> = ledger
        .documents
        .iter()
        .filter(|name| may(name))
        .filter_map(|name| ask.kernel.catalogue.documents.get(name))
        .collect();
    if forms.is_empty() {
        return None;
    }
    let buttons = forms.into_iter().map(|form| {
        let to = Url::path(["documents", form.name.as_str(), "all"]);
        let button = PostButton::new(to, Button::secondary(format!("{}をまとめて作成する", form.label)).small())
            .hidden("_secret", ask.secret);
        let button =
            asked.request.conditions.iter().fold(button, |button, condition| button.hidden("f", condition.to_string()));
        match &asked.request.words {
            Some(words) => button.hidden("q", words),
            None => button,
        }
    });
    let buttons: Vec<Markup> = buttons.map(|button| button.render()).collect();
    Some(html! {
        details class="filter-panel" {
            summary { "一覧の文書を作成する" }
            p class="small" { "条件に合う記録の文書を1つのPDFにまとめます。件数が多いと時間がかかります。" }
            div class="actions" { @for button in &buttons { (button) } }
        }
    })
}

fn keep_form(ask: &Ask<'_>, ledger: &Ledger, asked: &Asked) -> Markup {
    // An own view stands alone: it takes over what the pack's view asks for.
    let plain = asked.url.without("view").without("f");
    let whole = asked.request.conditions.iter().fold(plain, |url, condition| url.query("f", condition));
    html! {
        details class="filter-panel" {
            summary { "この見方を保存する" }
            form method="post" action=(list_url(&ledger.name).join("views")) {
                input type="hidden" name="_secret" value=(ask.secret);
                (held(&whole))
                (Field::new("label", "見方の名前", Text::new().width(Width::Twenty)).required().help("あなただけに見えるタブになります。").render())
                (Button::primary("見方を保存する"))
            }
        }
    }
}

/// Keep an own view, or take one away.
pub fn keep_view(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    if !Access::new(&ledger, ask.who).any() {
        return Err(Refusal::NotFound.into());
    }
    let account = &ask.who.actor.account;
    if let Some(name) = ask.form("remove") {
        tx.clear_desk(account, &format!("{}{name}", prefix(&ledger)))?;
        return Ok(Reply::to_with(list_url(&ledger.name), Notice::success("見方を取り除きました")));
    }
    let label: String = ask.form("label").unwrap_or_default().trim().chars().take(40).collect();
    if label.is_empty() {
        return Err(Refusal::invalid(Problem::field("label", "見方の名前を入力してください。")).into());
    }
    if tx.desk_items(account, &prefix(&ledger))?.len() >= MOST_VIEWS {
        let message = format!("保存できる見方は{MOST_VIEWS}個までです。使わない見方を取り除いてください。");
        return Err(Refusal::invalid(Problem::field("label", message)).into());
    }
    let back = back(ask, &ledger);
    let pairs: Vec<Value> = back
        .pairs()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "view" | "cursor" | "trail"))
        .map(|(name, value)| json!([name, value]))
        .collect();
    let name = ask.kernel.new_id();
    let item = DeskItem {
        key: format!("{}{name}", prefix(&ledger)),
        value: json!({ "label": label, "pairs": pairs }),
        saved_at: ask.kernel.now(),
    };
    tx.set_desk(account, &item)?;
    let mut to = list_url(&ledger.name).query("view", format!("own:{name}"));
    for (name, value) in back.pairs().iter().filter(|(name, _)| name != "view") {
        to = to.query(name, value);
    }
    Ok(Reply::to_with(to, Notice::success(format!("見方「{label}」を保存しました"))))
}

/// The query of an address as hidden inputs, to come back to it.
pub fn held(url: &Url) -> Markup {
    html! {
        @for (name, value) in url.pairs() { input type="hidden" name="_pair" value={ (name) "=" (value) }; }
    }
    .render()
}

/// The address that [`held`] held.
pub fn back(ask: &Ask<'_>, ledger: &Ledger) -> Url {
    ask.forms("_pair")
        .filter_map(|pair| pair.split_once('='))
        .fold(list_url(&ledger.name), |url, (name, value)| url.query(name, value))
}
