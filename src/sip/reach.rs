//! The way to a PBX: which socket, which connection, and the address at which it finds us.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;

use super::SocketProblem;
use super::transport::stream::{self, Dialled};
use super::transport::{Ear, Outlet, Route, Sockets, tls};
use crate::config::{PbxAddress, Sip, Transport};

/// A PBX within reach.
#[derive(Debug)]
pub(crate) struct Reached {
    /// The way there.
    pub(crate) route: Route,
    /// Where it finds us.
    pub(crate) contact: SocketAddr,
    /// Keeps the connection open, where there is one.
    _connection: Option<Dialled>,
}

/// Why a PBX is out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreached {
    /// A key of the locale files.
    pub(crate) reason: &'static str,
    /// What the system said, for the log.
    pub(crate) detail: String,
}

impl Unreached {
    /// Nothing answers there.
    pub(crate) fn because(detail: impl Into<String>) -> Self {
        Self { reason: "unreachable", detail: detail.into() }
    }
}

impl From<io::Error> for Unreached {
    fn from(fault: io::Error) -> Self {
        Self::because(fault.to_string())
    }
}

/// Finds the way to `peer`.
pub(crate) async fn reach(
    pbx: &PbxAddress,
    peer: SocketAddr,
    sip: &Sip,
    ear: &Ear,
    sockets: &Sockets,
) -> Result<Reached, Unreached> {
    match pbx.transport {
        Transport::Udp => {
            let here = towards(peer).await?;
            let (socket, local) = datagrams(sockets, here)?;
            let ip = if local.ip().is_unspecified() { here } else { local.ip() };
            let contact = SocketAddr::new(advertised(sip, ip), local.port());
            let outlet = Outlet::Datagrams(Arc::downgrade(&socket));
            let route = Route { transport: Transport::Udp, local, peer, outlet };
            Ok(Reached { route, contact, _connection: None })
        }
        Transport::Tcp | Transport::Tls => {
            if !ear.knows(peer.ip()) {
                return Err(Unreached::because("its address is not in sip.trusted"));
            }
            let dialled = dial(pbx, peer, sip, ear).await?;
            let route = dialled.route.clone();
            let listens = listening_port(sockets, pbx.transport, route.local.ip());
            let port = listens.unwrap_or(route.local.port());
            let contact = SocketAddr::new(advertised(sip, route.local.ip()), port);
            Ok(Reached { route, contact, _connection: Some(dialled) })
        }
    }
}

async fn dial(pbx: &PbxAddress, peer: SocketAddr, sip: &Sip, ear: &Ear) -> io::Result<Dialled> {
    let tls = if pbx.transport == Transport::Tls {
        let connector = tls::connector(sip.tls_ca.as_deref()).map_err(io::Error::other)?;
        let name = tls::server_name(&pbx.host);
        Some((connector, name.ok_or_else(|| io::Error::other("not a name a certificate holds"))?))
    } else {
        None
    };
    stream::dial(ear, peer, tls).await
}

/// The address of ours from which the machine would send to `peer`. Nothing is sent.
async fn towards(peer: SocketAddr) -> io::Result<IpAddr> {
    let any: IpAddr =
        if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let probe = UdpSocket::bind((any, 0)).await?;
    probe.connect(peer).await?;
    Ok(probe.local_addr()?.ip())
}

/// The open datagram socket that fits best for sending from `here`.
fn datagrams(sockets: &Sockets, here: IpAddr) -> Result<(Arc<UdpSocket>, SocketAddr), Unreached> {
    let open = sockets.datagrams.borrow();
    let fits = |local: &SocketAddr| {
        let ip = local.ip();
        ip == here
            || (ip.is_ipv4() == here.is_ipv4()
                && (ip.is_unspecified() || ip.is_loopback() == here.is_loopback()))
    };
    let found = open
        .values()
        .filter_map(|socket| Some((Arc::clone(socket), socket.local_addr().ok()?)))
        .filter(|(_, local)| fits(local))
        .max_by_key(|(_, local)| local.ip() == here);
    found.ok_or_else(|| {
        let taken = sockets.states.borrow().iter().any(|state| {
            state.listen.transport == Transport::Udp
                && state.problem == Some(SocketProblem::PortTaken)
        });
        let reason = if taken { "port-taken" } else { "no-address" };
        Unreached { reason, detail: format!("no udp socket of ours sends from {here}") }
    })
}

/// The port on which we take connections of this kind at this address.
fn listening_port(sockets: &Sockets, transport: Transport, ip: IpAddr) -> Option<u16> {
    let states = sockets.states.borrow();
    let bound = states.iter().filter(|state| state.listen.transport == transport);
    bound
        .filter_map(|state| state.bound)
        .find(|local| {
            local.ip() == ip
                || (local.ip().is_unspecified() && local.ip().is_ipv4() == ip.is_ipv4())
        })
        .map(|local| local.port())
}

fn advertised(sip: &Sip, own: IpAddr) -> IpAddr {
    sip.advertise.filter(|one| one.is_ipv4() == own.is_ipv4()).unwrap_or(own)
}
