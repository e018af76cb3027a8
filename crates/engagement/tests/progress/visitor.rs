//! The pages of contracts before a visitor.

use ledger::Principal;
use testkit::pages::Visitor;

use crate::contract::Contract;

fn visitor<'a>(contract: &'a Contract, who: &'a Principal) -> Visitor<'a> {
    Visitor { desk: &contract.desk, who, routes: engagement::routes }
}

/// Status and file.
pub fn fetch(contract: &Contract, who: &Principal, address: &str) -> (u16, Vec<u8>) {
    let answer = visitor(contract, who).get(address);
    (answer.status, answer.file.map(|(_, content)| content).unwrap_or_default())
}

/// Status and page.
pub fn get(contract: &Contract, who: &Principal, address: &str) -> (u16, String) {
    let answer = visitor(contract, who).get(address);
    (answer.status, answer.text)
}

/// Post a form: status and page, or where a redirect leads.
pub fn post(contract: &Contract, who: &Principal, path: &str, form: &[(&str, &str)]) -> (u16, String) {
    let answer = visitor(contract, who).post(path, form);
    (answer.status, answer.to.map_or(answer.text, |to| format!("→ {to}")))
}
