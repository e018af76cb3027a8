//! Workbooks as agencies send them, and workbooks as attackers would.

use std::io::{Cursor, Write};

use document::read::{Amount, Limits, ReadOptions, ReadProblem, Table, read_table};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use zip::write::SimpleFileOptions;

const STAFF: [&str; 5] = ["職員番号", "氏名", "生年月日", "開始日", "終了日"];

/// A list with a title, a heading in two lines with merged cells, leading zeros in two ways, and dates.
fn staff_list() -> Vec<u8> {
    let mut book = Workbook::new();
    let cover = book.add_worksheet().set_name("表紙").unwrap();
    cover.write(0, 0, "職員名簿（見本）").unwrap();
    let sheet = book.add_worksheet().set_name("名簿").unwrap();
    let plain = Format::new();
    let padded = Format::new().set_num_format("00000");
    let era = Format::new().set_num_format("[$-411]ggge\"年\"m\"月\"d\"日\"");
    let date = Format::new().set_num_format("yyyy/m/d");
    sheet.merge_range(0, 0, 0, 4, "職員名簿（見本）", &plain).unwrap();
    sheet.merge_range(2, 0, 3, 0, "職員番号", &plain).unwrap();
    sheet.merge_range(2, 1, 3, 1, "氏名", &plain).unwrap();
    sheet.merge_range(2, 2, 3, 2, "生年\n月日", &plain).unwrap();
    sheet.merge_range(2, 3, 2, 4, "期間", &plain).unwrap();
    sheet.write(3, 3, "開始日").unwrap();
    sheet.write(3, 4, "終了日").unwrap();
    for (row, text) in [(4, "００１２"), (5, "")] {
        sheet.write(row, 0, text).unwrap();
    }
    sheet.write_with_format(5, 0, 13, &padded).unwrap();
    sheet.write(4, 1, "髙橋\u{E0100} 見本").unwrap();
    sheet.write(5, 1, "𠮷田 見本").unwrap();
    let day = |y, m, d| ExcelDateTime::from_ymd(y, m, d).unwrap();
    sheet.write_with_format(4, 2, day(1989, 1, 7), &era).unwrap();
    sheet.write_with_format(4, 3, day(2026, 4, 1), &date).unwrap();
    sheet.write_with_format(5, 3, day(2026, 3, 14).and_hms(9, 30, 0).unwrap(), &date).unwrap();
    sheet.write_blank(40, 8, &date).unwrap();
    sheet.write(41, 0, "　").unwrap();
    book.save_to_buffer().unwrap()
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect()).collect()
}

#[test]
fn a_list_is_read_as_its_sender_sees_it() {
    let table = read_table(&staff_list(), "meibo.xlsx", &ReadOptions::wanting(STAFF)).unwrap();
    assert_eq!((table.sheet.as_str(), table.header_row), ("名簿", 3));
    assert_eq!(table.sheets, ["表紙", "名簿"]);
    assert_eq!(table.columns.iter().map(|c| c.label.as_str()).collect::<Vec<_>>(), STAFF);
    assert_eq!(table.columns[4].written, "期間 終了日");
    assert_eq!(
        texts(&table),
        [
            vec!["００１２", "髙橋\u{E0100} 見本", "1989-01-07", "2026-04-01", ""],
            vec!["00013", "𠮷田 見本", "", "2026-03-14T09:30:00", ""],
        ]
    );
    assert_eq!(table.rows[1].number, 6);
    assert_eq!(table.rows[1].cells[3].address(), "D6");
}

#[test]
fn a_named_sheet_must_exist() {
    let options = ReadOptions { sheet: Some("名薄".into()), ..ReadOptions::wanting(STAFF) };
    let problem = read_table(&staff_list(), "meibo.xlsx", &options).unwrap_err();
    assert_eq!(problem.to_string(), "シート「名薄」がありません。このブックのシートは「表紙」「名簿」です。");
    let missing = read_table(&staff_list(), "a.xlsx", &ReadOptions::wanting(["定員"])).unwrap_err();
    assert!(matches!(missing, ReadProblem::NoHeader { .. }), "{missing}");
}

