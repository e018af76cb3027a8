//! Importing a file: five bad cells are named and mended in place, and nothing is stored before the last button.

use ui::web::Upload;

use crate::loan::{Loans, story};
use crate::site::{Answer, get, post, upload};

const BAD: &str = "番号,品名,種類,借りる人,返却日,金額,余り\n\
    L-1,見本の端末,端末,100001,2026-12-10,100,x\n\
    L-2,𠮷田の端末,端末,100002,2026-12-11,200,x\n\
    L-3,見本の車,船,999999,2月30日,300,x\n\
    L-1,重なる番号,車両,100001,R8.12.12,400,x\n";

fn send(loans: &Loans, text: &str) -> Answer {
    let file = Upload {
        field: "file".into(),
        name: "貸出し.csv".into(),
        media_type: "text/csv".into(),
        content: text.as_bytes().to_vec(),
    };
    upload(&loans.desk, &loans.clerk, "/ledgers/loan/import", &[], vec![file])
}

#[test]
fn five_bad_cells_are_named_and_mended_in_place() {
    story(|loans| {
        get(&loans.desk, &loans.clerk, "/ledgers/loan/import").is(200).has("見出し").has("端末、車両").has("職員番号");
        let page = send(&loans, BAD);
        page.is(422).has("5か所に誤りがあります").has("UTF-8").has("cell.A5").has("cell.B3").has("cell.C4");
        page.has("cell.D4").has("cell.E4").has("999999").has("2月30日").has("2行目と重複").has("U+20BB7");
        page.has("別のファイル").has("余り");
        let none = || get(&loans.desk, &loans.clerk, "/ledgers/loan").has("貸出しはまだありません").status;
        none();
        let file = page.value("_file").expect("the file is kept");
        // Some cells mended: the rest is still named, the mended ones are kept.
        let mut form = vec![("_file", file.as_str()), ("cell.A5", "L-4"), ("cell.C4", "車両"), ("cell.D4", "100003")];
        let page = post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &form);
        page.is(422).has("2か所に誤りがあります").has("cell.B3").has("cell.E4");
        assert_eq!(page.value("cell.D4").as_deref(), Some("100003"));
        form.extend([("cell.E4", "令和8年12月28日"), ("cell.B3", "𠮷田の端末"), ("accept", "true")]);
        let page = post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &form);
        page.is(200).has("誤りはありません").has("4件を取り込む").has("見本の車").has("を追加します。");
        none();
        form.push(("_action", "store"));
        let stored = post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &form);
        stored.is(303).has("4件を追加し、0件を変更しました");
        get(&loans.desk, &loans.clerk, "/ledgers/loan").has("4件").has("𠮷田の端末").has("令和8年12月28日");
        // The same file again changes nothing, and says so.
        form.pop();
        post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &form).is(200).has("取り込む変更はありません");
        // Another person's file is not to be had by its identifier.
        let other = [("_file", file.as_str())];
        post(&loans.desk, &loans.borrower, "/ledgers/loan/import", &other).is(403);
    });
}

#[test]
fn columns_can_be_assigned_by_hand_and_the_marked_file_taken_home() {
    story(|loans| {
        let page = send(&loans, "整理番号,品名,種類\nL-1,見本の端末,端末\n");
        page.is(422).has("「番号」の列がありません").has("map.0");
        let file = page.value("_file").expect("the file is kept");
        let form = [("_file", file.as_str()), ("map.0", "number"), ("map.1", "item"), ("map.2", "kind")];
        post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &form).is(200).has("1件を取り込む");
        let page = send(&loans, BAD);
        let file = page.value("_file").expect("the file is kept");
        let marked = post(
            &loans.desk,
            &loans.clerk,
            "/ledgers/loan/import",
            &[("_file", file.as_str()), ("_action", "corrected")],
        );
        let (name, content) = marked.is(200).file.as_ref().expect("a file").clone();
        assert_eq!(name, "貸出し_訂正.xlsx");
        assert!(content.starts_with(b"PK"));
        send(&loans, "").is(422).has("ファイル");
        send(&loans, "\u{0}\u{1}\u{2}").is(422);
        post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &[]).is(422).has("ファイルを選んでください");
        post(&loans.desk, &loans.clerk, "/ledgers/loan/import", &[("_file", "nothing")]).is(422);
    });
}
