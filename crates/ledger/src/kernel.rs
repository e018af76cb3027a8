//! The kernel: the definitions, the calendar, the clock and the engines that the one write path works with.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::{BusinessCalendar, Clock, jst_date};
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use crate::definition::{Catalogue, Kind, Ledger, Required};
use crate::engine::Engine;
use crate::expression::Expression;
use crate::refusal::Refusal;

/// A source of random bytes: the operating system's in production, a seeded one in tests.
pub trait Entropy: Send + Sync {
    /// Fill the buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// Everything the write path needs beside a transaction. Cheap to clone; replaced as a whole when definitions change.
#[derive(Clone)]
pub struct Kernel {
    /// Definitions in force.
    pub catalogue: Arc<Catalogue>,
    /// Days on which the agency is open.
    pub calendar: BusinessCalendar,
    /// Engines of the areas.
    pub engines: Arc<[Arc<dyn Engine>]>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    opened: Arc<BTreeMap<String, Vec<String>>>,
    dependents: Arc<BTreeMap<String, Vec<(String, String)>>>,
}

impl Kernel {
    /// A kernel of these parts.
    pub fn new(
        catalogue: Arc<Catalogue>,
        calendar: BusinessCalendar,
        engines: Arc<[Arc<dyn Engine>]>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let opened = catalogue.ledgers.values().map(|l| (l.name.clone(), opened_references(&catalogue, l))).collect();
        let opened = Arc::new(opened);
        let dependents = Arc::new(duty_dependents(&catalogue));
        Self { catalogue, calendar, engines, clock, entropy, opened, dependents }
    }

    /// The ledger of that name.
    pub fn ledger(&self, name: &str) -> Result<Arc<Ledger>, Refusal> {
        self.catalogue.ledger(name).cloned().ok_or(Refusal::NotFound)
    }

    /// The present instant, to the microsecond, as both databases keep it.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// Today in Japan.
    pub fn today(&self) -> NaiveDate {
        jst_date(self.clock.now())
    }

    /// A new identifier: a ULID of the present instant.
    pub fn new_id(&self) -> String {
        let mut bytes = [0u8; 16];
        self.entropy.fill(&mut bytes);
        let millis = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        ulid::Ulid::from_parts(millis, u128::from_be_bytes(bytes)).to_string()
    }

    /// Reference fields of the ledger that its expressions and deadlines look into, and those of terms.
    pub fn opened(&self, ledger: &str) -> &[String] {
        self.opened.get(ledger).map_or(&[], Vec::as_slice)
    }

    /// Ledgers and reference fields whose duties are due by a date in a record of this ledger.
    pub fn duty_dependents(&self, ledger: &str) -> &[(String, String)] {
        self.dependents.get(ledger).map_or(&[], Vec::as_slice)
    }

    /// Engines that look after this ledger.
    pub fn engines_of<'a>(&'a self, ledger: &'a str) -> impl Iterator<Item = &'a Arc<dyn Engine>> + 'a {
        self.engines.iter().filter(move |engine| engine.minds(&self.catalogue, ledger))
    }
}

/// All expressions of a ledger.
pub fn expressions(ledger: &Ledger) -> impl Iterator<Item = &Expression> {
    let of_fields = ledger.fields.iter().flat_map(|field| {
        let required = match &field.required {
            Required::When(expression) => Some(expression),
            _ => None,
        };
        [required, field.default.as_ref(), field.computed.as_ref()].into_iter().flatten()
    });
    let of_transitions = ledger.workflow.transitions.iter().flat_map(|transition| {
        transition
            .guard
            .iter()
            .chain(transition.set.iter().map(|(_, expression)| expression))
            .chain(transition.to.iter().filter_map(|target| target.when.as_ref()))
    });
    of_fields
        .chain(of_transitions)
        .chain(ledger.checks.iter().map(|check| &check.expression))
        .chain(ledger.duties.iter().filter_map(|duty| duty.when.as_ref()))
}

fn opened_references(catalogue: &Catalogue, ledger: &Ledger) -> Vec<String> {
    let mut names: Vec<String> = expressions(ledger).flat_map(Expression::names).collect();
    for duty in &ledger.duties {
        for field in duty.due.iter().flat_map(|due| due.fields()) {
            if let Some((name, _)) = field.split_once('.') {
                names.push(name.to_string());
            }
        }
    }
    for item in catalogue.terms.values().flat_map(|terms| terms.items_of(&ledger.name)) {
        names.extend(item.when.iter().flat_map(Expression::names));
    }
    // Deadlines of terms count from dates of the contract, which any of its records refers to.
    for terms in catalogue.terms.values().filter(|terms| terms.items_of(&ledger.name).next().is_some()) {
        let contract = ledger.fields.iter().find(|field| field.target() == Some(terms.ledger.as_str()));
        names.extend(contract.map(|field| field.name.clone()));
    }
    names.sort_unstable();
    names.dedup();
    names.retain(|name| {
        ledger.field(name).is_some_and(|field| matches!(field.kind, Kind::Reference { many: false, .. }))
    });
    names
}

fn duty_dependents(catalogue: &Catalogue) -> BTreeMap<String, Vec<(String, String)>> {
    let mut dependents: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for ledger in catalogue.ledgers.values() {
        for field in ledger.duties.iter().flat_map(|duty| duty.due.iter()).flat_map(|due| due.fields()) {
            let Some((name, _)) = field.split_once('.') else { continue };
            let Some(target) = ledger.field(name).and_then(|field| field.target()) else { continue };
            let entry = (ledger.name.clone(), name.to_string());
            let list = dependents.entry(target.to_string()).or_default();
            if !list.contains(&entry) {
                list.push(entry);
            }
        }
    }
    dependents
}
