//! Sign-in with name and password, in three steps: [`read_candidate`] in a reading transaction, [`check`] outside of
//! any, [`open`] in a writing one. Where a second factor is awaited, [`crate::session::prove`] completes it;
//! [`open_vouched`] is the way in for an account that an identity provider vouches for.
//!
//! A stranger learns nothing from a failure: one message and one amount of work, whether the name is unknown, the
//! password is wrong, the account is locked or suspended, or an initial password has run out. The journal says which it
//! was.

mod candidate;
mod check;
pub(crate) mod complete;
pub(crate) mod lock_out;
mod open;

pub(crate) use candidate::folded;
pub use candidate::{Candidate, read_candidate};
pub use check::{Checked, check};
pub use complete::Welcome;
pub use lock_out::{limited_by, locked, release};
pub use open::{Arrival, SignInRefused, SignedIn, open, open_vouched};
