//! All ledgers that a person may see, by area, each with what it is for.

use ledger::access::Access;
use ledger::port::Reader;
use maud::html;

use crate::components::{Empty, Page};
use crate::web::{Ask, Reply, Stop};

use super::words::list_url;

/// The page.
pub fn page(_: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let catalogue = &ask.kernel.catalogue;
    let open = |area: &str| -> Vec<_> {
        let ledgers = catalogue.ledgers.values().filter(|ledger| ledger.area == area);
        ledgers.filter(|ledger| Access::new(ledger, ask.who).any()).collect()
    };
    let none = catalogue.areas.iter().all(|area| open(&area.name).is_empty());
    let body = html! {
        @if none { (Empty::new("見られる台帳はありません", "役割が付くと、その役割で扱う台帳がここに並びます。管理者に相談してください。")) }
        @for area in &catalogue.areas {
            @let ledgers = open(&area.name);
            @if !ledgers.is_empty() {
                section class="section" {
                    h2 { (area.label) }
                    dl class="facts" {
                        @for ledger in &ledgers {
                            div {
                                dt { a href=(list_url(&ledger.name)) { (ledger.label) } }
                                dd {
                                    @if ledger.help.is_empty() { span class="quiet" { "説明はありません" } } @else { (ledger.help) }
                                    " "
                                    a class="small" href=(list_url(&ledger.name).join("definition")) { (ledger.label) "の項目と権限" }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(Reply::page(Page::new("台帳の一覧").lead(html! { "あなたが見ることのできる台帳です。" }).body(body)))
}
