//! Bids: filed once, sealed until opened, then valid or void.

use calendar::jst_date;
use chrono::{DateTime, Utc};
use ledger::engine::Context;
use ledger::port::Reader;
use ledger::record::Record;
use ledger::refusal::{Problem, Refusal};
use ledger::{Standing, find};
use serde_json::Value;

use super::names::{APPLICATION, BID, FILED, MANY, QUALIFICATION};
use super::paperwork::{at_counter, equal_agreed, of_firm};
use super::step::{self, bids, deadline, tender_of, wrong};
use super::void::{Facts, reasons};
use crate::money::{Rate, bid, grouped};

/// Fields by which a bid is what it is: whoever filed it cannot change them.
const FILED_FIELDS: [&str; 18] = [
    "tender",
    "round",
    "bidder",
    "number",
    "channel",
    "delivery",
    "paper_approved_on",
    "received_at",
    "certificate",
    "agent",
    "agent_letter_on",
    "pledge",
    "fair",
    "equal",
    "wanted",
    "amount",
    "lottery_number",
    "breakdown",
];

/// Complete a bid before it is stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let tender = tender_of(context.tx, after)?;
    if let Some(before) = before.filter(|before| before.state != "draft") {
        unchanged(context, before, after)?;
    }
    if before.is_none() {
        accepting(&tender, paper(after))?;
        after.body.insert("round".into(), step::round(&tender).into());
        after.body.insert("number".into(), new_number(context).into());
    }
    reckon(&tender, after)?;
    match context.transition {
        Some("file") => file(context, &tender, after),
        Some("withdraw") if !["announced", "recalled", "closed"].contains(&tender.state.as_str()) => {
            refuse("開札が始まった後は辞退できません。再度の入札に加わらないときは、入札しなければよいです。")
        }
        Some("unseal") if tender.state != "opened" => {
            refuse("入札書は一通だけを開けません。調達の記録で、二人がそろって開札してください。")
        }
        Some("read_out") => before_judging(&tender),
        Some("confirm_valid") => {
            if paper(after) && after.value("amount").is_null() {
                return wrong("amount", "紙の入札書の金額を読み上げて書いてから、有効としてください。");
            }
            let found = void_codes(context.tx, &tender, after)?;
            if found.is_empty() {
                Ok(())
            } else {
                refuse("無効の理由に当たるので、有効とはできません。")
            }
        }
        Some("void") => void(context, &tender, after),
        Some("draw_number") => {
            if tender.state != "lottery" {
                return refuse("くじ番号は、くじに進んでから引きます。");
            }
            if !after.value("lottery_number").is_null() {
                return wrong("drawn_number", "この入札者は、入札書にくじ番号を書いています。");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn refuse<T>(words: &str) -> Result<T, Refusal> {
    Err(Refusal::invalid(Problem::record(words)))
}

fn paper(bid: &Record) -> bool {
    bid.text("channel") == Some("paper")
}

/// What was filed stays as it is: no exchange, change or taking back (入札心得書 art. 3-9).
fn unchanged(context: &Context<'_>, before: &Record, after: &Record) -> Result<(), Refusal> {
    let reading_out = context.transition == Some("read_out");
    let open = |field: &&&str| !(reading_out && ["amount", "lottery_number"].contains(*field));
    let changed = FILED_FIELDS.iter().filter(open).find(|field| before.value(field) != after.value(field));
    match changed {
        Some(field) => wrong(field, "提出した入札書は、引き替え、変更、取消しができません。元の値に戻してください。"),
        None if context.transition.is_none() => refuse("提出した入札書は、引き替え、変更、取消しができません。"),
        None => Ok(()),
    }
}

fn accepting(tender: &Record, paper: bool) -> Result<(), Refusal> {
    let states: &[&str] = if paper { &["announced", "recalled", "closed"] } else { &["announced", "recalled"] };
    if states.contains(&tender.state.as_str()) {
        return Ok(());
    }
    wrong("tender", "この調達は、今は入札書を受け付けていません。")
}

/// A number that tells nobody how many bids there are.
fn new_number(context: &Context<'_>) -> String {
    let mut bytes = [0_u8; 8];
    context.kernel.entropy.fill(&mut bytes);
    format!("札-{:08}", u64::from_be_bytes(bytes) % 100_000_000)
}

/// Amount from the wanted total, total from the amount, and the words between them.
fn reckon(tender: &Record, after: &mut Record) -> Result<(), Refusal> {
    let Ok(percent) = u32::try_from(tender.value("tax_percent").as_i64().unwrap_or_default()) else { return Ok(()) };
    let tax = Rate::percent(percent);
    let range = |error: crate::money::MoneyError| Refusal::invalid(Problem::field("amount", error.to_string()));
    let mut words = None;
    if let Some(wanted) = after.value("wanted").as_i64() {
        let nearest = bid::largest_for(wanted, tax).map_err(range)?;
        let amount = after.value("amount").as_i64().unwrap_or(nearest.bid);
        if amount != nearest.bid {
            let message = format!("{}入札金額か、希望する額のどちらかを空にしてください。", nearest.explain(wanted));
            return wrong("amount", message);
        }
        after.body.insert("amount".into(), amount.into());
        words = Some(nearest.explain(wanted));
    }
    let Some(amount) = after.value("amount").as_i64() else {
        after.body.shift_remove("total");
        after.body.shift_remove("explained");
        return Ok(());
    };
    let total = bid::total(amount, tax).map_err(range)?.amount;
    let words = words.unwrap_or_else(|| {
        format!(
            "{} ＋ {}（{percent}%、1円未満切捨て）＝ {}円",
            grouped(amount),
            grouped(total - amount),
            grouped(total)
        )
    });
    after.body.insert("total".into(), total.into());
    after.body.insert("explained".into(), words.into());
    Ok(())
}

fn file(context: &mut Context<'_>, tender: &Record, after: &mut Record) -> Result<(), Refusal> {
    let bidder = after.text("bidder").unwrap_or_default().to_string();
    let round = step::round(tender);
    accepting(tender, paper(after))?;
    if after.value("round").as_i64() != Some(round) {
        return refuse("この下書きは前の回のものです。今の回の入札書を新しく作ってください。");
    }
    let of_bidder: Vec<Record> =
        find::all(context.tx, BID, find::is("tender", &tender.id).and(find::is("bidder", &bidder)), MANY)?;
    if of_bidder.iter().any(|other| other.id != after.id && other.state == "withdrawn") {
        return refuse("この調達を辞退しているので、入札書は出せません。");
    }
    if super::measure::excluded(context.tx, &tender.id, &bidder)?.is_some() {
        return refuse("入札の公正を保つ措置により、この会社は参加できません。入札書は受け付けません。");
    }
    if after.value("equal").as_bool() == Some(true) && !equal_agreed(context.tx, &tender.id, &bidder)? {
        return wrong("equal", "同等品の承認を受けていません。入札の前に申請して、承認を受けてください。");
    }
    if paper(after) {
        return file_paper(context, tender, &bidder, after);
    }
    step::until(context.kernel, deadline(tender, round), "入札書の提出")?;
    let again = |other: &Record| {
        other.id != after.id && FILED.contains(&other.state.as_str()) && other.value("round").as_i64() == Some(round)
    };
    if of_bidder.iter().any(again) {
        return refuse("この回の入札書はもう提出しています。提出した入札書は、引き替え、変更、取消しができません。");
    }
    let mut problems = Vec::new();
    for (field, message) in
        [("amount", "入札金額を書いてください。"), ("lottery_number", "くじ番号を0から999までで書いてください。")]
    {
        if after.value(field).is_null() {
            problems.push(Problem::field(field, message));
        }
    }
    problems.extend(breakdown(after));
    if round > 1 && !entitled(context.tx, tender, &bidder, round)? {
        problems.push(Problem::record("再度の入札には、前の回に有効な入札をした人だけが加われます。"));
    }
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    after.body.insert("received_at".into(), step::written(context.kernel.now()));
    Ok(())
}

/// The breakdown is there, and adds up.
fn breakdown(bid: &Record) -> Option<Problem> {
    let rows = bid.value("breakdown").as_array().map_or(&[] as &[Value], Vec::as_slice);
    if rows.is_empty() && bid.value("breakdown_file").is_null() {
        return Some(Problem::field("breakdown", "入札書内訳を書くか、内訳書を添付してください。"));
    }
    let sum: i64 = rows.iter().filter_map(|row| row.get("amount")?.as_i64()).sum();
    let amount = bid.value("amount").as_i64().unwrap_or_default();
    (!rows.is_empty() && sum != amount).then(|| {
        let words = format!("内訳の合計（{}円）が入札金額（{}円）と合いません。", grouped(sum), grouped(amount));
        Problem::field("breakdown", words)
    })
}

/// An envelope: it is written down when it came, and not opened.
fn file_paper(context: &mut Context<'_>, tender: &Record, bidder: &str, after: &mut Record) -> Result<(), Refusal> {
    if !after.value("amount").is_null() {
        return wrong("amount", "紙の入札書は開札まで開けません。金額を空にしてください。");
    }
    let Some(received) = find::instant(after, "received_at") else {
        return wrong("received_at", "届いた日時を書いてください。");
    };
    if received > context.kernel.now() {
        return wrong("received_at", "届いた日時が今より後です。日時を確かめてください。");
    }
    if after.text("delivery") == Some("hand") {
        at_counter(context, tender, "received_at", Some(received))?;
    }
    if after.value("paper_approved_on").is_null()
        && let Some(approved) = of_firm(context.tx, APPLICATION, &tender.id, bidder, "approved")?
    {
        after.body.insert("paper_approved_on".into(), approved.value("decided_on").clone());
    }
    if after.value("paper_approved_on").is_null() {
        return wrong(
            "paper_approved_on",
            "紙入札方式参加承諾願の承諾がありません。承諾するか、紙で出すよう指示した日を書いてください。",
        );
    }
    Ok(())
}

fn before_judging(tender: &Record) -> Result<(), Refusal> {
    if tender.state == "opened" {
        Ok(())
    } else {
        refuse("判定した後は、入札書の金額を書けません。")
    }
}

/// Whether a bidder may take part in a later round: a valid bid in the one before (入札心得書 art. 9-2).
fn entitled(tx: &mut (impl Reader + ?Sized), tender: &Record, bidder: &str, round: i64) -> Result<bool, Refusal> {
    let valid = bids(tx, &tender.id, &["valid"])?;
    Ok(valid.iter().any(|bid| bid.text("bidder") == Some(bidder) && bid.value("round").as_i64() == Some(round - 1)))
}

fn void(context: &mut Context<'_>, tender: &Record, after: &mut Record) -> Result<(), Refusal> {
    if !["opened", "judged"].contains(&tender.state.as_str()) {
        return refuse("開札の後、落札者を決める前に無効とします。決めた後は、先に落札の決定を取り消してください。");
    }
    let codes = void_codes(context.tx, tender, after)?;
    if codes.is_empty() {
        return refuse(
            "無効の理由がありません。訂正、不明瞭、連合、虚偽、その他の違反のどれに当たるかを書いてください。",
        );
    }
    after.body.insert("void_reasons".into(), codes.into_iter().map(Value::from).collect::<Vec<_>>().into());
    Ok(())
}

/// Codes of the reasons for which a bid is void, as things are.
///
/// # Errors
/// Those of the store.
pub fn void_codes(
    tx: &mut (impl Reader + ?Sized),
    tender: &Record,
    bid: &Record,
) -> Result<Vec<&'static str>, Refusal> {
    let round = bid.value("round").as_i64();
    let mut all = bids(tx, &tender.id, &FILED)?;
    all.retain(|other| other.value("round").as_i64() == round);
    // The bid itself as it is about to be stored, not as it was.
    let at = all.iter().position(|other| other.id == bid.id).unwrap_or(all.len());
    match all.get_mut(at) {
        Some(place) => *place = bid.clone(),
        None => all.push(bid.clone()),
    }
    let mut known = Vec::with_capacity(all.len());
    for one in &all {
        known.push(facts(tx, tender, one)?);
    }
    Ok(reasons(&known, at).into_iter().map(super::void::VoidReason::code).collect())
}

fn facts(tx: &mut (impl Reader + ?Sized), tender: &Record, bid: &Record) -> Result<Facts, Refusal> {
    let yes = |field: &str| bid.value(field).as_bool() == Some(true);
    let bidder = bid.text("bidder").unwrap_or_default();
    let round = bid.value("round").as_i64().unwrap_or(1);
    let received: Option<DateTime<Utc>> = find::instant(bid, "received_at");
    let filter = find::is("tender", &tender.id).and(find::is("bidder", bidder)).and(find::in_state(&["passed"]));
    let qualified = !find::all(tx, QUALIFICATION, filter, 1)?.is_empty();
    let entitled = round < 2 || entitled(tx, tender, bidder, round)?;
    let no_breakdown = if paper(bid) {
        bid.value("has_breakdown").as_bool() == Some(false)
    } else {
        bid.value("breakdown").is_null() && bid.value("breakdown_file").is_null()
    };
    let excluded = super::measure::excluded(tx, &tender.id, bidder)?;
    let proxy = find::date(bid, "agent_letter_on").is_some_and(|day| received.is_none_or(|at| day <= jst_date(at)));
    Ok(Facts {
        bidder: bidder.into(),
        qualified,
        false_documents: yes("false_documents"),
        agent: find::owned(bid, "agent"),
        proxy,
        named: if paper(bid) {
            bid.value("named_bid").as_bool() != Some(false)
        } else {
            bid.text("certificate").is_some()
        },
        corrected: yes("amount_corrected"),
        unclear: yes("unclear"),
        collusion: yes("collusion") || excluded.as_deref() == Some("collusion"),
        late: deadline(tender, round).is_some_and(|limit| received.is_none_or(|at| at > limit)),
        breach: !yes("pledge")
            || !yes("fair")
            || no_breakdown
            || !entitled
            || excluded.is_some_and(|cause| cause != "collusion")
            || paper(bid) && bid.value("paper_approved_on").is_null()
            || bid.text("other_breach").is_some_and(|words| !words.trim().is_empty()),
    })
}

/// When a bid of an opened round changed, its procurement is judged anew.
pub fn follow(context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    let acts = ["read_out", "void", "confirm_valid"];
    let by_person = context.who.standing != Standing::System;
    if before.is_none() || !by_person || !context.transition.is_some_and(|act| acts.contains(&act)) {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    super::judging::renew(context, &tender)
}
