//! The opening as officers and bidders see it, by whom and in which state.

use ledger::{Principal, Refusal};
use serde_json::json;
use testkit::on_each_database;
use testkit::pages::Visitor;

use crate::agency::Agency;

/// The page at an address, or the refusal.
fn page(agency: &Agency, who: &Principal, pattern: &str, id: &str) -> Result<String, u16> {
    let visitor = Visitor { desk: &agency.desk, who, routes: engagement::routes };
    let answer = visitor.get(&pattern.replace("{id}", id));
    // Places to break long letters are no part of them.
    if answer.status == 200 { Ok(answer.text.replace("<wbr>", "")) } else { Err(answer.status) }
}

#[test]
fn the_opening_shows_one_next_step_and_bidders_only_what_is_theirs() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, o2, a, b) = (agency.officer("o1"), agency.officer("o2"), agency.bidder("FA"), agency.bidder("FB"));
        let seen = |who: &Principal| page(&agency, who, "/tenders/{id}/opening", &agency.tender.id).expect("the page");
        agency.qualify("FA");
        agency.qualify("FB");
        agency.qualify("FC");
        let own = agency.bid("FA", 11_800_000, 7);
        agency.at("2024-02-29T15:00:00+09:00");
        let paper = agency.envelope("FB", "2024-02-29T14:00:00+09:00");
        for who in [&o1, &a, &b] {
            assert!(!seen(who).contains("11,800,000"));
        }
        assert!(seen(&o1).contains("封") && seen(&o1).contains("受付を締め切る"));
        // Each side reads its own next step; the firm that filed looks back at its bid, the other one makes its own.
        assert!(seen(&o1).contains("質問に答え、資格を確かめます") && !seen(&o1).contains("入札書を受け付けました"));
        assert!(seen(&a).contains("封をしたまま、開札を待ちます") && !seen(&a).contains("質問に答え"));
        assert!(seen(&a).contains("自社の入札書を見る") && seen(&a).contains(&format!("/ledgers/bid/{}", own.id)));
        assert!(!seen(&b).contains(&own.id));
        let detail =
            |who: &Principal, id: &str| agency.desk.read(|tx| agency.desk.kernel.detail(tx, who, "bid", id, None));
        let looked = detail(&a, &own.id).expect("one's own bid").record;
        assert!(looked.value("amount").is_null() && looked.text("number").is_some(), "what was filed stays sealed");
        assert!(matches!(detail(&b, &own.id), Err(Refusal::NotFound)));
        let c = agency.bidder("FC");
        assert!(seen(&c).contains("入札書を作る"));
        let draft = agency.create(&c, "bid", agency.bid_values("FC", 12_345_678, 3)).expect("a draft");
        assert!(
            seen(&c).contains("下書きの入札書を開く") && seen(&c).contains("12,345,678"),
            "one's own draft is open"
        );
        for who in [&o1, &a, &b] {
            assert!(!seen(who).contains("12,345,678") && !seen(who).contains(&draft.id));
        }
        agency.take(&c, &draft, "withdraw", json!({})).expect("withdrawn");
        assert!(!seen(&b).contains(own.text("number").expect("a number")), "another firm's bid is not even counted");
        assert!(page(&agency, &o1, "/tenders", "").expect("the list").contains("運用支援役務"));
        agency.open_first();
        assert!(seen(&o2).contains("11,800,000円") && seen(&o2).contains("読み上げて書く"));
        assert!(seen(&a).contains("11,800,000円"), "one's own bid, after the opening");
        assert!(!seen(&b).contains("11,800,000") && !seen(&b).contains("13,200,000"));
        let read = json!({ "amount": 11_800_000, "has_breakdown": true, "lottery_number": 12 });
        agency.take(&o1, &paper, "read_out", read).expect("read out");
        agency.step("o1", "judge", json!({})).expect("judged");
        assert!(seen(&o1).contains("くじに進む") && !seen(&o1).contains("落札者を決定する"));
        agency.step("o1", "draw", json!({})).expect("to the lots");
        let lots = agency.find("lottery", "tender", &agency.tender.id).remove(0);
        let shown = |who: &Principal| page(&agency, who, "/tenders/lottery/{id}", &lots.id).expect("the lots");
        assert!(shown(&o1).contains("くじを行う") && !shown(&b).contains("くじを行う"));
        assert!(!shown(&o1).contains(lots.text("secret").expect("a secret")));
        agency.take(&o1, &lots, "draw", json!({})).expect("drawn");
        for who in [&o1, &a, &b] {
            assert!(shown(who).contains(lots.text("secret").expect("a secret")) && shown(who).contains("sha256sum"));
        }
        assert!(seen(&o1).contains("落札者を決定する"));
        agency.step("o1", "award", json!({})).expect("awarded");
        assert!(seen(&a).contains("12,980,000円"), "winner and price");
        for (name, who) in [
            ("nobody", testkit::somebody("nobody", None, &[])),
            ("inspector elsewhere", testkit::somebody("x", None, &["manager"])),
        ] {
            let closed = page(&agency, &who, "/tenders/{id}/opening", &agency.tender.id);
            assert_eq!(closed, Err(404), "{name}");
        }
    });
}
