//! Pages of an engagement that both sides share: its home, and the calendar over all of them. Each shows only what its
//! reader may read, so that the two sides see what is theirs.

mod calendar;
mod due;
mod filed;
mod home;
mod money;
mod recount;
mod standing;
mod year;

use ledger::access::Access;
use ledger::{Kernel, Principal};
use ui::Url;
use ui::web::{Place, Route};

use crate::names::ledger_name::OBLIGATION;

/// All addresses of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/engagements/calendar", calendar::page),
        Route::read("/engagements/recount", recount::page),
        Route::write("/engagements/recount", recount::start),
        Route::read("/engagements/recount/{id}", recount::page),
        Route::read("/engagements/{id}", home::page),
    ]
}

/// Entries of the side navigation.
pub fn places() -> Vec<Place> {
    vec![
        Place {
            area: "engagement", words: "期限のカレンダー", path: "/engagements/calendar", open: sees_obligations
        },
        Place {
            area: "engagement",
            words: "期限の数え直し",
            path: "/engagements/recount",
            open: crate::terms::recount::may_begin,
        },
    ]
}

/// Home of a contract.
pub fn home_url(id: &str) -> Url {
    Url::path(["engagements", id])
}

/// The calendar of a month, `2024-04`.
pub fn calendar_url(month: Option<&str>) -> Url {
    Url::path(["engagements", "calendar"]).query_if("month", month)
}

fn sees_obligations(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(OBLIGATION).is_some_and(|ledger| Access::new(ledger, who).any())
}
