//! Evidence and protection for people: the watch over the journal with its alerts, the search over the journal, the
//! monthly report of the security officer, retention and disposal.
//!
//! This crate owns the rules that the pack `packs/assurance` cannot declare and the pages made by hand for them. It leaves
//! what an entry is to `journal`, sealing and verification to their own areas, sign-in to `identity`, and mail to `daicho`.

pub mod defaults;
pub mod disposal;
pub mod names;
mod pages;
pub mod report;
pub mod retention;
pub mod search;
pub mod watch;

use ledger::task::{Daily, Task};
use ui::web::{Place, Route};

/// Pages made by hand.
pub fn routes() -> Vec<Route> {
    pages::routes()
}

/// Places in the navigation beside the ledgers.
pub fn places() -> Vec<Place> {
    pages::places()
}

/// Tasks that a person starts and follows.
pub fn tasks() -> Vec<Task> {
    vec![watch::past::TASK, disposal::TASK]
}

/// What falls due with the day.
pub fn daily() -> Vec<Daily> {
    vec![
        Daily { name: "security_report", run: report::monthly },
        Daily { name: "retention", run: retention::propose },
        Daily { name: "disposal", run: disposal::queue },
    ]
}
