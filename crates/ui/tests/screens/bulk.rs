//! Acting on many records: all or none.

use crate::loan::story;
use crate::site::{get, post};

#[test]
fn a_bulk_act_asks_first_and_is_done_to_all_or_to_none() {
    story(|loans| {
        let desk = &loans.desk;
        let fine = loans.loan("L-1", &[("due_on", "2026-12-10")]);
        let no_date = loans.loan("L-2", &[]);
        let asked = loans.loan("L-3", &[("due_on", "2026-12-10")]);
        let pick = |record: &ledger::Record| format!("{}:{}", record.id, record.revision);
        desk.take(&loans.clerk, &asked, "ask", Default::default()).expect("asked");
        get(desk, &loans.clerk, "/ledgers/loan").has(&pick(&fine)).has("貸出しを申請する");
        // The question first: two can be asked for, the third is already.
        let (one, two, three) = (pick(&fine), pick(&no_date), format!("{}:2", asked.id));
        let chosen = [("action", "ask"), ("id", &one), ("id", &two), ("id", &three)];
        let page = post(desk, &loans.clerk, "/ledgers/loan/bulk", &chosen);
        page.is(200).has("2件の貸出しについて").has("1件は今の状態や権限では行えない").has("今の状態「承認待ち」");
        assert_eq!(desk.record("loan", &fine.id).state, "draft");
        // One of the two has no date: neither is done, and the page says why.
        let sure = [("action", "ask"), ("_sure", "yes"), ("id", &one), ("id", &two)];
        let page = post(desk, &loans.clerk, "/ledgers/loan/bulk", &sure);
        page.is(422).has("2件のうち1件で行えない").has("「返却日」を入力してください").has("残りの1件だけで行う");
        assert_eq!(desk.record("loan", &fine.id).state, "draft");
        // The rest can be done.
        let sure = [("action", "ask"), ("_sure", "yes"), ("id", &one)];
        post(desk, &loans.clerk, "/ledgers/loan/bulk", &sure).is(303).has("1件の貸出しについて");
        assert_eq!(desk.record("loan", &fine.id).state, "asked");
        // A reason that is demanded is demanded here too; an old revision is a conflict.
        let page = |form: &[(&str, &str)]| post(desk, &loans.chief, "/ledgers/loan/bulk", form);
        let now = format!("{}:2", fine.id);
        page(&[("action", "refuse"), ("_sure", "yes"), ("id", &now)]).is(422).has("理由を入力してください");
        page(&[("action", "refuse"), ("_sure", "yes"), ("reason", "別の日に"), ("id", &one)])
            .is(422)
            .has("ほかの人が更新");
        page(&[("action", "refuse")]).is(422).has("選ばれていません");
        page(&[("action", "burn"), ("id", &now)]).is(404);
    });
}
