//! Writes captures for stories, as tcpdump and others would.

use std::net::{IpAddr, SocketAddr};

use etherparse::PacketBuilder;
use switchboard::kernel::Moment;

use super::mirror_kit::Recorded;

/// A link layer: its number, and what it puts before an IP packet.
pub(crate) type Link = (u32, fn(&[u8]) -> Vec<u8>);

/// Ethernet.
pub(crate) const ETHERNET: Link = (1, |ip| [&ethernet(ip, &[])[..], ip].concat());
/// Ethernet with a VLAN within a VLAN.
pub(crate) const VLAN: Link = (1, |ip| {
    let tags = [0x88, 0xa8, 0, 7, 0x81, 0, 0, 9];
    [&ethernet(ip, &tags)[..], ip].concat()
});
/// `tcpdump -i any`, old.
pub(crate) const COOKED: Link = (113, |ip| [&[0; 14][..], &kind(ip), ip].concat());
/// `tcpdump -i any`, new.
pub(crate) const COOKED_2: Link = (276, |ip| [&kind(ip)[..], &[0; 18], ip].concat());
/// BSD loopback.
pub(crate) const NULL: Link = (0, |ip| [&[2, 0, 0, 0][..], ip].concat());
/// IP and nothing before it.
pub(crate) const RAW: Link = (101, <[u8]>::to_vec);

fn kind(ip: &[u8]) -> [u8; 2] {
    if ip[0] >> 4 == 4 { [8, 0] } else { [0x86, 0xdd] }
}

fn ethernet(ip: &[u8], tags: &[u8]) -> Vec<u8> {
    [&[2; 12][..], tags, &kind(ip)].concat()
}

/// An IP packet with a datagram in it.
pub(crate) fn udp(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let mut packet = Vec::new();
    let ends = match (source.ip(), destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64),
        _ => panic!("two kinds of address"),
    };
    ends.udp(source.port(), destination.port()).write(&mut packet, payload).unwrap();
    packet
}

/// An IP packet with a segment of a TCP connection in it.
pub(crate) fn tcp(
    source: SocketAddr,
    destination: SocketAddr,
    number: u32,
    payload: &[u8],
) -> Vec<u8> {
    let (IpAddr::V4(from), IpAddr::V4(to)) = (source.ip(), destination.ip()) else {
        panic!("not of the old kind")
    };
    let mut packet = Vec::new();
    let ends = PacketBuilder::ipv4(from.octets(), to.octets(), 64);
    ends.tcp(source.port(), destination.port(), number, 1000).write(&mut packet, payload).unwrap();
    packet
}

/// The fragments of an IPv4 packet, each with at most so many bytes, a multiple of 8.
pub(crate) fn fragments(packet: &[u8], most: usize) -> Vec<Vec<u8>> {
    let (head, payload) = packet.split_at(20);
    let pieces: Vec<_> = payload.chunks(most).enumerate().collect();
    let last = pieces.len() - 1;
    let fragment = |(place, bytes): &(usize, &[u8])| {
        let mut head = head.to_vec();
        let length = u16::try_from(20 + bytes.len()).unwrap();
        head[2..4].copy_from_slice(&length.to_be_bytes());
        head[4..6].copy_from_slice(&77_u16.to_be_bytes());
        let flags = if *place == last { 0 } else { 0x2000 };
        let offset = u16::try_from(place * most / 8).unwrap() | flags;
        head[6..8].copy_from_slice(&offset.to_be_bytes());
        [&head, *bytes].concat()
    };
    pieces.iter().map(fragment).collect()
}

/// A pcap file of IP packets.
pub(crate) fn pcap(link: Link, packets: &[(Moment, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, link.0] {
        file.extend(word.to_le_bytes());
    }
    for (at, ip) in packets {
        let packet = link.1(ip);
        let (seconds, micros) = (at.millis() / 1000, at.millis() % 1000 * 1000);
        let length = i64::try_from(packet.len()).unwrap();
        for word in [seconds, micros, length, length] {
            file.extend(u32::try_from(word).unwrap().to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

/// The same as pcapng, its times in nanoseconds.
pub(crate) fn pcapng(link: Link, packets: &[(Moment, Vec<u8>)]) -> Vec<u8> {
    let mut file = block(
        0x0a0d_0d0a,
        &[&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[255; 8]].concat(),
    );
    let options = [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    let kind = u16::try_from(link.0).unwrap().to_le_bytes();
    file.extend(block(1, &[&kind[..], &[0; 6], &options].concat()));
    for (at, ip) in packets {
        let packet = link.1(ip);
        let nanos = u64::try_from(at.millis()).unwrap() * 1_000_000;
        let length = u32::try_from(packet.len()).unwrap().to_le_bytes();
        let high = u32::try_from(nanos >> 32).unwrap().to_le_bytes();
        let low = u32::try_from(nanos & 0xffff_ffff).unwrap().to_le_bytes();
        let head = [&[0; 4][..], &high, &low, &length, &length].concat();
        file.extend(block(6, &[&head[..], &packet].concat()));
    }
    file
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len().wrapping_neg() % 4];
    let length = u32::try_from(body.len() + padding.len() + 12).unwrap().to_le_bytes();
    [&kind.to_le_bytes()[..], &length, body, &padding, &length].concat()
}

/// A recording as datagrams.
pub(crate) fn datagrams(messages: &[Recorded]) -> Vec<(Moment, Vec<u8>)> {
    let packet = |one: &Recorded| (one.at, udp(one.source, one.destination, &one.payload));
    messages.iter().map(packet).collect()
}
