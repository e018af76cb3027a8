//! Papers: text, pages, standards, characters, mistakes and memory.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime};
use document::pdf::{Form, Pdf, PdfOptions, Standard, TypesetProblem, Typesetter};
use serde_json::{Value, json};

static TYPESETTER: LazyLock<Typesetter> = LazyLock::new(Typesetter::new);

fn created() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap().and_hms_opt(9, 30, 0).unwrap()
}

fn options() -> PdfOptions {
    PdfOptions::new("人事評価記録書（見本）", "見本庁", created())
}

fn form(main: &str) -> Form {
    Form::new("見本.typ", main, []).unwrap()
}

fn evaluation() -> Form {
    Form::new("evaluation.typ", include_str!("forms/evaluation.typ"), []).unwrap()
}

fn sheet(number: usize) -> Value {
    json!({
        "staff_number": format!("{number:05}"),
        "name": "𠮷髙 﨑濵葛\u{E0100}（見本）",
        "office": "見本局見本課",
        "post": "係長",
        "from": "2026-04-01", "to": "2026-09-30",
        "approvals": [{"office": "評価者", "name": "見本", "date": "2026-10-01"}, {"office": "調整者"}, {"office": "実施権者"}],
        "goals": (1..=6).map(|n| json!({
            "number": n,
            "text": format!("申請窓口の事務処理を見直し、受付から交付までの日数を{n}割短縮する（A票・B票を含む。）。"),
            "difficulty": if n % 2 == 0 { "◎" } else { "" },
            "result": "手順書を改め、平均日数を12.5日から9.8日に短縮した。",
            "mark": "Ａ",
        })).collect::<Vec<_>>(),
        "finding": "計画に沿って着実に進めた。",
        "amount": 1_234_567,
    })
}

fn record(sheets: usize) -> Value {
    json!({
        "fiscal_year": 2026, "number": "見本第12号", "date": "2026-11-21", "agency": "見本庁長官官房見本課",
        "hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "printed": "2026-11-21T09:30:00",
        "sheets": (1..=sheets).map(sheet).collect::<Vec<_>>(),
    })
}

fn render(form: &Form, data: &Value) -> Result<Pdf, TypesetProblem> {
    TYPESETTER.render(form, data, &options())
}

/// The plain parts of a PDF (dictionaries, metadata) as text.
fn plain(pdf: &Pdf) -> String {
    String::from_utf8_lossy(&pdf.bytes).into_owned()
}

