//! The conversation rules of SIP (RFC 3261 §17): what is a repeat, what must be repeated, when to
//! give up.
//!
//! Pure machines: a message or a wake-up goes in with `now`, what is to be sent comes out. `now`
//! counts milliseconds of a clock that never jumps; whoever drives the machine chooses its zero.

mod client;
mod key;
mod server;

pub(crate) use client::{Client, Step};
pub(crate) use key::Key;
pub(crate) use server::{Due, Known, Opening, Reply, Servers};

/// Milliseconds of the monotonic clock.
pub(crate) type Ms = u64;

/// How long a round trip may take before a message is sent again (RFC 3261 §17.1.1.1).
pub(crate) const T1: Ms = 500;
/// The longest pause between repeats.
pub(crate) const T2: Ms = 4_000;
/// How long a message may stay in the network.
pub(crate) const T4: Ms = 5_000;
/// When to give up: 64 × T1 (timers F, H, J).
pub(crate) const PATIENCE: Ms = 32_000;
/// How long an INVITE may ring before we say 480: well past any PBX's own limit.
pub(crate) const RINGING_LIMIT: Ms = 300_000;

/// Whether the way below us repeats by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Datagrams may be lost: we repeat.
    Datagrams,
    /// A stream delivers or breaks: we never repeat.
    Stream,
}
