//! The three ways of a message: TLS (RFC 5425), TCP with octet counting (RFC 6587 section 3.4.1), UDP (RFC 5426).

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::{SyslogSettings, Transport};

/// Longest wait for a connection and for a message to be taken.
const WAIT: Duration = Duration::from_secs(5);

/// Why messages do not go out.
#[derive(Debug, thiserror::Error)]
pub enum SendProblem {
    /// The receiver cannot be reached, or the connection was lost.
    #[error("syslog の受信先 {0} に送れません: {1}")]
    Receiver(String, std::io::Error),
    /// The file of the authority cannot be used.
    #[error("syslog.authority の {0} を使えません: {1}")]
    Authority(PathBuf, String),
    /// The connection is not protected as it should be.
    #[error("syslog の受信先 {0} とのTLSを始められません: {1}")]
    Tls(String, String),
}

/// A way to the receiver.
pub struct Wire {
    server: String,
    way: Way,
}

enum Way {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    /// Reach the receiver.
    pub fn open(settings: &SyslogSettings) -> Result<Self, SendProblem> {
        let server = settings.server.clone();
        let failed = |error| SendProblem::Receiver(server.clone(), error);
        let addresses: Vec<SocketAddr> = server.to_socket_addrs().map_err(failed)?.collect();
        let way = match settings.transport {
            Transport::Udp => {
                let first = addresses.first().ok_or_else(|| failed(ErrorKind::NotFound.into()))?;
                let own: SocketAddr = if first.is_ipv4() { ([0u8; 4], 0).into() } else { ([0u16; 8], 0).into() };
                let socket = UdpSocket::bind(own).map_err(failed)?;
                socket.connect(first).map_err(failed)?;
                Way::Udp(socket)
            }
            Transport::Tcp => Way::Tcp(connect(&addresses).map_err(failed)?),
            Transport::Tls => {
                let connection = client(settings)?;
                let mut stream = StreamOwned::new(connection, connect(&addresses).map_err(failed)?);
                // The handshake comes first, so that nothing is counted as sent to a stranger.
                stream.conn.complete_io(&mut stream.sock).map_err(|error| tls(settings, &error))?;
                Way::Tls(Box::new(stream))
            }
        };
        Ok(Self { server, way })
    }

    /// Whether the receiver still holds the connection, as far as is known here.
    pub fn alive(&mut self) -> bool {
        let sock = match &self.way {
            Way::Udp(_) => return true,
            Way::Tcp(stream) => stream.try_clone(),
            Way::Tls(stream) => stream.sock.try_clone(),
        };
        // A receiver of syslog says nothing: what can be read without waiting is the end of the connection.
        let Some(sock) = sock.ok().filter(|sock| sock.set_nonblocking(true).is_ok()) else { return false };
        let mut room = [0u8; 64];
        let heard = match &mut self.way {
            Way::Udp(_) => Ok(1),
            Way::Tcp(stream) => stream.read(&mut room),
            Way::Tls(stream) => stream.read(&mut room),
        };
        let open = match heard {
            Ok(bytes) => bytes > 0,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        open && sock.set_nonblocking(false).is_ok()
    }

    /// Send messages in order.
    pub fn send(&mut self, messages: &[String]) -> Result<(), SendProblem> {
        let counted = || -> Vec<u8> {
            messages.iter().flat_map(|message| format!("{} {message}", message.len()).into_bytes()).collect()
        };
        let sent = match &mut self.way {
            Way::Udp(socket) => messages.iter().try_for_each(|message| socket.send(message.as_bytes()).map(drop)),
            Way::Tcp(stream) => stream.write_all(&counted()).and_then(|()| stream.flush()),
            Way::Tls(stream) => stream.write_all(&counted()).and_then(|()| stream.flush()),
        };
        sent.map_err(|error| SendProblem::Receiver(self.server.clone(), error))
    }
}

fn connect(addresses: &[SocketAddr]) -> std::io::Result<TcpStream> {
    let mut last = ErrorKind::NotFound.into();
    for address in addresses {
        match TcpStream::connect_timeout(address, WAIT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(WAIT))?;
                stream.set_write_timeout(Some(WAIT))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn tls(settings: &SyslogSettings, problem: &dyn std::fmt::Display) -> SendProblem {
    SendProblem::Tls(settings.server.clone(), problem.to_string())
}

fn client(settings: &SyslogSettings) -> Result<ClientConnection, SendProblem> {
    let roots = match &settings.authority {
        Some(path) => roots(path)?,
        None => RootCertStore::empty(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(settings, &error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = settings.server.rsplit_once(':').map_or(settings.server.as_str(), |(host, _)| host);
    let name =
        ServerName::try_from(host.trim_matches(['[', ']']).to_string()).map_err(|error| tls(settings, &error))?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| tls(settings, &error))
}

fn roots(path: &Path) -> Result<RootCertStore, SendProblem> {
    let unusable = |error: String| SendProblem::Authority(path.to_path_buf(), error);
    let mut roots = RootCertStore::empty();
    let pems = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    for certificate in pems {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("証明書が入っていません".into()));
    }
    Ok(roots)
}
