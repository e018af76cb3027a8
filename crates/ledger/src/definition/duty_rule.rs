//! Duties (期限付き作業): who must do what by when, while a record is in certain states.

use calendar::DeadlineRule;

use crate::expression::Expression;

/// Who holds a duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The person (or persons) in this field.
    Person {
        /// Field that refers to the ledger `person`.
        field: String,
    },
    /// Everybody with this role, for the office in the field where one is named.
    Role {
        /// Name of the role.
        role: String,
        /// Organisation field whose office the role must cover; none for every holder of the role.
        office: Option<String>,
    },
}

/// One rule for a duty.
#[derive(Debug, Clone)]
pub struct DutyRule {
    /// Identifier within the ledger.
    pub name: String,
    /// What is to be done: a verb with its object.
    pub label: String,
    /// States in which the duty is open.
    pub states: Vec<String>,
    /// Further condition.
    pub when: Option<Expression>,
    /// Who holds it.
    pub holder: Holder,
    /// When it is due; a field may be reached through a reference (`round.goal_due`). None for no date.
    pub due: Option<DeadlineRule>,
    /// Reminder ladder in days relative to the due day: `-7` is seven days before, `3` three days after.
    pub remind: Vec<i64>,
    /// Role to tell when it is overdue by the last step of the ladder.
    pub escalate: Option<String>,
}
