//! The generic screens, asked as a browser asks them, on a store of their own with a small pack (見本).

mod access;
mod bulk;
mod cost;
mod form;
mod history;
mod import;
mod list;
mod loan;
mod packs;
mod site;
