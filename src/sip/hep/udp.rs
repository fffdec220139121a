//! Datagrams, many at a time: what has come is read in one go, then passed on in one go.

use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;

use super::drops::Drops;
use super::gate::{Batch, Gate};
use super::read::LONGEST;
use crate::meters::Meters;

/// Room the kernel is asked for: a third of a second of the worst PBX, for when the machine looks
/// elsewhere. It gives what its own limit (`net.core.rmem_max`) allows.
pub(super) const KERNEL_BUFFER: usize = 32 * 1024 * 1024;
/// How often the kernel is asked what it dropped.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// How many refusals in a row make a socket useless.
const FAULTS: u32 = 16;

/// Hears until the socket fails or nobody listens any more.
pub(super) async fn hear(gate: &Gate, meters: &Meters, socket: UdpSocket) -> io::Result<()> {
    let mut buffer = vec![0; LONGEST];
    let mut batch = Batch::like(0, 0);
    let mut drops = Drops::of(&socket);
    let mut ask = tokio::time::interval(ASK_EVERY);
    ask.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let room = SockRef::from(&socket).recv_buffer_size()?;
    if room < KERNEL_BUFFER {
        tracing::info!(
            room,
            "the kernel gives the mirror's socket {room} bytes of {KERNEL_BUFFER}; net.core.rmem_max allows no more"
        );
    }
    let mut faults = 0_u32;
    loop {
        tokio::select! {
            biased;
            _ = ask.tick() => {
                meters.hep_kernel_drops.inc_by(drops.news());
                continue;
            }
            ready = socket.readable() => ready?,
        }
        match read_what_came(gate, &socket, &mut buffer, &mut batch) {
            Ok(()) => faults = 0,
            // the host's network may be down for a while: no reason to give the port away
            Err(_) if faults < FAULTS => {
                faults = faults.saturating_add(1);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(fault) => return Err(fault),
        }
        if !gate.pass(&mut batch).await {
            return Ok(());
        }
        // a flood from strangers fills no batch and must not keep this thread for itself
        tokio::task::consume_budget().await;
    }
}

/// Reads until the socket is empty or the batch full.
fn read_what_came(
    gate: &Gate,
    socket: &UdpSocket,
    buffer: &mut [u8],
    batch: &mut Batch,
) -> io::Result<()> {
    for _ in 0..512 {
        let (length, peer) = match socket.try_recv_from(buffer) {
            Ok(came) => came,
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(fault) => return Err(fault),
        };
        if gate.trusts(peer.ip()) {
            let bytes = buffer.get(..length).unwrap_or_default();
            gate.take(batch, peer.ip(), gate.now(), bytes);
        }
        if batch.is_full() {
            return Ok(());
        }
    }
    Ok(())
}
