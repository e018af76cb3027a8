//! `daicho token`.

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use identity::token::{self, NewToken};
use ledger::Principal;
use ledger::port::{Reader, Writer};

use super::{End, Failure, Line, refused};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// トークンを作り、一度だけ表示する
    Create {
        /// 呼び出す側の名前
        #[arg(long)]
        name: String,
        /// 役割
        #[arg(long)]
        role: String,
        /// 権限の及ぶ組織のコード(書かなければすべての組織)
        #[arg(long)]
        office: Option<String>,
        /// 読取りだけを許す
        #[arg(long)]
        read_only: bool,
        /// 有効な日数
        #[arg(long)]
        days: Option<i64>,
    },
    /// トークンの一覧を表示する
    List {
        /// 結果をJSONで表示する
        #[arg(long)]
        json: bool,
    },
    /// トークンを無効にする
    Revoke {
        /// トークンの識別子
        id: String,
    },
}

/// Make, list or withdraw tokens.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let kernel = installation.kernel();
    let who = Principal::system("token");
    match &arguments.act {
        Act::Create { name, role, office, read_only, days } => {
            let office = match office {
                None => None,
                Some(code) => {
                    let codes = [code.clone()];
                    let found =
                        installation.store.read(|tx: &mut dyn Reader| tx.lookup("organisation", "code", &codes))?;
                    let id = found.get(code).and_then(|ids| ids.first());
                    Some(id.ok_or_else(|| format!("組織コード「{code}」はありません。"))?.clone())
                }
            };
            let expires_at = days.map(|days| kernel.now() + TimeDelta::days(days));
            let new = NewToken { name: name.clone(), role: role.clone(), office, read_only: *read_only, expires_at };
            let settings = installation.settings.sign_in.clone();
            let (secret, token) = installation
                .store
                .write(move |tx: &mut dyn Writer| token::create(tx, &kernel, &settings, &who, &new))
                .map_err(refused)?;
            println!("{}", secret.expose());
            eprintln!(
                "識別子 {}、有効期限 {}。トークンは再び表示できません。",
                token.id,
                calendar::format_instant(token.expires_at)
            );
        }
        Act::List { json } => {
            let tokens = installation.store.read(|tx: &mut dyn Reader| token::list(tx))?;
            for token in tokens {
                if *json {
                    println!(
                        "{}",
                        serde_json::json!({
                            "id": token.id, "name": token.name, "role": token.role, "read_only": token.read_only,
                            "expires_at": token.expires_at, "revoked_at": token.revoked_at,
                        })
                    );
                    continue;
                }
                let state = match token.revoked_at {
                    Some(at) => format!("無効({})", calendar::format_instant(at)),
                    None => format!("期限 {}", calendar::format_instant(token.expires_at)),
                };
                println!("{}\t{}\t{}\t{state}", token.id, token.name, token.role);
            }
        }
        Act::Revoke { id } => {
            let id = id.clone();
            let done = installation.store.write(move |tx: &mut dyn Writer| token::revoke(tx, &kernel, &who, &id))?;
            if !done {
                return Err("その識別子のトークンはありません。".into());
            }
            println!("無効にしました。");
        }
    }
    Ok(End::Done)
}
