//! The personnel office hands in its files: four tables of three thousand people, and the files in which something is
//! wrong.

use std::path::PathBuf;
use std::time::Instant;

use chrono::NaiveDate;
use daicho::sample::{Rows, SampleAgency};
use document::write::{Cell, Column, CsvEncoding, CsvOptions, Kind, Sheet, Value, Workbook, write_csv, write_xlsx};

use crate::program::{Ended, Program};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day")
}

fn sheet<'a>(header: &[&str], rows: &'a [Vec<String>]) -> Sheet<'a> {
    let columns = header.iter().map(|label| Column::new(*label, Kind::Text)).collect();
    Sheet::new(
        "名簿",
        columns,
        rows.iter().map(|row| row.iter().map(|text| Cell::from(Value::text(text.as_str()))).collect()),
    )
}

fn xlsx(program: &Program, name: &str, header: &[&str], rows: &[Vec<String>]) -> PathBuf {
    let created = today().and_hms_opt(9, 0, 0).expect("a time");
    let workbook =
        Workbook { title: "見本".into(), author: "見本省".into(), created, sheets: vec![sheet(header, rows)] };
    program.file(&format!("{name}.xlsx"), write_xlsx(workbook).expect("a workbook"))
}

fn cp932(program: &Program, name: &str, header: &[&str], rows: &[Vec<String>]) -> PathBuf {
    let options = CsvOptions { encoding: CsvEncoding::Cp932, guard_formulas: false, ..CsvOptions::default() };
    program.file(&format!("{name}.csv"), write_csv(sheet(header, rows), &options).expect("a file").bytes)
}

/// The sample agency without names that CP932 cannot carry: those are a story of their own.
fn tables(staff: usize) -> Vec<Rows> {
    let agency = SampleAgency::generate(staff, today(), 1);
    let mut tables =
        vec![agency.organisation_rows(), agency.post_rows(), agency.person_rows(), agency.assignment_rows()];
    for cell in tables.iter_mut().flat_map(|table| &mut table.rows).flatten() {
        if !document::cp932::check(cell).is_empty() {
            *cell = "見本　太郎".into();
        }
    }
    tables
}

#[test]
fn three_thousand_people_come_in_as_four_workbooks_and_again_as_cp932() {
    let tables = tables(3_000);
    let people = tables[2].rows.len();
    assert!(people >= 3_000);
    let program = Program::new();
    program.init();
    for table in &tables {
        let file = xlsx(&program, table.ledger, &table.header, &table.rows);
        let began = Instant::now();
        let ended = program.import(table.ledger, &file);
        eprintln!("{}: {} rows from XLSX in {:.1} s", table.ledger, table.rows.len(), began.elapsed().as_secs_f64());
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
        let told = format!("{0}行: 追加 {0}、変更 0、変わらず 0、誤り 0", table.rows.len());
        assert!(ended.out.contains(&told), "{}", ended.out);
    }
    // The same as CP932: every person is known and as the file says. Offices, posts and people have keys.
    for table in &tables[..3] {
        let file = cp932(&program, table.ledger, &table.header, &table.rows);
        let began = Instant::now();
        let ended = program.import(table.ledger, &file);
        eprintln!("{}: {} rows from CP932 in {:.1} s", table.ledger, table.rows.len(), began.elapsed().as_secs_f64());
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
        let told = format!("変わらず {}、誤り 0", table.rows.len());
        assert!(ended.out.contains(&told) && ended.out.contains("CP932"), "{}", ended.out);
    }
}

#[test]
fn a_small_agency_comes_in_as_cp932_alone() {
    let program = Program::new();
    program.init();
    for table in tables(300) {
        let file = cp932(&program, table.ledger, &table.header, &table.rows);
        let dry = program.run(["import".as_ref(), table.ledger.as_ref(), file.as_os_str(), "--dry-run".as_ref()]);
        assert_eq!(dry.code, 0, "{}{}", dry.out, dry.err);
        assert!(dry.out.contains("保存していません"), "{}", dry.out);
        let ended = program.import(table.ledger, &file);
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
        assert!(
            ended.out.contains(&format!("追加 {}、", table.rows.len())),
            "nothing was stored before: {}",
            ended.out
        );
    }
}

