//! The generic screens: what any ledger gets from its declaration alone, without a line of Rust.
//!
//! [`routes`] are their addresses, [`nav`] the places a person may open, [`refusal_page`] the page of an act that was
//! not done. In reading order: [`words`] shows values, [`pairs`] holds what a form sent, then one folder a screen.

pub mod acts;
mod attachment;
mod definition;
mod export;
mod form;
mod import;
mod ledgers;
mod list;
mod nav;
mod offers;
mod pairs;
mod reason;
mod record;
mod refusal;
mod search;
mod today;
mod visits;
pub mod words;

pub use nav::nav;
pub use reason::{given as given_reason, reason_page};
pub use refusal::refusal_page;

use crate::web::Route;

/// All addresses of the generic screens.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/", today::page),
        Route::read("/search", search::page),
        Route::read("/ledgers", ledgers::page),
        Route::read("/ledgers/{ledger}", list::page),
        Route::write("/ledgers/{ledger}", form::create),
        Route::read("/ledgers/{ledger}/new", form::new),
        Route::read("/ledgers/{ledger}/definition", definition::page),
        Route::read("/ledgers/{ledger}/offers", offers::answer),
        Route::write("/ledgers/{ledger}/columns", list::choose_columns),
        Route::write("/ledgers/{ledger}/views", list::keep_view),
        Route::write("/ledgers/{ledger}/bulk", list::bulk),
        Route::traced("/ledgers/{ledger}/export", export::file),
        Route::read("/ledgers/{ledger}/import", import::page),
        Route::write("/ledgers/{ledger}/import", import::run),
        Route::noted("/ledgers/{ledger}/{id}", record::page),
        Route::write("/ledgers/{ledger}/{id}", form::amend),
        Route::read("/ledgers/{ledger}/{id}/edit", form::edit),
        Route::read("/ledgers/{ledger}/{id}/history", record::history),
        Route::read("/ledgers/{ledger}/{id}/transitions/{name}", record::transition_page),
        Route::write("/ledgers/{ledger}/{id}/transitions/{name}", record::take),
        Route::write("/drafts/{ledger}/{id}", form::draft),
        Route::noted("/attachments/{ledger}/{id}/{attachment}", attachment::file),
    ]
}
