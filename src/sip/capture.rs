//! Reads a capture file (pcap, pcapng) a packet at a time and gives the SIP in it to whoever
//! listens: over UDP, over TCP, in fragments, whatever lies beneath.
//!
//! A file is as untrusted as the network: what is held is bounded, and what cannot be read is
//! counted.

mod packet;
mod streams;

use std::io::Read;

use pcap_parser::pcapng::Block;
use pcap_parser::traits::{PcapNGPacketBlock as _, PcapReaderIterator};
use pcap_parser::{Linktype, PcapBlockOwned, PcapError};

use self::packet::Packets;
use super::Mirrored;
use crate::kernel::Moment;

/// How much of a file is held at once, in bytes.
const HELD: usize = 256 * 1024;
/// The largest packet, in bytes: four times what an interface can send at once.
const LARGEST: usize = 1024 * 1024;
/// Interfaces of one section.
const MOST_INTERFACES: usize = 4096;

/// What was found in a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Packets of any kind.
    pub packets: u64,
    /// SIP messages, readable or not.
    pub messages: u64,
    /// Packets that could not be read: cut off, damaged, or of a link that is not known.
    pub unreadable: u64,
    /// Bytes of a TCP connection were missing, and messages with them; how often.
    pub gaps: u64,
    /// The last packet is not whole: the capture was broken off.
    pub cut_short: bool,
    /// A link that is not known, by its number in the tcpdump registry.
    pub unknown_link: Option<i32>,
}

/// Why a file cannot be read on.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Neither pcap nor pcapng.
    #[error("is no capture: neither pcap nor pcapng")]
    NotACapture,
    /// It holds nothing at all.
    #[error("is empty")]
    Empty,
    /// The file contradicts itself.
    #[error("is damaged after packet {after}")]
    Damaged {
        /// So many packets were read before.
        after: u64,
    },
    /// The disk would not.
    #[error("cannot be read after packet {after}")]
    Unreadable {
        /// So many packets were read before.
        after: u64,
    },
}

/// One interface of a capture.
#[derive(Debug, Clone, Copy)]
struct Interface {
    link: Linktype,
    /// Units of its time in a second.
    units: u64,
    /// Seconds that are added to its time.
    offset: i64,
}

/// Reads a capture to its end and gives each SIP message in it, in the order of the file.
///
/// # Errors
///
/// [`CaptureError`]; what was found before it has been given. A capture that was broken off in the
/// middle of a packet is none: [`Found::cut_short`].
pub fn read_capture(
    file: impl Read + Send,
    hear: &mut impl FnMut(&Mirrored<'_>),
) -> Result<Found, CaptureError> {
    let mut found = Found::default();
    let mut reader = match pcap_parser::create_reader(HELD, file) {
        Ok(reader) => reader,
        Err(PcapError::Eof) => return Err(CaptureError::Empty),
        Err(PcapError::ReadError) => return Err(CaptureError::Unreadable { after: 0 }),
        Err(_) => return Err(CaptureError::NotACapture),
    };
    let mut interfaces = Vec::new();
    let mut packets = Packets::default();
    let mut held = HELD;
    loop {
        let after = found.packets;
        match reader.next() {
            Ok((length, block)) => {
                take(&block, &mut interfaces, &mut packets, &mut found, hear);
                reader.consume(length);
            }
            Err(PcapError::Eof) => break,
            Err(PcapError::UnexpectedEof) => {
                found.cut_short = true;
                break;
            }
            Err(PcapError::Incomplete(_)) => more(&mut *reader, &mut held, after)?,
            Err(PcapError::BufferTooSmall) => {
                held = held.saturating_mul(2);
                if held > LARGEST || !reader.grow(held) {
                    return Err(CaptureError::Damaged { after });
                }
                more(&mut *reader, &mut held, after)?;
            }
            Err(PcapError::ReadError) => return Err(CaptureError::Unreadable { after }),
            Err(
                PcapError::HeaderNotRecognized
                | PcapError::NomError(..)
                | PcapError::OwnedNomError(..),
            ) => {
                return Err(CaptureError::Damaged { after });
            }
        }
    }
    Ok(found)
}

/// Reads on; a packet that does not fit gets more room, up to a limit.
fn more(
    reader: &mut dyn PcapReaderIterator,
    held: &mut usize,
    after: u64,
) -> Result<(), CaptureError> {
    let before = reader.data().len();
    if reader.refill().is_err() {
        return Err(CaptureError::Unreadable { after });
    }
    if reader.data().len() > before || reader.reader_exhausted() {
        return Ok(());
    }
    *held = held.saturating_mul(2);
    let grew = *held <= LARGEST && reader.grow(*held);
    if grew { Ok(()) } else { Err(CaptureError::Damaged { after }) }
}

fn take(
    block: &PcapBlockOwned<'_>,
    interfaces: &mut Vec<Interface>,
    packets: &mut Packets,
    found: &mut Found,
    hear: &mut impl FnMut(&Mirrored<'_>),
) {
    let (interface, ticks, data) = match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let units = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            interfaces.push(Interface { link: header.network, units, offset: 0 });
            return;
        }
        PcapBlockOwned::Legacy(packet) => {
            let Some(interface) = interfaces.first() else { return };
            let seconds = u64::from(packet.ts_sec).saturating_mul(interface.units);
            (*interface, seconds.saturating_add(u64::from(packet.ts_usec)), packet.data)
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            return;
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(one)) => {
            let units = one.ts_resolution().filter(|units| *units > 0).unwrap_or(1_000_000);
            if interfaces.len() < MOST_INTERFACES {
                interfaces.push(Interface { link: one.linktype, units, offset: one.ts_offset() });
            }
            return;
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            let place = usize::try_from(packet.if_id).ok();
            let Some(interface) = place.and_then(|place| interfaces.get(place)) else {
                found.packets = found.packets.saturating_add(1);
                found.unreadable = found.unreadable.saturating_add(1);
                return;
            };
            let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            (*interface, ticks, packet.packet_data())
        }
        PcapBlockOwned::NG(Block::SimplePacket(_)) => {
            // it has no time, and nothing can be measured by it
            found.packets = found.packets.saturating_add(1);
            found.unreadable = found.unreadable.saturating_add(1);
            return;
        }
        PcapBlockOwned::NG(_) => return,
    };
    found.packets = found.packets.saturating_add(1);
    packets.take(interface.link, moment(interface, ticks), data, found, hear);
}

/// When a packet was captured.
fn moment(interface: Interface, ticks: u64) -> Moment {
    let units = u128::from(interface.units.max(1));
    let millis = u128::from(ticks).saturating_mul(1000).checked_div(units).unwrap_or_default();
    let millis = i64::try_from(millis).unwrap_or(i64::MAX);
    Moment::from_millis(millis).plus_millis(interface.offset.saturating_mul(1000))
}
