//! Smuggling values into a record: more fields than a form shows, other fields, other states, other people.

use serde_json::{Value, json};

use super::{Scene, Story};

fn amend(scene: &Scene, who: &crate::browser::Browser, value: Value) -> u16 {
    let record = scene.now(&scene.clerk_person);
    let path = format!("/api/v1/ledgers/person/records/{}", record.id);
    let reply = who.send("PATCH", &path, Some(&format!("\"{}\"", record.revision)), &value);
    assert!(reply.status < 500, "{}", reply.text());
    reply.status
}

pub const STORIES: &[Story] = &[
    ("a clerk amends their own person by REST", |scene| {
        let before = scene.now(&scene.clerk_person);
        let status = amend(scene, &scene.clerk, json!({ "name": "昇進　した" }));
        assert!(status >= 400, "{status}");
        assert_eq!(scene.now(&scene.clerk_person), before);
    }),
    ("a clerk posts a form that no page offered", |scene| {
        let before = scene.now(&scene.clerk_person);
        let path = format!("/ledgers/person/{}", before.id);
        let form = [("_revision", "1"), ("_fields", "name,birth_date"), ("name", "nise"), ("birth_date", "1970-01-01")];
        assert!(scene.clerk.post(&path, &form).status >= 400);
        assert_eq!(scene.now(&scene.clerk_person), before);
    }),
    ("columns of the table are no fields", |scene| {
        let before = scene.now(&scene.clerk_person);
        for key in ["id", "revision", "state", "created_at", "recorded_at", "acts", "ledger", "body", "__proto__"] {
            let status = amend(scene, &scene.personnel, json!({ key: "x" }));
            assert!(status >= 400, "{key}: {status}");
        }
        assert_eq!(scene.now(&scene.clerk_person), before);
    }),
    ("a new record does not choose its identifier, revision or state", |scene| {
        for key in ["id", "revision", "state", "acts"] {
            let value = json!({ "number": "7300", "name": "見本　偽", key: "01K00000000000000000000000" });
            let reply = scene.personnel.send("POST", "/api/v1/ledgers/person/records", None, &value);
            assert!(reply.status >= 400, "{key}: {}", reply.text());
        }
    }),
    ("a clerk gives themselves a role by REST", |scene| {
        let before = scene.count("role_grant");
        let value = json!({ "account": scene.other_account, "role": "administrator" });
        let reply = scene.other.send("POST", "/api/v1/ledgers/role_grant/records", None, &value);
        assert!(reply.status >= 400, "{}", reply.status);
        assert_eq!(scene.count("role_grant"), before);
    }),
    ("a clerk gives themselves a role by the page", |scene| {
        let before = scene.count("role_grant");
        let form = [("_fields", "account,role"), ("account", scene.other_account.as_str()), ("role", "administrator")];
        assert!(scene.other.post("/ledgers/role_grant", &form).status >= 400);
        assert_eq!(scene.count("role_grant"), before);
    }),
    ("an administrator gives themselves a further role", |scene| {
        let login = ["kanri".to_string()];
        let found = scene.agency.installation().store.read(|tx| tx.lookup("account", "login", &login));
        let account = found.expect("it")["kanri"][0].clone();
        let before = scene.count("role_grant");
        let value = json!({ "account": account, "role": "personnel" });
        let reply = scene.administrator.send("POST", "/api/v1/ledgers/role_grant/records", None, &value);
        assert!(reply.status >= 400, "{}", reply.status);
        assert_eq!(scene.count("role_grant"), before);
    }),
    ("an administrator reads the personnel files they look after technically", |scene| {
        let page = scene.administrator.get(&format!("/ledgers/interview_record/{}", scene.interview.id));
        assert_eq!(page.status, 404);
        let person = scene.administrator.get(&format!("/api/v1/ledgers/person/records/{}", scene.clerk_person.id));
        assert!(!person.text().contains("1985-07-16"), "{}", person.text());
    }),
    ("a clerk moves their account to another person", |scene| {
        let path = format!("/api/v1/ledgers/account/records/{}", scene.other_account);
        let value = json!({ "person": scene.clerk_person.id });
        let reply = scene.other.send("PATCH", &path, Some("\"1\""), &value);
        assert!(reply.status >= 400, "{}", reply.status);
    }),
    ("a transition carries fields that it does not take", |scene| {
        let record = scene.now(&scene.interview);
        let path = format!("/api/v1/ledgers/interview_record/records/{}/transitions/confirm", record.id);
        let tag = format!("\"{}\"", record.revision);
        for value in
            [json!({ "values": { "content": "nise" } }), json!({ "values": { "person": scene.other_person.id } })]
        {
            let reply = scene.clerk.send("POST", &path, Some(&tag), &value);
            assert!(reply.status >= 400, "{}", reply.text());
        }
        assert_eq!(scene.now(&scene.interview), record);
    }),
    ("a transition that the workflow does not have from here", |scene| {
        let record = scene.now(&scene.interview);
        let tag = format!("\"{}\"", record.revision);
        for name in ["show", "approve", "../confirm", "create"] {
            let path = format!("/api/v1/ledgers/interview_record/records/{}/transitions/{name}", record.id);
            let reply = scene.clerk.send("POST", &path, Some(&tag), &json!({}));
            assert!((400..500).contains(&reply.status), "{name}: {}", reply.status);
        }
        assert_eq!(scene.now(&scene.interview), record);
    }),
    ("an old revision is not overwritten blindly", |scene| {
        let record = scene.now(&scene.other_person);
        let path = format!("/api/v1/ledgers/person/records/{}", record.id);
        for tag in ["\"0\"", "\"99\"", "*", "\"-1\"", "\"1e0\""] {
            let reply = scene.personnel.send("PATCH", &path, Some(tag), &json!({ "kana": "ニセ" }));
            assert!(matches!(reply.status, 400 | 412 | 428), "{tag}: {}", reply.status);
        }
        let reply = scene.personnel.send("PATCH", &path, None, &json!({ "kana": "ニセ" }));
        assert!(matches!(reply.status, 400 | 412 | 428), "{}", reply.status);
        assert_eq!(scene.now(&scene.other_person), record);
    }),
    ("values of a wrong kind are refused, not bent", |scene| {
        let before = scene.now(&scene.clerk_person);
        for value in [
            json!({ "name": { "$ne": "" } }),
            json!({ "name": ["a"] }),
            json!({ "birth_date": 19850716 }),
            json!({ "birth_date": "1985-02-30" }),
            json!({ "name": true }),
            json!([1, 2]),
            json!("text"),
        ] {
            let status = amend(scene, &scene.personnel, value.clone());
            assert!(status >= 400, "{value}: {status}");
        }
        assert_eq!(scene.now(&scene.clerk_person), before);
    }),
    ("the same field twice is not two fields", |scene| {
        let form = [("_fields", "number,name"), ("number", "7400"), ("number", "7401"), ("name", "見本　重")];
        let reply = scene.personnel.post("/ledgers/person", &form);
        assert!(reply.status == 303 || reply.status == 422, "{}", reply.status);
        let both = ["7400", "7401"].map(String::from);
        let found = scene.agency.installation().store.read(|tx| tx.lookup("person", "number", &both)).expect("it");
        assert!(found.values().map(Vec::len).sum::<usize>() <= 1, "{found:?}");
    }),
];
