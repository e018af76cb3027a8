//! `daicho packs`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger::Principal;
use ledger::pack::{self, PackSource, read_folder, read_folders};

use super::{End, Failure, Line};
use crate::installation::{OpenProblem, built_in};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 業務パックの誤りを、ファイルと行と直し方で示す(終了コード: 0 誤りなし、2 誤りあり)
    Check {
        /// パックのフォルダ、またはパックのフォルダを並べたフォルダ(書かなければ組込みのパック)
        folder: Option<PathBuf>,
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
    /// 二つの版を比べ、変更の及ぶ画面、一覧、取込み、帳票、規則を表にする
    Diff {
        /// 古い版のフォルダ
        old: PathBuf,
        /// 新しい版のフォルダ
        new: PathBuf,
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
    /// パックを組み込む。動いているサーバーにも、止めずに反映する
    Install {
        /// パックのフォルダ
        folder: PathBuf,
    },
}

/// Check, compare or install packs.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    match &arguments.act {
        Act::Check { folder, json } => check(folder.as_deref(), *json),
        Act::Diff { old, new, json } => diff(old, new, *json),
        Act::Install { folder } => {
            let source = read_folder(folder)?;
            if let Ok(catalogue) = pack::load(&with_built_in(vec![source.clone()])) {
                let faults = forms(&catalogue);
                if !faults.is_empty() {
                    faults.iter().for_each(|(text, _)| println!("{text}"));
                    return Ok(End::Refused);
                }
            }
            let name = source.name.clone();
            match line.open()?.install(source, &Principal::system("packs")) {
                Ok(()) => {
                    println!("パック「{name}」を組み込みました。");
                    Ok(End::Done)
                }
                Err(OpenProblem::Packs(problems)) => {
                    problems.iter().for_each(|problem| println!("{problem}"));
                    Ok(End::Refused)
                }
                Err(other) => Err(other.into()),
            }
        }
    }
}

/// Packs in a folder: the folder is one pack when it holds `pack.toml`, else it holds packs.
fn packs(folder: &Path) -> Result<Vec<PackSource>, Failure> {
    let read = if folder.join("pack.toml").is_file() {
        read_folder(folder).map(|pack| vec![pack])
    } else {
        read_folders(folder)
    };
    read.map_err(|error| format!("{} を読めません: {error}", folder.display()).into())
}

/// The packs of a folder together with those built in that it does not replace: what it refers to must be there.
fn with_built_in(given: Vec<PackSource>) -> Vec<PackSource> {
    let mut all: Vec<PackSource> =
        built_in().into_iter().filter(|known| given.iter().all(|pack| pack.name != known.name)).collect();
    all.extend(given);
    all
}

fn check(folder: Option<&Path>, json: bool) -> Result<End, Failure> {
    let given = match folder {
        Some(folder) => packs(folder)?,
        None => built_in(),
    };
    let count = given.len();
    let mut problems = match pack::load(&with_built_in(given)) {
        Ok(catalogue) => forms(&catalogue),
        Err(problems) => problems.iter().map(|problem| (problem.to_string(), serde_json::json!(problem))).collect(),
    };
    problems.sort_by(|a, b| a.0.cmp(&b.0));
    for (text, value) in &problems {
        if json {
            println!("{value}");
        } else {
            println!("{text}");
        }
    }
    if !problems.is_empty() {
        return Ok(End::Refused);
    }
    if !json {
        println!("{count}個のパックに誤りはありません。");
    }
    Ok(End::Done)
}

/// Mistakes in the writing of forms (Typst). What a form makes of its data shows only when it is printed.
fn forms(catalogue: &ledger::definition::Catalogue) -> Vec<(String, serde_json::Value)> {
    let mut problems = Vec::new();
    for form in catalogue.documents.values() {
        let name = format!("{}.typ", form.name);
        let faults = match document::pdf::Form::new(&name, &form.source, []) {
            Ok(form) => form.faults(),
            Err(problem) => {
                let text = format!("{name}: {problem}");
                problems.push((text.clone(), serde_json::json!({ "file": name, "line": 0, "message": text })));
                continue;
            }
        };
        for fault in faults {
            let text = format!("{name}:{}:{}: 様式の書き方が違います。{}", fault.line, fault.column, fault.message);
            problems.push((
                text,
                serde_json::json!({
                    "file": name, "line": fault.line, "column": fault.column, "message": fault.message,
                }),
            ));
        }
    }
    problems
}

fn diff(old: &Path, new: &Path, json: bool) -> Result<End, Failure> {
    let load = |folder: &Path| -> Result<_, Failure> {
        pack::load(&with_built_in(packs(folder)?)).map_err(|problems| OpenProblem::Packs(problems).into())
    };
    let rows = pack::diff(&load(old)?, &load(new)?);
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print!("{}", pack::print_diff(&rows));
    }
    Ok(End::Done)
}
