//! Every form of this part, typeset from records with everything and with next to nothing in them.

use std::path::Path;

use document::pdf::Typesetter;
use exchange::{paper_data, typeset};
use ledger::{Principal, Record};
use serde_json::{Value, json};

use crate::custody::{held, item};
use crate::site::Site;
use crate::staff::notice;
use crate::subcontracts::subcontract;

/// What is printed: the form and its records.
type Papers = Vec<(&'static str, Vec<Record>)>;

#[test]
fn every_form_of_people_and_protection_typesets_as_the_agency_and_as_the_company() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::open(testkit::sqlite(folder.path()).0);
    site.desk.go_to("2026-04-20");
    let papers = papers(&site);
    let samples = std::env::var_os("ENGAGEMENT_SAMPLES");
    let forms: Vec<&String> = site.desk.kernel.catalogue.documents.keys().collect();
    for (document, records) in &papers {
        assert!(forms.iter().any(|form| form == document), "{document}");
        for (who, name) in [(&site.lead, "company"), (&site.supervisor, "agency")] {
            let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
            let paper = site
                .desk
                .store
                .read(|tx: &mut dyn ledger::port::Reader| {
                    paper_data(&site.desk.kernel, tx, who, document, &ids, "見本省", None)
                })
                .unwrap_or_else(|problem| panic!("{document} {name}: {problem}"));
            let pdf = typeset(&site.desk.kernel, &Typesetter::new(), &paper, "見本省")
                .unwrap_or_else(|problem| panic!("{document} {name}: {problem}"));
            assert_eq!(pdf.warnings, [], "{document} {name}");
            if let (Some(folder), "company") = (&samples, name) {
                std::fs::write(Path::new(folder).join(format!("{document}.pdf")), &pdf.bytes).expect("written");
            }
        }
        // The other company prints none of it.
        let ids = [records[0].id.clone()];
        let refused = site.desk.store.read(|tx: &mut dyn ledger::port::Reader| {
            paper_data(&site.desk.kernel, tx, &site.rival, document, &ids, "見本省", None)
        });
        assert!(refused.is_err(), "{document}");
    }
}

#[test]
fn a_notice_brings_its_workers_and_a_reader_sees_of_them_what_they_may() {
    testkit::on_each_database(|store| {
        let site = Site::open(store);
        let (one, two) = (site.worker("見本 太郎", "operation"), site.worker("見本 花子", "security"));
        site.worker("見本 次郎", "maintenance");
        let filed = site.make(&site.lead, "staff_notice", notice(&[&one.id, &two.id]));
        let data = |who: &Principal| {
            let ids = [filed.id.clone()];
            let read = |tx: &mut dyn ledger::port::Reader| {
                paper_data(&site.desk.kernel, tx, who, "staff_notice", &ids, "見本省", None)
            };
            site.desk.store.read(read).expect("the paper")
        };
        let full = data(&site.supervisor);
        let record = &full.data["records"][0];
        let workers = record["brought"]["workers"].as_array().expect("workers");
        let names: Vec<&Value> = workers.iter().map(|worker| &worker["fields"]["name"]["text"]).collect();
        assert_eq!(names, ["見本 太郎", "見本 花子"]);
        assert_eq!(record["brought"]["engagement"][0]["fields"]["title"]["text"], json!("人事システムの運用支援"));
        assert_eq!(workers[0]["fields"]["nationality"]["text"], json!("日本"));
        // What was printed along is written down as read: the workers, the contract.
        assert_eq!(
            full.brought.iter().map(|(ledger, ids)| (ledger.as_str(), ids.len())).collect::<Vec<_>>(),
            [("engagement", 1), ("worker", 2)]
        );
        // An inspector reads no nationality, on paper neither.
        let inspector = data(&site.inspector);
        let workers = &inspector.data["records"][0]["brought"]["workers"];
        assert_eq!(
            (&workers[0]["fields"]["nationality"], &workers[0]["fields"]["name"]["text"]),
            (&Value::Null, &json!("見本 太郎"))
        );
        // Those that name the contract: all three.
        let rule = json!({ "name": "運用担当", "duty": "operation", "number": 1 });
        let rule = site.make(&site.supervisor, "staffing_rule", rule);
        let ids = [rule.id];
        let sheet = site.desk.store.read(|tx: &mut dyn ledger::port::Reader| {
            paper_data(&site.desk.kernel, tx, &site.supervisor, "staffing_sheet", &ids, "見本省", None)
        });
        assert_eq!(sheet.expect("the sheet").data["records"][0]["brought"]["workers"], json!([]));
    });
}

