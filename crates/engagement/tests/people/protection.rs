//! Handlers, training, tests, incidents, and what companies see of one another.

use ledger::access::Access;
use ledger::port::DutyFilter;
use ledger::read::ListRequest;
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::site::{Site, handler, person};

#[test]
fn handlers_agree_to_secrecy_and_hold_no_wide_duties() {
    on_each_database(|store| {
        let site = Site::open(store);
        let worker = site.worker("見本 太郎", "security");
        for (field, value, said) in [
            ("agreement", json!(["secrecy"]), "三つの事項に合意"),
            ("can_refuse", json!(false), "拒む権利"),
            ("system_consent", json!(["system"]), "同意を書面で"),
            ("roles", json!(["manager", "system_manager", "user"]), "広い責任"),
            ("roles", json!(["system_manager", "system_staff", "user"]), "別の人を指定"),
        ] {
            let mut wrong = handler(&worker, &["handler", "user"]);
            wrong[field] = value;
            let refused = site.refused(&site.lead, "handler", wrong);
            assert!(refused.contains(said), "{field}: {refused}");
        }
        let both = site.make(&site.lead, "handler", handler(&worker, &["handler", "general", "manager"]));
        site.take(&site.lead, &both, "file", json!({}));
        site.stopped(&site.lead, &both, "confirm", json!({}));
        site.take(&site.supervisor, &both, "confirm", json!({}));
    });
}

#[test]
fn training_has_all_seven_subjects_and_comes_again_within_a_year() {
    on_each_database(|store| {
        let site = Site::open(store);
        let (here, absent) = (site.worker("見本 太郎", "security"), site.worker("見本 花子", "operation"));
        let seven = ["importance", "need_to_know", "policy", "conduct", "response", "incident", "technical"];
        let mut training = json!({ "kind": "yearly", "planned_on": "2026-04-20" });
        for left_out in seven {
            training["subjects"] = json!(seven.iter().filter(|subject| **subject != left_out).collect::<Vec<_>>());
            let refused = site.refused(&site.lead, "training_session", training.clone());
            assert!(refused.contains("七つの科目のすべて"), "{left_out}: {refused}");
        }
        training["subjects"] = json!(seven);
        let training = site.make(&site.lead, "training_session", training);
        let (trained, other) = (site.handler(&here, &["handler"]), site.handler(&absent, &["handler"]));
        assert!(
            site.stopped(&site.lead, &trained, "train", json!({ "training": training.id })).contains("実施済みの教育")
        );
        site.desk.go_to("2026-04-20");
        site.take(
            &site.lead,
            &training,
            "hold",
            json!({ "held_on": "2026-04-20", "hours": "2.0", "place": "会議室", "people": [here.id] }),
        );
        assert!(
            site.stopped(&site.lead, &other, "train", json!({ "training": training.id }))
                .contains("この人が受けたもの")
        );
        let trained = site.take(&site.lead, &trained, "train", json!({ "training": training.id }));
        assert_eq!(trained.value("trained_on"), &json!("2026-04-20"));
        let open = DutyFilter { record: Some(trained.id.clone()), limit: 10, ..DutyFilter::default() };
        let duties = site.desk.read(|tx| Ok(tx.duties(&open)?)).expect("duties");
        let due: Vec<String> = duties.iter().filter_map(|duty| duty.due).map(|due| due.to_string()).collect();
        assert_eq!(due, ["2027-04-19"]);
    });
}

#[test]
fn a_product_passes_only_when_all_six_tests_do_under_a_confirmed_procedure() {
    on_each_database(|store| {
        let site = Site::open(store);
        let tester = site.worker("見本 太郎", "security");
        let unconfirmed = site.make(
            &site.lead,
            "policy_document",
            json!({ "kind": "test", "edition": "0.1", "effective_on": "2026-04-20", "review_on": "2027-03-01" }),
        );
        let test = json!({ "product": "認証サーバー", "procedure": unconfirmed.id, "tests_on": "2026-04-01" });
        let test = site.make(&site.lead, "test_run", test);
        let pass = |but: &str| {
            let mut all = json!({ "tester": tester.id });
            for name in ["parameters", "accounts", "virus", "packages", "versions", "install_guide"] {
                all[name] = json!(if name == but { "fail" } else { "pass" });
            }
            all
        };
        assert!(site.stopped(&site.lead, &test, "finish", pass("")).contains("官側の確認を受けているか"));
        let procedure = site.document("test", json!({}));
        site.amend(&site.lead, &test, json!({ "procedure": procedure.id })).expect("the confirmed one");
        let mut five = pass("");
        five["virus"] = Value::Null;
        assert!(site.stopped(&site.lead, &test, "finish", five).contains("ウイルスチェック"));
        for name in ["parameters", "accounts", "virus", "packages", "versions", "install_guide"] {
            assert_eq!(site.take(&site.lead, &test, "finish", pass(name)).state, "failed", "{name}");
        }
        let mut further = pass("");
        further["further"] = json!([{ "item": "署名の確認", "result": "fail" }]);
        assert_eq!(site.take(&site.lead, &test, "finish", further).state, "failed");
        let mut all = pass("");
        all["further"] = json!([]);
        assert_eq!(site.take(&site.lead, &test, "finish", all).state, "passed");
    });
}