#[test]
fn a_sheet_is_accessible_and_archival() {
    let pdf = render(&evaluation(), &record(1)).unwrap();
    assert_eq!(pdf.warnings, []);
    let text = plain(&pdf);
    for expected in [
        "/StructTreeRoot",
        "/Marked true",
        "/Lang",
        "ja-JP",
        "pdfuaid:part",
        "pdfaid:part",
        "/DisplayDocTitle true",
        "/ToUnicode",
        "2026-11-21T09:30:00+09:00",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    if let Some(folder) = std::env::var_os("DOCUMENT_SAMPLES") {
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join("evaluation.pdf"), &pdf.bytes).unwrap();
        std::fs::write(folder.join("evaluation.json"), record(1).to_string()).unwrap();
        let letter = Form::new("letter.typ", include_str!("forms/letter.typ"), []).unwrap();
        let data = json!({"to": "見本県知事　殿", "program": "見本事業補助金", "amount": 98_765_432});
        std::fs::write(folder.join("letter.pdf"), render(&letter, &data).unwrap().bytes).unwrap();
        std::fs::write(folder.join("letter.json"), data.to_string()).unwrap();
        let many = render(&evaluation(), &record(3)).unwrap();
        std::fs::write(folder.join("office.pdf"), &many.bytes).unwrap();
        std::fs::write(folder.join("office.json"), record(3).to_string()).unwrap();
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_under_every_standard() {
    for standard in [Standard::AccessibleArchive, Standard::Accessible, Standard::Archive] {
        let options = PdfOptions { standard, identifier: Some("見本第12号".into()), ..options() };
        let once = TYPESETTER.render(&evaluation(), &record(1), &options).unwrap();
        let again = TYPESETTER.render(&evaluation(), &record(1), &options).unwrap();
        assert!(once.bytes == again.bytes, "{standard:?}");
    }
}

#[test]
fn a_character_without_glyph_is_named_with_its_place() {
    let form = form(
        "#import \"/base.typ\": *\n#show: paper\n#let data = json(\"/data.json\")\n#data.rows.map(row => row.氏名).join(\"、\")",
    );
    let problem = render(&form, &json!({"rows": [{"氏名": "見本"}, {"氏名": "見本\u{10330}"}]})).unwrap_err();
    let TypesetProblem::MissingGlyphs(glyphs) = &problem else { panic!("{problem}") };
    let found: Vec<_> = glyphs.iter().map(|glyph| (glyph.place.as_str(), glyph.code.as_str())).collect();
    assert_eq!(found, [("/rows/1/氏名", "U+10330")], "{problem}");
    let problem = render(&form, &json!({"rows": [{"氏名": "\u{E000}田"}]})).unwrap_err();
    assert!(problem.to_string().contains("/rows/0/氏名：「\u{E000}」（U+E000）"), "{problem}");
}

#[test]
fn variants_of_names_are_drawn_or_reported() {
    let form = form("#import \"/base.typ\": *\n#show: paper\n#json(\"/data.json\").name");
    let pdf = render(&form, &json!({"name": "葛\u{E0100}城 辻\u{E0101} 見\u{E01EF}本"})).unwrap();
    let codes: Vec<_> = pdf.plain_variants.iter().map(|glyph| glyph.code.as_str()).collect();
    // The fonts list the first two in their tables of variants (format 14); the third is not registered at all.
    assert_eq!(codes, ["U+898B U+E01EF"]);
}

#[test]
fn mistakes_name_the_line_of_the_form() {
    let fault = |main: &str| match render(&form(main), &json!({"name": "見本"})).unwrap_err() {
        TypesetProblem::Form(faults) => (faults[0].file.clone(), faults[0].line),
        other => panic!("{other}"),
    };
    assert_eq!(fault("見本\n#let data = json(\"/data.json\")\n#data.shimei\n"), ("見本.typ".into(), 3));
    assert_eq!(fault("見本\n#(\n"), ("見本.typ".into(), 2));
    assert_eq!(fault("#import \"/base.typ\": *\n\n#wareki(\"令和8年\")\n"), ("見本.typ".into(), 3), "the caller");
    assert_eq!(fault("#import \"@preview/cetz:0.3.0\"\n"), ("見本.typ".into(), 1), "nothing is fetched");
    assert_eq!(fault("\n#read(\"/etc/passwd\")\n"), ("見本.typ".into(), 2), "nothing outside is read");
}

#[test]
fn syntax_is_checked_without_a_record() {
    assert_eq!(evaluation().faults(), []);
    let faults = form("見本\n\n#let x = (1,\n").faults();
    assert_eq!((faults[0].file.as_str(), faults[0].line), ("見本.typ", 3));
}

#[test]
fn dates_and_amounts_are_written_as_official_papers_do() {
    // Era vectors of domain facts, section 4; the form itself asserts.
    let main = r#"#import "/base.typ": *
#for (iso, expected) in (
  ("1926-12-24", "大正15年12月24日"), ("1926-12-25", "昭和元年12月25日"), ("1989-01-07", "昭和64年1月7日"),
  ("1989-01-08", "平成元年1月8日"), ("2019-04-30", "平成31年4月30日"), ("2019-05-01", "令和元年5月1日"),
  ("2020-01-01", "令和2年1月1日"), ("2026-03-14T09:05:00", "令和8年3月14日"),
) { assert.eq(wareki(iso), expected) }
#assert.eq(wareki(none), "")
#assert.eq(wareki-time("2026-03-14T09:05:00"), "令和8年3月14日 9時05分")
#assert.eq((nendo(2019), nendo(2018), nendo(2026)), ("令和元年度", "平成30年度", "令和8年度"))
#assert.eq((yen(0), yen(999), yen(1000), yen(1234567), yen(-1000)), ("0円", "999円", "1,000円", "1,234,567円", "△1,000円"))
#assert.eq((shown(none), shown(true), shown(("甲", "乙")), shown(12.5)), ("", "有", "甲、乙", "12.5"))
見本
"#;
    render(&form(main), &Value::Null).unwrap();
}

#[test]
fn paths_stay_within_the_form() {
    for (name, file) in [("a.typ", "/base.typ"), ("a.typ", "/data.json"), ("a.typ", "/a.typ"), ("../a.typ", "/b.typ")] {
        let result = Form::new(name, "", [(file, b"".as_slice())]);
        assert!(matches!(result, Err(TypesetProblem::Path(_))), "{name} {file}");
    }
    let parts = [("/parts.typ", "#let greeting = [見本です。]".as_bytes())];
    let form = Form::new("a.typ", "#import \"/parts.typ\": greeting\n#greeting", parts).unwrap();
    assert_eq!(render(&form, &Value::Null).unwrap().pages, 1);
}

/// Resident memory in KiB.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Prints time and memory; run with `cargo test --release -p document --test typeset -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[cfg(target_os = "linux")]
fn many_documents_in_flat_memory() {
    let count: usize = std::env::var("DOCUMENTS").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000);
    let form = evaluation();
    render(&form, &record(1)).unwrap();
    let start = std::time::Instant::now();
    let mut after_tenth = 0;
    for number in 0..count {
        let mut data = record(1);
        data["sheets"][0] = sheet(number);
        render(&form, &data).unwrap();
        if number == count / 10 {
            after_tenth = resident();
        }
        if number % (count / 10).max(1) == 0 {
            println!("{number}: {} KiB, {:?} each", resident(), start.elapsed() / (number as u32 + 1));
        }
    }
    println!("{count} documents: {:?} each", start.elapsed() / count as u32);
    assert!(resident() < after_tenth + 50 * 1024, "{} KiB, {after_tenth} KiB after a tenth", resident());
    let start = std::time::Instant::now();
    let pages = render(&form, &record(100)).unwrap().pages;
    println!("100 records in one document of {pages} pages: {:?}", start.elapsed());
}
