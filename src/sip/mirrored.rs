//! One message that passed somewhere else and was mirrored to us.

use std::fmt;
use std::net::SocketAddr;

use crate::config::Transport;
use crate::kernel::Moment;

/// One mirrored message, authenticated, with its corrected time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mirrored<'a> {
    /// When it passed: the packet's own time, corrected by what its sender's clock is off.
    pub at: Moment,
    /// When it reached us, by our own clock.
    pub heard_at: Moment,
    /// How it travelled there.
    pub transport: Transport,
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// The message itself, unread. May hold credentials: never stored, never logged as it is.
    pub payload: &'a [u8],
}

impl fmt::Debug for Mirrored<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the text holds people's numbers and digests of passwords
        let Self { at, source, destination, payload, .. } = self;
        write!(f, "Mirrored({} bytes, {source} to {destination} at {at})", payload.len())
    }
}
