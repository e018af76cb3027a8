//! A contract between a made-up office and two companies.

use std::path::PathBuf;

use ledger::pack::read_folder;
use ledger::{Body, Change, Principal, Record, Refusal, RoleHeld};
use serde_json::{Value, json};
use store::Store;
use testkit::{Desk, somebody};

/// 見本課 has a contract in force with each of 見本システム株式会社 and 別会社, from 1 April 2026 to 31 March 2027.
pub struct Site {
    pub desk: Desk,
    /// The contract of the first company.
    pub contract: Record,
    /// The contract of the second.
    pub other: Record,
    /// Who leads at the first company.
    pub lead: Principal,
    /// Somebody else with the same role at the first company.
    pub second: Principal,
    /// Who works there.
    pub member: Principal,
    /// Who leads at the second company.
    pub rival: Principal,
    /// The agency's supervisor.
    pub supervisor: Principal,
    /// The agency's inspector.
    pub inspector: Principal,
}

pub fn body(value: Value) -> Body {
    match value {
        Value::Object(map) => map,
        _ => Body::new(),
    }
}

/// Somebody with one role in one office or company.
fn holder(name: &str, role: &str, office: &Record, outside: bool) -> Principal {
    let mut who = somebody(name, None, &[]);
    who.roles = vec![RoleHeld { role: role.into(), offices: Some(vec![office.id.clone()]), outside }];
    who
}