/// A record of each kind, with as much in it as it can have.
#[expect(clippy::too_many_lines, reason = "a list of samples, one a form")]
fn papers(site: &Site) -> Papers {
    let (lead, agency) = (&site.lead, &site.supervisor);
    let rule = json!({ "name": "運用担当", "duty": "operation", "number": 2, "experience": "leadership", "years": 5, "qualification": "情報処理安全確保支援士", "clause": "3.2.2.1" });
    let rule = site.make(agency, "staffing_rule", rule);
    let mut values = crate::site::person("見本 太郎", "operation");
    values["rule"] = json!(rule.id);
    values["trainings"] = json!([{ "name": "情報セキュリティ研修", "security": true, "held_on": "2025-10-01" }]);
    let first = site.make(lead, "worker", values);
    site.take(lead, &first, "propose", json!({}));
    site.take(agency, &first, "approve", json!({}));
    let second = site.worker("見本 花子", "lead");
    let mut foreign = crate::site::person("ミホン ハナ", "security");
    foreign["nationality"] = json!("見本国");
    let third = site.make(lead, "worker", foreign);
    let mut filed = notice(&[&first.id, &second.id, &third.id]);
    filed["demand_number"] = json!("見-26-0001");
    let filed = site.make(lead, "staff_notice", filed);
    site.take(lead, &filed, "file", json!({}));
    site.take(agency, &filed, "confirm", json!({}));
    let sub = site.make(lead, "subcontract", subcontract());
    site.take(lead, &sub, "apply", json!({}));
    site.take(agency, &sub, "approve", json!({ "conditions": "毎月の報告を出すこと" }));
    let mut below = subcontract();
    below["parent"] = json!(sub.id);
    below["firm"] = json!("孫請合同会社");
    let below = site.make(lead, "subcontract", below);
    let mut foreign = notice(&[&third.id]);
    foreign["kind"] = json!("subcontractor");
    foreign["subcontract"] = json!(sub.id);
    foreign["change"] = json!(true);
    foreign["change_note"] = json!("1人を加える");
    let foreign = site.make(lead, "staff_notice", foreign);
    let work = json!({
        "place": "見本基地", "works_on": "2026-05-11", "ends_on": "2026-05-12", "added": false, "addressee": "見本基地 受領検査官", "representative": "代表 見本",
        "address": "見本市1-1", "notice": filed.id, "workers": [first.id, second.id],
        "plans": [{ "day": "2026-05-11", "no": 1, "content": "機器の点検" }, { "day": "2026-05-12", "no": 2, "content": "部品の交換" }],
    });
    let work = site.make(lead, "site_work", work);
    site.take(lead, &work, "file", json!({}));
    site.take(agency, &work, "confirm", json!({ "matched": true, "confirmer": "見本基地 総務課長 見本" }));
    let room = json!({
        "kind": "room", "place": "システム管理室", "purpose": "設定の変更", "people": [first.id, second.id], "planned_from": "2026-04-20T10:00:00+09:00",
        "planned_to": "2026-04-20T11:00:00+09:00",
    });
    let room = site.make(lead, "site_entry", room);
    site.take(agency, &room, "permit", json!({}));
    let used = json!({ "entered_at": "2026-04-20T10:05:00+09:00", "left_at": "2026-04-20T10:50:00+09:00", "terminal_log": "監視の閾値を変えた。" });
    site.take(lead, &room, "finish", used);
    let entry = json!({
        "kind": "take_out", "place": "運用室", "purpose": "修理", "people": [first.id], "item": "業務用端末1台", "planned_from": "2026-04-21T10:00:00+09:00",
        "planned_to": "2026-04-21T11:00:00+09:00",
    });
    let entry = site.make(lead, "site_entry", entry);
    let manager = site.handler(&second, &["handler", "general", "manager"]);
    let origin = held(site, &manager, None);
    let copy = held(site, &manager, Some(&origin));
    let event = json!({
        "item": origin.id, "kind": "viewing", "at": "2026-04-20T10:00:00+09:00", "worker": first.id, "place": "取扱施設A", "purpose": "障害の調査",
    });
    let event = site.make(lead, "custody_event", event);
    let gone = json!({ "ended_on": "2026-04-20", "method": "shred", "destroyer": first.id, "proof": site.file("写真.pdf"), "witness": "監督職員" });
    site.take(lead, &copy, "dispose", gone);
    site.take(&site.second, &copy, "check", json!({ "checker": second.id }));
    let mut other = item(&manager, None);
    other["designation"] = json!("loaned");
    let other = site.make(lead, "protected_item", other);
    let medium = json!({
        "name": "USBメモリ1", "kind": "usb", "owner": "運用部", "own_thing": false, "uses": "修正プログラムの運搬", "systems": "保護システム",
        "users": [first.id], "encrypted_medium": true, "labelled": true, "place": "金庫",
    });
    let medium = site.make(lead, "medium", medium);
    let loan = json!({ "name": "業務用端末", "kind": "equipment", "quantity": 2, "conditions": "執務室の外に出さない", "place": "運用室" });
    let loan = site.make(agency, "loan", loan);
    let training = json!({
        "kind": "yearly", "subjects": ["importance", "need_to_know", "policy", "conduct", "response", "incident", "technical"], "planned_on": "2026-04-20",
    });
    let training = site.make(lead, "training_session", training);
    let attended = json!({ "held_on": "2026-04-20", "hours": "2.0", "place": "会議室", "people": [first.id, second.id], "test": "確認問題で全員8割以上" });
    site.take(lead, &training, "hold", attended);
    let risks = json!([
        { "asset": "構成の情報", "event": "持ち出した媒体の紛失", "damage": 3, "threat": 2, "weakness": 3, "measure": "媒体を減らす", "due_on": "2026-06-30" },
        { "asset": "監視端末", "event": "悪意のあるコードの感染", "damage": 2, "threat": 2, "weakness": 1, "measure": "定義の更新" },
    ]);
    let risk = json!({ "reason": "regular", "assessed_on": "2026-04-20", "scope": "運用部", "outside_scope": "下請株式会社", "risks": risks, "next_on": "2027-04-20" });
    let risk = site.make(lead, "risk_assessment", risk);
    assert_eq!(risk.value("highest"), &json!(18));
    let audit = json!({
        "kind": "own", "reason": "yearly", "subject": "運用部の情報の取扱い", "planned_on": "2026-04-20", "on_site": true, "method": "書類の確認と聞き取り",
        "auditors": [{ "name": "監査 見本", "unit": "監査室", "post": "室長", "rights": "書類の閲覧", "handler": true, "outside": true }],
    });
    let audit = site.make(lead, "audit", audit);
    site.take(lead, &audit, "approve", json!({ "approved_by": "代表取締役" }));
    let found = json!({
        "held_on": "2026-04-20", "result": "おおむね守られている。", "next_on": "2027-04-20",
        "findings": [{ "problem": "目録の更新が遅い", "proposal": "週に一度確かめる", "due_on": "2026-05-29" }],
    });
    assert_eq!(site.take(lead, &audit, "report", found).state, "improving");
    let request = json!({
        "side": "agency", "kind": "improvement", "subject": "施錠の徹底", "content": "ロッカーの施錠を毎日確かめること。", "reason": "施錠されていない日があったため",
        "answer_by": "2026-05-01",
    });
    let request = site.make(agency, "request", request);
    let check = json!({ "kind": "terminal", "scope": "業務用端末3台", "planned_on": "2026-04-20" });
    let check = site.make(lead, "periodic_check", check);
    let checked = json!({
        "finished_on": "2026-04-20", "checker": first.id, "measure": "定義を更新した。",
        "items": [{ "item": "ファイル交換ソフトがない", "result": "good" }, { "item": "ウイルス定義が最新", "result": "finding", "note": "1台が3日前" }],
    });
    site.take(lead, &check, "report", checked);
    let incident = json!({ "title": "宛先の誤り", "kind": ["accident"], "detected_by": "運用担当が気付いた", "known": "1通を誤って送った。" });
    let early = site.make(lead, "incident", incident.clone());
    site.take(lead, &early, "report", json!({}));
    let late = site.make(lead, "incident", incident);
    site.take(lead, &late, "report", json!({}));
    site.take(
        lead,
        &late,
        "detail",
        json!({ "cause": "確認の漏れ", "impact": "1人", "response": "削除を求めた", "recovered_on": "2026-04-20" }),
    );
    let intervention = json!({
        "happened_at": "2026-04-19T14:00:00+09:00", "place": "本社", "content": "不当な値引きの要求", "refused": true, "reporter": "総務 見本 00-0000",
        "representative": "代表 見本", "address": "見本市1-1", "actor_name": "不明",
    });
    let intervention = site.make(lead, "undue_intervention", intervention);
    site.take(lead, &intervention, "report", json!({ "police": "見本警察署", "police_on": "2026-04-20" }));
    let product = json!({
        "product": "認証サーバー A-1", "maker": "見本製作所", "listed": true, "uses_on": "2026-05-11", "reason": "適合する製品がない", "green": "exempt",
        "comparison": [{ "requirement": "識別と認証", "product": "多要素認証がある", "judgement": "same" }],
        "parts": [{ "part": "主基板", "maker": "見本電子", "nationality": "日本", "country": "日本" }],
    });
    let product = site.make(lead, "product_use", product);
    let procedure = site.document("test", json!({}));
    let test = site.make(
        lead,
        "test_run",
        json!({ "product": "認証サーバー A-1", "procedure": procedure.id, "tests_on": "2026-04-20" }),
    );
    let mut results = json!({ "tester": first.id, "note": "一つを直して合格した。" });
    for name in ["parameters", "accounts", "virus", "packages", "versions", "install_guide"] {
        results[name] = json!("pass");
    }
    site.take(lead, &test, "finish", results);
    let control = json!({ "code": "基準4-1(1)", "part": "第4 情報セキュリティ基本方針等", "name": "基本方針等を作り、経営者等の承認を得る", "deliverable": "情報セキュリティ基本方針", "source": "文書の台帳" });
    let control = site
        .desk
        .commit(&Principal::system("test"), ledger::Change::create("control_item", crate::site::body(control)))
        .expect("an item");
    let matrix = site.make(lead, "control_check", json!({ "item": control.id }));
    let matrix =
        site.take(lead, &matrix, "check", json!({ "status": "done", "evidence": "情報セキュリティ基本方針 1.0版" }));
    vec![
        ("staffing_sheet", vec![rule]),
        ("worker_list", vec![first.clone(), second, third]),
        ("worker_pledge", vec![first]),
        ("staff_notice", vec![filed, foreign]),
        ("subcontract_application", vec![sub.clone(), below.clone()]),
        ("subcontract_tree", vec![below, sub]),
        ("site_roster", vec![work.clone()]),
        ("site_report", vec![work]),
        ("entry_log", vec![room, entry]),
        ("handler_list", vec![manager]),
        ("item_inventory", vec![origin, copy.clone(), other]),
        ("disposal_certificate", vec![copy]),
        ("custody_log", vec![event]),
        ("medium_inventory", vec![medium]),
        ("loan_slip", vec![loan]),
        ("training_report", vec![training]),
        ("risk_report", vec![risk]),
        ("audit_report", vec![audit]),
        ("request_log", vec![request]),
        ("check_report", vec![check]),
        ("incident_report", vec![early, late]),
        ("intervention_report", vec![intervention]),
        ("comparison_table", vec![product.clone()]),
        ("traceability", vec![product]),
        ("test_report", vec![test]),
        ("control_matrix", vec![matrix]),
    ]
}
