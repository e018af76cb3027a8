//! Stories of personnel evaluation through the real write path, with the real packs, on both databases.

mod agency;
mod complaints;
mod disclosure;
mod figures;
mod four_eyes;
mod loops;
mod opening;
mod policy;
mod printing;
mod secrecy;
mod transfers;
mod whole_round;
