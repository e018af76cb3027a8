//! Contracts of the sample: made-up firms with accounts of their own, a contract from each contract pack that is built in,
//! running since the first day of the fiscal year, and the year so far: reports handed in and confirmed, a meeting, issues
//! and risks. Each act is done by whoever would do it; as the agency took the contracts over into the program on its last
//! working day, the days of what came before stand in the records.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::{FiscalYear, FixedClock};
use chrono::{Days, NaiveDate};
use identity::names::{account, role_grant};
use identity::password::{self, NewPassword};
use identity::{Origin, Password};
use journal::Channel;
use ledger::port::{Reader, Writer};
use ledger::query::{Filter, Operand, Query};
use ledger::{Body, Change, Kernel, Principal, Problem, Record, Refusal};
use serde_json::{Value, json};

use super::accounts::{PASSWORD, SignIn};
use super::at;
use super::workforce::Workforce;
use crate::installation::Installation;
use crate::sample::SampleAgency;

/// Office that has its work done under contract: the information systems division.
const OFFICE: &str = "010040";

/// Code and name of each firm.
const FIRMS: [(&str, &str); 3] =
    [("K001", "見本電算株式会社"), ("K002", "架空システム株式会社"), ("K003", "仮名コンサルティング合同会社")];

/// Number, name, kana, firm, role and what the role is called among the sign-ins, of each person of a firm.
const WORKERS: [(&str, &str, &str, usize, &str, &str); 6] = [
    ("K001-1", "見本 統", "ミホン オサム", 0, "contractor_lead", "契約相手方の統括責任者"),
    ("K001-2", "見本 操", "ミホン ミサオ", 0, "contractor_member", "契約相手方の従事者"),
    ("K002-1", "架空 統", "カクウ オサム", 1, "contractor_lead", "別の契約相手方の統括責任者"),
    ("K002-2", "架空 操", "カクウ ミサオ", 1, "contractor_member", "別の契約相手方の従事者"),
    ("K003-1", "仮名 統", "カリナ オサム", 2, "contractor_lead", "三つ目の契約相手方の統括責任者"),
    ("K003-2", "仮名 操", "カリナ ミサオ", 2, "contractor_member", "三つ目の契約相手方の従事者"),
];

/// Roles of the agency's side, what they are called among the sign-ins.
const AGENCY_SIDE: [(&str, &str); 6] = [
    ("contract_officer", "契約担当官"),
    ("supervisor", "監督職員"),
    ("inspector", "検査職員"),
    ("payment_officer", "支払担当"),
    // Bids are opened by two.
    ("contract_officer", "もう一人の契約担当官"),
    // Who accepts an invoice does not pay it.
    ("payment_officer", "もう一人の支払担当"),
];

/// Obligations at the end of what is past that are left as they are: late or waiting.
const LEFT_LATE: usize = 2;
const LEFT_WAITING: usize = 3;

/// Add firms, accounts, contracts and what happened in them until today.
pub fn play(
    installation: &Installation,
    clock: &Arc<FixedClock>,
    agency: &SampleAgency,
    today: NaiveDate,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<SignIn>, Refusal> {
    let start = FiscalYear::of(today).first_day();
    let kernel = installation.kernel();
    let taken_over = at(kernel.calendar.previous_business_day(today - Days::new(1)), 10);
    clock.set(taken_over.max(kernel.now()));
    let stage = Stage { installation, kernel };
    let offices = stage.offices()?;
    let Some(office) = offices.get(OFFICE).cloned() else { return Ok(Vec::new()) };
    let firms = stage.firms()?;
    let mut sign_ins = stage.workers(&firms)?;
    sign_ins.extend(stage.agency_side(agency, &office)?);
    let by_role: BTreeMap<&str, Principal> = stage.principals(&sign_ins)?;
    let who = |role: &str| by_role.get(role).cloned().ok_or(Refusal::NotFound);
    let (officer, supervisor) = (who("契約担当官")?, who("監督職員")?);
    let terms: Vec<(String, String)> = stage
        .kernel
        .catalogue
        .choices
        .get("terms")
        .map(|set| set.choices.iter().map(|choice| (choice.code.clone(), choice.label.clone())).collect())
        .unwrap_or_default();
    for (number, (code, label)) in terms.iter().enumerate() {
        tell(&format!("契約「{label}」を進めています"));
        let firm = number % FIRMS.len();
        let lead = by_role.get(lead_of(firm)).cloned().ok_or(Refusal::NotFound)?;
        let contract = stage.contract(&officer, &supervisor, (code, label), &office, &firms[firm], start)?;
        stage.hand_in(&lead, &supervisor, &contract, today)?;
        stage.work(&lead, &supervisor, &contract, today)?;
        if let Some((_, name)) = FIRMS.get(number) {
            // The first contract of each firm; one shows everything, so that nobody has too long a list of what to do.
            let (stage, lead, supervisor, contract) = (&stage, &lead, &supervisor, contract.id.as_str());
            Workforce { stage, lead, supervisor, contract, firm: name, full: number == 0 }.play()?;
        }
    }
    tell("調達を公告し、入札書を受け付けています");
    let leads: Vec<(&str, &Principal)> = firms
        .iter()
        .enumerate()
        .filter_map(|(number, firm)| Some((firm.as_str(), by_role.get(lead_of(number))?)))
        .collect();
    super::tender::play(&stage, clock, &officer, &office, &leads)?;
    Ok(sign_ins)
}

/// What the lead of that firm is called among the sign-ins.
fn lead_of(firm: usize) -> &'static str {
    WORKERS.iter().find(|worker| worker.3 == firm && worker.4 == "contractor_lead").map_or("", |worker| worker.5)
}

