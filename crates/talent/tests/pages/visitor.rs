//! The pages of personnel evaluation before a visitor.

use ledger::Principal;
pub use testkit::pages::{SECRET, fits};

use crate::agency::Agency;

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The page, in its frame; what a redirect says.
    pub html: String,
    /// Where a redirect leads.
    pub to: String,
    /// A file.
    pub file: Vec<u8>,
}

impl From<testkit::pages::Answer> for Answer {
    fn from(answer: testkit::pages::Answer) -> Self {
        let file = answer.file.map(|(_, content)| content).unwrap_or_default();
        Self { status: answer.status, html: answer.text, to: answer.to.unwrap_or_default(), file }
    }
}

pub struct Visitor<'a> {
    pub agency: &'a Agency,
    pub who: Principal,
}

impl<'a> Visitor<'a> {
    pub fn new(agency: &'a Agency, number: &str) -> Self {
        Self { agency, who: agency.who(number) }
    }

    fn before(&self) -> testkit::pages::Visitor<'_> {
        testkit::pages::Visitor { desk: &self.agency.desk, who: &self.who, routes: talent::routes }
    }

    /// Open an address, query included.
    pub fn get(&self, address: &str) -> Answer {
        self.before().get(address).into()
    }

    /// Post a form.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.before().post(path, form).into()
    }
}

/// Revision that a form would carry.
pub fn revision(agency: &Agency, id: &str) -> String {
    agency.desk.record("evaluation_sheet", id).revision.to_string()
}
