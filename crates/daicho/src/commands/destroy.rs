//! `daicho destroy`.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::Args;

use super::{End, Failure, Line, ambient};
use crate::leaving::{self, Ended, HandedOver, Order};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 承認された「台帳の消去の申請」の番号
    #[arg(long, value_name = "NUMBER")]
    request: Option<String>,
    /// 消去証明書を置くフォルダー(データのフォルダーの外)
    #[arg(long)]
    out: Option<PathBuf>,
    /// 「daicho export --all」で出力したフォルダー。台帳と同じ内容であることを確かめる
    #[arg(long, value_name = "FOLDER", conflicts_with = "without_export")]
    export: Option<PathBuf>,
    /// 出力しないで消去する理由。消去証明書に載る
    #[arg(long, value_name = "REASON")]
    without_export: Option<String>,
    /// バックアップを消去せずに残す。消去証明書に載る
    #[arg(long)]
    keep_backups: bool,
}

/// Destroy everything, or go on with a destruction that was interrupted.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let settings = line.settings()?;
    let mut tell = |words: &str| {
        if !words.is_empty() {
            eprintln!("消去しています: {words}");
        }
        true
    };
    if leaving::is_begun(line.data()) {
        eprintln!("途中で止まった消去を、続きから行います。");
        return Ok(end(&leaving::go_on(line.data(), &settings, &ambient(), &mut tell)?));
    }
    let (Some(number), Some(out)) = (&arguments.request, &arguments.out) else {
        return Err("--request に承認された申請の番号を、--out に消去証明書を置くフォルダーを指定してください。".into());
    };
    if arguments.export.is_none() && arguments.without_export.is_none() {
        eprintln!(
            "まだ何も消去していません。消去すると元に戻せません。提供を止めてから、先に次の二つを行ってください。"
        );
        eprintln!("  daicho export --all --out フォルダー     全てを開かれた形式で出力する");
        eprintln!("  daicho backup --out ファイル             暗号化したバックアップを取る(要るとき)");
        eprintln!(
            "その後で --export フォルダー を付けて実行します。出力しないときは --without-export 理由 を付けます。"
        );
        return Ok(End::Refused);
    }
    if settings.database_url.is_none() && !line.data().join(crate::installation::DATABASE).exists() {
        return Err(format!("{} に台帳がありません。", line.data().display()).into());
    }
    let order = Order {
        data: line.data(),
        settings,
        ambient: ambient(),
        number,
        export: arguments.export.as_deref(),
        without_export: arguments.without_export.as_deref(),
        keep_backups: arguments.keep_backups,
        out,
    };
    let prepared = leaving::prepare(&order)?;
    let plan = &prepared.plan;
    println!("次のものを、元に戻せない方法で消去します。");
    println!("  機関        {}", plan.agency);
    println!("  契約        {}(申請 {})", plan.contract, plan.number);
    println!(
        "  台帳        {}種類、記録 {}件、添付ファイル {}件、証跡 {}件",
        plan.holdings.ledgers.len(),
        plan.holdings.records,
        plan.holdings.attachments,
        plan.holdings.entries
    );
    match &plan.handed_over {
        HandedOver::Export(_) => println!("  出力        台帳と同じ内容であることを確かめました"),
        HandedOver::Nothing(reason) => println!("  出力        なし({reason})"),
    }
    for item in &plan.items {
        println!("  消去する    {}  {}", item.what, item.place);
    }
    for backup in &plan.kept_backups {
        println!("  残る        バックアップ {}/{}", backup.place, backup.file);
    }
    for left in &plan.left {
        println!("  残る        {left}");
    }
    print!("実行するには、機関名「{}」を入力してください: ", plan.agency);
    std::io::stdout().flush()?;
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed)?;
    if typed.trim() != plan.agency {
        println!();
        eprintln!("機関名が違います。何も消去していません。");
        return Ok(End::Refused);
    }
    println!();
    Ok(end(&prepared.carry_out(&mut tell)?))
}

fn end(ended: &Ended) -> End {
    match &ended.certificate {
        Some(certificate) => {
            let found = certificate.destroyed.len();
            println!("消去しました。{found}個の対象がなくなったことを確かめました。");
        }
        None => println!("消去は終わっていました。残りを片付けました。"),
    }
    println!("消去証明書  {}", ended.note.display());
    println!("公開鍵      {}", ended.vkey);
    println!("消去証明書と公開鍵は、別々の方法で相手に渡してください。");
    End::Done
}
