//! Procurements as stories, through the real write path on both databases.

mod agency;
mod before;
mod money;
mod opening;
mod pages;
mod papers;
mod rules;
mod sealed;
mod story;
