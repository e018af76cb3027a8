//! Questions about encrypted fields: answered by tokens where they ask for equal values, refused where they ask for order.

use ledger::port::StoreError;
use ledger::query::Operand;
use serde_json::Value;

use super::dialect::name;
use super::filter::Conditions;
use crate::transaction::purpose;
use crate::value::Param;

/// The kernel asks nothing of the kind; whoever does is told instead of answered wrongly.
pub(super) fn unanswerable() -> StoreError {
    StoreError::Failed("暗号化した項目は、一致、空、検索のほかでは調べられません".into())
}

impl Conditions<'_> {
    /// Whether the operand is the value of an encrypted field.
    pub(super) fn hides(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Field { name, .. } | Operand::Part { name, .. } => {
                self.locks.and_then(|locks| locks.plan(self.ledger)).is_some_and(|plan| plan.fields.contains_key(name))
            }
            Operand::FirstOf(operands) => operands.iter().any(|operand| self.hides(operand)),
            Operand::Guarded { operand, .. } => self.hides(operand),
            Operand::State | Operand::Id | Operand::CreatedAt | Operand::RecordedAt => false,
        }
    }

    /// The condition that an encrypted operand is one of the values.
    pub(super) fn exactly(&mut self, operand: &Operand, values: &[Value]) -> Result<String, StoreError> {
        match operand {
            Operand::Guarded { operand, when } => {
                let held = self.exactly(operand, values)?;
                Ok(format!("(({}) AND {held})", self.filter(when)?))
            }
            Operand::FirstOf(operands) => {
                let mut any = Vec::new();
                for operand in operands {
                    any.push(self.exactly(operand, values)?);
                }
                Ok(if any.is_empty() { "FALSE".into() } else { format!("({})", any.join(" OR ")) })
            }
            Operand::Field { name: field, .. } => {
                let field = name(field)?;
                let Some(locks) = self.locks else { return Err(unanswerable()) };
                if !locks.plan(self.ledger).and_then(|plan| Some(plan.fields.get(field)?.token)).unwrap_or(false) {
                    return Err(unanswerable());
                }
                let purpose = purpose(self.ledger, field);
                let tokens = values.iter().filter_map(|value| locks.token(&purpose, value)).collect();
                let list = self.bind(Param::List(tokens));
                let wanted = self.dialect.is_in("x.token", &list);
                let from =
                    format!("FROM exact x WHERE x.ledger = '{}' AND x.field = '{field}' AND {wanted}", self.ledger);
                Ok(match self.as_of {
                    None => format!("r.id IN (SELECT x.record {from} AND x.revision_to = {})", i64::MAX),
                    Some(_) => format!(
                        "EXISTS (SELECT 1 {from} AND x.record = r.id AND x.revision_from <= r.revision \
                         AND x.revision_to > r.revision)"
                    ),
                })
            }
            _ => Err(unanswerable()),
        }
    }
}
