//! An office, a company, and a small contract pack of all that terms can say.

use std::path::PathBuf;
use std::sync::Arc;

use engagement::terms::TermsEngine;
use ledger::pack::{PackSource, read_folder};
use ledger::{Body, Change, Principal, Record, Refusal, find};
use serde_json::Value;
use store::Store;
use testkit::{Desk, somebody, values};

const HEAD: &str = "label = \"見本の契約\"\nversion = \"1\"\n";

const TERMS: &str = r#"[terms]
label = "見本の役務"
source = "見本の仕様書"
for = "engagement"
makes = "obligation"

[values]
title = "見本の役務一式"
method = "direct"
category = "lease"
starts_on = "2024-04-01"
ends_on = "2024-09-30"

[setting.promptly]
label = "「速やかに」の日数"
value = "5 business days"
clause = "表2"
note = "日数がないので5開庁日とします。"

[setting.plan]
label = "計画書の期限"
value = "on starts_on"
options = { start = "on starts_on", week = "1 week before starts_on" }
clause = "4(5) と 表4"

[item.chart]
label = "運用体系図"
kind = "deliverable"
due = "{promptly} after contract_on"
clause = "表2-1"
copies = 2

[item.plan]
label = "実施計画書"
due = "{plan}"
clause = "4(5)"
approval = true

[item.final]
label = "完了報告書"
due = "7 days counting from ends_on, next business day"
clause = "8"

[item.monthly]
label = "月次報告書"
every = "month"
due = "last day of the month after period"
clause = "表2-4"

[item.minutes]
label = "議事録"
each = "talk"
when = "state == 'held' && !empty(room)"
due = "3 business days after held_on"
clause = "5"

[item.roster]
label = "出席者名簿"
each = "talk"
due = "1 week before engagement.starts_on"
clause = "5"

[item.material]
label = "求めに応じた資料"
kind = "notice"
clause = "9"
"#;

const TALK: &str = r#"[ledger]
label = "打合せ"
area = "engagement"
title = ["held_on", "theme", "remark"]
indexes = [["engagement"]]
[class]
secret = { label = "秘密", protected = true }
[field]
engagement = { label = "契約案件", kind = "reference", ledger = "engagement", required = true }
contractor = { label = "契約相手方", kind = "organisation", computed = "engagement.contractor" }
held_on = { label = "開催日", kind = "date" }
theme = { label = "議題", kind = "text" }
room = { label = "場所", kind = "text" }
remark = { label = "覚え", kind = "text", class = "secret" }
[state]
called = { label = "予定" }
held = { label = "開催" }
[transition]
hold = { label = "開く", from = "called", to = "held" }
[[access]]
role = "supervisor"
read = "*"
write = "*"
can = ["create"]
transitions = "*"
"#;

pub struct Office {
    pub desk: Desk,
    pub office: Record,
    pub company: Record,
    pub officer: Principal,
}

/// The pack of the sample contract, with other words in its terms.
pub fn pack(terms: &str) -> PackSource {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let files = vec![file("pack.toml", HEAD), file("talk.toml", TALK), file("terms.toml", terms)];
    PackSource { name: "contract_sample".into(), files }
}

pub fn terms() -> String {
    TERMS.to_owned()
}

/// These contract packs beside the packs of the repository.
pub fn packs(contracts: &[PackSource]) -> Vec<PackSource> {
    let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut sources: Vec<PackSource> =
        ["core", "engagement"].iter().map(|name| read_folder(&packs.join(name)).expect("the pack")).collect();
    sources.extend(contracts.iter().cloned());
    sources
}

impl Office {
    pub fn new(store: Store) -> Self {
        Self::with(store, &[pack(TERMS)])
    }

    /// With these contract packs beside the packs of the repository.
    pub fn with(store: Store, contracts: &[PackSource]) -> Self {
        let desk = Desk::with_packs(store, "2024-03-15", vec![Arc::new(TermsEngine)], &packs(contracts));
        let office = desk.create("organisation", &[("code", "010000"), ("name", "見本局"), ("kind", "bureau")]);
        let company = desk.create("organisation", &[("code", "900001"), ("name", "見本システム株式会社")]);
        Self { desk, office, company, officer: somebody("officer", None, &["contract_officer", "supervisor"]) }
    }

    /// A contract with these dates (and other texts), made by the officer.
    pub fn contract(&self, texts: &[(&str, &str)]) -> Record {
        self.try_contract(texts).expect("the contract is stored")
    }

    pub fn try_contract(&self, texts: &[(&str, &str)]) -> Result<Record, Refusal> {
        let mut body = values([("terms", "contract_sample".into()), ("office", self.office.id.as_str().into())]);
        body.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))));
        self.desk.commit(&self.officer, Change::create("engagement", body))
    }

    pub fn amend(&self, record: &Record, body: Body) -> Result<Record, Refusal> {
        let now = self.desk.record(&record.ledger, &record.id);
        self.desk.commit(&self.officer, Change::amend(&record.ledger, &record.id, now.revision, body))
    }

    pub fn set(&self, record: &Record, texts: &[(&str, &str)]) -> Record {
        let body = texts.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
        self.amend(record, body).expect("the change is stored")
    }

    pub fn take(&self, record: &Record, transition: &str, body: Body) -> Record {
        self.desk.take(&self.officer, record, transition, body).expect("the transition is taken")
    }

    /// All obligations of a contract, in order of making.
    pub fn all(&self, contract: &Record) -> Vec<Record> {
        let filter = find::is("engagement", &contract.id);
        self.desk.read(|tx| Ok(find::all(tx, "obligation", filter, 10_000)?)).expect("the obligations")
    }

    /// `item period due state` of each, open ones only unless another state is said.
    pub fn lines(&self, contract: &Record) -> Vec<String> {
        let mut lines: Vec<String> = self.all(contract).iter().map(line).collect();
        lines.sort();
        lines
    }

    /// The only obligation of that item that is open or in another state but withdrawn.
    pub fn one(&self, contract: &Record, item: &str, period: Option<&str>) -> Record {
        let mut found = self.all(contract);
        found.retain(|one| one.text("item") == Some(item) && (period.is_none() || one.text("period") == period));
        found.pop().unwrap_or_else(|| panic!("no {item}"))
    }
}

fn line(record: &Record) -> String {
    let text = |field: &str| record.text(field).unwrap_or("-").to_owned();
    let state = if record.state == "planned" { String::new() } else { format!(" {}", record.state) };
    format!("{} {} {}{state}", text("item"), text("period"), text("due_on"))
}

/// What a refusal says, field by field.
pub fn told(result: Result<Record, Refusal>) -> String {
    match result {
        Ok(_) => "stored".into(),
        Err(Refusal::Invalid(problems)) => problems
            .iter()
            .map(|one| format!("{}[{:?}].{:?}: {}", one.field, one.row, one.column.as_deref(), one.message))
            .collect::<Vec<_>>()
            .join("\n"),
        Err(other) => format!("{other:?}"),
    }
}