const PERSON: [&str; 6] = ["職員番号", "氏名", "氏名カナ", "生年月日", "採用年月日", "メール"];
const ASSIGNMENT: [&str; 5] = ["職員番号", "官職コード", "発令日", "終了日", "種別"];

fn rows(lines: &[&[&str]]) -> Vec<Vec<String>> {
    lines.iter().map(|line| line.iter().map(|cell| (*cell).to_string()).collect()).collect()
}

/// An agency of one office, two posts and two people, one of whom holds a post without end.
fn small() -> Program {
    let program = Program::new();
    program.init();
    let store = |ledger: &str, header: &[&str], lines: &[&[&str]]| {
        let ended = program.import(ledger, &xlsx(&program, ledger, header, &rows(lines)));
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    };
    let office = ["コード", "名称", "上位組織コード", "種別", "有効開始日", "有効終了日"];
    store("organisation", &office, &[&["010000", "見本局", "", "局", "2001-01-06", ""]]);
    let post = ["コード", "名称", "組織コード", "職制段階", "定員"];
    store(
        "post",
        &post,
        &[&["P1", "見本局総務課長", "010000", "課長", "1"], &["P2", "見本局係員", "010000", "係員", "9"]],
    );
    let people: [&[&str]; 2] = [
        &["0001", "見本　花子", "ミホン　ハナコ", "1980-01-02", "2003-04-01", "hanako@mihon.example"],
        &["0002", "見本　次郎", "ミホン　ジロウ", "1991-05-06", "2014-04-01", ""],
    ];
    store("person", &PERSON, &people);
    store("assignment", &ASSIGNMENT, &[&["0001", "P1", "2020-04-01", "", "本務"]]);
    program
}

/// Everything the ledgers hold, as the program tells it.
fn stored(program: &Program) -> String {
    let out = program.path("stored");
    let _ = std::fs::remove_dir_all(&out);
    program.done(&[
        "export",
        "person",
        "assignment",
        "--reason",
        "見本",
        "--format",
        "json",
        "--out",
        &out.to_string_lossy(),
    ]);
    ["person", "assignment"].map(|name| std::fs::read_to_string(out.join(format!("{name}.json"))).expect("it")).concat()
}

/// The line of the output that names this cell under this heading.
fn named<'a>(ended: &'a Ended, cell: &str, heading: &str, words: &str) -> &'a str {
    let begin = format!("{cell} {heading}: ");
    let line = ended.out.lines().find(|line| line.starts_with(&begin) && line.contains(words));
    line.unwrap_or_else(|| panic!("no line 「{begin}…{words}…」 in\n{}", ended.out))
}

