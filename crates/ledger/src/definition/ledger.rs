//! A ledger (台帳): the declaration that list, form, import, REST, documents and deadlines are made from.

use std::collections::BTreeMap;

use super::{AccessRule, DutyRule, Field, Views, Workflow};
use crate::expression::Expression;
use crate::record::Record;

/// How numbers are given to records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbering {
    /// Field that receives the number.
    pub field: String,
    /// Pattern: `{fiscal_year}`, `{year}` and `{sequence:5}` (digits) are replaced.
    pub pattern: String,
}

/// Fields whose values together occur once in the ledger. Records with an empty value in one of them do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Field names.
    pub fields: Vec<String>,
    /// Japanese words for a clash.
    pub message: String,
}

/// A condition on the whole record.
#[derive(Debug, Clone)]
pub struct Check {
    /// Must hold.
    pub expression: Expression,
    /// Japanese words: what is wrong and how to mend it.
    pub message: String,
    /// Field beside which the error stands; none for the record as a whole.
    pub field: Option<String>,
}

/// The fields that say from when to when the fact holds in the world (有効期間), beside the instant of recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Date field with the first day.
    pub from: String,
    /// Date field with the last day; empty means open.
    pub to: String,
}

/// Periods that may not overlap: among records with the same values in `fields`, at most one is in force on any day.
#[derive(Debug, Clone, PartialEq)]
pub struct NoOverlap {
    /// Fields whose values together name whose periods these are (such as the person).
    pub fields: Vec<String>,
    /// Only records in which these fields have one of the values take part (such as the kind of assignment).
    pub conditions: Vec<(String, Vec<serde_json::Value>)>,
    /// Japanese words for an overlap.
    pub message: String,
}

/// What must be over before an act: records of another ledger that refer to this one and are not yet where they should be
/// stand in its way, such as lent things when a contract is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Transitions that wait.
    pub transitions: Vec<String>,
    /// Ledger of the records waited for.
    pub ledger: String,
    /// Their field that names this record.
    pub field: String,
    /// States in which they no longer stand in the way.
    pub states: Vec<String>,
    /// Japanese words: what is open, and how it is mended.
    pub message: String,
}

/// A class of fields (項目区分): what access rules speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldClass {
    /// Identifier; `base` is the class of a field that names none.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// Holds personal data that is to be protected: reading it is evidence.
    pub protected: bool,
    /// All its fields are stored encrypted (see [`Field::encrypted`]).
    pub encrypted: bool,
}

/// One ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// Identifier, part of addresses and of the names of views.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// One or two sentences for its empty list: what it is for and how records come in.
    pub help: String,
    /// Area it belongs to.
    pub area: String,
    /// Pack that declares it.
    pub pack: String,
    /// Not shown in the navigation (reached through others).
    pub hidden: bool,
    /// Whoever writes in it on a page proves anew who they are, unless they did so a few minutes ago.
    pub proof: bool,
    /// Address of the page on which its records are worked on, `{id}` standing for the record: `/permits/{id}`. None
    /// where that is the page that every ledger has. Whoever reads a record can open its page too.
    pub page: Option<String>,
    /// Its records gather those of other ledgers that refer to them, as a contract does: in 今日の仕事 a duty names the
    /// record that gathers it, for people who have the same to do for several.
    pub gathers: bool,
    /// Taking its records out as a file or on paper asks the person for a reason, which goes into the journal.
    pub asks_reason: bool,
    /// Fields that make up the title of a record.
    pub title: Vec<String>,
    /// Field with the reading of the title (kana), shown as a second line.
    pub reading: Option<String>,
    /// Field by which files and people name a record (職員番号, コード).
    pub key: Option<String>,
    /// Field that says whose key locks the encrypted fields: a reference to a person, or `id` where the record itself is
    /// the person. Without it the record's own identifier is the holder.
    pub subject: Option<String>,
    /// Numbering.
    pub numbering: Option<Numbering>,
    /// Fields in order.
    pub fields: Vec<Field>,
    /// Classes of fields.
    pub classes: Vec<FieldClass>,
    /// Unique keys.
    pub unique: Vec<Unique>,
    /// Fields (or `state`) with an index, each a list of columns.
    pub indexes: Vec<Vec<String>>,
    /// Effective dates.
    pub effective: Option<Effective>,
    /// Periods that may not overlap.
    pub no_overlap: Vec<NoOverlap>,
    /// Records that must be settled before a transition.
    pub settled: Vec<Settled>,
    /// Conditions on the record.
    pub checks: Vec<Check>,
    /// States and transitions.
    pub workflow: Workflow,
    /// Duties.
    pub duties: Vec<DutyRule>,
    /// Access rules.
    pub access: Vec<AccessRule>,
    /// Lists and forms.
    pub views: Views,
    /// Names of document forms that print records of this ledger.
    pub documents: Vec<String>,
    /// Former states, and where their records stand now for the workflow.
    pub renamed_states: BTreeMap<String, String>,
}

impl Ledger {
    /// The field of that name, retired ones included.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Move values that stand under a former name of a field to its present one. Done wherever a record comes out of
    /// the database; what is stored follows when the record is next written.
    pub fn bring_up_to_date(&self, record: &mut Record) {
        for field in &self.fields {
            for former in &field.was {
                if let Some(value) = record.body.shift_remove(former) {
                    record.body.entry(field.name.clone()).or_insert(value);
                }
            }
        }
        if let Some(now) = self.renamed_states.get(&record.state) {
            record.state = now.clone();
        }
    }

    /// Whose key locks the encrypted fields of a record with this body. A record whose subject is empty is its own.
    pub fn holder<'r>(&self, id: &'r str, body: &'r crate::record::Body) -> &'r str {
        match self.subject.as_deref() {
            None | Some("id") => id,
            Some(field) => {
                body.get(field).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty()).unwrap_or(id)
            }
        }
    }

    /// Whether any field is stored encrypted.
    pub fn encrypts(&self) -> bool {
        self.fields.iter().any(|field| field.encrypted)
    }

    /// Fields that are still asked for.
    pub fn current_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.retired)
    }
}
