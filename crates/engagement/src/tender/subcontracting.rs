//! A part of a contract for a firm that is suspended or barred: what the register says counts, not what is declared.

use ledger::engine::Context;
use ledger::find;
use ledger::port::Reader;
use ledger::record::Record;
use ledger::refusal::{Problem, Refusal};

use super::names::{MANY, SUSPENSION};

/// Hold the firm against the register when a part is applied for and when it is approved. A request of the police is
/// told to the agency only; the company hears that a notice is not enough.
///
/// # Errors
/// When a suspended firm is not declared as such, and when a barred one would be approved or only noticed.
pub fn complete(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    let approves = match context.transition {
        Some("apply") => false,
        Some("approve" | "permit_suspended") => true,
        _ => return Ok(()),
    };
    let name = after.text("firm").unwrap_or_default();
    let kinds = in_force(context.tx, name, context.kernel.today())?;
    let barred = kinds.iter().any(|kind| kind == "crime");
    let declared = after.value("suspended").as_bool() == Some(true);
    let refuse = |field: &str, words: &str| Err(Refusal::invalid(Problem::field(field, words)));
    if approves && barred {
        return refuse("firm", "警察からの排除の要請がある事業者です。承認せず、別の事業者を選ばせてください。");
    }
    if kinds.iter().any(|kind| kind == "suspension") && !declared {
        return refuse(
            "suspended",
            "この事業者は指名停止の台帳に載っています。別の事業者を選ぶか、「はい」にして真にやむを得ない事由を書いてください。",
        );
    }
    if barred && after.state == "noticed" {
        return refuse("minor", "この事業者への再委託は、届出だけでは足りません。「いいえ」にして申請してください。");
    }
    Ok(())
}

/// Kinds of what is in force against a firm of this name on a day; white space does not tell names apart.
fn in_force(tx: &mut (impl Reader + ?Sized), name: &str, day: chrono::NaiveDate) -> Result<Vec<String>, Refusal> {
    let plain = |name: &str| name.split_whitespace().collect::<String>();
    let all = find::all(tx, SUSPENSION, find::in_force("from", "to", day), MANY)?;
    let same = |one: &&Record| one.text("firm_name").is_some_and(|other| plain(other) == plain(name));
    Ok(all.iter().filter(same).filter_map(|one| find::owned(one, "kind")).collect())
}
