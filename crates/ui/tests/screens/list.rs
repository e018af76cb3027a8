//! Lists: conditions, views, columns, paging, counts, files.

use crate::loan::story;
use crate::site::{get, post};

#[test]
fn conditions_are_added_by_words_shown_in_words_and_taken_away() {
    story(|loans| {
        let desk = &loans.desk;
        let hanako = &loans.people[0].id;
        loans.loan("L-1", &[("borrower", hanako), ("office", &loans.office.id), ("due_on", "2026-12-10")]);
        loans.loan("L-2", &[("kind", "car"), ("due_on", "2027-01-10"), ("price", "5000")]);
        let to = |query: &str| get(desk, &loans.clerk, &format!("/ledgers/loan?{query}")).is(303).to.clone().unwrap();
        let page = get(desk, &loans.clerk, &to("c.borrower=100001&c.kind="));
        page.has("借りる人: 見本 花子").has("L-1").lacks("L-2").has("1件").has("条件「借りる人: 見本 花子」を外す");
        // The office above finds what lies under it.
        get(desk, &loans.clerk, &to("c.office=010000")).has("組織: 見本局以下の組織").has("L-1").lacks("L-2");
        let page = get(desk, &loans.clerk, &to("c.due_on.from=R9.1.1&c.price.from=1000"));
        page.has("返却日: 令和9年1月1日以上(以後)").has("L-2").lacks("L-1");
        get(desk, &loans.clerk, &to("by=kind")).has("種類ごとの件数").has("端末").has("50.0%");
        // Two offices of one name are told apart by their codes.
        let other = desk.create("organisation", &[("code", "020100"), ("name", "第1課")]);
        loans.loan("L-3", &[("office", &other.id)]);
        get(desk, &loans.clerk, "/ledgers/loan?group=office").has("010100 第1課").has("020100 第1課").has("(空欄)");
        get(desk, &loans.clerk, "/ledgers/loan?c.borrower=999").is(422).has("見つかりません");
        get(desk, &loans.clerk, "/ledgers/loan?view=cars").has("L-2").lacks("L-1").has("aria-current=\"page\"");
        get(desk, &loans.clerk, "/ledgers/loan?q=%E8%BB%8A%E8%BC%9B").has("条件に合う記録はありません");
        get(desk, &loans.clerk, "/ledgers/loan?as_of=2026-02-30").is(422);
        get(desk, &loans.clerk, "/ledgers/loan?f=nothing:is:1").is(422);
    });
}

#[test]
fn pages_follow_one_another_and_lead_back() {
    story(|loans| {
        for number in 0..120 {
            loans.loan(&format!("L-{number:03}"), &[]);
        }
        let link = |page: &crate::site::Answer, rel: &str| {
            let tag = page.text.split("<a ").find(|tag| tag.contains(&format!("rel=\"{rel}\"")))?;
            Some(tag.split_once("href=\"")?.1.split('"').next()?.replace("&amp;", "&"))
        };
        let first = get(&loans.desk, &loans.clerk, "/ledgers/loan");
        first.has("120件").has("L-049").lacks("L-050").has("1件目から50件目まで");
        assert_eq!(link(&first, "prev"), None);
        let second = get(&loans.desk, &loans.clerk, &link(&first, "next").expect("a next page"));
        second.has("L-050").has("L-099").lacks("L-100").has("51件目から100件目まで");
        let third = get(&loans.desk, &loans.clerk, &link(&second, "next").expect("a next page"));
        third.has("L-119").has("101件目から120件目まで");
        assert_eq!(link(&third, "next"), None);
        let back = get(&loans.desk, &loans.clerk, &link(&third, "prev").expect("a page before"));
        back.has("L-050").has("51件目から100件目まで");
        get(&loans.desk, &loans.clerk, &link(&back, "prev").expect("a page before")).has("1件目から50件目まで");
    });
}

#[test]
fn columns_and_views_are_ones_own() {
    story(|loans| {
        loans.loan("L-1", &[("note", "備考の内容"), ("rate", "2.50")]);
        let desk = &loans.desk;
        let form = [("column", "number"), ("column", "rate"), ("_pair", "sort=-number")];
        let answer = post(desk, &loans.clerk, "/ledgers/loan/columns", &form);
        assert_eq!(answer.to.as_deref(), Some("/ledgers/loan?sort=-number"));
        get(desk, &loans.clerk, "/ledgers/loan").has("2.50").lacks("見本の端末</a>");
        get(desk, &loans.chief, "/ledgers/loan").lacks("2.50").has("見本の端末");
        // A column that may not be seen cannot be chosen.
        post(desk, &loans.clerk, "/ledgers/loan/columns", &[("column", "mark")]).is(303);
        get(desk, &loans.clerk, "/ledgers/loan").is(200).lacks("優");
        let form = [("label", "わたしの端末"), ("_pair", "f=kind:is:pc")];
        let to = post(desk, &loans.clerk, "/ledgers/loan/views", &form).is(303).to.clone().unwrap();
        get(desk, &loans.clerk, &to).has("わたしの端末").has("種類: 端末").has("取り除く");
        get(desk, &loans.chief, "/ledgers/loan").lacks("わたしの端末");
        let name = to.split("own%3A").nth(1).unwrap().split('&').next().unwrap();
        post(desk, &loans.clerk, "/ledgers/loan/views", &[("remove", name)]).is(303);
        get(desk, &loans.clerk, "/ledgers/loan").lacks("わたしの端末");
    });
}

#[test]
fn an_export_has_what_may_be_seen_and_says_which_characters_do_not_fit() {
    story(|loans| {
        loans.loan("L-1", &[("item", "𠮷田の端末")]);
        let file = get(&loans.desk, &loans.clerk, "/ledgers/loan/export?format=csv");
        file.is(200).has("𠮷田の端末").has("L-1").lacks("優");
        assert_eq!(file.file.as_ref().map(|file| file.0.as_str()), Some("貸出し_20261120.csv"));
        get(&loans.desk, &loans.clerk, "/ledgers/loan/export?format=csv-cp932").is(422).has("𠮷").has("csv-cp932-geta");
        get(&loans.desk, &loans.clerk, "/ledgers/loan/export?format=csv-cp932-geta").is(200);
        get(&loans.desk, &loans.clerk, "/ledgers/loan/export?format=pdf").is(422);
        get(&loans.desk, &loans.borrower, "/ledgers/loan/export?format=csv").is(403);
    });
}

#[test]
fn records_are_offered_by_number_and_by_name() {
    story(|loans| {
        let offers = |query: &str| get(&loans.desk, &loans.clerk, &format!("/ledgers/person/offers?q={query}"));
        offers("10000").has("100001 見本 花子").has("100003 例題 髙子");
        // シケン and 高 find by reading and by the variant of a character.
        offers("%E3%82%B7%E3%82%B1%E3%83%B3").has("100002 試験 一郎").lacks("見本");
        offers("%E9%AB%98%E5%AD%90").has("例題 髙子").lacks("見本");
        assert_eq!(offers("").text, "[]");
        get(&loans.desk, &loans.guest, "/ledgers/person/offers?q=1").is(404);
    });
}