#[test]
fn cells_that_cannot_be_taken_are_all_named() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["番号", "氏名", "備考"]).unwrap();
    sheet.write_formula(1, 0, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    sheet.write_formula(3, 0, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_formula(3, 2, Formula::new("=NA()").set_result("#N/A")).unwrap();
    sheet.merge_range(4, 1, 6, 1, "見本", &Format::new()).unwrap();
    sheet.write(6, 0, 5).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let ReadProblem::Cells(faults) = read_table(&bytes, "a.xlsx", &ReadOptions::wanting(["番号", "氏名"])).unwrap_err()
    else {
        panic!("the cells are named")
    };
    // The error in 備考 does not count: nobody asked for that column.
    assert_eq!(faults.iter().map(|f| f.address.as_str()).collect::<Vec<_>>(), ["A2", "B5:B7"]);
}

/// Programs that write formulas without computing them leave no result: that is not a blank cell. A formula whose
/// result is an empty text is one.
#[test]
fn a_formula_without_a_result_is_named() {
    let head = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>氏名</t></is></c></row>";
    let cells = "<row r=\"2\"><c r=\"A2\" t=\"str\"><f>IF(TRUE,\"\",1)</f><v></v></c></row>\
                 <row r=\"3\"><c r=\"A3\"><f>1+1</f></c></row>\
                 <row r=\"4\"><c r=\"A4\"><f>1+1</f><v>2</v></c></row>";
    let problem =
        read_table(&by_hand(&format!("{head}{cells}"), "<sst></sst>"), "a.xlsx", &ReadOptions::wanting(["氏名"]));
    let ReadProblem::Cells(faults) = problem.unwrap_err() else { panic!("the cell is named") };
    assert_eq!(faults.iter().map(|f| f.address.as_str()).collect::<Vec<_>>(), ["A3"]);
}

/// A workbook written by hand, for what the writer does not produce.
fn by_hand(sheet: &str, strings: &str) -> Vec<u8> {
    let ns = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let rels = "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"";
    let parts = [
        (
            "_rels/.rels",
            format!(
                "<Relationships {rels}><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook {ns} xmlns:r=\"{office}\"><sheets><sheet name=\"表\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships {rels}><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet {ns}><sheetData>{sheet}</sheetData></worksheet>")),
        ("xl/sharedStrings.xml", strings.replace("<sst", &format!("<sst {ns}"))),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn furigana_is_not_part_of_a_name() {
    let strings = "<sst><si><t>氏名</t></si><si><t>見本</t><rPh sb=\"0\" eb=\"2\"><t>ミホン</t></rPh></si></sst>";
    let sheet =
        "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\"><v>1</v></c></row>";
    let table = read_table(&by_hand(sheet, strings), "a.xlsx", &ReadOptions::wanting(["氏名"])).unwrap();
    assert_eq!(texts(&table), [["見本"]]);
}

#[test]
fn absurd_claims_and_addresses_are_refused() {
    let fine = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>氏名</t></is></c></row>";
    for (sheet, strings) in [
        (fine, "<sst uniqueCount=\"99999999999999\"></sst>"),
        (fine, "<sst uniqueCount=\"18446744073709551615\"></sst>"),
        ("<row r=\"4294967296\"><c r=\"A4294967296\"><v>1</v></c></row>", "<sst></sst>"),
        ("<row r=\"2000000\"><c r=\"A2000000\"><v>1</v></c></row>", "<sst></sst>"),
        ("<row r=\"1\"><c r=\"ZZZZZZZZZZ1\"><v>1</v></c></row>", "<sst></sst>"),
        ("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c></row>", "<sst></sst>"),
        ("<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#何</v></c></row>", "<sst></sst>"),
        ("<row r=\"1\"><c r=\"A1\"><v>1</v>", "<sst></sst>"),
    ] {
        let problem = read_table(&by_hand(sheet, strings), "a.xlsx", &ReadOptions::wanting(["氏名"])).unwrap_err();
        assert!(matches!(problem, ReadProblem::Broken { .. }), "{problem}");
    }
}

#[test]
fn one_shared_string_cannot_fill_the_memory() {
    let long = "あ".repeat(30_000);
    let cells: String =
        (2..200).map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>")).collect();
    let bytes = by_hand(&cells, &format!("<sst><si><t>{long}</t></si></sst>"));
    let options = ReadOptions { limits: Limits { text_bytes: 1_000_000, ..Limits::default() }, ..Default::default() };
    let problem = read_table(&bytes, "a.xlsx", &options).unwrap_err();
    assert!(matches!(problem, ReadProblem::TooLarge { what: Amount::TextBytes, .. }), "{problem}");
}

#[test]
fn a_bomb_is_stopped_while_it_unpacks() {
    let bytes = by_hand("", &format!("<sst>{}</sst>", " ".repeat(5_000_000)));
    assert!(bytes.len() < 20_000);
    let limits = Limits { inflated_bytes: 1_000_000, ..Limits::default() };
    let problem = read_table(&bytes, "a.xlsx", &ReadOptions { limits, ..Default::default() }).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "展開後の大きさ（xl/sharedstrings.xml）が上限（1,000,000バイト）を超えています。表だけを新しいブックへ写して保存し直してください。"
    );
    let limits = Limits { parts: 3, ..Limits::default() };
    let problem = read_table(&bytes, "a.xlsx", &ReadOptions { limits, ..Default::default() }).unwrap_err();
    assert!(matches!(problem, ReadProblem::TooLarge { what: Amount::Parts, found: Some(5), .. }));
}

#[test]
fn other_kinds_are_told_apart() {
    for (bytes, expected) in [
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest".as_slice(), "パスワード付きのブック"),
        (b"%PDF-1.7", "PDFのファイルは読み込めません"),
        (b"PK\x03\x04 not an archive", "ブックが壊れている"),
        (b"", "中身がありません"),
    ] {
        let text = read_table(bytes, "a.xlsx", &ReadOptions::default()).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}
