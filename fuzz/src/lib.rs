//! Every reader of input from outside, called with any bytes: it may refuse, but not fail, hang or fill the memory, and
//! where it takes something, what it took must hold together.
//!
//! `make fuzz` runs them under libFuzzer (`targets/`); what was found worth keeping lies in `corpus/` and is read again by
//! the ordinary test `tests/corpora.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor as InMemory, Write as _};
use std::sync::{Arc, OnceLock};

use calendar::{BusinessCalendar, DeadlineRule, parse_date, parse_month};
use chrono::{DateTime, NaiveDate, Utc};
use document::read::{Limits, ReadOptions, read_table};
use identity::device::Fingerprint;
use journal::witness::AddCheckpoint;
use journal::{Checkpoint, Files, Proof, SignedNote, SigningKey, TileId, VerifierKey, open_exported, verify_exported};
use ledger::definition::Catalogue;
use ledger::expression::{Expression, Names};
use ledger::pack::{PackSource, load};
use ledger::query::Cursor;
use ledger::read::Condition;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use serde_json::{Map, Value};

/// A reader of bytes.
pub type Reader = fn(&[u8]);

/// All readers by the name of their corpus.
pub const READERS: &[(&str, Reader)] = &[
    ("workbook", workbook),
    ("sheet", sheet),
    ("csv", csv),
    ("pack", pack),
    ("expression", expression),
    ("filter", filter),
    ("date", date),
    ("value", value),
    ("form", form),
    ("token", token),
    ("proof", proof),
    ("journal", journal),
    ("scim", scim),
    ("certificate", certificate),
    ("archive", archive),
];

/// Bounds that keep one run short; the program's own are larger.
fn options() -> ReadOptions {
    let limits = Limits { inflated_bytes: 8_000_000, cells: 100_000, text_bytes: 8_000_000, ..Limits::default() };
    ReadOptions { limits, ..ReadOptions::wanting(["職員番号", "氏名", "生年月日"]) }
}

fn table(bytes: &[u8], name: &str) {
    let_calamine_panic();
    match read_table(bytes, name, &options()) {
        Ok(table) => {
            for row in &table.rows {
                assert!(row.cells.len() <= usize::from(u16::MAX));
                for cell in &row.cells {
                    assert!(!cell.address().is_empty());
                }
            }
        }
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
}

/// libFuzzer ends at the first panic, caught or not. Those within calamine are caught on purpose and told as a broken file
/// (`crates/document/src/read/xlsx.rs`), so they are let pass; all others still end the run.
fn let_calamine_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let end = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !info.location().is_some_and(|place| place.file().contains("/calamine-")) {
                end(info);
            }
        }));
    });
}

/// A workbook.
pub fn workbook(bytes: &[u8]) {
    table(bytes, "a.xlsx");
}

/// A workbook whose parts are given in clear, so that what reads the XML is reached: parts parted by lines that begin with
/// `=== `; one without a name is the sheet, those that are missing are as a spreadsheet program writes them.
pub fn sheet(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts: BTreeMap<&str, &[u8]> = PARTS.iter().copied().collect();
    for part in text.split("=== ").filter(|part| !part.is_empty()) {
        let named = part.split_once('\n').filter(|(name, _)| name.ends_with(".xml") || name.ends_with(".rels"));
        let (name, content) = named.unwrap_or(("xl/worksheets/sheet1.xml", part));
        parts.insert(name, content.as_bytes());
    }
    let mut writer = zip::ZipWriter::new(InMemory::new(Vec::new()));
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        if writer.start_file(name, plain).is_err() || writer.write_all(content).is_err() {
            return;
        }
    }
    if let Ok(archive) = writer.finish() {
        table(&archive.into_inner(), "a.xlsx");
    }
}

/// What a workbook of one sheet has besides the sheet.
const PARTS: &[(&str, &[u8])] = &[
    ("[Content_Types].xml", include_bytes!("../parts/types.xml")),
    ("_rels/.rels", include_bytes!("../parts/root.xml")),
    ("xl/workbook.xml", include_bytes!("../parts/workbook.xml")),
    ("xl/_rels/workbook.xml.rels", include_bytes!("../parts/links.xml")),
];

/// A text of columns.
pub fn csv(bytes: &[u8]) {
    table(bytes, "a.csv");
    table(bytes, "a.tsv");
}

/// A pack: files parted by lines that begin with `=== `.
pub fn pack(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut files = vec![("pack.toml".to_string(), "label = \"試し\"\nversion = \"1\"\n".to_string())];
    for part in text.split("=== ").filter(|part| !part.trim().is_empty()) {
        let (name, content) = part.split_once('\n').unwrap_or(("a.toml", part));
        files.push((name.trim().to_string(), content.to_string()));
    }
    let source = PackSource { name: "trial".into(), files };
    match load(std::slice::from_ref(&source)) {
        Ok(catalogue) => assert!(catalogue.ledgers.values().all(|ledger| !ledger.name.is_empty())),
        Err(problems) => assert!(problems.iter().all(|problem| !problem.to_string().is_empty())),
    }
}

