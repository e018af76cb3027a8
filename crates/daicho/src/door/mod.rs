//! Doors: the addresses the program listens on, plain or with TLS, and what each of them is for.
//!
//! TLS is rustls with the ring provider: versions 1.3 and 1.2, only suites with forward secrecy and authenticated
//! encryption, no compression, no renegotiation, no early data. Handshakes run beside one another, each with a time limit,
//! so that a slow client keeps nobody waiting; so do requests ([`serve`]). Certificates are read again when their files change ([`tls`]).

mod listener;
mod places;
mod redirect;
mod serve;
pub mod tls;

use std::net::SocketAddr;

use identity::device::Fingerprint;
pub use listener::Doorway;
pub use redirect::redirect;
pub use serve::{Patience, serve};

/// What a door is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Door {
    /// Everything: there is no second door.
    #[default]
    All,
    /// Everything but the functions of administrators.
    Users,
    /// The functions of administrators, and what they need to sign in.
    Administrators,
}

/// The other end of a connection.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Network address.
    pub address: SocketAddr,
    /// Fingerprint of the certificate it presented, which our authority has signed.
    pub certificate: Option<Fingerprint>,
    /// Whether the connection is TLS.
    pub tls: bool,
    /// The door it came to.
    pub door: Door,
}

impl Peer {
    /// A peer without TLS at the one door.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, certificate: None, tls: false, door: Door::All }
    }
}
