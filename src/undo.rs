//! Taking back: what somebody did, kept with how things stood before it for as long as it can be undone.
//!
//! One ledger for the whole house. A room notes each act with a picture of what it touched, as it was; undoing is
//! an act of its own that the room checks like any other: nothing it touched may have changed since. On a key for
//! a minute ([`KEY_MS`]), from the record's history for ten ([`UNDO_MS`]); then the picture, which holds people's
//! words, is forgotten. What has left the house is not unsaid: whoever was told is told that it no longer holds.

mod due;
pub mod store;

pub use due::Forgets;
pub use store::{Act, KEY_MS, UNDO_MS};
