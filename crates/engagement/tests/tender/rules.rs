//! Further rules of the notice and of the contract, each with what is refused.

use ledger::Change;
use serde_json::json;
use testkit::on_each_database;

use crate::agency::{Agency, body, says};

#[test]
fn a_false_statement_ends_a_qualification_and_voids_the_bid() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, a) = (agency.officer("o1"), agency.bidder("FA"));
        let record = agency.qualify("FA");
        let bid = agency.bid("FA", 11_000_000, 1);
        let told =
            agency.take(&o1, &record, "disqualify", json!({ "reason": "等級が偽りでした。" })).expect("disqualified");
        assert_eq!(told.state, "failed");
        agency.open_first();
        let bid = agency.desk.record("bid", &bid.id);
        assert_eq!((bid.state.as_str(), &bid.value("void_reasons")[0]), ("void", &json!("no_qualification")));
        // What is asked for besides has its own deadline, and a reason for not giving it is kept.
        agency.at("2024-02-10T09:00:00+09:00");
        let values = json!({ "tender": agency.tender.id, "bidder": agency.firm("FB").id, "barred": true });
        let b = agency.bidder("FB");
        let later = agency.create(&b, "bid_qualification", values);
        assert!(later.is_err(), "documents are taken only while the notice is out");
        assert!(agency.take(&a, &record, "reply", json!({ "reply": "見本" })).is_err());
    });
}

#[test]
fn further_material_is_asked_for_and_given_in_time() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, a) = (agency.officer("o1"), agency.bidder("FA"));
        let values = json!({ "tender": agency.tender.id, "bidder": agency.firm("FA").id, "barred": true });
        let record = agency.create(&a, "bid_qualification", values).expect("documents");
        agency.take(&a, &record, "submit", json!({})).expect("submitted");
        agency
            .take(&o1, &record, "ask", json!({ "request": "体制の説明", "request_due": "2024-02-15" }))
            .expect("asked");
        let silent = agency.take(&a, &record, "reply", json!({})).expect_err("neither answer nor reason");
        assert!(says(&silent, "正当な理由"), "{silent:?}");
        agency.at("2024-02-16T09:00:00+09:00");
        let late = agency.take(&a, &record, "reply", json!({ "reply": "体制図" })).expect_err("too late");
        assert!(says(&late, "求めの期限"), "{late:?}");
        agency.at("2024-02-15T23:00:00+09:00");
        let reply =
            agency.take(&a, &record, "reply", json!({ "declined_with_reason": "第三者の秘密" })).expect("in time");
        assert_eq!(reply.state, "submitted");
    });
}

#[test]
fn announced_deadlines_change_only_by_a_change_of_the_notice() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        let now = agency.now();
        let later = json!({ "bid_until": "2024-03-01T10:00:00+09:00" });
        let change = Change::amend("tender", &now.id, now.revision, body(later.clone()));
        let quietly = agency.desk.commit(&o1, change).expect_err("not quietly");
        assert!(says(&quietly, "公告の内容を改める"), "{quietly:?}");
        let mut values = later;
        values["changes"] =
            json!([{ "on": "2024-02-28", "what": "入札書の提出期限", "reason": "電子調達システムの障害" }]);
        let changed = agency.step("o1", "change", values).expect("with its reason");
        assert_eq!(changed.text("bid_until"), Some("2024-03-01T01:00:00Z"));
    });
}

