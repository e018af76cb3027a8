//! Every form of procurements and money, typeset with real records and with bare ones.

use document::pdf::{Form, PdfOptions, Typesetter};
use ledger::port::Reader;
use ledger::{Change, Principal, Record};
use serde_json::json;

use crate::agency::{Agency, body};

/// Typeset a form with these records as this person would print it.
fn printed(agency: &Agency, who: &Principal, document: &str, records: &[&Record]) -> Vec<u8> {
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    let kernel = &agency.desk.kernel;
    let paper = agency
        .desk
        .store
        .read(|tx: &mut dyn Reader| exchange::paper_data(kernel, tx, who, document, &ids, "見本省", None));
    let paper = paper.unwrap_or_else(|problem| panic!("{document}: {problem}"));
    let form = Form::new(&format!("{document}.typ"), &kernel.catalogue.documents[document].source, [])
        .expect("the form reads");
    let options = PdfOptions::new(paper.title.as_str(), "見本省", calendar::jst::wall_clock(kernel.now()));
    let pdf = Typesetter::new().render(&form, &paper.data, &options);
    let bytes = pdf.unwrap_or_else(|problem| panic!("{document}: {problem}")).bytes;
    // For a look at the papers: DAICHO_PAPERS names a folder.
    if let Some(folder) = std::env::var_os("DAICHO_PAPERS") {
        let count = std::fs::read_dir(&folder).map_or(0, std::iter::Iterator::count);
        std::fs::write(std::path::Path::new(&folder).join(format!("{count:02}-{document}.pdf")), &bytes)
            .expect("a file");
    }
    bytes
}

#[test]
fn every_form_of_tenders_and_payments_typesets_with_real_records_and_with_bare_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let agency = Agency::new(testkit::sqlite(folder.path()).0);
    let (o1, a, b) = (agency.officer("o1"), agency.bidder("FA"), agency.bidder("FB"));
    let sound = |who: &Principal, document: &str, records: &[&Record]| {
        assert!(printed(&agency, who, document, records).starts_with(b"%PDF"), "{document}");
    };
    agency.qualify("FA");
    let shown = agency.qualify("FB");
    sound(&o1, "documents_cover", &[&shown]);
    let reason = "電子証明書の更新が間に合わない。".repeat(6);
    let values = json!({ "tender": agency.tender.id, "bidder": agency.firm("FC").id, "reason": reason });
    let application = agency.create(&o1, "paper_application", values).expect("an application");
    sound(&o1, "paper_bid_application", &[&application]);
    let arrived = json!({ "means": "mail", "arrived_at": "2024-02-09T08:00:00+09:00" });
    agency.at("2024-02-09T18:00:00+09:00");
    agency.take(&o1, &application, "receive", arrived).expect("arrived");
    let application = agency.take(&o1, &application, "approve", json!({})).expect("agreed");
    sound(&agency.bidder("FC"), "paper_bid_application", &[&application]);
    let bare = agency.create(&a, "bid", agency.bid_values("FA", 11_800_000, 7)).expect("a draft");
    for document in ["bid_form", "proxy_letter", "bid_withdrawal", "bid_pledge"] {
        sound(&a, document, &[&bare]);
    }
    let bid = agency.take(&a, &bare, "file", json!({})).expect("filed");
    let mut with_agent = agency.bid_values("FB", 11_800_000, 12);
    with_agent["agent"] = "見本 代理".into();
    with_agent["agent_letter_on"] = "2024-02-01".into();
    let other = agency.create(&b, "bid", with_agent).expect("a draft");
    let other = agency.take(&b, &other, "file", json!({})).expect("filed");
    sound(&b, "proxy_letter", &[&other]);
    agency.open_first();
    sound(&o1, "opening_record", &[&agency.now()]);
    agency.step("o1", "judge", json!({})).expect("judged");
    agency.step("o1", "draw", json!({})).expect("to the lots");
    let lots = agency.find("lottery", "tender", &agency.tender.id).remove(0);
    let lots = agency.take(&o1, &lots, "draw", json!({})).expect("drawn");
    agency.step("o1", "award", json!({})).expect("awarded");
    let bids: Vec<Record> = [bid, other].iter().map(|bid| agency.desk.record("bid", &bid.id)).collect();
    sound(&o1, "bid_form", &bids.iter().collect::<Vec<_>>());
    sound(&o1, "opening_record", &[&agency.now()]);
    sound(&o1, "lottery_record", &[&lots]);
    sound(&a, "lottery_record", &[&lots]);
    let notice = agency.find("award_notice", "tender", &agency.tender.id).remove(0);
    sound(&o1, "award_notice", &[&notice]);
    let notice = agency.take(&o1, &notice, "send", json!({ "return_by": "2024-03-15" })).expect("sent");
    sound(&o1, "award_notice", &[&notice]);
    let contract = agency.desk.record("engagement", &agency.engagement.id);
    sound(&o1, "contract_sheet", &[&contract]);
    agency.at("2024-04-01T09:00:00+09:00");
    let sign = json!({ "contract_on": "2024-04-01", "monthly_amount": 1_081_666, "monthly_tax": 98_333 });
    let contract = agency.take(&o1, &contract, "sign", sign).expect("signed");
    sound(&o1, "contract_sheet", &[&contract]);

    let system = Principal::system("test");
    let make = |ledger: &str, values: serde_json::Value| {
        agency.desk.commit(&system, Change::create(ledger, body(values))).expect(ledger)
    };
    let claim =
        make("invoice", json!({ "engagement": contract.id, "kind": "final", "month": "2024-04-01", "days": 17 }));
    let claim = agency.take(&system, &claim, "submit", json!({})).expect("submitted");
    sound(&o1, "claim_inspection", &[&claim]);
    let small = Change::amend("engagement", &contract.id, contract.revision, body(json!({ "small_business": true })));
    let contract = agency.desk.commit(&system, small).expect("a small firm");
    sound(&o1, "contract_sheet", &[&contract]);
    let values = json!({
        "engagement": contract.id, "scheme": true, "assignee": "見本信用保証協会", "assignee_kind": "guarantee",
        "assignee_address": "見本県見本市1-1", "invoice": claim.id, "claim": 612_943, "amount": 600_000,
        "explained_on": "2024-04-20",
    });
    let assignment = make("receivable_assignment", values);
    sound(&o1, "receivable_application", &[&assignment]);
    let checked = json!({ "accepted": true, "receipt": "inspection", "fixed": true });
    let assignment = agency.take(&o1, &assignment, "approve", checked).expect("approved");
    sound(&o1, "receivable_application", &[&assignment]);
    sound(&o1, "receivable_notice", &[&assignment]);
    let told = json!({ "notified_at": "2024-04-01T15:30:00+09:00" });
    let assignment = agency.take(&o1, &assignment, "notify", told).expect("told");
    sound(&o1, "receivable_notice", &[&assignment]);
    let fee = |code: &str| {
        let values = json!({
            "engagement": contract.id, "payee_code": code, "payee": "見本 一郎", "meeting": "第1回会議",
            "held_on": "2024-05-20", "hours": "3",
        });
        let made = make("honorarium", values);
        agency.take(&testkit::somebody("sv", None, &["supervisor"]), &made, "agree", json!({})).expect("agreed");
        agency.take(&system, &made, "pay", json!({ "paid_on": "2024-05-31" })).expect("paid")
    };
    let payer = testkit::somebody("p1", None, &["payment_officer"]);
    sound(&payer, "payment_statement", &[&fee("専-1"), &fee("専-1"), &fee("専-2")]);
}
