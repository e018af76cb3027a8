//! A small agency with two contract officers, and three firms that want its contract.

use std::path::PathBuf;

use ledger::pack::read_folder;
use ledger::{Body, Change, Principal, Record, Refusal, RoleHeld};
use serde_json::{Value, json};
use store::Store;
use testkit::{Desk, somebody};

pub struct Agency {
    pub desk: Desk,
    pub engagement: Record,
    pub tender: Record,
}

pub fn body(value: Value) -> Body {
    match value {
        Value::Object(map) => map,
        _ => Body::new(),
    }
}

/// Whether a refusal says these words.
pub fn says(refusal: &Refusal, words: &str) -> bool {
    match refusal {
        Refusal::Invalid(problems) => problems.iter().any(|problem| problem.message.contains(words)),
        Refusal::Denied(text) => text.contains(words),
        _ => false,
    }
}

impl Agency {
    /// A procurement that was announced on 9 February 2024 (seed 003), with a ceiling of 13,200,000 yen.
    pub fn new(store: Store) -> Self {
        let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let packs = ["core", "engagement"].map(|name| read_folder(&packs.join(name)).expect("the pack"));
        let desk = Desk::with_packs(store, "2024-02-09", engagement::engines(), &packs);
        let make = |ledger: &str, values: Value| {
            desk.commit(&Principal::system("test"), Change::create(ledger, body(values))).expect(ledger)
        };
        let office = make("organisation", json!({ "code": "K", "name": "見本局会計課" }));
        for (code, name) in [("FA", "見本電算"), ("FB", "見本情報"), ("FC", "見本通信")] {
            make("organisation", json!({ "code": code, "name": name }));
        }
        let engagement = make(
            "engagement",
            json!({
                "title": "見本局ネットワークの運用支援役務", "method": "open_bid", "office": office.id,
                "starts_on": "2024-04-01", "ends_on": "2025-03-31", "payment": "monthly",
            }),
        );
        let mut agency = Self { desk, engagement: engagement.clone(), tender: engagement };
        let values = json!({
            "engagement": agency.engagement.id, "notice_on": "2024-02-09", "question_until": "2024-02-20T12:00:00+09:00",
            "answers_from": "2024-02-09", "answers_until": "2024-02-29", "suitability_until": "2024-02-20T12:00:00+09:00",
            "qualification_until": "2024-02-29T12:00:00+09:00", "bid_until": "2024-02-29T17:00:00+09:00",
            "open_at": "2024-03-01T11:00:00+09:00", "open_place": "5階会議室", "grade": "D", "region": "九州・沖縄",
            "years": "令和4・5・6年度", "need_security": true, "need_quality": true, "ceiling": 13_200_000,
            "base_price": 6_600_000,
        });
        let tender =
            agency.desk.commit(&agency.officer("o1"), Change::create("tender", body(values))).expect("a tender");
        agency.tender = tender;
        agency.step("o1", "announce", json!({})).expect("announced");
        agency
    }

    pub fn at(&self, instant: &str) {
        let at = instant.parse::<chrono::DateTime<chrono::FixedOffset>>().expect("an instant");
        self.desk.clock.set(at.with_timezone(&chrono::Utc));
    }

    pub fn officer(&self, name: &str) -> Principal {
        somebody(name, None, &["contract_officer"])
    }

    pub fn firm(&self, code: &str) -> Record {
        self.find("organisation", "code", code).into_iter().next().expect("the firm")
    }

    /// Somebody of a firm.
    pub fn bidder(&self, code: &str) -> Principal {
        let mut who = somebody(code, None, &[]);
        let offices = Some(vec![self.firm(code).id]);
        who.roles.push(RoleHeld { role: "bidder".into(), offices, outside: true });
        who
    }

    pub fn find(&self, ledger: &str, field: &str, value: &str) -> Vec<Record> {
        self.desk
            .read(|tx| Ok(ledger::find::all(tx, ledger, ledger::find::is(field, value), 1_000)?))
            .expect("the database")
    }

    pub fn now(&self) -> Record {
        self.desk.record("tender", &self.tender.id)
    }

    pub fn finding(&self) -> String {
        self.now().text("finding").unwrap_or_default().to_string()
    }

