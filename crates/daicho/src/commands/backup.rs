//! `daicho backup`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backup::sidecar;
use calendar::{Clock, SystemClock, format_instant};
use clap::{Args, Subcommand};
use ledger::Principal;
use serde_json::json;

use super::{End, Failure, Line};
use crate::recovery::{self, Origin, megabytes};

/// Arguments.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    act: Option<Act>,
    /// 書き出すファイル(フォルダを書けば、時刻の付いた名前で書く)
    #[arg(long)]
    out: Option<PathBuf>,
    /// 開くことのできる人の公開鍵(age1…)。何度でも書ける
    #[arg(long)]
    recipient: Vec<String>,
    /// 合言葉を1行目に書いたファイル
    #[arg(long, conflicts_with = "recipient")]
    passphrase_file: Option<PathBuf>,
    /// 結果をJSONで表示する
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// バックアップを開く鍵を作り、公開鍵を表示する
    Key {
        /// 秘密鍵を書くファイル。台帳とは別の場所に保管する
        #[arg(long)]
        out: PathBuf,
    },
    /// バックアップが壊れていないかを点検し、世代の台帳に記録する
    Check(Opening),
    /// 使っている台帳に触れずに復元を試し、かかった時間を世代の台帳に記録する
    Rehearse(Opening),
}

/// A backup and what opens it.
#[derive(Debug, Args)]
pub struct Opening {
    /// バックアップのファイル
    pub file: PathBuf,
    /// 秘密鍵のファイル
    #[arg(long)]
    pub identity: Option<PathBuf>,
    /// 合言葉を1行目に書いたファイル
    #[arg(long, conflicts_with = "identity")]
    pub passphrase_file: Option<PathBuf>,
    /// 結果をJSONで表示する
    #[arg(long)]
    pub json: bool,
}

/// Make, check or rehearse a backup.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    match &arguments.act {
        None => make(line, arguments),
        Some(Act::Key { out }) => key(out),
        Some(Act::Check(opening)) => check(line, opening),
        Some(Act::Rehearse(opening)) => rehearse(line, opening),
    }
}

fn make(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let out = arguments.out.as_deref().ok_or("--out に書き出すファイルを指定してください。")?;
    let installation = line.open()?;
    let lock = recovery::lock_of(&installation.settings, &arguments.recipient, arguments.passphrase_file.as_deref())?;
    let target = match out.is_dir() {
        true => out.join(::backup::file_name(SystemClock.now())),
        false => out.to_path_buf(),
    };
    let mut teller = Teller::new();
    let who = Principal::system("backup");
    let taken = recovery::take(&installation, &who, Origin::Command, &target, &lock, &mut |w, n| teller.tell(w, n));
    teller.end();
    let taken = taken?;
    if arguments.json {
        println!(
            "{}",
            json!({
                "file": taken.path, "size": taken.finished.size, "sha256": taken.finished.sha256,
                "seconds": taken.seconds, "manifest": taken.manifest,
            })
        );
        return Ok(End::Done);
    }
    println!("{} を作りました。", taken.path.display());
    println!("  時点: {}", format_instant(taken.manifest.taken_at));
    println!("  大きさ: {}　時間: {:.1}秒", megabytes(taken.finished.size), taken.seconds);
    println!("  記録: {}件　証跡: {}件", taken.manifest.records, taken.manifest.journal.entries);
    println!("  SHA-256: {}({} にも書きました)", taken.finished.sha256, sidecar(&taken.path).display());
    Ok(End::Done)
}

fn key(out: &std::path::Path) -> Result<End, Failure> {
    use age::secrecy::ExposeSecret;
    let (identity, recipient) = ::backup::new_identity();
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(out).map_err(|error| format!("{}: {error}", out.display()))?;
    writeln!(file, "# public key: {recipient}\n{}", identity.expose_secret())?;
    file.sync_all()?;
    println!("公開鍵: {recipient}");
    println!("{} に秘密鍵を書きました。台帳とは別の場所に、二つ以上保管してください。", out.display());
    println!("秘密鍵を失うと、この公開鍵で作ったバックアップは誰にも開けません。");
    Ok(End::Done)
}

