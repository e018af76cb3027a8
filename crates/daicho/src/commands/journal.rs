//! `daicho journal`: the sealed journal at the command line.

use std::path::{Path, PathBuf};

use calendar::format_instant;
use calendar::jst::start_of_day;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use journal::{FolderWriter, TarWriter};
use ledger::Principal;
use ledger::port::Reader;
use ledger::seal::{ExportProblem, export};

use super::{End, Failure, Line, refused};
use crate::api::journal::{record_proof, told};
use crate::seal::{Sealer, archive, forget, rotate, witness};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 封印の状態を表示する
    Status {
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
    /// 証跡の全体を、確かめるために必要なものとともに書き出す(名前が/で終わればフォルダー、ほかは一つのtarファイル)
    Export {
        /// 書き出す先。まだないもの
        #[arg(long)]
        out: PathBuf,
    },
    /// 一つの記録の証明を書き出す
    Prove {
        /// 台帳
        #[arg(long)]
        ledger: String,
        /// 記録の識別子
        #[arg(long)]
        record: String,
        /// 書き出す先(書かなければ画面に表示する)
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// 証跡の公開鍵を表示する
    Vkey {
        /// 立会人として連署するときの公開鍵を表示する
        #[arg(long, conflicts_with = "all")]
        witness: bool,
        /// これまでに使った公開鍵も、新しい順に表示する
        #[arg(long)]
        all: bool,
    },
    /// 署名の鍵を新しくする。古い鍵で封印したものは、古い公開鍵で確かめられる
    RotateKey,
    /// 古い証跡の写しをファイルに書き出し、封印のとおりであることを確かめる
    Archive {
        /// この日までに封印した証跡を書き出す(例 2026-03-31)
        #[arg(long, value_name = "DATE")]
        until: NaiveDate,
        /// 書き出す先のフォルダー
        #[arg(long)]
        out: PathBuf,
    },
    /// 待っている証跡をいま封印する
    Seal,
    /// 設定した立会人に、最新の封印への連署を頼む
    Witness,
    /// 立会いをしている証跡の別の歴史を承認する(相手が正当に復元したとき)。前の歴史は証跡に残る
    Accept {
        /// 相手から受け取った、復元の後の封印のファイル
        #[arg(long, value_name = "FILE")]
        checkpoint: PathBuf,
        /// だれが何を確かめて承認したか
        #[arg(long)]
        reason: String,
    },
    /// バックアップから戻したあと、以前に見た封印を忘れて封印を続ける
    Resume,
}

/// Run it.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let store = &installation.store;
    match &arguments.act {
        Act::Status { json } => {
            let state = match store.read(|tx: &mut dyn Reader| told(tx)) {
                Ok(state) => state,
                Err(ledger::Refusal::NotFound) => serde_json::Value::Null,
                Err(refusal) => return Err(refused(refusal)),
            };
            if *json {
                println!("{}", serde_json::to_string_pretty(&state)?);
            } else if state.is_null() {
                println!("まだ封印がありません。");
            } else {
                println!("封印した証跡    {}件", state["size"]);
                println!("封印した日時    {}", state["sealed_at"].as_str().unwrap_or_default());
                println!("封印を待つ証跡  {}件", state["waiting"]);
                println!("公開鍵          {}", state["vkey"].as_str().unwrap_or_default());
                print!("{}", state["checkpoint"].as_str().unwrap_or_default());
            }
        }
        Act::Export { out } => {
            let size = write_out(store, out).map_err(|problem| -> Failure { problem.to_string().into() })?;
            println!("{size}件の証跡を {} に書き出しました。", out.display());
        }
        Act::Prove { ledger, record, out } => {
            let (kernel, who) = (installation.kernel(), Principal::system("journal"));
            let proof =
                store.read(|tx: &mut dyn Reader| record_proof(tx, &kernel, &who, ledger, record)).map_err(refused)?;
            let text = serde_json::to_string_pretty(&proof)?;
            match out {
                Some(out) => {
                    std::fs::write(out, text)?;
                    println!("証明を {} に書き出しました。", out.display());
                }
                None => println!("{text}"),
            }
        }
        Act::Vkey { witness, all } => {
            let sealer = Sealer::open(&installation)?;
            let key = sealer.key().verifier();
            println!("{}", if *witness { key.cosigner() } else { key.clone() });
            if *all {
                rotate::former(&installation)?.iter().for_each(|one| println!("{}", one.from));
            }
        }
        Act::RotateKey => {
            let rotated = rotate::rotate(&installation)?;
            println!("証跡の署名の鍵を新しくしました。");
            println!("これまでの公開鍵  {}", rotated.from);
            println!("新しい公開鍵      {}", rotated.to);
            println!("新しい公開鍵を台帳の外に控え、立会人と、立会いを頼まれている相手に知らせてください。");
            println!("古い公開鍵も残してください。古い封印と消去証明書は、古い公開鍵で確かめます。");
            println!(
                "古い署名鍵は keys/former/ に残しました。古い鍵のころのバックアップがなくなったら廃棄してください。"
            );
        }
        Act::Archive { until, out } => {
            let before = until.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, start_of_day);
            let Some(made) = archive::archive(&installation, before, out).map_err(|problem| problem.to_string())?
            else {
                return Err(format!("{until} までに封印した証跡がありません。").into());
            };
            let (at, size) = (format_instant(made.checkpoint.sealed_at), made.checkpoint.size);
            let file = made.file.display();
            if made.known {
                println!(
                    "{at} までに封印した証跡 {size} 件は、すでに {file} に書き出してあります。封印のとおりであることを確かめました。"
                );
            } else {
                println!(
                    "{at} までに封印した証跡 {size} 件を {file} に書き出し、封印のとおりであることを確かめました。"
                );
            }
            println!(
                "「daicho verify --archive {}」で、いまの台帳の始まりであることまで確かめられます。",
                made.file.display()
            );
        }
        Act::Seal => {
            let round = Sealer::open(&installation)?.seal_all(&installation)?;
            println!("{}件を封印しました。", round.sealed);
            if let Some(sequence) = round.foreign {
                return Err(crate::seal::SealTrouble::Foreign(sequence).into());
            }
        }
        Act::Witness => {
            let witnesses = &installation.settings.journal.witnesses;
            if witnesses.is_empty() {
                return Err(
                    "立会人が設定されていません。daicho.toml の [journal] に witnesses を書いてください。".into()
                );
            }
            for one in witnesses {
                let new = witness::ask(&installation, one)?;
                println!("{}: {}", one.url, if new { "連署を受け取りました" } else { "連署は最新です" });
            }
        }
        Act::Accept { checkpoint, reason } => {
            let text = std::fs::read_to_string(checkpoint)
                .map_err(|error| format!("{} を読めません: {error}", checkpoint.display()))?;
            let known = witness::witnessed_keys(&installation);
            let (before, after) = witness::accept(&installation, &known, &text, reason)?;
            println!("証跡「{}」の別の歴史を承認しました。次の連署は、この封印の続きにだけします。", after.origin);
            println!("  前の歴史: {}件まで({}に連署)", before.size, format_instant(before.at));
            println!("  承認した封印: {}件", after.size);
            println!("前の封印と理由は、この台帳の証跡に残しました。");
        }
        Act::Resume => {
            forget(&installation.data)?;
            println!("以前に見た封印を忘れました。次の封印から、いまのデータベースの続きになります。");
            println!("立会人がいるときは、復元したことを知らせ、画面「証跡の封印」で保存した封印を渡してください。");
        }
    }
    Ok(End::Done)
}

fn write_out(store: &store::Store, out: &Path) -> Result<u64, ExportProblem> {
    let folder = out.as_os_str().to_string_lossy().ends_with('/');
    store.read(
        |tx: &mut dyn Reader| {
            if folder { export(tx, FolderWriter::create(out)?) } else { export(tx, TarWriter::create(out)?) }
        },
    )
}