/// The installation in which the sample is played.
pub(super) struct Stage<'a> {
    installation: &'a Installation,
    pub(super) kernel: Kernel,
}

impl Stage<'_> {
    fn commit(&self, who: &Principal, change: Change) -> Result<Record, Refusal> {
        let (kernel, who) = (self.kernel.clone(), who.clone());
        self.installation.store.write(move |tx: &mut dyn Writer| kernel.commit(tx, &who, change.clone()))
    }

    pub(super) fn create(&self, who: &Principal, ledger: &str, values: Value) -> Result<Record, Refusal> {
        self.commit(who, Change::create(ledger, body(values)))
    }

    pub(super) fn take(&self, who: &Principal, record: &Record, act: &str, values: Value) -> Result<Record, Refusal> {
        let change = Change::transition(&record.ledger, &record.id, record.revision, act).with(body(values));
        self.commit(who, change)
    }

    /// Where records and files are.
    pub(super) fn store(&self) -> &store::Store {
        &self.installation.store
    }

    /// Identifiers of the records of a ledger that belong to this contract, in order of creation.
    pub(super) fn of_contract(&self, ledger: &str, contract: &str) -> Result<Vec<String>, Refusal> {
        let mine = Filter::Holds { field: "engagement".into(), values: vec![contract.into()] };
        Ok(self.find(ledger, mine)?.into_iter().map(|one| one.id).collect())
    }

    /// Identifiers of the offices by code.
    fn offices(&self) -> Result<BTreeMap<String, String>, Refusal> {
        let found = self.find("organisation", Filter::Everything)?;
        Ok(found.into_iter().filter_map(|one| Some((one.text("code")?.to_string(), one.id))).collect())
    }

    fn find(&self, ledger: &str, filter: Filter) -> Result<Vec<Record>, Refusal> {
        let query = Query { ledger: ledger.into(), filter, sort: Vec::new(), after: None, limit: 100_000, as_of: None };
        Ok(self.installation.store.read(|tx: &mut dyn Reader| tx.find(&query))?)
    }

    fn firms(&self) -> Result<Vec<String>, Refusal> {
        let system = Principal::system("demo");
        let add = |(code, name): &(&str, &str)| {
            let values = json!({ "code": code, "name": name, "kind": "契約相手方（見本）" });
            Ok(self.create(&system, "organisation", values)?.id)
        };
        FIRMS.iter().map(add).collect()
    }

    /// People of the firms, with an account and the role for their firm.
    fn workers(&self, firms: &[String]) -> Result<Vec<SignIn>, Refusal> {
        let system = Principal::system("demo");
        let password =
            NewPassword::lasting(&self.kernel, &self.installation.settings.sign_in, &Password::new(PASSWORD))
                .map_err(|failed| Refusal::invalid(Problem::record(failed.to_string())))?;
        let mut sign_ins = Vec::new();
        for (number, name, kana, firm, role, kind) in WORKERS {
            let person = self.create(&system, "person", json!({ "number": number, "name": name, "kana": kana }))?;
            let values = json!({ account::LOGIN: number, account::PERSON: person.id });
            let made = self.create(&system, account::LEDGER, values)?;
            let (kernel, id, password) = (self.kernel.clone(), made.id.clone(), password.clone());
            self.installation.store.write(move |tx: &mut dyn Writer| {
                password::set(tx, &kernel, &Principal::system("demo"), &id, &password, None)
            })?;
            let firm = firms.get(firm).map(String::as_str);
            self.grant(&made.id, role, firm)?;
            if role == "contractor_lead" {
                self.grant(&made.id, "bidder", firm)?;
            }
            sign_ins.push(SignIn { kind, login: number.into(), name: name.into() });
        }
        Ok(sign_ins)
    }

    /// People of the office who hold no other part in the sample.
    fn agency_side(&self, agency: &SampleAgency, office: &str) -> Result<Vec<SignIn>, Refusal> {
        let today = agency.as_of;
        let posts: BTreeMap<&str, &str> =
            agency.posts.iter().map(|post| (post.code.as_str(), post.organisation.as_str())).collect();
        let mut people: Vec<&str> = agency
            .assignments
            .iter()
            .filter(|one| {
                one.holds_on(today) && posts.get(one.post.as_str()).is_some_and(|code| code.starts_with("0100"))
            })
            .map(|one| one.person.as_str())
            .filter(|number| !is_cast(agency, number))
            .collect();
        people.sort_unstable();
        people.dedup();
        let mut sign_ins = Vec::new();
        for ((role, kind), number) in AGENCY_SIDE.into_iter().zip(people) {
            let Some(made) = self.account(number)? else { continue };
            self.grant(&made.id, role, Some(office))?;
            let name = agency.people.iter().find(|person| person.number == number).map(|person| person.name.clone());
            sign_ins.push(SignIn { kind, login: number.into(), name: name.unwrap_or_default() });
        }
        Ok(sign_ins)
    }

    fn account(&self, login: &str) -> Result<Option<Record>, Refusal> {
        let login = [login.to_string()];
        let found = self.installation.store.read(|tx: &mut dyn Reader| {
            let ids = tx.lookup(account::LEDGER, account::LOGIN, &login)?;
            match ids.values().flatten().next() {
                Some(id) => tx.record(account::LEDGER, id),
                None => Ok(None),
            }
        })?;
        Ok(found)
    }

    fn grant(&self, account: &str, role: &str, office: Option<&str>) -> Result<(), Refusal> {
        let values = json!({
            role_grant::ACCOUNT: account, role_grant::ROLE: role, role_grant::OFFICE: office, role_grant::STAYS: true,
        });
        self.create(&Principal::system("demo"), role_grant::LEDGER, values).map(drop)
    }

    /// Everybody who signs in here as the principal they are today.
    fn principals(&self, sign_ins: &[SignIn]) -> Result<BTreeMap<&'static str, Principal>, Refusal> {
        let origin = Origin::new(Channel::Page, Some("192.0.2.20".into()), Some("見本の端末"));
        let mut principals = BTreeMap::new();
        for one in sign_ins {
            let Some(account) = self.account(&one.login)? else { continue };
            let loaded = self
                .installation
                .store
                .read(|tx: &mut dyn Reader| identity::principal::load(tx, &self.kernel, &account.id, &origin))?;
            principals.extend(loaded.map(|who| (one.kind, who)));
        }
        Ok(principals)
    }

    /// A contract from these terms, made for the fiscal year.
    fn contract(
        &self,
        officer: &Principal,
        supervisor: &Principal,
        (terms, label): (&str, &str),
        office: &str,
        firm: &str,
        start: NaiveDate,
    ) -> Result<Record, Refusal> {
        let end = FiscalYear::of(start).last_day();
        let made = self.create(
            officer,
            "engagement",
            json!({
                "terms": terms, "office": office, "method": "open_bid",
                "title": format!("見本: {}", label),
                "officer": officer.person(), "supervisors": [supervisor.person()],
                "notice_on": start - Days::new(50), "starts_on": start, "ends_on": end,
                "budget_condition": false, "note": "見本の契約です。",
            }),
        )?;
        let award =
            json!({ "contractor": firm, "award_on": start - Days::new(20), "amount": 13_200_000, "tax": 1_200_000 });
        let awarded = self.take(officer, &made, "award", award)?;
        let sign = json!({
            "contract_on": start, "starts_on": start, "ends_on": end,
            "monthly_amount": 1_100_000, "monthly_tax": 100_000,
        });
        self.take(officer, &awarded, "sign", sign)
    }

    /// Hand in what was due, in the order of days; the supervisor confirms it two days later. The last few stay.
    fn hand_in(
        &self,
        lead: &Principal,
        supervisor: &Principal,
        contract: &Record,
        today: NaiveDate,
    ) -> Result<(), Refusal> {
        let mine = Filter::Holds { field: "engagement".into(), values: vec![contract.id.clone()] }
            .and(Filter::OneOf(Operand::State, vec!["planned".into()]));
        let due = |record: &Record| record.text("due_on").and_then(|day| day.parse::<NaiveDate>().ok());
        let mut past: Vec<(NaiveDate, Record)> = self
            .find("obligation", mine)?
            .into_iter()
            .filter_map(|one| Some((due(&one)?, one)))
            .filter(|(day, one)| *day < today && one.text("side") == Some("contractor"))
            .collect();
        past.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        let handed = past.len().saturating_sub(LEFT_LATE);
        let confirmed = handed.saturating_sub(LEFT_WAITING);
        for (at_number, (day, record)) in past.iter().take(handed).enumerate() {
            let submitted = self.take(lead, record, "submit", json!({ "submitted_on": day }))?;
            if at_number < confirmed {
                self.take(supervisor, &submitted, "accept", json!({}))?;
            }
        }
        Ok(())
    }

    /// A body of meetings with one meeting to come, work, an issue and two risks.
    fn work(
        &self,
        lead: &Principal,
        supervisor: &Principal,
        contract: &Record,
        today: NaiveDate,
    ) -> Result<(), Refusal> {
        let id = contract.id.as_str();
        let body = self.create(
            supervisor,
            "meeting_body",
            json!({
                "engagement": id, "name": "定例会", "kind": "regular", "purpose": "進捗、課題、リスクを確かめ、判断する。",
                "frequency": "毎月1回", "members": [
                    { "name": "監督職員", "side": "agency", "duty": "議長" },
                    { "name": "統括責任者", "side": "contractor", "duty": "説明" },
                ],
            }),
        )?;
        self.create(
            lead,
            "meeting",
            json!({
                "engagement": id, "body": body.id, "title": "見本: 定例会", "held_on": today + Days::new(7),
                "time": "14時から15時まで", "place": "第1会議室",
                "agenda": [{ "topic": "今月の実績", "speaker": "統括責任者" }, { "topic": "課題とリスク", "speaker": "統括責任者" }],
            }),
        )?;
        let start = today - Days::new(60);
        let mut before: Option<String> = None;
        for (number, name, from, length) in [
            ("1", "計画の作成", 0, 20),
            ("2", "設計と設定", 21, 30),
            ("3", "試験", 52, 20),
            ("4", "引継ぎの準備", 73, 25),
        ] {
            let made = self.create(
                lead,
                "work_item",
                json!({
                    "engagement": id, "number": number, "name": name, "owner": "見本 操", "starts_on": start + Days::new(from),
                    "ends_on": start + Days::new(from + length), "criterion": "成果物が監督職員に確認されたこと。",
                    "predecessors": before.iter().collect::<Vec<_>>(), "planned_hours": "160.00",
                    "planned_cost": 1_600_000, "rule": "fifty_fifty",
                }),
            )?;
            before = Some(made.id.clone());
            if number < "3" {
                let begun = self.take(lead, &made, "start", json!({ "started_on": start + Days::new(from) }))?;
                if number == "1" {
                    self.take(lead, &begun, "finish", json!({ "finished_on": start + Days::new(from + length) }))?;
                }
            }
        }
        self.create(
            lead,
            "issue_item",
            json!({
                "engagement": id, "content": "見本: 試験用の端末の貸出しが予定より1週間遅れる。", "impact": "試験の開始が遅れる。",
                "priority": "high", "occurred_on": today - Days::new(14), "owner": "見本 統", "due_on": today + Days::new(3),
            }),
        )?;
        for (viewpoint, content, probability, impact, contingency) in [
            ("staffing", "見本: 主担当者が長く休む。", "2", "4", None),
            (
                "technical",
                "見本: 老朽化した機器が故障する。",
                "4",
                "4",
                Some("予備機に切り替え、2時間で業務を再開する。"),
            ),
        ] {
            self.create(
                lead,
                "risk",
                json!({
                    "engagement": id, "viewpoint": viewpoint, "content": content, "cause": "代わりの用意が足りない。",
                    "probability": probability, "impact": impact, "owner": "見本 統", "contingency": contingency,
                    "review_on": today + Days::new(30),
                }),
            )?;
        }
        Ok(())
    }
}

fn is_cast(agency: &SampleAgency, number: &str) -> bool {
    let cast = &agency.cast;
    [
        &cast.staff,
        &cast.evaluator,
        &cast.adjuster,
        &cast.confirmer,
        &cast.personnel_officer,
        &cast.auditor,
        &cast.administrator,
    ]
    .into_iter()
    .any(|one| one == number)
}

fn body(value: Value) -> Body {
    let mut body = value.as_object().cloned().unwrap_or_default();
    body.retain(|_, value| !value.is_null());
    body
}
