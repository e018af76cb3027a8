//! Names that the packs of this area and its code share.

/// Ledgers.
pub mod ledger_name {
    /// The contracts.
    pub const ENGAGEMENT: &str = "engagement";
    /// What falls due for a contract.
    pub const OBLIGATION: &str = "obligation";
    /// Claims of the company.
    pub const INVOICE: &str = "invoice";
    /// What the company owes for a breach.
    pub const PENALTY: &str = "penalty";
    /// When deadlines were counted again because closed days or terms changed.
    pub const RECOUNT: &str = "recount";
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
    /// What was agreed to be paid, tax included.
    pub const AMOUNT: &str = "amount";
    /// The same for a month.
    pub const MONTHLY: &str = "monthly_amount";
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
    /// Transition of the record it is for by which it is handed in, or done where the agency does it.
    pub const MET_BY: &str = "met_by";
    /// Transition of that record by which it counts as accepted.
    pub const ACCEPTED_BY: &str = "accepted_by";
    /// Both sides agreed on the date: it no longer moves.
    pub const FIXED: &str = "fixed";
}

/// States of claims, of the company (請求書) and of the agency (違約金・損害金).
pub mod claim {
    /// Claims that were handed in and not sent back.
    pub const MADE: [&str; 3] = ["submitted", "accepted", PAID];
    /// Claims that still have to be handed in.
    pub const OPEN: [&str; 2] = ["draft", "sent_back"];
    /// Paid.
    pub const PAID: &str = "paid";
    /// The company was told what to pay.
    pub const NOTICED: &str = "noticed";
}
