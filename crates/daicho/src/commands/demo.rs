//! `daicho demo`.

use std::net::SocketAddr;
use std::sync::Arc;

use calendar::{FixedClock, ShiftedClock, jst, jst_date};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
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
    /// 見本をその日(2025-04-01)の9時、またはその時刻(2025-04-01T13:30)として動かす。画面にもそう表示する
    #[arg(long, value_parser = moment)]
    today: Option<DateTime<Utc>>,
}

/// A day at nine o'clock, or a time of the wall clock.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(9, 0, 0);
    let time = || {
        let (day, time) = text.split_once('T')?;
        Some(NaiveDateTime::new(day.parse().ok()?, NaiveTime::parse_from_str(time, "%H:%M").ok()?))
    };
    let read = day().or_else(time).ok_or("2025-04-01 か 2025-04-01T13:30 の形で書いてください")?;
    Ok(jst::instant_of(read))
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
    let mut served = ambient();
    if let Some(instant) = arguments.today {
        served.clock = Arc::new(ShiftedClock::from(instant));
    }
    if !there {
        let now = served.clock.now();
        let clock = Arc::new(FixedClock::at(now));
        let sample = Ambient { clock: clock.clone(), entropy: ambient().entropy };
        let installation = Installation::open(line.data(), settings.clone(), sample)?;
        let today = jst_date(now);
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
    let installation = Installation::open(line.data(), settings, served)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_nine_and_a_time_is_of_the_wall_clock() {
        let read = |text| moment(text).map(|instant| instant.to_rfc3339());
        assert_eq!(read("2025-04-01").as_deref(), Ok("2025-04-01T00:00:00+00:00"));
        assert_eq!(read("2025-04-01T13:30").as_deref(), Ok("2025-04-01T04:30:00+00:00"));
        for wrong in ["2025-02-30", "2025-04-01T25:00", "令和7年4月1日", ""] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
