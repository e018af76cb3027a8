//! The side navigation: only what a person may open.

use ledger::access::Access;
use ledger::{Kernel, Principal};

use crate::Url;
use crate::components::{NavGroup, NavItem};
use crate::web::Place;

use super::words::list_url;

/// Places of the reader by area: 今日の仕事 first, then each area with its own pages and its ledgers.
pub fn nav(kernel: &Kernel, who: &Principal, places: &[Place]) -> Vec<NavGroup> {
    let item = |words: &str, to: Url| NavItem { words: words.to_string(), to, current: false, count: None };
    let mut groups = vec![NavGroup { words: String::new(), items: vec![item("今日の仕事", Url::root())] }];
    for area in &kernel.catalogue.areas {
        let own = places
            .iter()
            .filter(|place| place.area == area.name && (place.open)(kernel, who))
            .map(|place| item(place.words, Url::path(place.path.split('/'))));
        let ledgers = kernel
            .catalogue
            .ledgers
            .values()
            .filter(|ledger| ledger.area == area.name && !ledger.hidden && Access::new(ledger, who).any())
            .map(|ledger| item(&ledger.label, list_url(&ledger.name)));
        let items: Vec<NavItem> = own.chain(ledgers).collect();
        if !items.is_empty() {
            groups.push(NavGroup { words: area.label.clone(), items });
        }
    }
    groups.push(NavGroup { words: "その他".into(), items: vec![item("台帳の一覧", Url::path(["ledgers"]))] });
    groups
}
