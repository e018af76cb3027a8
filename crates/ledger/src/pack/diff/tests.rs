use super::*;
use crate::pack::{PackSource, load};

const HEAD: &str =
    "label = '見本'\nversion = '1'\n[area.sample]\nlabel = '見本'\n[role.office]\nlabel = '担当'\nhelp = '見本'";

fn catalogue(permit: &str, visit: &str, form: &str) -> Catalogue {
    let files = [("pack.toml", HEAD), ("permit.toml", permit), ("visit.toml", visit), ("forms/permit_form.typ", form)];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec();
    match load(&[PackSource { name: "sample".into(), files }]) {
        Ok(catalogue) => catalogue,
        Err(problems) => panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

const PERMIT: &str = r#"
[ledger]
label = "許可"
area = "sample"
[field]
number = { label = "番号", kind = "text" }
due_on = { label = "期限", kind = "date" }
kind = { label = "区分", kind = "choice", choices = { a = "甲", b = "乙" } }
[state]
open = { label = "受付" }
done = { label = "済" }
[transition]
finish = { label = "済ませる", from = "open", to = "done", required = ["due_on"] }
[duty]
finish = { label = "審査する", states = ["open"], holder = "role:office", due = "on due_on" }
[list]
columns = ["number", "due_on"]
[view]
open = { label = "受付中", where = { state = "open", kind = "a" } }
[document]
permit_form = { label = "許可書" }
[[section]]
label = "基本"
fields = ["number", "due_on"]
[[check]]
holds = "empty(due_on) || due_on > '2000-01-01'"
message = "期限を確かめてください。"
[[access]]
role = "office"
read = "*"
write = "*"
can = ["create", "import"]
transitions = "*"
"#;

const VISIT: &str = r#"
[ledger]
label = "立入り"
area = "sample"
[field]
permit = { label = "許可", kind = "reference", ledger = "permit" }
late = { label = "遅れ", kind = "yes_no", computed = "permit.due_on < today" }
[[access]]
role = "office"
read = "*"
"#;

const FORM: &str = "#let data = json(\"/data.json\")\n#data.due_on";

fn row<'a>(rows: &'a [DiffRow], what: &str, field: &str) -> &'a DiffRow {
    match rows.iter().find(|row| row.what == what && row.field == field) {
        Some(row) => row,
        None => panic!("no row for {what} {field} in {rows:#?}"),
    }
}

#[test]
fn the_same_packs_do_not_differ() {
    assert_eq!(diff(&catalogue(PERMIT, VISIT, FORM), &catalogue(PERMIT, VISIT, FORM)), []);
}

#[test]
fn a_renamed_field_names_everything_that_uses_it() {
    let renamed = PERMIT
        .replace(
            "due_on = { label = \"期限\", kind = \"date\" }",
            "limit_on = { label = \"満了日\", kind = \"date\", was = [\"due_on\"] }",
        )
        .replace("due_on", "limit_on")
        .replace("was = [\"limit_on\"]", "was = [\"due_on\"]");
    let rows = diff(
        &catalogue(PERMIT, VISIT, FORM),
        &catalogue(&renamed, &VISIT.replace("due_on", "limit_on"), &FORM.replace("due_on", "limit_on")),
    );
    let row = row(&rows, "項目", "limit_on");
    assert_eq!(row.change, Change::Renamed);
    assert_eq!(row.detail, ["名前: due_on → limit_on", "見出し: 「期限」 → 「満了日」"]);
    assert_eq!(row.touches.screens, ["許可の入力と詳細の区画「基本」", "操作「済ませる」"]);
    assert_eq!(row.touches.lists, ["許可の一覧の列"]);
    assert_eq!(row.touches.imports, ["見出し「満了日」", "見出し「期限」"]);
    assert_eq!(row.touches.documents, ["許可書（permit_form）"]);
    assert_eq!(
        row.touches.rules,
        ["検査「期限を確かめてください。」", "期限付き作業「審査する」", "台帳「立入り」の項目「遅れ」の計算"]
    );
    assert_eq!(row.problem, None);
}

