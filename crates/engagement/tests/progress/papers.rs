use document::pdf::{Form, PdfOptions, Typesetter};
use ledger::port::Reader;
use ledger::{Principal, Record};
use serde_json::json;

use crate::contract::Contract;
use crate::pages::planned;

/// Typeset a form with these records as this person would print it; its text, and its number of pages.
fn printed(contract: &Contract, who: &Principal, document: &str, records: &[&Record]) -> Vec<u8> {
    let own = engagement::papers().into_iter().find(|(name, _)| *name == document).map(|(_, data)| data);
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    let kernel = &contract.desk.kernel;
    let paper = contract
        .desk
        .store
        .read(|tx: &mut dyn Reader| exchange::paper_data(kernel, tx, who, document, &ids, "見本省", own));
    let paper = paper.unwrap_or_else(|problem| panic!("{document}: {problem}"));
    let source = &kernel.catalogue.documents[document].source;
    let form = Form::new(&format!("{document}.typ"), source, []).expect("the form reads");
    let options = PdfOptions::new(paper.title.as_str(), "見本省", calendar::jst::wall_clock(kernel.now()));
    let pdf = Typesetter::new()
        .render(&form, &paper.data, &options)
        .unwrap_or_else(|problem| panic!("{document}: {problem}"));
    pdf.bytes
}

#[test]
fn every_form_of_plan_progress_and_delivery_typesets_with_real_records_and_with_bare_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let contract = Contract::new(testkit::sqlite(folder.path()).0, "2026-04-06");
    let Contract { lead, supervisor, inspector, .. } = &contract;
    let works = planned(&contract);
    let all: Vec<&Record> = works.iter().collect();
    let hours = contract
        .desk
        .read(|tx| Ok(ledger::find::all(tx, "work_record", ledger::query::Filter::Everything, 100)?))
        .unwrap();
    let plan = json!({ "structure": "体制", "methods": "方法", "schedule": "工程", "quality": "品質", "communication": "会議", "security": "対策", "proposals": [{ "item": "遠隔監視", "realised": "道具を入れる", "kept": "毎月見直す" }] });
    let plan = contract.add(lead, "plan", plan).unwrap();
    let issue = json!({ "content": "容量が足りない", "impact": "試験が遅れる", "priority": "high", "owner": "見本 従事", "due_on": "2026-05-01" });
    let issue = contract.add(lead, "issue_item", issue).unwrap();
    let risk = json!({ "viewpoint": "technical", "content": "機器が止まる", "cause": "古い", "probability": "4", "impact": "4", "owner": "見本 統括", "review_on": "2026-05-01", "contingency": "予備機", "reviews": [{ "on": "2026-04-20", "status": "注文した", "evaluation": "下がる見込み", "by": "見本 統括" }] });
    let risk = contract.add(lead, "risk", risk).unwrap();
    let meeting = json!({ "title": "進捗会議", "held_on": "2026-04-20", "place": "会議室", "agenda": [{ "topic": "進捗", "said": "予定どおり\n二行目", "decided": "続ける" }, { "topic": "その他" }] });
    let meeting = contract.add(lead, "meeting", meeting).unwrap();
    contract
        .add(supervisor, "attendance", json!({ "meeting": meeting.id, "name": "見本 有識", "side": "outside" }))
        .unwrap();
    contract
        .add(
            lead,
            "action_item",
            json!({ "meeting": meeting.id, "content": "見積もる", "owner": "見本 従事", "due_on": "2026-04-27" }),
        )
        .unwrap();
    let meeting = contract.take(lead, &meeting, "hold", json!({})).unwrap();
    let book = json!({ "name": "設計書", "revisions": [{ "version": "1.0", "on": "2026-04-17", "summary": "初版" }], "source_none": "図表はありません" });
    let book = contract.add(lead, "deliverable", book).unwrap();
    let checked = json!({ "virus_product": "見本アンチウイルス", "virus_definition": "2026-04-19", "virus_checked_on": "2026-04-20", "reviewed_by": "見本 統括", "review": "突き合わせた", "style_checked": true, "publishable": "parts" });
    let book = contract.take(lead, &book, "prepare", checked).unwrap();
    let made = json!({ "title": "設計書の納入", "deliverables": [book.id], "medium": "paper_and_disc", "finalised": true, "place": "運用課", "paper_pulp": 70, "paper_white": 70, "paper_coat": 30, "paper_easy": true });
    let made = contract.add(lead, "hand_in", made).unwrap();
    printed(&contract, lead, "delivery_note", &[&made]);
    contract.take(lead, &made, "send", json!({})).unwrap();
    contract.take(inspector, &made, "receive", json!({})).unwrap();
    let failed = contract
        .take(
            inspector,
            &made,
            "fail",
            json!({ "means": "documents", "finding": "図3がない", "rework_by": "2026-04-30" }),
        )
        .unwrap();
    let report =
        contract.add(lead, "progress_report", json!({ "month": "2026-04-01", "summary": "予定どおり" })).unwrap();
    let cases: [(&str, Vec<&Record>, &Principal); 12] = [
        ("monthly_progress", vec![&report], supervisor),
        ("plan_paper", vec![&plan], supervisor),
        ("progress_table", all.clone(), supervisor),
        ("gantt_paper", all, lead),
        ("hours_table", hours.iter().collect(), supervisor),
        ("issue_table", vec![&issue], supervisor),
        ("risk_table", vec![&risk], lead),
        ("minutes_paper", vec![&meeting, &meeting], supervisor),
        ("deliverable_list", vec![&book], supervisor),
        ("delivery_note", vec![&failed], lead),
        ("inspection_record", vec![&failed], inspector),
        ("media_label", vec![], lead),
    ];
    for (document, records, who) in cases {
        if document == "media_label" {
            let again = contract.now(&book);
            let ready = contract.take(lead, &again, "prepare", json!({})).expect("ready again");
            assert!(printed(&contract, lead, document, &[&ready]).starts_with(b"%PDF"));
            continue;
        }
        assert!(printed(&contract, who, document, &records).starts_with(b"%PDF"), "{document}");
    }
    assert!(
        contract
            .desk
            .store
            .read(|tx: &mut dyn Reader| exchange::paper_data(
                &contract.desk.kernel,
                tx,
                &contract.stranger,
                "minutes_paper",
                std::slice::from_ref(&meeting.id),
                "見本省",
                engagement::papers().first().map(|(_, data)| *data)
            ))
            .is_err(),
        "another company prints nothing of it"
    );
}
