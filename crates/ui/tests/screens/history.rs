//! A record's page and its history: what changed since, what stood there before, and today's work.

use ledger::port::Writer;

use crate::loan::{story, story_with};
use crate::site::{get, post};

#[test]
fn a_record_marks_what_changed_since_the_last_visit_and_shows_the_past() {
    story(|loans| {
        let desk = &loans.desk;
        let record = loans.loan("L-1", &[("note", "はじめの備考")]);
        let at = format!("/ledgers/loan/{}", record.id);
        get(desk, &loans.clerk, &at).is(200).lacks("前に見た後の変更");
        desk.go_to("2026-11-25");
        let form =
            [("_fields", "note,mark"), ("_revision", "1"), ("note", "後の備考"), ("mark", "良"), ("_reason", "訂正")];
        post(desk, &loans.chief, &at, &form).is(303);
        get(desk, &loans.clerk, "/ledgers/loan").has("class=\"changed\"");
        get(desk, &loans.clerk, &at).has("前に見た後の変更").has("後の備考");
        get(desk, &loans.clerk, &at).lacks("前に見た後の変更");
        let past = get(desk, &loans.clerk, &format!("{at}?as_of=R8.11.24"));
        past.has("はじめの備考").lacks("後の備考").has("令和8年11月24日の時点の内容です").lacks("貸出しを申請する");
        // The clerk's history tells of the note, and that something else changed, but not what.
        let history = get(desk, &loans.clerk, &format!("{at}/history"));
        history.has("はじめの備考").has("理由: 訂正").has("このほか1項目の変更は").lacks("優");
        get(desk, &loans.chief, &format!("{at}/history")).has("優").has("良").lacks("このほか");
        get(desk, &loans.chief, &format!("{at}/history?field=mark")).has("優").is(200);
        get(desk, &loans.clerk, &format!("{at}/history?person={}", loans.people[2].id))
            .has("条件に合う履歴はありません");
        get(desk, &loans.borrower, &format!("{at}/history")).is(404);
    });
}

#[test]
fn today_shows_what_to_do_what_waits_and_what_changed() {
    story(|loans| {
        let desk = &loans.desk;
        let borrower = &loans.people[2].id;
        get(desk, &loans.clerk, "/").is(200).has("あなたの作業に期限が付くと").has("ほかの人が受け持つと");
        let record = loans.loan("L-1", &[("due_on", "2026-12-10"), ("borrower", borrower)]);
        let at = format!("/ledgers/loan/{}", record.id);
        post(desk, &loans.clerk, &format!("{at}/transitions/ask"), &[("_revision", "1")]).is(303);
        // The duty is the borrower's; the clerk waits for them.
        let todo = get(desk, &loans.borrower, "/");
        todo.has("貸出しを承認する").has("L-1").has("あと10開庁日").has("期限 ").has("令和8年12月7日(月)");
        get(desk, &loans.clerk, "/").has("例題 髙子の「貸出しを承認する」を待っています").lacks("期限超過");
        desk.go_to("2026-12-09");
        get(desk, &loans.borrower, "/").has("期限超過 2開庁日").has("うち1件が期限を過ぎています");
        post(desk, &loans.chief, &format!("{at}/transitions/approve"), &[("_revision", "2")]).is(303);
        get(desk, &loans.borrower, "/").has("ほかの人が「貸出しを承認する」を行いました").lacks("期限超過");
        get(desk, &loans.clerk, "/").lacks("待っています");
    });
}

#[test]
fn a_record_lists_what_refers_to_it_as_far_as_that_may_be_known() {
    story(|loans| {
        let hanako = &loans.people[0].id;
        for number in 0..7 {
            loans.loan(&format!("L-{number}"), &[("borrower", hanako)]);
        }
        let page = get(&loans.desk, &loans.clerk, &format!("/ledgers/person/{hanako}"));
        page.is(200).has("100001 見本 花子").has("関連する記録").has("7件").has("がこの記録である貸出しの一覧");
        get(&loans.desk, &loans.clerk, &format!("/ledgers/loan?f=borrower:is:{hanako}")).has("7件");
    });
}

#[test]
fn search_goes_over_everything_that_may_be_seen() {
    story(|loans| {
        loans.loan("L-1", &[("note", "車庫の鍵")]);
        let search = |who, words: &str| get(&loans.desk, who, &format!("/search?q={words}"));
        search(&loans.clerk, "%E9%8D%B5").has("L-1 見本の端末").has("作成中");
        search(&loans.clerk, "%E3%81%BF%E3%81%BB%E3%82%93").has("見本 花子").has("ミホン ハナコ");
        search(&loans.clerk, "%E5%84%AA").has("見つかりませんでした");
        search(&loans.guest, "%E9%8D%B5").has("見つかりませんでした");
        search(&loans.clerk, "").is(200).has("探す言葉");
    });
}

