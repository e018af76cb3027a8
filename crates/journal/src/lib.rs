//! The journal (証跡): what is written down about every act, and the exact bytes that are hashed for it.
//!
//! This crate owns the shape of an [`Entry`], its canonical bytes and its leaf hash (RFC 6962 section 2.1).
//! It leaves storing entries to `store` and deciding what to write to `ledger`.
//!
//! ```
//! use journal::{Actor, Entry};
//! let entry = Entry {
//!     at: "2026-04-01T00:00:00Z".parse().unwrap(),
//!     actor: Actor::system("demo"),
//!     ledger: "person".into(),
//!     record: "01J0000000000000000000000A".into(),
//!     revision: 1,
//!     act: "create".into(),
//!     reason: None,
//!     state_before: None,
//!     state_after: Some("active".into()),
//!     changes: Default::default(),
//!     batch: None,
//! };
//! assert_eq!(entry.leaf_hash(), entry.clone().leaf_hash());
//! ```

mod canonical;
mod entry;

pub use canonical::{canonical_bytes, leaf_hash};
pub use entry::{Actor, Change, Channel, Entry, StoredEntry};
