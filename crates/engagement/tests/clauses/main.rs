//! Requirements of the five specifications, one story or more each, written as TOML beside this file (`testkit::clauses`).
//! `CLAUSES_ONLY=T-022` plays only the stories that show this requirement or have it in their name;
//! `CLAUSES_PAPERS=FOLDER` keeps the papers that they print there.

use std::path::PathBuf;

use ledger::Principal;
use ledger::port::Reader;
use testkit::Desk;

/// The text of a form as somebody would print it; it is typeset as well.
fn print(desk: &Desk, who: &Principal, form: &str, record: &str) -> Result<String, String> {
    let ids = [record.to_string()];
    let paper = desk
        .store
        .read(|tx: &mut dyn Reader| exchange::paper_data(&desk.kernel, tx, who, form, &ids, "見本省", None))
        .map_err(|problem| problem.to_string())?;
    let pdf = exchange::typeset(&desk.kernel, &document::pdf::Typesetter::new(), &paper, "見本省")
        .map_err(|problem| problem.to_string())?;
    if !pdf.warnings.is_empty() {
        return Err(format!("{:?}", pdf.warnings));
    }
    // To be looked at, where somebody asks for it.
    if let Ok(folder) = std::env::var("CLAUSES_PAPERS") {
        let file = PathBuf::from(folder).join(format!("{form}-{record}.pdf"));
        std::fs::write(file, &pdf.bytes).map_err(|problem| problem.to_string())?;
    }
    Ok(paper.data.to_string())
}

/// Plays a file on SQLite and PostgreSQL.
fn play(file: &str) {
    // As it is when the test runs, so that stories and packs can change without a build.
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").into());
    let folder = PathBuf::from(folder).join("tests/clauses");
    testkit::on_each_database(|store| testkit::clauses::play(store, &folder, file, engagement::engines(), print));
}

macro_rules! files {
    ($($name:ident),* $(,)?) => { $(#[test] fn $name() { play(stringify!($name)); })* };
}

files!(money, people, protection, registers, verification);
