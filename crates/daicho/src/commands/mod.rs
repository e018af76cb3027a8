//! The command line. One command a file.

mod alerts;
mod backup;
mod demo;
mod destroy;
mod document;
mod export;
mod import;
mod init;
mod journal;
mod keys;
mod mistakes;
mod packs;
mod password;
mod policy;
mod pseudonyms;
mod restore;
mod serve;
mod token;
mod verify;
mod worker;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use calendar::SystemClock;
use clap::{Parser, Subcommand};

pub(crate) use demo::SIGN_INS as SAMPLE_SIGN_INS;

use crate::installation::{Ambient, Installation, SystemEntropy};
use crate::settings::Settings;

/// 台帳: one ledger for the work of a public agency.
#[derive(Debug, Parser)]
#[command(name = "daicho", version, about = "公的機関の業務のための台帳", propagate_version = true)]
pub struct Line {
    /// データを置くフォルダ
    #[arg(long, global = true, env = "DAICHO_DATA", default_value = "daicho-data")]
    data: PathBuf,
    /// 組込みのデータベースの代わりに使うPostgreSQL
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 見本の機関を作り、すぐに使えるようにする
    Demo(demo::Arguments),
    /// 画面とRESTを提供する
    Serve(serve::Arguments),
    /// 裏で動く作業だけをする
    Worker,
    /// 空の台帳を作り、最初の管理者の一度限りのパスワードを表示する
    Init(init::Arguments),
    /// 利用者に一度限りのパスワードを発行する
    Password(password::Arguments),
    /// ファイルを台帳に取り込む(終了コード: 0 保存した、2 誤りがあり何も保存していない)
    Import(import::Arguments),
    /// 台帳をファイルに出力する
    Export(export::Arguments),
    /// 帳票を作る
    Document(document::Arguments),
    /// 暗号化したバックアップを作る(提供したままでよい)、点検する、復元を試す
    Backup(backup::Arguments),
    /// バックアップから復元する(終了コード: 0 復元した、2 失われるものがあり復元していない)
    Restore(restore::Arguments),
    /// 契約の終わりに、承認された申請によって台帳のすべてを消去し、消去証明書を残す(終了コード: 0 消去した、2 消去していない)
    Destroy(destroy::Arguments),
    /// 機械のためのトークンを扱う
    Token(token::Arguments),
    /// 鍵の状態を示し、マスター鍵を更新し、消去証明書を確かめる
    Keys(keys::Arguments),
    /// 証跡の封印を示し、書き出し、証明する
    Journal(journal::Arguments),
    /// 台帳を通さない変更がないかを検証する(終了コード: 0 変更なし、1 変更あり、2 検証できない)
    Verify(verify::Arguments),
    /// 兆候の規則で証跡を点検する
    Alerts(alerts::Arguments),
    /// 業務パックを点検し、比べ、組み込む
    Packs(packs::Arguments),
    /// だれが何をできるかの一覧を表示する
    Policy,
}

/// What a command ends with.
pub enum End {
    /// It did what was asked.
    Done,
    /// What was given is wrong; nothing was stored.
    Refused,
    /// Verification found something.
    Altered,
}

/// Why a command fails, in words for the person at the command line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Run the command that was typed: exit code 2 with the place and its mend where it cannot be read.
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let mistake = match Line::try_parse_from(&typed) {
        Ok(line) => return run(line),
        Err(mistake) => mistake,
    };
    match mistakes::answer(&mistake) {
        Some((text, false)) => {
            // A reader that went away, such as `| head`, is no failure.
            let _ = std::io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Some((text, true)) => eprint!("{text}"),
        None => eprintln!("{}", mistakes::told(&mistake, &typed)),
    }
    ExitCode::from(2)
}

/// Run the command of this line.
fn run(line: Line) -> ExitCode {
    start_log();
    let outcome = match &line.command {
        Command::Demo(arguments) => demo::run(&line, arguments),
        Command::Serve(arguments) => serve::run(&line, arguments),
        Command::Worker => worker::run(&line),
        Command::Init(arguments) => init::run(&line, arguments),
        Command::Password(arguments) => password::run(&line, arguments),
        Command::Import(arguments) => import::run(&line, arguments),
        Command::Export(arguments) => export::run(&line, arguments),
        Command::Document(arguments) => document::run(&line, arguments),
        Command::Backup(arguments) => backup::run(&line, arguments),
        Command::Restore(arguments) => restore::run(&line, arguments),
        Command::Destroy(arguments) => destroy::run(&line, arguments),
        Command::Token(arguments) => token::run(&line, arguments),
        Command::Keys(arguments) => keys::run(&line, arguments),
        Command::Journal(arguments) => journal::run(&line, arguments),
        Command::Verify(arguments) => verify::run(&line, arguments),
        Command::Alerts(arguments) => alerts::run(&line, arguments),
        Command::Packs(arguments) => packs::run(&line, arguments),
        Command::Policy => policy::run(&line),
    };
    match outcome {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Refused) => ExitCode::from(2),
        Ok(End::Altered) => ExitCode::from(1),
        // Nobody may take what could not be checked for what was found.
        Err(failure) if matches!(line.command, Command::Verify(_)) => {
            eprintln!("daicho: 検証できませんでした: {failure}");
            ExitCode::from(2)
        }
        Err(failure) => {
            eprintln!("daicho: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Structured lines on standard error; `DAICHO_LOG=debug` says more, `DAICHO_LOG_FORMAT=json` for machines.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("DAICHO_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let json = std::env::var("DAICHO_LOG_FORMAT").is_ok_and(|format| format == "json");
    // A log that was set up before (in tests) stays as it is.
    let _ = if json { builder.json().try_init() } else { builder.try_init() };
}

impl Line {
    /// Data directory.
    fn data(&self) -> &Path {
        &self.data
    }

    /// Settings of the data directory, overruled by the environment and by this line.
    fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = Settings::read(&self.data, std::env::vars())?;
        if let Some(url) = &self.database_url {
            settings.database_url = Some(url.clone());
        }
        Ok(settings)
    }

    /// The installation, opened with the machine's clock and random numbers.
    fn open(&self) -> Result<Installation, Failure> {
        let settings = self.settings()?;
        crate::leaving::refuse_begun(&self.data)?;
        if settings.database_url.is_none() && !self.data.join(crate::installation::DATABASE).exists() {
            return Err(format!(
                "{} に台帳がありません。先に「daicho init --admin 利用者名」または「daicho demo」を実行してください。",
                self.data.display()
            )
            .into());
        }
        Ok(Installation::open(&self.data, settings, ambient())?)
    }
}

impl Line {
    /// What verification says when the embedded database does not open: a finding where the file is there and the keys
    /// could be read, nothing where something else is the matter.
    fn damaged(&self, failure: &Failure) -> Result<Option<::verify::Report>, Failure> {
        use crate::installation::OpenProblem;
        let settings = self.settings()?;
        let there = settings.database_url.is_none() && self.data.join(crate::installation::DATABASE).exists();
        let of_the_file =
            matches!(failure.downcast_ref(), Some(OpenProblem::Store(_) | OpenProblem::Packs(_))) && there;
        Ok(of_the_file.then(|| ::verify::unreadable(&failure.to_string())))
    }
}

/// The machine's clock and random numbers.
fn ambient() -> Ambient {
    Ambient { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
}

/// The kernel's refusal in words.
fn refused(refusal: ledger::Refusal) -> Failure {
    crate::installation::told(&refusal).into()
}
