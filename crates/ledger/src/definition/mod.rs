//! What a pack declares, after it has been checked: the vocabulary that every other part of the program reads.
//!
//! In reading order: [`Catalogue`] holds [`Ledger`]s; a ledger has [`Field`]s, a [`Workflow`], [`DutyRule`]s,
//! [`AccessRule`]s and [`Views`]. [`Terms`] stand beside the ledgers.

mod access_rule;
mod catalogue;
mod duty_rule;
mod field;
mod ledger;
mod terms;
mod views;
mod workflow;

pub use access_rule::{AccessRule, ClassSet, Scope};
pub use catalogue::{Area, Brought, Catalogue, Choice, ChoiceSet, DocumentForm, PackInfo, Role};
pub use duty_rule::{DutyRule, Holder};
pub use field::{Field, Kind, Required};
pub use ledger::{Check, Effective, FieldClass, Ledger, NoOverlap, Numbering, Settled, Unique};
pub use terms::{Every, FillProblem, Item, MAX_ITEMS, MAX_SETTINGS, Setting, Terms};
pub use views::{Column, FormSection, SavedView, SortColumn, Views};
pub use workflow::{State, Target, Tone, Transition, Workflow};
