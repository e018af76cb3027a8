//! The manuals, open to everybody: whoever cannot sign in needs them too.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use ui::Url;
use ui::components::Page;

use super::dispatch::resolve;
use super::request::Incoming;
use super::{App, answer, frame};
use crate::manual;

/// `/help?page=NAME`.
pub async fn help(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || {
        let page = page(&incoming);
        match resolve(&app, &incoming) {
            Ok(resolved) => {
                let kernel = app.installation.kernel();
                let surroundings = frame::Surroundings::new(&app, &kernel, &resolved, &incoming);
                answer::html(StatusCode::OK, &surroundings.page(page))
            }
            Err(_) => answer::html(StatusCode::OK, &frame::outside(&app, &page)),
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn page(incoming: &Incoming) -> Page {
    let chosen = incoming.query.iter().find(|(key, _)| key == "page").map(|(_, name)| name.as_str());
    let pages = manual::pages();
    let shown = chosen.and_then(|name| pages.iter().find(|page| page.name == name)).or(pages.first());
    let current = |name: &str| (shown.map(|page| page.name) == Some(name)).then_some("page");
    let body = html! {
        nav class="manual-contents" aria-label="手引書の目次" {
            ul {
                @for page in pages {
                    li { a href=(Url::path(["help"]).query("page", page.name)) aria-current=[current(page.name)] { (page.title) } }
                }
            }
        }
        @if let Some(page) = shown { article class="manual" { (manual::render(page)) } }
    };
    Page::new("使い方").lead("役割ごとの操作手引書です。印刷してもお使いいただけます。").body(body)
}
