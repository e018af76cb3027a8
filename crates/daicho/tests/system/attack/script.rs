//! Scripts: stored in records, reflected from addresses, hidden in files.

use serde_json::json;

use super::{Scene, Story};
use crate::browser::{Reply, coded};

/// What would run in a page that does not escape.
const PAYLOADS: [&str; 9] = [
    "<script>zqx(1)</script>",
    "\"><img src=x onerror=zqx(1)>",
    "'><svg/onload=zqx(1)>",
    "</textarea><script>zqx(1)</script>",
    "</title><script>zqx(1)</script>",
    "javascript:zqx(1)",
    "<!--<script>zqx(1)//-->",
    "\u{2028}zqx(1)\u{2029}<b onmouseover=zqx(1)>",
    "{{constructor.constructor('zqx(1)')()}}<iframe srcdoc='<script>zqx(1)</script>'>",
];

/// The page holds none of the payloads as markup.
fn harmless(what: &str, reply: &Reply) {
    assert!(reply.status < 500, "{what}: {}", reply.status);
    let kind = reply.header("content-type").unwrap_or_default();
    if !kind.starts_with("text/html") {
        return;
    }
    let text = reply.text();
    for markup in ["<script>zqx", "<img src=x", "<svg/onload", "<b onmouseover", "<iframe", "href=\"javascript:"] {
        assert!(!text.contains(markup), "{what}: the page holds {markup}");
    }
    let policy = reply.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{what}: {policy}");
}

/// A person whose name is the payload, with an interview that carries it in long text.
fn stored(scene: &Scene, number: usize) -> (String, String) {
    let payload = PAYLOADS[number];
    let name: String = payload.chars().take(60).collect();
    let values = json!({ "number": format!("73{number:02}"), "name": name });
    let reply = scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &values);
    let id = match reply.status {
        201 => reply.json()["id"].as_str().unwrap_or_default().to_string(),
        // A character that no paper can carry is refused, which is as good.
        _ => scene.clerk_person.id.clone(),
    };
    let interview = scene.agency.create(
        "interview_record",
        json!({ "person": id, "interviewer": scene.other_person.id, "kind": "other", "held_on": "2026-11-03",
            "content": payload, "note": payload }),
    );
    (id, interview.id)
}

