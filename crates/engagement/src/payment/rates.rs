//! Rates of interest by the day from which they hold: read from the ledger `interest_rate`, and those an agency starts with.
//!
//! Late payment: notice of the treasury under 支払遅延防止法 art. 8 (昭和24年大蔵省告示第991号, as amended). Unpaid penalties:
//! 債権管理法施行令 art. 29, which follows the statutory rate of interest. Each row says how far it was confirmed; what is
//! not there is entered by the agency.

use ledger::port::{Reader, Writer};
use ledger::record::Body;
use ledger::refusal::Refusal;
use ledger::write::Change;
use ledger::{Kernel, Principal, find};
use serde_json::json;

use crate::money::Rate;
use crate::money::late::DatedRate;

/// Ledger of rates.
pub const LEDGER: &str = "interest_rate";
/// Interest of the agency that pays late.
pub const LATE_PAYMENT: &str = "late_payment";
/// Interest on penalties that are not paid.
pub const UNPAID_PENALTY: &str = "unpaid_penalty";

/// First day, percent a year, how far confirmed. A year without a row has the rate of the row before.
const LATE: [(&str, &str, &str); 12] = [
    ("2009-04-01", "3.6", "secondary"),
    ("2010-04-01", "3.3", "secondary"),
    ("2011-04-01", "3.1", "secondary"),
    ("2012-04-01", "3.1", "unconfirmed"),
    ("2013-04-01", "3.0", "unconfirmed"),
    ("2014-04-01", "2.9", "unconfirmed"),
    ("2016-04-01", "2.8", "unconfirmed"),
    ("2017-04-01", "2.7", "secondary"),
    ("2018-04-01", "2.7", "unconfirmed"),
    ("2020-04-01", "2.6", "secondary"),
    ("2021-04-01", "2.5", "secondary"),
    ("2022-04-01", "2.5", "unconfirmed"),
];
const UNPAID: [(&str, &str, &str); 2] = [("2000-01-01", "5", "unconfirmed"), ("2020-04-01", "3", "unconfirmed")];

/// The rows an agency starts with.
pub fn standard() -> Vec<Body> {
    let late = LATE.iter().map(|row| (LATE_PAYMENT, "昭和24年大蔵省告示第991号（改正）", row));
    let unpaid = UNPAID.iter().map(|row| (UNPAID_PENALTY, "国の債権の管理等に関する法律施行令第29条", row));
    late.chain(unpaid)
        .filter_map(|(kind, source, (from, percent, confidence))| {
            let note = match *confidence {
                "unconfirmed" => "使う前に、告示で確かめてください。",
                _ => "告示の写しか、地方公共団体の公表で確かめた値です。",
            };
            let row = json!({
                "kind": kind, "from": from, "percent": percent, "source": source, "confidence": confidence, "note": note,
            });
            row.as_object().cloned()
        })
        .collect()
}

/// Add the rows that are not there yet, by kind and day. Gives the number added.
///
/// # Errors
/// What the write path refuses.
pub fn install(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal) -> Result<usize, Refusal> {
    let there = find::all(tx, LEDGER, ledger::query::Filter::Everything, find::MOST)?;
    let mut added = 0;
    for row in standard() {
        if there.iter().any(|known| ["kind", "from"].iter().all(|field| Some(known.value(field)) == row.get(*field))) {
            continue;
        }
        kernel.commit(tx, who, Change::create(LEDGER, row).because("標準の内容の登録"))?;
        added += 1;
    }
    Ok(added)
}

/// Rates of a kind, as the ledger has them.
///
/// # Errors
/// Those of the store.
pub fn of(tx: &mut (impl Reader + ?Sized), kind: &str) -> Result<Vec<DatedRate>, Refusal> {
    let rows = find::all(tx, LEDGER, find::is("kind", kind).and(find::in_state(&["active"])), find::MOST)?;
    let rate = |row: &ledger::Record| {
        let percent: Rate = row.text("percent")?.parse().ok()?;
        Some(DatedRate { from: find::date(row, "from")?, rate: percent })
    };
    Ok(rows.iter().filter_map(rate).collect())
}
