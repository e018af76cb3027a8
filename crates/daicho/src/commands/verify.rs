//! `daicho verify`: has anything been changed behind Daicho's back, and where?

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use ledger::definition::Catalogue;
use serde_json::json;
use verify::{Options, Report};

use super::{End, Failure, Line};
use crate::seal::archive::{Joined, join};
use crate::verification::sentence;

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// データベースの代わりに、書き出した証跡(フォルダまたはtar)だけを検証する
    #[arg(long, value_name = "PATH")]
    journal: Option<PathBuf>,
    /// 書き出した古い証跡(daicho journal archive)も検証し、いまの証跡の始まりであることを確かめる
    #[arg(long, value_name = "PATH", conflicts_with = "journal")]
    archive: Vec<PathBuf>,
    /// 別に控えてある証跡の公開鍵(文字列、またはそれを書いたファイル)。封印がその鍵のものであることまで確かめる
    #[arg(long, value_name = "KEY")]
    vkey: Option<String>,
    /// 結果をJSONで表示する
    #[arg(long)]
    json: bool,
}

/// Verify. Intact is [`End::Done`], a finding [`End::Altered`]; a failure means that it could not be checked.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let vkey = arguments.vkey.as_deref().map(key_text).transpose()?;
    match &arguments.journal {
        Some(path) => journal_alone(path, vkey.as_deref(), arguments.json),
        None => database(line, vkey, &arguments.archive, arguments.json),
    }
}

fn key_text(given: &str) -> Result<String, Failure> {
    let path = Path::new(given);
    let text = if path.is_file() { std::fs::read_to_string(path)? } else { given.to_owned() };
    Ok(text.trim().to_owned())
}

fn journal_alone(path: &Path, vkey: Option<&str>, as_json: bool) -> Result<End, Failure> {
    let trusted = vkey.map(journal::VerifierKey::parse).transpose()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // A file that is there but not of the form that is written was altered; one that is not there was not checked.
    if !path.exists() {
        return Err(format!("{} がありません。", path.display()).into());
    }
    let verified = match journal::open_exported(path) {
        Ok(files) => journal::verify_exported(files.as_ref(), trusted.as_ref(), threads),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(vec![journal::Finding::File { path: path.display().to_string(), reason: error.to_string() }])
        }
        Err(error) => return Err(format!("{} を読めません: {error}", path.display()).into()),
    };
    match verified {
        Ok(verified) => {
            if as_json {
                let witnesses: Vec<_> = verified.witnesses.iter().map(|(key, _)| key.to_string()).collect();
                println!(
                    "{}",
                    json!({ "intact": true, "entries": verified.checkpoint.size, "vkey": verified.key.to_string(),
                            "trusted": trusted.is_some(), "witnesses": witnesses, "findings": [] })
                );
            } else {
                println!("証跡 {} 件は、封印されたとおりです。", verified.checkpoint.size);
                if trusted.is_none() {
                    println!("公開鍵は書き出しに入っていたものです。別に控えた鍵は --vkey で指定してください。");
                }
            }
            Ok(End::Done)
        }
        Err(findings) => {
            if as_json {
                println!("{}", json!({ "intact": false, "findings": findings }));
            } else {
                findings.iter().for_each(|finding| println!("{finding}"));
                println!("証跡は封印されたとおりではありません({} 件)。", findings.len());
            }
            Ok(End::Altered)
        }
    }
}

fn database(line: &Line, vkey: Option<String>, archives: &[PathBuf], as_json: bool) -> Result<End, Failure> {
    let shown = AtomicU64::new(0);
    let told = std::io::stderr().is_terminal();
    let progress = move |what: &str, done: u64| {
        if told && done >= shown.load(Ordering::Relaxed) + 100_000 {
            shown.store(done, Ordering::Relaxed);
            let _ = writeln!(std::io::stderr(), "{what}: {done}");
        }
        true
    };
    let options = Options { vkey, progress: &progress, ..Options::default() };
    let mut joined = Vec::new();
    let (report, catalogue) = match line.open() {
        Ok(installation) => {
            for path in archives {
                joined.push((
                    path,
                    join(&installation, path).map_err(|problem| format!("{}: {problem}", path.display()))?,
                ));
            }
            let report = verify::database(&installation.store, &options)?;
            (report, Some(installation.kernel().catalogue))
        }
        // A file of ours that no longer opens is a finding, not a failure.
        Err(failure) => match line.damaged(&failure)? {
            Some(report) => (report, None),
            None => return Err(failure),
        },
    };
    let whole = report.intact() && joined.iter().all(|(_, joined)| matches!(joined, Joined::Beginning(..)));
    if as_json {
        let mut facts = serde_json::to_value(&report)?;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("intact".into(), whole.into());
            facts.insert("archives".into(), joined.iter().map(|(path, joined)| in_json(path, joined)).collect());
        }
        println!("{facts}");
    } else {
        joined.iter().for_each(|(path, joined)| tell_archive(path, joined));
        tell(&report, catalogue.as_deref());
    }
    Ok(if whole { End::Done } else { End::Altered })
}

fn in_json(path: &Path, joined: &Joined) -> serde_json::Value {
    let path = path.display().to_string();
    match joined {
        Joined::Beginning(size, of) => json!({ "path": path, "intact": true, "entries": size, "sealed": of }),
        Joined::Other(reason) => json!({ "path": path, "intact": false, "reason": reason }),
        Joined::Altered(findings) => json!({ "path": path, "intact": false, "findings": findings }),
    }
}

fn tell_archive(path: &Path, joined: &Joined) {
    let path = path.display();
    match joined {
        Joined::Beginning(size, of) => {
            println!("{path}: 証跡 {size} 件は封印されたとおりで、いまの証跡 {of} 件の始まりです。");
        }
        Joined::Other(reason) => println!("{path}: {reason}。"),
        Joined::Altered(findings) => {
            findings.iter().for_each(|finding| println!("{path}: {finding}"));
            println!("{path}: 封印されたとおりではありません({} 件)。", findings.len());
        }
    }
}

fn tell(report: &Report, catalogue: Option<&Catalogue>) {
    for finding in &report.findings {
        println!("{}", sentence(finding, catalogue));
    }
    for unchecked in &report.unchecked {
        println!("検証していないもの: {unchecked}");
    }
    println!(
        "証跡 {} 件(うち封印済み {} 件)、記録 {} 件、版 {} 件、そのほかの行 {} 件を確かめました。",
        report.entries, report.sealed, report.records, report.versions, report.rows
    );
    if report.disposed > 0 {
        println!(
            "廃棄の決定により本体を取り除いた証跡が {} 件あります。位置とハッシュは封印のとおりです。",
            report.disposed
        );
    }
    match report.found {
        0 => println!("変更は見つかりませんでした。"),
        found => println!(
            "台帳を通さない変更が {found} 件見つかりました。手順は「監査する人の手引」の「検証で見つかったとき」にあります。"
        ),
    }
}