#[test]
fn a_page_that_the_ledger_names_is_where_its_records_are_opened() {
    story_with(
        "title = [\"number\", \"item\"]",
        "title = [\"number\", \"item\"]\npage = \"/loans/{id}/desk\"",
        |loans| {
            let desk = &loans.desk;
            let borrower = &loans.people[2].id;
            let record = loans.loan("L-1", &[("due_on", "2026-12-10"), ("borrower", borrower)]);
            let at = format!("/ledgers/loan/{}", record.id);
            let own = format!("href=\"/loans/{}/desk\"", record.id);
            // An act leads to the page on which the record is worked on.
            let done = post(desk, &loans.clerk, &format!("{at}/transitions/ask"), &[("_revision", "1")]);
            assert_eq!(done.is(303).to.as_deref(), Some(format!("/loans/{}/desk", record.id).as_str()));
            get(desk, &loans.borrower, "/").has("貸出しを承認する").has(&own);
            get(desk, &loans.clerk, "/").has("待っています").has(&own);
            get(desk, &loans.clerk, "/ledgers/loan").has(&own);
            get(desk, &loans.clerk, "/search?q=L-1").has(&own);
            get(desk, &loans.clerk, &format!("/ledgers/person/{borrower}")).has("関連する記録").has(&own);
            // The past has no other page.
            get(desk, &loans.clerk, "/ledgers/loan?as_of=R8.11.20").has(&format!("href=\"{at}?as_of=")).lacks(&own);
            get(desk, &loans.clerk, &at).is(200).has("履歴をすべて見る");
        },
    );
}

#[test]
fn an_act_is_called_as_its_ledger_calls_it_and_a_trace_withholds_nothing() {
    story_with(
        "ask = { label = \"貸出しを申請する\"",
        "open = { label = \"窓口を開く\", from = \"draft\", to = \"lent\" }\nask = { label = \"貸出しを申請する\"",
        |loans| {
            let desk = &loans.desk;
            let record = loans.loan("L-1", &[]);
            let at = format!("/ledgers/loan/{}", record.id);
            post(desk, &loans.chief, &format!("{at}/transitions/open"), &[("_revision", "1")]).is(303);
            let change = journal::Change {
                before: serde_json::Value::Null,
                after: serde_json::json!({ "classes": ["secret"] }),
            };
            let trace = journal::Entry {
                at: desk.kernel.now(),
                actor: loans.clerk.actor.clone(),
                ledger: "loan".into(),
                record: record.id.clone(),
                revision: 0,
                act: "open".into(),
                reason: None,
                state_before: None,
                state_after: None,
                changes: [("open".to_string(), change)].into(),
                batch: None,
            };
            let keep = ui::web::Keep { entries: vec![trace], ..Default::default() };
            desk.store.write(|tx: &mut dyn Writer| keep.write(tx, &loans.clerk)).expect("the trace is written");
            get(desk, &loans.chief, &at).has("窓口を開く");
            let history = get(desk, &loans.chief, &format!("{at}/history"));
            history.has("「窓口を開く」を行いました").lacks("「閲覧」を行いました").lacks("このほか");
            let history = get(desk, &loans.chief, &format!("{at}/history?told=everything"));
            history.has("「窓口を開く」を行いました").has("「閲覧」を行いました").lacks("このほか");
        },
    );
}

#[test]
fn a_year_has_no_separator_wherever_it_is_shown() {
    let year = "year = { label = \"評価年\", kind = \"integer\", plain = true, min = 1900, max = 2100 }\nrate = ";
    story_with("rate = ", year, |loans| {
        let desk = &loans.desk;
        let record = loans.desk.commit(
            &ledger::Principal::system("test"),
            ledger::Change::create(
                "loan",
                testkit::values([
                    ("number", "L-1".into()),
                    ("item", "見本の端末".into()),
                    ("kind", "pc".into()),
                    ("year", 2025.into()),
                ]),
            ),
        );
        let at = format!("/ledgers/loan/{}", record.expect("made").id);
        for address in [at.clone(), format!("{at}/edit"), format!("{at}/history"), "/ledgers/loan?columns=year".into()]
        {
            get(desk, &loans.clerk, &address).is(200).lacks("2,025");
        }
        get(desk, &loans.clerk, &at).has("2025");
        get(desk, &loans.clerk, &format!("{at}/edit")).has("value=\"2025\"");
        get(desk, &loans.clerk, &format!("{at}/history")).has("2025");
        post(desk, &loans.clerk, &at, &[("_fields", "year"), ("_revision", "1"), ("year", "2999")])
            .has("1900から2100まで");
    });
}
