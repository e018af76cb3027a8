//! Every page for every role: what may not be known is on none of them.

use crate::loan::story;
use crate::site::{get, post};

#[test]
fn every_page_renders_for_whoever_may_open_it_and_hides_what_they_may_not_see() {
    story(|loans| {
        let (desk, borrower) = (&loans.desk, &loans.people[2].id);
        let record = loans.loan("L-1", &[("borrower", borrower), ("due_on", "2026-12-10"), ("note", "秘密でない備考")]);
        let at = format!("/ledgers/loan/{}", record.id);
        let pages = [
            "/".to_string(),
            "/search?q=%E8%A6%8B%E6%9C%AC".into(),
            "/ledgers".into(),
            "/ledgers/loan".into(),
            "/ledgers/loan?view=cars".into(),
            "/ledgers/loan?group=kind".into(),
            "/ledgers/loan?as_of=2026-11-19".into(),
            "/ledgers/loan?f=kind:is:pc&q=%E7%AB%AF%E6%9C%AB&sort=-price".into(),
            "/ledgers/loan/new".into(),
            "/ledgers/loan/definition".into(),
            "/ledgers/loan/offers?q=L".into(),
            "/ledgers/loan/import".into(),
            "/ledgers/loan/export?format=csv".into(),
            at.clone(),
            format!("{at}?as_of=2026-11-20"),
            format!("{at}/edit"),
            format!("{at}/history"),
            format!("{at}/transitions/ask"),
        ];
        for page in &pages {
            // The clerk sees loans, never the mark of class 査定 that the chief gives.
            let clerk = get(desk, &loans.clerk, page);
            assert!(matches!(clerk.status, 200 | 403), "{page}: {}", clerk.status);
            clerk.lacks("優").lacks("評点の値");
            let chief = get(desk, &loans.chief, page);
            assert!(matches!(chief.status, 200 | 403), "{page}: {}", chief.status);
            // The borrower sees a loan only once it is asked for; a guest nothing at all.
            for who in [&loans.borrower, &loans.guest] {
                let answer = get(desk, who, page);
                answer.lacks("L-1").lacks("見本の端末").lacks("優");
                let fine = page == "/" || page == "/ledgers" || page.starts_with("/search") || who == &loans.borrower;
                assert!(fine || answer.status == 404, "{page}: {}", answer.status);
                assert!(answer.status < 500, "{page}");
            }
        }
        get(desk, &loans.chief, &at).is(200).has("優");
        // Once it is asked for, the borrower may open it, without the mark.
        desk.take(&loans.clerk, &record, "ask", Default::default()).expect("asked");
        get(desk, &loans.borrower, &at).is(200).has("L-1 見本の端末").lacks("優").lacks("評点");
        get(desk, &loans.guest, &at).is(404);
    });
}

#[test]
fn a_filter_order_or_count_by_a_hidden_field_tells_nothing() {
    story(|loans| {
        loans.loan("L-1", &[("mark", "優")]);
        let desk = &loans.desk;
        for address in ["/ledgers/loan?f=mark:is:%E5%84%AA", "/ledgers/loan?sort=mark", "/ledgers/loan?group=mark"] {
            get(desk, &loans.clerk, address).is(422).lacks("L-1");
            get(desk, &loans.chief, address).is(200);
        }
        get(desk, &loans.clerk, "/ledgers/loan?q=%E5%84%AA").is(200).has("条件に合う記録はありません");
    });
}

#[test]
fn nothing_can_be_posted_without_the_right() {
    story(|loans| {
        let record = loans.loan("L-1", &[("due_on", "2026-12-10")]);
        let at = format!("/ledgers/loan/{}", record.id);
        let form: &[(&str, &str)] =
            &[("_fields", "item"), ("_revision", "1"), ("item", "盗まれた端末"), ("action", "ask")];
        for path in [
            at.clone(),
            format!("{at}/transitions/ask"),
            "/ledgers/loan".into(),
            "/ledgers/loan/bulk".into(),
            "/ledgers/loan/import".into(),
            "/ledgers/loan/views".into(),
            "/ledgers/loan/columns".into(),
            format!("/drafts/loan/{}", record.id),
        ] {
            post(&loans.desk, &loans.guest, &path, form).is(404);
        }
        // Four-eyes shows as a button that says why it cannot be pressed, and holds when it is pressed all the same.
        loans.desk.take(&loans.chief, &record, "ask", Default::default()).expect("asked");
        get(&loans.desk, &loans.chief, &at).is(200).has("二者確認").has("disabled");
        let take = format!("{at}/transitions/approve");
        post(&loans.desk, &loans.chief, &take, &[("_revision", "2")]).is(403).has("二者確認");
        assert_eq!(loans.desk.record("loan", &record.id).state, "asked");
    });
}

#[test]
fn every_showing_of_protected_fields_is_written_down() {
    story(|loans| {
        let person = &loans.people[0].id;
        let at = format!("/ledgers/person/{person}");
        let opened = || {
            let query = ledger::port::HistoryQuery { record: Some(person.clone()), limit: 100, ..Default::default() };
            let entries = loans.desk.read(|tx| tx.history(&query).map_err(Into::into)).expect("history");
            entries.iter().filter(|stored| stored.entry.act == "open").count()
        };
        // The clerk does not see the birthday, so there is nothing to write down.
        get(&loans.desk, &loans.clerk, &at).is(200).lacks("昭和55年4月5日");
        assert_eq!(opened(), 0);
        get(&loans.desk, &loans.chief, &at).is(200).has("昭和55年4月5日");
        assert_eq!(opened(), 1);
        get(&loans.desk, &loans.chief, &at).is(200);
        assert_eq!(opened(), 2);
    });
}
