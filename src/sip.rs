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

pub mod framing;
pub mod model;
pub mod read;
mod sighting;

pub use sighting::{
    Heard, LegKey, LineChange, LineState, Offer, PartyId, Sighting, Source, Way, What, Wire,
    Withdrawal,
};
