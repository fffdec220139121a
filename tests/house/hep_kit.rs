//! Somebody who mirrors signalling: HEPv3 packets as senders make them.

use std::net::{IpAddr, SocketAddr};

/// What a packet says; the usual is a message over UDP, stamped, of capture 2022.
#[derive(Clone)]
pub(crate) struct Mirroring<'a> {
    pub(crate) protocol: u8,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    /// Milliseconds since the epoch.
    pub(crate) at_ms: i64,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) payload: &'a [u8],
}

impl<'a> Mirroring<'a> {
    pub(crate) fn of(payload: &'a [u8], at_ms: i64) -> Self {
        let source = SocketAddr::from(([192, 0, 2, 1], 5060));
        let destination = SocketAddr::from(([192, 0, 2, 2], 5070));
        Self { protocol: 17, source, destination, at_ms, key: None, payload }
    }

    pub(crate) fn packet(&self) -> Vec<u8> {
        let mut out = b"HEP3\0\0".to_vec();
        let family = if self.source.is_ipv6() { 10 } else { 2 };
        chunk(&mut out, 1, &[family]);
        chunk(&mut out, 2, &[self.protocol]);
        for (ip, four, six) in [(self.source.ip(), 3, 5), (self.destination.ip(), 4, 6)] {
            match ip {
                IpAddr::V4(ip) => chunk(&mut out, four, &ip.octets()),
                IpAddr::V6(ip) => chunk(&mut out, six, &ip.octets()),
            }
        }
        chunk(&mut out, 7, &self.source.port().to_be_bytes());
        chunk(&mut out, 8, &self.destination.port().to_be_bytes());
        let seconds = u32::try_from(self.at_ms.div_euclid(1_000)).unwrap();
        let micros = u32::try_from(self.at_ms.rem_euclid(1_000) * 1_000).unwrap();
        chunk(&mut out, 9, &seconds.to_be_bytes());
        chunk(&mut out, 10, &micros.to_be_bytes());
        chunk(&mut out, 11, &[1]);
        chunk(&mut out, 12, &2022_u32.to_be_bytes());
        if let Some(key) = self.key {
            chunk(&mut out, 14, key);
        }
        chunk(&mut out, 15, self.payload);
        let length = u16::try_from(out.len()).unwrap().to_be_bytes();
        out[4..6].copy_from_slice(&length);
        out
    }
}

fn chunk(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    out.extend(0_u16.to_be_bytes());
    out.extend(kind.to_be_bytes());
    out.extend(u16::try_from(body.len() + 6).unwrap().to_be_bytes());
    out.extend(body);
}
