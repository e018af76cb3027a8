//! `terms.toml`: what it reads as, and the mistakes that people make in it.

use super::{Mistake, each_is_named};
use crate::definition::Every;
use crate::pack::{PackSource, load};

const HEAD: &str = r#"label = "見本"
version = "1"
[area]
sample = { label = "見本" }
"#;

const CONTRACT: &str = r#"[ledger]
label = "契約案件"
area = "sample"
[field]
title = { label = "件名", kind = "text", required = true, max_length = 20 }
terms = { label = "契約の決まり", kind = "choice", choices = "terms" }
category = { label = "種類", kind = "choice", choices = { service = "役務", lease = "賃貸借" } }
contract_on = { label = "契約日", kind = "date" }
starts_on = { label = "初日", kind = "date" }
ends_on = { label = "末日", kind = "date" }
amount = { label = "金額", kind = "yen", min = 0 }
days = { label = "日数", kind = "integer", computed = "days_between(starts_on, ends_on)" }
settings = { label = "決めたこと", kind = "rows", columns = { name = { label = "識別名", kind = "text" }, label = { label = "決めること", kind = "text" }, value = { label = "値", kind = "text" }, said = { label = "決めた内容", kind = "text" }, clause = { label = "条項", kind = "text" }, note = { label = "理由", kind = "text" } } }
[[access]]
role = "everyone"
read = "*"
write = "*"
can = ["create"]
"#;

const DEADLINE: &str = r#"[ledger]
label = "期限"
area = "sample"
[field]
contract = { label = "契約案件", kind = "reference", ledger = "contract", required = true }
item = { label = "識別名", kind = "text" }
label = { label = "名称", kind = "text", max_length = 20 }
span = { label = "対象の期間", kind = "text" }
period = { label = "初日", kind = "date" }
event_ledger = { label = "台帳", kind = "text" }
event = { label = "記録", kind = "text" }
due_on = { label = "期限", kind = "date" }
counted = { label = "数え方", kind = "text" }
clause = { label = "条項", kind = "text" }
source = { label = "仕様書", kind = "text" }
fixed = { label = "合意", kind = "yes_no" }
kind = { label = "種類", kind = "choice", choices = { report = "報告", plan = "計画" } }
copies = { label = "部数", kind = "integer", min = 0 }
approval = { label = "承認", kind = "yes_no" }
holder = { label = "担当", kind = "reference", ledger = "contract" }
late = { label = "遅れ", kind = "yes_no", computed = "due_on < today" }
[state]
planned = { label = "これから" }
waived = { label = "不要" }
[transition]
waive = { label = "不要とする", from = "planned", to = "waived" }
[[access]]
role = "everyone"
read = "*"
write = "*"
can = ["create"]
transitions = "*"
"#;

const MEETING: &str = r#"[ledger]
label = "会議"
area = "sample"
[field]
contract = { label = "契約案件", kind = "reference", ledger = "contract", required = true }
held_on = { label = "開催日", kind = "date" }
place = { label = "場所", kind = "text" }
[state]
called = { label = "予定" }
held = { label = "開催" }
[transition]
hold = { label = "開く", from = "called", to = "held" }
[[access]]
role = "everyone"
read = "*"
write = "*"
can = ["create"]
transitions = "*"
"#;

const NOTE: &str = r#"[ledger]
label = "覚え"
area = "sample"
[field]
text = { label = "文", kind = "text" }
[[access]]
role = "everyone"
read = "*"
"#;

const TERMS: &str = r#"[terms]
label = "見本の役務"
source = "見本の仕様書"
for = "contract"
makes = "deadline"

[values]
title = "見本の件名"
category = "service"
starts_on = "2024-04-01"
amount = 1000

[setting.promptly]
label = "「速やかに」の日数"
value = "5 business days"
options = { three = "3 business days", five = "5 business days" }
clause = "3 表2"
note = "日数がないので。"

[setting.plan]
label = "計画書の期限"
value = "10 days after contract_on"
clause = "4(5)"

[item.chart]
label = "体系図"
kind = "report"
due = "{promptly} after contract_on"
clause = "3 表2-1"
copies = 1

[item.plan]
label = "計画書"
due = "{plan}, next business day"
clause = "4"
kind = "plan"
approval = true

[item.monthly]
label = "月次報告書"
every = "month"
due = "last day of the month after period"
clause = "3 表2-8"

[item.minutes]
label = "議事録"
each = "meeting"
when = "state == 'held' && place != ''"
due = "3 business days after held_on"
clause = "5"

[item.list]
label = "出席者名簿"
each = "meeting"
due = "1 week before contract.starts_on"
clause = "5"

[item.asked]
label = "求めに応じた資料"
clause = "9"
"#;

