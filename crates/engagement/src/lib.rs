//! Engagements: public contracts from notice to final payment.
//!
//! What a contract asks for is data (`packs/engagement` and the contract packs). This crate owns what software must work
//! out: amounts and their steps, lots, deadlines made from terms, schedules, and the pages made by hand for them. It leaves
//! records, access and workflow to `ledger`, typesetting to `document`, and the composition to `daicho`. It meets other
//! areas only through ledgers.

pub mod delivery;
pub mod money;
pub mod names;
mod obligations;
pub mod pages;
pub mod payment;
pub mod progress;
pub mod protection;
mod settings;
pub mod tender;
pub mod terms;

use std::sync::Arc;

use ledger::Engine;
use ledger::task::{Daily, Task};
use ui::web::{Place, Route};

/// What the write path asks on every change of this area's records.
pub fn engines() -> Vec<Arc<dyn Engine>> {
    // A deadline that a record meets is handed in before the terms look at what still falls due for it.
    vec![
        Arc::new(progress::ProgressEngine),
        Arc::new(delivery::DeliveryEngine),
        Arc::new(terms::TermsEngine),
        Arc::new(tender::TenderEngine),
        Arc::new(payment::PaymentEngine),
        Arc::new(protection::SelfAssessment),
    ]
}

/// Pages made by hand.
pub fn routes() -> Vec<Route> {
    [pages::routes(), tender::pages::routes(), progress::pages::routes(), delivery::pages::routes()].concat()
}

/// Places in the navigation beside the ledgers.
pub fn places() -> Vec<Place> {
    [pages::places(), tender::pages::places(), delivery::pages::places(), progress::pages::places()].concat()
}

/// Tasks that a person starts and follows.
pub fn tasks() -> Vec<Task> {
    vec![terms::recount::TASK]
}

/// What falls due with the day.
pub fn daily() -> Vec<Daily> {
    [tender::DAILY, delivery::DAILY].concat()
}

/// Forms with data of their own.
pub fn papers() -> Vec<(&'static str, progress::paper::PaperData)> {
    progress::paper::PAPERS.to_vec()
}
