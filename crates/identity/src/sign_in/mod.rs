//! Sign-in with name and password, in three steps: [`read_candidate`] in a reading transaction, [`check`] outside of
//! any, [`open`] in a writing one. A second factor will stand between [`check`] and [`open`].
//!
//! A stranger learns nothing from a failure: one message and one amount of work, whether the name is unknown, the
//! password is wrong or the account is suspended. The journal says which it was.

mod candidate;
mod check;
mod open;

pub(crate) use candidate::folded;
pub use candidate::{Candidate, read_candidate};
pub use check::{Checked, check};
pub use open::{SignInRefused, SignedIn, open};
