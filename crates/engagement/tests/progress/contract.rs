//! A small contract: an office, a company, somebody in each role of both sides.

use ledger::{Body, Change, Principal, Record, Refusal, RoleHeld};
use serde_json::{Value, json};
use testkit::{Desk, somebody};

pub struct Contract {
    pub desk: Desk,
    pub engagement: Record,
    pub supervisor: Principal,
    pub inspector: Principal,
    pub lead: Principal,
    pub member: Principal,
    /// The lead of another company, which has a contract of its own.
    pub stranger: Principal,
}

impl Contract {
    pub fn new(store: store::Store, today: &str) -> Self {
        Self::decided(store, today, json!([]))
    }

    /// A contract for which this was decided.
    pub fn decided(store: store::Store, today: &str, settings: Value) -> Self {
        Self::on_terms(store, today, Value::Null, settings)
    }

    /// A contract on the terms of a pack.
    pub fn on_terms(store: store::Store, today: &str, terms: Value, settings: Value) -> Self {
        let desk = Desk::new(store, today, engagement::engines());
        let office = desk.create("organisation", &[("code", "010100"), ("name", "見本局 運用課"), ("kind", "課")]);
        let company = desk.create("organisation", &[("code", "900001"), ("name", "見本電算"), ("kind", "会社")]);
        let other = desk.create("organisation", &[("code", "900002"), ("name", "別の会社"), ("kind", "会社")]);
        let person = |number: &str, name: &str| desk.create("person", &[("number", number), ("name", name)]);
        let inside = |name: &str, number: &str, words: &str, role: &str| {
            let mut who = somebody(name, Some(&person(number, words)), &[]);
            who.roles = vec![RoleHeld { role: role.into(), offices: Some(vec![office.id.clone()]), outside: false }];
            who
        };
        let outside = |name: &str, number: &str, words: &str, role: &str, company: &Record| {
            let mut who = somebody(name, Some(&person(number, words)), &[]);
            who.roles = vec![RoleHeld { role: role.into(), offices: Some(vec![company.id.clone()]), outside: true }];
            who
        };
        let supervisor = inside("supervisor", "00001", "見本 監督", "supervisor");
        let inspector = inside("inspector", "00002", "見本 検査", "inspector");
        let lead = outside("lead", "90001", "見本 統括", "contractor_lead", &company);
        let member = outside("member", "90002", "見本 従事", "contractor_member", &company);
        let stranger = outside("stranger", "90003", "見本 別人", "contractor_lead", &other);
        let make = |company: &Record, title: &str| {
            let body = json!({
                "title": title, "method": "open_bid", "category": "service", "office": office.id, "contractor": company.id,
                "notice_on": "2026-02-02", "award_on": "2026-03-10", "contract_on": "2026-04-01",
                "starts_on": "2026-04-01", "ends_on": "2027-03-31", "settings": settings, "terms": terms,
            });
            let values = body.as_object().cloned().unwrap_or_default();
            let made =
                desk.commit(&Principal::system("test"), Change::create("engagement", values)).expect("a contract");
            let system = Principal::system("test");
            let made = desk.take(&system, &made, "announce", Body::new()).expect("announced");
            let amount = [("amount".to_string(), json!(12_000_000))].into_iter().collect();
            let made = desk.take(&system, &made, "award", amount).expect("awarded");
            desk.take(&system, &made, "sign", Body::new()).expect("in force")
        };
        let engagement = make(&company, "見本システムの運用支援");
        make(&other, "別の契約");
        Self { engagement, supervisor, inspector, lead, member, stranger, desk }
    }

    /// A record of this contract made by somebody.
    pub fn add(&self, who: &Principal, ledger: &str, values: Value) -> Result<Record, Refusal> {
        let mut values = values.as_object().cloned().unwrap_or_default();
        if !values.contains_key("meeting") || ledger != "attendance" {
            values.insert("engagement".into(), self.engagement.id.as_str().into());
        }
        self.desk.commit(who, Change::create(ledger, values))
    }

    /// Take a transition of the record as it is now.
    pub fn take(&self, who: &Principal, record: &Record, transition: &str, values: Value) -> Result<Record, Refusal> {
        self.desk.take(who, record, transition, values.as_object().cloned().unwrap_or_default())
    }

    /// The record as it is now.
    pub fn now(&self, record: &Record) -> Record {
        self.desk.record(&record.ledger, &record.id)
    }
}

/// The words of a refusal.
pub fn words(refused: Result<Record, Refusal>) -> String {
    match refused {
        Ok(record) => panic!("{} {} was stored", record.ledger, record.state),
        Err(Refusal::Invalid(problems)) => problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.field, problem.message))
            .collect::<Vec<_>>()
            .join("\n"),
        Err(other) => other.to_string(),
    }
}
