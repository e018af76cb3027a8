//! Reaching for records of others: by identifier, by filter, by counting, by history, by export.

use super::{SECRET, Scene, Story};
use crate::browser::coded;

/// The other clerk asks; the answer is a refusal or at least holds nothing of the secret or of the record.
fn hidden(scene: &Scene, path: &str) -> u16 {
    let reply = scene.other.get(path);
    assert!(reply.status < 500, "{path}: {}", reply.status);
    let text = reply.text();
    assert!(!text.contains(SECRET), "{path} shows the secret");
    reply.status
}

fn absent(scene: &Scene, rest: &str) {
    let path = format!("/ledgers/interview_record/{}{rest}", scene.interview.id);
    assert_eq!(hidden(scene, &path), 404, "{path}");
}

fn absent_in_rest(scene: &Scene, rest: &str) {
    let path = format!("/api/v1/ledgers/interview_record/records/{}{rest}", scene.interview.id);
    assert_eq!(hidden(scene, &path), 404, "{path}");
}

/// The same question by the owner finds something, so that the other's empty answer means something.
fn only_the_owner(scene: &Scene, path: &str) {
    hidden(scene, path);
    assert!(!scene.other.get(path).text().contains(&scene.interview.id), "{path} names the record");
    assert!(scene.clerk.get(path).text().contains(&scene.interview.id), "{path} does not even work for the owner");
}

