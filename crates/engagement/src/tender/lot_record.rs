//! The record of the lots: drawn once, with every number shown.

use ledger::engine::Context;
use ledger::record::{Body, Record};
use ledger::refusal::{Problem, Refusal};
use serde_json::{Value, json};

use super::evaluate::Finding;
use super::judging::judge;
use super::lots::{Drawn, Entry, Secret, draw};
use super::step::{self, firm, take, tender_of};
use crate::money::grouped;

/// Complete the lots before they are stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    if let Some(before) = before
        && ["commitment", "secret", "salt", "tender", "round"]
            .iter()
            .any(|name| before.value(name) != after.value(name))
    {
        return refuse("封じた番号は、だれにも改められません。");
    }
    if context.transition != Some("draw") {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    if tender.state != "lottery" || after.value("round").as_i64() != Some(step::round(&tender)) {
        return refuse("この調達は、今はくじに進んでいません。");
    }
    let round = judge(context.tx, &tender)?;
    let Finding::Lottery { tied } = &round.judged.finding else {
        return refuse("同じ価格の先頭の入札がなくなったので、くじは行いません。");
    };
    let (mut entries, mut drawn_by, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for number in tied {
        let Some(bid) = round.bid(number) else { continue };
        let own = bid.value("lottery_number").as_u64();
        let lot = own.or_else(|| bid.value("drawn_number").as_u64()).and_then(|lot| u32::try_from(lot).ok());
        match lot {
            Some(lot) => entries.push(Entry { bid: number.clone(), number: lot }),
            None => missing.push(number.as_str()),
        }
        let words = if own.is_some() { "入札者（入札書）" } else { bid.text("drawn_by").unwrap_or_default() };
        drawn_by.push(words.to_string());
    }
    if !missing.is_empty() {
        let words = format!(
            "くじ番号のない入札があります（{}）。入札書の記録で「くじ番号を引く」をしてください。",
            missing.join("、")
        );
        return refuse(&words);
    }
    let secret = Secret::of(after.text("secret").unwrap_or_default(), after.text("salt").unwrap_or_default());
    let Some(secret) = secret.filter(|secret| after.text("commitment") == Some(secret.commitment().as_str())) else {
        return refuse("封じた番号が、約束の要約値と合いません。システム管理者に知らせてください。");
    };
    let Some(drawn) = draw(&secret, entries) else { return refuse("くじ番号は0から999までです。") };
    let winner = drawn.order().into_iter().next().unwrap_or_default();
    let firm_id = round.bid(&winner).and_then(|bid| bid.text("bidder")).unwrap_or_default().to_string();
    let name = firm(context.tx, &firm_id)?;
    after.body.insert("drawn_at".into(), step::written(context.kernel.now()));
    after.body.insert("sum".into(), drawn.sum.into());
    after.body.insert("chosen".into(), drawn.place.into());
    after.body.insert("chosen_number".into(), winner.clone().into());
    if !name.is_empty() {
        after.body.insert("winner".into(), firm_id.into());
    }
    after.body.insert("entries".into(), rows(&drawn, &drawn_by));
    after.body.insert("steps".into(), steps(&secret, &drawn, &winner));
    Ok(())
}

fn refuse<T>(words: &str) -> Result<T, Refusal> {
    Err(Refusal::invalid(Problem::record(words)))
}

fn rows(drawn: &Drawn, drawn_by: &[String]) -> Value {
    let rows = drawn.entries.iter().zip(drawn_by).enumerate().map(|(at, (entry, by))| {
        json!({ "position": at, "number": entry.bid, "lottery_number": entry.number, "drawn_by": by })
    });
    rows.collect::<Vec<_>>().into()
}

/// The calculation, so that anyone can do it again.
fn steps(secret: &Secret, drawn: &Drawn, winner: &str) -> Value {
    let lots: Vec<String> = drawn.entries.iter().map(|entry| entry.number.to_string()).collect();
    let count = drawn.entries.len();
    let quotient = drawn.sum / u64::try_from(count).unwrap_or(1).max(1);
    let words = |number: u64| i64::try_from(number).map_or_else(|_| number.to_string(), grouped);
    json!([
        { "label": "約束を確かめる", "formula": format!("SHA-256（{}-{}）", secret.number(), secret.salt()), "value": secret.commitment() },
        { "label": "合計", "formula": format!("{} ＋ {}", secret.number(), lots.join(" ＋ ")), "value": words(drawn.sum) },
        { "label": "余り", "formula": format!("{} ÷ {count} ＝ {} 余り {}", words(drawn.sum), words(quotient), drawn.place), "value": drawn.place.to_string() },
        { "label": "当たり", "formula": format!("入札番号の順で、0から数えて{}番目", drawn.place), "value": winner },
    ])
}

/// Drawn lots lead back to the judgement.
pub fn follow(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    if context.transition != Some("draw") {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    take(context, &tender, "return", Body::new())?;
    Ok(())
}
