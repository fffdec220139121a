//! One connection, TCP or TLS, ours or theirs: messages out of its bytes, and its patience.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Ear, Outlet, Received, Route};
use crate::config::Transport;
use crate::sip::framing::Framer;

/// How long a message may take from its first byte to its last, and a new connection to its first
/// message.
const SLOW: Duration = Duration::from_secs(32);
/// How long a connection that others opened may say nothing.
const IDLE: Duration = Duration::from_mins(10);
/// How often a connection of ours says something, so that no router on the way forgets it
/// (RFC 5626 §3.5.1).
const PING_EVERY: Duration = Duration::from_secs(55);
/// How long the other end may take to read what we write.
const WRITE: Duration = Duration::from_secs(10);
/// How long opening a connection may take, handshake included.
const DIAL: Duration = Duration::from_secs(8);
/// Messages that wait to be written.
const QUEUE: usize = 256;
const PING: &[u8] = b"\r\n\r\n";
const PONG: &[u8] = b"\r\n";

/// Who opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Us,
    Them,
}

/// Both ends of a connection's queue.
pub(crate) struct Ends {
    by: By,
    route: Route,
    queue: mpsc::Sender<Vec<u8>>,
    outgoing: mpsc::Receiver<Vec<u8>>,
}

/// The ends of a connection that others opened.
pub(super) fn ends(transport: Transport, local: SocketAddr, peer: SocketAddr) -> Ends {
    ends_by(By::Them, transport, local, peer)
}

fn ends_by(by: By, transport: Transport, local: SocketAddr, peer: SocketAddr) -> Ends {
    let (queue, outgoing) = mpsc::channel(QUEUE);
    let route = Route { transport, local, peer, outlet: Outlet::Stream(queue.clone()) };
    Ends { by, route, queue, outgoing }
}

/// A connection of ours. It is closed when this is dropped.
#[derive(Debug)]
pub(crate) struct Dialled {
    /// The way to the peer.
    pub(crate) route: Route,
    _hangs_up: DropGuard,
}

/// Opens a connection and carries it in a task of its own.
pub(crate) async fn dial(
    ear: &Ear,
    peer: SocketAddr,
    tls: Option<(TlsConnector, rustls::pki_types::ServerName<'static>)>,
) -> io::Result<Dialled> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let socket = timeout(DIAL, TcpStream::connect(peer)).await.map_err(late)??;
    socket.set_nodelay(true)?;
    let local = socket.local_addr()?;
    let hang_up = CancellationToken::new();
    let line = hang_up.clone();
    let route = match tls {
        None => {
            let ends = ends_by(By::Us, Transport::Tcp, local, peer);
            let (ear, route) = (ear.clone(), ends.route.clone());
            ear.tasks.clone().spawn(async move {
                line.run_until_cancelled(carry(&ear, socket, ends)).await;
            });
            route
        }
        Some((connector, name)) => {
            let stream = timeout(DIAL, connector.connect(name, socket)).await.map_err(late)??;
            let ends = ends_by(By::Us, Transport::Tls, local, peer);
            let (ear, route) = (ear.clone(), ends.route.clone());
            ear.tasks.clone().spawn(async move {
                line.run_until_cancelled(carry(&ear, stream, ends)).await;
            });
            route
        }
    };
    Ok(Dialled { route, _hangs_up: hang_up.drop_guard() })
}

/// Carries a connection until either end has enough of it.
pub(super) async fn carry<S>(ear: &Ear, stream: S, ends: Ends)
where
    S: AsyncRead + AsyncWrite + Send,
{
    let (read, write) = tokio::io::split(stream);
    let Ends { by, route, queue, outgoing } = ends;
    let why = tokio::select! {
        why = hear(ear, read, by, &route, &queue) => why,
        why = say(write, by, outgoing) => why,
        () = ear.close.cancelled() => Ok(()),
    };
    if let Err(fault) = why {
        tracing::debug!(peer.ip = %route.peer.ip(), "a SIP connection closed: {fault}");
    }
}

async fn hear<R>(
    ear: &Ear,
    mut from: R,
    by: By,
    route: &Route,
    queue: &mpsc::Sender<Vec<u8>>,
) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin,
{
    let mut framer = Framer::new();
    let mut chunk = vec![0; 8192];
    let mut patience = Box::pin(sleep(SLOW));
    let mut waiting = by == By::Them;
    if by == By::Us {
        patience.set(endless());
    }
    loop {
        let length = tokio::select! {
            length = from.read(&mut chunk) => length?,
            () = &mut patience => return Err(io::ErrorKind::TimedOut.into()),
        };
        let at = ear.clock.now();
        if length == 0 {
            return Ok(());
        }
        let bytes = chunk.get(..length).unwrap_or_default();
        if !framer.is_waiting() && bytes.starts_with(PING) && queue.try_send(PONG.to_vec()).is_err()
        {
            return Err(io::ErrorKind::WriteZero.into());
        }
        framer.push(bytes).map_err(|why| unreadable(ear, why))?;
        let mut whole = false;
        while let Some(message) = framer.next_message().map_err(|why| unreadable(ear, why))? {
            whole = true;
            if !ear.affords(route.peer.ip()) {
                continue;
            }
            let received = Received { at, route: route.clone(), bytes: message.to_vec() };
            // a stream waits its turn: the sender slows down with us
            if ear.inbound.send(received).await.is_err() {
                return Ok(());
            }
        }
        // the timer of a message runs from its first byte, however slowly the others follow
        let begun = framer.is_waiting();
        if begun && (whole || !waiting) {
            patience.set(sleep(SLOW));
        } else if whole && !begun {
            patience.set(if by == By::Us { endless() } else { sleep(IDLE) });
        }
        waiting = begun || (waiting && !whole);
    }
}

/// Half a year: nobody sleeps longer than the machine stays up.
fn endless() -> Sleep {
    sleep(Duration::from_hours(180 * 24))
}

fn unreadable(ear: &Ear, why: crate::sip::read::Unreadable) -> io::Error {
    ear.meters.drop_one(why.label());
    io::Error::new(io::ErrorKind::InvalidData, why)
}

async fn say<W>(mut to: W, by: By, mut outgoing: mpsc::Receiver<Vec<u8>>) -> io::Result<()>
where
    W: AsyncWrite + Send + Unpin,
{
    loop {
        let bytes = match by {
            By::Them => outgoing.recv().await,
            By::Us => timeout(PING_EVERY, outgoing.recv()).await.unwrap_or(Some(PING.to_vec())),
        };
        let Some(bytes) = bytes else { return Ok(()) };
        let write = async {
            to.write_all(&bytes).await?;
            to.flush().await
        };
        timeout(WRITE, write).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    }
}
