//! Files: bombs, entities, paths, formulas, false kinds.

use std::io::{Cursor, Write as _};

use serde_json::json;

use super::{Scene, Story};
use crate::browser::Reply;

/// Import a file of persons by the page; nothing is stored and the server lives.
fn refused(scene: &Scene, name: &str, content: &[u8]) -> Reply {
    let before = scene.count("person");
    let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], name, content);
    assert!((400..500).contains(&reply.status), "{name}: {}", reply.status);
    assert_eq!(scene.count("person"), before, "{name} stored something");
    assert_eq!(scene.personnel.get("/").status, 200, "the server lives");
    reply
}

/// An archive of these parts.
fn archive(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in parts {
        writer.start_file(*name, options).expect("a part");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("the archive").into_inner()
}

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const LINKS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// A workbook whose only sheet is this text.
fn workbook(sheet: &str) -> Vec<u8> {
    archive(&[
        ("[Content_Types].xml", TYPES.into()),
        ("_rels/.rels", ROOT.into()),
        ("xl/workbook.xml", BOOK.into()),
        ("xl/_rels/workbook.xml.rels", LINKS.into()),
        ("xl/worksheets/sheet1.xml", sheet.into()),
    ])
}

fn cells(head: &str, name: &str) -> String {
    let cell = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    format!(
        "{head}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>\
         <row r=\"1\">{}{}</row><row r=\"2\">{}{}</row></sheetData></worksheet>",
        cell("A1", "職員番号"),
        cell("B1", "氏名"),
        cell("A2", "7500"),
        cell("B2", name)
    )
}

/// Texts that a spreadsheet program would take for a formula.
const FORMULAS: [&str; 6] =
    ["=HYPERLINK(\"http://evil.example\",\"a\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1+1", "＝1+1"];

fn with_formulas(scene: &Scene) {
    if scene.count("capability_item") == 0 {
        for (number, text) in FORMULAS.iter().enumerate() {
            let values = json!({ "number": format!("76{number:02}"), "name": text });
            scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &values);
        }
    }
}

