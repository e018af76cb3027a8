//! `daicho import`.

use std::path::PathBuf;

use clap::Args;
use exchange::{ImportEnd, ImportPlan, import, read};
use ledger::Principal;
use ledger::import::ImportReport;
use ledger::port::Writer;

use super::{End, Failure, Line, refused};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 台帳の名前
    ledger: String,
    /// 取り込むファイル(XLSX、CSV、TSV)
    file: PathBuf,
    /// 見出しと項目の対応を書いたTOMLのファイル(「見出し = "項目"」の行)
    #[arg(long)]
    map: Option<PathBuf>,
    /// 保存せずに、どうなるかだけを確かめる
    #[arg(long)]
    dry_run: bool,
    /// CP932にない文字を、そのまま取り込む
    #[arg(long)]
    accept_characters: bool,
    /// 結果をJSONで表示する
    #[arg(long)]
    json: bool,
}

/// Import a file: all of it, or nothing.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let kernel = installation.kernel();
    let Ok(ledger) = kernel.ledger(&arguments.ledger) else {
        let known: Vec<&str> = kernel.catalogue.ledgers.keys().map(String::as_str).collect();
        let words = format!("台帳「{}」はありません。あるのは次の台帳です: {}", arguments.ledger, known.join("、"));
        return Err(words.into());
    };
    let bytes = std::fs::read(&arguments.file)
        .map_err(|error| format!("{} を読めません: {error}", arguments.file.display()))?;
    let name = arguments.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let table = match read(&ledger, &bytes, &name) {
        Ok(table) => table,
        Err(problem) => {
            if arguments.json {
                println!("{}", serde_json::json!({ "problem": problem.to_string() }));
            } else {
                eprintln!("{problem}");
            }
            return Ok(End::Refused);
        }
    };
    let plan = ImportPlan {
        ledger: arguments.ledger.clone(),
        chosen: chosen(arguments.map.as_ref())?,
        accept_characters: arguments.accept_characters,
        dry_run: arguments.dry_run,
    };
    if !arguments.json {
        println!("{}: {}", name, table.recognised);
        for note in &table.notes {
            println!("注意: {note}");
        }
    }
    let outcome = installation.store.write(move |tx: &mut dyn Writer| {
        import(&kernel, tx, &Principal::system("import"), &table.incoming, &plan, &|_, _| true)
    });
    match outcome {
        Ok(report) => {
            tell(&report, arguments.json, "保存しました");
            Ok(End::Done)
        }
        Err(ImportEnd::Dry(report)) => {
            tell(&report, arguments.json, "確かめました(保存していません)");
            Ok(End::Done)
        }
        Err(ImportEnd::Refused(report)) => {
            tell(&report, arguments.json, "誤りがあるため、何も保存していません");
            Ok(End::Refused)
        }
        Err(ImportEnd::Refusal(refusal)) => Err(refused(refusal)),
    }
}

fn chosen(map: Option<&PathBuf>) -> Result<Vec<(String, String)>, Failure> {
    let Some(path) = map else { return Ok(Vec::new()) };
    let text = std::fs::read_to_string(path).map_err(|error| format!("{} を読めません: {error}", path.display()))?;
    let table: toml::Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(table.into_iter().filter_map(|(heading, field)| Some((heading, field.as_str()?.to_string()))).collect())
}

fn tell(report: &ImportReport, json: bool, words: &str) {
    if json {
        println!("{}", serde_json::to_string_pretty(report).unwrap_or_default());
        return;
    }
    for problem in &report.problems {
        let place = match (problem.address.as_str(), problem.row) {
            ("", 0) => "見出し".to_string(),
            ("", row) => format!("{row}行目"),
            (address, _) => address.to_string(),
        };
        let text = if problem.text.is_empty() { String::new() } else { format!("「{}」: ", problem.text) };
        println!("{place} {}: {text}{}", problem.column, problem.message);
    }
    if !report.ignored.is_empty() {
        println!("対応する項目がない列: {}", report.ignored.join("、"));
    }
    println!(
        "{words}。{}行: 追加 {}、変更 {}、変わらず {}、誤り {}",
        report.rows,
        report.created,
        report.amended,
        report.unchanged,
        report.problems.len()
    );
}
