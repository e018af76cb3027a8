//! Signing in: guessing, telling names apart, tokens that should have ended.

use chrono::TimeDelta;

use super::{Scene, Story};
use crate::browser::{Browser, PASSWORD, Reply};

fn attempt(scene: &Scene, login: &str, password: &str) -> Reply {
    scene.stranger().post("/sign-in", &[("login", login), ("password", password)])
}

/// A page without what differs by itself.
fn plain(reply: &Reply, login: &str) -> String {
    reply.text().replace(login, "…")
}

pub const STORIES: &[Story] = &[
    ("an unknown name and a wrong password are answered alike", |scene| {
        let (unknown, wrong) = (attempt(scene, "inaihito", "machigai"), attempt(scene, "mamoru", "machigai"));
        assert_eq!(unknown.status, wrong.status);
        assert_eq!(plain(&unknown, "inaihito"), plain(&wrong, "mamoru"));
    }),
    ("a closed account and a wrong password are answered alike", |scene| {
        let agency = &scene.agency;
        let person = agency.create("person", serde_json::json!({ "number": "7800x", "name": "見本　閉" }));
        agency.somebody("tojiru", Some(&person.id), &[]);
        let login = ["tojiru".to_string()];
        let found = agency.installation().store.read(|tx| tx.lookup("account", "login", &login)).expect("it");
        let mut change = ledger::Change::transition("account", &found["tojiru"][0], 1, "close");
        change.reason = Some("試験".into());
        agency.commit(change).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let (closed, wrong) = (attempt(scene, "tojiru", PASSWORD), attempt(scene, "mamoru", "machigai"));
        assert_eq!(closed.status, wrong.status);
        assert_eq!(plain(&closed, "tojiru"), plain(&wrong, "mamoru"));
    }),
    ("no cookie is given for a failed attempt", |scene| {
        let reply = attempt(scene, "mamoru", "machigai");
        assert!(reply.headers.iter().all(|(key, value)| key != "set-cookie" || value.contains("Max-Age=0")));
    }),
    ("name and password in the address are not taken", |scene| {
        let reply = scene.stranger().get(&format!("/sign-in?login=mamoru&password={PASSWORD}"));
        assert_eq!(reply.status, 200);
        assert!(reply.header("set-cookie").is_none() && !reply.text().contains(PASSWORD));
    }),
    ("a password is not cut, folded or trimmed", |scene| {
        for near in [
            PASSWORD.to_ascii_uppercase(),
            format!("{PASSWORD} "),
            format!(" {PASSWORD}"),
            PASSWORD[..PASSWORD.len() - 1].to_string(),
            format!("{PASSWORD}\u{0}"),
            format!("{PASSWORD}{}", "a".repeat(100)),
        ] {
            assert_ne!(attempt(scene, "mamoru", &near).status, 303, "{near:?} opens");
        }
    }),
    ("a password of a megabyte costs nothing", |scene| {
        let begun = std::time::Instant::now();
        let reply = attempt(scene, "mamoru", &"a".repeat(1_000_000));
        assert!((400..500).contains(&reply.status), "{}", reply.status);
        assert!(begun.elapsed().as_secs() < 8);
    }),
    ("an empty password opens nothing", |scene| {
        for login in ["mamoru", "", "kanri"] {
            assert_ne!(attempt(scene, login, "").status, 303);
        }
    }),
    ("guessing one account is slowed down", |scene| {
        let statuses: Vec<u16> =
            (0..40).map(|turn| attempt(scene, "neraware", &format!("guess-{turn}")).status).collect();
        assert!(statuses.contains(&429), "{statuses:?}");
    }),
    ("the right password does not work while guessing goes on", |scene| {
        let person = scene.agency.create("person", serde_json::json!({ "number": "7801x", "name": "見本　狙" }));
        scene.agency.somebody("nerai", Some(&person.id), &[]);
        let turned: Vec<u16> = (0..40).map(|turn| attempt(scene, "nerai", &format!("guess-{turn}")).status).collect();
        assert!(turned.contains(&429), "{turned:?}");
        assert_ne!(attempt(scene, "nerai", PASSWORD).status, 303, "the lock holds for the right password too");
    }),
    ("a made-up token opens nothing", |scene| {
        for token in ["", "daicho_", "daicho_01K00000000000000000000000_", "Bearer", "null", "daicho_%00_x"] {
            let reply = Browser::with_token(scene.agency.address, token).get("/api/v1/ledgers");
            assert_eq!(reply.status, 401, "{token}");
        }
    }),
    ("a token that may read does not write", |scene| {
        let machine = scene.agency.machine("personnel", true);
        let value = serde_json::json!({ "number": "7999", "name": "偽" });
        let reply = machine.send("POST", "/api/v1/ledgers/person/records", None, &value);
        assert_eq!(reply.status, 403);
    }),
    ("a token beyond its day opens nothing", |scene| {
        let machine = scene.agency.machine("auditor", true);
        assert_eq!(machine.get("/api/v1/ledgers").status, 200);
        let clock = &scene.agency.clock;
        let before = calendar::Clock::now(clock.as_ref());
        clock.set(before + TimeDelta::days(91));
        let status = machine.get("/api/v1/ledgers").status;
        clock.set(before);
        assert_eq!(status, 401);
    }),
    ("a withdrawn token opens nothing", |scene| {
        let machine = scene.agency.machine("auditor", true);
        let store = &scene.agency.installation().store;
        let head = machine.head("GET", "/", &[], 0);
        let id = head.split("Bearer ").nth(1).and_then(|rest| rest.split('_').nth(1)).expect("its identifier");
        let now = calendar::Clock::now(scene.agency.clock.as_ref());
        store.write(|tx| tx.revoke_token(id, now)).expect("the store");
        assert_eq!(machine.get("/api/v1/ledgers").status, 401);
    }),
    ("a machine does not sign in at pages or change a password", |scene| {
        let machine = scene.agency.machine("administrator", false);
        for path in ["/profile/password", "/accounts/password", "/ledgers/account"] {
            assert_eq!(machine.get(path).status, 303, "{path}");
        }
    }),
    ("a token in the address is not taken", |scene| {
        let machine = scene.agency.machine("auditor", true);
        let head = machine.head("GET", "/", &[], 0);
        let token = head.split("Bearer ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap_or_default();
        for key in ["token", "access_token", "authorization"] {
            assert_eq!(scene.stranger().get(&format!("/api/v1/ledgers?{key}={token}")).status, 401);
        }
    }),
];
