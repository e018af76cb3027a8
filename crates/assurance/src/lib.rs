//! Evidence and protection for people: the watch over the journal with its alerts, the search over the journal, the
//! monthly report of the security officer, retention and legal hold.
//!
//! This crate owns the rules that the pack `packs/assurance` cannot declare and the pages made by hand for them. It leaves
//! what an entry is to `journal`, sealing and verification to their own areas, sign-in to `identity`, and mail to `daicho`.

pub mod names;
pub mod watch;

use std::sync::Arc;

use ledger::Engine;
use ledger::task::{Daily, Task};
use ui::web::{Place, Route};

/// What the write path asks on every change of this area's records.
pub fn engines() -> Vec<Arc<dyn Engine>> {
    Vec::new()
}

/// Pages made by hand.
pub fn routes() -> Vec<Route> {
    Vec::new()
}

/// Places in the navigation beside the ledgers.
pub fn places() -> Vec<Place> {
    Vec::new()
}

/// Tasks that a person starts and follows.
pub fn tasks() -> Vec<Task> {
    vec![watch::past::TASK]
}

/// What falls due with the day.
pub fn daily() -> Vec<Daily> {
    Vec::new()
}