pub const STORIES: &[Story] = &[
    ("the owner can read the record, so the stories below mean something", |scene| {
        let page = scene.clerk.get(&format!("/ledgers/interview_record/{}", scene.interview.id));
        assert!(page.status == 200 && page.text().contains(SECRET), "{}", page.status);
    }),
    ("a record by its identifier", |scene| absent(scene, "")),
    ("a page spelt in another way", |scene| {
        for path in ["/ledgers/%70erson", "/ledgers/role%5fgrant", "/api/v1/ledgers/%61ccount/records", "/%2e/ledgers"]
        {
            for who in [&scene.clerk, &scene.administrator] {
                assert_eq!(who.get(path).status, 400, "{path}");
            }
        }
    }),
    ("a record's form", |scene| absent(scene, "/edit")),
    ("a record's history", |scene| absent(scene, "/history")),
    ("a record's transition page", |scene| absent(scene, "/transitions/confirm")),
    ("a record as of yesterday", |scene| absent(scene, "?as_of=2026-11-20")),
    ("a record in another ledger's clothes", |scene| {
        assert_eq!(hidden(scene, &format!("/ledgers/person/{}", scene.interview.id)), 404);
    }),
    ("an identifier in small letters or with spaces", |scene| {
        for id in [scene.interview.id.to_ascii_lowercase(), format!("{}%20", scene.interview.id)] {
            assert_eq!(hidden(scene, &format!("/ledgers/interview_record/{id}")), 404, "{id}");
        }
    }),
    ("a transition of a record of another", |scene| {
        let path = format!("/ledgers/interview_record/{}/transitions/confirm", scene.interview.id);
        let reply = scene.other.post(&path, &[("_revision", &scene.interview.revision.to_string())]);
        assert_eq!(reply.status, 404);
        assert_eq!(scene.now(&scene.interview).revision, scene.interview.revision);
    }),
    ("a change of a record of another", |scene| {
        let path = format!("/ledgers/interview_record/{}", scene.interview.id);
        let reply = scene.other.post(&path, &[("_revision", "2"), ("_fields", "answer"), ("answer", "nise")]);
        assert_eq!(reply.status, 404);
        assert_eq!(scene.now(&scene.interview).revision, scene.interview.revision);
    }),
    ("REST: a record by its identifier", |scene| absent_in_rest(scene, "")),
    ("REST: a record's history", |scene| absent_in_rest(scene, "/history")),
    ("REST: a record's proof", |scene| absent_in_rest(scene, "/proof")),
    ("REST: a change with the right revision", |scene| {
        let path = format!("/api/v1/ledgers/interview_record/records/{}", scene.interview.id);
        let tag = format!("\"{}\"", scene.interview.revision);
        let reply = scene.other.send("PATCH", &path, Some(&tag), &serde_json::json!({ "answer": "nise" }));
        assert_eq!(reply.status, 404);
        assert_eq!(scene.now(&scene.interview).revision, scene.interview.revision);
    }),
    ("a list", |scene| only_the_owner(scene, "/ledgers/interview_record")),
    ("REST: a list", |scene| only_the_owner(scene, "/api/v1/ledgers/interview_record/records")),
    ("a filter on the person", |scene| {
        let path = format!("/api/v1/ledgers/interview_record/records?filter=person:is:{}", scene.clerk_person.id);
        only_the_owner(scene, &path);
    }),
    ("a filter that guesses the hidden text letter by letter", |scene| {
        for guess in ["h", "himitsu", SECRET] {
            let path = format!("/api/v1/ledgers/interview_record/records?filter=content:starts:{guess}&count=true");
            let reply = scene.other.get(&path);
            assert!(!reply.text().contains(&scene.interview.id) && !reply.text().contains("\"count\":1"), "{guess}");
        }
    }),
    ("a filter on a birth date that only personnel reads", |scene| {
        let records = "/api/v1/ledgers/person/records";
        let with = |filter: &str| {
            let reply = scene.other.get(&format!("{records}?filter=number:is:7001&filter={filter}&count=true"));
            (reply.status, reply.text().contains(&scene.clerk_person.id))
        };
        let (right, wrong) = (with("birth_date:is:1985-07-16"), with("birth_date:is:1985-07-17"));
        assert_eq!(right, wrong, "a right guess is answered in another way than a wrong one");
        assert!(!right.1);
    }),
    ("sorting by a birth date that only personnel reads", |scene| {
        let person = |number: &str, born: &str| {
            let values = serde_json::json!({ "number": number, "name": "見本　順", "birth_date": born });
            scene.agency.create("person", values).id
        };
        let pairs = [
            [person("7601", "1960-01-01"), person("7602", "2000-01-01")],
            [person("7603", "2000-01-01"), person("7604", "1960-01-01")],
        ];
        for sort in ["birth_date", "-birth_date"] {
            let list = scene.other.get(&format!("/api/v1/ledgers/person/records?limit=1000&sort={sort}"));
            let text = list.text();
            // Those whose value is hidden stand in the order of their identifiers, which says nothing of it.
            let by_identifier =
                pairs.each_ref().map(|[one, two]| (text.find(one.as_str()) < text.find(two.as_str())) == (one < two));
            assert_eq!(by_identifier[0], by_identifier[1], "the order tells who is older");
        }
    }),
    ("counting and grouping", |scene| {
        let reply = scene.other.get("/api/v1/ledgers/interview_record/records?group=state&count=true");
        let groups = reply.json();
        assert!(groups["groups"].as_array().is_none_or(Vec::is_empty), "{groups}");
    }),
    ("searching everything", |scene| {
        let page = scene.other.get(&format!("/search?q={SECRET}")).text();
        assert!(!page.contains(&scene.interview.id));
        assert!(scene.clerk.get(&format!("/search?q={SECRET}")).text().contains(&scene.interview.id));
    }),
    ("exporting", |scene| {
        // Whoever gives no reason is asked for one, and told nothing else.
        hidden(scene, "/ledgers/interview_record/export?format=csv");
        let status = hidden(scene, &format!("/ledgers/interview_record/export?format=csv&reason={}", coded("点検")));
        assert!(status >= 400, "{status}");
    }),
    ("the cursor of somebody who sees more", |scene| {
        for number in 0..3 {
            let name = format!("見本　続{number}");
            scene.agency.create("person", serde_json::json!({ "number": format!("72{number:02}"), "name": name }));
        }
        let page = scene.personnel.get("/api/v1/ledgers/person/records?limit=1&sort=number").json();
        let cursor = page["next"].as_str().expect("a cursor").to_string();
        let path = format!("/api/v1/ledgers/interview_record/records?cursor={}", coded(&cursor));
        let reply = scene.other.get(&path);
        assert!(reply.status < 500 && !reply.text().contains(&scene.interview.id), "{}", reply.status);
    }),
    ("the draft of another", |scene| {
        let path = format!("/drafts/interview_record/{}", scene.interview.id);
        scene.clerk.post(&path, &[("_fields", "answer"), ("answer", "zqdraft-of-the-clerk")]);
        let form = scene.other.get("/ledgers/interview_record/new?draft=1").text();
        assert!(!form.contains("zqdraft-of-the-clerk"));
        absent(scene, "/edit?draft=1");
    }),
    ("an account of another", |scene| {
        let accounts = scene.clerk.get(&format!("/ledgers/account/{}", scene.other_account));
        assert_eq!(accounts.status, 404);
    }),
    ("offers of a chooser", |scene| {
        let page = scene.other.get(&format!("/ledgers/interview_record/offers?q={SECRET}"));
        assert!(page.status < 500 && !page.text().contains(&scene.interview.id));
    }),
    ("papers of another", |scene| {
        let path = format!("/documents/person_card?record={}", scene.clerk_person.id);
        let asked = scene.other.get(&path).text();
        assert!(!asked.contains("見本　守"), "the question for a reason names the person");
        let reply = scene.other.get(&format!("{path}&reason={}", coded("点検")));
        assert!(matches!(reply.status, 403 | 404), "{}", reply.status);
    }),
];