#[test]
fn a_breakdown_must_add_up_and_who_withdraws_stays_out() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let a = agency.bidder("FA");
        agency.qualify("FA");
        let with = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut values = agency.bid_values("FA", 11_000_000, 1);
            change(&mut values);
            agency.create(&a, "bid", values)
        };
        let wrong = with(&|values| values["amount"] = json!(11_000_001)).expect("a draft");
        let refused = agency.take(&a, &wrong, "file", json!({})).expect_err("it does not add up");
        assert!(says(&refused, "内訳の合計"), "{refused:?}");
        let without = with(&|values| values["breakdown"] = json!(null)).expect("a draft");
        let refused = agency.take(&a, &without, "file", json!({})).expect_err("no breakdown");
        assert!(says(&refused, "入札書内訳"), "{refused:?}");
        let pledge = with(&|values| values["pledge"] = json!(false)).expect_err("no pledge");
        assert!(says(&pledge, "誓約事項"), "{pledge:?}");
        // The wanted amount leads to the bid, and the words say why it is not reached exactly.
        let wanted = with(&|values| {
            values["amount"] = json!(null);
            values["wanted"] = json!(11_000_010);
        })
        .expect("a draft");
        assert_eq!(
            (wanted.value("amount").as_i64(), wanted.value("total").as_i64()),
            (Some(10_000_009), Some(11_000_009))
        );
        assert!(wanted.text("explained").is_some_and(|words| words.contains("入札金額はありません")));
        let filed = agency.bid("FA", 11_000_000, 1);
        agency.take(&a, &filed, "withdraw", json!({})).expect("withdrawn before the opening");
        let again = with(&|_| {}).expect("a draft");
        let refused = agency.take(&a, &again, "file", json!({})).expect_err("withdrawn");
        assert!(says(&refused, "辞退している"), "{refused:?}");
        agency.qualify("FB");
        agency.bid("FB", 11_500_000, 1);
        let opened = agency.open_first();
        // What was withdrawn stays sealed for ever.
        assert_eq!(opened.value("opened_bids").as_array().map(Vec::len), Some(1));
        let seen = agency.desk.read(|tx| agency.desk.kernel.detail(tx, &agency.officer("o1"), "bid", &filed.id, None));
        assert!(seen.expect("the fact").record.value("amount").is_null());
    });
}

#[test]
fn a_change_of_the_contract_is_agreed_by_two_and_taken_over() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, o2) = (agency.officer("o1"), agency.officer("o2"));
        let change = |kind: &str, more: serde_json::Value| {
            let mut values = body(json!({
                "engagement": agency.engagement.id, "kind": kind, "subject": "見本", "reason": "事情の変更",
            }));
            values.extend(body(more));
            agency.create(&o1, "contract_change", values.into())
        };
        let made =
            change("change", json!({ "amount": 13_000_000, "tax": 1_181_818, "ends_on": "2025-02-28" })).expect("made");
        agency.take(&o1, &made, "ask", json!({})).expect("asked");
        assert!(agency.take(&o1, &made, "approve", json!({})).is_err(), "another approves");
        agency.take(&o2, &made, "approve", json!({})).expect("approved");
        agency.take(&o1, &made, "conclude", json!({ "agreed_on": "2024-02-09" })).expect("concluded");
        let contract = agency.desk.record("engagement", &agency.engagement.id);
        assert_eq!(
            (contract.value("amount").as_i64(), contract.text("ends_on")),
            (Some(13_000_000), Some("2025-02-28"))
        );
        // For its own reasons the agency cancels with thirty days' notice.
        let days =
            |effective: &str| change("convenience", json!({ "notice_on": "2024-06-01", "effective_on": effective }));
        assert!(days("2024-06-30").is_err_and(|refusal| says(&refusal, "30日以上前")));
        days("2024-07-01").expect("thirty days");
        // A defect is told within a year of knowing it, but for who knew or was grossly negligent.
        let defect = |notice: &str, knew: bool| {
            change(
                "non_conformity",
                json!({ "known_on": "2024-06-01", "notice_on": notice, "known_to_contractor": knew }),
            )
        };
        defect("2025-06-01", false).expect("within the year");
        assert!(defect("2025-06-02", false).is_err_and(|refusal| says(&refusal, "1年以内")));
        defect("2025-06-02", true).expect("the contractor knew");
    });
}

#[test]
fn answers_are_shown_until_their_last_day() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, a, b) = (agency.officer("o1"), agency.bidder("FA"), agency.bidder("FB"));
        let asked = json!({ "tender": agency.tender.id, "bidder": agency.firm("FA").id, "subject": "見本", "question": "見本" });
        let question = agency.create(&a, "tender_question", asked).expect("a question");
        agency.take(&o1, &question, "publish", json!({ "answer": "見本" })).expect("answered");
        let seen = || {
            let request = ledger::read::ListRequest { ledger: "tender_answer".into(), ..Default::default() };
            agency.desk.read(|tx| agency.desk.kernel.list(tx, &b, &request)).expect("the list").records.len()
        };
        let day = || {
            let run =
                engagement::daily().into_iter().find(|daily| daily.name == "tender.answers").expect("the act").run;
            agency.desk.store.write(|tx| run(tx, &agency.desk.kernel)).expect("the act of the day")
        };
        agency.desk.go_to("2024-02-29");
        assert_eq!((day(), seen()), (0, 1), "the last day counts");
        agency.desk.go_to("2024-03-01");
        assert_eq!((day(), seen(), day()), (1, 0, 0));
    });
}