fn check(line: &Line, opening: &Opening) -> Result<End, Failure> {
    let installation = line.open()?;
    let opener = match opening.identity.is_some() || opening.passphrase_file.is_some() {
        true => Some(recovery::opener_of(opening.identity.as_deref(), opening.passphrase_file.as_deref())?),
        false => None,
    };
    let checked = recovery::check(&installation, &Principal::system("backup"), &opening.file, opener.as_ref())?;
    if opening.json {
        println!("{}", json!({ "whole": true, "noted": checked.noted, "manifest": checked.manifest }));
        return Ok(End::Done);
    }
    match &checked.manifest {
        Some(manifest) => println!(
            "壊れていません。{}の時点、記録{}件、証跡{}件、{}。",
            format_instant(manifest.taken_at),
            manifest.records,
            manifest.journal.entries,
            megabytes(manifest.size())
        ),
        None => println!("作ったときのSHA-256と一致します。中身まで点検するには、鍵(--identity)を指定してください。"),
    }
    told_ledger(checked.noted);
    Ok(End::Done)
}

fn rehearse(line: &Line, opening: &Opening) -> Result<End, Failure> {
    let installation = line.open()?;
    let opener = recovery::opener_of(opening.identity.as_deref(), opening.passphrase_file.as_deref())?;
    let mut teller = Teller::new();
    let who = Principal::system("backup");
    let tried = recovery::rehearse(&installation, &who, &opening.file, &opener, &mut |w, n| teller.tell(w, n));
    teller.end();
    let tried = tried?;
    if opening.json {
        println!("{}", json!({ "seconds": tried.seconds, "noted": tried.noted, "manifest": tried.manifest }));
        return Ok(End::Done);
    }
    println!("復元できました。{:.1}秒かかりました。", tried.seconds);
    println!("  {}。", tried.verified);
    told_ledger(tried.noted);
    Ok(End::Done)
}

fn told_ledger(noted: bool) {
    match noted {
        true => println!("バックアップの世代の台帳に記録しました。"),
        false => println!("この世代は台帳にないため、記録していません。"),
    }
}

/// Tells on standard error how far the work is, and hears Ctrl-C.
pub(super) struct Teller {
    stopped: Arc<AtomicBool>,
    shown: Option<(String, u64)>,
    begun: std::time::Instant,
    last: f64,
}

impl Teller {
    pub(super) fn new() -> Self {
        let stopped = Arc::new(AtomicBool::new(false));
        let hears = stopped.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime
                && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
            {
                hears.store(true, Ordering::Relaxed);
            }
        });
        Self { stopped, shown: None, begun: std::time::Instant::now(), last: 0.0 }
    }

    /// `false` when the work shall end.
    pub(super) fn tell(&mut self, words: &str, done: u64) -> bool {
        let now = self.begun.elapsed().as_secs_f64();
        let news = !words.is_empty() && self.shown.as_ref().is_none_or(|(shown, _)| shown != words);
        let often = if std::io::stderr().is_terminal() { 0.2 } else { 5.0 };
        if now - self.last >= often && (news || done > 0) {
            self.last = now;
            let shown = self.shown.as_ref().map(|(shown, _)| shown.clone()).unwrap_or_default();
            let words = if words.is_empty() { shown } else { words.to_string() };
            let end = if std::io::stderr().is_terminal() { "\r" } else { "\n" };
            eprint!("{words} {}{end}", if done > 0 { megabytes(done) } else { String::new() });
            self.shown = Some((words, done));
        }
        !self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self) {
        if self.shown.is_some() && std::io::stderr().is_terminal() {
            eprintln!();
        }
    }
}
