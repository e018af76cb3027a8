//! A database with people in it, and how it is opened.

use std::path::Path;
use std::sync::Arc;

use calendar::{BusinessCalendar, SystemClock};
use journal::{Actor, Channel};
use ledger::pack::{load, read_folders};
use ledger::port::{Protection, Shape, Writer};
use ledger::{Change, Entropy, Kernel, Principal, Refusal, RoleHeld, Standing};
use serde_json::{Value, json};
use store::{DatabaseKey, GuardKey, PostgresOptions, SqliteOptions, Store};
use testkit::{SeededEntropy, values};
use vault::Vault;

use crate::Failure;

/// People in the ledger.
pub const PEOPLE: usize = 3_000;

/// What is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encryption {
    /// The file of the embedded database.
    pub file: bool,
    /// Protected fields, and the grams by which they are searched.
    pub fields: bool,
}

/// As an installation has it.
pub const FULL: Encryption = Encryption { file: true, fields: true };

/// A database with the kernel that works on it.
pub struct Agency {
    pub store: Store,
    pub kernel: Kernel,
    /// Identifiers of the people.
    pub people: Vec<String>,
}

fn keys(folder: &Path, url: Option<&str>) -> Result<Arc<Vault>, Failure> {
    let settings = vault::Settings { database_url: url.map(str::to_owned), ..vault::Settings::default() };
    Ok(Arc::new(vault::open(&settings, folder, Arc::new(SystemClock), Arc::new(SeededEntropy::new(7)))?))
}

fn protection(vault: &Arc<Vault>, wanted: bool) -> Option<Arc<dyn Protection>> {
    wanted.then(|| vault.clone() as Arc<dyn Protection>)
}

/// A new SQLite database in a new folder.
pub fn sqlite(folder: &Path, encryption: Encryption) -> Result<Store, Failure> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    opened(folder, encryption)
}

/// The SQLite database in a folder.
pub fn opened(folder: &Path, encryption: Encryption) -> Result<Store, Failure> {
    let vault = keys(folder, None)?;
    let options = SqliteOptions {
        key: encryption
            .file
            .then(|| vault.derive("database").map(|key| DatabaseKey::new(*key.expose())))
            .transpose()?,
        protection: protection(&vault, encryption.fields),
        guard: Some(GuardKey::new(vault.derive("guard")?.expose())),
        ..SqliteOptions::default()
    };
    Ok(Store::open_sqlite(&folder.join("daicho.db"), options)?)
}

/// A new PostgreSQL schema; the keys lie in the folder.
pub fn postgres(folder: &Path, url: &str) -> Result<Store, Failure> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    let mut client = ::postgres::Client::connect(url, ::postgres::NoTls)?;
    let clear = "DROP SCHEMA IF EXISTS speed CASCADE; DROP SCHEMA IF EXISTS speed_keyring CASCADE; CREATE SCHEMA speed";
    client.batch_execute(clear)?;
    let join = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{join}options=-csearch_path%3Dspeed");
    let vault = keys(folder, Some(&url))?;
    let options = PostgresOptions {
        protection: protection(&vault, true),
        guard: Some(GuardKey::new(vault.derive("guard")?.expose())),
        ..PostgresOptions::default()
    };
    Ok(Store::open_postgres(&url, options)?)
}

/// The personnel officer.
pub fn officer() -> Principal {
    Principal {
        actor: Actor {
            account: "01J0000000000000000000ACCT".into(),
            login: "officer".into(),
            person: None,
            channel: Channel::Page,
            address: Some("192.0.2.1".into()),
            device: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()),
        },
        name: "人事担当".into(),
        roles: vec![RoleHeld { role: "personnel".into(), offices: None, outside: false }],
        standing: Standing::Person,
    }
}

impl Agency {
    /// The packs of the project, on the machine's clock, and people made through the write path.
    pub fn fill(store: Store) -> Result<Self, Failure> {
        let packs = read_folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs"))?;
        let catalogue = load(&packs).map_err(|problems| format!("the packs: {}", problems.len()))?;
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let calendar = BusinessCalendar::government();
        let kernel = Kernel::new(Arc::new(catalogue), calendar, Arc::default(), Arc::new(SystemClock), entropy);
        let ledgers: Vec<_> = kernel.catalogue.ledgers.values().cloned().collect();
        store.shape(&ledgers)?;
        let mut agency = Self { store, kernel, people: Vec::new() };
        let (family, given) =
            (["見本", "例示", "試験", "架空", "仮名"], ["花子", "一郎", "桜子", "次郎", "美咲", "健太"]);
        let numbers: Vec<usize> = (0..PEOPLE).collect();
        for batch in numbers.chunks(500) {
            let made = agency.store.write(|tx: &mut dyn Writer| {
                let one = |number: &usize| {
                    let name = format!(
                        "{} {}",
                        family.get(number % family.len()).unwrap_or(&""),
                        given.get(number % given.len()).unwrap_or(&"")
                    );
                    let person = values([
                        ("number", format!("{number:06}").into()),
                        ("name", name.into()),
                        ("kana", "ミホン ハナコ".into()),
                        ("birth_date", format!("19{:02}-04-{:02}", 60 + number % 40, 1 + number % 28).into()),
                        ("hired_on", "2020-04-01".into()),
                        ("mail", format!("p{number}@mihon.example").into()),
                    ]);
                    agency.kernel.commit(&mut *tx, &officer(), Change::create("person", person)).map(|made| made.id)
                };
                numbers_of(batch, one)
            });
            agency.people.extend(made.map_err(refused)?);
        }
        Ok(agency)
    }

    /// One audited update: the mail address of a person, which is encrypted, searched and found by its exact value.
    /// Answers the new revision.
    pub fn update(&self, who: &Principal, person: &str, seen: i64, number: u64) -> Result<i64, Failure> {
        let mail: Value = json!(format!("p{number}@mihon.example"));
        let change = Change::amend("person", person, seen, values([("mail", mail)]));
        let done = self.store.write(|tx: &mut dyn Writer| self.kernel.commit(tx, who, change.clone()));
        Ok(done.map_err(refused)?.revision)
    }
}

fn numbers_of(batch: &[usize], one: impl FnMut(&usize) -> Result<String, Refusal>) -> Result<Vec<String>, Refusal> {
    batch.iter().map(one).collect()
}

/// A refusal as an error.
pub fn refused(refusal: Refusal) -> Failure {
    format!("{refusal:?}").into()
}
