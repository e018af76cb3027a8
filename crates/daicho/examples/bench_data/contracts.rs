//! Contracts of `bench/run`: the sample's own contracts, filled up through the write path until each has its share of
//! records, and copies of them, put through the storage port in bulk: other identifiers, firms, offices and weeks, with
//! entries, references, unique keys, search texts and duties as the write path leaves them.

use std::collections::{BTreeMap, BTreeSet};

use calendar::BusinessCalendar;
use chrono::{Days, NaiveDate, TimeDelta};
use journal::Actor;
use ledger::definition::{Catalogue, Kind};
use ledger::port::{Reader, StoreError, Writer};
use ledger::{Body, Change, Kernel, Principal, Record, find};
use serde_json::{Value, json};
use store::Store;

use super::{Failure, all, entry, put};

const CONTRACT: &str = "engagement";
/// Firms and offices that the copies are spread over, those of the sample among them.
const FIRMS: usize = 10;
const OFFICES: usize = 10;
/// Copies of a contract that is still out for tender.
const TENDERS: usize = 20;
/// Copies lie up to so many weeks after the contract they are copied from.
const WEEKS: usize = 8;

/// So many contracts, with so many records in all. Returns how many there are then.
pub fn add(store: &Store, kernel: &Kernel, contracts: usize, records: usize) -> Result<(usize, usize), Failure> {
    let there = all(store, CONTRACT)?;
    if contracts <= there.len() {
        return Ok((there.len(), 0));
    }
    let (running, tendering): (Vec<Record>, Vec<Record>) = there.into_iter().partition(|one| one.state == "in_force");
    let share = records / contracts.saturating_sub(TENDERS).max(1);
    let (firms, offices) = places(store, kernel, running.first().ok_or("the sample has no contract")?)?;
    wide(store, kernel)?;
    let mut models = Vec::new();
    for contract in running.iter().chain(&tendering) {
        if contract.state == "in_force" {
            fill_up(store, kernel, contract, share)?;
        }
        models.push((contract.state == "in_force", of_contract(store, &kernel.catalogue, &contract.id)?));
    }
    let (mut made, mut written) = (models.len(), models.iter().map(|(_, records)| records.len()).sum::<usize>());
    let mut tenders = 0;
    for copy in 0.. {
        for (runs, model) in &models {
            if made >= contracts {
                return Ok((made, written));
            }
            if !runs && tenders >= TENDERS {
                continue;
            }
            tenders += usize::from(!runs);
            // Neighbouring copies fall to different firms and offices, and every firm works for several offices.
            let to = Copy {
                number: made,
                office: offices.get((made / 3) % offices.len()).cloned().unwrap_or_default(),
                later: TimeDelta::weeks(i64::try_from(copy % WEEKS)?),
            };
            written += to.write(store, kernel, model, &firms, &offices)?;
            made += 1;
        }
    }
    Ok((made, written))
}

/// Firms and offices: the first of each are those of the sample's contracts.
fn places(store: &Store, kernel: &Kernel, model: &Record) -> Result<(Vec<String>, Vec<String>), Failure> {
    let organisations = all(store, "organisation")?;
    let code = |one: &Record| one.text("code").unwrap_or_default().to_string();
    let mut firms: Vec<String> =
        organisations.iter().filter(|one| code(one).starts_with('K')).map(|one| one.id.clone()).collect();
    for number in firms.len()..FIRMS {
        let values = json!({ "code": format!("K9{number:02}"), "name": format!("測定用第{number}株式会社") });
        firms.push(commit(store, kernel, "bench", Change::create("organisation", body(values)))?.id);
    }
    let own = model.text("office").unwrap_or_default().to_string();
    // Divisions: offices that have no office below them.
    let above: BTreeSet<&str> = organisations.iter().filter_map(|one| one.text("parent")).collect();
    let leaves = organisations.iter().filter(|one| !code(one).starts_with('K') && !above.contains(one.id.as_str()));
    let others = leaves.map(|one| one.id.clone()).filter(|id| *id != own).take(OFFICES - 1);
    let offices = std::iter::once(own.clone()).chain(others).collect();
    Ok((firms, offices))
}

/// The second contract officer of the sample sees the contracts of the whole agency.
fn wide(store: &Store, kernel: &Kernel) -> Result<(), Failure> {
    let granted = all(store, "role_grant")?;
    let officers: Vec<&Record> = granted.iter().filter(|one| one.text("role") == Some("contract_officer")).collect();
    let account = officers.last().and_then(|one| one.text("account")).ok_or("no contract officer")?;
    let organisations = all(store, "organisation")?;
    let tops = organisations
        .iter()
        .filter(|one| one.text("parent").is_none() && !one.text("code").is_some_and(|code| code.starts_with('K')));
    for top in tops {
        let values = json!({ "account": account, "role": "contract_officer", "organisation": top.id, "stays": true });
        commit(store, kernel, "bench", Change::create("role_grant", body(values)))?;
    }
    Ok(())
}

