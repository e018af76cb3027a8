//! The mistakes that people make in packs: each must be named at its line, with the mend.

use super::{Mistake, each_is_named};
use crate::pack::{PackSource, load};

const HEAD: &str = r#"label = "見本"
version = "1"
[area]
sample = { label = "見本" }
[role]
clerk = { label = "担当", help = "見本" }
[choices]
grade = { a = "甲", b = "乙" }
"#;

const PERSON: &str = r#"[ledger]
label = "職員"
area = "sample"
[field]
name = { label = "氏名", kind = "text" }
born_on = { label = "生年月日", kind = "date" }
boss = { label = "上司", kind = "person" }
[[access]]
role = "everyone"
read = "*"
"#;

const PERMIT: &str = r#"[ledger]
label = "許可"
area = "sample"
title = ["number"]
key = "number"
numbering = { field = "number", pattern = "許-{sequence:4}" }
effective = ["asked_on", "due_on"]

[class]
secret = { label = "秘密", protected = true }

[field]
number = { label = "番号", kind = "text", max_length = 20 }
owner = { label = "申請者", kind = "person", required = true }
asked_on = { label = "申請日", kind = "date", required = true }
due_on = { label = "期限", kind = "date" }
grade = { label = "等級", kind = "choice", choices = "grade" }
share = { label = "率", kind = "decimal" }
least = { label = "下限", kind = "decimal", scale = 1 }
remark = { label = "備考", kind = "long_text", class = "secret" }
lines = { label = "明細", kind = "rows", columns = { fee = { label = "額", kind = "yen" } } }
total = { label = "合計", kind = "yen", computed = "sum(lines.map(l, l.fee))" }

[state]
draft = { label = "作成中" }
asked = { label = "審査中" }
given = { label = "許可" }

[transition]
ask = { label = "申請する", from = "draft", to = "asked", required = ["due_on"] }
give = { label = "許可する", from = "asked", to = "given", not_by = ["ask", "person:owner"], guard = "total >= 0", message = "額が負です。" }

[duty]
give = { label = "審査する", states = ["asked"], holder = "role:clerk", due = "3 business days after asked_on" }

[list]
columns = ["number", "owner", "grade", "state"]
filters = ["grade"]
sort = ["-asked_on"]

[view]
mine = { label = "自分の", where = { owner = "@me", state = "draft" } }

[[section]]
label = "基本"
fields = ["number", "owner"]

[[check]]
holds = "empty(due_on) || asked_on <= due_on"
message = "期限が申請日より前です。"
field = "due_on"

[document]
paper = { label = "許可書", states = ["given"] }

[[access]]
role = "everyone"
scope = "person:owner"
read = "base"
transitions = ["ask"]

[[access]]
role = "clerk"
read = "*"
write = ["base", "secret"]
can = ["create"]
transitions = ["give"]
documents = ["paper"]
"#;