#[test]
fn a_notice_says_by_itself_what_the_specification_asks() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let now = agency.now();
        for (field, value) in [
            ("bonds_exempt", json!(true)),
            ("contract_paper", json!(true)),
            ("new_goods", json!(true)),
            ("language", json!("日本語及び日本国通貨")),
            ("tax_percent", json!(10)),
            ("max_rounds", json!(2)),
            ("size_limit", json!(3)),
        ] {
            assert_eq!(now.value(field), &value, "{field}");
        }
        let amend = |values: serde_json::Value| {
            let now = agency.now();
            agency.desk.commit(&agency.officer("o1"), Change::amend("tender", &now.id, now.revision, body(values)))
        };
        let rounds = amend(json!({ "max_rounds": 3 })).expect_err("two in principle");
        assert!(says(&rounds, "特別な理由"), "{rounds:?}");
        let clauses = json!(["security", "supply_chain", "personal", "rigging", "crime"]);
        let calls = json!([{ "firm": "見本情報", "on": "2024-03-01 11:20", "by": "見本 三郎", "joins": true }]);
        let kept = amend(json!({ "clauses": clauses, "calls": calls })).expect("clauses and calls");
        assert_eq!(kept.value("clauses").as_array().map(Vec::len), Some(5));
        assert_eq!(kept.value("calls")[0]["joins"], json!(true));
        // Whose certificate signs an electronic bid is part of it.
        agency.qualify("FA");
        let mut values = agency.bid_values("FA", 11_000_000, 1);
        values["certificate"] = json!(null);
        let bid = agency.create(&agency.bidder("FA"), "bid", values).expect("a draft");
        let unsigned = agency.take(&agency.bidder("FA"), &bid, "file", json!({})).expect_err("no certificate");
        assert!(says(&unsigned, "電子証明書の名義"), "{unsigned:?}");
    });
}

#[test]
fn a_contract_waits_for_its_budget() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        agency.qualify("FA");
        agency.bid("FA", 11_000_000, 1);
        agency.open_first();
        agency.step("o1", "judge", json!({})).expect("judged");
        agency.step("o1", "award", json!({})).expect("awarded");
        let set = |values: serde_json::Value| {
            let now = agency.desk.record("engagement", &agency.engagement.id);
            agency.desk.commit(&o1, Change::amend("engagement", &now.id, now.revision, body(values))).expect("set")
        };
        let contract = set(json!({ "budget_condition": true, "court": "福岡地方裁判所" }));
        assert_eq!(contract.text("court"), Some("福岡地方裁判所"));
        agency.at("2024-04-02T09:00:00+09:00");
        let sign = |day: &str| agency.take(&o1, &contract, "sign", json!({ "contract_on": day }));
        assert!(sign("2024-04-01").is_err_and(|refusal| says(&refusal, "予算の示達日")), "no budget yet");
        set(json!({ "budget_on": "2024-04-02" }));
        assert!(sign("2024-04-01").is_err_and(|refusal| says(&refusal, "予算の示達日")), "before the budget");
        assert_eq!(sign("2024-04-02").expect("on the day").state, "in_force");
    });
}

#[test]
fn cancellations_name_their_ground_and_other_matters_are_kept() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        let make = |kind: &str, ground: Option<&str>| {
            let values = json!({
                "engagement": agency.engagement.id, "kind": kind, "subject": "見本", "reason": "見本", "ground": ground,
            });
            let made = agency.create(&o1, "contract_change", values).expect(kind);
            agency.take(&o1, &made, "ask", json!({}))
        };
        let without = make("breach", None).expect_err("a ground");
        assert!(says(&without, "解除の理由"), "{without:?}");
        let grounds = agency.desk.kernel.catalogue.choices["cancel_ground"].choices.clone();
        // Five of art. 11, three of the clause on rigging, five by attribute and five by act of the clause on crime, six of the
        // clauses on information.
        assert_eq!(grounds.len(), 24);
        for ground in &grounds {
            make("breach", Some(&ground.code)).expect("a ground");
        }
        for kind in ["consult", "transfer", "by_contractor", "price_cut"] {
            assert_eq!(make(kind, None).expect(kind).state, "asked");
        }
        // The report of a month is inspected within ten days, the day of the report being the first.
        agency.at("2024-05-01T09:00:00+09:00");
        let values = json!({ "engagement": agency.engagement.id, "month": "2024-04-01", "reported_on": "2024-05-01" });
        let claim =
            agency.create(&testkit::somebody("p1", None, &["payment_officer"]), "invoice", values).expect("a claim");
        assert_eq!(claim.text("inspect_by"), Some("2024-05-10"));
    });
}
