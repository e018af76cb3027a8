use ledger::Record;
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::contract::Contract;
use crate::visitor::{get, post};

/// Three works one after another, the first two finished or begun, hours written, a baseline approved.
pub fn planned(contract: &Contract) -> Vec<Record> {
    let item = |number: &str, name: &str, days: (&str, &str), after: Option<&Record>| {
        let values = json!({
            "number": number, "name": name, "owner": "見本 統括", "starts_on": days.0, "ends_on": days.1, "criterion": "確かめた",
            "planned_hours": "80", "planned_cost": 800_000, "rule": "fifty_fifty",
            "predecessors": after.map(|record| vec![record.id.clone()]),
        });
        contract.add(&contract.lead, "work_item", values).expect("a work")
    };
    let design = item("1", "設計", ("2026-04-06", "2026-04-17"), None);
    let build = item("2", "製造", ("2026-04-20", "2026-05-15"), Some(&design));
    let manual = item("3", "手引", ("2026-04-20", "2026-04-24"), Some(&design));
    let baseline = contract.add(&contract.lead, "baseline", json!({})).unwrap();
    contract.take(&contract.lead, &baseline, "submit", json!({})).unwrap();
    contract.take(&contract.supervisor, &baseline, "approve", json!({})).unwrap();
    contract.desk.go_to("2026-04-20");
    for record in [&design, &build] {
        contract.take(&contract.member, record, "start", json!({ "started_on": "2026-04-13" })).unwrap();
    }
    contract.take(&contract.member, &design, "finish", json!({ "finished_on": "2026-04-17" })).unwrap();
    let worker = json!({
        "name": "見本 従事", "duty": "operation", "company": "見本電算", "works": "運用", "starts_on": "2026-04-01",
        "department": "運用部", "employment": "own", "nationality": "日本", "handles": false,
    });
    let worker = worker_of(contract, worker);
    for (day, item, hours) in
        [("2026-04-06", &design, "16"), ("2026-04-07", &design, "16"), ("2026-04-20", &build, "8")]
    {
        let record = json!({ "worker": worker.id, "item": item.id, "worked_on": day, "hours": hours, "works": "設計書を書いた" });
        contract.add(&contract.member, "work_record", record).expect("hours");
    }
    vec![design, build, manual]
}

fn worker_of(contract: &Contract, mut values: Value) -> Record {
    values["engagement"] = contract.engagement.id.as_str().into();
    // Only what this story needs of a worker; the ledger's own rules are told in its own stories.
    let ledger = contract.desk.kernel.ledger("worker").unwrap();
    let mut body = values.as_object().cloned().unwrap();
    body.retain(|name, _| ledger.field(name).is_some());
    let change = ledger::Change::create("worker", body);
    contract.desk.commit(&ledger::Principal::system("test"), change).expect("a worker")
}

#[test]
fn the_schedule_shows_plan_baseline_and_what_must_not_slip() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-06");
        planned(&contract);
        let (status, html) =
            get(&contract, &contract.supervisor, &format!("/engagements/{}/schedule", contract.engagement.id));
        assert_eq!(status, 200);
        for wanted in ["1 設計", "2 製造", "3 手引", "第1版", "50% 要", "なし（要）"] {
            assert!(html.contains(wanted), "{wanted} is missing");
        }
        assert!(!html.contains("なし（要）</td><td>100%"), "a finished work is no longer critical");
        // 手引 may slip from 24 April to 15 May: 11 business days between them (29 April, 4, 5 and 6 May are closed).
        assert!(html.contains("11日"), "the float of what is not critical");
        assert!(html.contains("bar-base") && html.contains("bar-critical"));
        // All works on paper from the page itself: chart and table.
        for form in ["gantt_paper", "progress_table"] {
            let link =
                html.split("href=\"").find(|rest| rest.starts_with(&format!("/documents/{form}?"))).expect("a link");
            assert_eq!(link.split('"').next().unwrap_or_default().matches("record=").count(), 3, "{form}");
        }
        let other = get(&contract, &contract.stranger, &format!("/engagements/{}/schedule", contract.engagement.id));
        assert_eq!(other.0, 404, "another company sees nothing of it");
    });
}

