//! Access decisions: the one place that says what a principal may know and do. Deny by default.
//!
//! The same rules answer for one record (by evaluating their condition) and for a list (by handing the condition to
//! the database), so that a record one may not read does not show in a count either.

use crate::definition::{AccessRule, ClassSet, Field, Kind, Ledger, Scope};
use crate::principal::{OUTSIDER, Principal, RoleHeld, Standing};
use crate::query::{Comparison, Filter, Operand, Order};
use crate::record::Record;

/// What one principal may do in one ledger.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    ledger: &'a Ledger,
    who: &'a Principal,
}

impl<'a> Access<'a> {
    /// Access of this principal to this ledger.
    pub fn new(ledger: &'a Ledger, who: &'a Principal) -> Self {
        Self { ledger, who }
    }

    /// The program itself is not bound by access rules.
    fn unbound(&self) -> bool {
        self.who.standing == Standing::System
    }

    /// Rules of the roles held, each with the records it speaks of.
    fn rules(&self) -> impl Iterator<Item = (&'a AccessRule, Filter)> + '_ {
        self.ledger.access.iter().filter_map(|rule| {
            let scope = self.scope(rule)?;
            (scope != Filter::Nothing)
                .then(|| (rule, scope.and(states(rule)).and(conditions(rule, self.ledger)).and(self.exceptions(rule))))
        })
    }

    /// Records that are not about the principal, where the rule says so.
    fn exceptions(&self, rule: &AccessRule) -> Filter {
        let Some(person) = self.who.person() else { return Filter::Everything };
        rule.except.iter().fold(Filter::Everything, |all, field| {
            all.and(Filter::Not(Box::new(holds(self.ledger, field, &[person.to_string()]))))
        })
    }

    /// Records within the scope of the rule; `None` when the role is not held.
    fn scope(&self, rule: &AccessRule) -> Option<Filter> {
        if !self.who.holds(&rule.role) {
            return None;
        }
        Some(match &rule.scope {
            Scope::All => Filter::Everything,
            Scope::Myself => match self.who.person() {
                Some(person) => Filter::Compare(Operand::Id, Comparison::Is, person.into()),
                None => Filter::Nothing,
            },
            Scope::Person { fields } => match self.who.person() {
                Some(person) => fields
                    .iter()
                    .fold(Filter::Nothing, |any, field| any.or(holds(self.ledger, field, &[person.to_string()]))),
                None => Filter::Nothing,
            },
            Scope::Office { field } => {
                let counts = |held: &&RoleHeld| held.role == rule.role || rule.role == OUTSIDER && held.outside;
                self.who.roles.iter().filter(counts).fold(Filter::Nothing, |any, held| {
                    any.or(match &held.offices {
                        None if held.outside => Filter::Nothing,
                        None => Filter::Everything,
                        Some(offices) if field == "id" => {
                            Filter::OneOf(Operand::Id, offices.iter().map(|id| id.as_str().into()).collect())
                        }
                        Some(offices) => holds(self.ledger, field, offices),
                    })
                })
            }
        })
    }

    fn granted(&self, wanted: impl Fn(&AccessRule) -> bool) -> Filter {
        if self.unbound() {
            return Filter::Everything;
        }
        self.rules().filter(|(rule, _)| wanted(rule)).fold(Filter::Nothing, |any, (_, filter)| any.or(filter))
    }

    fn holds(&self, record: &Record, wanted: impl Fn(&AccessRule) -> bool) -> bool {
        self.unbound() || self.rules().any(|(rule, filter)| wanted(rule) && filter.matches(record))
    }

    /// Records of which anything may be read.
    pub fn visible(&self) -> Filter {
        self.granted(|rule| !rule.read.is_empty())
    }

    /// Records of which this class may be read.
    pub fn readable(&self, class: &str) -> Filter {
        self.granted(|rule| rule.read.contains(class))
    }

    /// Records that may be exported, and of which this class may be read.
    pub fn exportable(&self) -> Filter {
        self.granted(|rule| rule.export)
    }

    /// Whether anything of the ledger can be open to the principal: its place in the navigation.
    pub fn any(&self) -> bool {
        self.visible() != Filter::Nothing
    }

    /// Whether anything of this record may be read.
    pub fn may_read(&self, record: &Record) -> bool {
        self.holds(record, |rule| !rule.read.is_empty())
    }

    /// Whether new records may be made at all.
    pub fn may_create(&self) -> bool {
        self.granted(|rule| rule.create) != Filter::Nothing
    }

    /// Whether this new record may be made (its scope included).
    pub fn may_create_this(&self, record: &Record) -> bool {
        self.holds(record, |rule| rule.create)
    }

    /// Whether records may be imported.
    pub fn may_import(&self) -> bool {
        self.granted(|rule| rule.import) != Filter::Nothing
    }

    /// Records whose history may be read: of these the reader may at least know who did what and when.
    pub fn traceable(&self) -> Filter {
        self.granted(|rule| rule.history)
    }

    /// Whether the history of the record may be read.
    pub fn may_read_history(&self, record: &Record) -> bool {
        self.holds(record, |rule| rule.history)
    }

    /// Whether the document may be printed for the record.
    pub fn may_print(&self, record: &Record, document: &str) -> bool {
        self.holds(record, |rule| rule.documents.contains(document) || rule.documents.contains("*"))
    }

    /// Whether the transition may be taken by the principal, four-eyes aside.
    pub fn may_take(&self, record: &Record, transition: &str) -> bool {
        self.holds(record, |rule| rule.transitions.contains(transition))
    }

    /// Classes of the record that may be read.
    pub fn readable_classes(&self, record: &Record) -> ClassSet {
        self.classes(record, |rule| &rule.read)
    }

    /// Classes of the record that may be amended. For a new record, pass it as it would be.
    pub fn writable_classes(&self, record: &Record) -> ClassSet {
        self.classes(record, |rule| &rule.write)
    }

    fn classes(&self, record: &Record, pick: impl Fn(&AccessRule) -> &ClassSet) -> ClassSet {
        let mut set = ClassSet { all: self.unbound(), ..ClassSet::default() };
        for (rule, filter) in self.rules() {
            let classes = pick(rule);
            if !classes.is_empty() && filter.matches(record) {
                set.all |= classes.all;
                set.names.extend(classes.names.iter().cloned());
            }
        }
        set
    }

    /// The record with only the fields that may be read, under their present names.
    pub fn redact(&self, mut record: Record) -> Record {
        self.ledger.bring_up_to_date(&mut record);
        let classes = self.readable_classes(&record);
        if !classes.all {
            record.body.retain(|name, _| match self.ledger.field(name) {
                Some(field) => classes.contains(&field.class),
                None => false,
            });
        }
        record
    }

    /// What a name in a filter, order or grouping stands for, guarded where the value may not be seen everywhere.
    /// `None` for names that cannot be compared or of which nothing may be seen.
    pub fn operand(&self, name: &str) -> Option<Operand> {
        match name {
            "state" => return Some(Operand::State),
            "id" => return Some(Operand::Id),
            "created_at" => return Some(Operand::CreatedAt),
            "recorded_at" => return Some(Operand::RecordedAt),
            _ => {}
        }
        let (name, part) = name.split_once('.').map_or((name, None), |(name, part)| (name, Some(part)));
        let field = self.ledger.field(name)?;
        self.guard(field, plain_operand(field, part)?)
    }

    /// Whether nothing of the field may be seen anywhere.
    pub fn operand_class_hidden(&self, field: &Field) -> bool {
        self.readable(&field.class) == Filter::Nothing
    }

    /// The same for a filter that is built from a field as a whole.
    pub fn guard_filter(&self, field: &Field, filter: Filter) -> Filter {
        let readable = self.readable(&field.class);
        if readable == self.visible() { filter } else { readable.and(filter) }
    }

    fn guard(&self, field: &Field, operand: Operand) -> Option<Operand> {
        let readable = self.readable(&field.class);
        if readable == Filter::Nothing {
            return None;
        }
        if readable == self.visible() {
            return Some(operand);
        }
        Some(Operand::Guarded { operand: Box::new(operand), when: Box::new(readable) })
    }
}

/// The field holds one of the values, under its present name or, in a record not written since, a former one.
pub(crate) fn holds(ledger: &Ledger, field: &str, values: &[String]) -> Filter {
    let former = ledger.field(field).into_iter().flat_map(|field| &field.was).map(String::as_str);
    std::iter::once(field)
        .chain(former)
        .fold(Filter::Nothing, |any, name| any.or(Filter::Holds { field: name.to_string(), values: values.to_vec() }))
}

fn states(rule: &AccessRule) -> Filter {
    if rule.states.is_empty() {
        Filter::Everything
    } else {
        Filter::OneOf(Operand::State, rule.states.iter().map(|state| state.as_str().into()).collect())
    }
}

fn conditions(rule: &AccessRule, ledger: &Ledger) -> Filter {
    rule.conditions.iter().fold(Filter::Everything, |all, (name, values)| {
        let operand = ledger.field(name).and_then(|field| plain_operand(field, None));
        all.and(operand.map_or(Filter::Nothing, |operand| Filter::OneOf(operand, values.clone())))
    })
}

/// The operand of a field, free of access rules. `None` for fields that cannot be compared.
pub fn plain_operand(field: &Field, part: Option<&str>) -> Option<Operand> {
    let order = match &field.kind {
        Kind::Integer | Kind::Yen | Kind::Decimal { .. } => Order::Number,
        Kind::YesNo => Order::Bool,
        Kind::Text | Kind::LongText | Kind::Date | Kind::DateTime | Kind::Choice { .. } => Order::Text,
        Kind::Reference { many: false, .. } => Order::Text,
        Kind::Period => {
            let part = part.filter(|part| matches!(*part, "from" | "to"))?;
            return Some(Operand::Part { name: field.name.clone(), part: part.into() });
        }
        Kind::Reference { many: true, .. } | Kind::Choices { .. } | Kind::Rows { .. } | Kind::Attachment => {
            return None;
        }
    };
    let named = |name: &String| Operand::Field { name: name.clone(), order };
    if field.was.is_empty() {
        Some(named(&field.name))
    } else {
        Some(Operand::FirstOf(std::iter::once(&field.name).chain(&field.was).map(named).collect()))
    }
}
