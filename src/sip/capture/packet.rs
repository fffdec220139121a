//! What lies between a captured packet and the SIP in it: link, VLAN, IP, fragments, UDP, TCP.

use std::net::{IpAddr, SocketAddr};

use etherparse::defrag::IpDefragPool;
use etherparse::{
    EtherType, IpNumber, LaxNetSlice, LaxSlicedPacket, SlicedPacket, TcpSlice, TransportSlice,
    UdpSlice,
};
use memchr::memmem;
use pcap_parser::Linktype;

use super::streams::{Piece, Streams};
use super::{Found, Mirrored};
use crate::config::Transport;
use crate::kernel::Moment;

/// Fragments within which a datagram must be whole.
const MOST_FRAGMENTS: u64 = 256;
/// Bytes within which the first line of SIP says so.
const FIRST_LINE: usize = 1024;

/// The link layers that are read (tcpdump.org/linktypes.html).
mod link {
    pub(super) const NULL: i32 = 0;
    pub(super) const ETHERNET: i32 = 1;
    pub(super) const RAW_OF_OLD: [i32; 2] = [12, 14];
    pub(super) const RAW: i32 = 101;
    pub(super) const LOOP: i32 = 108;
    pub(super) const LINUX_COOKED: i32 = 113;
    pub(super) const IPV4: i32 = 228;
    pub(super) const IPV6: i32 = 229;
    pub(super) const LINUX_COOKED_2: i32 = 276;
}

/// Reads packets, and remembers those that come in pieces.
#[derive(Default)]
pub(super) struct Packets {
    fragments: IpDefragPool<u64, ()>,
    counted: u64,
    streams: Streams,
}

/// A packet cut into its layers; the strict cut is for putting fragments together.
enum Cut<'a> {
    Ether(&'a [u8]),
    Typed(u16, &'a [u8]),
    Ip(&'a [u8]),
}

impl<'a> Cut<'a> {
    /// What begins behind the link's own head; `None` where the link is not known.
    fn of(link: Linktype, data: &'a [u8]) -> Option<Self> {
        let typed = |place: usize, head: usize| {
            let (kind, rest) = (data.get(place..)?.first_chunk::<2>()?, data.get(head..)?);
            Some(Self::Typed(u16::from_be_bytes(*kind), rest))
        };
        match link.0 {
            link::ETHERNET => Some(Self::Ether(data)),
            link::LINUX_COOKED => typed(14, 16),
            link::LINUX_COOKED_2 => typed(0, 20),
            link::NULL | link::LOOP => Some(Self::Ip(data.get(4..)?)),
            link::RAW | link::IPV4 | link::IPV6 => Some(Self::Ip(data)),
            old if link::RAW_OF_OLD.contains(&old) => Some(Self::Ip(data)),
            _ => None,
        }
    }

    fn lax(&self) -> Option<LaxSlicedPacket<'a>> {
        match *self {
            Self::Ether(data) => LaxSlicedPacket::from_ethernet(data).ok(),
            Self::Typed(kind, data) => {
                Some(LaxSlicedPacket::from_ether_type(EtherType(kind), data))
            }
            Self::Ip(data) => LaxSlicedPacket::from_ip(data).ok(),
        }
    }

    fn strict(&self) -> Option<SlicedPacket<'a>> {
        match *self {
            Self::Ether(data) => SlicedPacket::from_ethernet(data).ok(),
            Self::Typed(kind, data) => SlicedPacket::from_ether_type(EtherType(kind), data).ok(),
            Self::Ip(data) => SlicedPacket::from_ip(data).ok(),
        }
    }
}

