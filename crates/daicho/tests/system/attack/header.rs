//! Writing into headers, redirects, mails and logs.

use super::{Scene, Story};
use crate::browser::{PASSWORD, coded};

/// Signing in with this address to return to leads nowhere but here.
fn stays(scene: &Scene, next: &str) {
    let reply = scene.stranger().post("/sign-in", &[("login", "mamoru"), ("password", PASSWORD), ("next", next)]);
    assert_eq!(reply.status, 303, "{next:?}");
    let to = reply.to();
    assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'), "{next:?} leads to {to:?}");
    let page = scene.stranger().get(&format!("/sign-in?next={}", coded(next)));
    assert!(!page.text().contains("value=\"http"), "{next:?} is kept in the form");
}

pub const STORIES: &[Story] = &[
    ("after signing in, another host", |scene| {
        for next in ["https://evil.example/", "http:evil.example", "//evil.example", "///evil.example"] {
            stays(scene, next);
        }
    }),
    ("after signing in, another host in disguise", |scene| {
        for next in
            ["/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "\u{0}//evil.example"]
        {
            stays(scene, next);
        }
    }),
    ("after signing in, a script", |scene| {
        for next in ["javascript:zqx(1)", "JaVaScRiPt:zqx(1)", "data:text/html,<script>zqx(1)</script>", "vbscript:x"] {
            stays(scene, next);
        }
    }),
    ("a line break in the address to return to", |scene| {
        let next = "/\r\nset-cookie: daicho=evil";
        let reply = scene.stranger().post("/sign-in", &[("login", "mamoru"), ("password", PASSWORD), ("next", next)]);
        let cookies: Vec<_> = reply.headers.iter().filter(|(key, _)| key == "set-cookie").collect();
        assert!(cookies.iter().all(|(_, value)| !value.contains("evil")), "{cookies:?}");
    }),
    ("a line break in a path becomes no header", |scene| {
        for path in ["/ledgers/%0d%0aset-cookie:evil=1", "/ledgers/person?sort=%0d%0aset-cookie:evil=1"] {
            let reply = scene.clerk.get(path);
            let evil = reply.headers.iter().any(|(key, value)| key == "set-cookie" && value.contains("evil"));
            assert!(reply.status < 500 && !evil, "{path}");
        }
    }),
    ("a line break in the name of a downloaded file", |scene| {
        let form = [("_fields", "person,kind"), ("person", "x")];
        let name = "a\r\nset-cookie: evil=1\r\n.csv";
        let reply = scene.personnel.upload("/ledgers/person/import", &form, name, b"x");
        assert!(reply.status < 500);
        assert!(!reply.headers.iter().any(|(_, value)| value.contains("evil")));
    }),
    ("the host that the client names is not believed", |scene| {
        let browser = scene.stranger();
        let answer = browser.raw(
            b"GET /ledgers/person HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\nconnection: close\r\n\r\n",
        );
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        assert!(head.contains("location: /sign-in") && !head.contains("evil.example"), "{head}");
    }),
    ("the address that the client names is not believed", |scene| {
        let header =
            [("x-forwarded-for", "203.0.113.7"), ("x-real-ip", "203.0.113.7"), ("forwarded", "for=203.0.113.7")];
        let login = format!("shinjinai{}", scene.count("account"));
        let form = format!("login={login}&password=x");
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers: Vec<_> = header.into_iter().chain([kind]).collect();
        scene.stranger().call("POST", "/sign-in", &headers, form.as_bytes());
        let query = ledger::port::HistoryQuery { limit: 20, ..ledger::port::HistoryQuery::default() };
        let entries = scene.agency.installation().store.read(|tx| tx.history(&query)).expect("the journal");
        assert!(!entries.is_empty());
        for entry in entries {
            assert_ne!(entry.entry.actor.address.as_deref(), Some("203.0.113.7"));
        }
    }),
    ("a line break in a sign-in name stays one entry of the journal", |scene| {
        let login = "mamoru\n2026-11-20T00:00:00Z INFO sign_in kanri";
        let reply = scene.stranger().post("/sign-in", &[("login", login), ("password", "x")]);
        assert_eq!(reply.status, 422);
        let query = ledger::port::HistoryQuery { limit: 5, ..ledger::port::HistoryQuery::default() };
        let entries = scene.agency.installation().store.read(|tx| tx.history(&query)).expect("the journal");
        for entry in entries {
            let line = String::from_utf8(entry.entry.canonical()).expect("text");
            assert!(!line.contains('\n'), "{line}");
        }
    }),
    ("a device that calls itself at great length is cut", |scene| {
        let agent = "z".repeat(7_000);
        let form = format!("login=mamoru&password={PASSWORD}");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("user-agent", agent.as_str())];
        let reply = scene.stranger().call("POST", "/sign-in", &headers, form.as_bytes());
        assert!(reply.status < 500, "{}", reply.status);
        let query = ledger::port::HistoryQuery { limit: 5, ..ledger::port::HistoryQuery::default() };
        let entries = scene.agency.installation().store.read(|tx| tx.history(&query)).expect("the journal");
        let longest =
            entries.iter().filter_map(|entry| entry.entry.actor.device.as_ref()).map(|text| text.chars().count());
        assert!(longest.max().unwrap_or_default() <= 200);
    }),
    ("a refusal names nothing of the machine", |scene| {
        for path in ["/nothing", "/ledgers/nothing", "/api/v1/nothing", "/assets/nothing", "/ledgers/person?f=::::"] {
            let reply = scene.clerk.get(path);
            let text = reply.text();
            for word in ["panicked", "src/", ".rs:", "SQLite", "postgres", "SELECT ", "/root", "/home"] {
                assert!(!text.contains(word), "{path}: {word}");
            }
            assert!(reply.header("server").is_none() && reply.header("x-powered-by").is_none());
        }
    }),
];
