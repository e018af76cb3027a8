//! A small pack: people, offices, and the lending of equipment, with one of every kind of field.

use ledger::pack::PackSource;
use ledger::{Principal, Record};
use store::Store;
use testkit::{Desk, on_each_database, somebody};

const PACK: &str = r#"
label = "見本"
version = "1"
[area.loan]
label = "貸出し"
[role.clerk]
label = "貸出係"
help = "貸出係の役割です。"
[role.chief]
label = "係長"
help = "係長の役割です。"
[role.guest]
label = "来訪者"
help = "来訪者の役割です。"
"#;

const PERSON: &str = r#"
[ledger]
label = "職員"
area = "loan"
title = ["name"]
reading = "kana"
key = "number"
[class.private]
label = "個人の情報"
protected = true
[field]
number = { label = "職員番号", kind = "text", required = true }
name = { label = "氏名", kind = "text", required = true }
kana = { label = "氏名カナ", kind = "text" }
birth = { label = "生年月日", kind = "date", class = "private" }
[[access]]
role = ["clerk", "chief"]
read = "base"
[[access]]
role = "chief"
read = "*"
write = "*"
can = ["create", "history"]
"#;

const ORGANISATION: &str = r#"
[ledger]
label = "組織"
area = "loan"
title = ["name"]
key = "code"
[field]
code = { label = "コード", kind = "text", required = true }
name = { label = "名称", kind = "text", required = true }
parent = { label = "上位組織", kind = "organisation" }
[[access]]
role = ["clerk", "chief"]
read = "*"
"#;

const LOAN: &str = r#"
[ledger]
label = "貸出し"
area = "loan"
help = "備品の貸出しの記録です。貸出係が登録します。"
title = ["number", "item"]
key = "number"
[class.secret]
label = "査定"
[field]
number = { label = "番号", kind = "text", required = true, max_length = 20 }
item = { label = "品名", kind = "text", required = true, max_length = 40, cp932 = true }
kind = { label = "種類", kind = "choice", required = true, choices = { pc = "端末", car = "車両" } }
colours = { label = "色", kind = "choices", choices = { red = "赤", blue = "青" } }
borrower = { label = "借りる人", kind = "person" }
helpers = { label = "同行者", kind = "person", many = true }
office = { label = "組織", kind = "organisation" }
price = { label = "金額", kind = "yen", min = 0 }
rate = { label = "率", kind = "decimal", scale = 2 }
due_on = { label = "返却日", kind = "date" }
met_at = { label = "引渡し", kind = "datetime" }
term = { label = "期間", kind = "period" }
insured = { label = "保険", kind = "yes_no" }
note = { label = "備考", kind = "long_text", max_length = 400 }
parts = { label = "付属品", kind = "rows", columns = { name = { label = "名前", kind = "text", required = true }, count = { label = "数", kind = "integer" }, keeper = { label = "預かる人", kind = "person" } } }
files = { label = "写真", kind = "attachment" }
mark = { label = "評点", kind = "text", class = "secret" }
double = { label = "倍額", kind = "yen", computed = "empty(price) ? null : price * 2" }
[state]
draft = { label = "作成中", next = "貸出係が提出します。" }
asked = { label = "承認待ち", tone = "active", required = ["due_on"], next = "係長が承認します。" }
lent = { label = "貸出中", tone = "done" }
[transition]
ask = { label = "貸出しを申請する", from = "draft", to = "asked", main = true }
approve = { label = "貸出しを承認する", from = "asked", to = "lent", not_by = ["ask"], main = true }
refuse = { label = "差し戻す", from = "asked", to = "draft", comment = true }
[duty]
approve = { label = "貸出しを承認する", states = ["asked"], holder = "person:borrower", due = "3 business days before due_on" }
[list]
columns = ["number", "item", "kind", "borrower", "price", "due_on", "state"]
filters = ["kind", "borrower", "office", "due_on", "price", "state"]
groups = ["kind", "state"]
sort = ["number"]
[view]
cars = { label = "車両", where = { kind = "car" } }
[[section]]
label = "品物"
fields = ["number", "item", "kind", "colours", "price"]
[[access]]
role = "clerk"
read = "base"
write = "base"
can = ["create", "import", "export", "history"]
transitions = ["ask"]
[[access]]
role = "chief"
read = "*"
write = "*"
can = ["create", "export", "history"]
transitions = "*"
[[access]]
role = "everyone"
scope = "person:borrower"
states = ["asked", "lent"]
read = "base"
"#;

/// The cast and the desk.
pub struct Loans {
    pub desk: Desk,
    pub clerk: Principal,
    pub chief: Principal,
    /// Somebody with no role, who borrows.
    pub borrower: Principal,
    /// Somebody who may do nothing.
    pub guest: Principal,
    pub people: Vec<Record>,
    pub office: Record,
}

fn pack(loan: &str) -> PackSource {
    let file = |name: &str, text: &str| (name.to_string(), text.to_string());
    PackSource {
        name: "sample".into(),
        files: vec![
            file("pack.toml", PACK),
            file("person.toml", PERSON),
            file("organisation.toml", ORGANISATION),
            file("loan.toml", loan),
        ],
    }
}

impl Loans {
    fn new(store: Store, loan: &str) -> Self {
        let desk = Desk::with_packs(store, "2026-11-20", Vec::new(), &[pack(loan)]);
        let person = |number: &str, name: &str, kana: &str| {
            let birth = ("birth", "1980-04-05");
            desk.create("person", &[("number", number), ("name", name), ("kana", kana), birth])
        };
        let people = vec![
            person("100001", "見本 花子", "ミホン ハナコ"),
            person("100002", "試験 一郎", "シケン イチロウ"),
            person("100003", "例題 髙子", "レイダイ タカコ"),
        ];
        let top = desk.create("organisation", &[("code", "010000"), ("name", "見本局")]);
        let office = desk.create("organisation", &[("code", "010100"), ("name", "第1課"), ("parent", &top.id)]);
        Self {
            clerk: somebody("clerk", people.first(), &["clerk"]),
            chief: somebody("chief", people.get(1), &["chief"]),
            borrower: somebody("borrower", people.get(2), &[]),
            guest: somebody("guest", None, &["guest"]),
            people,
            office,
            desk,
        }
    }

    /// A loan made by the system.
    pub fn loan(&self, number: &str, more: &[(&str, &str)]) -> Record {
        let mut values = vec![("number", number), ("item", "見本の端末"), ("kind", "pc"), ("mark", "優")];
        values.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        values.extend(more);
        self.desk.create("loan", &values)
    }
}

/// Run a story on each database.
pub fn story(work: impl Fn(Loans)) {
    on_each_database(|store| work(Loans::new(store, LOAN)));
}

/// Run a story with another definition of loans.
pub fn story_with(was: &str, now: &str, work: impl Fn(Loans)) {
    assert!(LOAN.contains(was), "{was}");
    on_each_database(|store| work(Loans::new(store, &LOAN.replacen(was, now, 1))));
}
