//! The second step of a sign-in and the machines beside it: replaying, skipping, weakening, guessing.

use chrono::TimeDelta;
use serde_json::json;
use totp_rs::{Builder, Secret};

use super::{Scene, Story};
use crate::browser::{Browser, PASSWORD, Reply};

/// What stands between two pieces of a page.
fn between<'p>(page: &'p str, before: &str, after: &str) -> Option<&'p str> {
    page.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map(|(found, _)| found)
}

/// The value of a hidden input.
fn hidden(page: &str, name: &str) -> String {
    between(page, &format!("name=\"{name}\""), ">")
        .and_then(|rest| between(rest, "value=\"", "\""))
        .unwrap_or_else(|| panic!("no {name} in {page}"))
        .to_string()
}

fn now(scene: &Scene) -> chrono::DateTime<chrono::Utc> {
    calendar::Clock::now(scene.agency.clock.as_ref())
}

/// Let time go on to the next code.
fn wait(scene: &Scene) {
    scene.agency.clock.set(now(scene) + TimeDelta::seconds(30));
}

/// What an application shows at this moment for the secret that was typed into it.
fn code(scene: &Scene, typed: &str) -> String {
    let bits: String = typed
        .chars()
        .filter_map(|one| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(one))
        .map(|five| format!("{five:05b}"))
        .collect();
    let byte = |at: usize| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).expect("eight bits");
    let bytes: Vec<u8> = (0..20).map(byte).collect();
    let secret = Secret::new_stack(bytes.try_into().expect("twenty bytes"));
    let totp = Builder::new().with_secret(secret).build().expect("a generator");
    totp.generate(u64::try_from(now(scene).timestamp()).expect("after 1970")).to_string()
}

/// The cookie that an answer gives.
fn given(scene: &Scene, reply: &Reply) -> Browser {
    let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
    Browser::with_cookie(scene.agency.address, cookie)
}

/// Somebody new with one-time codes, enrolled by the pages: their secret as typed.
fn enrolled(scene: &Scene, login: &str) -> String {
    let browser = scene.agency.somebody(login, None, &[]);
    let page = browser.post("/profile/factors/code", &[]).text();
    let typed = between(&page, "class=\"typed-secret\">", "<").expect("the secret to be typed").to_string();
    let challenge = hidden(&page, "challenge");
    let shown = code(scene, &typed);
    let form = [("challenge", challenge.as_str()), ("name", "電話"), ("code", shown.as_str())];
    let reply = browser.post("/profile/factors/code/confirm", &form);
    assert!(reply.status < 400, "{}", reply.text());
    wait(scene);
    typed
}

/// Signed in with the password only.
fn half_way(scene: &Scene, login: &str) -> Browser {
    let reply = scene.stranger().post("/sign-in", &[("login", login), ("password", PASSWORD)]);
    assert!(reply.to().starts_with("/sign-in/second"), "{login} is led to {}", reply.to());
    let browser = given(scene, &reply);
    let page = browser.get("/sign-in/second").text();
    browser.with_secret(&hidden(&page, "_secret"))
}

fn show(half: &Browser, code: &str) -> Reply {
    half.post("/sign-in/second", &[("_proof_code", code)])
}

/// Whether this browser is fully signed in.
fn open(browser: &Browser) -> bool {
    browser.get("/profile").status == 200
}

