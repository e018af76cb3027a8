//! The screens of every ledger before a visitor.

use ledger::Principal;
use testkit::Desk;
use testkit::pages::Visitor;
pub use testkit::pages::{Answer, Between};
use ui::web::Upload;

/// Pairs of a form.
pub type Sent<'a> = &'a [(&'a str, &'a str)];

fn visitor<'a>(desk: &'a Desk, who: &'a Principal) -> Visitor<'a> {
    Visitor { desk, who, routes: ui::screens::routes }
}

pub fn get(desk: &Desk, who: &Principal, address: &str) -> Answer {
    visitor(desk, who).get(address)
}

/// Get a page that reads, with something between it and the database.
pub fn read_through(desk: &Desk, who: &Principal, address: &str, between: Between<'_>) -> Answer {
    visitor(desk, who).read_through(address, between)
}

pub fn post(desk: &Desk, who: &Principal, path: &str, form: Sent<'_>) -> Answer {
    visitor(desk, who).post(path, form)
}

pub fn upload(desk: &Desk, who: &Principal, path: &str, form: Sent<'_>, files: Vec<Upload>) -> Answer {
    visitor(desk, who).upload(path, form, files)
}
