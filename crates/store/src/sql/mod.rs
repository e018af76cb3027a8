//! Filters, orders and queries as SQL. Values are always bound; only checked names stand in the text.

mod dialect;
mod filter;
mod hidden;
mod operand;
mod select;

pub(crate) use dialect::{Dialect, name};
pub(crate) use filter::Conditions;
pub(crate) use operand::Kind;
pub(crate) use select::{count, find, group, record_columns};
