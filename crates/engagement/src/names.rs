//! Names that the packs of this area and its code share.

/// Ledgers.
pub mod ledger_name {
    /// The contracts.
    pub const ENGAGEMENT: &str = "engagement";
    /// What falls due for a contract.
    pub const OBLIGATION: &str = "obligation";
}

/// States and transitions.
pub mod state {
    /// A contract that was called off: nothing more falls due by its terms.
    pub const CANCELLED: &str = "cancelled";
    /// Transition by which an obligation is found unnecessary. The states it leads out of are those in which an
    /// obligation is open.
    pub const WAIVE: &str = "waive";
    /// Transition by which both sides agree on another date.
    pub const AGREE: &str = "agree";
}

/// Fields of a contract.
pub mod contract {
    /// Name of its terms.
    pub const TERMS: &str = "terms";
    /// What was decided for it.
    pub const SETTINGS: &str = "settings";
    /// First day.
    pub const STARTS_ON: &str = "starts_on";
    /// Last day.
    pub const ENDS_ON: &str = "ends_on";
}

/// Fields of an obligation.
pub mod made {
    /// Item of the terms that it was made from; empty when a person made it.
    pub const ITEM: &str = "item";
    /// What is due.
    pub const LABEL: &str = "label";
    /// The span or record it is for, in words.
    pub const SPAN: &str = "span";
    /// First day of the span.
    pub const PERIOD: &str = "period";
    /// Ledger of the record it is for.
    pub const EVENT_LEDGER: &str = "event_ledger";
    /// The record it is for.
    pub const EVENT: &str = "event";
    /// By when.
    pub const DUE_ON: &str = "due_on";
    /// How the date was counted, in words.
    pub const COUNTED: &str = "counted";
    /// Clause.
    pub const CLAUSE: &str = "clause";
    /// Document of the clause.
    pub const SOURCE: &str = "source";
    /// Both sides agreed on the date: it no longer moves.
    pub const FIXED: &str = "fixed";
}
