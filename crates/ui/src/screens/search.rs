//! Search over everything one may see, by ledger.

use ledger::port::Reader;
use maud::{Markup, html};

use crate::Icon;
use crate::components::{Empty, Page};
use crate::web::{Ask, Reply, Stop};

use super::words::{list_url, page_url, state_badge};

/// Records shown of each ledger; the list has the rest.
const OF_A_LEDGER: usize = 10;

/// The page.
pub fn page(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let words = ask.query("q").unwrap_or_default().trim();
    if words.is_empty() {
        return Ok(Reply::page(Page::new("探す").body(html! { (form("")) })));
    }
    let hits = ask.kernel.search_everything(tx, ask.who, words, OF_A_LEDGER + 1)?;
    let sections: Vec<Markup> = ask
        .kernel
        .catalogue
        .ledgers
        .values()
        .filter_map(|ledger| {
            let found: Vec<_> = hits.iter().filter(|hit| hit.ledger == ledger.name).collect();
            if found.is_empty() {
                return None;
            }
            let more = found.len() > OF_A_LEDGER;
            let states = ledger.workflow.states.len() > 1;
            Some(html! {
                section class="section" {
                    h2 { (ledger.label) }
                    ul class="plain-list" {
                        @for hit in found.iter().take(OF_A_LEDGER) {
                            li {
                                span class="cluster" {
                                    a href=(page_url(&ask.kernel.catalogue, &ledger.name, &hit.record)) { (hit.title) }
                                    @if let Some(reading) = &hit.reading { span class="small quiet" { (reading) } }
                                    @if states { (state_badge(ledger, &hit.state)) }
                                }
                            }
                        }
                    }
                    @if more { p { a href=(list_url(&ledger.name).query("q", words)) { (ledger.label) "でほかも見る" } } }
                }
            })
        })
        .collect();
    let body = html! {
        (form(words))
        @if sections.is_empty() {
            (Empty::new("見つかりませんでした", "言葉を短くするか、別の書き方で探してください。ひらがなとカタカナ、全角と半角、異体字の違いは区別しません。"))
        }
        @for section in &sections { (section) }
    };
    Ok(Reply::page(Page::new(format!("「{words}」を探した結果")).body(body)))
}

fn form(words: &str) -> Markup {
    html! {
        form class="cluster" role="search" method="get" action="/search" aria-label="すべての台帳から探す" {
            label for="search-again" { "探す言葉" }
            input type="search" id="search-again" name="q" value=(words) class="w-20" autocomplete="off";
            button type="submit" class="button" { (Icon::Search) "探す" }
        }
    }
}
