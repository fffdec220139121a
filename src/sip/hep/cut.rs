//! Cuts a stream of bytes into HEPv3 packets by the length each carries in its head.

use super::read::{self, LONGEST, Unreadable};

/// Room for the longest packet and as much again, so that what is held is seldom moved.
const ROOM: usize = 131_072;

/// Gathers the bytes of one connection and gives them back a packet at a time. It never holds more
/// than 128 KB, whatever lengths it is told.
#[derive(Debug)]
pub struct Cutter {
    held: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Default for Cutter {
    fn default() -> Self {
        Self::new()
    }
}

impl Cutter {
    /// Nothing held.
    pub fn new() -> Self {
        Self { held: vec![0; ROOM], begin: 0, end: 0 }
    }

    /// Where the next bytes go; never empty once all whole packets are taken out.
    pub fn space(&mut self) -> &mut [u8] {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.held.len().saturating_sub(self.end) < LONGEST && self.begin > 0 {
            self.held.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end.saturating_sub(self.begin));
        }
        self.held.get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes were put into [`Cutter::space`].
    pub fn filled(&mut self, bytes: usize) {
        self.end = self.end.saturating_add(bytes).min(self.held.len());
    }

    /// A packet has begun and is not whole: the timer of a slow sender runs.
    pub fn is_waiting(&self) -> bool {
        self.begin < self.end
    }

    /// The next whole packet; `None` until more bytes came.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when what follows cannot be a packet: close the connection.
    pub fn next_packet(&mut self) -> Result<Option<&[u8]>, Unreadable> {
        let rest = self.held.get(self.begin..self.end).unwrap_or_default();
        let Some(length) = read::length(rest)? else { return Ok(None) };
        if rest.len() < length {
            return Ok(None);
        }
        let begin = self.begin;
        self.begin = begin.saturating_add(length);
        Ok(self.held.get(begin..self.begin))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "a story that goes wrong should stop")]

    use proptest::prelude::*;

    use super::*;

    fn packet(length: u16) -> Vec<u8> {
        let mut out = b"HEP3".to_vec();
        out.extend(length.to_be_bytes());
        out.resize(length.into(), b'x');
        out
    }

    proptest! {
        #[test]
        fn packets_come_out_of_a_stream_as_they_went_in(
            lengths in prop::collection::vec(prop_oneof![6_u16..200, Just(u16::MAX), 60_000_u16..65_535], 0..20),
            pieces in prop::collection::vec(1_usize..70_000, 1..40),
        ) {
            let sent: Vec<_> = lengths.iter().map(|&length| packet(length)).collect();
            let stream = sent.concat();
            let mut rest = stream.as_slice();
            let mut cutter = Cutter::new();
            let mut got = Vec::new();
            for &piece in pieces.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let space = cutter.space();
                prop_assert!(!space.is_empty());
                let (now, later) = rest.split_at(piece.min(space.len()).min(rest.len()));
                space[..now.len()].copy_from_slice(now);
                cutter.filled(now.len());
                rest = later;
                while let Some(packet) = cutter.next_packet().unwrap() {
                    got.push(packet.to_vec());
                }
            }
            prop_assert_eq!(got, sent);
            prop_assert!(!cutter.is_waiting());
        }
    }

    #[test]
    fn what_is_no_packet_is_refused_as_soon_as_it_is_seen() {
        for (bytes, why) in [
            (&b"GET "[..], Unreadable::Magic),
            (b"HEP2", Unreadable::Magic),
            (b"HEP3\0\x05", Unreadable::Length),
        ] {
            let mut cutter = Cutter::new();
            cutter.space()[..bytes.len()].copy_from_slice(bytes);
            cutter.filled(bytes.len());
            assert_eq!(cutter.next_packet(), Err(why));
        }
    }
}