#[test]
fn an_incident_is_told_at_once_with_what_is_known_and_in_detail_later() {
    on_each_database(|store| {
        let site = Site::open(store);
        let known = json!({ "title": "宛先の誤り", "kind": ["accident", "personal"], "detected_by": "運用担当が気付いた", "known": "1通を誤って送った。", "ppc": "unknown" });
        let incident = site.make(&site.member, "incident", known);
        let told = site.take(&site.member, &incident, "report", json!({}));
        assert_eq!(
            (told.value("reported_on"), told.value("detail_due_on")),
            (&json!("2026-04-01"), &json!("2026-04-08"))
        );
        let detail = json!({ "cause": "宛先の確認の漏れ", "impact": "1人", "response": "受け手に削除を求めた" });
        assert!(site.stopped(&site.lead, &incident, "detail", detail.clone()).contains("個人情報保護委員会"));
        let mut detail = detail;
        detail["ppc"] = json!("yes");
        site.take(&site.lead, &incident, "detail", detail);
        assert!(
            site.stopped(&site.supervisor, &incident, "close", json!({ "blame": "contractor" })).contains("復旧日")
        );
        site.take(&site.lead, &incident, "add", json!({ "recovered_on": "2026-04-01" }));
        assert!(
            site.stopped(&site.supervisor, &incident, "close", json!({ "blame": "contractor" }))
                .contains("委員会に報告した日")
        );
        site.stopped(&site.lead, &incident, "close", json!({ "blame": "contractor", "ppc_on": "2026-04-01" }));
        site.take(&site.supervisor, &incident, "close", json!({ "blame": "contractor", "ppc_on": "2026-04-01" }));
    });
}

#[test]
fn the_incident_plan_has_all_stages_and_the_special_case_ends_in_time() {
    on_each_database(|store| {
        let site = Site::open(store);
        let plan = json!({ "kind": "incident", "edition": "1", "effective_on": "2026-04-20", "review_on": "2027-03-01", "stages": ["prepare", "report"], "continuity": true, "report_days": 7 });
        assert!(site.refused(&site.lead, "policy_document", plan).contains("六つの段階と五つの措置"));
        let officer = site.worker("見本 太郎", "personal_data");
        let structure = site.document("management", json!({}));
        let mut handling = json!({
            "subject": "利用者の情報", "classes": ["personal"], "protected": true, "purpose": "問合せへの回答", "scope": "運用担当3人、端末3台", "officer": officer.id,
            "structure": structure.id, "inspection": "四半期に1回", "starts_on": "2026-04-20", "receive_means": ["encrypted_line"], "pseudonym": "done", "excluded": true,
            "exemption": true, "exemption_reason": "設備の改修に時間が要る", "plan_ends_on": "2028-04-01",
        });
        assert!(site.refused(&site.lead, "information_handling", handling.clone()).contains("令和10年3月31日"));
        handling["plan_ends_on"] = json!("2028-03-31");
        let handling = site.make(&site.lead, "information_handling", handling);
        site.take(&site.lead, &handling, "file", json!({}));
        site.stopped(&site.lead, &handling, "confirm", json!({}));
        site.take(&site.supervisor, &handling, "confirm", json!({}));
    });
}

