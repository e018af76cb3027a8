//! A plain database client: what somebody with the database's password has.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use store::{PostgresOptions, Store};

use crate::agency::{fill, guard};

/// A PostgreSQL database that holds the agency; nothing is connected to it.
pub fn postgres_base() -> Option<String> {
    static BASE: OnceLock<Option<String>> = OnceLock::new();
    BASE.get_or_init(|| {
        let url = server()?;
        let name = format!("alter_{}", std::process::id());
        run(&url, &format!("DROP DATABASE IF EXISTS {name}"));
        run(&url, &format!("CREATE DATABASE {name}"));
        let base = database(&url, &name);
        let options = PostgresOptions { guard: guard(), ..PostgresOptions::default() };
        drop(fill(Store::open_postgres(&base, options).unwrap()));
        Some(base)
    })
    .clone()
}

/// A copy of it.
pub fn postgres_copy(base: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let url = server().unwrap();
    let name = format!("alter_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let from = base.rsplit('/').next().unwrap().split('?').next().unwrap();
    run(&url, &format!("DROP DATABASE IF EXISTS {name}"));
    // The server may still be ending the last connection to the original.
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let sql = format!("CREATE DATABASE {name} TEMPLATE {from}");
    (0..100)
        .find(|_| {
            client.batch_execute(&sql).map_err(|_| std::thread::sleep(std::time::Duration::from_millis(20))).is_ok()
        })
        .expect("a copy");
    database(&url, &name)
}

/// Drop a copy.
pub fn postgres_drop(copy: &str) {
    let name = copy.rsplit('/').next().unwrap().split('?').next().unwrap();
    run(&server().unwrap(), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
}

fn server() -> Option<String> {
    let url = std::env::var("DAICHO_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    assert!(url.is_some() || std::env::var("CI").is_err(), "CI must test PostgreSQL too");
    url
}

fn database(url: &str, name: &str) -> String {
    let (start, rest) = url.rsplit_once('/').unwrap();
    let options = rest.split_once('?').map(|(_, options)| format!("?{options}")).unwrap_or_default();
    format!("{start}/{name}{options}")
}

fn run(url: &str, sql: &str) {
    postgres::Client::connect(url, postgres::NoTls).unwrap().batch_execute(sql).unwrap();
}
