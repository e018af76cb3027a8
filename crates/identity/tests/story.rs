//! Sign-in from end to end, on an embedded database, with the definitions of the pack `core`, a clock that stands still
//! and seeded randomness.

#[path = "story/world.rs"]
mod world;

#[path = "story/accounts.rs"]
mod accounts;
#[path = "story/devices.rs"]
mod devices;
#[path = "story/lock_out.rs"]
mod lock_out;
#[path = "story/oidc.rs"]
mod oidc;
#[path = "story/passwords.rs"]
mod passwords;
#[path = "story/privilege.rs"]
mod privilege;
#[path = "story/remote.rs"]
mod remote;
#[path = "story/reset.rs"]
mod reset;
#[path = "story/roles.rs"]
mod roles;
#[path = "story/second.rs"]
mod second;
#[path = "story/sessions.rs"]
mod sessions;
#[path = "story/sign_in.rs"]
mod sign_in;
#[path = "story/spared.rs"]
mod spared;
#[path = "story/tokens.rs"]
mod tokens;
