//! Accounts that are locked after failures: the administrator sees them and releases one for a reason.

use identity::names::account;
use identity::sign_in;
use ledger::port::{Reader, Writer};
use ledger::{Kernel, Principal, Refusal};
use maud::html;
use ui::Url;
use ui::components::{Button, Cell, Column, ErrorSummary, Field, Form, Notice, Page, Row, Table, Text};
use ui::web::{Ask, Place, Reply, Route, Stop};
use ui::when::Instant;

use super::dispatch::SECRET_INPUT;

/// The role that administers accounts.
const ADMINISTRATOR: &str = "administrator";
/// Most locks that are listed.
const MOST: usize = 200;

/// Its place in the navigation.
pub const PLACE: Place =
    Place { area: "administration", words: "ロックされた利用者", path: "/accounts/locks", open: may };

fn may(_: &Kernel, who: &Principal) -> bool {
    who.holds(ADMINISTRATOR)
}

/// Routes of locks.
pub fn routes() -> Vec<Route> {
    vec![Route::read("/accounts/locks", show), Route::write("/accounts/locks", release).with_proof()]
}

fn show(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    page(tx, ask, None).map(Reply::page)
}

fn page(tx: &mut dyn Reader, ask: &Ask<'_>, problem: Option<(&str, String)>) -> Result<Page, Stop> {
    if !may(ask.kernel, ask.who) {
        return Err(Refusal::NotFound.into());
    }
    let columns = vec![
        Column::text("利用者名").names_row(),
        Column::text("ロックした日時"),
        Column::text("失敗の回数"),
        Column::text("解除される日時"),
    ];
    let mut table = Table::new("ロックされた利用者", columns)
        .hide_caption()
        .empty(html! { p { "ロックされた利用者はいません。" } });
    let locked = sign_in::locked(tx, ask.kernel, MOST)?;
    // Without anybody to release the form would only puzzle.
    let offered = !locked.is_empty() || problem.is_some();
    for (id, guard) in locked {
        let record = tx.record(account::LEDGER, &id)?;
        let login = record.as_ref().and_then(|record| record.text(account::LOGIN)).unwrap_or_default();
        table = table.row(Row::new(vec![
            Cell::link(login, &Url::path(["ledgers", account::LEDGER, &id])),
            Cell::of_markup(html! { @if let Some(at) = guard.locked_at { (Instant(at)) } }),
            Cell::number(guard.failures),
            Cell::of_markup(
                html! { @if let Some(at) = guard.locked_until { (Instant(at)) } @else { "管理者が解除するまで" } },
            ),
        ]));
    }
    let told = |name: &str| problem.as_ref().filter(|(at, _)| *at == name).map(|(_, words)| words.clone());
    let errors = match &problem {
        Some((name, words)) => ErrorSummary::new().field(name, words.as_str()),
        None => ErrorSummary::new(),
    };
    let value = |name: &str| ask.form(name).unwrap_or_default().to_string();
    let fields = html! {
        (Field::new("login", "利用者名", Text::new().value(value("login")).autocomplete("off")).required()
            .error_if(told("login")))
        (Field::new("reason", "解除する理由", Text::new().value(value("reason"))).required()
            .help("本人であることをどのように確かめたかを書きます。証跡に残ります。").error_if(told("reason")))
    };
    let form = Form::new(Url::path(["accounts", "locks"]))
        .hidden(SECRET_INPUT, ask.secret)
        .body(fields)
        .errors(errors)
        .button(Button::primary("ロックを解除する"));
    Ok(Page::new("ロックされた利用者")
        .lead("続けて失敗した利用者は、定めた時間だけサインインできなくなります。本人と確かめられたときは、ここで解除できます。")
        .body(html! { div class="stack" { (table) @if offered { div class="narrow" { (form) } } } }))
}

fn release(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    if !may(ask.kernel, ask.who) {
        return Err(Refusal::NotFound.into());
    }
    let (login, reason) = (ask.form("login").unwrap_or_default().trim(), ask.form("reason").unwrap_or_default().trim());
    let mut refuse = |name: &str, words: &str| -> Result<Reply, Stop> {
        Err(Stop::Answer(Reply::page(page(tx, ask, Some((name, words.to_string())))?)))
    };
    if reason.is_empty() || reason.chars().count() > 200 {
        return refuse("reason", "解除する理由を200文字以内で入力してください。");
    }
    let logins = [login.to_string()];
    let found = tx.lookup(account::LEDGER, account::LOGIN, &logins)?.remove(login).unwrap_or_default();
    let released = match found.first() {
        Some(id) => sign_in::release(tx, ask.kernel, ask.who, id, reason)?,
        None => false,
    };
    if !released {
        let words = format!("利用者「{login}」はロックされていません。利用者名を確かめてください。");
        return Err(Stop::Answer(Reply::page(page(tx, ask, Some(("login", words)))?)));
    }
    Ok(Reply::to_with(Url::path(["accounts", "locks"]), Notice::success(format!("{login}のロックを解除しました"))))
}
