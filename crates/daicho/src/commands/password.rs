//! `daicho password`.

use clap::Args;
use identity::names::account;
use identity::password::{self, NewPassword};
use ledger::Principal;
use ledger::port::{Reader, Writer};

use super::{End, Failure, Line};

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 利用者名
    login: String,
}

/// Give an account a one-time password, whatever it had before, and end its sessions.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = line.open()?;
    let kernel = installation.kernel();
    let logins = [arguments.login.clone()];
    let found = installation.store.read(|tx: &mut dyn Reader| tx.lookup(account::LEDGER, account::LOGIN, &logins))?;
    let id = found
        .get(&arguments.login)
        .and_then(|ids| ids.first())
        .ok_or_else(|| format!("利用者「{}」は登録されていません。", arguments.login))?;
    let one_time = password::initial(&*kernel.entropy);
    let hashed = NewPassword::initial(&kernel, &installation.settings.sign_in, &one_time)?;
    installation
        .store
        .write(|tx: &mut dyn Writer| password::set(tx, &kernel, &Principal::system("password"), id, &hashed, None))?;
    println!("一度限りのパスワード: {}", one_time.expose());
    println!("次のサインインで、新しいパスワードを決めます。このパスワードは再び表示できません。");
    Ok(End::Done)
}
