//! The bytes of TCP connections in their order: repeats left out, what came too early kept for a
//! while.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::packet::begins_sip;
use crate::sip::framing::Framer;
use crate::sip::mirror::recent::Recent;

/// Connections that are followed, each way one.
const MOST_STREAMS: usize = 1024;
/// Bytes of a connection that wait for what came before them.
const MOST_WAITING: usize = 32 * 1024;
/// Bytes that are given to a framer at once.
const AT_ONCE: usize = 16 * 1024;

/// One segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    /// Its place in the stream: the number of its first byte.
    pub(super) number: u32,
    /// SYN: the stream begins behind this number.
    pub(super) begins: bool,
    /// FIN or RST.
    pub(super) ends: bool,
    pub(super) bytes: &'a [u8],
}

/// All connections.
pub(super) struct Streams {
    known: Recent<(SocketAddr, SocketAddr), Stream>,
}

impl Default for Streams {
    fn default() -> Self {
        Self { known: Recent::new(MOST_STREAMS) }
    }
}

#[derive(Default)]
struct Stream {
    framer: Framer,
    /// Where its next message begins is known.
    in_step: bool,
    /// The number of the byte that comes next.
    next: u32,
    /// Segments that came too early, by how far, and how many bytes they are together.
    early: BTreeMap<u32, Box<[u8]>>,
    waiting: usize,
}

impl Streams {
    /// Gives the messages that a segment completes; how many gaps were given up.
    pub(super) fn take(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        piece: &Piece<'_>,
        give: &mut impl FnMut(&[u8]),
    ) -> u64 {
        if piece.begins {
            // a connection anew; what nobody says SIP on is forgotten first
            let next = piece.number.wrapping_add(1);
            if let Some(stream) = self.known.get_mut(&ends) {
                *stream = Stream { next, ..Stream::default() };
            }
            return 0;
        }
        if piece.bytes.is_empty() {
            return 0;
        }
        let Some(stream) = self.known.get_mut(&ends) else {
            if begins_sip(piece.bytes) {
                let mut stream = Stream { next: piece.number, ..Stream::default() };
                let lost = stream.take(piece, give);
                self.known.put(ends, stream);
                return lost;
            }
            return 0;
        };
        let lost = stream.take(piece, give);
        if piece.ends {
            stream.early.clear();
            stream.waiting = 0;
        }
        lost
    }
}

impl Stream {
    fn take(&mut self, piece: &Piece<'_>, give: &mut impl FnMut(&[u8])) -> u64 {
        let ahead = piece.number.wrapping_sub(self.next);
        if ahead == 0 {
            let lost = self.push(piece.bytes, give);
            return lost.saturating_add(self.catch_up(give));
        }
        if ahead > u32::MAX / 2 {
            // known in whole or in part
            let known = usize::try_from(ahead.wrapping_neg()).unwrap_or(usize::MAX);
            let Some(new @ [_, ..]) = piece.bytes.get(known..) else { return 0 };
            let lost = self.push(new, give);
            return lost.saturating_add(self.catch_up(give));
        }
        let fits = self.waiting.saturating_add(piece.bytes.len()) <= MOST_WAITING;
        if fits {
            if self.early.insert(piece.number, piece.bytes.into()).is_none() {
                self.waiting = self.waiting.saturating_add(piece.bytes.len());
            }
            return 0;
        }
        // what is missing was not captured: begin again where a message begins
        *self = Self { next: piece.number, ..Self::default() };
        self.push(piece.bytes, give).saturating_add(1)
    }

    /// Takes what came too early and is due now.
    fn catch_up(&mut self, give: &mut impl FnMut(&[u8])) -> u64 {
        let mut lost = 0_u64;
        while let Some(number) = self.early.keys().copied().find(|number| {
            let behind = self.next.wrapping_sub(*number);
            behind <= u32::MAX / 2
        }) {
            let Some(bytes) = self.early.remove(&number) else { break };
            self.waiting = self.waiting.saturating_sub(bytes.len());
            let known = usize::try_from(self.next.wrapping_sub(number)).unwrap_or(usize::MAX);
            if let Some(new @ [_, ..]) = bytes.get(known..) {
                lost = lost.saturating_add(self.push(new, give));
            }
        }
        lost
    }

    /// The next bytes; 1 where they are not SIP, so that a message was lost.
    fn push(&mut self, bytes: &[u8], give: &mut impl FnMut(&[u8])) -> u64 {
        self.next = self.next.wrapping_add(length(bytes));
        if !self.in_step {
            if !begins_sip(bytes) {
                // in the middle of something whose begin was not seen
                return 0;
            }
            self.in_step = true;
        }
        for bytes in bytes.chunks(AT_ONCE) {
            if self.framer.push(bytes).is_err() {
                return self.out_of_step();
            }
            loop {
                match self.framer.next_message() {
                    Ok(Some(message)) => give(message),
                    Ok(None) => break,
                    Err(_) => return self.out_of_step(),
                }
            }
        }
        0
    }

    /// What comes next means nothing until a message begins again.
    fn out_of_step(&mut self) -> u64 {
        self.framer = Framer::new();
        self.in_step = false;
        1
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
