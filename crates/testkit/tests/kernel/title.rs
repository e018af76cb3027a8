//! What records are called where they are referred to.

use ledger::read::title;
use ledger::{Change, Principal};
use serde_json::json;
use testkit::{Desk, on_each_database, somebody, values};

use crate::little::{self, ORGANISATION};

const PACK: &str = r#"
label = "見本"
version = "1"
[area]
work = { label = "仕事" }
[role]
clerk = { label = "担当", help = "見本の担当です。" }
"#;

/// Named by nothing but a reference.
const STINT: &str = r#"
[ledger]
label = "勤務"
area = "work"
title = ["person"]
[field]
person = { label = "職員", kind = "person" }
[[access]]
role = "everyone"
read = "*"
"#;

/// Named by a record that is itself named by a reference.
const NOTE: &str = r#"
[ledger]
label = "引継ぎ"
area = "work"
title = ["stint"]
[field]
stint = { label = "勤務", kind = "reference", ledger = "stint" }
[state]
open = { label = "未読" }
done = { label = "既読" }
[transition]
read = { label = "読む", from = "open", to = "done" }
[duty.read]
label = "引継ぎを読む"
states = ["open"]
holder = "role:clerk"
[[access]]
role = "everyone"
read = "*"
[[access]]
role = "clerk"
read = "*"
transitions = "*"
"#;

fn desk(store: store::Store) -> Desk {
    let files = [
        ("pack.toml", PACK),
        ("person.toml", &little::person("clerk")),
        ("organisation.toml", ORGANISATION),
        ("stint.toml", STINT),
        ("note.toml", NOTE),
    ];
    little::desk(store, &files)
}

/// A record that gathers others, closed to some of those who have something to do for it.
const WORKS: &str = r#"
[ledger]
label = "案件"
area = "work"
title = ["name"]
gathers = true
[field]
name = { label = "件名", kind = "text" }
[[access]]
role = "clerk"
read = "*"
"#;

const STEP: &str = r#"
[ledger]
label = "段取り"
area = "work"
title = ["what"]
[field]
stint = { label = "勤務", kind = "reference", ledger = "stint" }
works = { label = "案件", kind = "reference", ledger = "works" }
what = { label = "すること", kind = "text" }
[state]
open = { label = "これから" }
done = { label = "済み" }
[transition]
finish = { label = "終える", from = "open", to = "done" }
[duty.finish]
label = "段取りを終える"
states = ["open"]
holder = "role:everyone"
[[access]]
role = "everyone"
read = "*"
transitions = "*"
"#;

#[test]
fn a_duty_names_the_record_that_gathers_it_to_those_who_may_know_it() {
    for (named, stranger_reads) in [(false, None), (true, Some("見本の契約".to_string()))] {
        on_each_database(|store| {
            let step = match named {
                true => STEP.replace("ledger = \"works\"", "ledger = \"works\", named = true"),
                false => STEP.into(),
            };
            let files = [
                ("pack.toml", PACK),
                ("person.toml", &little::person("clerk")),
                ("organisation.toml", ORGANISATION),
                ("stint.toml", STINT),
                ("works.toml", WORKS),
                ("step.toml", &step),
            ];
            let desk = little::desk(store, &files);
            let works = desk.create("works", &[("name", "見本の契約")]);
            desk.create("step", &[("works", &works.id), ("what", "月次の報告")]);
            desk.create("step", &[("what", "どれにも属さない報告")]);
            let told = |who: &Principal| {
                let duties = desk.read(|tx| desk.kernel.duties_of(tx, who, 10)).unwrap();
                let mut told: Vec<_> = duties.into_iter().map(|seen| (seen.duty.title, seen.of)).collect();
                told.sort();
                told
            };
            let wanted =
                |of: Option<String>| vec![("どれにも属さない報告".to_string(), None), ("月次の報告".to_string(), of)];
            assert_eq!(told(&somebody("clerk", None, &["clerk", "everyone"])), wanted(Some("見本の契約".into())));
            assert_eq!(told(&somebody("stranger", None, &["everyone"])), wanted(stranger_reads.clone()));
        });
    }
}

#[test]
fn a_title_is_made_of_words_and_never_of_an_identifier() {
    on_each_database(|store| {
        let desk = desk(store);
        let person = desk.create("person", &[("name", "見本 花子")]);
        let stint = desk.create("stint", &[("person", &person.id)]);
        let note = desk.create("note", &[("stint", &stint.id)]);
        let empty = desk.create("stint", &[]);
        let of_empty = desk.create("note", &[("stint", &empty.id)]);
        let titles = |who: &Principal| {
            let wanted = [&stint, &note, &empty, &of_empty].map(|record| (record.ledger.as_str(), record.id.as_str()));
            let titles = desk.read(|tx| Ok(title::many(&desk.kernel.catalogue, tx, who, wanted)?)).unwrap();
            wanted.map(|(ledger, id)| titles.get(ledger, id).to_string())
        };
        let clerk = somebody("clerk", None, &["clerk"]);
        assert_eq!(titles(&clerk), ["見本 花子", "見本 花子", "勤務", "勤務"]);
        // Who may not know the person is not told by way of another record.
        let stranger = somebody("stranger", None, &[]);
        assert_eq!(titles(&stranger), ["(閲覧できません)", "(閲覧できません)", "勤務", "勤務"]);
        let duties = desk.read(|tx| desk.kernel.duties_of(tx, &clerk, 10)).unwrap();
        let mut told: Vec<&str> = duties.iter().map(|seen| seen.duty.title.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["勤務", "見本 花子"]);
        // A record without any value of its title is called by its ledger.
        let bare = desk
            .commit(&Principal::system("test"), Change::create("note", values::<1>([("stint", json!(null))])))
            .unwrap();
        let bare = desk.read(|tx| Ok(title::of_id(&desk.kernel.catalogue, tx, "note", &bare.id)?)).unwrap();
        assert_eq!(bare, "引継ぎ");
    });
}
