//! One suite for both databases: whatever the port promises is shown on SQLite and on PostgreSQL by the same test.
//!
//! The address of a PostgreSQL database comes from `DAICHO_TEST_POSTGRES`; each test makes a schema of its own in it.

/// Make a test of each function for each database.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&crate::databases::sqlite()); })*
        }
        mod postgres {
            $(#[test] fn $test() {
                if let Some(database) = crate::databases::postgres() { super::$test(&database); }
            })*
        }
    };
}

mod cipher;
mod concurrency;
mod copy;
mod damage;
mod databases;
mod duties;
mod factors;
mod filters;
mod generated;
mod guard;
mod people;
mod protected;
mod records;
mod seal;
mod search;
mod shape;
mod sign_in;
mod time;
mod trail;
mod vaults;
mod work;
