//! Stories of the whole program: the server over HTTP and the command line as an administrator types it, with nothing
//! replaced but clock and randomness, and those only where the story runs inside the test.
//!
//! In reading order: `browser` speaks HTTP, `agency` is a server inside the test, `program` runs the built program; the
//! other modules are the stories; `attack` tells those of attackers.

mod agency;
mod attack;
mod browser;
mod cluster;
mod database;
mod destruction;
mod point_in_time;
mod program;

mod clear_text;
mod clock;
mod damage;
mod disposal;
mod drain;
mod everyone;
mod imports;
mod keeping;
mod known;
mod leaving;
mod limits;
mod log;
mod mail;
mod marks;
mod new_contract;
mod new_ledger;
mod nowhere;
mod reasons;
mod recovery;
mod remote;
mod reviewed;
mod schedule;
mod security_report;
mod self_check;
mod slow;
mod syslog;
mod tls;
mod verifying;
mod writers;
