//! Who acts: an account with the roles it holds today.

use journal::{Actor, Channel};
use serde_json::{Value, json};

/// The role of every principal of the agency; nobody grants it.
pub const EVERYONE: &str = "everyone";

/// The role of every principal from outside: who holds a role that is for people outside the agency. Nobody grants it.
pub const OUTSIDER: &str = "outsider";

/// A role that the account holds today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHeld {
    /// Name of the role.
    pub role: String,
    /// Identifiers of the organisations it covers, subtree included; none for everywhere.
    pub offices: Option<Vec<String>>,
    /// It is a role for people outside the agency. Such a role covers nothing without an organisation.
    pub outside: bool,
}

/// What kind of being acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A signed-in person.
    Person,
    /// A machine with a bearer token.
    Machine,
    /// The program itself: access rules do not bind it, four-eyes and validation do.
    System,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What goes into the journal.
    pub actor: Actor,
    /// Name to show.
    pub name: String,
    /// Roles held today. Every principal but the system also has the role [`EVERYONE`] or [`OUTSIDER`].
    pub roles: Vec<RoleHeld>,
    /// Kind of being.
    pub standing: Standing,
}

impl Principal {
    /// The program itself, named by the part of it that acts.
    pub fn system(part: &str) -> Self {
        Self { actor: Actor::system(part), name: "システム".into(), roles: Vec::new(), standing: Standing::System }
    }

    /// Identifier of the person behind the account.
    pub fn person(&self) -> Option<&str> {
        self.actor.person.as_deref()
    }

    /// The same principal acting through another channel.
    pub fn through(mut self, channel: Channel) -> Self {
        self.actor.channel = channel;
        self
    }

    /// Whether the principal holds the role anywhere.
    pub fn holds(&self, role: &str) -> bool {
        match role {
            EVERYONE => self.standing != Standing::System && !self.outside(),
            OUTSIDER => self.outside(),
            _ => self.roles.iter().any(|held| held.role == role),
        }
    }

    /// Whether the principal comes from outside the agency, whatever else it holds.
    pub fn outside(&self) -> bool {
        self.roles.iter().any(|held| held.outside)
    }

    /// What expressions see as `me`.
    pub fn as_value(&self) -> Value {
        json!({
            "account": self.actor.account,
            "person": self.actor.person,
            "roles": self.roles.iter().map(|held| held.role.as_str()).collect::<Vec<_>>(),
        })
    }
}
