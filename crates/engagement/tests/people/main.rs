//! Stories of people and protection through the real write path, with the real packs, on both databases.

mod custody;
mod papers;
mod protection;
mod site;
mod staff;
mod subcontracts;
