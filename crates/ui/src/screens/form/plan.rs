//! Which fields a form asks for, which it only shows, and which must have a value.

use std::collections::BTreeSet;

use ledger::access::Access;
use ledger::definition::{ClassSet, Field, Kind, Ledger, Required, Transition};
use ledger::port::Reader;
use ledger::value::{self, Context};
use ledger::write::Opened;
use ledger::{Body, Record, Refusal};

use crate::web::{Ask, Stop};

use super::super::pairs::Pairs;

/// The fields of one form by name, in the order of the ledger.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Fields with an input.
    pub inputs: Vec<String>,
    /// Fields that are shown as text.
    pub fixed: Vec<String>,
    /// Fields marked 必須.
    pub required: BTreeSet<String>,
    /// Some input takes files.
    pub files: bool,
}

impl Plan {
    /// For a new record: what some rule lets this person write while it is new. The write path decides in the end.
    pub fn new(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger) -> Result<Self, Stop> {
        let state = &ledger.workflow.initial;
        let mut writable = ClassSet::default();
        for rule in ledger.access.iter().filter(|rule| ask.who.holds(&rule.role)) {
            if rule.states.is_empty() || rule.states.contains(state) {
                writable.all |= rule.write.all;
                writable.names.extend(rule.write.names.iter().cloned());
            }
        }
        let record = blank(ask, ledger);
        let opened = Opened::new(ask.kernel, tx, ledger, &record, None, ask.who)?;
        Self::of(ledger, state, &writable, &ClassSet::default(), &opened, |field| {
            ledger.numbering.as_ref().is_none_or(|numbering| numbering.field != field.name)
        })
    }

    /// For an old record, given whole.
    pub fn old(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, record: &Record) -> Result<Self, Stop> {
        let access = Access::new(ledger, ask.who);
        let opened = Opened::new(ask.kernel, tx, ledger, record, Some(record), ask.who)?;
        let (writable, readable) = (access.writable_classes(record), access.readable_classes(record));
        Self::of(ledger, &record.state, &writable, &readable, &opened, |_| true)
    }

    /// For taking a transition: the fields it demands or offers.
    pub fn transition(ledger: &Ledger, transition: &Transition) -> Self {
        let mut plan = Self::default();
        for field in ledger.current_fields() {
            let named = |list: &[String]| list.contains(&field.name);
            if field.computed.is_none() && (named(&transition.required) || named(&transition.fields)) {
                plan.files |= matches!(field.kind, Kind::Attachment);
                plan.inputs.push(field.name.clone());
            }
        }
        plan.required.extend(transition.required.iter().cloned());
        plan
    }

    fn of(
        ledger: &Ledger,
        state: &str,
        writable: &ClassSet,
        readable: &ClassSet,
        opened: &Opened,
        asked: impl Fn(&Field) -> bool,
    ) -> Result<Self, Stop> {
        let mut plan = Self::default();
        let state = ledger.workflow.state(state);
        for field in ledger.current_fields() {
            if state.is_some_and(|state| state.hidden.contains(&field.name)) {
                continue;
            }
            if field.computed.is_none() && writable.contains(&field.class) && asked(field) {
                plan.files |= matches!(field.kind, Kind::Attachment);
                plan.inputs.push(field.name.clone());
                let required = match &field.required {
                    Required::Always => true,
                    Required::When(expression) => opened.holds(expression, &field.name)?,
                    Required::Never => state.is_some_and(|state| state.required.contains(&field.name)),
                };
                if required {
                    plan.required.insert(field.name.clone());
                }
            } else if readable.contains(&field.class) {
                plan.fixed.push(field.name.clone());
            }
        }
        Ok(plan)
    }

    /// What the form of a new record holds at first: defaults, and what the address gives.
    pub fn first_pairs(&self, tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger) -> Result<Pairs, Stop> {
        let record = blank(ask, ledger);
        let opened = Opened::new(ask.kernel, tx, ledger, &record, None, ask.who)?;
        let context = Context { catalogue: &ask.kernel.catalogue, today: ask.kernel.today() };
        let mut pairs = Pairs::default();
        for field in self.inputs.iter().filter_map(|name| ledger.field(name)) {
            let given: Vec<&str> = ask.queries(&field.name).collect();
            if !given.is_empty() {
                pairs.0.extend(given.into_iter().map(|value| (field.name.clone(), value.to_string())));
            } else if let Some(default) = &field.default {
                let found = opened.evaluate(default, &field.name)?;
                let found = match found {
                    serde_json::Value::Object(map) if field.target().is_some() => {
                        map.get("id").cloned().unwrap_or_default()
                    }
                    found => found,
                };
                let found = value::normalise(field, &found, &context).map_err(Refusal::Invalid)?;
                pairs.push_value(&field.name, field, &found);
            }
        }
        Ok(pairs)
    }
}

/// A record as it is before anything was entered.
fn blank(ask: &Ask<'_>, ledger: &Ledger) -> Record {
    let now = ask.kernel.now();
    Record {
        ledger: ledger.name.clone(),
        id: String::new(),
        revision: 0,
        state: ledger.workflow.initial.clone(),
        body: Body::new(),
        acts: Default::default(),
        created_at: now,
        recorded_at: now,
    }
}