/// A pack without mistakes.
pub(super) fn sample() -> PackSource {
    let files = [("pack.toml", HEAD), ("permit.toml", PERMIT), ("person.toml", PERSON), ("forms/paper.typ", "= 見本")];
    PackSource { name: "sample".into(), files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec() }
}

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    // Encrypted fields.
    ("kind = \"choice\", choices = \"grade\"", "kind = \"choice\", choices = \"grade\", encrypted = true", "encrypted = true", "選択の項目「grade」は暗号化できません", "encrypted を消す"),
    ("kind = \"person\", required = true", "kind = \"person\", required = true, encrypted = true", "encrypted = true", "参照の項目「owner」は暗号化できません", "encrypted を消す"),
    ("label = \"番号\", kind = \"text\", max_length = 20", "label = \"番号\", kind = \"text\", max_length = 20, encrypted = true", "key = ", "番号やコードの項目に使えません", "encrypted を消して"),
    ("asked_on = { label = \"申請日\", kind = \"date\", required = true }", "asked_on = { label = \"申請日\", kind = \"date\", required = true, encrypted = true }", "sort = ", "「asked_on」は並び順に使えません", "暗号化していない項目で並べて"),
    ("key = \"number\"", "key = \"number\"\nsubject = \"grade\"", "subject = ", "人の項目ではありません", "owner"),
    ("key = \"number\"", "key = \"number\"\nsubject = \"onwer\"", "subject = ", "項目「onwer」はありません", "「owner」ではありませんか"),
    // Writing.
    ("label = \"許可\"\n", "lable = \"許可\"\n", "lable", "「lable」という書き方はありません", "「label」ではありませんか"),
    ("label = \"許可\"\n", "", "[ledger]", "「label」がありません", "label = "),
    ("area = \"sample\"\ntitle", "area = sample\ntitle", "area = sample", "\" で囲まれていません", "\" で囲んで"),
    ("title = [\"number\"]", "title = [\"number\"", "title", "閉じる記号", "]"),
    ("key = \"number\"", "key = number", "key = number", "\" で囲まれていません", "\" で囲んで"),
    ("asked_on = { label = \"申請日\"", "owner = { label = \"申請日\"", "owner = { label = \"申請日\"", "二度書かれています", "名前を変えて"),
    ("max_length = 20", "max_length = \"20\"", "max_length = \"20\"", "整数で書きますが、文字列", "max_length = 10"),
    ("required = true }\nasked_on", "required = True }\nasked_on", "required = True", "\" で囲まれていません", ""),
    ("[[check]]", "[[chekc]]", "[[chekc]]", "「chekc」という書き方はありません", "「check」ではありませんか"),
    ("number = { label = \"番号\", kind", "Number = { label = \"番号\", kind", "Number = {", "識別名に使えません", "英小文字"),
    ("remark = {", "state = {", "state = {", "決まった意味を持つ名前", "permit_state"),
    ("remark = { label = \"備考\"", "remark = { lebel = \"備考\"", "lebel", "「lebel」という書き方はありません", "「label」ではありませんか"),
    ("title = [\"number\"]", "page = \"permits/{id}\"", "page = ", "記録のページのアドレスではありません", "/permits/{id}"),
    ("title = [\"number\"]", "page = \"/permits\"", "page = ", "記録のページのアドレスではありません", "{id}"),
    // Kinds.
    ("kind = \"long_text\"", "kind = \"longtext\"", "kind = \"longtext\"", "「longtext」という種類はありません", "「long_text」ではありませんか"),
    ("kind = \"long_text\", class", "class", "remark =", "「kind」（種類）がありません", "kind = "),
    ("choices = \"grade\"", "choices = \"grades\"", "choices = \"grades\"", "選択肢「grades」はありません", "「grade」ではありませんか"),
    (", choices = \"grade\"", "", "grade = {", "選択肢がありません", "choices = { a = "),
    ("kind = \"person\", required = true", "kind = \"reference\", ledger = \"persn\", required = true", "ledger = \"persn\"", "台帳「persn」はありません", "「person」ではありませんか"),
    ("kind = \"person\", required = true", "kind = \"reference\", required = true", "owner = {", "参照先の台帳がありません", "ledger = "),
    ("kind = \"date\", required = true", "kind = \"date\", required = true, scale = 2", "asked_on = {", "「scale」は kind = \"date\" の項目には書けません", "消す"),
    ("kind = \"date\", required = true", "kind = \"date\", required = true, min = 1", "asked_on = {", "「min」は数の項目だけに", "integer"),
    ("class = \"secret\" }", "class = \"secert\" }", "secert", "項目区分「secert」はありません", "「secret」ではありませんか"),
    ("columns = { fee = { label = \"額\", kind = \"yen\" } }", "columns = {}", "lines =", "表に列がありません", "columns = "),
    // Records that a document brings along, and records that must be settled first.
    ("states = [\"given\"] }", "states = [\"given\"], brings = { who = \"ownr\" } }", "ownr", "項目「ownr」はありません", "「owner」ではありませんか"),
    ("states = [\"given\"] }", "states = [\"given\"], brings = { who = \"grade\" } }", "who", "項目「grade」は参照の項目ではありません", "参照の項目か"),
    ("states = [\"given\"] }", "states = [\"given\"], brings = { who = \"persn.boss\" } }", "who", "台帳「persn」はありません", "「person」ではありませんか"),
    ("states = [\"given\"] }", "states = [\"given\"], brings = { who = \"person.bos\" } }", "who", "項目「bos」はありません", "「boss」ではありませんか"),
    ("states = [\"given\"] }", "states = [\"given\"], brings = { who = \"person.boss\" } }", "who", "この台帳につながりません", "参照する項目"),
    ("[[check]]", "[[settled]]\ntransitions = [\"ask\"]\nledger = \"person\"\nfield = \"boss\"\nmessage = \"残り\"\n[[check]]", "[[settled]]", "「states」がありません", "終わった状態"),
    ("[[check]]", "[[settled]]\ntransitions = [\"aks\"]\nledger = \"permit\"\nfield = \"owner\"\nstates = [\"given\"]\nmessage = \"残り\"\n[[check]]", "aks", "操作「aks」はありません", "「ask」ではありませんか"),
    ("[[check]]", "[[settled]]\ntransitions = [\"ask\"]\nledger = \"permit\"\nfield = \"owner\"\nstates = [\"given\"]\nmessage = \"残り\"\n[[check]]", "field = \"owner\"", "この台帳を参照していません", "この台帳の記録を指す"),
    ("[[check]]", "[[settled]]\ntransitions = [\"ask\"]\nledger = \"persn\"\nfield = \"boss\"\nstates = [\"active\"]\nmessage = \"残り\"\n[[check]]", "persn", "台帳「persn」はありません", "「person」ではありませんか"),
    // Names of fields.
    ("title = [\"number\"]", "title = [\"numbr\"]", "numbr", "項目「numbr」はありません", "「number」ではありませんか"),
    ("key = \"number\"", "key = \"lines\"", "key = \"lines\"", "番号やコードの項目ではありません", "text か integer"),
    ("{sequence:4}", "{no}", "{no}", "「{no}」という書き方はありません", "{sequence:5}"),
    ("許-{sequence:4}", "許", "pattern = \"許\"", "連番がありません", "{sequence:5}"),
    ("effective = [\"asked_on\", \"due_on\"]", "effective = [\"asked_on\", \"remark\"]", "effective", "項目「remark」は日付ではありません", "date"),
    ("columns = [\"number\", \"owner\"", "columns = [\"number\", \"ownr\"", "ownr", "項目「ownr」はありません", "「owner」ではありませんか"),
    ("columns = [\"number\", \"owner\"", "columns = [\"number\", \"lines\"", "\"lines\"", "一覧の列にできません", "詳細の画面"),
    ("sort = [\"-asked_on\"]", "sort = [\"-asked\"]", "-asked\"", "項目「asked」はありません", "ではありませんか"),
    ("fields = [\"number\", \"owner\"]", "fields = [\"number\", \"number\"]", "fields = [\"number\", \"number\"]", "二つの区画にあります", "一つの区画"),
    ("where = { owner = \"@me\", state = \"draft\" }", "where = { grade = \"c\" }", "grade = \"c\"", "選択肢「c」はありません", "a、b"),
    ("where = { owner = \"@me\"", "where = { number = \"@me\"", "number = \"@me\"", "「@me」を使えません", "person"),
    ("field = \"due_on\"\n", "field = \"due\"\n", "field = \"due\"", "項目「due」はありません", "「due_on」"),
    ("area = \"sample\"\ntitle", "area = \"smaple\"\ntitle", "smaple", "業務「smaple」はありません", "「sample」ではありませんか"),
    // Expressions.
    ("computed = \"sum(lines.map(l, l.fee))\"", "computed = \"sum(lines.map(l, l.fees))\"", "l.fees", "「lines」に「fees」はありません", "「fee」ではありませんか"),
    ("computed = \"sum(lines.map(l, l.fee))\"", "computed = \"total + 1\"", "total + 1", "自分を使っています", "ほかの項目"),
    ("holds = \"empty(due_on) || asked_on", "holds = \"empty(due_on) || askd_on", "askd_on", "「askd_on」という項目はありません", "「asked_on」ではありませんか"),
    ("asked_on <= due_on\"", "asked_on =< due_on\"", "=<", "式に誤りがあります", "「<=」と書いて"),
    ("guard = \"total >= 0\"", "guard = \"owner.born <= today\"", "owner.born", "台帳「person」に項目「born」はありません", "born_on"),
    ("guard = \"total >= 0\"", "guard = \"owner.boss.name == 'x'\"", "owner.boss.name", "参照は一段だけ", "計算項目"),
    ("guard = \"total >= 0\"", "guard = \"grade == a\"", "grade == a", "「a」という項目はありません", "'a' と囲んで"),
    ("guard = \"total >= 0\"", "guard = \"me.name == 'x'\"", "me.name", "「me.name」はありません", "person"),
    ("guard = \"total >= 0\"", "guard = \"share >= least\"", "share >= least", "文字として比べられて", "decimal(項目)"),
    ("guard = \"total >= 0\"", "guard = \"max(share, least) > 1\"", "max(share, least)", "文字として比べられて", "decimal(項目)"),
    ("guard = \"total >= 0\"", "guard = \"grade == 'c'\"", "grade == 'c'", "式の「'c'」という選択肢はありません", "a、b"),
    ("guard = \"total >= 0\"", "guard = \"state != 'drfat'\"", "'drfat'", "式の「'drfat'」という状態はありません", "「draft」ではありませんか"),
    ("guard = \"total >= 0\"", "guard = \"'cleark' in me.roles\"", "'cleark'", "式の「'cleark'」という役割はありません", "「clerk」ではありませんか"),
    (", message = \"額が負です。\"", "", "guard =", "「guard」に言葉がありません", "message = "),
    // Workflow.
    ("to = \"asked\"", "to = \"aksed\"", "aksed", "状態「aksed」はありません", "「asked」ではありませんか"),
    ("given = { label = \"許可\" }", "given = { label = \"許可\" }\nlost = { label = \"紛失\" }", "lost = {", "状態「lost」に移る操作がありません", "to に"),
    ("transitions = [\"give\"]", "transitions = []", "give = { label = \"許可する\"", "操作「give」をできる人がいません", "transitions に「give」"),
    ("not_by = [\"ask\", ", "not_by = [\"asks\", ", "\"asks\"", "操作「asks」はありません", "「ask」ではありませんか"),
    ("\"person:owner\"], guard", "\"person:grade\"], guard", "person:grade", "項目「grade」は人の項目ではありません", "owner"),
    ("required = [\"due_on\"] }", "required = [\"deu_on\"] }", "deu_on", "項目「deu_on」はありません", "「due_on」ではありませんか"),
    ("from = \"draft\", ", "", "ask = {", "「from」がありません", "from = "),
    // Duties.
    ("3 business days after asked_on", "3 business days since asked_on", "3 business days since", "期限「3 business days since asked_on」", "after"),
    ("3 business days after asked_on", "3 business days after ask_on", "after ask_on", "項目「ask_on」はありません", "「asked_on」ではありませんか"),
    ("3 business days after asked_on", "3 business days after grade", "after grade", "期限の起点「grade」は日付ではありません", "date"),
    ("3 business days after asked_on", "3 business days after owner.born", "after owner.born", "台帳「person」に項目「born」はありません", "born_on"),
    ("holder = \"role:clerk\"", "holder = \"clerk\"", "holder = \"clerk\"", "担当者「clerk」の書き方が違います", "role:役割"),
    ("holder = \"role:clerk\"", "holder = \"role:cleark\"", "cleark", "役割「cleark」はありません", "「clerk」ではありませんか"),
    ("states = [\"asked\"], holder", "states = [\"given\"], holder", "give = { label = \"審査する\"", "終わることがありません", "when"),
    // Access.
    ("role = \"clerk\"\n", "role = \"clark\"\n", "clark", "役割「clark」はありません", "「clerk」ではありませんか"),
    ("scope = \"person:owner\"", "scope = \"persons:owner\"", "persons:owner", "範囲「persons:owner」の書き方が違います", "person:人の項目"),
    ("scope = \"person:owner\"", "scope = \"myself\"", "myself", "台帳「person」だけで使えます", "person:項目"),
    ("scope = \"person:owner\"", "scope = \"office:owner\"", "office:owner", "組織の項目ではありません", "organisation"),
    ("can = [\"create\"]", "can = [\"creat\"]", "creat\"", "「creat」という権限はありません", "「create」ではありませんか"),
    ("can = [\"create\"]", "create = true", "create = true", "「create」という書き方はありません", "can"),
    ("write = [\"base\", \"secret\"]\n", "", "can =", "書ける項目がありません", "write"),
    ("write = [\"base\", \"secret\"]", "write = [\"secret\"]", "owner = { label", "必須の項目「owner」を書ける人がいません", "「base」を加える"),
    ("documents = [\"paper\"]", "documents = [\"papers\"]", "papers", "文書「papers」はありません", "「paper」ではありませんか"),
    ("paper = { label", "papre = { label", "papre = {", "様式のファイル「forms/papre.typ」がありません", "forms/"),
];

