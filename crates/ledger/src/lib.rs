//! The ledger kernel: what a ledger is, what a record is, who may do what to it, and the one way to change it.
//!
//! This crate owns definitions, values, queries, access decisions and the write path. It leaves storing to `store`
//! (behind [`port`]), sign-in to `identity`, and pages to `ui`. It knows no database, no HTTP and no clock of its own.
//!
//! Read in this order: [`definition`], [`record`], [`query`], [`principal`], [`access`], [`port`], then the write path
//! [`write`] and the questions of [`read`]. [`pack`] turns TOML into definitions; [`expression`] and [`value`] serve it.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod access;
pub mod definition;
pub mod engine;
pub mod evidence;
pub mod expression;
pub mod find;
pub mod hold;
pub mod import;
pub mod kernel;
pub mod pack;
pub mod port;
pub mod principal;
pub mod query;
pub mod read;
pub mod record;
pub mod refusal;
pub mod seal;
pub mod search;
pub mod task;
pub mod value;
pub mod write;

pub use engine::{Context, Engine};
pub use kernel::{Entropy, Kernel};
pub use principal::{Principal, RoleHeld, Standing};
pub use record::{Body, Record};
pub use refusal::{Problem, Refusal};
pub use write::Change;
