//! One message that somebody mirrored to us, however it came.

use std::net::SocketAddr;

use crate::config::Transport;
use crate::kernel::Moment;

/// One mirrored message, authenticated, with its corrected time.
#[derive(Debug, Clone, Copy)]
pub struct Mirrored<'a> {
    /// When it passed, by the sender's clock, corrected by what that is off.
    pub at: Moment,
    /// When we learnt of it, by our own clock.
    pub heard_at: Moment,
    /// How it travelled.
    pub transport: Transport,
    /// Who sent it.
    pub source: SocketAddr,
    /// Who received it.
    pub destination: SocketAddr,
    /// The message, untrusted.
    pub payload: &'a [u8],
}
