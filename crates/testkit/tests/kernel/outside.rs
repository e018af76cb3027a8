//! People from outside the agency: no part of everyone, nothing without an organisation, names only where a field tells them.

use ledger::pack::PackSource;
use ledger::read::{ListRequest, title};
use ledger::{Principal, RoleHeld};
use testkit::{Desk, on_each_database, somebody};

const PACK: &str = r#"
label = "見本"
version = "1"
[area]
work = { label = "業務" }
[role]
clerk = { label = "担当", help = "担当です。" }
supplier = { label = "契約相手方", outside = true, help = "外部の人です。" }
"#;

const PERSON: &str = r#"
[ledger]
label = "職員"
area = "work"
title = ["name"]
[field]
name = { label = "氏名", kind = "text" }
[[access]]
role = "everyone"
read = "*"
"#;

const ORGANISATION: &str = r#"
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

const AGREEMENT: &str = r#"
[ledger]
label = "契約"
area = "work"
title = ["name"]
[field]
name = { label = "件名", kind = "text" }
firm = { label = "会社", kind = "organisation", named = true }
supervisor = { label = "監督職員", kind = "person", named = true }
payer = { label = "支払担当", kind = "person" }
[[access]]
role = "supplier"
scope = "office:firm"
read = "*"
[[access]]
role = "clerk"
read = "*"
"#;

const NOTICE: &str = r#"
[ledger]
label = "公告"
area = "work"
title = ["name"]
[field]
name = { label = "件名", kind = "text" }
[[access]]
role = "outsider"
read = "*"
"#;

fn desk(store: store::Store) -> Desk {
    let files = [
        ("pack.toml", PACK),
        ("person.toml", PERSON),
        ("organisation.toml", ORGANISATION),
        ("agreement.toml", AGREEMENT),
        ("notice.toml", NOTICE),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec();
    Desk::with_packs(store, "2026-11-20", Vec::new(), &[PackSource { name: "sample".into(), files }])
}

fn supplier(offices: Option<Vec<String>>) -> Principal {
    let mut who = somebody("supplier", None, &[]);
    who.roles.push(RoleHeld { role: "supplier".into(), offices, outside: true });
    who
}

#[test]
fn an_outsider_is_no_part_of_everyone_and_has_nothing_without_an_organisation() {
    on_each_database(|store| {
        let desk = desk(store);
        let person = desk.create("person", &[("name", "見本 花子")]);
        let payer = desk.create("person", &[("name", "見本 支払")]);
        let firm = desk.create("organisation", &[("name", "見本電算")]);
        let other = desk.create("organisation", &[("name", "別の会社")]);
        let own = desk.create(
            "agreement",
            &[("name", "運用支援"), ("firm", &firm.id), ("supervisor", &person.id), ("payer", &payer.id)],
        );
        desk.create("agreement", &[("name", "別の契約"), ("firm", &other.id)]);
        desk.create("notice", &[("name", "入札公告")]);
        let sees = |who: &Principal, ledger: &str| {
            let request = ListRequest { ledger: ledger.into(), ..ListRequest::default() };
            desk.read(|tx| desk.kernel.list(tx, who, &request)).map(|page| page.records.len()).unwrap_or_default()
        };
        let of_firm = supplier(Some(vec![firm.id.clone()]));
        let cases = [("person", 0), ("organisation", 0), ("agreement", 1), ("notice", 1)];
        for (ledger, count) in cases {
            assert_eq!(sees(&of_firm, ledger), count, "{ledger}");
        }
        for (ledger, count) in [("person", 0), ("agreement", 0), ("notice", 1)] {
            assert_eq!(sees(&supplier(None), ledger), count, "without an organisation: {ledger}");
        }
        // Whoever holds a role of both sides is still from outside.
        let mut both = supplier(Some(vec![firm.id.clone()]));
        both.roles.push(RoleHeld { role: "clerk".into(), offices: None, outside: false });
        assert_eq!((sees(&both, "person"), sees(&both, "agreement")), (0, 2));
        assert_eq!(
            (sees(&somebody("staff", None, &[]), "person"), sees(&somebody("staff", None, &[]), "notice")),
            (2, 0)
        );

        let agreement = desk.kernel.ledger("agreement").unwrap();
        let wanted = title::referred(&agreement, std::slice::from_ref(&own));
        let titles = desk.read(|tx| Ok(title::many(&desk.kernel.catalogue, tx, &of_firm, wanted)?)).unwrap();
        assert_eq!(titles.get("person", &person.id), "見本 花子");
        assert_eq!(titles.get("organisation", &firm.id), "見本電算");
        assert_eq!(titles.get("person", &payer.id), title::UNREADABLE, "only a named field tells a name");
        assert!(!titles.open("person", &person.id), "the record itself stays closed");
    });
}
