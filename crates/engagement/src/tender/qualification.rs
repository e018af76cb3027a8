//! The check of qualifications: documents until the minute, each check with its dated evidence.

use chrono::NaiveDate;
use ledger::engine::Context;
use ledger::find;
use ledger::port::Reader;
use ledger::query::Filter;
use ledger::record::Record;
use ledger::refusal::{Problem, Refusal};
use serde_json::{Map, Value};

use super::names::{MANY, SUSPENSION};
use super::qualify::{Check, Shown, Wanted, checks};
use super::step::{self, firm, tender_of, wrong};

/// Complete a qualification before it is stored.
pub fn complete(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let tender = tender_of(context.tx, after)?;
    let in_hand = before.is_none_or(|before| before.state == "draft");
    if in_hand && tender.state != "announced" {
        return wrong("tender", "この調達は、今は資格の資料を受け付けていません。");
    }
    let handed_in = context.transition == Some("hand_in_certificates");
    if let Some(before) = before
        && before.value("certificates") != after.value("certificates")
        && !handed_in
        && !before.value("certificates_at").is_null()
    {
        return wrong(
            "certificates",
            "提出した適合証明書類を替えるときは、「適合証明書類を提出する」をもう一度してください。",
        );
    }
    match context.transition {
        Some("hand_in_certificates") => {
            step::until(context.kernel, find::instant(&tender, "suitability_until"), "適合証明書類の提出")?;
            after.body.insert("certificates_at".into(), step::written(context.kernel.now()));
            Ok(())
        }
        Some("submit") => {
            step::until(context.kernel, find::instant(&tender, "qualification_until"), "資料の提出")?;
            within_size(&tender, after)?;
            after.body.insert("submitted_at".into(), step::written(context.kernel.now()));
            after.body.insert(
                "checks".into(),
                rows(&found(context.tx, &tender, after, context.kernel.today())?, context.kernel.today()),
            );
            Ok(())
        }
        Some("reply") => match find::date(after, "request_due") {
            Some(due) if context.kernel.today() > due => {
                wrong("reply", "求めの期限を過ぎました。期限の後は受け付けません。")
            }
            _ => Ok(()),
        },
        // A suspension that came since the documents were checked counts.
        Some("pass" | "recheck") => {
            let id = after.text("bidder").unwrap_or_default().to_string();
            let name = firm(context.tx, &id)?;
            let against = suspended(context.tx, &id, &name, context.kernel.today())?;
            let cleared = context.transition == Some("pass") || after.value("recheck_clear").as_bool() == Some(true);
            if against.is_empty() || !cleared {
                return Ok(());
            }
            let words = format!("指名停止か排除の要請を受けています（{}）。", against.join("、"));
            Err(Refusal::invalid(Problem::record(words)))
        }
        _ => Ok(()),
    }
}

/// More than the system takes is brought or mailed on paper, all of it (入札説明書 5(4)). A megabyte is 2^20 bytes.
fn within_size(tender: &Record, documents: &Record) -> Result<(), Refusal> {
    let limit = tender.value("size_limit").as_u64();
    if documents.text("means") != Some("electronic") {
        return Ok(());
    }
    let size: u64 = ["certificate", "files"]
        .iter()
        .flat_map(|field| list(documents, field))
        .filter_map(|file| file.get("size").and_then(Value::as_u64))
        .sum();
    match limit {
        Some(limit) if size > limit << 20 => wrong(
            "files",
            format!(
                "電子で送れるのは合わせて{limit}MBまでです。分けずに全部を紙で出してください。「出した方法」を持参か郵送に改め、添付を外し、資料の名と発送の日を一覧に書きます。"
            ),
        ),
        _ => Ok(()),
    }
}

/// Suspensions of a firm on a day, by the register or by its name: their kinds and sources.
///
/// # Errors
/// Those of the store.
pub fn suspended(
    tx: &mut (impl Reader + ?Sized),
    id: &str,
    name: &str,
    day: NaiveDate,
) -> Result<Vec<String>, Refusal> {
    let firm = if id.is_empty() { Filter::Nothing } else { find::is("firm", id) };
    let filter = firm.or(find::is("firm_name", name)).and(find::in_force("from", "to", day));
    Ok(find::all(tx, SUSPENSION, filter, MANY)?.iter().filter_map(|one| find::owned(one, "source")).collect())
}

fn found(
    tx: &mut (impl Reader + ?Sized),
    tender: &Record,
    shown: &Record,
    today: NaiveDate,
) -> Result<Vec<Check>, Refusal> {
    let yes = |record: &Record, field: &str| record.value(field).as_bool() == Some(true);
    let wanted = Wanted {
        grade: find::owned(tender, "grade"),
        region: find::owned(tender, "region"),
        years: find::owned(tender, "years"),
        security: yes(tender, "need_security"),
        quality: yes(tender, "need_quality"),
        certificates_until: find::instant(tender, "suitability_until"),
    };
    let id = shown.text("bidder").unwrap_or_default().to_string();
    let name = firm(tx, &id)?;
    let mut tied = Vec::new();
    for row in list(shown, "ties") {
        let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
        if !suspended(tx, "", name, today)?.is_empty() {
            tied.push(name.to_string());
        }
    }
    let certificates = list(shown, "certificates")
        .iter()
        .filter_map(|row| Some((row.get("kind")?.as_str()?.to_string(), row.get("valid_to")?.as_str()?.parse().ok()?)));
    let shown = Shown {
        grade: find::owned(shown, "grade"),
        region: find::owned(shown, "region"),
        years: find::owned(shown, "years"),
        certificates: certificates.collect(),
        certificates_at: find::instant(shown, "certificates_at"),
        not_barred: shown.value("barred").as_bool(),
        consent: yes(shown, "consent"),
        documents_on: find::date(shown, "received_documents_on"),
        suspended: suspended(tx, &id, &name, today)?,
        tied,
    };
    Ok(checks(&wanted, &shown, today))
}

fn list<'a>(record: &'a Record, field: &str) -> &'a [Value] {
    record.value(field).as_array().map_or(&[], Vec::as_slice)
}

fn rows(checks: &[Check], today: NaiveDate) -> Value {
    let row = |check: &Check| {
        let mut row = Map::new();
        row.insert("item".into(), check.item.into());
        row.insert("evidence".into(), check.evidence.clone().into());
        row.insert("checked_on".into(), today.to_string().into());
        if let Some(passed) = check.passed {
            row.insert("passed".into(), passed.into());
        }
        row.insert("reason".into(), check.reason.clone().into());
        row.retain(|_, value| value.as_str() != Some(""));
        Value::Object(row)
    };
    checks.iter().map(row).collect::<Vec<_>>().into()
}
