//! A door that connections come through: accepted, and with TLS shaken hands with, beside one another.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use identity::device::Fingerprint;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::places::Places;
use super::tls::Tls;
use super::{Door, Peer};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Most handshakes at the same time, in all and from one address. What comes beyond is closed at once: those who wait are
/// the slow ones, and the next client must not wait behind them.
const MOST: usize = 1_024;
const MOST_OF_ONE: usize = 64;
/// Connections that are ready and not yet taken.
const READY: usize = 64;
/// Pause when the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// A door that is open.
pub struct Doorway {
    way: Way,
    address: SocketAddr,
    door: Door,
}

enum Way {
    Plain(TcpListener),
    Tls { ready: mpsc::Receiver<(Stream, Peer)>, accepting: AbortHandle },
}

impl Doorway {
    /// Listen on an address. The limit of handshakes from one address does not hold for the proxy in front.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn open(
        address: SocketAddr,
        door: Door,
        tls: Option<Arc<Tls>>,
        proxy: Option<IpAddr>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let way = match tls {
            None => Way::Plain(listener),
            Some(tls) => {
                let (send, ready) = mpsc::channel(READY);
                let accepting = tokio::spawn(accept_all(listener, door, tls, proxy, send)).abort_handle();
                Way::Tls { ready, accepting }
            }
        };
        Ok(Self { way, address, door })
    }

    /// The address that is listened on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        if let Way::Tls { accepting, .. } = &self.way {
            accepting.abort();
        }
    }
}

impl Doorway {
    /// The next connection, and who is at its other end.
    pub async fn accept(&mut self) -> (Stream, Peer) {
        match &mut self.way {
            Way::Plain(listener) => {
                let (stream, address) = accept_one(listener).await;
                (Stream::Plain(stream), Peer { address, certificate: None, tls: false, door: self.door })
            }
            Way::Tls { ready, .. } => match ready.recv().await {
                Some(ready) => ready,
                // The accepting task lives as long as this door.
                None => std::future::pending().await,
            },
        }
    }
}

/// The next connection. What fails in accepting one is no reason to stop.
async fn accept_one(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are written in one go; waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return (stream, address);
            }
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn accept_all(
    listener: TcpListener,
    door: Door,
    tls: Arc<Tls>,
    proxy: Option<IpAddr>,
    ready: mpsc::Sender<(Stream, Peer)>,
) {
    let shaking = Places::new(MOST, MOST_OF_ONE, proxy);
    loop {
        let (tcp, address) = accept_one(&listener).await;
        let Some(place) = shaking.enter(address.ip()) else {
            // Dropping it closes it.
            continue;
        };
        let (acceptor, ready) = (TlsAcceptor::from(tls.current()), ready.clone());
        tokio::spawn(async move {
            let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(tcp)).await;
            drop(place);
            // A client that gives up, is too slow or speaks no TLS is its own matter.
            let Ok(Ok(stream)) = shaken else { return };
            let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = certificate.map(|certificate| Fingerprint::of_der(certificate));
            let peer = Peer { address, certificate, tls: true, door };
            let _ = ready.send((Stream::Tls(Box::new(stream)), peer)).await;
        });
    }
}

/// A connection, with or without TLS.
pub enum Stream {
    /// Without.
    Plain(TcpStream),
    /// With.
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
