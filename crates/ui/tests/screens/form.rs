//! Making and amending records: nothing typed is ever lost.

use ui::web::Upload;

use crate::loan::{Loans, story};
use crate::site::{Answer, get, post, upload};

const FIELDS: &str =
    "number,item,kind,colours,borrower,helpers,office,price,rate,due_on,met_at,term,insured,note,parts,files";

fn whole(number: &str) -> Vec<(&str, &str)> {
    vec![
        ("_fields", FIELDS),
        ("number", number),
        ("item", "見本の車"),
        ("kind", "car"),
        ("colours", "red"),
        ("colours", "blue"),
        ("borrower", "100003 例題 髙子"),
        ("helpers", "100001\n100002 試験 一郎"),
        ("office", "010100"),
        ("price", "１２，３４５"),
        ("rate", "1.5"),
        ("due_on", "R8.12.10"),
        ("met_at", "令和8年12月1日 9:30"),
        ("term.from", "2026-12-01"),
        ("term.to", "令和8年12月10日"),
        ("insured", "true"),
        ("note", "<b>太字</b>\n2行目"),
        ("parts.0.name", "鍵"),
        ("parts.0.count", "２"),
        ("parts.0.keeper", "100001"),
        ("parts.1.name", ""),
    ]
}

fn made(loans: &Loans, number: &str) -> String {
    post(&loans.desk, &loans.clerk, "/ledgers/loan", &whole(number)).is(303).id()
}

#[test]
fn every_kind_of_field_goes_in_and_comes_out_and_saving_again_changes_nothing() {
    story(|loans| {
        let id = made(&loans, "L-1");
        let record = loans.desk.record("loan", &id);
        assert_eq!(record.text("borrower"), Some(loans.people[2].id.as_str()));
        assert_eq!(record.references("helpers").len(), 2);
        assert_eq!(record.text("office"), Some(loans.office.id.as_str()));
        assert_eq!(record.value("price"), 12345);
        assert_eq!(record.value("double"), 24690);
        assert_eq!(record.text("due_on"), Some("2026-12-10"));
        assert_eq!(record.text("met_at"), Some("2026-12-01T00:30:00Z"));
        assert_eq!(record.value("parts").as_array().map(Vec::len), Some(1));
        let page = get(&loans.desk, &loans.clerk, &format!("/ledgers/loan/{id}"));
        page.has("12,345円")
            .has("赤、青")
            .has("例題 髙子")
            .has("令和8年12月10日")
            .has("&lt;b&gt;太字")
            .lacks("<b>太字");
        page.has("令和8年12月1日から令和8年12月10日まで").has("令和8年12月1日 9:30");
        // What the form shows is what was stored: sending it back as it is makes no new revision.
        let edit = get(&loans.desk, &loans.clerk, &format!("/ledgers/loan/{id}/edit"));
        edit.is(200).has("必須");
        let sent = inputs(&edit);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert!(sent.contains(&("colours", "blue")) && sent.contains(&("term.from", "令和8年12月1日")), "{sent:?}");
        post(&loans.desk, &loans.clerk, &format!("/ledgers/loan/{id}"), &sent).is(303).has("変更した項目はありません");
        assert_eq!(loans.desk.record("loan", &id).revision, 1);
    });
}