/// Records that belong to a contract, the contract first.
fn of_contract(store: &Store, catalogue: &Catalogue, contract: &str) -> Result<Vec<Record>, Failure> {
    Ok(store.read(|tx: &mut dyn Reader| {
        let mut records: Vec<Record> = tx.record(CONTRACT, contract)?.into_iter().collect();
        for ledger in catalogue.ledgers.values() {
            let field = ledger
                .fields
                .iter()
                .find(|field| matches!(&field.kind, Kind::Reference { ledger, many: false } if ledger == CONTRACT));
            if let Some(field) = field {
                records.extend(find::all(tx, &ledger.name, find::is(&field.name, contract), find::MOST)?);
            }
        }
        Ok::<_, StoreError>(records)
    })?)
}

/// One copy of a contract.
struct Copy {
    number: usize,
    office: String,
    later: TimeDelta,
}

impl Copy {
    /// Write the copies of all records; returns how many.
    fn write(
        &self,
        store: &Store,
        kernel: &Kernel,
        model: &[Record],
        firms: &[String],
        offices: &[String],
    ) -> Result<usize, Failure> {
        let mut names: BTreeMap<String, String> = model.iter().map(|one| (one.id.clone(), kernel.new_id())).collect();
        // Each firm stands for another, so that several bidders stay several.
        let others = firms.iter().cycle().skip(self.number % firms.len());
        names.extend(firms.iter().cloned().zip(others.cloned()));
        names.extend(offices.iter().map(|office| (office.clone(), self.office.clone())));
        let copies: Vec<Record> = model.iter().map(|one| self.of(kernel, one, &names)).collect();
        for batch in copies.chunks(500) {
            store.write(|tx: &mut dyn Writer| {
                for record in batch {
                    put(tx, kernel, record)?;
                    tx.append(&entry(record, "create", Value::Null, record.recorded_at))?;
                }
                Ok::<_, StoreError>(())
            })?;
        }
        // Who must do what: when all that deadlines look into is there.
        for batch in copies.chunks(500) {
            store
                .write(|tx: &mut dyn Writer| {
                    for record in batch {
                        kernel.renew_duties(tx, record)?;
                    }
                    Ok::<_, ledger::Refusal>(())
                })
                .map_err(|refusal| format!("{refusal:?}"))?;
        }
        Ok(copies.len())
    }

    fn of(&self, kernel: &Kernel, model: &Record, names: &BTreeMap<String, String>) -> Record {
        let id = names.get(&model.id).cloned().unwrap_or_default();
        let mut copy = Record { id, revision: 1, ..model.clone() };
        for value in copy.body.values_mut() {
            self.translate(value, names);
        }
        let ledger = kernel.catalogue.ledger(&model.ledger);
        for unique in ledger.iter().flat_map(|ledger| &ledger.unique) {
            let [field] = unique.fields.as_slice() else { continue };
            if let Some(Value::String(number)) = copy.body.get_mut(field) {
                number.push_str(&format!("-{}", self.number));
            }
        }
        copy
    }

