//! Workflow (手続): the states of a record and the transitions (操作) between them.

use crate::expression::Expression;

/// How a state should strike the eye; always shown with words beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Neutral,
    /// Somebody is at work on it.
    Active,
    /// Done well.
    Done,
    /// Needs care.
    Caution,
    /// Ended without result.
    Stopped,
}

/// One state (状態).
#[derive(Debug, Clone)]
pub struct State {
    /// Identifier.
    pub name: String,
    /// Japanese words.
    pub label: String,
    /// How it strikes the eye.
    pub tone: Tone,
    /// Fields that must have a value while the record is in this state.
    pub required: Vec<String>,
    /// Fields not shown in forms while the record is in this state. Access rules, not this, keep secrets.
    pub hidden: Vec<String>,
    /// One sentence: what happens next, shown at the top of the record.
    pub next: String,
    /// No transition leads out in the normal course.
    pub closed: bool,
}

/// Where a transition leads: the first target whose condition holds.
#[derive(Debug, Clone)]
pub struct Target {
    /// Name of the state.
    pub state: String,
    /// Condition; none means always.
    pub when: Option<Expression>,
}

/// One transition. Who may take it is said by access rules (`transitions = ["submit"]`).
#[derive(Debug, Clone)]
pub struct Transition {
    /// Identifier.
    pub name: String,
    /// Words on the button: a verb with its object.
    pub label: String,
    /// States it starts from.
    pub from: Vec<String>,
    /// Where it leads; the first that applies.
    pub to: Vec<Target>,
    /// Fields shown and demanded when it is taken.
    pub required: Vec<String>,
    /// Further fields that may be written with it, beyond the classes the person may amend.
    pub fields: Vec<String>,
    /// A comment is demanded.
    pub comment_required: bool,
    /// Must hold for the record after the change, else `guard_message` is the error.
    pub guard: Option<Expression>,
    /// Japanese words for a guard that does not hold: what is wrong and how to mend it.
    pub guard_message: String,
    /// Values set by the transition itself: field and expression.
    pub set: Vec<(String, Expression)>,
    /// Four-eyes (二者確認): whoever did one of these acts on the record (transition names or `create`) may not take
    /// this transition.
    pub not_by_actor_of: Vec<String>,
    /// Four-eyes: whoever stands in one of these person fields may not take it.
    pub not_by_person_in: Vec<String>,
    /// Transitions whose acts are forgotten by taking this one (a loop back), so that they can be done again by anyone.
    pub forgets: Vec<String>,
    /// It is the usual next step and gets the main button.
    pub main: bool,
    /// Asked to confirm before it is done.
    pub confirm: String,
    /// Whoever takes it on a page proves anew who they are, unless they did so a few minutes ago.
    pub proof: bool,
}

/// The workflow of a ledger. A ledger without one has the single state `active`.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// State of a new record.
    pub initial: String,
    /// States in reading order.
    pub states: Vec<State>,
    /// Transitions in reading order.
    pub transitions: Vec<Transition>,
}

impl Workflow {
    /// The state of that name.
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name == name)
    }

    /// The transition of that name.
    pub fn transition(&self, name: &str) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.name == name)
    }

    /// Japanese words for a state; the name itself where an old record stands in a state that is gone.
    pub fn state_label<'a>(&'a self, name: &'a str) -> &'a str {
        self.state(name).map_or(name, |state| state.label.as_str())
    }

    /// The workflow of a ledger that declares none.
    pub fn single() -> Self {
        Self {
            initial: "active".into(),
            states: vec![State {
                name: "active".into(),
                label: "有効".into(),
                tone: Tone::Neutral,
                required: Vec::new(),
                hidden: Vec::new(),
                next: String::new(),
                closed: false,
            }],
            transitions: Vec::new(),
        }
    }
}