#[test]
fn a_file_of_people_with_mistakes_is_refused_with_every_bad_cell_named() {
    let program = small();
    let before = stored(&program);
    let lines: [&[&str]; 6] = [
        &["0003", "見本　三郎", "ミホン　サブロウ", "1985-07-08", "2008-04-01", ""],
        &["0004", "見本　四郎", "ミホン　シロウ", "1985-02-30", "2008-04-01", ""],
        &["0003", "見本　五郎", "ミホン　ゴロウ", "1986-07-08", "2009-04-01", ""],
        &["0005", "𠮷野　見本", "ヨシノ　ミホン", "1987-07-08", "2010-04-01", ""],
        &["0006", "", "ミホン", "1987-07-08", "2010-04-01", "mihon.example"],
        &["0001", "見本　花子", "ミホン　ハナコ", "1980-01-02", "2003-04-01", "kaiketsu@mihon.example"],
    ];
    let lines = rows(&lines);
    let book = xlsx(&program, "bad", &PERSON, &lines);
    // The same as CSV in UTF-8, where the fourth name can be written too.
    let options = CsvOptions { guard_formulas: false, ..CsvOptions::default() };
    let csv = program.file("bad.csv", write_csv(sheet(&PERSON, &lines), &options).expect("a file").bytes);
    for file in [book, csv] {
        let ended = program.import("person", &file);
        assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
        named(&ended, "D3", "生年月日", "1985-02-30");
        assert!(named(&ended, "A4", "職員番号", "0003").contains("2行目と重複"));
        assert!(named(&ended, "B5", "氏名", "𠮷").contains("CP932"));
        named(&ended, "B6", "氏名", "入力してください");
        named(&ended, "F6", "メール", "mihon.example");
        assert!(ended.out.contains("何も保存していません") && ended.out.contains("誤り 5"), "{}", ended.out);
        assert_eq!(stored(&program), before, "a refused file stores nothing, of its good rows neither");
    }
    // As JSON for other programs.
    let file = program.path("bad.xlsx");
    let ended = program.run(["import".as_ref(), "person".as_ref(), file.as_os_str(), "--json".as_ref()]);
    assert_eq!(ended.code, 2);
    let report: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON");
    let addresses: Vec<&str> =
        report["problems"].as_array().into_iter().flatten().filter_map(|one| one["address"].as_str()).collect();
    assert_eq!(addresses, ["D3", "A4", "B5", "B6", "F6"]);
}

#[test]
fn a_file_of_assignments_with_mistakes_is_refused_with_every_bad_cell_named() {
    let program = small();
    let before = stored(&program);
    let lines: [&[&str]; 7] = [
        // 0001 holds P1 without end, as the ledger knows.
        &["0001", "P2", "2024-04-01", "", "本務"],
        // 0002 holds two posts, the first of which was not closed in the file itself.
        &["0002", "P2", "2014-04-01", "", "本務"],
        &["0002", "P1", "2018-04-01", "2020-03-31", "本務"],
        &["0002", "P9", "2014-04-01", "2015-03-31", "併任"],
        &["9999", "P1", "2014-04-01", "2015-03-31", "併任"],
        &["0002", "P1", "令和5年4月31日", "", "併任"],
        &["0002", "P1", "2023-04-01", "2022-03-31", "出向"],
    ];
    for file in [xlsx(&program, "bad", &ASSIGNMENT, &rows(&lines)), cp932(&program, "bad", &ASSIGNMENT, &rows(&lines))]
    {
        let ended = program.import("assignment", &file);
        assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
        let known = named(&ended, "C2", "発令日", "2024-04-01");
        assert!(known.contains("重なって") && known.contains("2020-04-01"), "{known}");
        named(&ended, "D3", "終了日", "4行目の期間と重なっています。終了日を入れてください。");
        named(&ended, "C4", "発令日", "重なって");
        assert!(named(&ended, "B5", "官職コード", "P9").contains("登録されていません"));
        assert!(named(&ended, "A6", "職員番号", "9999").contains("登録されていません"));
        named(&ended, "C7", "発令日", "令和5年4月31日");
        named(&ended, "E8", "種別", "出向");
        assert_eq!(stored(&program), before, "a refused file stores nothing");
    }
}

#[test]
fn a_file_without_its_columns_and_one_that_is_no_table_are_refused() {
    let program = small();
    let lines = rows(&[&["0007", "1990-01-01"]]);
    let ended = program.import("person", &xlsx(&program, "narrow", &["職員番号", "生年月日"], &lines));
    assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
    named(&ended, "見出し", "氏名", "列がありません");
    for (name, content) in
        [("empty.csv", &b""[..]), ("noise.xlsx", b"PK\x03\x04 is no workbook"), ("photo.csv", b"\xFF\xD8\xFF\x00\x00")]
    {
        let ended = program.import("person", &program.file(name, content));
        assert_eq!(ended.code, 2, "{name}: {}{}", ended.out, ended.err);
        assert!(!ended.err.is_empty() && !ended.err.contains("panicked"), "{name}: {}", ended.err);
    }
}
