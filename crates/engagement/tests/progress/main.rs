//! Stories of plan, progress, delivery and inspection, through the write path on both databases.

mod contract;
mod visitor;

mod baselines;
mod bundles;
mod home;
mod inspections;
mod issues;
mod meetings;
mod pages;
mod papers;
mod registers;
mod reminders;
mod reports;