#[test]
fn one_company_sees_nothing_of_the_other() {
    on_each_database(|store| {
        let site = Site::open(store);
        let worker = site.worker("見本 太郎", "operation");
        // The other company neither finds the record nor makes one in this contract.
        assert!(site.try_make(&site.rival, "worker", person("別人", "operation")).is_err());
        let of_this_part = |ledger: &ledger::definition::Ledger| {
            ["workforce", "custody"].contains(&ledger.area.as_str()) && ledger.field("engagement").is_some()
        };
        for ledger in site.desk.kernel.catalogue.ledgers.values().filter(|ledger| of_this_part(ledger)) {
            let access = Access::new(ledger, &site.rival);
            let own = Access::new(ledger, &site.lead);
            let mut record = worker.clone();
            record.ledger = ledger.name.clone();
            for state in &ledger.workflow.states {
                record.state = state.name.clone();
                assert!(
                    !access.may_read(&record) && !access.may_read_history(&record),
                    "{} {}",
                    ledger.name,
                    state.name
                );
                assert!(!access.may_create_this(&record), "{} {}", ledger.name, state.name);
            }
            // The same question about one's own contract is answered otherwise somewhere, or this test shows nothing.
            record.state = ledger.workflow.states.first().map_or_else(String::new, |state| state.name.clone());
            if ["worker", "incident", "protected_item"].contains(&ledger.name.as_str()) {
                assert!(own.may_read(&record), "{}", ledger.name);
            }
        }
        let seen = |who: &ledger::Principal| {
            site.desk
                .read(|tx| {
                    site.desk.kernel.list(tx, who, &ListRequest { ledger: "worker".into(), ..ListRequest::default() })
                })
                .expect("the list")
                .records
                .len()
        };
        assert_eq!((seen(&site.lead), seen(&site.rival), seen(&site.supervisor)), (1, 0, 1));
        // In its own contract it may.
        let mut own = person("別人", "operation");
        own["engagement"] = json!(site.other.id);
        site.desk
            .commit(&site.rival, ledger::Change::create("worker", crate::site::body(own)))
            .expect("its own worker");
        assert_eq!((seen(&site.lead), seen(&site.rival), seen(&site.supervisor)), (1, 1, 2));
    });
}

#[test]
fn every_item_of_the_standard_gets_its_check_with_the_evidence_that_there_is() {
    on_each_database(|store| {
        let site = Site::open(store);
        let system = ledger::Principal::system("test");
        let item = |code: &str, ledger: &str, retired: Value| {
            let values = json!({ "code": code, "part": "第7 教育及び訓練", "name": "教育を行う", "ledger": ledger, "retired_on": retired });
            site.desk
                .commit(&system, ledger::Change::create("control_item", crate::site::body(values)))
                .expect("an item")
        };
        let (trained, outside) = (item("基準07-1", "training_session", Value::Null), item("基準08-5", "", Value::Null));
        item("基準07-9", "training_session", json!("2026-01-01"));
        let (officer, structure) = (site.worker("見本 太郎", "personal_data"), site.document("management", json!({})));
        let handling = json!({
            "subject": "構成の情報", "classes": ["secret"], "protected": true, "purpose": "運用", "scope": "運用担当3人", "officer": officer.id,
            "structure": structure.id, "inspection": "四半期に1回", "starts_on": "2026-04-20", "receive_means": ["hand"], "excluded": true,
        });
        let checks = || {
            let all =
                site.desk.read(|tx| Ok(ledger::find::all(tx, "control_check", ledger::query::Filter::Everything, 10)?));
            all.expect("the checks")
        };
        let first = site.make(&site.lead, "information_handling", handling.clone());
        site.take(&site.lead, &first, "file", json!({}));
        assert_eq!(checks().len(), 0);
        site.take(&site.supervisor, &first, "confirm", json!({}));
        let made = checks();
        assert_eq!(
            made.iter().map(|check| check.value("item").clone()).collect::<Vec<_>>(),
            [json!(trained.id), json!(outside.id)]
        );
        assert_eq!((made[0].value("found"), made[1].value("found")), (&json!("教育・訓練 0件"), &Value::Null));
        // A second confirmation adds nothing.
        let again = site.make(&site.lead, "information_handling", handling);
        site.take(&site.lead, &again, "file", json!({}));
        site.take(&site.supervisor, &again, "confirm", json!({}));
        assert_eq!(checks().len(), 2);
        site.make(
            &site.lead,
            "training_session",
            json!({ "kind": "briefing", "subjects": ["conduct"], "planned_on": "2026-04-20" }),
        );
        assert!(site.stopped(&site.lead, &made[0], "check", json!({})).contains("「まだ」のまま"));
        let checked = site.take(&site.lead, &made[0], "check", json!({ "status": "done", "evidence": "教-2026-0001" }));
        assert_eq!(checked.value("found"), &json!("教育・訓練 1件（最新 令和8年4月1日）"));
        assert_eq!(checked.value("review_on"), &json!("2027-04-01"));
        site.stopped(&site.lead, &made[0], "confirm", json!({}));
        site.take(&site.supervisor, &made[0], "confirm", json!({}));
    });
}
