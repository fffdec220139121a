//! From bytes to sightings, and the few answers we owe as a member that never answers.
//!
//! What is received is read by [`read`] alone; what is sent is built with rsip in [`model`] alone.
//! [`Heard`] is the only thing that leaves this room upward.
#![deny(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable
)]

mod answer;
mod board;
mod budget;
mod capture;
mod desk;
mod dialog_end;
pub mod dialog_info;
mod digest;
mod directory;
mod endpoint;
pub mod framing;
pub mod hep;
mod keyring;
mod line;
mod member;
mod mirror;
mod mirrored;
pub mod model;
mod pager;
mod pauses;
mod reach;
pub mod read;
mod register;
mod reply;
mod road;
mod setup;
mod sighting;
mod subscribe;
mod transaction;
mod transport;
mod trust;
mod watchers;

pub use capture::{CaptureError, Found, read_capture};
pub use endpoint::start;
pub use hep::{ClockState, Mirror, MirrorLine};
pub use mirror::{Sorter, Telephone};
pub use mirrored::Mirrored;
pub use pager::{Page, Paged, Pager};
pub use setup::{Handle, Line, Setup, SocketProblem, SocketState, WatchLine};
pub use sighting::{
    Back, Dialog, DialogState, End, Heard, LegKey, LineChange, LineState, Offer, PartyId, Referral,
    Role, SetBack, Sighting, Source, Watched, Way, What, Wire, Withdrawal,
};