/// What a browser would send back: inputs, chosen options, ticked boxes, text areas.
fn inputs(page: &Answer) -> Vec<(String, String)> {
    let form = page.text.split_once("class=\"form\"").expect("a form").1;
    let form = form.split("<template").next().unwrap();
    let plain =
        |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let attribute = |tag: &str, name: &str| Some(plain(tag.split_once(&format!(" {name}=\""))?.1.split('"').next()?));
    let mut sent = Vec::new();
    let mut select = None;
    for piece in form.split('<') {
        let (tag, body) = piece.split_once('>').unwrap_or((piece, ""));
        if tag.starts_with("input") {
            let kind = attribute(tag, "type").unwrap_or_default();
            let off = matches!(kind.as_str(), "checkbox" | "radio") && !tag.contains(" checked");
            if let (false, Some(name)) = (off || kind == "file", attribute(tag, "name")) {
                sent.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("textarea") {
            let body = body.strip_prefix('\n').unwrap_or(body);
            sent.push((attribute(tag, "name").unwrap_or_default(), plain(body)));
        } else if tag.starts_with("select") {
            select = attribute(tag, "name");
        } else if tag.starts_with("option") && tag.contains(" selected") {
            sent.push((select.clone().unwrap_or_default(), attribute(tag, "value").unwrap_or_default()));
        } else if tag.starts_with("/form") {
            break;
        }
    }
    sent
}

#[test]
fn a_form_with_mistakes_comes_back_whole_with_each_mistake_at_its_place() {
    story(|loans| {
        let mut form = whole("");
        form.retain(|(name, _)| !matches!(*name, "price" | "due_on" | "borrower" | "parts.0.count"));
        form.extend([("price", "千円"), ("due_on", "2月30日"), ("borrower", "999999"), ("parts.0.count", "二つ")]);
        let files = vec![Upload {
            field: "files".into(),
            name: "写真.png".into(),
            media_type: "image/png".into(),
            content: vec![1, 2, 3],
        }];
        let answer = upload(&loans.desk, &loans.clerk, "/ledgers/loan", &form, files);
        answer.is(422).has("value=\"千円\"").has("value=\"2月30日\"").has("value=\"999999\"").has("value=\"二つ\"");
        answer.has("見本の車").has("2行目").has("見つかりません").has("href=\"#f-borrower\"");
        // Mending the reference brings the rest to light, and the file is still there.
        let kept = answer.value("files.keep").expect("the file is kept");
        form.retain(|(name, _)| *name != "borrower");
        form.push(("files.keep", &kept));
        let answer = post(&loans.desk, &loans.clerk, "/ledgers/loan", &form);
        answer.is(422).has("href=\"#f-price\"").has("href=\"#f-due_on\"").has("href=\"#f-parts.0.count\"");
        form.retain(|(name, _)| !matches!(*name, "number" | "price" | "due_on" | "parts.0.count"));
        form.push(("number", "L-9"));
        let id = post(&loans.desk, &loans.clerk, "/ledgers/loan", &form).is(303).id();
        let record = loans.desk.record("loan", &id);
        let file = record.value("files")[0]["id"].as_str().expect("a file").to_string();
        let at = format!("/attachments/loan/{id}/{file}");
        let answer = get(&loans.desk, &loans.clerk, &at);
        assert_eq!(answer.file.as_ref().map(|file| file.1.clone()), Some(vec![1, 2, 3]));
        get(&loans.desk, &loans.guest, &at).is(404);
        // A file of another record is not found under this one.
        let other = loans.loan("L-10", &[]);
        get(&loans.desk, &loans.chief, &format!("/attachments/loan/{}/{file}", other.id)).is(404);
    });
}

#[test]
fn rows_are_added_and_removed_without_script_and_nothing_is_stored() {
    story(|loans| {
        let mut form = whole("L-1");
        form.push(("_rows", "parts:add"));
        let answer = post(&loans.desk, &loans.clerk, "/ledgers/loan", &form);
        answer.is(200).has("name=\"parts.2.name\"").has("value=\"鍵\"").has("見本の車");
        form.pop();
        form.push(("_rows", "parts:remove:0"));
        let answer = post(&loans.desk, &loans.clerk, "/ledgers/loan", &form);
        answer.is(200).lacks("value=\"鍵\"").lacks("name=\"parts.1.name\"");
        get(&loans.desk, &loans.clerk, "/ledgers/loan").has("貸出しはまだありません");
    });
}

#[test]
fn two_people_at_once_choose_field_by_field_and_lose_nothing() {
    story(|loans| {
        let id = made(&loans, "L-1");
        let at = format!("/ledgers/loan/{id}");
        // Meanwhile the chief changes the item and the price.
        let theirs = [("_fields", "item,price"), ("_revision", "1"), ("item", "別の車"), ("price", "99")];
        post(&loans.desk, &loans.chief, &at, &theirs).is(303);
        // The clerk, who saw revision 1, changes the item and the note, and sends the price as it was.
        let mine = [
            ("_fields", "item,price,note"),
            ("_revision", "1"),
            ("item", "わたしの車"),
            ("price", "12,345"),
            ("note", "わたしの備考"),
        ];
        let page = post(&loans.desk, &loans.clerk, &at, &mine);
        page.is(409).has("わたしの車").has("別の車").has("わたしの備考").has("試験 一郎さん</span>が");
        page.has("_take.item").lacks("_take.note").lacks("_take.price");
        assert_eq!(page.value("_fields").as_deref(), Some("item,note"));
        assert_eq!(page.value("_revision").as_deref(), Some("2"));
        let again = [
            ("_fields", "item,note"),
            ("_revision", "2"),
            ("item", "わたしの車"),
            ("price", "12,345"),
            ("note", "わたしの備考"),
            ("_take.item", "theirs"),
        ];
        post(&loans.desk, &loans.clerk, &at, &again).is(303);
        let record = loans.desk.record("loan", &id);
        assert_eq!(record.text("item"), Some("別の車"));
        assert_eq!(record.text("note"), Some("わたしの備考"));
        assert_eq!(record.value("price"), 99);
    });
}

#[test]
fn a_draft_waits_on_the_desk_of_its_writer_and_goes_when_the_record_is_saved() {
    story(|loans| {
        let form = [("_fields", FIELDS), ("item", "書きかけの車"), ("gone", "消えた項目の内容"), ("_secret", "x")];
        post(&loans.desk, &loans.clerk, "/drafts/loan/new", &form).is(200).has("\"saved\":\"9:00\"");
        get(&loans.desk, &loans.clerk, "/ledgers/loan/new").has("下書きがあります").lacks("書きかけの車");
        get(&loans.desk, &loans.chief, "/ledgers/loan/new").lacks("下書きがあります");
        let page = get(&loans.desk, &loans.clerk, "/ledgers/loan/new?draft=1");
        page.has("value=\"書きかけの車\"").has("入力欄がなくなった項目").has("消えた項目の内容");
        made(&loans, "L-1");
        get(&loans.desk, &loans.clerk, "/ledgers/loan/new").lacks("下書きがあります");
        // A draft without script, and thrown away.
        let form = [("_fields", FIELDS), ("item", "書きかけの車"), ("_action", "draft")];
        post(&loans.desk, &loans.clerk, "/ledgers/loan", &form).is(303).has("登録はまだしていません");
        post(&loans.desk, &loans.clerk, "/drafts/loan/new", &[("_discard", "yes")]).is(303);
        get(&loans.desk, &loans.clerk, "/ledgers/loan/new").lacks("下書きがあります");
    });
}

#[test]
fn a_step_that_needs_a_reason_asks_for_it() {
    story(|loans| {
        let record = loans.loan("L-1", &[("due_on", "2026-12-10"), ("borrower", &loans.people[2].id)]);
        let at = format!("/ledgers/loan/{}", record.id);
        post(&loans.desk, &loans.clerk, &format!("{at}/transitions/ask"), &[("_revision", "1")]).is(303);
        get(&loans.desk, &loans.chief, &at).has("係長が承認します。").has("期限 令和8年12月7日(月)").has("承認待ち");
        let refuse = format!("{at}/transitions/refuse");
        get(&loans.desk, &loans.chief, &refuse).is(200).has("必須");
        let blank = [("_revision", "2"), ("_reason", " ")];
        post(&loans.desk, &loans.chief, &refuse, &blank).is(422).has("理由を入力してください").has("#f-_reason");
        post(&loans.desk, &loans.chief, &refuse, &[("_revision", "1"), ("_reason", "別の日に")])
            .is(409)
            .has("別の日に");
        post(&loans.desk, &loans.chief, &refuse, &[("_revision", "2"), ("_reason", "別の日に")]).is(303);
        assert_eq!(loans.desk.record("loan", &record.id).state, "draft");
        get(&loans.desk, &loans.clerk, &format!("{at}/history")).has("別の日に").has("試験 一郎さん</span>が");
    });
}