/// Every message of a refusal.
pub fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(problems) => {
            problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

impl Site {
    pub fn open(store: Store) -> Self {
        let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let packs = ["core", "engagement"].map(|name| read_folder(&packs.join(name)).expect("the pack"));
        let desk = Desk::with_packs(store, "2026-04-01", engagement::engines(), &packs);
        let office = desk.create("organisation", &[("code", "K1"), ("name", "見本課")]);
        let company = desk.create("organisation", &[("code", "C1"), ("name", "見本システム株式会社")]);
        let second = desk.create("organisation", &[("code", "C2"), ("name", "別会社")]);
        let contract = signed(&desk, "人事システムの運用支援", &office, &company);
        let other = signed(&desk, "別の業務", &office, &second);
        Self {
            contract,
            other,
            lead: holder("lead", "contractor_lead", &company, true),
            second: holder("second", "contractor_lead", &company, true),
            member: holder("member", "contractor_member", &company, true),
            rival: holder("rival", "contractor_lead", &second, true),
            supervisor: holder("supervisor", "supervisor", &office, false),
            inspector: holder("inspector", "inspector", &office, false),
            desk,
        }
    }

    /// A new record of the first contract.
    pub fn try_make(&self, who: &Principal, ledger: &str, mut values: Value) -> Result<Record, Refusal> {
        values["engagement"] = json!(self.contract.id);
        self.desk.commit(who, Change::create(ledger, body(values)))
    }

    /// The same, which must be stored.
    pub fn make(&self, who: &Principal, ledger: &str, values: Value) -> Record {
        self.try_make(who, ledger, values).unwrap_or_else(|refusal| panic!("{ledger}: {}", words(&refusal)))
    }

    /// What is said against a new record.
    pub fn refused(&self, who: &Principal, ledger: &str, values: Value) -> String {
        words(&self.try_make(who, ledger, values).expect_err("a refusal"))
    }

    /// A transition that must be taken.
    pub fn take(&self, who: &Principal, record: &Record, transition: &str, values: Value) -> Record {
        let taken = self.desk.take(who, record, transition, body(values));
        taken.unwrap_or_else(|refusal| panic!("{} {transition}: {}", record.ledger, words(&refusal)))
    }

    /// What is said against a transition.
    pub fn stopped(&self, who: &Principal, record: &Record, transition: &str, values: Value) -> String {
        words(&self.desk.take(who, record, transition, body(values)).expect_err("a refusal"))
    }

    /// New values of a record as it is now.
    pub fn amend(&self, who: &Principal, record: &Record, values: Value) -> Result<Record, Refusal> {
        let now = self.desk.record(&record.ledger, &record.id);
        self.desk.commit(who, Change::amend(&record.ledger, &record.id, now.revision, body(values)))
    }

    /// A worker of the first company who is approved: named so, in this duty, handling information.
    pub fn worker(&self, name: &str, duty: &str) -> Record {
        let worker = self.make(&self.lead, "worker", person(name, duty));
        self.take(&self.lead, &worker, "propose", json!({}));
        self.take(&self.supervisor, &worker, "approve", json!({}))
    }

    /// A confirmed document of this kind.
    pub fn document(&self, kind: &str, more: Value) -> Record {
        let mut values =
            json!({ "kind": kind, "edition": "1.0", "effective_on": "2026-04-20", "review_on": "2027-03-01" });
        for (name, value) in body(more) {
            values[name] = value;
        }
        let document = self.make(&self.lead, "policy_document", values);
        let approval =
            json!({ "approved_by": "代表取締役", "approved_on": "2026-04-01", "file": self.file("文書.pdf") });
        self.take(&self.lead, &document, "approve", approval);
        self.take(&self.lead, &document, "file", json!({}));
        self.take(&self.supervisor, &document, "confirm", json!({}))
    }

    /// Somebody on the list of those who handle protected information.
    pub fn handler(&self, worker: &Record, roles: &[&str]) -> Record {
        let values = handler(worker, roles);
        let handler = self.make(&self.lead, "handler", values);
        self.take(&self.lead, &handler, "file", json!({}));
        self.take(&self.supervisor, &handler, "confirm", json!({}))
    }

    /// A file that the lead handed in.
    pub fn file(&self, name: &str) -> Value {
        let id = self.desk.kernel.new_id();
        let file = ledger::port::Attachment {
            id: id.clone(),
            name: name.into(),
            media_type: "application/pdf".into(),
            sha256: "0".repeat(64),
            content: b"%PDF".to_vec(),
            stored_by: self.lead.actor.account.clone(),
            stored_at: self.desk.kernel.now(),
        };
        self.desk
            .store
            .write(move |tx: &mut dyn ledger::port::Writer| -> Result<(), Refusal> {
                tx.add_attachment(&file)?;
                Ok(())
            })
            .expect("the file is stored");
        json!([{ "id": id, "name": name, "media_type": "application/pdf", "sha256": "0".repeat(64), "size": 4 }])
    }
}

fn signed(desk: &Desk, title: &str, office: &Record, company: &Record) -> Record {
    let system = Principal::system("test");
    let contract = desk.create(
        "engagement",
        &[
            ("title", title),
            ("method", "open_bid"),
            ("office", &office.id),
            ("starts_on", "2026-04-01"),
            ("ends_on", "2027-03-31"),
        ],
    );
    let award = json!({ "contractor": company.id, "award_on": "2026-03-20", "amount": 10_000_000 });
    desk.take(&system, &contract, "award", body(award)).expect("awarded");
    desk.take(&system, &contract, "sign", body(json!({ "contract_on": "2026-04-01" }))).expect("signed")
}

/// Values of a worker of the first company.
pub fn person(name: &str, duty: &str) -> Value {
    json!({
        "duty": duty, "works": "運用と監視", "starts_on": "2026-04-20", "name": name,
        "company": "見本システム株式会社", "department": "運用部", "position": "主任", "employment": "own",
        "nationality": "日本", "birth_date": "1985-05-05", "handles": true, "handle_reason": "利用者の情報を見て答えるため",
        "pledged_on": "2026-04-01", "contact": "03-0000-0000",
        "qualifications": [{ "name": "情報処理安全確保支援士", "security": true, "acquired_on": "2020-04-01" }],
        "careers": [{ "experience": "leadership", "from": "2018-04-01", "to": "2026-03-31", "content": "運用チームの統率" }],
    })
}

/// Values of somebody who handles protected information.
pub fn handler(worker: &Record, roles: &[&str]) -> Value {
    json!({
        "worker": worker.id, "roles": roles, "assets": "人事システムの構成の情報", "necessity": "運用の責任を負うため",
        "can_refuse": true, "agreement": ["secrecy", "liability", "understood"], "agreed_on": "2026-04-01",
        "system_consent": ["system", "monitored", "liability"], "starts_on": "2026-04-20",
    })
}