fn sources(terms: &str) -> Vec<PackSource> {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let sample = [
        file("pack.toml", HEAD),
        file("contract.toml", CONTRACT),
        file("deadline.toml", DEADLINE),
        file("meeting.toml", MEETING),
        file("note.toml", NOTE),
    ];
    let own = [file("pack.toml", "label = \"見本の契約\"\nversion = \"1\"\n"), file("terms.toml", terms)];
    vec![
        PackSource { name: "sample".into(), files: sample.into() },
        PackSource { name: "contract_sample".into(), files: own.into() },
    ]
}

#[test]
fn terms_without_mistakes_load_and_can_be_chosen() {
    let catalogue = load(&sources(TERMS)).expect("no mistakes");
    let terms = catalogue.terms.get("contract_sample").expect("the terms");
    assert_eq!(
        (terms.label.as_str(), terms.ledger.as_str(), terms.makes.as_str()),
        ("見本の役務", "contract", "deadline")
    );
    assert_eq!(catalogue.choices["terms"].label("contract_sample"), "見本の役務");
    let every: Vec<&Every> = terms.items.iter().map(|item| &item.every).collect();
    let meeting = Every::Record { ledger: "meeting".into() };
    assert_eq!(every, [&Every::Once, &Every::Once, &Every::Month, &meeting, &meeting, &Every::Once]);
    assert_eq!(terms.item("chart").map(|item| item.values.len()), Some(2));
    assert_eq!(terms.items_of("meeting").count(), 2);
}

#[test]
fn a_setting_may_say_how_a_clause_is_read_and_stand_in_no_rule() {
    let reading = "[setting.article]\nlabel = \"第15条の「第11条」\"\nvalue = \"第2項\"\noptions = { all = \"第11条\", second = \"第2項\" }\nclause = \"15\"\nreading = true\n\n[item.chart]";
    let catalogue = load(&sources(&TERMS.replace("[item.chart]", reading))).expect("no mistakes");
    assert!(catalogue.terms["contract_sample"].setting("article").is_some_and(|setting| setting.reading));
}

#[test]
fn a_setting_may_say_how_often_something_is_due() {
    let setting = "[setting.span]\nlabel = \"点検の間隔\"\nvalue = \"四半期ごと\"\noptions = { quarter = \"四半期ごと\", half = \"半期ごと\" }\nclause = \"6\"\n\n[item.chart]";
    let terms = TERMS.replace("[item.chart]", setting).replace("every = \"month\"", "every = \"{span}\"");
    let counted = terms.replace("due = \"last day of the month after period\"", "due = \"on period_end\"");
    let catalogue = load(&sources(&counted)).expect("no mistakes");
    let terms_read = &catalogue.terms["contract_sample"];
    let item = terms_read.item("monthly").expect("the item");
    assert_eq!(item.every, Every::Decided { setting: "span".into() });
    assert_eq!(terms_read.every_of(item, &|_| Some("半期ごと".into())), Every::Half);
    assert_eq!(item.settings(), ["span"]);
    // The first day of a span says nothing about its length.
    let told = load(&sources(&terms)).err().unwrap_or_default();
    assert!(told.len() == 1 && told[0].message.contains("初日からは数えられません"), "{told:?}");
}