/// An expression, read and reckoned with values of many kinds.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(expression) = Expression::parse(text) else { return };
    let fields = serde_json::json!({
        "a": 1, "b": "山", "c": "2026-03-31", "d": null, "e": [1, "x"], "f": { "g": "1.50" }, "h": true,
        "period": { "from": "2026-04-01", "to": null },
    });
    let none = Map::new();
    let me = serde_json::json!({ "account": "a", "person": "p", "roles": ["r"] });
    let names = Names {
        fields: fields.as_object().unwrap_or(&none),
        state: "draft",
        today: "2026-11-20",
        me: &me,
        before: &Value::Null,
    };
    let once = expression.evaluate(&names).map_err(|problem| problem.message);
    let twice = expression.evaluate(&names).map_err(|problem| problem.message);
    assert_eq!(once, twice, "the same expression gives two answers");
    // What is written out again reads the same.
    assert!(Expression::parse(expression.source()).is_ok());
    let _ = (expression.paths(), expression.pairs(), expression.comparisons());
}

/// A condition of a list, and a cursor.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(condition) = Condition::parse(text) {
        let again = Condition::parse(&condition.to_string());
        assert_eq!(again.ok().map(|again| again.to_string()), Some(condition.to_string()));
    }
    if let Some(cursor) = Cursor::decode(text) {
        assert!(Cursor::decode(&cursor.encode()).is_some());
    }
    if let Some(place) = assurance::search::read_cursor(text) {
        assert_eq!(assurance::search::read_cursor(&assurance::search::cursor(place)), Some(place));
    }
}

/// A date, a month, a rule of a deadline.
pub fn date(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let today = today();
    if let Ok(day) = parse_date(text, today) {
        // What we write, we read.
        assert_eq!(parse_date(&day.to_string(), today).ok(), Some(day));
    }
    let _ = parse_month(text, today);
    if let Ok(rule) = DeadlineRule::parse(text) {
        let _ = rule.resolve(&|_: &str| Some(today), &BusinessCalendar::government());
        assert!(!rule.explain().is_empty());
    }
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap_or_default()
}

fn catalogue() -> &'static Catalogue {
    static PACKS: OnceLock<Catalogue> = OnceLock::new();
    PACKS.get_or_init(|| load(&daicho::installation::built_in()).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// Any JSON as the value of every field of every ledger.
pub fn value(bytes: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(bytes) else { return };
    let catalogue = catalogue();
    let context = ledger::value::Context { catalogue, today: today() };
    for field in catalogue.ledgers.values().flat_map(|ledger| &ledger.fields) {
        if let Ok(value) = ledger::value::normalise(field, &input, &context) {
            let again = ledger::value::normalise(field, &value, &context);
            assert_eq!(again.ok(), Some(value.clone()), "{}", field.name);
            let _ = ledger::value::format(field, &value, catalogue);
        }
    }
}

/// The pairs of a form or address.
pub fn form(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let pairs = daicho::web::request::pairs(&text);
    assert!(pairs.iter().all(|(key, value)| !key.contains('\0') && !value.contains('\0')));
    // Whoever is led back to an address stays on this server.
    let back = daicho::web::request::url(&text).to_string();
    assert!(back.starts_with('/') && !back.starts_with("//") && !back.contains(['\r', '\n', '\\']), "{back:?}");
}

/// Notes, checkpoints, keys, proofs and requests to a witness, as the C2SP formats write them; certificates of erasure.
/// Whatever is read is written again the same.
pub fn proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(note) = SignedNote::parse(text) {
        assert_eq!(note.to_string(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert!(text.starts_with(&checkpoint.text()), "{text:?} gives {:?}", checkpoint.text());
    }
    if let Ok(key) = VerifierKey::parse(text) {
        assert_eq!(VerifierKey::parse(&key.to_string()).ok().map(|key| key.to_string()), Some(key.to_string()));
    }
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(Proof::parse(&proof.to_string()).ok().as_ref(), Some(&proof));
        assert!(proof.verify(key()).is_err(), "a made-up proof holds");
    }
    if let Ok(asked) = AddCheckpoint::parse(text) {
        assert!(AddCheckpoint::parse(&asked.to_string()).is_ok());
    }
    if let Some(tile) = TileId::parse(text) {
        assert_eq!(tile.path(), text);
    }
    assert!(vault::Certificate::open(text, key()).is_err(), "a made-up certificate holds");
}

/// A key whose signing half nobody has.
fn key() -> &'static VerifierKey {
    static KEY: OnceLock<VerifierKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let text = include_str!("../keys/nobody.vkey").trim();
        VerifierKey::parse(text).unwrap_or_else(|problem| panic!("{problem}"))
    })
}