pub const STORIES: &[Story] = &[
    ("password and code open, so the refusals below mean something", |scene| {
        let typed = enrolled(scene, "futatsu");
        let half = half_way(scene, "futatsu");
        let reply = show(&half, &code(scene, &typed));
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert!(open(&given(scene, &reply)));
        assert!(!open(&half), "the session of half a sign-in lives on under the same secret");
    }),
    ("a code that opened one session opens no second one", |scene| {
        let typed = enrolled(scene, "saisei");
        let shown = code(scene, &typed);
        let (one, two) = (half_way(scene, "saisei"), half_way(scene, "saisei"));
        assert_eq!(show(&one, &shown).status, 303);
        let again = show(&two, &shown);
        assert_ne!(again.status, 303, "the code was replayed");
        assert!(!open(&given(scene, &again)) && !open(&two));
    }),
    ("a code of the past and of the future opens nothing", |scene| {
        let typed = enrolled(scene, "mukashi");
        let old = code(scene, &typed);
        let begun = now(scene);
        scene.agency.clock.set(begun + TimeDelta::minutes(10));
        let coming = code(scene, &typed);
        scene.agency.clock.set(begun + TimeDelta::minutes(5));
        let half = half_way(scene, "mukashi");
        for shown in [old.as_str(), coming.as_str(), "000000", "", "0", "abcdef"] {
            let reply = show(&half, shown);
            assert_ne!(reply.status, 303, "{shown:?} opens");
            assert!(!open(&half));
        }
    }),
    ("a code of another person opens nothing", |scene| {
        let (_, other) = (enrolled(scene, "jibun"), enrolled(scene, "tanin"));
        let half = half_way(scene, "jibun");
        assert_ne!(show(&half, &code(scene, &other)).status, 303);
        assert!(!open(&half));
    }),
    ("half a sign-in opens no page, no call and no file", |scene| {
        enrolled(scene, "hanbun");
        let half = half_way(scene, "hanbun");
        for path in ["/", "/profile", "/ledgers/person", "/ledgers/person/export?format=csv", "/search?q=a"] {
            let reply = half.get(path);
            assert_eq!(reply.status, 303, "{path}");
            assert!(reply.to().starts_with("/sign-in/second"), "{path} leads to {}", reply.to());
        }
        for path in ["/api/v1/ledgers", "/api/openapi.json", "/api/v1/journal", "/api/v1/checkpoint"] {
            assert!(matches!(half.get(path).status, 401 | 403), "{path}");
        }
    }),
    ("half a sign-in cannot enrol, remove or renew what it lacks", |scene| {
        let typed = enrolled(scene, "nukeru");
        let half = half_way(scene, "nukeru");
        for path in [
            "/profile/factors/code",
            "/profile/factors/passkey",
            "/profile/factors/remove",
            "/profile/factors/recovery",
            "/profile/password",
            "/sign-in/again",
        ] {
            let form = [("_proof_password", PASSWORD), ("current_password", PASSWORD), ("new_password", "x")];
            let reply = half.post(path, &form);
            assert!(!reply.text().contains("typed-secret"), "{path} shows a secret");
            assert!(reply.status == 303 || (400..500).contains(&reply.status), "{path}: {}", reply.status);
        }
        assert!(!open(&half));
        assert_eq!(show(&half_way(scene, "nukeru"), &code(scene, &typed)).status, 303, "the codes still stand");
    }),
    ("guessing codes is stopped before it can succeed, also with the right one", |scene| {
        let typed = enrolled(scene, "ateru");
        let half = half_way(scene, "ateru");
        let statuses: Vec<u16> = (0..40).map(|guess| show(&half, &format!("{guess:06}")).status).collect();
        assert!(statuses.iter().all(|status| *status != 303), "{statuses:?}");
        assert_ne!(show(&half, &code(scene, &typed)).status, 303, "forty guesses, and the door still opens");
    }),
    ("a challenge of an enrolment belongs to who began it and counts once", |scene| {
        let begin = |browser: &Browser| {
            let page = browser.post("/profile/factors/code", &[]).text();
            let typed = between(&page, "class=\"typed-secret\">", "<").expect("a secret").to_string();
            (hidden(&page, "challenge"), typed)
        };
        let victim = scene.agency.somebody("nusumareru", None, &[]);
        let thief = scene.agency.somebody("nusumu", None, &[]);
        let (challenge, typed) = begin(&thief);
        let shown = code(scene, &typed);
        let form = [("challenge", challenge.as_str()), ("name", "zq-nusumi"), ("code", shown.as_str())];
        // The victim is made to confirm the thief's codes: they would open the victim's account from then on.
        assert!(victim.post("/profile/factors/code/confirm", &form).status >= 400);
        let list = victim.get("/profile/factors").text();
        assert!(!list.contains("zq-nusumi"), "the thief's codes are the victim's now");
        assert!(thief.post("/profile/factors/code/confirm", &form).status < 400);
        let thief = half_way(scene, "nusumu");
        assert!(!open(&thief));
        assert!(thief.post("/profile/factors/code/confirm", &form).status != 200, "the challenge counts twice");
    }),
    ("a machine without that right provisions nobody", |scene| {
        let before = scene.count("account");
        let user =
            json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "nise", "active": true });
        for role in ["administrator", "personnel", "auditor"] {
            let machine = scene.agency.machine(role, false);
            for path in ["/scim/v2/Users", "/scim/v2/Users?filter=userName%20pr"] {
                assert!(matches!(machine.get(path).status, 401 | 403 | 404), "{role}: {path}");
            }
            assert!(machine.send("POST", "/scim/v2/Users", None, &user).status >= 400, "{role}");
        }
        assert!(matches!(scene.stranger().get("/scim/v2/Users").status, 401 | 403));
        assert!(matches!(scene.administrator.get("/scim/v2/Users").status, 401 | 403 | 404), "a session is no machine");
        assert_eq!(scene.count("account"), before);
    }),
    ("what is provisioned brings no role, password or person with it", |scene| {
        let machine = scene.agency.machine("provisioner", false);
        let grants = scene.count("role_grant");
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "moriage", "active": true,
            "roles": [{ "value": "administrator" }], "groups": [{ "value": "administrator" }],
            "entitlements": [{ "value": "administrator" }], "password": PASSWORD, "id": scene.other_account,
            "person": scene.clerk_person.id, "state": "active", "meta": { "version": "W/\"99\"" },
        });
        let reply = machine.send("POST", "/scim/v2/Users", None, &user);
        assert!(reply.status < 500, "{}", reply.text());
        assert_eq!(scene.count("role_grant"), grants, "a role came with it");
        assert!(!reply.text().contains(PASSWORD));
        if reply.status == 201 {
            assert_ne!(reply.json()["id"], scene.other_account.as_str());
            let tried = scene.stranger().post("/sign-in", &[("login", "moriage"), ("password", PASSWORD)]);
            assert_ne!(tried.status, 303, "a password came with it");
        }
    }),
    ("SQL and nesting in a filter of SCIM", |scene| {
        let machine = scene.agency.machine("provisioner", true);
        let deep = format!("{}userName pr{}", "(".repeat(5_000), ")".repeat(5_000));
        let negated = format!("{}userName pr", "not (".repeat(5_000));
        for filter in [
            "userName eq \"' OR '1'='1\"",
            "userName eq \"\\\" OR 1=1 --\"",
            "userName sw \"%\"",
            "userName co \"_\"",
            "1=1",
            "userName eq \"a\" or 1 eq 1",
            "password sw \"$argon2\"",
            "secret pr",
            deep.as_str(),
            negated.as_str(),
        ] {
            let reply = machine.get(&format!("/scim/v2/Users?filter={}", crate::browser::coded(filter)));
            assert!(reply.status < 500, "{filter:.60}: {}", reply.status);
            if reply.status == 200 {
                assert_eq!(reply.json()["totalResults"], 0, "{filter:.60}: {}", reply.text());
            }
        }
        let text = machine.get("/scim/v2/Users?attributes=password,secret,userName").text();
        assert!(!text.contains("argon2") && !text.contains("password"), "{text:.300}");
    }),
    ("an unknown name takes as long as a wrong password", |scene| {
        let time = |login: &str| {
            let begun = std::time::Instant::now();
            scene.stranger().post("/sign-in", &[("login", login), ("password", "machigai-no-aikotoba")]);
            begun.elapsed()
        };
        scene.agency.somebody("hakaru", None, &[]);
        // The quickest of several, so that a busy machine does not matter; without the hash it would be a hundredth.
        let pairs: Vec<_> = (0..4).map(|turn| (time("hakaru"), time(&format!("inai{turn}")))).collect();
        let known = pairs.iter().map(|pair| pair.0).min().expect("times");
        let unknown = pairs.iter().map(|pair| pair.1).min().expect("times");
        assert!(unknown * 3 > known && known * 3 > unknown, "known {known:?}, unknown {unknown:?}");
    }),
];