#[test]
fn packs_without_terms_have_an_empty_choice_and_a_ledger_may_be_called_terms() {
    let mut sources = sources(TERMS);
    sources.truncate(1);
    sources[0].files.push(("terms.toml".into(), NOTE.into()));
    let catalogue = load(&sources).expect("no mistakes");
    assert!(catalogue.choices["terms"].choices.is_empty());
    assert!(catalogue.terms.is_empty() && catalogue.ledger("terms").is_some());
}

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    // The head.
    ("[terms]\n", "[term]\n", "", "[terms] がありません", "label、source"),
    ("source = \"見本の仕様書\"", "sorce = \"見本の仕様書\"", "sorce", "「sorce」という書き方はありません", "「source」ではありませんか"),
    ("source = \"見本の仕様書\"\n", "", "[terms]", "「source」がありません", "source = "),
    ("for = \"contract\"", "for = \"contrct\"", "contrct", "台帳「contrct」はありません", "「contract」ではありませんか"),
    ("makes = \"deadline\"", "makes = \"deadlines\"", "deadlines", "台帳「deadlines」はありません", "「deadline」ではありませんか"),
    ("makes = \"deadline\"", "makes = \"note\"", "makes = ", "契約の決まりを受け取れません。項目「item」", "obligation"),
    ("for = \"contract\"", "for = \"note\"", "for = ", "契約の決まりを受け取れません。項目「terms」", "engagement"),
    ("[values]", "[value]", "[value]", "「value」という書き方はありません", "「values」ではありませんか"),
    // First values.
    ("title = \"見本の件名\"", "titel = \"見本の件名\"", "titel", "台帳「contract」に項目「titel」はありません", "「title」ではありませんか"),
    ("starts_on = \"2024-04-01\"", "starts_on = \"2024-04-31\"", "2024-04-31", "項目「starts_on」の値が違います", "30"),
    ("starts_on = \"2024-04-01\"", "starts_on = 2024-04-01", "starts_on = 2024", "この形で書くことはできません", "\"2026-04-01\""),
    ("amount = 1000", "amount = \"千円\"", "amount = ", "項目「amount」の値は整数で書きます", "改めて"),
    ("amount = 1000", "amount = -1", "amount = -1", "項目「amount」の値が違います", "0"),
    ("category = \"service\"", "category = \"servise\"", "servise", "選択肢「servise」はありません", "「service」ではありませんか"),
    ("amount = 1000", "days = 3", "days = 3", "計算で決まる", "消して"),
    ("amount = 1000", "settings = \"a\"", "settings = \"a\"", "項目「settings」の初めの値は書けません", "[setting."),
    // Settings.
    ("label = \"「速やかに」の日数\"", "label = \"\"", "label = \"\"", "「label」が空です", "言葉"),
    ("value = \"5 business days\"", "value = \"7 business days\"", "value = \"7", "「7 business days」が options にありません", "3 business days、5 business days"),
    ("three = \"3 business days\"", "three = \"3 bussiness days\"", "three = ", "「3 bussiness days」を選ぶと、項目「chart」の期限が読めません", "{promptly} after contract_on"),
    ("three = \"3 business days\"", "three = 3", "three = 3", "選べる値「three」は文字列で書きます", "5 business days"),
    ("value = \"10 days after contract_on\"", "value = \"10 days after contracted_on\"", "due = \"{plan}", "台帳「contract」に項目「contracted_on」はありません", "「contract_on」ではありませんか"),
    ("due = \"{plan}, next business day\"", "due = \"on starts_on\"", "[setting.plan]", "決めごと「plan」がどの期限にも使われていません", "{plan}"),
    ("clause = \"4(5)\"", "clause = \"4(5)\"\nreading = true", "reading = true", "条項の読み方だけを決めるものではありません", "reading の行"),
    ("clause = \"4(5)\"\n", "", "[setting.plan]", "「clause」がありません", "clause = "),
    // Items.
    ("label = \"体系図\"\n", "", "[item.chart]", "「label」がありません", "label = "),
    ("label = \"体系図\"", "label = \" \"", "label = \" \"", "「label」が空です", "言葉"),
    ("clause = \"3 表2-1\"\n", "", "[item.chart]", "「clause」がありません", "clause = "),
    ("label = \"体系図\"", "label = \"体系図体系図体系図体系図体系図体系図体系図\"", "label = \"体系図体", "項目「label」の値が違います", "20"),
    ("label = \"出席者名簿\"", "label = \"議事録\"", "[item.list]", "「list」と「minutes」は名前も条項も同じです", "見分けられる"),
    ("copies = 1", "copeis = 1", "copeis", "台帳「deadline」に項目「copeis」はありません", "「copies」ではありませんか"),
    ("copies = 1", "evry = \"month\"", "evry", "項目「evry」はありません", "「every」ではありませんか"),
    ("copies = 1", "copies = \"一部\"", "copies = ", "項目「copies」の値は整数で書きます", "改めて"),
    ("approval = true", "approval = \"はい\"", "approval = ", " true か false で書きます", "改めて"),
    ("kind = \"report\"", "kind = \"raport\"", "raport", "選択肢「raport」はありません", "「report」ではありませんか"),
    ("copies = 1", "due_on = \"2024-04-10\"", "due_on = ", "項目「due_on」は契約の決まりから自動で入ります", "due に規則"),
    ("copies = 1", "late = true", "late = true", "計算で決まる", "消して"),
    ("copies = 1", "holder = \"x\"", "holder = ", "項目「holder」の値は契約の決まりに書けません", "消して"),
    ("copies = 1", "contract = \"x\"", "contract = \"x\"", "項目「contract」は契約の決まりから自動で入ります", "消して"),
    ("copies = 1", "copies = { a = 1 }", "copies = {", "この形で書くことはできません", "整数"),
    ("[item.chart]", "[item.Chart]", "[item.Chart]", "識別名に使えません", "英小文字"),
    // Deadlines.
    ("due = \"{promptly} after contract_on\"", "due = \"{promptly} since contract_on\"", "since", "期限「5 business days since contract_on」", "after"),
    ("due = \"{promptly} after contract_on\"", "due = \"{promptly} after contracted\"", "contracted", "項目「contracted」はありません", "contract_on"),
    ("due = \"{promptly} after contract_on\"", "due = \"{promptly} after title\"", "after title", "「title」は日付ではありません", "contract_on"),
    ("due = \"{promptly} after contract_on\"", "due = \"{promptry} after contract_on\"", "promptry", "「{promptry}」という決めごとはありません", "「promptly」ではありませんか"),
    ("due = \"{promptly} after contract_on\"", "due = \"{promptly after contract_on\"", "{promptly after", "という決めごとはありません", "promptly"),
    ("due = \"{promptly} after contract_on\"", "due = \"{promptly} after period\"", "after period", "「period」は期間ごとの項目だけで使えます", "every"),
    ("due = \"{promptly} after contract_on\"", "due = \"{promptly} after note.starts_on\"", "note.starts_on", "「note」の先の日付からは数えられません", "契約案件の日付"),
    // Spans and events.
    ("every = \"month\"", "every = \"monthly\"", "every = \"monthly\"", "「monthly」という期間はありません", "「month」ではありませんか"),
    ("every = \"month\"\ndue = \"last day of the month after period\"", "every = \"{promptly}\"\ndue = \"on period_end\"", "[setting.promptly]", "選べる値を間隔だけにします", "month、quarter、half、year"),
    ("every = \"month\"\ndue = \"last day of the month after period\"", "every = \"{plann}\"\ndue = \"on period_end\"", "every = \"{plann}\"", "「{plann}」という決めごとはありません", "「plan」ではありませんか"),
    ("due = \"{promptly} after contract_on\"", "due = \"on period_end\"", "due = \"on period_end\"", "「period_end」は期間ごとの項目だけで使えます", "every"),
    ("due = \"last day of the month after period\"", "due = \"last day of the month after ends_on\"", "after ends_on", "どの期間でも同じ日になります", "period"),
    ("due = \"last day of the month after period\"\n", "", "[item.monthly]", "「due」がありません", "period"),
    ("each = \"meeting\"\nwhen", "each = \"meetings\"\nwhen", "meetings", "台帳「meetings」はありません", "「meeting」ではありませんか"),
    ("each = \"meeting\"\nwhen", "each = \"note\"\nwhen", "each = \"note\"", "契約案件を指す項目がありません", "ledger = \"contract\""),
    ("each = \"meeting\"\nwhen", "every = \"month\"\neach = \"meeting\"\nwhen", "each = \"meeting\"", "「every」と「each」を両方書くことはできません", "だけを残して"),
    ("each = \"meeting\"\nwhen", "each = \"meeting\"\nmet_by = \"sbmit\"\nwhen", "met_by", "台帳「meeting」に操作「sbmit」はありません", ""),
    ("each = \"meeting\"\nwhen", "when", "when = ", "「when」は「each」と共に書きます", "each ="),
    ("state == 'held'", "state = 'held'", "when = ", "式に誤りがあります", "=="),
    ("state == 'held'", "state == 'heeld'", "when = ", "「'heeld'」という状態はありません", "「held」ではありませんか"),
    ("place != ''", "plase != ''", "when = ", "「plase」という項目はありません", "「place」ではありませんか"),
    ("place != ''", "held_on < today", "when = ", "「when」に「today」は使えません", "期限が示します"),
    ("due = \"3 business days after held_on\"", "due = \"3 business days after hold_on\"", "hold_on", "台帳「meeting」に項目「hold_on」はありません", "「held_on」ではありませんか"),
    ("due = \"1 week before contract.starts_on\"", "due = \"1 week before contract.start_on\"", "contract.start_on", "台帳「contract」に項目「start_on」はありません", "「starts_on」ではありませんか"),
    ("due = \"1 week before contract.starts_on\"", "due = \"1 week before place.starts_on\"", "place.starts_on", "「place」の先の日付からは数えられません", "contract.日付"),
];

#[test]
fn each_mistake_in_terms_is_named_at_its_line_with_the_mend() {
    each_is_named(TERMS, "contract_sample/terms.toml", MISTAKES, sources);
}

#[test]
fn a_rule_with_a_mistake_is_named_at_its_column() {
    let text = TERMS.replace("due = \"{promptly} after contract_on\"", "due = \"{promptly} since contract_on\"");
    let problems = load(&sources(&text)).err().unwrap_or_default();
    let columns: Vec<usize> = problems.iter().map(|problem| problem.column).collect();
    assert_eq!(columns, ["due = \"{promptly} ".len() + 1]);
}

#[test]
fn too_many_items_are_named_once() {
    let item = |number: usize| format!("\n[item.more_{number}]\nlabel = \"甲{number}\"\nclause = \"1\"\n");
    let text = format!("{TERMS}{}", (0..300).map(item).collect::<String>());
    let problems = load(&sources(&text)).err().unwrap_or_default();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.contains("306個") && problems[0].mend.contains("300個まで"), "{problems:?}");
}
