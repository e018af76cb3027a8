//! `daicho alerts`.

use assurance::watch::past::{Progress, Span, proceed};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ledger::Refusal;
use ledger::port::Writer;
use serde_json::json;

use super::{End, Failure, Line, refused};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// 兆候の規則を、過ぎた期間の証跡に当てる
    Evaluate {
        /// 初日(2026-04-01)
        #[arg(long)]
        from: NaiveDate,
        /// 末日
        #[arg(long)]
        until: NaiveDate,
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
}

/// Evaluate a span of the past, in transactions of a thousand entries.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let Act::Evaluate { from, until, json } = arguments.act;
    if from > until {
        return Err("--until には --from と同じ日か後の日を書いてください。".into());
    }
    let installation = line.open()?;
    let kernel = installation.kernel();
    let mut progress = Progress::default();
    while !progress.finished {
        let kernel = kernel.clone();
        let before = progress.clone();
        let step = installation.store.write(move |tx: &mut dyn Writer| {
            let mut progress = before.clone();
            proceed(tx, &kernel, Span { from, until }, &mut progress)?;
            Ok::<_, Refusal>(progress)
        });
        progress = step.map_err(refused)?;
    }
    if json {
        println!("{}", json!({ "read": progress.read, "new": progress.new, "added": progress.added }));
    } else {
        println!(
            "証跡を{}件点検し、警告を{}件作り、{}件の兆候を今ある警告に加えました。",
            progress.read, progress.new, progress.added
        );
    }
    Ok(End::Done)
}
