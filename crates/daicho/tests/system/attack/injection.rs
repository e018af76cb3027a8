//! Commands in values: SQL, filters, expressions, patterns, cursors.

use std::time::Instant;

use serde_json::json;

use super::{BORN, Scene, Story};
use crate::browser::coded;

const SQL: [&str; 10] = [
    "' OR '1'='1",
    "'; DROP TABLE record; --",
    "\" OR 1=1 --",
    "1; SELECT pg_sleep(9)",
    "' UNION SELECT body FROM record --",
    "') OR json_extract(body,'$.birth_date') IS NOT NULL --",
    "name' -> '$.birth_date",
    "$.birth_date",
    "\\'; ATTACH DATABASE '/tmp/zq.db' AS zq; --",
    "\u{0}' OR 1=1",
];

/// The answer is no failure, tells nothing of the other's birth date, and comes at once.
fn answered(scene: &Scene, path: &str) -> u16 {
    let begun = Instant::now();
    let reply = scene.other.get(path);
    assert!(reply.status < 500, "{path}: {} {}", reply.status, reply.text());
    assert!(begun.elapsed().as_secs() < 8, "{path} took {:?}", begun.elapsed());
    assert!(!reply.text().contains(BORN), "{path} shows a birth date");
    reply.status
}

fn in_list(scene: &Scene, key: &str) {
    for payload in SQL {
        answered(scene, &format!("/ledgers/person?{key}={}", coded(payload)));
        answered(
            scene,
            &format!("/api/v1/ledgers/person/records?{}={}", if key == "f" { "filter" } else { key }, coded(payload)),
        );
    }
    assert!(scene.count("person") > 0, "the records are still there");
}

