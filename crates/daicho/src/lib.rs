//! Composition: everything the other crates offer, put together once, for the server, the worker, the command line and
//! the tests alike.
//!
//! This crate owns settings, the command line, HTTP and background work. It decides nothing about records: pages and
//! calls go to the kernel of `ledger`, forms and tables to `ui`, areas to their crates.
//!
//! In reading order: [`settings`], [`installation`], [`web`], [`api`], [`work`], [`commands`].

pub mod api;
pub mod closed_days;
pub mod commands;
pub mod demo;
pub mod door;
pub mod hold;
pub mod installation;
pub mod leaving;
pub mod manual;
pub mod paper;
pub mod program;
pub mod recovery;
pub mod sample;
pub mod seal;
pub mod settings;
pub mod syslog;
pub mod verification;
pub mod web;
pub mod work;
