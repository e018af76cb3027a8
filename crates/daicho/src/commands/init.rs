//! `daicho init`.

use clap::Args;
use identity::names::{account, role_grant};
use identity::password::{self, NewPassword};
use ledger::port::{Reader, Writer};
use ledger::query::{Filter, Query};
use ledger::{Body, Change, Kernel, Principal, Refusal};
use serde_json::json;

use super::{End, Failure, Line, ambient, refused};
use crate::installation::Installation;

/// Roles of the first account: it can register everybody else and import the staff, until those have accounts.
const FIRST_ROLES: [&str; 2] = ["administrator", "personnel"];

/// Arguments.
#[derive(Debug, Args)]
pub struct Arguments {
    /// 最初の管理者の利用者名
    #[arg(long)]
    admin: String,
}

/// Make an empty installation with one administrator.
pub fn run(line: &Line, arguments: &Arguments) -> Result<End, Failure> {
    let installation = Installation::open(line.data(), line.settings()?, ambient())?;
    let kernel = installation.kernel();
    if installation.store.read(|tx: &mut dyn Reader| any_account(tx))? {
        return Err("この台帳には利用者がすでにいます。初期化は一度だけできます。".into());
    }
    let password = password::initial(&*kernel.entropy);
    let settings = &installation.settings.sign_in;
    let hashed = NewPassword::initial(&kernel, settings, &password)?;
    let login = arguments.admin.clone();
    let roles: Vec<String> = FIRST_ROLES.iter().map(|role| (*role).to_string()).collect();
    installation
        .store
        .write(move |tx: &mut dyn Writer| {
            add_account(tx, &kernel, &login, None, &roles, &hashed)?;
            // The rules of the watch and of retention, to be amended as records.
            assurance::defaults::load(tx, &kernel)?;
            // The scales and items of the national scheme, to be amended by the agency's own rule.
            talent::evaluation::standard::install(tx, &kernel, &Principal::system("init"))?;
            // Rates of interest by the day, with what is known of each.
            engagement::payment::rates::install(tx, &kernel, &Principal::system("init")).map(|_| ())
        })
        .map_err(refused)?;
    println!("利用者名: {}", arguments.admin);
    println!("一度限りのパスワード: {}", password.expose());
    println!("最初のサインインで、新しいパスワードを決めてください。このパスワードは再び表示できません。");
    Ok(End::Done)
}

fn any_account(tx: &mut dyn Reader) -> Result<bool, ledger::port::StoreError> {
    let query = Query {
        ledger: account::LEDGER.into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: 1,
        as_of: None,
    };
    Ok(!tx.find(&query)?.is_empty())
}

/// Add an account with roles everywhere, and its password. Returns the account's identifier.
pub fn add_account(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    login: &str,
    person: Option<&str>,
    roles: &[String],
    password: &NewPassword,
) -> Result<String, Refusal> {
    let who = Principal::system("init");
    let mut values = Body::new();
    values.insert(account::LOGIN.into(), login.into());
    if let Some(person) = person {
        values.insert(account::PERSON.into(), person.into());
    }
    let added = kernel.commit(tx, &who, Change::create(account::LEDGER, values))?;
    for role in roles {
        let mut values = Body::new();
        values.insert(role_grant::ACCOUNT.into(), added.id.as_str().into());
        values.insert(role_grant::ROLE.into(), json!(role));
        kernel.commit(tx, &who, Change::create(role_grant::LEDGER, values))?;
    }
    if tx.credential(&added.id)?.is_none() {
        password::set(tx, kernel, &who, &added.id, password, None)?;
    }
    Ok(added.id)
}
