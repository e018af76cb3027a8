//! The kernel as stories on each database: what its rules promise, through the real write path and real queries.

mod access;
mod change;
mod definition;
mod import;
mod little;
mod outside;
mod pack;
mod reading;
mod title;