#[test]
fn earned_value_opens_each_figure_with_its_formula() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-06");
        planned(&contract);
        let address = format!("/engagements/{}/earned-value", contract.engagement.id);
        let (status, html) = get(&contract, &contract.lead, &address);
        assert_eq!(status, 200);
        // PV: 設計 80, 製造 half of 80, 手引 half of 80 (both begin today). EV: 80 and 40. AC: 16+16+8.
        let figures = [
            ("PV 計画価値", "160.00"),
            ("EV 出来高", "120.00"),
            ("AC 実コスト", "40.00"),
            ("BAC 完成時総予算", "240.00"),
            ("SPI スケジュール効率", "0.750"),
            ("CPI コスト効率", "3.000"),
            ("完了率", "50.0%"),
            ("SV スケジュール差異", "−40.00"),
            ("EAC 完成時の見積り（今の効率が続く）", "80.00"),
        ];
        for (name, value) in figures {
            let row = html
                .split("<tr")
                .find(|row| row.contains(&format!("data-label=\"指標\">{name}<")))
                .unwrap_or_else(|| panic!("{name}"));
            assert!(row.contains(value), "{name} {value}: {row}");
        }
        assert!(html.contains("EV ÷ PV ＝ 120.00 ÷ 160.00"));
        // Nobody wrote a cost: what divides by it is empty, not infinite.
        let (_, yen) = get(&contract, &contract.lead, &format!("{address}?unit=yen"));
        let row = yen.split("<tr").find(|row| row.contains("data-label=\"指標\">CPI コスト効率<")).unwrap();
        assert!(row.contains("割る数がないため求めません"), "{row}");
    });
}

#[test]
fn the_map_of_risks_leads_from_a_cell_to_its_risks() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let risk = |content: &str, probability: &str, impact: &str| {
            let values = json!({
                "viewpoint": "technical", "content": content, "cause": "見本", "probability": probability, "impact": impact,
                "owner": "見本 統括", "review_on": "2026-12-01", "contingency": "代わりの機器を使う",
            });
            contract.add(&contract.lead, "risk", values).expect("a risk")
        };
        risk("機器が止まる", "4", "5");
        risk("文字が化ける", "2", "2");
        let address = format!("/engagements/{}/risks", contract.engagement.id);
        let (status, html) = get(&contract, &contract.supervisor, &address);
        assert_eq!(status, 200);
        assert!(html.contains("機器が止まる") && html.contains("文字が化ける") && html.contains("高（20）"));
        let cell = html
            .split("href=\"")
            .filter_map(|rest| rest.split('"').next())
            .find(|to| to.contains("probability=4"))
            .expect("a link");
        let (_, one) = get(&contract, &contract.supervisor, &cell.replace("&amp;", "&").replace("#list", ""));
        assert!(one.contains("機器が止まる") && !one.contains("文字が化ける"));
    });
}

