//! Streams that others open to us, and the cap on how many.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::{Ear, stream};
use crate::config::Transport;

/// How many connections one address may hold.
const PER_SOURCE: usize = 32;
/// How many connections all may hold.
const IN_ALL: usize = 256;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(8);

/// Opens a listening socket. IPv6 hears only IPv6.
pub(crate) fn open(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // a restart must not wait for old connections to be forgotten
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(128)?;
    TcpListener::from_std(socket.into())
}

/// Takes connections until the socket fails; with an acceptor they speak TLS.
pub(super) async fn hear(
    ear: &Ear,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
) -> io::Result<()> {
    let mut open: BTreeMap<IpAddr, usize> = BTreeMap::new();
    let (over, mut ended) = mpsc::unbounded_channel::<IpAddr>();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(ip) = ended.recv() => {
                if let Some(count) = open.get_mut(&ip) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        open.remove(&ip);
                    }
                }
                continue;
            }
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(fault) if is_of_one_connection(&fault) => continue,
            Err(fault) if is_shortage(&fault) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            Err(fault) => return Err(fault),
        };
        if !ear.trusts(peer.ip()) {
            continue;
        }
        let mine = open.get(&peer.ip()).copied().unwrap_or(0);
        if mine >= PER_SOURCE || open.values().sum::<usize>() >= IN_ALL {
            ear.meters.drop_one("connections_full");
            continue;
        }
        open.insert(peer.ip(), mine.saturating_add(1));
        let (ear, tls, over) = (ear.clone(), tls.clone(), over.clone());
        let tasks = ear.tasks.clone();
        tasks.spawn(async move {
            // told whether the connection ends well or by a panic
            let _told = Told { ip: peer.ip(), over };
            serve(&ear, socket, tls, peer).await;
        });
    }
}

struct Told {
    ip: IpAddr,
    over: mpsc::UnboundedSender<IpAddr>,
}

impl Drop for Told {
    fn drop(&mut self) {
        // when the listener is gone nobody counts any more
        let _counted = self.over.send(self.ip);
    }
}

async fn serve(ear: &Ear, socket: TcpStream, tls: Option<TlsAcceptor>, peer: SocketAddr) {
    let Ok(local) = socket.local_addr() else { return };
    // small messages, each waited for
    if socket.set_nodelay(true).is_err() {
        return;
    }
    let Some(tls) = tls else {
        let ends = stream::ends(Transport::Tcp, local, peer);
        return stream::carry(ear, socket, ends).await;
    };
    let handshake = tokio::select! {
        handshake = tokio::time::timeout(HANDSHAKE, tls.accept(socket)) => handshake,
        () = ear.close.cancelled() => return,
    };
    match handshake {
        Ok(Ok(stream)) => {
            let ends = stream::ends(Transport::Tls, local, peer);
            stream::carry(ear, stream, ends).await;
        }
        Ok(Err(_)) | Err(_) => ear.meters.drop_one("tls_handshake"),
    }
}

/// A fault of who called, not of the socket.
pub(crate) fn is_of_one_connection(fault: &io::Error) -> bool {
    matches!(
        fault.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// EMFILE, ENFILE, ENOBUFS, ENOMEM: it passes when others close theirs.
pub(crate) fn is_shortage(fault: &io::Error) -> bool {
    matches!(fault.raw_os_error(), Some(12 | 23 | 24 | 105))
}
