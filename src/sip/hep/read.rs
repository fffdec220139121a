//! One HEPv3 packet, read in place: chunks of a length each, of which we need a dozen (HEP3/EEP
//! specification, sipcapture.org). Nothing is copied, nothing is believed before it is checked.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::config::Transport;
use crate::kernel::Moment;

/// The longest packet: its length is 16 bits.
pub const LONGEST: usize = 65_535;
/// Magic and length in front of a packet; vendor, type and length in front of a chunk.
pub(super) const HEAD: usize = 6;
const MAGIC: &[u8] = b"HEP3";

// the generic chunks (vendor 0) that are read
const FAMILY: usize = 0x01;
const PROTOCOL: usize = 0x02;
const SOURCE_4: usize = 0x03;
const DESTINATION_4: usize = 0x04;
const SOURCE_6: usize = 0x05;
const DESTINATION_6: usize = 0x06;
const SOURCE_PORT: usize = 0x07;
const DESTINATION_PORT: usize = 0x08;
const SECONDS: usize = 0x09;
const MICROSECONDS: usize = 0x0a;
const KIND: usize = 0x0b;
const CAPTURE_ID: usize = 0x0c;
const AUTH_KEY: usize = 0x0e;
const PAYLOAD: usize = 0x0f;
const COMPRESSED: usize = 0x10;
/// One more than the last of them.
const CHUNKS: usize = 0x11;

/// Protocol type 1: SIP.
const SIP: u8 = 1;

/// Why bytes are no HEPv3 packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It ends before its length says so.
    #[error("the packet is shorter than it says")]
    Short,
    /// It does not begin with `HEP3`.
    #[error("this is not HEP version 3")]
    Magic,
    /// Its length is shorter than its own head.
    #[error("the length of the packet is impossible")]
    Length,
    /// A chunk is longer than the packet, shorter than its head, or not as long as its type is.
    #[error("a chunk has an impossible length")]
    Chunk,
    /// Nobody can tell from where to where the message went.
    #[error("the packet names no addresses")]
    NoAddress,
}

/// The chunks of one packet.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    chunks: [Option<&'a [u8]>; CHUNKS],
}

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content<'a> {
    /// A SIP message.
    Sip(Packet<'a>),
    /// A payload that is compressed (chunk 0x10): nobody asked for it.
    Compressed,
    /// Something else than SIP: RTCP, a log line, a report, nothing at all.
    Other,
}

/// One mirrored SIP message as its packet tells of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// How the message travelled: TCP and TLS where the sender says so, otherwise UDP.
    pub transport: Transport,
    /// Who sent the message.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// When, by the sender's clock; `None` where it does not say.
    pub stamp: Option<Moment>,
    /// Which of its captures; 0 where it does not say.
    pub capture_id: u32,
    /// What it gives to be believed.
    pub auth_key: Option<&'a [u8]>,
    /// The message, unread.
    pub payload: &'a [u8],
}

impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // neither the key nor the message may be shown
        let Self { source, destination, capture_id, payload, .. } = self;
        write!(f, "Packet({} bytes, {source} to {destination}, from {capture_id})", payload.len())
    }
}

/// How long the packet at the front of `bytes` says it is; `None` until its head is there.
///
/// # Errors
///
/// [`Unreadable::Magic`] and [`Unreadable::Length`], as soon as they are seen: nothing that
/// follows in a stream can be trusted.
pub fn length(bytes: &[u8]) -> Result<Option<usize>, Unreadable> {
    let begun = bytes.get(..bytes.len().min(MAGIC.len())).unwrap_or_default();
    if !MAGIC.starts_with(begun) {
        return Err(Unreadable::Magic);
    }
    let Some(&[high, low]) = bytes.get(MAGIC.len()..HEAD) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < HEAD { Err(Unreadable::Length) } else { Ok(Some(length)) }
}