#[test]
fn a_meeting_turns_into_minutes_and_a_promise_into_an_issue() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let Contract { lead, member, supervisor, stranger, .. } = &contract;
        let values =
            json!({ "title": "進捗会議", "held_on": "2026-11-20", "place": "会議室", "agenda": [{ "topic": "進捗" }] });
        let meeting = contract.add(lead, "meeting", values).unwrap();
        for (who, name, side) in [(supervisor, "見本 監督", "agency"), (member, "見本 従事", "contractor")] {
            contract
                .add(
                    supervisor,
                    "attendance",
                    json!({ "meeting": meeting.id, "name": name, "side": side, "person": who.person() }),
                )
                .unwrap();
        }
        let promised =
            json!({ "meeting": meeting.id, "content": "容量を見積もる", "owner": "見本 従事", "due_on": "2026-11-27" });
        let action = contract.add(lead, "action_item", promised).unwrap();
        let address = format!("/meetings/{}/minutes", meeting.id);
        assert_eq!(get(&contract, stranger, &address).0, 404);
        let held = contract.take(lead, &meeting, "hold", json!({})).unwrap();
        let (_, html) = get(&contract, lead, &address);
        assert!(html.contains("agenda.0.said") && html.contains("agenda.1.topic"), "a topic more than the agenda has");
        let revision = held.revision.to_string();
        let form = [
            ("_revision", revision.as_str()),
            ("agenda.0.topic", "進捗"),
            ("agenda.0.said", "予定どおり"),
            ("agenda.1.topic", "その他"),
            ("agenda.1.said", "次回は12月"),
            ("remarks", ""),
        ];
        assert_eq!(post(&contract, lead, &address, &form).1, format!("→ {address}"));
        // Whoever wrote on an older page keeps their words and is told.
        let (status, again) = post(&contract, member, &address, &form);
        assert!(
            status == 409 && again.contains("ほかの人が先に保存しました") && again.contains("次回は12月"),
            "{status}"
        );
        let raise = format!("/meetings/{}/raise", meeting.id);
        let revision = action.revision.to_string();
        let (id, impact, priority, due) = (
            action.id.as_str(),
            format!("impact.{}", action.id),
            format!("priority.{}", action.id),
            format!("due_on.{}", action.id),
        );
        let form = [
            ("action", id),
            ("_revision", revision.as_str()),
            (impact.as_str(), "試験が遅れる"),
            (priority.as_str(), "high"),
            (due.as_str(), "2026-11-27"),
        ];
        let lacking: Vec<_> = form.iter().copied().filter(|(name, _)| *name != impact).collect();
        assert_eq!(post(&contract, lead, &raise, &lacking).0, 422);
        assert!(post(&contract, lead, &raise, &form).1.starts_with("→ "));
        let raised = contract.now(&action);
        let issue = contract.desk.record("issue_item", raised.text("issue").unwrap());
        assert_eq!(
            (raised.state.as_str(), issue.text("content"), issue.text("meeting")),
            ("raised", Some("容量を見積もる"), Some(meeting.id.as_str()))
        );

        contract.take(lead, &meeting, "submit", json!({})).unwrap();
        let (_, html) = get(&contract, member, &address);
        assert_eq!(html.matches("内容を確かめた").count(), 1, "one confirms for oneself alone");
        let mine = html
            .split("name=\"attendance\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap()
            .to_string();
        let revision = contract.desk.record("attendance", &mine).revision.to_string();
        let form = [("attendance", mine.as_str()), ("_revision", revision.as_str())];
        assert_eq!(post(&contract, stranger, &format!("/meetings/{}/confirm", meeting.id), &form).0, 404);
        assert!(post(&contract, member, &format!("/meetings/{}/confirm", meeting.id), &form).1.starts_with("→ "));
        let (_, html) = get(&contract, member, &address);
        assert!(html.contains("2人のうち1人が確かめました"));
    });
}

#[test]
fn the_inspection_desk_says_on_which_day_of_the_count_it_is() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-01");
        let values = json!({ "title": "4月分の完了報告", "kind": "completion", "period": "2026-04-01", "report": "終えた", "medium": "upload", "place": "この台帳" });
        let made = contract.add(&contract.lead, "hand_in", values).unwrap();
        contract.take(&contract.lead, &made, "send", json!({})).unwrap();
        contract.take(&contract.inspector, &made, "receive", json!({})).unwrap();
        contract.desk.go_to("2026-04-09");
        let (status, html) = get(&contract, &contract.inspector, "/inspections");
        assert!(status == 200 && html.contains("9日目") && html.contains("合格とする") && html.contains("期限が近い"));
        let (_, theirs) = get(&contract, &contract.stranger, "/inspections");
        assert!(!theirs.contains("4月分の完了報告"));
        let (_, own) = get(&contract, &contract.lead, "/inspections");
        assert!(own.contains("4月分の完了報告") && !own.contains("合格とする"));
    });
}

#[test]
fn the_overview_counts_for_each_contract_and_leads_to_its_pages() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        for number in 0..3 {
            let issue = json!({ "content": format!("課題{number}"), "impact": "遅れる", "priority": "low", "owner": "見本 統括", "due_on": "2026-12-01" });
            contract.add(&contract.lead, "issue_item", issue).unwrap();
        }
        let (status, html) = get(&contract, &contract.supervisor, "/progress");
        assert!(status == 200 && html.contains("見本システムの運用支援") && html.contains("3件"), "{html}");
        assert!(html.contains(&format!("/engagements/{}/schedule", contract.engagement.id)));
        let (_, theirs) = get(&contract, &contract.stranger, "/progress");
        assert!(theirs.contains("別の契約") && !theirs.contains("見本システムの運用支援") && !theirs.contains("3件"));
    });
}
