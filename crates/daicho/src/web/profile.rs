//! My settings: who I am here, which roles I hold, where I am signed in.

use identity::session;
use ledger::Refusal;
use ledger::port::{Reader, Session, Writer};
use maud::html;
use ui::Url;
use ui::components::{Button, Cell, Column, LinkButton, Notice, Page, PostButton, Row, Section, Table};
use ui::web::{Ask, Reply, Route, Stop};
use ui::when::Instant;

use super::dispatch::SECRET_INPUT;

/// Routes of my settings. The password has handlers of its own, because hashing must not hold a transaction.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/profile", show),
        Route::write("/profile/sign-out-everywhere", sign_out_everywhere).with_proof(),
        Route::write("/profile/sessions/end", end_session).with_proof(),
    ]
}

fn show(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let who = ask.who;
    let mut roles = Table::new("付与されている役割", vec![Column::text("役割").names_row(), Column::text("範囲")]);
    for held in &who.roles {
        let role = ask.kernel.catalogue.roles.get(&held.role);
        let scope = match &held.offices {
            None => "すべての組織".to_string(),
            Some(offices) => format!("{}の組織", offices.len()),
        };
        let label = role.map_or(held.role.clone(), |role| role.label.clone());
        roles = roles.row(Row::new(vec![Cell::text(label), Cell::text(scope)]));
    }
    let mut sessions = Table::new(
        "サインインしている端末",
        vec![
            Column::text("サインインした日時").names_row(),
            Column::text("最後に使った日時"),
            Column::text("接続元"),
            Column::text("端末"),
            Column::text("操作"),
        ],
    );
    for session in session::list(tx, &who.actor.account)? {
        sessions = sessions.row(Row::new(vec![
            Cell::of_markup(Instant(session.opened_at)),
            Cell::of_markup(Instant(session.seen_at)),
            Cell::text(session.address.clone().unwrap_or_default()),
            Cell::text(session.device.clone().unwrap_or_default()),
            Cell::of_markup(html! {
                // The request's own session is the one whose forms carry this secret.
                @if session.form_secret == ask.secret { "今の画面" }
                @else {
                    (PostButton::new(
                        Url::path(["profile", "sessions", "end"]),
                        Button::secondary("終わらせる").small().for_whom(format!("({}から)", session.address.clone().unwrap_or_default())),
                    ).hidden(SECRET_INPUT, ask.secret).hidden("session", handle(&session)))
                }
            }),
        ]));
    }
    let everywhere = PostButton::new(
        Url::path(["profile", "sign-out-everywhere"]),
        Button::secondary("すべての端末でサインアウトする")
            .confirm("この端末を含むすべての端末でサインアウトします。よろしいですか。"),
    )
    .hidden(SECRET_INPUT, ask.secret);
    let page = Page::new("自分の設定")
        .action(LinkButton::secondary("二段階認証", Url::path(["profile", "factors"])))
        .action(LinkButton::secondary("パスワードを変更する", Url::path(["profile", "password"])))
        .body(html! {
            (Section::new("利用者").fact("氏名", who.name.as_str()).fact("利用者名", who.actor.login.as_str()))
            (Section::new("役割").body(roles))
            (Section::new("サインイン").body(html! { (sessions) p { (everywhere) } }))
        });
    Ok(Reply::page(page))
}

/// What a session is called on the page: enough of its key to tell it from the others, too little to be anything.
fn handle(session: &Session) -> &str {
    session.key.get(..16).unwrap_or_default()
}

fn end_session(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let named = ask.form("session").unwrap_or_default();
    let sessions = session::list(tx, &ask.who.actor.account)?;
    let Some(found) = sessions.iter().find(|session| handle(session) == named) else {
        return Err(Refusal::NotFound.into());
    };
    session::end(tx, ask.kernel, ask.who, &found.key)?;
    Ok(Reply::to_with(Url::path(["profile"]), Notice::success("その端末のサインインを終わらせました")))
}

fn sign_out_everywhere(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    session::end_everywhere(tx, ask.kernel, ask.who, &ask.who.actor.account)?;
    let notice = Notice::success("すべての端末でサインアウトしました");
    Ok(Reply::to_with(Url::path(["sign-in"]), notice))
}
