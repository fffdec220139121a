//! Streams that senders open to us, and the cap on how many.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cut::Cutter;
use super::gate::{Batch, Gate};
use crate::meters::Meters;
use crate::sip::transport::tcp::{is_of_one_connection, is_shortage};

/// How many connections one address may hold.
const PER_SOURCE: usize = 32;
/// How many connections all may hold.
const IN_ALL: usize = 256;
/// How long a packet may take from its first byte to its last.
const SLOW: Duration = Duration::from_secs(32);
/// How often a connection that says nothing is asked whether it is still there: a mirror may be
/// silent all night.
const ALIVE: Duration = Duration::from_mins(1);

/// Takes connections until the socket fails.
pub(super) async fn hear(
    gate: &Gate,
    meters: &Meters,
    listener: TcpListener,
    tasks: &TaskTracker,
    close: &CancellationToken,
) -> io::Result<()> {
    // a seat is taken while somebody holds it
    let mut seats: BTreeMap<IpAddr, Arc<()>> = BTreeMap::new();
    loop {
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(fault) if is_of_one_connection(&fault) => continue,
            Err(fault) if is_shortage(&fault) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            Err(fault) => return Err(fault),
        };
        let ip = peer.ip().to_canonical();
        if !gate.trusts(ip) {
            continue;
        }
        seats.retain(|_, seat| Arc::strong_count(seat) > 1);
        let taken = |seat: &Arc<()>| Arc::strong_count(seat).saturating_sub(1);
        let all: usize = seats.values().map(taken).sum();
        if all >= IN_ALL || seats.get(&ip).map_or(0, taken) >= PER_SOURCE {
            meters.drop_one("connections_full");
            continue;
        }
        let seat = Arc::clone(seats.entry(ip).or_default());
        let (gate, close) = (gate.clone(), close.clone());
        tasks.spawn(async move {
            close.run_until_cancelled(serve(&gate, socket, ip)).await;
            drop(seat);
        });
    }
}

async fn serve(gate: &Gate, socket: TcpStream, ip: IpAddr) {
    let alive = TcpKeepalive::new().with_time(ALIVE).with_interval(ALIVE);
    if let Err(fault) = SockRef::from(&socket).set_tcp_keepalive(&alive) {
        tracing::debug!(peer.ip = %ip, "a connection cannot be watched: {fault}");
    }
    if let Err(fault) = carry(gate, socket, ip).await {
        tracing::debug!(peer.ip = %ip, "a mirror's connection closed: {fault}");
    }
}

#[expect(clippy::disallowed_methods, reason = "a sender's slowness is the machine's time")]
async fn carry(gate: &Gate, mut socket: TcpStream, ip: IpAddr) -> io::Result<()> {
    let mut cutter = Cutter::new();
    let mut batch = Batch::like(0, 0);
    // runs from the first byte of a packet, however slowly the others follow
    let mut patience = None;
    loop {
        let read = socket.read(cutter.space());
        let length = match patience {
            Some(until) => timeout_at(until, read).await.map_err(io::Error::from)??,
            None => read.await?,
        };
        if length == 0 {
            return Ok(());
        }
        cutter.filled(length);
        let heard_at = gate.now();
        let mut whole = false;
        loop {
            match cutter.next_packet() {
                Ok(Some(packet)) => gate.take(&mut batch, ip, heard_at, packet),
                Ok(None) => break,
                Err(why) => {
                    gate.unreadable(ip, why);
                    gate.pass(&mut batch).await;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
            }
            whole = true;
            // a stream waits its turn: the sender slows down with us
            if batch.is_full() && !gate.pass(&mut batch).await {
                return Ok(());
            }
        }
        if !gate.pass(&mut batch).await {
            return Ok(());
        }
        if !cutter.is_waiting() {
            patience = None;
        } else if whole || patience.is_none() {
            patience = Instant::now().checked_add(SLOW);
        }
    }
}
