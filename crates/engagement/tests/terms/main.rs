//! Contracts made from terms, through the real write path on both databases.

mod desk;
mod following;
mod making;
mod moving;
mod recounting;
mod speed;