#[test]
fn a_pack_without_mistakes_loads() {
    assert_eq!(load(&[sample()]).err(), None);
}

#[test]
fn each_mistake_is_named_at_its_line_with_the_mend() {
    each_is_named(PERMIT, "sample/permit.toml", MISTAKES, |text| {
        let mut source = sample();
        if let Some(file) = source.files.get_mut(1) {
            file.1 = text.to_owned();
        }
        vec![source]
    });
}

#[test]
fn all_mistakes_are_named_at_once() {
    let mut source = sample();
    if let Some(file) = source.files.get_mut(1) {
        file.1 = PERMIT
            .replace("key = \"number\"", "key = \"nubmer\"")
            .replace("kind = \"long_text\"", "kind = \"longtext\"")
            .replace("to = \"given\"", "to = \"gvien\"");
    }
    source.files.push(("other.toml".into(), "[ledger]\nlabel = \"ほか\"\n".into()));
    source.files.push(("permit2.toml".into(), "label = 1".into()));
    let problems = load(&[source]).err().unwrap_or_default();
    let places: Vec<(&str, usize)> = problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    for place in [
        ("sample/permit.toml", 5),
        ("sample/permit.toml", 20),
        ("sample/permit.toml", 31),
        ("sample/other.toml", 1),
        ("sample/permit2.toml", 1),
    ] {
        assert!(places.contains(&place), "{place:?} in {places:?}");
    }
}