    fn translate(&self, value: &mut Value, names: &BTreeMap<String, String>) {
        match value {
            Value::String(text) => {
                if let Some(name) = names.get(text.as_str()) {
                    text.clone_from(name);
                } else if let (10, Ok(day)) = (text.len(), text.parse::<NaiveDate>()) {
                    *text = (day + self.later).to_string();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.translate(value, names)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.translate(value, names)),
            _ => {}
        }
    }
}

/// Records of the contract's ledgers through the write path, hours last, until the contract has so many.
fn fill_up(store: &Store, kernel: &Kernel, contract: &Record, share: usize) -> Result<(), Failure> {
    let today = kernel.today();
    let begun = find::date(contract, "starts_on").unwrap_or(today);
    let engagement = contract.id.as_str();
    let create = |ledger: &str, mut values: Value| {
        values["engagement"] = engagement.into();
        commit(store, kernel, "lead", Change::create(ledger, body(values)))
    };
    let take = |who: &str, record: &Record, act: &str, values: Value| {
        let change = Change::transition(&record.ledger, &record.id, record.revision, act).with(body(values));
        commit(store, kernel, who, change)
    };
    let day = |after: u64| begun + Days::new(after);
    let workers = (1..=6)
        .map(|number| {
            let values = json!({
                "duty": "operation", "works": "運用と保守", "starts_on": begun, "name": format!("見本　{number}子"), "kana": "ミホン",
                "company": "見本電算株式会社", "department": "運用部", "employment": "own", "nationality": "日本", "handles": false,
            });
            let worker = create("worker", values)?;
            let proposed = take("lead", &worker, "propose", json!({}))?;
            take("supervisor", &proposed, "approve", json!({}))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut works: Vec<Record> = Vec::new();
    for number in 0..40u64 {
        let (from, to) = (day(number * 8), day(number * 8 + 12));
        let made = create(
            "work_item",
            json!({
                "number": format!("9.{}.{}", number / 4 + 1, number % 4 + 1), "name": format!("作業{}", number + 1),
                "owner": "見本　操", "starts_on": from, "ends_on": to, "criterion": "成果物が監督職員に確認されたこと。",
                "predecessors": works.last().map(|work| work.id.clone()).into_iter().collect::<Vec<_>>(),
                "planned_hours": "80.00", "planned_cost": 800_000, "rule": "fifty_fifty",
            }),
        )?;
        let made = if from <= today { take("lead", &made, "start", json!({ "started_on": from }))? } else { made };
        works.push(if to <= today { take("lead", &made, "finish", json!({ "finished_on": to }))? } else { made });
    }
    let baseline = create("baseline", json!({}))?;
    let baseline = take("lead", &baseline, "submit", json!({}))?;
    take("supervisor", &baseline, "approve", json!({}))?;
    for month in 0..7u64 {
        let on = day(month * 30 + 10);
        let agenda =
            json!([{ "topic": "今月の実績", "speaker": "統括責任者", "said": "計画どおりであることを確かめた。" }]);
        let values = json!({ "title": "定例会", "held_on": on, "place": "第1会議室", "agenda": agenda });
        let meeting = create("meeting", values)?;
        for number in 1..=5 {
            let side = if number < 3 { "agency" } else { "contractor" };
            create("attendance", json!({ "meeting": meeting.id, "name": format!("出席　{number}"), "side": side }))?;
        }
        take("lead", &meeting, "hold", json!({ "held_on": on }))?;
        let first = NaiveDate::from_ymd_opt(2026, u32::try_from(month)? + 4, 1);
        create("progress_report", json!({ "month": first, "summary": "順調", "done": "運用", "next": "運用" }))?;
        create("invoice", json!({ "kind": "monthly", "month": first, "amount": 1_100_000, "tax": 100_000 }))?;
        create(
            "action_item",
            json!({ "meeting": meeting.id, "content": "資料を直す。", "owner": "見本　操", "due_on": day(month * 30 + 20) }),
        )?;
    }
    for (number, priority) in (0..15u64).zip(["high", "middle", "low"].into_iter().cycle()) {
        let values = json!({
            "content": format!("測定用の課題{number}"), "impact": "試験の開始が遅れる。", "priority": priority,
            "occurred_on": day(number * 10), "owner": "見本　統", "due_on": day(number * 20 + 20),
        });
        create("issue_item", values)?;
    }
    for number in 0..10u64 {
        let values = json!({
            "viewpoint": "technical", "content": format!("測定用のリスク{number}"), "cause": "代わりの用意が足りない。",
            "probability": (number % 4 + 1).to_string(), "impact": (number % 3 + 1).to_string(), "owner": "見本　統",
            "contingency": "予備機に切り替える。", "review_on": today + Days::new(number * 3),
        });
        create("risk", values)?;
    }
    for (number, worker) in (0..30u64).zip(workers.iter().cycle()) {
        let at = |hour: i64| (calendar::jst::start_of_day(day(number * 7)) + TimeDelta::hours(hour)).to_rfc3339();
        let values = json!({
            "kind": "entry", "place": "第1機械室", "purpose": "定期の点検", "planned_from": at(9), "planned_to": at(17),
            "people": [worker.id],
        });
        let applied = create("site_entry", values)?;
        if number < 25 {
            let permitted = take("supervisor", &applied, "permit", json!({}))?;
            take("lead", &permitted, "finish", json!({ "entered_at": at(9), "left_at": at(16) }))?;
        }
    }
    for month in 0..7u64 {
        let values = json!({
            "title": "役務の完了", "kind": "completion", "period": NaiveDate::from_ymd_opt(2026, u32::try_from(month)? + 4, 1),
            "medium": "upload", "place": "第1会議室", "report": "月次の役務を終えた。",
        });
        let sent = take("lead", &create("hand_in", values)?, "send", json!({}))?;
        if month > 2 {
            take("supervisor", &sent, "receive", json!({}))?;
        }
    }
    let days: Vec<NaiveDate> = begun.iter_days().take_while(|day| *day <= today).collect();
    let open = BusinessCalendar::government();
    let mut there = of_contract(store, &kernel.catalogue, engagement)?.len();
    for day in days.into_iter().filter(|day| open.is_business_day(*day)) {
        for (worker, work) in workers.iter().zip(works.iter().rev()) {
            if there >= share {
                return Ok(());
            }
            let values =
                json!({ "worker": worker.id, "item": work.id, "worked_on": day, "hours": "7.50", "works": "運用" });
            create("work_record", values)?;
            there += 1;
        }
    }
    Ok(())
}

fn commit(store: &Store, kernel: &Kernel, who: &str, change: Change) -> Result<Record, Failure> {
    let what = format!("{} {:?}", change.ledger, change.transition);
    // Two of them, as some acts are not both for one.
    let who = Principal { actor: Actor { account: who.into(), ..Actor::system(who) }, ..Principal::system(who) };
    let done = store.write(|tx: &mut dyn Writer| kernel.commit(tx, &who, change.clone()));
    done.map_err(|refusal| format!("{what}: {refusal:?}").into())
}

fn body(value: Value) -> Body {
    let mut body = value.as_object().cloned().unwrap_or_default();
    body.retain(|_, value| !value.is_null());
    body
}