pub const STORIES: &[Story] = &[
    ("SQL in a search", |scene| {
        for payload in SQL {
            answered(scene, &format!("/search?q={}", coded(payload)));
        }
        in_list(scene, "q");
    }),
    ("SQL in a sort", |scene| in_list(scene, "sort")),
    ("SQL in a group", |scene| in_list(scene, "group")),
    ("SQL in a cursor", |scene| in_list(scene, "cursor")),
    ("SQL in a day", |scene| {
        in_list(scene, "as_of");
        in_list(scene, "in_force");
    }),
    ("SQL in a limit", |scene| in_list(scene, "limit")),
    ("SQL in the field of a filter", |scene| {
        for payload in SQL {
            answered(scene, &format!("/api/v1/ledgers/person/records?filter={}", coded(&format!("{payload}:is:a"))));
            answered(scene, &format!("/ledgers/person?f={}", coded(&format!("{payload}:is:a"))));
        }
    }),
    ("SQL in the value of a filter finds what is written so, and nothing else", |scene| {
        for payload in SQL {
            for test in ["is", "not", "starts", "from", "to", "under"] {
                let path = format!(
                    "/api/v1/ledgers/person/records?filter={}&limit=5",
                    coded(&format!("name:{test}:{payload}"))
                );
                answered(scene, &path);
                let reply = scene.other.get(&path);
                let found =
                    reply.status == 200 && reply.json()["records"].as_array().is_some_and(|found| !found.is_empty());
                assert!(!found || matches!(test, "not" | "from" | "to"), "{path} found something");
            }
        }
    }),
    ("SQL in a ledger and an identifier", |scene| {
        for payload in SQL {
            let payload = coded(payload);
            for path in [format!("/ledgers/{payload}"), format!("/api/v1/ledgers/person/records/{payload}")] {
                assert!(matches!(answered(scene, &path), 400 | 404), "{path}");
            }
        }
    }),
    ("SQL in a stored value stays a value", |scene| {
        for (number, payload) in SQL.iter().enumerate() {
            let text: String = payload.chars().filter(|c| *c != '\u{0}').collect();
            let value = json!({ "number": format!("78{number:02}"), "name": text });
            let made = scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &value);
            assert_eq!(made.status, 201, "{}", made.text());
            let filter = coded(&format!("number:is:78{number:02}"));
            let found = scene.personnel.get(&format!("/api/v1/ledgers/person/records?filter={filter}")).json();
            assert_eq!(found["records"][0]["values"]["name"], *text);
        }
    }),
    ("the character that ends a text in C", |scene| {
        for path in ["/ledgers/person%00", "/ledgers/person/%00", "/search?q=%00", "/ledgers/person?f=name:is:%00"] {
            answered(scene, path);
        }
        let form = [("_fields", "number,name"), ("number", "75\u{0}1"), ("name", "\u{0}")];
        let reply = scene.personnel.post("/ledgers/person", &form);
        assert!(reply.status < 500, "{}", reply.status);
        let value = json!({ "number": "7502\u{0}", "name": "\u{0}a" });
        let reply = scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &value);
        assert!((400..500).contains(&reply.status), "{}", reply.text());
        let file = "職員番号,氏名\r\n75\u{0}3,\u{0}\r\n";
        let reply = scene.personnel.upload("/ledgers/person/import", &[("_action", "store")], "a.csv", file.as_bytes());
        assert!(reply.status < 500, "{}", reply.status);
    }),
    ("SQL in a sign-in name", |scene| {
        for payload in SQL {
            let reply = scene.stranger().post("/sign-in", &[("login", payload), ("password", payload)]);
            assert!(matches!(reply.status, 422 | 429), "{}", reply.status);
        }
    }),
    ("wildcards of a pattern are letters", |scene| {
        for pattern in ["%", "_", "%%%", "7___", "*", "?", "[a-z]", ".*"] {
            let filter = coded(&format!("name:starts:{pattern}"));
            let reply = scene.other.get(&format!("/api/v1/ledgers/person/records?filter={filter}"));
            let records = reply.json()["records"].as_array().cloned().unwrap_or_default();
            let right = |record: &serde_json::Value| {
                record["values"]["name"].as_str().is_some_and(|name| name.starts_with(pattern))
            };
            assert!(records.iter().all(right), "{pattern} is taken for a pattern");
        }
    }),
    ("operators of the full-text search are letters", |scene| {
        for words in ["a OR b", "NEAR(a b)", "name:*", "\"", "a* AND NOT b", "^見本", "(", "{a b}", "-見本"] {
            answered(scene, &format!("/search?q={}", coded(words)));
            answered(scene, &format!("/ledgers/person?q={}", coded(words)));
        }
    }),
    ("a cursor that was written by hand", |scene| {
        use base64::Engine as _;
        for text in ["[]", "{}", "[null,null]", "[\"' OR 1=1\"]", "[[[[[]]]]]", "[1e999]", "\"\"", "[{\"a\":1}]"] {
            let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
            answered(scene, &format!("/api/v1/ledgers/person/records?cursor={cursor}"));
            answered(scene, &format!("/ledgers/person?cursor={cursor}&trail={cursor}"));
        }
    }),
    ("limits beyond reason", |scene| {
        for limit in ["0", "-1", "999999999999999999999", "1e9", "NaN", "1000000"] {
            answered(scene, &format!("/api/v1/ledgers/person/records?limit={limit}"));
        }
    }),
    ("very many conditions", |scene| {
        let filters = "&filter=name:is:a".repeat(2_000);
        answered(scene, &format!("/api/v1/ledgers/person/records?count=true{filters}"));
        let values = "a,".repeat(20_000);
        answered(scene, &format!("/api/v1/ledgers/person/records?filter=name:is:{values}"));
    }),
    ("deeply nested JSON", |scene| {
        for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000)] {
            let kind = [("content-type", "application/json")];
            let reply = scene.personnel.call("POST", "/api/v1/ledgers/person/records", &kind, text.as_bytes());
            assert!((400..500).contains(&reply.status), "{}", reply.status);
        }
        assert_eq!(scene.personnel.get("/").status, 200);
    }),
    ("numbers that no number type holds", |scene| {
        let kind = [("content-type", "application/json")];
        for text in
            ["{\"number\":1e999}", "{\"number\":-0}", "{\"number\":123456789012345678901234567890}", "{\"number\":NaN}"]
        {
            let reply = scene.personnel.call("POST", "/api/v1/ledgers/person/records", &kind, text.as_bytes());
            assert!((400..500).contains(&reply.status), "{text}: {}", reply.status);
        }
    }),
    ("an expression in a value is not reckoned", |scene| {
        for text in ["today", "${7*7}", "{{7*7}}", "#{7*7}", "<%= 7*7 %>", "me.person", "=7*7"] {
            let value = json!({ "number": "7900", "name": text });
            let reply = scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &value);
            if reply.status == 201 {
                assert_eq!(reply.json()["values"]["name"], text);
                let id = reply.json()["id"].as_str().unwrap_or_default().to_string();
                let path = format!("/api/v1/ledgers/person/records/{id}");
                let freed =
                    scene.personnel.send("PATCH", &path, Some("\"1\""), &json!({ "number": format!("79{id}") }));
                assert!(freed.status < 500);
            }
        }
    }),
];
