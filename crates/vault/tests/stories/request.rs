//! An erasure as people carry it out: asked for, approved by another, carried out, proved.

use std::path::Path;
use std::sync::Arc;

use journal::SigningKey;
use ledger::port::{Protection, Reader, Writer};
use ledger::{Body, Change, Principal, Record, Refusal, Standing};
use serde_json::{Value, json};
use store::Store;
use testkit::{Desk, somebody, values};
use vault::{Certificate, Erasure, Vault};

struct Office {
    desk: Desk,
    vault: Arc<Vault>,
    key: std::path::PathBuf,
}

impl Office {
    fn new(folder: &Path, (store, vault): (Store, Arc<Vault>)) -> Self {
        let key = folder.join("keys").join("journal.key");
        let erasure = Erasure { vault: vault.clone(), agency: "見本省".into(), signing_key: key.clone() };
        Self { desk: Desk::new(store, "2026-11-20", vec![Arc::new(erasure)]), vault, key }
    }

    fn person(&self, number: &str, name: &str) -> Record {
        let born = [("number", number), ("name", name), ("birth_date", "1980-04-01"), ("mail", "a@example.go.jp")];
        self.desk.create("person", &born)
    }

    fn ask(&self, person: &Record) -> Record {
        let request =
            values([("person", json!(person.id)), ("basis", json!("asked")), ("reason", json!("見本の理由"))]);
        self.desk.commit(&officer("asks"), Change::create("erasure_request", request)).unwrap()
    }

    fn certificate(&self, request: &Record) -> String {
        let id = request.value("certificate")[0]["id"].as_str().unwrap().to_owned();
        let file = self.desk.read(|tx: &mut dyn Reader| Ok(tx.attachment(&id)?)).unwrap().unwrap();
        String::from_utf8(file.content).unwrap()
    }
}

fn officer(name: &str) -> Principal {
    somebody(name, None, &["security_officer"])
}

fn told(office: &Office) {
    let person = office.person("000001", "消田花子");
    let other = office.person("000002", "残野太郎");
    let request = office.ask(&person);

    // One alone cannot do it, and the second not without the first step.
    for (who, act) in [("asks", "approve"), ("second", "execute")] {
        assert!(office.desk.take(&officer(who), &request, act, Body::new()).is_err(), "{who} {act}");
    }
    office.desk.take(&officer("second"), &request, "approve", Body::new()).unwrap();
    assert!(office.desk.take(&officer("asks"), &request, "execute", Body::new()).is_err());

    // A hold over the person keeps it from being done, and nothing is erased.
    let hold = values([
        ("name", json!("見本の訴訟")),
        ("persons", json!([person.id])),
        ("reason", json!("見本")),
        ("requested_by", json!("見本部")),
    ]);
    let hold = office.desk.commit(&Principal::system("test"), Change::create("legal_hold", hold)).unwrap();
    let refused = office.desk.take(&officer("second"), &request, "execute", Body::new());
    assert!(matches!(&refused, Err(Refusal::Denied(words)) if words.contains("保全")), "{refused:?}");
    assert_eq!(office.desk.record("person", &person.id).text("birth_date"), Some("1980-04-01"));
    office.desk.take(&officer("asks"), &hold, "ask", values([("lift_reason", json!("見本"))])).unwrap();
    assert!(office.desk.take(&officer("second"), &request, "execute", Body::new()).is_err(), "asked, not lifted");
    office.desk.take(&officer("second"), &hold, "lift", Body::new()).unwrap();

    let done = office.desk.take(&officer("second"), &request, "execute", Body::new()).unwrap();
    assert_eq!(done.state, "erased");
    let gone = office.desk.record("person", &person.id);
    assert!(ledger::value::is_erased(gone.value("birth_date")), "{:?}", gone.body.get("birth_date"));
    assert_eq!(office.desk.record("person", &other.id).text("birth_date"), Some("1980-04-01"));
    assert!(matches!(
        office.vault.lock(&person.id, "person/x/name", b"x"),
        Err(ledger::port::ProtectionProblem::Erased)
    ));

    // The certificate: checked with the public key alone, names nobody, and says what was erased.
    let text = office.certificate(&done);
    let key = SigningKey::load(&office.key).unwrap().unwrap();
    let certificate = Certificate::open(&text, key.verifier()).unwrap();
    assert_eq!((certificate.holder.as_str(), certificate.number.as_str()), (person.id.as_str(), "消-2026-0001"));
    assert_eq!(
        (certificate.requested.account.as_str(), certificate.approved.account.as_str()),
        ("account-asks", "account-second")
    );
    let erased = certificate.erased.iter().find(|part| part.ledger == "person").unwrap();
    assert!(erased.fields.contains(&"birth_date".to_string()) && erased.values >= 1, "{erased:?}");
    assert_eq!(done.value("fingerprint"), &Value::from(certificate.key.fingerprint.clone()));
    assert!(!text.contains("消田") && !text.contains("1980"), "{text}");

    // Nobody finds the person by what was erased any more.
    let found =
        office.desk.read(|tx: &mut dyn Reader| Ok(tx.lookup("person", "birth_date", &["1980-04-01".to_string()])?));
    let found = found.unwrap().remove("1980-04-01").unwrap_or_default();
    assert!(!found.contains(&person.id), "{found:?}");
    // What was erased is missing nowhere: verification needs no key of the person.
    let report = verify::database(&office.desk.store, &verify::Options::default()).unwrap();
    assert!(report.intact() && report.records > 3, "{:#?}", report.findings);
    assert!(done.state == "erased" && office.desk.take(&officer("second"), &done, "execute", Body::new()).is_err());
}

#[test]
fn two_people_erase_and_anybody_can_check() {
    let folder = tempfile::tempdir().unwrap();
    told(&Office::new(folder.path(), testkit::sqlite(folder.path())));
    match std::env::var("DAICHO_TEST_POSTGRES") {
        Ok(url) => {
            let folder = tempfile::tempdir().unwrap();
            told(&Office::new(folder.path(), testkit::postgres(folder.path(), &crate::own_schema(&url))));
        }
        Err(_) => eprintln!("SKIPPED on PostgreSQL: DAICHO_TEST_POSTGRES is not set"),
    }
}

#[test]
fn after_a_failed_transaction_the_erasure_is_carried_out_again_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::new(folder.path(), testkit::sqlite(folder.path()));
    let person = office.person("000001", "消田花子");
    let request = office.ask(&person);
    office.desk.take(&officer("second"), &request, "approve", Body::new()).unwrap();
    let now = office.desk.record("erasure_request", &request.id);
    let change = Change::transition("erasure_request", &now.id, now.revision, "execute");
    // The key is destroyed, and then the power goes out before the commit.
    let failed: Result<(), Refusal> = office.desk.store.write(|tx: &mut dyn Writer| {
        office.desk.kernel.commit(tx, &officer("second"), change.clone())?;
        Err(Refusal::Denied("power".into()))
    });
    assert!(failed.is_err());
    let (_, destroyed) = office.vault.erased().unwrap().remove(0);
    assert_eq!(office.desk.record("erasure_request", &request.id).state, "approved");

    let done = office.desk.take(&officer("third"), &request, "execute", Body::new()).unwrap();
    let key = SigningKey::load(&office.key).unwrap().unwrap();
    let certificate = Certificate::open(&office.certificate(&done), key.verifier()).unwrap();
    assert_eq!((certificate.holder, done.state.as_str()), (person.id, "erased"));
    assert!(certificate.executed.at >= destroyed);
    assert_eq!(officer("x").standing, Standing::Person);
}