/// Reads the packet at the front of `bytes`; what lies behind it is not looked at.
///
/// Only chunks of vendor 0 mean what the specification says; those of others are passed over. Of
/// two chunks of one type the first counts.
///
/// # Errors
///
/// [`Unreadable`], whatever the bytes are.
pub fn read(bytes: &[u8]) -> Result<Envelope<'_>, Unreadable> {
    let length = length(bytes)?.ok_or(Unreadable::Short)?;
    let mut rest = bytes.get(HEAD..length).ok_or(Unreadable::Short)?;
    let mut chunks = [None; CHUNKS];
    while let Some((head, _)) = rest.split_first_chunk::<HEAD>() {
        let [vendor_high, vendor_low, kind_high, kind_low, length_high, length_low] = *head;
        let length = usize::from(u16::from_be_bytes([length_high, length_low]));
        let body = rest.get(HEAD..length).ok_or(Unreadable::Chunk)?;
        rest = rest.get(length..).ok_or(Unreadable::Chunk)?;
        if [vendor_high, vendor_low] != [0, 0] {
            continue;
        }
        let kind = usize::from(u16::from_be_bytes([kind_high, kind_low]));
        if let Some(slot @ None) = chunks.get_mut(kind) {
            *slot = Some(body);
        }
    }
    if rest.is_empty() { Ok(Envelope { chunks }) } else { Err(Unreadable::Chunk) }
}

impl<'a> Envelope<'a> {
    fn bytes(&self, kind: usize) -> Option<&'a [u8]> {
        self.chunks.get(kind).copied().flatten()
    }

    fn fixed<const N: usize>(&self, kind: usize) -> Result<Option<[u8; N]>, Unreadable> {
        let Some(bytes) = self.bytes(kind) else { return Ok(None) };
        bytes.try_into().map(Some).map_err(|_| Unreadable::Chunk)
    }

    /// What the sender gives to be believed (chunk 0x0e).
    pub fn auth_key(&self) -> Option<&'a [u8]> {
        self.bytes(AUTH_KEY)
    }

    /// Which of its captures the sender mirrors (chunk 0x0c); 0 where it does not say.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Chunk`] when it is not four bytes long.
    pub fn capture_id(&self) -> Result<u32, Unreadable> {
        Ok(self.fixed(CAPTURE_ID)?.map_or(0, u32::from_be_bytes))
    }

    /// What it carries.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Chunk`] when a chunk is not as long as its type is, and
    /// [`Unreadable::NoAddress`].
    pub fn content(&self) -> Result<Content<'a>, Unreadable> {
        if !matches!(self.fixed(KIND)?, None | Some([SIP])) {
            return Ok(Content::Other);
        }
        let Some(payload) = self.bytes(PAYLOAD).filter(|payload| !payload.is_empty()) else {
            let compressed = self.bytes(COMPRESSED).is_some();
            return Ok(if compressed { Content::Compressed } else { Content::Other });
        };
        let (source, destination) = self.addresses()?;
        Ok(Content::Sip(Packet {
            transport: match self.fixed(PROTOCOL)? {
                Some([6]) => Transport::Tcp,
                // Kamailio's mark for what it saw inside TLS
                Some([22]) => Transport::Tls,
                _ => Transport::Udp,
            },
            source,
            destination,
            stamp: self.time()?,
            capture_id: self.capture_id()?,
            auth_key: self.auth_key(),
            payload,
        }))
    }

    fn addresses(&self) -> Result<(SocketAddr, SocketAddr), Unreadable> {
        let four = self.fixed::<4>(SOURCE_4)?.zip(self.fixed::<4>(DESTINATION_4)?);
        let six = self.fixed::<16>(SOURCE_6)?.zip(self.fixed::<16>(DESTINATION_6)?);
        let four = four.map(|(from, to)| (IpAddr::from(from), IpAddr::from(to)));
        let six = six.map(|(from, to)| (IpAddr::from(from), IpAddr::from(to)));
        // what a family is called depends on the sender's system, IPv4 alone is 2 everywhere
        let pair = match self.fixed(FAMILY)? {
            None | Some([2]) => four.or(six),
            Some(_) => six.or(four),
        };
        let (from, to) = pair.ok_or(Unreadable::NoAddress)?;
        let port = |kind| Ok(self.fixed(kind)?.map_or(0, u16::from_be_bytes));
        Ok((
            SocketAddr::new(from, port(SOURCE_PORT)?),
            SocketAddr::new(to, port(DESTINATION_PORT)?),
        ))
    }

    fn time(&self) -> Result<Option<Moment>, Unreadable> {
        let micros = self.fixed(MICROSECONDS)?.map_or(0, u32::from_be_bytes).min(999_999);
        let Some(seconds) = self.fixed(SECONDS)?.map(u32::from_be_bytes) else { return Ok(None) };
        let millis = i64::from(seconds).saturating_mul(1_000);
        Ok(Some(Moment::from_millis(millis).plus_millis(i64::from(micros.div_euclid(1_000)))))
    }
}

#[cfg(test)]
mod tests;
