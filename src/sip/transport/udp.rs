//! Datagrams: one socket, one task.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::error::TrySendError;

use super::{Ear, Outlet, Received, Route};
use crate::config::Transport;

/// The largest datagram there is.
const DATAGRAM: usize = 65_536;
/// Room the kernel keeps for a burst; it takes what its limit allows.
pub(super) const KERNEL_BUFFER: usize = 4 * 1024 * 1024;
/// How many refusals in a row make a socket useless.
const FAULTS: u32 = 16;

/// Opens a datagram socket. IPv6 hears only IPv6, so that `[::]` and `0.0.0.0` can stand side by
/// side. The kernel is asked for so many bytes of room for what is not read yet.
pub(crate) fn open(addr: SocketAddr, kernel_buffer: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    if addr.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(kernel_buffer)?;
    #[cfg(target_os = "linux")]
    if socket.recv_buffer_size()? < kernel_buffer {
        // above the limit only with a privilege that few services have
        let _forced =
            rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, kernel_buffer);
    }
    socket.bind(&addr.into())?;
    UdpSocket::from_std(socket.into())
}

/// Hears until the socket fails.
pub(super) async fn hear(ear: &Ear, socket: Arc<UdpSocket>) -> io::Result<()> {
    let local = socket.local_addr()?;
    let mut buffer = vec![0; DATAGRAM];
    let mut faults = 0_u32;
    loop {
        let (length, peer) = match socket.recv_from(&mut buffer).await {
            Ok(came) => came,
            Err(fault) => {
                // the host's network may be down for a while: no reason to give the port away
                faults = faults.saturating_add(1);
                if faults > FAULTS {
                    return Err(fault);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let at = ear.clock.now();
        faults = 0;
        if !ear.trusts(peer.ip()) || !ear.affords(peer.ip()) {
            continue;
        }
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        let outlet = Outlet::Datagrams(Arc::downgrade(&socket));
        let route = Route { transport: Transport::Udp, local, peer, outlet };
        match ear.inbound.try_send(Received { at, route, bytes }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => ear.meters.drop_one("inbound_full"),
            Err(TrySendError::Closed(_)) => return Ok(()),
        }
    }
}
