//! A small pack with everything the stories need.

use ledger::pack::PackSource;
use ledger::{Principal, Record};
use store::Store;
use testkit::{Desk, somebody};

const PACK: &str = r#"
label = "見本"
version = "1"
[area]
work = { label = "仕事" }
[role]
clerk = { label = "担当", help = "見本の担当です。" }
chief = { label = "長", help = "見本の長です。" }
judge = { label = "審査", help = "見本の審査です。" }
"#;

const PERSON: &str = r#"
[ledger]
label = "職員"
area = "work"
title = ["name"]
reading = "kana"
key = "number"
[field]
number = { label = "職員番号", kind = "text", required = true }
name = { label = "氏名", kind = "text", required = true, cp932 = true }
kana = { label = "氏名カナ", kind = "text" }
born_on = { label = "生年月日", kind = "date" }
[[access]]
role = "everyone"
read = "*"
[[access]]
role = "clerk"
read = "*"
write = "*"
can = ["create", "import", "export", "history"]
"#;

const ORGANISATION: &str = r#"
[ledger]
label = "組織"
area = "work"
title = ["name"]
key = "code"
[field]
code = { label = "コード", kind = "text", required = true }
name = { label = "名称", kind = "text", required = true }
parent = { label = "上位組織", kind = "organisation", aliases = ["上位組織コード"] }
[[access]]
role = "everyone"
read = "*"
[[access]]
role = "clerk"
read = "*"
write = "*"
can = ["create", "import"]
"#;

const TERM: &str = r#"
[ledger]
label = "期"
area = "work"
title = ["name"]
key = "name"
[field]
name = { label = "名称", kind = "text", required = true }
due_on = { label = "期限", kind = "date", required = true }
[[access]]
role = "everyone"
read = "*"
[[access]]
role = "clerk"
read = "*"
write = "*"
can = ["create"]
"#;

const STINT: &str = r#"
[ledger]
label = "勤務"
area = "work"
title = ["person"]
effective = ["from", "to"]
[field]
person = { label = "職員", kind = "person", required = true, aliases = ["職員番号"] }
from = { label = "開始日", kind = "date", required = true }
to = { label = "終了日", kind = "date" }
kind = { label = "種別", kind = "choice", choices = { main = "本務", side = "併任" }, required = true }
[[no_overlap]]
fields = ["person"]
where = { kind = "main" }
message = "本務の期間が重なっています。"
[[access]]
role = "everyone"
read = "*"
[[access]]
role = "clerk"
read = "*"
write = "*"
can = ["create", "import"]
"#;

/// A paper that is written, judged by somebody else and then told to its subject.
pub const PAPER: &str = r#"
[ledger]
label = "書面"
area = "work"
title = ["number", "subject"]
key = "number"
numbering = { field = "number", pattern = "S-{fiscal_year}-{sequence:4}" }
indexes = [["subject"], ["office"]]
[class]
draft = { label = "案" }
[field]
number = { label = "番号", kind = "text" }
subject = { label = "対象者", kind = "person", required = true }
office = { label = "組織", kind = "organisation" }
term = { label = "期", kind = "reference", ledger = "term" }
amount = { label = "金額", kind = "yen", min = 0, default = "100" }
double = { label = "倍額", kind = "yen", computed = "amount * 2" }
note = { label = "メモ", kind = "long_text", max_length = 50 }
mark = { label = "評語", kind = "text", class = "draft", max_length = 10 }
secret = { label = "所見", kind = "long_text", class = "draft" }
[state]
writing = { label = "作成中", tone = "active" }
judging = { label = "審査中", tone = "active" }
told = { label = "通知済み", tone = "done" }
[transition]
hand_in = { label = "提出する", from = "writing", to = "judging", required = ["mark"], main = true }
tell = { label = "通知する", from = "judging", to = "told", not_by = ["hand_in", "person:subject"], main = true }
back = { label = "差し戻す", from = "judging", to = "writing", comment = true, forgets = ["hand_in"] }
[duty]
write = { label = "書面を書く", states = ["writing"], holder = "person:subject", due = "on term.due_on", remind = [-1, 0] }
judge = { label = "審査する", states = ["judging"], holder = "role:judge" }
[[check]]
holds = "amount < 1000000"
message = "金額が大きすぎます。"
field = "amount"
[list]
columns = ["number", "subject", "state"]
sort = ["number"]
[[access]]
role = "everyone"
scope = "person:subject"
read = "base"
can = ["history", "export"]
[[access]]
role = "everyone"
scope = "person:subject"
states = ["told"]
read = "*"
[[access]]
role = "clerk"
read = "*"
write = "*"
can = ["create", "history", "export", "import"]
except = ["subject"]
transitions = ["hand_in"]
[[access]]
role = "judge"
read = "*"
can = ["history"]
except = ["subject"]
transitions = ["tell", "back"]
[[access]]
role = "chief"
scope = "office:office"
read = "base"
"#;

/// The pack, with the ledger of papers as given.
pub fn source(paper: &str) -> PackSource {
    let files = [
        ("pack.toml", PACK),
        ("person.toml", PERSON),
        ("organisation.toml", ORGANISATION),
        ("term.toml", TERM),
        ("stint.toml", STINT),
        ("paper.toml", paper),
    ];
    let files = files.map(|(path, text)| (path.to_string(), text.to_string())).to_vec();
    PackSource { name: "sample".into(), files }
}

/// A desk with three people and everybody's account.
pub struct Office {
    /// Desk.
    pub desk: Desk,
    /// The person papers are about.
    pub subject: Record,
    /// Signed in as the subject, who has no role.
    pub as_subject: Principal,
    /// Writes papers.
    pub clerk: Principal,
    /// Judges papers.
    pub judge: Principal,
}

/// The desk on 1 April 2026.
pub fn office(store: Store) -> Office {
    office_with(store, PAPER)
}

/// The same with the ledger of papers as given.
pub fn office_with(store: Store, paper: &str) -> Office {
    let desk = Desk::with_packs(store, "2026-04-01", vec![], &[source(paper)]);
    let person = |number: &str, name: &str, kana: &str| {
        desk.create("person", &[("number", number), ("name", name), ("kana", kana)])
    };
    let subject = person("0001", "髙橋　見本", "タカハシ　ミホン");
    let clerk = person("0002", "渡邉　見本", "ワタナベ　ミホン");
    let judge = person("0003", "佐藤　見本", "サトウ　ミホン");
    Office {
        as_subject: somebody("subject", Some(&subject), &[]),
        clerk: somebody("clerk", Some(&clerk), &["clerk"]),
        judge: somebody("judge", Some(&judge), &["judge"]),
        subject,
        desk,
    }
}
