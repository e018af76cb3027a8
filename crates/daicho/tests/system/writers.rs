//! Sixteen writers at one record over HTTP: none of their updates is lost, and whoever was overtaken is told so.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;

const WRITERS: u64 = 16;
/// Updates of each writer.
const EACH: u64 = 5;

const PACK: &str = "label = \"見本\"\nversion = \"1\"\n[area]\nsample = { label = \"見本\", order = 99 }\n";
const LEDGER: &str = r#"
[ledger]
label = "計数"
area = "sample"

[field]
name = { label = "名称", kind = "text", required = true }
count = { label = "数", kind = "integer", default = 0 }

[[access]]
role = "administrator"
read = "*"
write = "*"
can = ["create", "history"]
"#;

#[test]
fn sixteen_writers_over_http_lose_no_update_and_see_conflicts_as_conflicts() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-11-20");
        agency.install("sample", &[("pack.toml", PACK), ("tally.toml", LEDGER)]);
        let machine = agency.machine("administrator", false);
        let made = machine.send("POST", "/api/v1/ledgers/tally/records", None, &json!({ "name": "見本" }));
        assert_eq!(made.status, 201, "{}", made.text());
        let path = format!("/api/v1/ledgers/tally/records/{}", made.json()["id"].as_str().unwrap_or_default());
        let conflicts = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    let mut done = 0;
                    while done < EACH {
                        let seen = machine.get(&path);
                        let count = seen.json()["values"]["count"].as_u64().expect("a count");
                        let change = json!({ "count": count + 1 });
                        let reply = machine.send("PATCH", &path, Some(&seen.tag()), &change);
                        match reply.status {
                            200 => done += 1,
                            412 => {
                                assert_eq!(reply.json()["type"], "/help/problems/conflict");
                                conflicts.fetch_add(1, Ordering::Relaxed);
                            }
                            other => panic!("{other}: {}", reply.text()),
                        }
                    }
                });
            }
        });
        let last = machine.get(&path).json();
        assert_eq!(last["values"]["count"].as_u64(), Some(WRITERS * EACH), "an update was lost");
        assert_eq!(last["revision"].as_u64(), Some(WRITERS * EACH + 1));
        let entries = machine.get(&format!("{path}/history")).json()["entries"].as_array().map(Vec::len);
        assert_eq!(entries, Some((WRITERS * EACH + 1) as usize), "each update has its entry");
        assert!(conflicts.into_inner() > 0, "sixteen writers did not meet; the story shows nothing");

        // A stale revision, and none at all.
        let reply = machine.send("PATCH", &path, Some("\"1\""), &json!({ "count": 0 }));
        assert_eq!((reply.status, reply.json()["revision"].as_u64()), (412, Some(WRITERS * EACH + 1)));
        assert_eq!(machine.send("PATCH", &path, None, &json!({ "count": 0 })).status, 428);
    });
}