impl Packets {
    /// Gives the SIP messages that a packet completes.
    pub(super) fn take(
        &mut self,
        link: Linktype,
        at: Moment,
        data: &[u8],
        found: &mut Found,
        hear: &mut impl FnMut(&Mirrored<'_>),
    ) {
        let Some(cut) = Cut::of(link, data) else {
            found.unknown_link.get_or_insert(link.0);
            found.unreadable = found.unreadable.saturating_add(1);
            return;
        };
        let Some(packet) = cut.lax() else {
            found.unreadable = found.unreadable.saturating_add(1);
            return;
        };
        let (source, destination): (IpAddr, IpAddr) = match &packet.net {
            Some(LaxNetSlice::Ipv4(ip)) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            Some(LaxNetSlice::Ipv6(ip)) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            Some(LaxNetSlice::Arp(_)) | None => return,
        };
        let ends = (source, destination);
        match &packet.transport {
            Some(TransportSlice::Udp(udp)) => datagram(udp, at, ends, found, hear),
            Some(TransportSlice::Tcp(tcp)) => self.segment(tcp, at, ends, found, hear),
            Some(TransportSlice::Icmpv4(_) | TransportSlice::Icmpv6(_)) => {}
            _ => {
                if packet.ip_payload().is_some_and(|payload| payload.fragmented) {
                    self.fragment(&cut, at, ends, found, hear);
                }
            }
        }
    }

    fn segment(
        &mut self,
        tcp: &TcpSlice<'_>,
        at: Moment,
        (source, destination): (IpAddr, IpAddr),
        found: &mut Found,
        hear: &mut impl FnMut(&Mirrored<'_>),
    ) {
        let source = SocketAddr::new(source, tcp.source_port());
        let destination = SocketAddr::new(destination, tcp.destination_port());
        let piece = Piece {
            number: tcp.sequence_number(),
            begins: tcp.syn(),
            ends: tcp.fin() || tcp.rst(),
            bytes: tcp.payload(),
        };
        let lost = self.streams.take((source, destination), &piece, &mut |payload| {
            found.messages = found.messages.saturating_add(1);
            let transport = Transport::Tcp;
            hear(&Mirrored { at, heard_at: at, transport, source, destination, payload });
        });
        found.gaps = found.gaps.saturating_add(lost);
    }

    fn fragment(
        &mut self,
        cut: &Cut<'_>,
        at: Moment,
        ends: (IpAddr, IpAddr),
        found: &mut Found,
        hear: &mut impl FnMut(&Mirrored<'_>),
    ) {
        let Some(packet) = cut.strict() else {
            found.unreadable = found.unreadable.saturating_add(1);
            return;
        };
        self.counted = self.counted.saturating_add(1);
        let number = self.counted;
        if number.is_multiple_of(MOST_FRAGMENTS) {
            self.fragments.retain(|began| began.saturating_add(MOST_FRAGMENTS) > number);
        }
        let Ok(whole) = self.fragments.process_sliced_packet(&packet, number, ()) else {
            found.unreadable = found.unreadable.saturating_add(1);
            return;
        };
        let Some(whole) = whole else { return };
        if whole.ip_number == IpNumber::UDP {
            if let Ok(udp) = UdpSlice::from_slice_lax(&whole.payload) {
                datagram(&udp, at, ends, found, hear);
            }
        } else if whole.ip_number == IpNumber::TCP
            && let Ok(tcp) = TcpSlice::from_slice(&whole.payload)
        {
            self.segment(&tcp, at, ends, found, hear);
        }
        self.fragments.return_buf(whole);
    }
}

fn datagram(
    udp: &UdpSlice<'_>,
    at: Moment,
    (source, destination): (IpAddr, IpAddr),
    found: &mut Found,
    hear: &mut impl FnMut(&Mirrored<'_>),
) {
    let payload = udp.payload();
    if begins_sip(payload) {
        found.messages = found.messages.saturating_add(1);
        hear(&Mirrored {
            at,
            heard_at: at,
            transport: Transport::Udp,
            source: SocketAddr::new(source, udp.source_port()),
            destination: SocketAddr::new(destination, udp.destination_port()),
            payload,
        });
    }
}

/// Whether bytes are the beginning of SIP: the first line names it (RFC 3261 §7).
pub(super) fn begins_sip(bytes: &[u8]) -> bool {
    if !bytes.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let window = bytes.get(..FIRST_LINE).unwrap_or(bytes);
    let line = window.split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"SIP/2.0 ") || memmem::find(line, b" SIP/2.0").is_some()
}