pub const STORIES: &[Story] = &[
    ("a plain workbook of the same make is taken, so the refusals below mean something", |scene| {
        let book = workbook(&cells("", "見本　良"));
        let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], "a.xlsx", &book);
        assert_eq!(reply.status, 303, "{}", reply.text());
    }),
    ("a workbook that unpacks to gigabytes", |scene| {
        let sheet = format!("{}{}", cells("", "a"), " ".repeat(600_000_000));
        let book = workbook(&sheet);
        assert!(book.len() < 4_000_000);
        refused(scene, "bomb.xlsx", &book);
    }),
    ("a workbook of very many parts", |scene| {
        let mut parts = vec![("[Content_Types].xml", TYPES.as_bytes().to_vec())];
        let names: Vec<String> = (0..20_000).map(|number| format!("p{number}")).collect();
        parts.extend(names.iter().map(|name| (name.as_str(), Vec::new())));
        refused(scene, "many.xlsx", &archive(&parts));
    }),
    ("an archive within an archive", |scene| {
        let inner = archive(&[("a.csv", vec![b'a'; 1_000_000])]);
        refused(scene, "nested.xlsx", &archive(&[("inner.zip", inner)]));
    }),
    ("entities that grow without end", |scene| {
        let mut head = String::from("<!DOCTYPE a [<!ENTITY a \"zqbomb\">");
        for (one, two) in "abcdefgh".chars().zip("bcdefghi".chars()) {
            head.push_str(&format!("<!ENTITY {two} \"{}\">", format!("&{one};").repeat(10)));
        }
        head.push_str("]>");
        let book = workbook(&cells(&head, "&i;"));
        let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], "e.xlsx", &book);
        assert!(reply.status < 500 && reply.body.len() < 1_000_000, "{} {}", reply.status, reply.body.len());
        assert!(!reply.text().contains("zqbombzqbomb"));
    }),
    ("an entity that reads a file of the server", |scene| {
        let head = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
        let book = workbook(&cells(head, "&e;"));
        let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], "x.xlsx", &book);
        assert!(reply.status < 500 && !reply.text().contains("root:"), "{}", reply.status);
        let page = scene.personnel.get("/ledgers/person?q=7500").text();
        assert!(!page.contains("root:"));
    }),
    ("a part whose name leaves the archive", |scene| {
        let book = archive(&[("../../../../tmp/zq-evil", b"evil".to_vec()), ("/etc/zq-evil", b"evil".to_vec())]);
        refused(scene, "path.xlsx", &book);
        assert!(!std::path::Path::new("/tmp/zq-evil").exists() && !std::path::Path::new("/etc/zq-evil").exists());
    }),
    ("a program, a picture, a page that calls itself a workbook", |scene| {
        for (name, content) in [
            ("a.xlsx", &b"MZ\x90\x00\x03\x00\x00\x00"[..]),
            ("b.xlsx", b"\x7fELF\x02\x01\x01"),
            ("c.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            ("d.xlsx", b"<html><script>zqx(1)</script></html>"),
            ("e.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            ("f.csv", b""),
            ("g.xlsx", b"PK\x03\x04"),
        ] {
            refused(scene, name, content);
        }
    }),
    ("a file with bytes of nothing in it", |scene| {
        refused(scene, "nul.csv", b"\0\0\0\0,\0\0\r\n\0,\0\r\n");
    }),
    ("a row without end", |scene| {
        let mut file = "職員番号,氏名\r\n".to_string();
        file.push_str(&"a,".repeat(1_000_000));
        refused(scene, "wide.csv", file.as_bytes());
    }),
    ("a quotation without end", |scene| {
        let file = format!("職員番号,氏名\r\n7501,\"{}", "a".repeat(2_000_000));
        refused(scene, "open.csv", file.as_bytes());
    }),
    ("a file larger than may be sent", |scene| {
        let reply = scene.personnel.try_call(
            "POST",
            "/ledgers/person/import",
            &[("content-type", "multipart/form-data; boundary=x")],
            &vec![b'a'; 9_000_000],
        );
        // The server may answer before it has read all, and then the connection may break.
        assert!(reply.is_err() || reply.is_ok_and(|reply| (400..500).contains(&reply.status)));
        assert_eq!(scene.personnel.get("/").status, 200);
    }),
    ("a file of a stranger is not even read", |scene| {
        let reply = scene.stranger().upload("/ledgers/person/import", &[], "a.csv", &vec![b'a'; 100_000]);
        assert_eq!(reply.status, 303);
    }),
    ("assets do not lead out of their folder", |scene| {
        for path in [
            "/assets/../Cargo.toml",
            "/assets/..%2f..%2fetc/passwd",
            "/assets/%2e%2e/%2e%2e/etc/passwd",
            "/assets/....//....//etc/passwd",
            "/assets//etc/passwd",
            "/assets/%00",
            "/assets/style.css%00.txt",
        ] {
            let reply = scene.stranger().get(path);
            assert!(matches!(reply.status, 303 | 400 | 404), "{path}: {}", reply.status);
            assert!(!reply.text().contains("root:") && !reply.text().contains("[package]"), "{path}");
        }
    }),
    ("a document's name does not lead to a file", |scene| {
        for name in ["..%2f..%2fetc%2fpasswd", "person_card.typ", "%2fetc%2fpasswd", "..", "%00"] {
            let reply = scene.personnel.get(&format!("/documents/{name}?record={}", scene.clerk_person.id));
            assert!(matches!(reply.status, 303 | 400 | 404), "{name}: {}", reply.status);
        }
    }),
    ("a value is no typesetting command", |scene| {
        let values = json!({ "number": "7601", "name": "#read(\"x\")#panic()", "kana": "#import \"a\": *" });
        let made = scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &values);
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json()["id"].as_str().unwrap_or_default().to_string();
        let paper = scene.personnel.get(&format!("/documents/person_card?reason=story&record={id}"));
        assert_eq!(paper.status, 200, "the name is printed as it is written");
    }),
    ("a formula in an exported CSV file is a text", |scene| {
        with_formulas(scene);
        let file = scene.personnel.get("/ledgers/person/export?format=csv&reason=story").text();
        for line in file.lines() {
            for cell in line.split(',') {
                let cell = cell.trim_start_matches('\u{feff}').trim_start_matches('"');
                let first = cell.chars().next().unwrap_or('a');
                assert!(!"=+@\t".contains(first), "「{line}」 begins a cell as a formula");
                assert!(first != '-' || cell.len() == 1 || cell[1..].parse::<f64>().is_ok(), "「{line}」");
            }
        }
        assert!(file.contains("HYPERLINK"), "the text itself is kept");
    }),
    ("a formula in an exported workbook is a text", |scene| {
        with_formulas(scene);
        let reply = scene.personnel.get("/ledgers/person/export?format=xlsx&reason=story");
        assert_eq!(reply.status, 200);
        let mut book = zip::ZipArchive::new(Cursor::new(reply.body)).expect("a workbook");
        let mut sheets = 0;
        for place in 0..book.len() {
            let mut part = book.by_index(place).expect("a part");
            let name = part.name().expect("a name").into_owned();
            if name.starts_with("xl/worksheets/") {
                let mut text = String::new();
                std::io::Read::read_to_string(&mut part, &mut text).expect("text");
                assert!(!text.contains("<f>") && !text.contains("<f "), "{name} has a formula");
                sheets += 1;
            }
        }
        assert!(sheets > 0);
    }),
    ("what was exported with a formula comes back as it was", |scene| {
        with_formulas(scene);
        let file = scene.personnel.get("/ledgers/person/export?format=csv&reason=story").body;
        let before = scene.count("person");
        let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], "back.csv", &file);
        assert!(reply.status < 500, "{}", reply.text());
        assert_eq!(scene.count("person"), before);
    }),
];
