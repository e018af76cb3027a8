//! The guide's example is a pack that works.

use std::path::Path;

use super::{lines, packs};
use crate::pack::{PackSource, load};

/// Code blocks of a page whose first line names a file.
fn blocks(page: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page));
    let text = text.expect("the page");
    let mut found = Vec::new();
    for block in text.split("```").skip(1).step_by(2) {
        let mut rest = block.lines().skip(1);
        let name = rest.next().unwrap_or_default().trim_start_matches(['#', '/', ' ']);
        if let Some(path) = name.strip_prefix("packs/office/") {
            found.push((path.to_owned(), rest.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}

#[test]
fn the_ledger_of_the_guide_takes_one_short_file_and_no_rust() {
    let files = blocks("guides/add-a-ledger.md");
    assert_eq!(files.len(), 3);
    let ledger = files.iter().find(|(path, _)| path == "key_loan.toml").expect("the ledger");
    assert!(ledger.1.lines().count() < 80, "{} lines", ledger.1.lines().count());
    let mut sources: Vec<PackSource> = packs().into_iter().filter(|pack| pack.name == "core").collect();
    sources.push(PackSource { name: "office".into(), files });
    let catalogue = match load(&sources) {
        Ok(catalogue) => catalogue,
        Err(problems) => panic!("{}", lines(&problems)),
    };
    let loans = catalogue.ledger("key_loan").expect("declared");
    assert!(!loans.workflow.transitions.is_empty() && !loans.duties.is_empty() && !loans.views.columns.is_empty());
    assert!(loans.access.iter().any(|rule| rule.import));
    assert!(catalogue.documents.contains_key("key_receipt"));
}
