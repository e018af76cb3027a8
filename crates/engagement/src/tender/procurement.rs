//! A procurement on its way from notice to award: what each step asks for beyond the pack, and what follows from it.

use ledger::engine::Context;
use ledger::find;
use ledger::record::{Body, Record};
use ledger::refusal::{Problem, Refusal};
use serde_json::{Value, json};

use super::counter::Hours;
use super::evaluate::Finding;
use super::judging::{self, Round, judge, lottery};
use super::lots::Secret;
use super::names::{AWARD_NOTICE, ENGAGEMENT, INVESTIGATION, LOTTERY, MANY, TENDER};
use super::step::{self, bids, firm, make, take, take_as, values, wrong};

/// What the notice fixed; changed afterwards only by a change of the notice.
const DEADLINES: [&str; 8] = [
    "handout_until",
    "paper_until",
    "question_until",
    "suitability_until",
    "qualification_until",
    "bid_until",
    "open_at",
    "open_place",
];

/// Complete a procurement before it is stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let round = step::round(after);
    if let Some(before) = before {
        frozen(context, before, after)?;
    }
    if let Some(hours) = after.text("counter_hours") {
        hours.parse::<Hours>().map(drop).or_else(|error| wrong("counter_hours", error.to_string()))?;
    }
    match context.transition {
        Some("close") => {
            step::not_before(context.kernel, step::deadline(after, round), "締切り")?;
            for field in ["finding", "leader", "steps"] {
                after.body.shift_remove(field);
            }
            Ok(())
        }
        Some("prepare_opening") => attended(after),
        Some("open") => {
            step::not_before(context.kernel, step::opening(after, round), "開札")?;
            after.body.insert("opened_at".into(), step::written(context.kernel.now()));
            Ok(())
        }
        Some("judge") => {
            let judged = judge(context.tx, after)?;
            judging::write(after, &judged);
            Ok(())
        }
        Some("return") => {
            returning(context, before, after)?;
            let judged = judge(context.tx, after)?;
            judging::write(after, &judged);
            Ok(())
        }
        Some("award") => award(context, after),
        Some("draw") => expect(context, after, |finding| matches!(finding, Finding::Lottery { .. })).map(drop),
        Some("investigate") => {
            let found = |finding: &Finding| matches!(finding, Finding::Investigate { .. } | Finding::Award { .. });
            expect(context, after, found).map(drop)
        }
        Some("recall") => recall(context, after),
        Some("fail") => {
            let found = |finding: &Finding| matches!(finding, Finding::Nobody | Finding::Again);
            let judged = expect(context, after, found)?;
            result(after, json!({ "round": round, "outcome": "不調", "lowest": judged.judged.lowest }));
            Ok(())
        }
        Some("hold") => {
            result(after, json!({ "round": round, "outcome": "保留" }));
            Ok(())
        }
        Some("revoke") => {
            for field in ["award_on", "winner", "award_amount", "award_tax"] {
                after.body.shift_remove(field);
            }
            result(after, json!({ "round": round, "outcome": "落札の決定を取り消した" }));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Deadlines stay once they were announced, the reserve price once the opening is prepared, the tax with the first bid.
fn frozen(context: &Context<'_>, before: &Record, after: &Record) -> Result<(), Refusal> {
    let state = before.state.as_str();
    if state != "preparing"
        && context.transition != Some("change")
        && let Some(field) = changed(before, after, &DEADLINES)
    {
        return wrong(field, "公告した期限と開札の日時は、「公告の内容を改める」で、理由とともに改めてください。");
    }
    if !["preparing", "announced", "closed", "recalled"].contains(&state)
        && let Some(field) = changed(before, after, &["ceiling", "base_price"])
    {
        return wrong(field, "開札の準備の後は、予定価格を改められません。");
    }
    if !["preparing", "announced"].contains(&state)
        && let Some(field) = changed(before, after, &["tax_percent", "engagement"])
    {
        return wrong(field, "入札を締め切った後は改められません。");
    }
    Ok(())
}

fn changed(before: &Record, after: &Record, fields: &[&'static str]) -> Option<&'static str> {
    fields.iter().find(|field| before.value(field) != after.value(field)).copied()
}

/// Somebody besides the two who open is there: a bidder, an agent, or an official who has nothing to do with the bidding.
fn attended(tender: &Record) -> Result<(), Refusal> {
    let rows = tender.value("presence").as_array().map_or(&[] as &[Value], Vec::as_slice);
    if rows.iter().any(|row| row.get("present").and_then(Value::as_bool) == Some(true)) {
        return Ok(());
    }
    wrong(
        "presence",
        "立ち会う人が一人も出席していません。入札者がいないときは、入札事務に関係のない職員を加えてください。",
    )
}

/// Judge anew; the finding must be as expected.
fn expect(context: &mut Context<'_>, after: &mut Record, wanted: impl Fn(&Finding) -> bool) -> Result<Round, Refusal> {
    let round = judge(context.tx, after)?;
    judging::write(after, &round);
    if wanted(&round.judged.finding) {
        return Ok(round);
    }
    let words = "入札の有効・無効や調査の結果が改まったので、この手続には進めません。判定を確かめてください。";
    Err(Refusal::invalid(Problem::record(words)))
}

/// Lots must be drawn, investigations decided.
fn returning(context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    let from = before.map_or("", |before| before.state.as_str());
    let open = if from == "lottery" {
        lottery(context.tx, after)?.is_none_or(|lots| lots.state != "drawn")
    } else {
        let filter = find::is("tender", &after.id).and(find::in_state(&["open", "reported"]));
        !find::all(context.tx, INVESTIGATION, filter, 1)?.is_empty()
    };
    if !open {
        return Ok(());
    }
    Err(Refusal::invalid(Problem::record("くじか調査がまだ終わっていません。終えると、自動で判定に戻ります。")))
}

fn award(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let judged = expect(context, after, |finding| matches!(finding, Finding::Award { .. }))?;
    let Finding::Award { bid } = &judged.judged.finding else { return Err(Refusal::NotFound) };
    let bid = judged.bid(bid).ok_or(Refusal::NotFound)?;
    let firm_id = bid.text("bidder").unwrap_or_default().to_string();
    let name = firm(context.tx, &firm_id)?;
    let against = super::qualification::suspended(context.tx, &firm_id, &name, context.kernel.today())?;
    if !against.is_empty() {
        let words = format!(
            "{name}は、今日、指名停止か排除の要請を受けています（{}）。落札者にできません。",
            against.join("、")
        );
        return Err(Refusal::invalid(Problem::record(words)));
    }
    let (amount, total) =
        (bid.value("amount").as_i64().unwrap_or_default(), bid.value("total").as_i64().unwrap_or_default());
    after.body.insert("award_on".into(), context.kernel.today().to_string().into());
    after.body.insert("winner".into(), firm_id.into());
    after.body.insert("award_amount".into(), total.into());
    after.body.insert("award_tax".into(), (total - amount).into());
    result(after, json!({ "round": step::round(after), "outcome": "落札", "winner": name, "price": total }));
    Ok(())
}

fn recall(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let judged = expect(context, after, |finding| *finding == Finding::Again)?;
    if step::deadline(after, 2).is_some_and(|until| until <= context.kernel.now()) {
        return wrong("recall_until", "再度の入札の提出期限が過ぎています。今より後の日時を書いてください。");
    }
    let round = step::round(after);
    result(after, json!({ "round": round, "outcome": "落札者なし", "lowest": judged.judged.lowest }));
    after.body.insert("round".into(), (round + 1).into());
    Ok(())
}

/// What participants are told of a round; a later word on the same round takes the place of the earlier one.
fn result(tender: &mut Record, mut row: Value) {
    if let Some(row) = row.as_object_mut() {
        row.retain(|_, value| !value.is_null());
    }
    let mut rows = tender.value("results").as_array().cloned().unwrap_or_default();
    rows.retain(|known| known.get("round") != row.get("round"));
    rows.push(row);
    tender.body.insert("results".into(), rows.into());
}

/// Do what follows from a step.
pub fn follow(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    match context.transition {
        Some("announce") => announce(context, after),
        Some("close") => commit_lots(context, after),
        Some("open") => unseal(context, after),
        Some("judge") => settle(context, after),
        Some("award") => awarded(context, after),
        Some("investigate") => investigate(context, after),
        Some("recall" | "fail" | "cancel") => put_lots_away(context, after, step::round(after)),
        Some("revoke") => revoked(context, after),
        _ => Ok(()),
    }
}

fn engagement(context: &mut Context<'_>, tender: &Record) -> Result<Record, Refusal> {
    context.tx.record(ENGAGEMENT, tender.text("engagement").unwrap_or_default())?.ok_or(Refusal::NotFound)
}

fn announce(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let engagement = engagement(context, after)?;
    if engagement.state != "preparing" {
        return Ok(());
    }
    let values = values([("notice_on", after.value("notice_on").clone())]);
    take_as(context.tx, context.kernel, context.who, &engagement, "announce", values)?;
    Ok(())
}

/// The agency's secret number is drawn and promised before any bid is open.
fn commit_lots(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let mut bytes = [0_u8; 24];
    context.kernel.entropy.fill(&mut bytes);
    let secret = Secret::from_random(bytes);
    let values = values([
        ("tender", after.id.clone().into()),
        ("round", step::round(after).into()),
        ("committed_at", step::written(context.kernel.now())),
        ("commitment", secret.commitment().into()),
        ("secret", secret.number().into()),
        ("salt", secret.salt().into()),
    ]);
    make(context, LOTTERY, values)?;
    Ok(())
}

/// All bids of the round at once; those that are void by what is known are marked so, with every reason.
fn unseal(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let round = step::round(after);
    let mut sealed = bids(context.tx, &after.id, &["filed"])?;
    sealed.retain(|bid| bid.value("round").as_i64() == Some(round));
    for bid in &sealed {
        take(context, bid, "unseal", Body::new())?;
    }
    for bid in &sealed {
        let opened = context.tx.record(&bid.ledger, &bid.id)?.ok_or(Refusal::NotFound)?;
        if !super::bidding::void_codes(context.tx, after, &opened)?.is_empty() {
            take(context, &opened, "void", Body::new())?;
        }
    }
    judging::renew(context, after)
}

/// What was not found void is valid from now on.
fn settle(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let round = judge(context.tx, after)?;
    for bid in &round.void {
        take(context, bid, "void", Body::new())?;
    }
    for bid in round.valid.iter().filter(|bid| bid.state == "opened") {
        take(context, bid, "confirm_valid", Body::new())?;
    }
    judging::renew(context, after)
}

fn awarded(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let amount = after.value("award_amount").as_i64().unwrap_or_default();
    let tax = after.value("award_tax").as_i64().unwrap_or_default();
    let engagement = engagement(context, after)?;
    let terms = values([
        ("contractor", after.value("winner").clone()),
        ("award_on", after.value("award_on").clone()),
        ("amount", amount.into()),
        ("tax", tax.into()),
    ]);
    take_as(context.tx, context.kernel, context.who, &engagement, "award", terms)?;
    let notice = values([
        ("tender", after.id.clone().into()),
        ("bidder", after.value("winner").clone()),
        ("bid_amount", (amount - tax).into()),
        ("tax", tax.into()),
        ("amount", amount.into()),
        ("award_on", after.value("award_on").clone()),
    ]);
    make(context, AWARD_NOTICE, notice)?;
    put_lots_away(context, after, step::round(after))
}

/// A promise that was not needed is put away, and its secret stays closed.
fn put_lots_away(context: &mut Context<'_>, after: &Record, up_to: i64) -> Result<(), Refusal> {
    let filter = find::is("tender", &after.id).and(find::in_state(&["committed"]));
    for lots in find::all(context.tx, LOTTERY, filter, MANY)? {
        if lots.value("round").as_i64().is_some_and(|round| round <= up_to) {
            take(context, &lots, "put_away", Body::new())?;
        }
    }
    Ok(())
}

fn investigate(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let below = after.text("finding") == Some("investigate");
    let values = values([
        ("tender", after.id.clone().into()),
        ("bid", after.value("leader").clone()),
        ("kind", if below { "below_base" } else { "doubtful" }.into()),
    ]);
    make(context, INVESTIGATION, values)?;
    Ok(())
}

fn revoked(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let engagement = engagement(context, after)?;
    if engagement.state == "awarded" {
        take_as(context.tx, context.kernel, context.who, &engagement, "revoke", Body::new())?;
    }
    let filter = find::is("tender", &after.id).and(find::in_state(&["draft", "sent", "returned"]));
    for notice in find::all(context.tx, AWARD_NOTICE, filter, MANY)? {
        if notice.state != "returned" {
            take(context, &notice, "revoke", Body::new())?;
        }
    }
    Ok(())
}

/// When an investigation was decided, its procurement is judged anew.
pub fn after_investigation(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    if context.transition != Some("decide") {
        return Ok(());
    }
    let tender = context.tx.record(TENDER, after.text("tender").unwrap_or_default())?.ok_or(Refusal::NotFound)?;
    if tender.state == "investigating" {
        take(context, &tender, "return", Body::new())?;
    }
    Ok(())
}

/// A contract is signed when its budget is there (入札公告, head and 11(7)), and only with a firm that is free of suspension
/// on the day (4(5)イ).
pub fn before_signing(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let Some(day) = find::date(after, "contract_on").filter(|_| context.transition == Some("sign")) else {
        return Ok(());
    };
    if after.value("budget_condition").as_bool() == Some(true) && after.value("budget_on").is_null() {
        return wrong("budget_on", "予算の成立を条件とする契約です。予算の示達日を入れてから結びます。");
    }
    if find::all(context.tx, TENDER, find::is("engagement", &after.id), 1)?.is_empty() {
        return Ok(());
    }
    let id = after.text("contractor").unwrap_or_default().to_string();
    let name = firm(context.tx, &id)?;
    let against = super::qualification::suspended(context.tx, &id, &name, day)?;
    if against.is_empty() {
        return Ok(());
    }
    let words = format!(
        "{name}は、契約締結日に指名停止か排除の要請を受けています（{}）。契約は結べません。",
        against.join("、")
    );
    wrong("contractor", words)
}
