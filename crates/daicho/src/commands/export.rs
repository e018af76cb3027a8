//! `daicho export`.

use std::path::PathBuf;

use clap::Args;
use exchange::{ExportFormat, export};
use ledger::Principal;
use ledger::port::Writer;
use ledger::read::ListRequest;

use super::{End, Failure, Line};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 台帳の名前(書かなければすべて)
    ledgers: Vec<String>,
    /// 出力するフォルダ
    #[arg(long)]
    out: PathBuf,
    /// csv、csv-cp932、csv-cp932-geta、xlsx、json
    #[arg(long, default_value = "csv")]
    format: String,
    /// 全ての台帳、履歴、定義、添付ファイル、証跡を、空のフォルダに開かれた形式で出力する
    #[arg(long, conflicts_with_all = ["ledgers", "format"])]
    all: bool,
}

/// Write ledgers to files, one each.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    if arguments.all {
        return everything(line, arguments);
    }
    let format = ExportFormat::parse(&arguments.format)
        .ok_or("--format には csv、csv-cp932、csv-cp932-geta、xlsx、json のいずれかを書いてください。")?;
    let installation = line.open()?;
    let kernel = installation.kernel();
    let names: Vec<String> = match arguments.ledgers.as_slice() {
        [] => kernel.catalogue.ledgers.keys().cloned().collect(),
        some => some.to_vec(),
    };
    if let Some(unknown) = names.iter().find(|name| kernel.catalogue.ledger(name).is_none()) {
        return Err(format!("台帳「{unknown}」はありません。").into());
    }
    std::fs::create_dir_all(&arguments.out)?;
    for name in names {
        let (kernel, request) = (kernel.clone(), ListRequest { ledger: name.clone(), ..ListRequest::default() });
        let exported = installation.store.write(move |tx: &mut dyn Writer| {
            export(&kernel, tx, &Principal::system("export"), &request, &[], format, None).map_err(Stored::from)
        });
        let exported = exported.map_err(|stored| stored.0)?;
        let path = arguments.out.join(format!("{name}.{}", format.ending()));
        std::fs::write(&path, &exported.content)
            .map_err(|error| format!("{} に書けません: {error}", path.display()))?;
        println!("{}: {}件", path.display(), exported.records);
        for replaced in &exported.replaced {
            println!("  {}行目 {}: 「{}」を〓にしました", replaced.row, replaced.column, replaced.character);
        }
    }
    Ok(End::Done)
}

fn everything(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let written = crate::leaving::export(&installation, &arguments.out, &mut |words| eprintln!("{words}"))?;
    println!("{} に全てを出力しました。", arguments.out.display());
    println!(
        "  台帳 {}種類、記録 {}件、添付ファイル {}件、証跡 {}件、ファイル {}個",
        written.ledgers.len(),
        written.ledgers.values().sum::<u64>(),
        written.attachments,
        written.entries,
        written.files.len()
    );
    if written.meanwhile > 0 {
        println!(
            "出力の間に、ほかの操作が{}件ありました。全てのファイルを同じ時点にするには、提供を止めて出力し直してください。",
            written.meanwhile
        );
    }
    println!("個人情報が平文で入っています。置き場所と受け渡しに注意してください。");
    Ok(End::Done)
}

/// A problem on its way out of a transaction.
struct Stored(Failure);

impl From<exchange::ExportProblem> for Stored {
    fn from(problem: exchange::ExportProblem) -> Self {
        Stored(problem.into())
    }
}

impl From<ledger::port::StoreError> for Stored {
    fn from(error: ledger::port::StoreError) -> Self {
        Stored(error.into())
    }
}
