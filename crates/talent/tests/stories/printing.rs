//! The printed record: what may not be seen is not printed.

use document::pdf::{Form, PdfOptions, Typesetter};
use serde_json::{Value, json};
use talent::evaluation::{record_form, record_forms};
use testkit::on_each_database;

use crate::agency::Agency;

#[test]
fn the_record_prints_what_its_reader_may_see_and_no_more() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.confirmed(&agency.sheet(&round, "st1"), "st1");
        let form = |number: &str| {
            let who = agency.who(number);
            agency.desk.read(|tx| record_form(tx, &agency.desk.kernel, &who, &sheet.id))
        };
        let own = form("st1").expect("one's own record");
        assert_eq!(
            (&own["name"], &own["office"], &own["staff_number"]),
            (&json!("見本 花子"), &json!("第一課"), &json!("st1"))
        );
        assert_eq!(
            (&own["rows"][0]["report"], &own["rows"][0]["mark"]),
            (&json!("すべて期限内に終えた。"), &Value::Null)
        );
        for one in own["overall"].as_array().expect("three") {
            assert_eq!((&one["mark"], &one["findings"], &one["on"]), (&Value::Null, &Value::Null, &Value::Null));
            assert_ne!(&one["name"], &Value::Null);
        }
        assert_eq!(own["result"], Value::Null);
        let full = form("pa").expect("the personnel office's copy");
        assert_eq!(full["overall"][0]["mark"], json!("優良"));
        assert_eq!((&full["rows"][1]["mark"], &full["result"]), (&json!("s"), &json!("良好")));
        assert_eq!(full["overall"][2]["on"], json!("2027-03-15"));
        // Who may not read it cannot print it; who may only follow progress cannot either.
        assert!(form("st2").is_err());
        let manager = agency.who_with("uc1", &["manager"]);
        assert!(agency.desk.read(|tx| record_form(tx, &agency.desk.kernel, &manager, &sheet.id)).is_err());
        let who = agency.who("st1");
        let ids = [sheet.id.clone(), agency.sheet(&round, "st2").id];
        let (many, left_out) = agency.desk.read(|tx| record_forms(tx, &agency.desk.kernel, &who, &ids)).expect("forms");
        assert_eq!((many["sheets"].as_array().map(Vec::len), left_out), (Some(1), 1));
    });
}

#[test]
fn both_kinds_of_record_typeset_with_all_and_with_nothing_to_show() {
    let folder = tempfile::tempdir().expect("a folder");
    let store =
        store::Store::open_sqlite(&folder.path().join("daicho.db"), store::SqliteOptions::default()).expect("a store");
    let agency = Agency::new(store).with_items();
    let round = agency.round();
    let ability = agency.other_round("2026-A", "ability", "2026-10-01", "2027-09-30");
    agency.open(&round);
    agency.open(&ability);
    let done = agency.confirmed(&agency.sheet(&round, "st1"), "st1");
    let ids = [done.id, agency.sheet(&round, "st2").id, agency.sheet(&ability, "uc1").id];
    let who = agency.who("pa");
    let (data, left_out) = agency.desk.read(|tx| record_forms(tx, &agency.desk.kernel, &who, &ids)).expect("data");
    assert_eq!(left_out, 0);
    let source = &agency.desk.kernel.catalogue.documents["evaluation_record"].source;
    let form = Form::new("evaluation_record.typ", source, []).expect("the form");
    let created =
        chrono::NaiveDate::from_ymd_opt(2027, 3, 15).and_then(|day| day.and_hms_opt(9, 0, 0)).expect("an instant");
    let options = PdfOptions::new("人事評価記録書", "見本省", created);
    let pdf = Typesetter::new().render(&form, &data, &options).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(pdf.warnings, []);
    assert!(pdf.pages >= 3);
    if let Some(folder) = std::env::var_os("TALENT_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join("evaluation_record.pdf"), &pdf.bytes).expect("written");
    }
    let alone = agency.desk.read(|tx| record_form(tx, &agency.desk.kernel, &who, &ids[0])).expect("data");
    Typesetter::new().render(&form, &alone, &options).unwrap_or_else(|problem| panic!("{problem}"));
}
