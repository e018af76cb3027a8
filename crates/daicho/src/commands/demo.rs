//! `daicho demo`.

use std::net::SocketAddr;
use std::sync::Arc;

use calendar::{Clock, FixedClock, SystemClock, jst_date};
use clap::Args;

use super::{End, Failure, Line, ambient, refused, serve};
use crate::demo::{self, AGENCY, PASSWORD, TWO_STEPS};
use crate::installation::{Ambient, DATABASE, Installation, make_folder};
use crate::settings;

/// File with the sign-ins of a sample, so that starting it again can tell them.
pub const SIGN_INS: &str = "sample-sign-ins.tsv";

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 待ち受けるアドレス
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// 見本の職員の数
    #[arg(long, default_value_t = 3_000)]
    staff: usize,
    /// 見本を作るだけで、提供しない
    #[arg(long)]
    no_serve: bool,
}

/// Make the sample agency, unless the data directory holds it already, and serve it.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let there = line.data().join(DATABASE).exists();
    let list = line.data().join(SIGN_INS);
    if there && !list.exists() {
        return Err(format!(
            "{} には、見本でない台帳か、作りかけの見本があります。別のフォルダを --data で指定してください。",
            line.data().display()
        )
        .into());
    }
    if !there && !line.data().join(settings::FILE).exists() {
        make_folder(line.data())?;
        std::fs::write(line.data().join(settings::FILE), demo::SETTINGS)?;
    }
    let mut settings = line.settings()?;
    settings.agency = AGENCY.into();
    if !there {
        let clock = Arc::new(FixedClock::at(SystemClock.now()));
        let sample = Ambient { clock: clock.clone(), entropy: ambient().entropy };
        let installation = Installation::open(line.data(), settings.clone(), sample)?;
        let today = jst_date(SystemClock.now());
        println!("見本の機関を作っています(職員{}人)。", arguments.staff);
        let sign_ins = demo::fill(&installation, &clock, arguments.staff, today, &mut |words| println!("{words}"))
            .map_err(refused)?;
        let text: String = sign_ins.iter().map(|one| format!("{}\t{}\t{}\n", one.kind, one.login, one.name)).collect();
        std::fs::write(&list, text)?;
    }
    if arguments.no_serve {
        return Ok(End::Done);
    }
    let sign_ins = std::fs::read_to_string(&list)?;
    let installation = Installation::open(line.data(), settings, ambient())?;
    serve::serve(installation, Some(arguments.listen), |address| tell(address, &sign_ins))
}

/// Tell the address and one sign-in for each kind of user.
fn tell(address: SocketAddr, sign_ins: &str) {
    println!("\n{AGENCY}(見本)を http://{address}/ で提供しています。止めるには Ctrl-C を押してください。\n");
    for line in sign_ins.lines() {
        let mut parts = line.split('\t');
        let (kind, login, name) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        println!("  {login}  {kind}({name})");
    }
    println!("  {TWO_STEPS}  二段階認証の見本(最初のサインインで端末を登録します)");
    println!("\n  パスワードはすべて {PASSWORD} です。");
    println!("  見本では、ほかの利用者に二段階認証を求めません(見本のフォルダーの {} の設定です)。", settings::FILE);
}
