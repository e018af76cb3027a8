//! The ledger kernel: what a ledger is, what a record is, who may do what to it, and the one way to change it.
//!
//! This crate owns definitions, values, queries, access decisions and the write path. It leaves storing to `store`
//! (behind [`port`]), sign-in to `identity`, and pages to `ui`. It knows no database, no HTTP and no clock of its own.
//!
//! Read in this order: [`definition`], [`record`], [`query`], [`principal`], [`port`], then the write path.

pub mod definition;
pub mod expression;
pub mod port;
pub mod principal;
pub mod query;
pub mod record;
pub mod refusal;
pub mod search;
