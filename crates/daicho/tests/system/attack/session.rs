//! Sessions: fixing, guessing, keeping, moving them.

use chrono::TimeDelta;
use ledger::Change;

use super::Story;
use crate::browser::{Browser, PASSWORD};

pub const STORIES: &[Story] = &[
    ("a session that the attacker chose is not taken over by signing in", |scene| {
        let chosen = "daicho=attacker-chose-this-value-0123456789abcdef";
        let victim = Browser::with_cookie(scene.agency.address, chosen);
        let reply = victim.post("/sign-in", &[("login", "mamoru"), ("password", PASSWORD)]);
        let given = reply.header("set-cookie").unwrap_or_default().split(';').next().unwrap_or_default().to_string();
        assert!(given.starts_with("daicho=") && given != chosen, "{given}");
        assert_eq!(victim.get("/").status, 303, "the chosen value opens nothing");
    }),
    ("a session of the attacker is ended when the victim signs in over it", |scene| {
        let planted = Browser::sign_in(scene.agency.address, "semeru", PASSWORD);
        let victim = Browser::with_cookie(scene.agency.address, planted.cookie());
        let reply = victim.post("/sign-in", &[("login", "mamoru"), ("password", PASSWORD)]);
        assert_eq!(reply.status, 303);
        assert_eq!(planted.get("/profile/password").status, 303, "the planted session is over");
    }),
    ("two sign-ins never give the same session", |scene| {
        let one = Browser::sign_in(scene.agency.address, "mamoru", PASSWORD);
        let two = Browser::sign_in(scene.agency.address, "mamoru", PASSWORD);
        assert_ne!(one.cookie(), two.cookie());
    }),
    ("a session does not work after signing out", |scene| {
        let browser = Browser::sign_in(scene.agency.address, "mamoru", PASSWORD);
        let left = browser.post("/sign-out", &[]);
        assert_eq!(left.status, 303);
        assert_eq!(left.header("clear-site-data"), Some(r#""cache""#));
        assert_eq!(browser.get("/").status, 303);
        assert!(browser.get("/").to().starts_with("/sign-in"));
    }),
    ("a kept session ends with the account", |scene| {
        let agency = &scene.agency;
        let person = agency.create("person", serde_json::json!({ "number": "7100", "name": "見本　停" }));
        let browser = agency.somebody("tomaru", Some(&person.id), &[]);
        assert_eq!(browser.get("/").status, 200);
        let login = ["tomaru".to_string()];
        let found = agency.installation().store.read(|tx| tx.lookup("account", "login", &login)).expect("it");
        let mut change = Change::transition("account", &found["tomaru"][0], 1, "suspend");
        change.reason = Some("試験".into());
        agency.commit(change).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        assert_eq!(browser.get("/").status, 303, "the suspended account still works");
    }),
    ("guessed, cut and padded sessions open nothing", |scene| {
        let real = Browser::sign_in(scene.agency.address, "mamoru", PASSWORD);
        let value = real.cookie().trim_start_matches("daicho=").to_string();
        let mut flipped = value.clone().into_bytes();
        if let Some(last) = flipped.last_mut() {
            *last = if *last == b'A' { b'B' } else { b'A' };
        }
        for guess in [
            String::new(),
            "1".into(),
            "admin".into(),
            "0".repeat(64),
            value[..value.len() - 1].to_string(),
            format!("{value}A"),
            format!("{value}%00"),
            value.to_ascii_uppercase(),
            String::from_utf8(flipped).expect("text"),
            "../../etc/passwd".into(),
            "' OR 1=1 --".into(),
        ] {
            if guess == value {
                continue;
            }
            let browser = Browser::with_cookie(scene.agency.address, &format!("daicho={guess}"));
            assert_eq!(browser.get("/").status, 303, "「{guess}」 opens a session");
        }
    }),
    ("the key that is stored is not the secret that is sent", |scene| {
        let real = Browser::sign_in(scene.agency.address, "mamoru", PASSWORD);
        let value = real.cookie().trim_start_matches("daicho=").to_string();
        let stored = scene.agency.installation().store.read(|tx| tx.session(&value)).expect("the database");
        assert!(stored.is_none(), "whoever reads the table holds the sessions");
    }),
    ("a stored key sent as a cookie opens nothing", |scene| {
        let login = ["mamoru".to_string()];
        let store = &scene.agency.installation().store;
        let account = store.read(|tx| tx.lookup("account", "login", &login)).expect("it")["mamoru"][0].clone();
        for session in store.read(|tx| tx.sessions(&account)).expect("the sessions") {
            let browser = Browser::with_cookie(scene.agency.address, &format!("daicho={}", session.key));
            assert_eq!(browser.get("/").status, 303);
        }
    }),
    ("the session cookie is out of reach of scripts, of other sites and of other hosts", |scene| {
        let reply = scene.stranger().post("/sign-in", &[("login", "mamoru"), ("password", PASSWORD)]);
        let cookie = reply.header("set-cookie").unwrap_or_default().to_ascii_lowercase();
        assert!(cookie.contains("httponly") && cookie.contains("samesite="), "{cookie}");
        assert!(!cookie.contains("samesite=none") && !cookie.contains("domain="), "{cookie}");
        assert!(cookie.contains("path=/"), "{cookie}");
    }),
    ("a session in the address is not a session", |scene| {
        let value = scene.clerk.cookie().trim_start_matches("daicho=").to_string();
        for path in [format!("/?daicho={value}"), format!("/?session={value}"), format!("/;daicho={value}")] {
            assert_ne!(scene.stranger().get(&path).status, 200, "{path}");
        }
    }),
    ("a session is no bearer token", |scene| {
        let value = scene.clerk.cookie().trim_start_matches("daicho=").to_string();
        let browser = Browser::with_token(scene.agency.address, &value);
        assert_eq!(browser.get("/api/v1/ledgers").status, 401);
    }),
    ("a bearer token is no session", |scene| {
        let machine = scene.agency.machine("auditor", true);
        assert_eq!(machine.get("/").status, 303);
        assert_eq!(machine.get("/ledgers/person").status, 303);
    }),
    ("a session left alone is over, and not revived by its cookie", |scene| {
        let browser = Browser::sign_in(scene.agency.address, "semeru", PASSWORD);
        let clock = &scene.agency.clock;
        let before = calendar::Clock::now(clock.as_ref());
        clock.set(before + TimeDelta::days(3));
        let status = browser.get("/").status;
        clock.set(before);
        assert_eq!(status, 303, "three days later the session still works");
    }),
];