    /// A step of the procurement by an officer.
    pub fn step(&self, officer: &str, transition: &str, values: Value) -> Result<Record, Refusal> {
        self.desk.take(&self.officer(officer), &self.tender, transition, body(values))?;
        Ok(self.now())
    }

    pub fn take(&self, who: &Principal, record: &Record, transition: &str, values: Value) -> Result<Record, Refusal> {
        self.desk.take(who, record, transition, body(values))?;
        Ok(self.desk.record(&record.ledger, &record.id))
    }

    pub fn create(&self, who: &Principal, ledger: &str, values: Value) -> Result<Record, Refusal> {
        self.desk.commit(who, Change::create(ledger, body(values)))
    }

    /// A firm shows what it has and is found qualified.
    pub fn qualify(&self, code: &str) -> Record {
        let who = self.bidder(code);
        let values = json!({
            "tender": self.tender.id, "bidder": self.firm(code).id, "received_documents_on": "2024-02-10",
            "years": "令和4・5・6年度", "grade": "C", "region": "九州・沖縄", "barred": true,
        });
        let record = self.create(&who, "bid_qualification", values).expect("documents");
        let certificates = json!([
            { "kind": "iso27001", "number": "見本-1", "valid_to": "2025-03-31" },
            { "kind": "iso9001", "number": "見本-2", "valid_to": "2025-03-31" },
        ]);
        self.take(&who, &record, "hand_in_certificates", json!({ "certificates": certificates })).expect("in time");
        self.take(&who, &record, "submit", json!({})).expect("submitted");
        self.take(&self.officer("o1"), &record, "pass", json!({})).expect("qualified")
    }

    /// What a bid of a firm holds.
    pub fn bid_values(&self, code: &str, amount: i64, lot: i64) -> Value {
        json!({
            "tender": self.tender.id, "bidder": self.firm(code).id, "certificate": "representative", "amount": amount,
            "lottery_number": lot, "pledge": true, "fair": true,
            "breakdown": [{ "item": "人件費", "amount": amount - 1_000 }, { "item": "諸経費", "amount": 1_000 }],
        })
    }

    /// An electronic bid that is filed.
    pub fn bid(&self, code: &str, amount: i64, lot: i64) -> Record {
        let who = self.bidder(code);
        let draft = self.create(&who, "bid", self.bid_values(code, amount, lot)).expect("a draft");
        self.take(&who, &draft, "file", json!({})).expect("filed")
    }

    /// A paper bid as an officer writes its envelope down.
    pub fn envelope(&self, code: &str, received: &str) -> Record {
        let values = json!({
            "tender": self.tender.id, "bidder": self.firm(code).id, "channel": "paper", "delivery": "mail",
            "paper_approved_on": "2024-02-19", "received_at": received, "pledge": true, "fair": true,
            "envelope": ["sealed", "red_mark", "subject", "opening_time", "firm", "double"],
        });
        let who = self.officer("o1");
        let draft = self.create(&who, "bid", values).expect("an envelope");
        self.take(&who, &draft, "file", json!({})).expect("written down")
    }

    /// A file of so many bytes that somebody added.
    pub fn file(&self, who: &Principal, name: &str, size: usize) -> Value {
        let file = ledger::port::Attachment {
            id: self.desk.kernel.new_id(),
            name: name.into(),
            media_type: "application/pdf".into(),
            sha256: "0".repeat(64),
            content: vec![b' '; size],
            stored_by: who.actor.account.clone(),
            stored_at: self.desk.kernel.now(),
        };
        self.desk
            .store
            .write(|tx: &mut dyn ledger::port::Writer| tx.add_attachment(&file))
            .expect("the file is stored");
        json!([{ "id": file.id, "name": name, "media_type": file.media_type, "sha256": file.sha256, "size": size }])
    }

    /// Close, and open by two.
    pub fn open(&self, close: &str, open: &str) -> Record {
        self.at(close);
        self.step("o1", "close", json!({})).expect("closed");
        self.at(open);
        let presence = json!([{ "name": "見本 太郎", "side": "official", "firm": "見本局総務課", "present": true }]);
        self.step("o1", "prepare_opening", json!({ "presence": presence })).expect("prepared");
        self.step("o2", "open", json!({})).expect("opened")
    }

    pub fn open_first(&self) -> Record {
        self.open("2024-02-29T17:01:00+09:00", "2024-03-01T11:00:00+09:00")
    }
}
