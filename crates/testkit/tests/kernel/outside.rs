//! People from outside the agency: no part of everyone, nothing without an organisation, names only where a field tells them.

use ledger::read::{ListRequest, title};
use ledger::{Principal, RoleHeld};
use testkit::{Desk, on_each_database, somebody};

use crate::little::{self, ORGANISATION};

const PACK: &str = r#"
label = "見本"
version = "1"
[area]
work = { label = "業務" }
[role]
clerk = { label = "担当", help = "担当です。" }
supplier = { label = "契約相手方", outside = true, help = "外部の人です。" }
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

const HAND_IN: &str = r#"
[ledger]
label = "納入"
area = "work"
title = ["name"]
[field]
name = { label = "件名", kind = "text" }
agreement = { label = "契約", kind = "reference", ledger = "agreement", required = true }
firm = { label = "会社", kind = "organisation", computed = "agreement.firm" }
payer = { label = "支払担当", kind = "person", computed = "agreement.payer" }
asked = { label = "確かめる人", kind = "person" }
[[access]]
role = "supplier"
scope = "office:firm"
read = "*"
write = "*"
can = ["create"]
"#;

fn desk(store: store::Store) -> Desk {
    let organisation = format!("{ORGANISATION}[[access]]\nrole = \"outsider\"\nscope = \"office:id\"\nread = \"*\"\n");
    let files = [
        ("pack.toml", PACK),
        ("person.toml", &little::person("everyone")),
        ("organisation.toml", &organisation),
        ("agreement.toml", AGREEMENT),
        ("notice.toml", NOTICE),
        ("hand_in.toml", HAND_IN),
    ];
    little::desk(store, &files)
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
        let cases = [("person", 0), ("organisation", 1), ("agreement", 1), ("notice", 1)];
        for (ledger, count) in cases {
            assert_eq!(sees(&of_firm, ledger), count, "{ledger}");
        }
        for (ledger, count) in [("person", 0), ("organisation", 0), ("agreement", 0), ("notice", 1)] {
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

#[test]
fn what_follows_from_a_contract_may_be_written_and_what_is_closed_may_not_be_chosen() {
    on_each_database(|store| {
        let desk = desk(store);
        let payer = desk.create("person", &[("name", "見本 支払")]);
        let firm = desk.create("organisation", &[("name", "見本電算")]);
        let other = desk.create("organisation", &[("name", "別の会社")]);
        let own = desk.create("agreement", &[("name", "運用"), ("firm", &firm.id), ("payer", &payer.id)]);
        let theirs = desk.create("agreement", &[("name", "別の契約"), ("firm", &other.id)]);
        let of_firm = supplier(Some(vec![firm.id.clone()]));
        let hand_in = |agreement: &str, asked: Option<&str>| {
            let values = testkit::values([("agreement", agreement.into()), ("asked", asked.into())]);
            desk.commit(&of_firm, ledger::Change::create("hand_in", values))
        };
        let made = hand_in(&own.id, None).expect("the payer follows from the contract");
        assert_eq!(made.text("payer"), Some(payer.id.as_str()));
        assert!(hand_in(&own.id, Some(&payer.id)).is_err(), "a person who is closed cannot be chosen");
        assert!(hand_in(&theirs.id, None).is_err(), "nor another firm's contract");
    });
}
