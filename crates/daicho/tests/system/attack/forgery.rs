//! Forged requests: what another site can make the victim's browser send.

use serde_json::json;

use super::{Scene, Story};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A harmful form as a foreign page would send it: with the victim's cookie, without what only our pages know.
fn forged(scene: &Scene, body: &str, headers: &[(&str, &str)]) -> u16 {
    let before = scene.count("person");
    let victim = scene.personnel.with_secret("");
    let reply = victim.call("POST", "/ledgers/person", headers, body.as_bytes());
    assert_eq!(scene.count("person"), before, "the forged request stored a person: {}", reply.status);
    reply.status
}

const BODY: &str = "_fields=number,name&number=9900&name=nise";

pub const STORIES: &[Story] = &[
    ("a form of another site changes nothing", |scene| {
        assert_eq!(forged(scene, BODY, &[FORM]), 403);
    }),
    ("an empty secret is no secret", |scene| {
        assert_eq!(forged(scene, &format!("{BODY}&_secret="), &[FORM]), 403);
    }),
    ("the secret of another session does not fit", |scene| {
        assert_eq!(forged(scene, &format!("{BODY}&_secret={}", scene.other.secret()), &[FORM]), 403);
    }),
    ("the secret in the address does not count", |scene| {
        let before = scene.count("person");
        let path = format!("/ledgers/person?_secret={}", scene.personnel.secret());
        let reply = scene.personnel.with_secret("").call("POST", &path, &[FORM], BODY.as_bytes());
        assert_eq!((reply.status, scene.count("person")), (403, before));
    }),
    ("a form sent as plain text changes nothing", |scene| {
        let status = forged(scene, BODY, &[("content-type", "text/plain")]);
        assert!((400..500).contains(&status), "{status}");
    }),
    ("a form sent as JSON changes nothing", |scene| {
        let status = forged(scene, "{\"number\":\"9900\",\"name\":\"nise\"}", &[("content-type", "application/json")]);
        assert!((400..500).contains(&status), "{status}");
    }),
    ("a form with files of another site changes nothing", |scene| {
        let kind = ("content-type", "multipart/form-data; boundary=x");
        let body = "--x\r\nContent-Disposition: form-data; name=\"number\"\r\n\r\n9900\r\n--x--\r\n";
        let status = forged(scene, body, &[kind]);
        assert!((400..500).contains(&status), "{status}");
    }),
    ("REST with a cookie alone changes nothing", |scene| {
        let before = scene.count("person");
        let reply = scene.personnel.with_secret("").send(
            "POST",
            "/api/v1/ledgers/person/records",
            None,
            &json!({ "number": "9900", "name": "偽" }),
        );
        assert!((400..500).contains(&reply.status), "{}", reply.status);
        assert_eq!(scene.count("person"), before);
    }),
    ("REST with a cookie and a made-up secret changes nothing", |scene| {
        let before = scene.count("person");
        let reply = scene.personnel.with_secret("0000").send(
            "POST",
            "/api/v1/ledgers/person/records",
            None,
            &json!({ "number": "9900", "name": "偽" }),
        );
        assert!((400..500).contains(&reply.status), "{}", reply.status);
        assert_eq!(scene.count("person"), before);
    }),
    ("an image or link of another site changes nothing", |scene| {
        let before = scene.count("person");
        for path in [
            format!("/ledgers/person?{BODY}"),
            "/sign-out".into(),
            format!("/ledgers/interview_record/{}/transitions/confirm", scene.interview.id),
        ] {
            let reply = scene.clerk.get(&path);
            assert!(reply.status < 500, "{path}");
        }
        assert_eq!(scene.count("person"), before);
        assert_eq!(scene.now(&scene.interview).revision, scene.interview.revision);
        assert_eq!(scene.clerk.get("/").status, 200, "still signed in");
    }),
    ("a method smuggled in a header or form is not taken", |scene| {
        let path = format!("/ledgers/person/{}", scene.clerk_person.id);
        for (key, value) in [("x-http-method-override", "DELETE"), ("x-method-override", "PATCH")] {
            let reply = scene.personnel.call("GET", &path, &[(key, value)], b"");
            assert_eq!(reply.status, 200);
        }
        assert_eq!(scene.now(&scene.clerk_person).revision, scene.clerk_person.revision);
    }),
    ("signing out needs the secret too", |scene| {
        let reply = scene.clerk.with_secret("").call("POST", "/sign-out", &[FORM], b"");
        assert_eq!(reply.status, 403);
        assert_eq!(scene.clerk.get("/").status, 200);
    }),
    ("no other origin is let in", |scene| {
        for path in ["/", "/api/v1/ledgers", "/api/openapi.json", "/sign-in"] {
            let reply = scene.clerk.call("GET", path, &[("origin", "https://evil.example")], b"");
            assert!(reply.header("access-control-allow-origin").is_none(), "{path}");
            assert!(reply.header("access-control-allow-credentials").is_none(), "{path}");
        }
    }),
    ("a preflight of another origin is not granted", |scene| {
        let asked = [("origin", "https://evil.example"), ("access-control-request-method", "PATCH")];
        let reply = scene.stranger().call("OPTIONS", "/api/v1/ledgers/person/records", &asked, b"");
        assert!(reply.header("access-control-allow-origin").is_none(), "{}", reply.status);
        assert!(reply.header("access-control-allow-methods").is_none(), "{}", reply.status);
    }),
    ("another site signs nobody in under its own name", |scene| {
        let enter = |headers: &[(&str, &str)]| {
            let body = format!("login=semeru&password={}", crate::browser::PASSWORD);
            let headers = [&[FORM], headers].concat();
            scene.stranger().call("POST", "/sign-in", &headers, body.as_bytes())
        };
        for headers in [
            [("sec-fetch-site", "cross-site")].as_slice(),
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site"), ("origin", "http://localhost")],
        ] {
            let reply = enter(headers);
            assert_eq!((reply.status, reply.header("set-cookie")), (403, None), "{headers:?}");
        }
        let own = format!("http://{}", scene.agency.address);
        assert_eq!(enter(&[("origin", own.as_str())]).status, 303, "our own page signs in");
        assert_eq!(enter(&[("sec-fetch-site", "same-origin")]).status, 303);
    }),
    ("another site changes nothing even with the secret of the form", |scene| {
        let before = scene.count("person");
        let body = format!("{BODY}&_secret={}", scene.personnel.secret());
        let headers = [FORM, ("sec-fetch-site", "cross-site")];
        let reply = scene.personnel.call("POST", "/ledgers/person", &headers, body.as_bytes());
        assert_eq!((reply.status, scene.count("person")), (403, before));
    }),
    ("a page cannot be framed by another site", |scene| {
        for path in ["/", "/sign-in", "/ledgers/person", "/help"] {
            let policy = scene.clerk.get(path).header("content-security-policy").unwrap_or_default().to_string();
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        }
    }),
];