#[test]
fn a_second_declaration_points_to_the_first() {
    let mut other = sample();
    other.name = "other".into();
    let problems = load(&[sample(), other]).err().unwrap_or_default();
    assert!(problems.iter().any(|problem| {
        problem.file == "other/permit.toml" && problem.message.contains("sample/permit.toml の1行目で")
    }));
}

#[test]
fn a_column_points_into_the_expression() {
    let mut source = sample();
    if let Some(file) = source.files.get_mut(1) {
        file.1 = PERMIT.replace("asked_on <= due_on\"", "asked_on <= deu_on\"");
    }
    let problems = load(&[source]).err().unwrap_or_default();
    // holds = "empty(due_on) || asked_on <= deu_on"
    assert_eq!(problems.iter().map(|problem| problem.column).collect::<Vec<_>>(), [39]);
}

#[test]
fn a_ledger_must_be_readable_by_somebody() {
    let mut source = sample();
    if let Some(file) = source.files.get_mut(1) {
        file.1 = PERMIT.replace("read = \"base\"\n", "").replace("read = \"*\"\n", "");
    }
    let problems = load(&[source]).err().unwrap_or_default();
    assert!(problems.iter().any(|problem| problem.line == 1 && problem.message.contains("読める人がいません")));
}

#[test]
fn a_file_that_is_not_toml_does_not_make_others_wrong() {
    let mut source = sample();
    if let Some(file) = source.files.get_mut(2) {
        file.1 = PERSON.replace("label = \"職員\"", "label = 職員");
    }
    let problems = load(&[source]).err().unwrap_or_default();
    let places: Vec<(&str, usize)> = problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    assert_eq!(places, [("sample/person.toml", 2)]);
}
