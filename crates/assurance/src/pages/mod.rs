//! Pages made by hand: the search over the journal, the alert, the monthly report.

mod alert;
mod file;
mod report;
mod search;
mod timeline;

use ledger::access::Access;
use ledger::{Kernel, Principal};
use ui::web::{Place, Route};

use crate::names::ledger_name;

/// All addresses of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        Route::noted("/trail", search::page),
        Route::traced("/trail/file", file::file),
        Route::write("/trail/saved", search::keep),
        Route::noted("/alerts/{id}", alert::page),
        Route::write("/alerts/{id}/lock", alert::lock),
        Route::write("/alerts", alert::evaluate),
        Route::read("/reports/{id}", report::page),
    ]
}

/// Entries of the side navigation.
pub fn places() -> Vec<Place> {
    vec![Place { area: "assurance", words: "証跡の検索", path: "/trail", open: crate::search::permitted }]
}

/// Whether somebody judges alerts.
fn judges(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(ledger_name::RULE).is_some_and(|ledger| Access::new(ledger, who).may_create())
}