#[test]
fn a_page_of_its_own_is_told() {
    let paged = PERMIT.replace("label = \"許可\"\narea", "label = \"許可\"\npage = \"/permits/{id}\"\narea");
    let rows = diff(&catalogue(PERMIT, VISIT, FORM), &catalogue(&paged, VISIT, FORM));
    assert!(row(&rows, "台帳の設定", "page").detail.join("").contains("/permits/{id}"), "{rows:#?}");
}

#[test]
fn what_old_records_may_hold_cannot_just_go() {
    let old = catalogue(PERMIT, VISIT, FORM);
    let without = PERMIT.replace("number = { label = \"番号\", kind = \"text\" }\n", "").replace("\"number\", ", "");
    let rows = diff(&old, &catalogue(&without, VISIT, FORM));
    let removed = row(&rows, "項目", "number");
    assert_eq!(removed.change, Change::Removed);
    assert!(removed.problem.as_ref().is_some_and(|problem| problem.contains("retired = true")));

    let retired = PERMIT.replace("label = \"番号\"", "retired = true, label = \"番号\"");
    let rows = diff(&old, &catalogue(&retired, VISIT, FORM));
    let row_retired = row(&rows, "項目", "number");
    assert_eq!((row_retired.change, &row_retired.problem), (Change::Retired, &None));

    let other_kind = PERMIT.replace("label = \"番号\", kind = \"text\"", "label = \"番号\", kind = \"date\"");
    let rows = diff(&old, &catalogue(&other_kind, VISIT, FORM));
    assert!(row(&rows, "項目", "number").problem.is_some());

    let fewer = PERMIT.replace(", b = \"乙\"", "");
    let rows = diff(&old, &catalogue(&fewer, VISIT, FORM));
    let choice = row(&rows, "選択肢 permit.kind", "b");
    assert!(choice.problem.as_ref().is_some_and(|problem| problem.contains("to = ")));
    assert_eq!(choice.touches.lists, ["見出し「受付中」"]);

    let state = PERMIT
        .replace("done = { label = \"済\" }", "closed = { label = \"済\" }")
        .replace("to = \"done\"", "to = \"closed\"");
    let rows = diff(&old, &catalogue(&state, VISIT, FORM));
    assert!(row(&rows, "状態", "done").problem.as_ref().is_some_and(|problem| problem.contains("was = [\"done\"]")));
    let carried = state.replace("closed = { label = \"済\" }", "closed = { label = \"済\", was = [\"done\"] }");
    let rows = diff(&old, &catalogue(&carried, VISIT, FORM));
    assert_eq!(row(&rows, "状態", "closed").change, Change::Renamed);
    assert!(rows.iter().all(|row| row.problem.is_none()));
}

#[test]
fn added_and_changed_parts_are_listed_and_printed() {
    let more = PERMIT
        .replace("[state]", "place = { label = \"場所\", kind = \"text\" }\n[state]")
        .replace("due = \"on due_on\"", "due = \"1 week before due_on\"")
        .replace("can = [\"create\", \"import\"]", "can = [\"create\", \"import\", \"export\"]");
    let rows = diff(&catalogue(PERMIT, VISIT, FORM), &catalogue(&more, VISIT, &format!("{FORM}\n終わり")));
    assert_eq!(row(&rows, "項目", "place").change, Change::Added);
    assert_eq!(row(&rows, "期限付き作業", "finish").detail, ["期限 on due_on → 期限 1 week before due_on"]);
    assert_eq!(row(&rows, "権限", "office／全件").detail, ["できる 作成 取込み → できる 作成 書き出し 取込み"]);
    assert_eq!(row(&rows, "文書", "permit_form").change, Change::Changed);
    let text = print_diff(&rows);
    assert!(text.contains("■ permit") && text.contains("[追加] 項目 place") && text.contains("変更 4 件"));
    let json = serde_json::to_value(&rows).unwrap_or_default();
    assert_eq!(json.pointer("/0/change").and_then(serde_json::Value::as_str), Some("added"));
}
