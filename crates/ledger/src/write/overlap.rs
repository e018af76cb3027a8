//! Periods that may not overlap, such as the main assignments of one person.

use crate::access::plain_operand;
use crate::definition::{Effective, Ledger, NoOverlap};
use crate::port::Writer;
use crate::query::{Comparison, Filter, Operand, Query};
use crate::record::Record;
use crate::refusal::{Problem, Refusal};

/// Overlaps of the record with others.
pub fn problems(
    tx: &mut dyn Writer,
    ledger: &Ledger,
    before: Option<&Record>,
    after: &Record,
) -> Result<Vec<Problem>, Refusal> {
    let mut problems = Vec::new();
    let Some(effective) = &ledger.effective else { return Ok(problems) };
    for rule in &ledger.no_overlap {
        let conditions = rule.conditions.iter().map(|(name, _)| name);
        let looked_at = rule.fields.iter().chain(conditions).chain([&effective.from, &effective.to]);
        let same = |before: &Record| looked_at.clone().all(|name| before.value(name) == after.value(name));
        if before.is_some_and(same) {
            continue;
        }
        let Some(filter) = others(ledger, effective, rule, after) else { continue };
        // Two acts at the same time must not both find the place free: they take turns at the record that owns the
        // periods, such as the person.
        for name in &rule.fields {
            if let (Some(target), Some(owner)) = (ledger.field(name).and_then(|field| field.target()), after.text(name))
            {
                tx.record_locked(target, owner)?;
            }
        }
        let query = Query { ledger: ledger.name.clone(), filter, sort: vec![], after: None, limit: 1, as_of: None };
        if let Some(other) = tx.find(&query)?.first() {
            let period = format!(
                "{} ～ {}",
                other.text(&effective.from).unwrap_or("(なし)"),
                other.text(&effective.to).unwrap_or("(終了日なし)")
            );
            let message = format!("{} 重なっている記録の期間: {period}。", rule.message);
            problems.push(Problem::field(effective.from.clone(), message).with_other(&other.id));
        }
    }
    Ok(problems)
}

/// Records of the same owner whose period overlaps; `None` when the record does not take part.
fn others(ledger: &Ledger, effective: &Effective, rule: &NoOverlap, record: &Record) -> Option<Filter> {
    let operand = |name: &str| ledger.field(name).and_then(|field| plain_operand(field, None));
    let mut filter = Filter::Not(Box::new(Filter::Compare(Operand::Id, Comparison::Is, record.id.as_str().into())));
    for name in &rule.fields {
        let value = record.value(name);
        if value.is_null() {
            return None;
        }
        filter = Filter::Compare(operand(name)?, Comparison::Is, value.clone()).and(filter);
    }
    for (name, values) in &rule.conditions {
        if !values.contains(record.value(name)) {
            return None;
        }
        filter = filter.and(Filter::OneOf(operand(name)?, values.clone()));
    }
    let (from, to) = (operand(&effective.from)?, operand(&effective.to)?);
    if let Some(last) = record.text(&effective.to) {
        let begins = Filter::Compare(from.clone(), Comparison::AtMost, last.into());
        filter = filter.and(Filter::Empty(from).or(begins));
    }
    if let Some(first) = record.text(&effective.from) {
        let ends = Filter::Compare(to.clone(), Comparison::AtLeast, first.into());
        filter = filter.and(Filter::Empty(to).or(ends));
    }
    Some(filter)
}