pub const STORIES: &[Story] = &[
    ("stored in a name: record, list, form, history", |scene| {
        for number in 0..PAYLOADS.len() {
            let (id, _) = stored(scene, number);
            for rest in ["", "/edit", "/history"] {
                harmless(rest, &scene.personnel.get(&format!("/ledgers/person/{id}{rest}")));
            }
        }
        harmless("list", &scene.personnel.get("/ledgers/person"));
    }),
    ("stored in a long text, shown to another role", |scene| {
        let auditor = scene.agency.somebody("kansa", None, &["auditor"]);
        let page = scene.agency.machine("auditor", true).get("/api/v1/ledgers/interview_record/records?limit=50");
        assert_eq!(page.status, 200);
        for record in page.json()["records"].as_array().into_iter().flatten() {
            let id = record["id"].as_str().unwrap_or_default();
            harmless(id, &auditor.get(&format!("/ledgers/interview_record/{id}")));
            harmless(id, &auditor.get(&format!("/ledgers/interview_record/{id}/history")));
        }
    }),
    ("stored in the comment of a transition", |scene| {
        let (_, interview) = stored(scene, 0);
        let path = format!("/ledgers/interview_record/{interview}/transitions/show");
        let reply = scene.other.post(&path, &[("_revision", "1"), ("_reason", PAYLOADS[1]), ("reason", PAYLOADS[1])]);
        harmless("the answer", &reply);
        harmless("history", &scene.personnel.get(&format!("/ledgers/interview_record/{interview}/history")));
    }),
    ("reflected from a search", |scene| {
        for payload in PAYLOADS {
            harmless("search", &scene.clerk.get(&format!("/search?q={}", coded(payload))));
            harmless("list", &scene.clerk.get(&format!("/ledgers/person?q={}", coded(payload))));
        }
    }),
    ("reflected from filters, sorting, grouping, paging, dates", |scene| {
        for payload in PAYLOADS {
            let payload = coded(payload);
            for key in ["f", "sort", "group", "cursor", "trail", "as_of", "in_force", "view", "by"] {
                harmless(key, &scene.personnel.get(&format!("/ledgers/person?{key}={payload}")));
                harmless(
                    key,
                    &scene.personnel.get(&format!("/ledgers/person?f=name:is:{payload}&{key}=name:{payload}")),
                );
            }
        }
    }),
    ("reflected from the name of a parameter", |scene| {
        for payload in PAYLOADS {
            harmless("name", &scene.clerk.get(&format!("/ledgers/person?{}=1", coded(payload))));
        }
    }),
    ("reflected from the path", |scene| {
        for payload in PAYLOADS {
            let payload = coded(payload);
            for path in [
                format!("/{payload}"),
                format!("/ledgers/{payload}"),
                format!("/ledgers/person/{payload}"),
                format!("/ledgers/person/{payload}/history"),
                format!("/documents/{payload}"),
                format!("/help?page={payload}"),
            ] {
                harmless(&path, &scene.clerk.get(&path));
            }
        }
    }),
    ("reflected from a refused form", |scene| {
        for payload in PAYLOADS {
            let form = [("_fields", "number,name,kana,mail"), ("number", ""), ("name", payload), ("mail", payload)];
            let reply = scene.personnel.post("/ledgers/person", &form);
            assert_eq!(reply.status, 422);
            harmless("form", &reply);
        }
    }),
    ("reflected from the sign-in page", |scene| {
        for payload in PAYLOADS {
            let form = [("login", payload), ("password", payload), ("next", payload)];
            harmless("sign-in", &scene.stranger().post("/sign-in", &form));
            harmless("next", &scene.stranger().get(&format!("/sign-in?next={}", coded(payload))));
        }
    }),
    ("carried in the cookie of a notice", |scene| {
        use base64::Engine as _;
        for payload in PAYLOADS {
            let parts = json!({ "tone": payload, "title": payload, "texts": [payload], "lines": [payload] });
            for text in [parts.to_string(), json!([payload, payload, [payload]]).to_string(), payload.to_string()] {
                let cookie = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
                let line = format!("{}; daicho_notice={cookie}", scene.clerk.cookie());
                let browser = crate::browser::Browser::with_cookie(scene.agency.address, &line);
                harmless("notice", &browser.get("/"));
            }
        }
    }),
    ("reflected from an import that is refused", |scene| {
        for payload in PAYLOADS {
            let file = format!("職員番号,氏名,\"{}\"\r\n,\"{0}\",\"{0}\"\r\n", payload.replace('"', "\"\""));
            let reply =
                scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], "a.csv", file.as_bytes());
            harmless("import", &reply);
        }
    }),
    ("reflected from the name of a file", |scene| {
        for payload in PAYLOADS {
            let name = payload.replace('"', "%22").replace(['\u{2028}', '\u{2029}'], "");
            let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], &name, b"x");
            harmless("file", &reply);
        }
    }),
    ("an answer of REST is never taken for a page", |scene| {
        for path in ["/api/v1/ledgers/person/records?filter=%3Cscript%3E", "/api/v1/%3Cscript%3E", "/api/openapi.json"]
        {
            let reply = scene.personnel.get(path);
            let kind = reply.header("content-type").unwrap_or_default();
            assert!(kind.starts_with("application/"), "{path}: {kind}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        }
    }),
    ("no page carries a script or style written into it", |scene| {
        for path in
            ["/", "/ledgers/person", "/ledgers/person/new", "/help", "/profile/password", "/ledgers", "/search?q=a"]
        {
            let text = scene.personnel.get(path).text();
            for piece in text.split("<script").skip(1) {
                let tag = piece.split('>').next().unwrap_or_default();
                let body = piece.split('>').nth(1).unwrap_or_default().split('<').next().unwrap_or_default();
                assert!(tag.contains("src=\"/assets/") && body.trim().is_empty(), "{path}: <script{tag}>{body}");
            }
            assert!(!text.contains("<style") && !text.contains(" style=\""), "{path} has a style in it");
            for tag in text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                for attribute in [" onclick=", " onload=", " onerror=", " onchange=", " onsubmit="] {
                    assert!(!tag.contains(attribute), "{path} has <{tag}>");
                }
            }
        }
    }),
];
