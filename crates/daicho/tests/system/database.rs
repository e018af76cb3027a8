//! Where the built program keeps its records in a story: the embedded database, or a database of its own on PostgreSQL.

use std::sync::atomic::{AtomicU32, Ordering};

/// A place that disappears with the story.
pub struct Where {
    /// Address of the PostgreSQL database; none for the embedded one.
    pub url: Option<String>,
    server: Option<(String, String)>,
}

impl Where {
    /// A database of a server that belongs to the story itself.
    pub fn server(url: &str) -> Self {
        Self { url: Some(url.to_string()), server: None }
    }
}

impl Drop for Where {
    fn drop(&mut self) {
        if let Some((url, name)) = &self.server
            && let Ok(mut client) = postgres::Client::connect(url, postgres::NoTls)
        {
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} (FORCE)"));
        }
    }
}

/// Tell a story on the embedded database and, where a server is named, on PostgreSQL.
pub fn on_each_place(story: impl Fn(Where)) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    story(Where { url: None, server: None });
    match std::env::var("DAICHO_TEST_POSTGRES") {
        Ok(url) => {
            let name = format!("program_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let mut client = postgres::Client::connect(&url, postgres::NoTls).expect("PostgreSQL answers");
            client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).expect("a database");
            let own = url.rsplit_once('/').map(|(server, _)| format!("{server}/{name}"));
            story(Where { url: own, server: Some((url, name)) });
        }
        Err(_) => {
            assert!(std::env::var("CI").is_err(), "CI must test PostgreSQL too: DAICHO_TEST_POSTGRES is not set");
            eprintln!("SKIPPED on PostgreSQL: DAICHO_TEST_POSTGRES is not set");
        }
    }
}
