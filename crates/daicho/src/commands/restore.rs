//! `daicho restore`.

use std::path::PathBuf;

use calendar::format_instant;
use chrono::{DateTime, NaiveDateTime, Utc};
use clap::Args;
use serde_json::json;

use super::backup::{Opening, Teller};
use super::{End, Failure, Line, ambient};
use crate::recovery::{self, Chosen, RestoreRequest, Restored};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    opening: Opening,
    /// 世代のフォルダーから、この時点より後でない最も新しい世代を選ぶ(例 2026-11-22T09:00、日本時間)
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    until: Option<DateTime<Utc>>,
    /// いまの台帳にあってバックアップにない証跡を失うことを承知で復元する
    #[arg(long)]
    accept_loss: bool,
}

/// An instant as people write it: the wall clock in Japan, or with its zone.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let text = text.trim();
    let japan = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let local = japan.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let zoned = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let words = "2026-11-22T09:00(日本時間)か 2026-11-22T00:00:00Z の形で、時刻まで書いてください";
    local.map(calendar::jst::instant_of).or_else(zoned).ok_or_else(|| words.to_string())
}

/// What is restored: the file, or the generation of the folder that is chosen by its instant.
fn file(arguments: &Arguments) -> Result<PathBuf, Failure> {
    let given = &arguments.opening.file;
    if !given.is_dir() {
        return match arguments.until {
            Some(_) => Err(format!(
                "--until は、世代の入ったフォルダーとともに使います。{} はフォルダーではありません。",
                given.display()
            )
            .into()),
            None => Ok(given.clone()),
        };
    }
    let Chosen { path, at, next } = recovery::choose(given, arguments.until)?;
    eprintln!("{} を選びました。", path.display());
    eprintln!("  世代の時点: {}", calendar::jst::format_iso(at));
    if let Some(until) = arguments.until {
        eprintln!("  指定した時点: {}", calendar::jst::format_iso(until));
        let apart = (until - at).num_minutes();
        eprintln!(
            "この間({}時間{}分)の記録は、この世代にありません。戻せるのは世代の時点だけです。",
            apart / 60,
            apart % 60
        );
    }
    if let Some(next) = next {
        eprintln!("  次の世代の時点: {}", calendar::jst::format_iso(next));
    }
    Ok(path)
}

/// A server goes back to any instant by its own log, as a whole and not by this program: what to do, in order.
fn by_the_server(until: DateTime<Utc>) -> String {
    let at = calendar::jst::wall_clock(until).format("%Y-%m-%d %H:%M:%S");
    format!(
        "PostgreSQL では、指定した時点に戻す操作はサーバーのログの保管(WALアーカイブ)で行います。何も変えていません。\n\
         1. serve と worker を全て止めます。\n\
         2. その時点より前の pg_basebackup の写しを、空のフォルダーに置きます。\n\
         3. 次の設定を加え、空のファイル recovery.signal を作って、サーバーを起動します。\n\
         \u{3000}restore_command = 'cp ログの保管場所/%f %p'\n\
         \u{3000}recovery_target_time = '{at}+09'\n\
         \u{3000}recovery_target_action = 'promote'\n\
         4. 鍵束を最も新しい写しに替えます。\n\
         5. daicho verify を実行し、終了コードが 0 になることを確かめます。\n\
         6. daicho journal resume を実行し、serve を始めます。\n\
         世代の時点に戻すときは、--until を付けずに、世代のファイルを指定してください。\n\
         手引き「時点を指定して戻す」に詳しく書いてあります。"
    )
}

/// Restore a backup into the data directory, or into the database the settings name.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let opening = &arguments.opening;
    let settings = line.settings()?;
    if let Some(until) = arguments.until.filter(|_| settings.database_url.is_some()) {
        eprintln!("{}", by_the_server(until));
        return Ok(End::Refused);
    }
    let file = file(arguments)?;
    let opener = recovery::opener_of(opening.identity.as_deref(), opening.passphrase_file.as_deref())?;
    let request = RestoreRequest {
        backup: &file,
        opener: &opener,
        data: line.data(),
        settings,
        ambient: ambient(),
        accept_loss: arguments.accept_loss,
    };
    let mut teller = Teller::new();
    let restored = recovery::restore(&request, &mut |words, done| teller.tell(words, done));
    teller.end();
    match restored? {
        Restored::Refused(loss) => {
            let at = |at: Option<_>| at.map_or_else(|| "なし".to_string(), format_instant);
            eprintln!("復元していません。いまの台帳のほうが新しく、復元すると次の証跡が失われます。");
            eprintln!("  失われる証跡: {}件", loss.entries);
            eprintln!("  バックアップの最後の証跡: {}", at(loss.backup));
            eprintln!("  いまの最後の証跡: {}", at(loss.present));
            eprintln!("より新しい世代がないかを確かめてください。承知のうえで復元するには --accept-loss を付けます。");
            Ok(End::Refused)
        }
        Restored::Done { manifest, seconds, aside, mails, verified } => {
            if opening.json {
                let told = json!({ "seconds": seconds, "aside": aside, "mails": mails, "manifest": manifest });
                println!("{told}");
                return Ok(End::Done);
            }
            println!("{}の時点に復元しました。{seconds:.1}秒かかりました。", format_instant(manifest.taken_at));
            if let Some(last) = manifest.journal.last_at {
                println!("  最後の証跡: {}", calendar::jst::format_iso(last));
            }
            println!("  {verified}。");
            if let Some(aside) = aside {
                println!("  復元の前の台帳は {aside} に残しました。確かめた後で削除してください。");
            }
            if mails > 0 {
                println!("  送信待ちだったメール{mails}通は送りません(復元の時点より後に送信済みの可能性があります)。");
            }
            println!("全員がサインインし直す必要があります。");
            println!(
                "証跡の封印は、復元した時点から続けます。立会人がいるときは、復元したことを知らせ、画面「証跡の封印」で保存した封印を渡してください。"
            );
            Ok(End::Done)
        }
    }
}
