//! `daicho restore`.

use calendar::format_instant;
use clap::Args;
use serde_json::json;

use super::backup::{Opening, Teller};
use super::{End, Failure, Line, ambient};
use crate::recovery::{self, RestoreRequest, Restored};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    opening: Opening,
    /// いまの台帳にあってバックアップにない証跡を失うことを承知で復元する
    #[arg(long)]
    accept_loss: bool,
}

/// Restore a backup into the data directory, or into the database the settings name.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let opening = &arguments.opening;
    let opener = recovery::opener_of(opening.identity.as_deref(), opening.passphrase_file.as_deref())?;
    let request = RestoreRequest {
        backup: &opening.file,
        opener: &opener,
        data: line.data(),
        settings: line.settings()?,
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
            println!("  {verified}。");
            if let Some(aside) = aside {
                println!("  復元の前の台帳は {aside} に残しました。確かめた後で削除してください。");
            }
            if mails > 0 {
                println!("  送信待ちだったメール{mails}通は送りません(復元の時点より後に送信済みの可能性があります)。");
            }
            println!("全員がサインインし直す必要があります。");
            println!("証跡の封印は、復元した時点から続けます。立会人がいるときは、復元したことを知らせてください。");
            Ok(End::Done)
        }
    }
}
