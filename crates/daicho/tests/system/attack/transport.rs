//! The frame of a message: lengths that disagree, heads without end, methods and versions nobody asked for.

use super::{Scene, Story};

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Send it; whatever comes back, a hidden second request was not answered, and the server lives.
fn one_answer(scene: &Scene, bytes: &[u8]) -> String {
    let answer = scene.stranger().raw(bytes);
    assert!(answer.matches("HTTP/1.1 ").count() <= 1, "two answers: {answer}");
    assert!(status(&answer) < 500, "{answer}");
    assert_eq!(scene.stranger().get("/healthz").status, 200);
    answer
}

const HIDDEN: &str = "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n";

pub const STORIES: &[Story] = &[
    ("two lengths that disagree", |scene| {
        let text = format!(
            "POST /sign-in HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\ncontent-length: {}\r\n\r\n{HIDDEN}",
            HIDDEN.len()
        );
        one_answer(scene, text.as_bytes());
    }),
    ("a length and chunks", |scene| {
        let text = format!(
            "POST /sign-in HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"
        );
        one_answer(scene, text.as_bytes());
    }),
    ("an encoding in disguise", |scene| {
        for line in [
            "transfer-encoding: xchunked",
            "transfer-encoding : chunked",
            "transfer-encoding: identity, chunked, x",
            "transfer-encoding:\u{b}chunked",
        ] {
            let text = format!(
                "POST /sign-in HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{line}\r\ncontent-length: 4\r\n\r\n0\r\n\r\n{HIDDEN}"
            );
            one_answer(scene, text.as_bytes());
        }
    }),
    ("a chunk longer than any memory", |scene| {
        let text = "POST /sign-in HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\na";
        let answer = one_answer(scene, text.as_bytes());
        assert_ne!(status(&answer), 303);
    }),
    ("a header folded over two lines", |scene| {
        let text = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-a: b\r\n cookie: daicho=x\r\n\r\n";
        one_answer(scene, text.as_bytes());
    }),
    ("a head of a megabyte", |scene| {
        let text = format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-a: {}\r\n\r\n", "a".repeat(1_000_000));
        let answer = one_answer(scene, text.as_bytes());
        assert_ne!(status(&answer), 200);
    }),
    ("thousands of headers", |scene| {
        let text = format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{}\r\n", "x-a: b\r\n".repeat(5_000));
        let answer = one_answer(scene, text.as_bytes());
        assert_ne!(status(&answer), 200);
    }),
    ("methods nobody asked for", |scene| {
        for method in ["TRACE", "TRACK", "CONNECT", "PUT", "DELETE", "PROPFIND", "DEBUG", "get"] {
            let reply = scene.personnel.call(method, &format!("/ledgers/person/{}", scene.clerk_person.id), &[], b"");
            assert!((400..500).contains(&reply.status), "{method}: {}", reply.status);
            assert!(!reply.text().contains("daicho="), "{method} echoes the cookie");
        }
        assert_eq!(scene.now(&scene.clerk_person).revision, scene.clerk_person.revision);
    }),
    ("a version nobody speaks", |scene| {
        for version in ["HTTP/0.9", "HTTP/9.9", "ICAP/1.0", "HTTP/1.1 HTTP/1.1"] {
            one_answer(scene, format!("GET / {version}\r\nhost: a\r\nconnection: close\r\n\r\n").as_bytes());
        }
    }),
    ("a whole address in the request line", |scene| {
        let answer =
            one_answer(scene, b"GET http://evil.example/ledgers HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_ascii_lowercase();
        assert!(!head.contains("evil.example"), "{head}");
    }),
    ("bytes that are no text", |scene| {
        one_answer(scene, b"\xff\xfe\x00\x01 / HTTP/1.1\r\n\r\n");
        one_answer(scene, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
        one_answer(scene, b"GET /\xff\xff HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    }),
    ("every answer protects itself", |scene| {
        for path in [
            "/",
            "/sign-in",
            "/nothing",
            "/api/v1/ledgers",
            "/assets/nothing",
            "/healthz",
            "/ledgers/person/export?format=csv&reason=story",
        ] {
            let reply = scene.personnel.get(path);
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert!(
                reply.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")),
                "{path}"
            );
            assert!(reply.header("referrer-policy").is_some(), "{path}");
            assert!(reply.header("cache-control").is_some_and(|rule| rule.contains("no-store")), "{path}");
        }
    }),
];
