//! What a bidder is told on the page of an opening: their own next step, in their own words, and the way back to what
//! they wrote. Whatever stands sealed stays so: the ledger of bids says who reads what.

use ledger::Record;
use maud::{Markup, Render};
use ui::Url;
use ui::components::LinkButton;
use ui::screens::words::record_url;

use super::super::names::BID;
use super::super::step;

/// States of a procurement in which bids are taken.
const TAKEN: [&str; 2] = ["announced", "recalled"];

/// The bidder's own bid of the present round, the latest first where there are several.
fn own<'b>(tender: &Record, bids: &'b [Record]) -> Option<&'b Record> {
    let round = step::round(tender);
    let of_round = bids.iter().filter(|bid| bid.value("round").as_i64().unwrap_or(1) == round);
    of_round.max_by_key(|bid| bid.created_at)
}

/// What comes next for the bidder.
pub fn next(tender: &Record, bids: &[Record]) -> &'static str {
    let own = own(tender, bids);
    let state = own.map(|bid| bid.state.as_str());
    match (tender.state.as_str(), state) {
        ("preparing", _) => "公告の準備中です。公告をお待ちください。",
        ("announced" | "recalled", Some("draft")) => {
            "下書きの入札書を確かめ、提出期限までに提出します。提出するまで、発注者には届きません。"
        }
        ("announced" | "recalled", Some("filed")) => "入札書を受け付けました。封をしたまま、開札を待ちます。",
        ("announced" | "recalled", Some("withdrawn")) => "辞退を受け付けました。することはありません。",
        ("announced", _) => "資格の書類を期限までに出し、入札書を作って提出期限までに提出します。",
        ("recalled", _) => "再度の入札に参加するときは、入札書を作り、提出期限までに提出します。",
        ("closed" | "opening", _) => "受付は終わりました。開札には立ち会うことができます。",
        ("opened", _) => "開札が終わり、契約担当官が入札書の有効と無効を確かめています。",
        ("judged" | "held", _) => "判定を行っています。決まりしだい、結果をここに示します。",
        ("lottery", _) => "同じ額の入札があるため、くじで決めます。くじの約束と結果は、下のリンクで確かめられます。",
        ("investigating", _) => "落札者を決める前に、価格の調査を行っています。",
        ("awarded", _) if own.is_some_and(|bid| bid.text("bidder") == tender.text("winner")) => {
            "落札者に決まりました。通知を確かめ、契約の手続に進んでください。"
        }
        ("awarded", _) => "落札者が決まりました。結果は下の表のとおりです。",
        ("unsuccessful", _) => "落札者がないまま終わりました。",
        ("cancelled", _) => "この調達は取りやめになりました。",
        _ => "",
    }
}

/// What the bidder may do now: make a bid, go on with the draft, or look at what was handed in.
pub fn acts(tender: &Record, bids: &[Record]) -> Vec<Markup> {
    let open = TAKEN.contains(&tender.state.as_str());
    match own(tender, bids) {
        Some(bid) if bid.state == "draft" && open => {
            vec![LinkButton::primary("下書きの入札書を開く", record_url(BID, &bid.id)).render()]
        }
        Some(bid) => vec![LinkButton::secondary("自社の入札書を見る", record_url(BID, &bid.id)).render()],
        None if open => {
            let to = Url::path(["ledgers", BID, "new"]).query("tender", &tender.id);
            vec![LinkButton::primary("入札書を作る", to).render()]
        }
        None => Vec::new(),
    }
}

/// What bids that nobody can read yet mean for the reader.
pub fn about_seal(outside: bool) -> &'static str {
    if outside {
        "提出した入札書の金額は、開札まで自社でも読めません。控えは、提出する前に入札書のページから印刷できます。"
    } else {
        "「封」の入札書の金額は、二人が開札するまでだれも読めません。"
    }
}
