//! Who somebody is: passwords, sign-in, sessions, bearer tokens, and the [`Principal`](ledger::Principal) they lead to.
//!
//! This crate owns the proof that an account (利用者) or a machine client is who it says, and the roles in force today.
//! It leaves to `ledger` what those roles may do, to `store` the keeping of hashes and sessions, and to the server
//! cookies, addresses and status codes. Accounts and grants of roles are ordinary records of the pack `core`; their
//! names are gathered in [`names`].
//!
//! A sign-in is three steps, because hashing takes some 25 ms and 19 MiB and must not hold a database transaction:
//!
//! ```
//! use identity::{Arrival, Origin, Password, Settings, SignInRefused, SignedIn, sign_in};
//! use ledger::port::{Reader, StoreError, Writer};
//! use ledger::Kernel;
//!
//! # struct Store;
//! # impl Store {
//! #     fn read<T>(&self, _: impl FnOnce(&mut dyn Reader) -> Result<T, StoreError>) -> Result<T, StoreError> { loop {} }
//! #     fn write<T>(&self, _: impl FnOnce(&mut dyn Writer) -> Result<T, StoreError>) -> Result<T, StoreError> { loop {} }
//! # }
//! fn enter(
//!     store: &Store, kernel: &Kernel, settings: &Settings, login: &str, password: &Password, origin: &Origin,
//! ) -> Result<Result<SignedIn, SignInRefused>, StoreError> {
//!     let candidate = store.read(|tx| sign_in::read_candidate(tx, login))?;
//!     let checked = sign_in::check(kernel, settings, candidate, password);
//!     store.write(|tx| sign_in::open(tx, kernel, settings, &checked, &Arrival::new(origin)))
//! }
//! ```
//!
//! Read in this order: [`names`], [`settings`], [`password`], [`sign_in`], [`second`], [`session`], [`principal`], [`token`],
//! [`rate`].
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod accounts;
pub mod device;
mod evidence;
pub mod names;
pub mod oidc;
mod origin;
pub mod password;
pub mod principal;
pub mod privilege;
pub mod rate;
pub mod remote;
pub mod scim;
pub mod second;
mod secret;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod token;

pub use origin::Origin;
pub use password::Password;
pub use secret::Secret;
pub use settings::Settings;
pub use sign_in::{Arrival, SignInRefused, SignedIn};
