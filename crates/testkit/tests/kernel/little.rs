//! A pack of a few files in a desk of its own, for stories about one rule of the language.

use ledger::pack::PackSource;
use testkit::Desk;

/// The ledger of organisations that every pack needs, with nothing but a name.
pub const ORGANISATION: &str = r#"
[ledger]
label = "組織"
area = "work"
title = ["name"]
[field]
name = { label = "名称", kind = "text" }
[[access]]
role = "everyone"
read = "*"
"#;

/// The ledger of staff, read by this role.
pub fn person(reader: &str) -> String {
    ORGANISATION.replace("組織", "職員").replace("名称", "氏名").replace("everyone", reader)
}

/// A desk with these files as its only pack, on 20 November 2026.
pub fn desk(store: store::Store, files: &[(&str, &str)]) -> Desk {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Desk::with_packs(store, "2026-11-20", Vec::new(), &[PackSource { name: "sample".into(), files }])
}
