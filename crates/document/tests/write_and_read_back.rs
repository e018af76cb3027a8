//! What is written is read back by an independent reader (calamine) and by our own.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use chrono::NaiveDate;
use document::read::{ReadOptions, read_table};
use document::write::{
    Cell, Column, CsvEncoding, CsvOptions, Kind, Sheet, Value, Workbook, WriteProblem, write_csv, write_xlsx,
};

const LABELS: [&str; 6] = ["職員番号", "氏名", "支給額", "割合", "採用年月日", "更新"];

fn columns() -> Vec<Column> {
    let kinds = [Kind::Text, Kind::Text, Kind::Yen, Kind::Decimal(2), Kind::Date, Kind::DateTime];
    LABELS.iter().zip(kinds).map(|(label, kind)| Column::new(*label, kind)).collect()
}

fn row(number: u32) -> Vec<Cell> {
    let day = NaiveDate::from_ymd_opt(2026, 3, 14).unwrap();
    vec![
        Value::text(format!("{number:05}")).into(),
        Value::text("=HYPERLINK(\"x\")𠮷 見本").into(),
        Value::Integer(-1_234_567).into(),
        Value::Decimal("0.25".parse().unwrap()).into(),
        Value::Date(day).into(),
        Value::DateTime(day.and_hms_opt(9, 30, 0).unwrap()).into(),
    ]
}

fn book(sheets: Vec<Sheet<'_>>) -> Workbook<'_> {
    let created = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap().and_hms_opt(9, 0, 0).unwrap();
    Workbook { title: "見本".into(), author: "見本庁".into(), created, sheets }
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_sheet_comes_back_as_it_was() {
    // Few rows are kept in memory, many go through a temporary file: both give the same table.
    for count in [3_u32, 6_000] {
        let sheet = Sheet::new("名簿", columns(), (1..=count).map(row)).titled("職員名簿（見本）");
        let bytes = write_xlsx(book(vec![sheet])).unwrap();
        let table = read_table(&bytes, "a.xlsx", &ReadOptions::wanting(LABELS)).unwrap();
        assert_eq!((table.header_row, table.rows.len()), (2, count as usize));
        let texts: Vec<&str> = table.rows[0].cells.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(
            texts,
            ["00001", "=HYPERLINK(\"x\")𠮷 見本", "-1234567", "0.25", "2026-03-14", "2026-03-14T09:30:00"]
        );
    }
}

#[test]
fn kinds_reach_the_spreadsheet_and_nothing_becomes_a_formula() {
    let bytes = write_xlsx(book(vec![Sheet::new("名簿", columns(), [row(12)])])).unwrap();
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.as_slice())).unwrap();
    let range = workbook.worksheet_range("名簿").unwrap();
    assert_eq!(range.get((1, 0)), Some(&Data::String("00012".into())));
    assert_eq!(range.get((1, 2)), Some(&Data::Float(-1_234_567.0)));
    assert!(matches!(range.get((1, 4)), Some(Data::DateTime(_))));
    assert!(workbook.worksheet_formula("名簿").unwrap().is_empty());
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    for expected in ["paperSize=\"9\"", "orientation=\"landscape\"", "<autoFilter ref=\"A1:F2\"", "ySplit=\"1\""] {
        assert!(sheet.contains(expected), "{expected}");
    }
    assert!(part(&bytes, "xl/workbook.xml").contains("_xlnm.Print_Titles"));
}

#[test]
fn faulty_cells_carry_a_comment_and_words() {
    let faulty = vec![
        Cell::faulty(Value::text("令和8年2月30日"), "2 月 30 日はありません。正しい日付に直してください。"),
        Value::text("見本").into(),
    ];
    let columns = vec![Column::new("生年月日", Kind::Text), Column::new("氏名", Kind::Text)];
    let mut sheet = Sheet::new("取込み", columns, [faulty]);
    sheet.faults = Some("直すところ".into());
    sheet.notes = vec!["色の付いたセルを直し、このファイルを取り込んでください。".into()];
    let bytes = write_xlsx(book(vec![sheet])).unwrap();
    assert!(part(&bytes, "xl/comments1.xml").contains("2 月 30 日はありません。"));
    let table = read_table(&bytes, "a.xlsx", &ReadOptions::wanting(["生年月日", "氏名"])).unwrap();
    assert_eq!(table.columns[2].label, "直すところ");
    assert!(table.rows[0].cells[2].text.contains("2 月 30 日はありません。"));
}

#[test]
fn numbers_a_spreadsheet_would_round_stay_texts() {
    let columns = vec![Column::new("番号", Kind::Integer), Column::new("率", Kind::Decimal(4))];
    let row: Vec<Cell> = vec![
        Value::Integer(1_234_567_890_123_456_789).into(),
        Value::Decimal("0.1234567890123456789".parse().unwrap()).into(),
    ];
    let bytes = write_xlsx(book(vec![Sheet::new("a", columns, [row])])).unwrap();
    let table = read_table(&bytes, "a.xlsx", &ReadOptions::default()).unwrap();
    let texts: Vec<&str> = table.rows[0].cells.iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(texts, ["1234567890123456789", "0.1234567890123456789"]);
    let long: Vec<Cell> = vec![Value::text("あ".repeat(32_768)).into()];
    let problem = write_xlsx(book(vec![Sheet::new("a", vec![Column::new("備考", Kind::Text)], [long])])).unwrap_err();
    assert!(matches!(problem, WriteProblem::TextTooLong { address } if address == "A2"));
}

#[test]
fn csv_comes_back_as_it_was() {
    for encoding in [CsvEncoding::Utf8Bom, CsvEncoding::Cp932] {
        let mut cells = row(12);
        cells[1] = Value::text("-髙橋\n\"見本\"").into();
        let options = CsvOptions { encoding, ..CsvOptions::default() };
        let csv = write_csv(Sheet::new("名簿", columns(), [cells]), &options).unwrap();
        let table = read_table(&csv.bytes, "a.csv", &ReadOptions::wanting(LABELS)).unwrap();
        let texts: Vec<&str> = table.rows[0].cells.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(
            texts,
            ["00012", "-髙橋\n\"見本\"", "-1234567", "0.25", "2026-03-14", "2026-03-14 09:30:00"],
            "{encoding:?}"
        );
    }
}