/// An exported journal: files parted by lines that begin with `=== `. Also one bundle of entries.
pub fn journal(bytes: &[u8]) {
    for width in [0, 1, 2, 255, 256] {
        if let Some(leaves) = journal::decode_bundle(bytes, width) {
            assert_eq!(leaves.len(), usize::from(width));
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split("=== ").filter_map(|part| part.split_once('\n'));
    let files: BTreeMap<String, Vec<u8>> =
        parts.map(|(name, content)| (name.trim().to_string(), content.as_bytes().to_vec())).collect();
    assert!(verify_exported(&Memory(files), Some(key()), 1).is_err(), "a made-up journal holds");
}

/// Files in memory.
struct Memory(BTreeMap<String, Vec<u8>>);

impl Files for Memory {
    fn paths(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }

    fn read(&self, path: &str, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
        match self.0.get(path) {
            Some(content) if content.len() > limit => Err(std::io::Error::other("too long")),
            content => Ok(content.cloned()),
        }
    }
}

/// A filter, path or patch of SCIM.
pub fn scim(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let resource = serde_json::json!({
        "id": "1", "userName": "a@example.jp", "active": true, "name": { "familyName": "見本" },
        "emails": [{ "value": "a@example.jp", "primary": true }], "meta": { "version": "W/\"1\"" },
    });
    if let Ok(filter) = identity::scim::filter::Filter::read(text) {
        assert_eq!(filter.holds(&resource), filter.holds(&resource));
        let _ = filter.equals();
    }
    let _ = identity::scim::filter::Path::read(text);
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let _ = identity::scim::patch::Wanted::of_patch(&value);
        let _ = identity::scim::patch::Wanted::of_resource(&value, true);
    }
}

/// A bearer token.
pub fn token(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some((id, _)) = identity::token::read(text)
    {
        assert_eq!(id.len(), 26);
    }
    // What a browser keeps while its user is at the identity provider.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = identity::oidc::Flow::read(text, now());
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()
}

/// A certificate of erasure that carries the right signature, whatever it says; the certificate of a device, as TLS takes
/// it and as a proxy hands it over.
pub fn certificate(bytes: &[u8]) {
    let chain = rustls_chain();
    if let Ok(end) = chain.end(bytes) {
        assert!(chain.known.contains(&end), "a made-up certificate holds");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(print) = Fingerprint::of_header(text) {
        assert_eq!(Fingerprint::read(print.as_str()), Some(print));
    }
    let key = signing_key();
    let text = format!("{text}\n");
    let note = SignedNote { signatures: vec![key.sign(&text)], text }.to_string();
    if let Ok(read) = vault::Certificate::open(&note, key.verifier()) {
        let again = read.sign(key).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(vault::Certificate::open(&again, key.verifier()), Ok(read));
    }
}

/// A key of nothing but these runs.
fn signing_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::from_seed("fuzz", [7; 32]).unwrap_or_else(|problem| panic!("{problem}")))
}

/// The authority of devices, and the certificates that it really gave.
struct Chain {
    verifier: Arc<dyn ClientCertVerifier>,
    known: BTreeSet<Vec<u8>>,
}

impl Chain {
    fn end(&self, der: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let end = CertificateDer::from(der.to_vec());
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
        self.verifier.verify_client_cert(&end, &[], at).map(|_| der.to_vec())
    }
}

fn rustls_chain() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let read = |text: &[u8]| CertificateDer::from_pem_slice(text).unwrap_or_else(|problem| panic!("{problem}"));
        let mut roots = rustls::RootCertStore::empty();
        roots.add(read(include_bytes!("../keys/authority.pem"))).unwrap_or_else(|problem| panic!("{problem}"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap_or_else(|problem| panic!("{problem}"));
        let known = BTreeSet::from([read(include_bytes!("../keys/device.pem")).to_vec()]);
        Chain { verifier, known }
    })
}

/// A backup: what lies under its lock, and the lock; and an exported journal as one file.
pub fn archive(bytes: &[u8]) {
    let read = backup::unpack(bytes, &mut |part| {
        assert!(!part.name.split('/').any(|step| step == ".." || step.is_empty()), "{}", part.name);
        Ok(())
    });
    match read {
        Ok(manifest) => assert_eq!(manifest.format, backup::FORMAT),
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
    static OPENER: OnceLock<backup::Opener> = OnceLock::new();
    let opener = OPENER.get_or_init(|| backup::Opener::Identities(vec![age::x25519::Identity::generate()]));
    assert!(opener.open(bytes).is_err(), "a made-up lock opens");
    // The exported journal is read where it lies, because it may be larger than any memory.
    let path = std::env::temp_dir().join(format!("daicho-fuzz-{}.tar", std::process::id()));
    if std::fs::write(&path, bytes).is_ok() {
        if let Ok(files) = open_exported(&path) {
            for name in files.paths() {
                let _ = files.read(&name, 1 << 20);
            }
            assert!(verify_exported(files.as_ref(), Some(key()), 1).is_err(), "a made-up journal holds");
        }
        let _ = std::fs::remove_file(&path);
    }
}
