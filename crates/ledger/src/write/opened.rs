//! What expressions see of a record: its fields, with references opened one step deep.

use std::collections::BTreeMap;

use calendar::jst_date;
use serde_json::{Map, Value};

use crate::definition::Ledger;
use crate::expression::{Expression, ExpressionProblem, Names};
use crate::kernel::Kernel;
use crate::port::Reader;
use crate::principal::Principal;
use crate::record::Record;
use crate::refusal::Refusal;

/// Records already opened in this act, by ledger and identifier: several steps look into the same ones.
#[derive(Default)]
pub(super) struct OpenedBefore(BTreeMap<(String, String), Value>);

/// A record prepared for expressions.
pub struct Opened {
    fields: Map<String, Value>,
    state: String,
    today: String,
    me: Value,
    before: Value,
}

impl Opened {
    /// Prepare a record. Every field of the ledger is present, empty ones as `null`.
    pub fn new(
        kernel: &Kernel,
        tx: &mut (impl Reader + ?Sized),
        ledger: &Ledger,
        record: &Record,
        before: Option<&Record>,
        who: &Principal,
    ) -> Result<Self, Refusal> {
        Self::again(kernel, tx, &mut OpenedBefore::default(), ledger, record, before, who)
    }

    /// The same within an act whose earlier steps opened records already.
    pub(super) fn again(
        kernel: &Kernel,
        tx: &mut (impl Reader + ?Sized),
        opened_before: &mut OpenedBefore,
        ledger: &Ledger,
        record: &Record,
        before: Option<&Record>,
        who: &Principal,
    ) -> Result<Self, Refusal> {
        let mut fields = Map::with_capacity(ledger.fields.len());
        for field in &ledger.fields {
            fields.insert(field.name.clone(), record.value(&field.name).clone());
        }
        for name in kernel.opened(&ledger.name) {
            let (Some(id), Some(target)) = (record.text(name), ledger.field(name).and_then(|field| field.target()))
            else {
                continue;
            };
            let key = (target.to_string(), id.to_string());
            let opened = match opened_before.0.get(&key) {
                Some(opened) => opened.clone(),
                None => {
                    let Some(found) = tx.record(target, id)? else { continue };
                    opened_before.0.entry(key).or_insert(open(&kernel.catalogue, &found)).clone()
                }
            };
            fields.insert(name.clone(), opened);
        }
        Ok(Self {
            fields,
            state: record.state.clone(),
            today: jst_date(kernel.clock.now()).to_string(),
            me: who.as_value(),
            before: before.map_or(Value::Null, |before| Value::Object(before.body.clone())),
        })
    }

    /// The values as an expression takes them.
    pub fn names(&self) -> Names<'_> {
        Names { fields: &self.fields, state: &self.state, today: &self.today, me: &self.me, before: &self.before }
    }

    /// Set a field that was computed, so that later expressions see it.
    pub fn set(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_string(), value);
    }

    /// Set the state, so that later expressions see it.
    pub fn set_state(&mut self, state: &str) {
        self.state = state.to_string();
    }

    /// The date at a path such as `due_on`, `round.goal_due` or `period.to`.
    pub fn date(&self, path: &str) -> Option<chrono::NaiveDate> {
        let mut steps = path.split('.');
        let mut value = self.fields.get(steps.next()?)?;
        for step in steps {
            value = value.get(step)?;
        }
        let text = value.as_str()?;
        // An instant counts as the day it is in Japan.
        let instant = text.parse::<chrono::DateTime<chrono::Utc>>().ok();
        instant.map(jst_date).or_else(|| text.parse().ok())
    }

    /// Value of an expression, with the ledger and place named when it fails.
    pub fn evaluate(&self, expression: &Expression, place: &str) -> Result<Value, Refusal> {
        expression.evaluate(&self.names()).map_err(|problem| failed(expression, place, &problem))
    }

    /// Truth of an expression.
    pub fn holds(&self, expression: &Expression, place: &str) -> Result<bool, Refusal> {
        expression.holds(&self.names()).map_err(|problem| failed(expression, place, &problem))
    }
}

fn failed(expression: &Expression, place: &str, problem: &ExpressionProblem) -> Refusal {
    Refusal::Definition(format!("{place}: {}: {}", expression.source(), problem.message))
}

/// A referenced record as expressions see it: every field of its ledger, `id` and `state`.
fn open(catalogue: &crate::definition::Catalogue, record: &Record) -> Value {
    let mut fields = Map::new();
    if let Some(ledger) = catalogue.ledger(&record.ledger) {
        for field in &ledger.fields {
            fields.insert(field.name.clone(), record.value(&field.name).clone());
        }
    }
    fields.insert("id".into(), record.id.clone().into());
    fields.insert("state".into(), record.state.clone().into());
    Value::Object(fields)
}
