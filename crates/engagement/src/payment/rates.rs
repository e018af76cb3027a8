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
/// The last day for which the rate of late payment is known. For later days the agency adds the row of the new notice.
const LATE_UNTIL: &str = "2026-03-31";
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
            let mut row = json!({
                "kind": kind, "from": from, "percent": percent, "source": source, "confidence": confidence, "note": note,
            });
            if kind == LATE_PAYMENT && LATE.last().is_some_and(|last| last.0 == *from) {
                row["until"] = LATE_UNTIL.into();
            }
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
        Some(DatedRate { from: find::date(row, "from")?, until: find::date(row, "until"), rate: percent })
    };
    Ok(rows.iter().filter_map(rate).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::late::in_force;

    /// Vectors of the domain facts, section 6: the rate on 1 April of each year, nothing before 2009 and from 2026 on.
    #[test]
    fn the_rates_are_those_of_the_notices_year_by_year() {
        let day = |text: &str| text.parse().unwrap();
        let rows = standard();
        let late: Vec<DatedRate> = (rows.iter().filter(|row| row["kind"] == LATE_PAYMENT))
            .map(|row| DatedRate {
                from: day(row["from"].as_str().unwrap()),
                until: row.get("until").map(|until| day(until.as_str().unwrap())),
                rate: row["percent"].as_str().unwrap().parse().unwrap(),
            })
            .collect();
        let percents = [
            "3.6", "3.3", "3.1", "3.1", "3", "2.9", "2.9", "2.8", "2.7", "2.7", "2.7", "2.6", "2.5", "2.5", "2.5",
            "2.5", "2.5",
        ];
        for (year, percent) in (2009..).zip(percents) {
            for date in [format!("{year}-04-01"), format!("{}-03-31", year + 1)] {
                assert_eq!(in_force(&late, day(&date)).unwrap().to_string(), percent, "{date}");
            }
        }
        assert_eq!((in_force(&late, day("2009-03-31")), in_force(&late, day("2026-04-01"))), (None, None));
    }
}
