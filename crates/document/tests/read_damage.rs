//! No bytes make the reader panic: workbooks and texts damaged at random, inside and outside the archive.

use std::io::{Cursor, Read, Write};

use document::read::{ReadOptions, read_table};
use proptest::prelude::*;
use rust_xlsxwriter::{Format, Workbook};
use zip::write::SimpleFileOptions;

fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 2, "職員名簿（見本）", &Format::new()).unwrap();
    sheet.write_row(1, 0, ["職員番号", "氏名", "備考"]).unwrap();
    for row in 2..12 {
        sheet.write_with_format(row, 0, row, &Format::new().set_num_format("00000")).unwrap();
        sheet.write(row, 1, "見本").unwrap();
        sheet.write_formula(row, 2, "=A3+1").unwrap();
    }
    book.save_to_buffer().unwrap()
}

/// The parts of a workbook, unpacked.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|number| {
            let mut part = archive.by_index(number).unwrap();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            (part.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn pack(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[derive(Debug, Clone)]
enum Damage {
    Set(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
    Digits(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<usize>();
    prop_oneof![
        (at, any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<usize>(), 1..40_usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        (any::<usize>(), 1..40_usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        any::<usize>().prop_map(Damage::Cut),
        any::<usize>().prop_map(Damage::Digits),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match *damage {
        Damage::Set(at, byte) => bytes[at % length] = byte,
        Damage::Remove(at, count) => {
            let at = at % length;
            bytes.drain(at..(at + count).min(length));
        }
        Damage::Repeat(at, count) => {
            let at = at % length;
            let piece = bytes[at..(at + count).min(length)].to_vec();
            bytes.splice(at..at, piece);
        }
        Damage::Cut(at) => bytes.truncate(at % length),
        // Numbers are what readers trust most: blow one up.
        Damage::Digits(at) => {
            let from = at % length;
            if let Some(offset) = bytes[from..].iter().position(u8::is_ascii_digit) {
                bytes.splice(from + offset..from + offset, *b"9999999999");
            }
        }
    }
}

fn options() -> ReadOptions {
    ReadOptions::wanting(["職員番号", "氏名"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_archives(changes in prop::collection::vec(damage(), 1..6)) {
        let mut bytes = workbook();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        let _ = read_table(&bytes, "a.xlsx", &options()).map_err(|problem| problem.to_string());
    }

    #[test]
    fn damaged_parts(which in any::<prop::sample::Index>(), changes in prop::collection::vec(damage(), 1..6)) {
        let mut parts = parts(&workbook());
        let chosen = which.index(parts.len());
        changes.iter().for_each(|change| apply(&mut parts[chosen].1, change));
        let _ = read_table(&pack(&parts), "a.xlsx", &options()).map_err(|problem| problem.to_string());
    }

    #[test]
    fn damaged_text(changes in prop::collection::vec(damage(), 0..6), utf16 in any::<bool>()) {
        let text = "職員名簿（見本）\r\n職員番号,氏名,備考\r\n\"00012\",\"見本\n太郎\",=1\r\n";
        let mut bytes = if utf16 {
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
        } else {
            encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
        };
        changes.iter().for_each(|change| apply(&mut bytes, change));
        let _ = read_table(&bytes, "a.csv", &options()).map_err(|problem| problem.to_string());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_table(&bytes, "a.csv", &ReadOptions::default()).map_err(|problem| problem.to_string());
    }

    /// What the csv crate writes is what we read: an independent opinion on quoting.
    #[test]
    fn quoting_agrees_with_an_independent_writer(
        rows in prop::collection::vec(prop::collection::vec("[a-zあ-ん\",\n \t]{0,6}[a-z]", 3), 1..6)
    ) {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(["番号", "氏名", "備考"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let table = read_table(&bytes, "a.csv", &ReadOptions::wanting(["番号", "氏名", "備考"])).unwrap();
        let read: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.text.clone()).collect()).collect();
        prop_assert_eq!(read, rows);
    }
}
