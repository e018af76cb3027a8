//! The self-assessment (基準の自己点検): one check for each item of the standard, with the evidence that this ledger holds.
//!
//! When protected information may be handled under a contract, every item of the standard that is in use gets its check.
//! Whenever a check is written, the records of the contract in the ledger that the item names are counted anew, so that
//! whoever checks sees what there is.

use ledger::definition::Ledger;
use ledger::find;
use ledger::port::{StoreError, Writer};
use ledger::query::{Operand, Query, Sort};
use ledger::{Body, Change, Context, Engine, Kernel, Principal, Record, Refusal};
use serde_json::Value;

const HANDLING: &str = "information_handling";
const CHECK: &str = "control_check";
const ITEM: &str = "control_item";
/// Items of one standard are some hundreds.
const ITEMS: usize = 5_000;
/// Records counted as evidence.
const MOST: u64 = 10_000;

/// Opens the checks of a contract and tells each what evidence there is.
pub struct SelfAssessment;

impl Engine for SelfAssessment {
    fn ledgers(&self) -> &[&str] {
        &[HANDLING, CHECK]
    }

    fn complete(&self, context: &mut Context<'_>, _: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        if after.ledger != CHECK {
            return Ok(());
        }
        let found = found(context.tx, context.kernel, after)?;
        match found {
            Some(found) => after.body.insert("found".into(), found.into()),
            None => after.body.shift_remove("found"),
        };
        Ok(())
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        let handled = |record: &Record| {
            record.ledger == HANDLING && record.state == "confirmed" && record.value("protected") == &Value::Bool(true)
        };
        if !handled(after) || before.is_some_and(handled) {
            return Ok(());
        }
        let Some(contract) = after.text("engagement") else { return Ok(()) };
        let known: Vec<String> = find::all(context.tx, CHECK, find::is("engagement", contract), ITEMS)?
            .iter()
            .filter_map(|check| find::owned(check, "item"))
            .collect();
        for item in find::all(context.tx, ITEM, ledger::query::Filter::Everything, ITEMS)? {
            if item.text("retired_on").is_some() || known.contains(&item.id) {
                continue;
            }
            let values: Body = [("engagement", contract), ("item", item.id.as_str())]
                .map(|(name, id)| (name.into(), id.into()))
                .into_iter()
                .collect();
            context.kernel.commit(context.tx, &Principal::system("engagement"), Change::create(CHECK, values))?;
        }
        Ok(())
    }
}

/// What the ledger that the item names holds of this contract, in words: how many records, the newest of which day.
fn found(tx: &mut dyn Writer, kernel: &Kernel, check: &Record) -> Result<Option<String>, StoreError> {
    let (Some(item), Some(contract)) = (check.text("item"), check.text("engagement")) else { return Ok(None) };
    let Some(item) = tx.record(ITEM, item)? else { return Ok(None) };
    let Some(ledger) =
        item.text("ledger").and_then(|name| kernel.catalogue.ledger(name)).filter(|found| of_contracts(found))
    else {
        return Ok(None);
    };
    let filter = find::is("engagement", contract);
    let count = tx.count(&ledger.name, &filter, None, MOST)?;
    let newest = Query {
        ledger: ledger.name.clone(),
        filter,
        sort: vec![Sort { operand: Operand::CreatedAt, descending: true }],
        after: None,
        limit: 1,
        as_of: None,
    };
    let newest = tx.find(&newest)?.first().map(|record| calendar::format_era(calendar::jst_date(record.created_at)));
    Ok(Some(match newest {
        Some(day) => format!("{} {count}件（最新 {day}）", ledger.label),
        None => format!("{} 0件", ledger.label),
    }))
}

fn of_contracts(ledger: &Ledger) -> bool {
    ledger.field("engagement").and_then(|field| field.target()) == Some("engagement")
}
