//! `daicho export`.

use std::path::{Path, PathBuf};

use clap::Args;
use exchange::{ExportFormat, Pseudonymising, export, export_pseudonymised};
use ledger::Principal;
use ledger::port::Writer;
use ledger::read::ListRequest;

use super::{End, Failure, Line, pseudonyms};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 台帳の名前(書かなければすべて)
    ledgers: Vec<String>,
    /// 出力するフォルダ
    #[arg(long, required_unless_present = "check")]
    out: Option<PathBuf>,
    /// csv、csv-cp932、csv-cp932-geta、xlsx、json
    #[arg(long, default_value = "csv")]
    format: String,
    /// 全ての台帳、履歴、定義、添付ファイル、証跡を、空のフォルダに開かれた形式で出力する
    #[arg(long, conflicts_with_all = ["ledgers", "format", "pseudonymise", "identify"])]
    all: bool,
    /// 「--all」で出力したフォルダを、書き出したときのままか確かめる(台帳は要らない。終了コード: 0 そのまま、1 違う)
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["ledgers", "out", "all", "pseudonymise", "identify"])]
    check: Option<PathBuf>,
    /// 人を番号に置き換える(仮名化)。氏名などを番号に、生年月日を年齢の幅にし、自由記述と添付を除く
    #[arg(long, requires = "table", requires = "reason")]
    pseudonymise: bool,
    /// 番号と人の対応表のファイル。鍵で暗号化して書く。あれば同じ番号を使い、書き足す
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// 仮名化して出力する理由。証跡に残る
    #[arg(long)]
    reason: Option<String>,
    /// 対応表からこの番号の人を調べる(出力はしない)
    #[arg(long, value_name = "NUMBER", requires = "table", requires = "reason")]
    identify: Vec<String>,
}

/// Write ledgers to files, one each.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    if let Some(folder) = &arguments.check {
        return check(folder);
    }
    let out = arguments.out.as_deref().ok_or("--out に出力するフォルダを指定してください。")?;
    if arguments.all {
        return everything(line, out);
    }
    let format = ExportFormat::parse(&arguments.format)
        .ok_or("--format には csv、csv-cp932、csv-cp932-geta、xlsx、json のいずれかを書いてください。")?;
    let installation = line.open()?;
    if let (false, Some(table)) = (arguments.identify.is_empty(), &arguments.table) {
        return pseudonyms::identify(&installation, table, &arguments.identify, arguments.reason.as_deref());
    }
    let mut table = match (arguments.pseudonymise, &arguments.table) {
        (true, Some(path)) if path.parent().is_some_and(|folder| folder == out) => {
            return Err("対応表は、出力するフォルダと別の場所に置いてください。".into());
        }
        (true, Some(path)) => Some(pseudonyms::open(&installation, path)?),
        _ => None,
    };
    let kernel = installation.kernel();
    let names: Vec<String> = match arguments.ledgers.as_slice() {
        [] => kernel.catalogue.ledgers.keys().cloned().collect(),
        some => some.to_vec(),
    };
    if let Some(unknown) = names.iter().find(|name| kernel.catalogue.ledger(name).is_none()) {
        return Err(format!("台帳「{unknown}」はありません。").into());
    }
    std::fs::create_dir_all(out)?;
    for name in names {
        let (kernel, request) = (kernel.clone(), ListRequest { ledger: name.clone(), ..ListRequest::default() });
        let who = Principal::system("export");
        let exported = installation.store.write(|tx: &mut dyn Writer| match &mut table {
            None => export(&kernel, tx, &who, &request, &[], format, arguments.reason.as_deref()).map_err(Stored::from),
            Some(table) => {
                let reason = arguments.reason.as_deref().unwrap_or_default();
                let band_years = installation.settings.age_band_years;
                let mut how = Pseudonymising { table, reason, band_years };
                export_pseudonymised(&kernel, tx, &who, &request, format, &mut how).map_err(Stored::from)
            }
        });
        // The table comes first: a file whose numbers lead nowhere would be lost.
        if let (Some(table), Some(path)) = (&table, &arguments.table) {
            pseudonyms::save(&installation, path, table)?;
        }
        let exported = exported.map_err(|stored| stored.0)?;
        let path = out.join(format!("{name}.{}", format.ending()));
        std::fs::write(&path, &exported.content)
            .map_err(|error| format!("{} に書けません: {error}", path.display()))?;
        println!("{}: {}件", path.display(), exported.records);
        for replaced in &exported.replaced {
            println!("  {}行目 {}: 「{}」を〓にしました", replaced.row, replaced.column, replaced.character);
        }
    }
    Ok(End::Done)
}

/// Compare an export of everything with its manifest, and the journal in it with its own seal.
fn check(folder: &Path) -> Result<End, Failure> {
    let (manifest, sha256) = crate::leaving::read(folder)?;
    let key = journal::VerifierKey::parse(&manifest.vkey)?;
    let files = journal::open_exported(&folder.join("journal"))?;
    let verified = journal::verify_exported(files.as_ref(), Some(&key), 2)
        .map_err(|_| "出力した証跡が、封印と合いません。「daicho verify --journal」で場所を調べてください。")?;
    if verified.checkpoint.size != manifest.entries {
        return Err("出力した証跡の件数が、書き出したときと違います。".into());
    }
    println!("書き出したときのままです({})。", calendar::format_instant(manifest.exported_at));
    println!("  機関 {}、ファイル {}個、証跡 {}件", manifest.agency, manifest.files.len(), manifest.entries);
    println!("  一覧(manifest.json)のSHA-256 {sha256}");
    Ok(End::Done)
}

fn everything(line: &Line, out: &Path) -> Result<End, Failure> {
    let installation = line.open()?;
    let written = crate::leaving::export(&installation, out, &mut |words| eprintln!("{words}"))?;
    println!("{} に全てを出力しました。", out.display());
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
        Stored(match problem {
            exchange::ExportProblem::Refusal(refusal) => super::refused(refusal),
            problem => problem.into(),
        })
    }
}

impl From<ledger::port::StoreError> for Stored {
    fn from(error: ledger::port::StoreError) -> Self {
        Stored(error.into())
    }
}
