//! Who has taken what, from when to when: one rule for rooms, halls and people.
//!
//! A [`Claim`] is the only way to have something. **No two claims on one thing overlap**: a trigger
//! on SQLite and an exclusion constraint on PostgreSQL say so, whatever the code does, and both
//! refuse as [`OVERLAP`]. Times are half-open, the cleaning after a stay is inside the claim, a hold
//! ends by itself, and somebody looking at a room ([`Kind::Viewing`]) is shown but refuses nobody.
//!
//! Whoever changes claims works out the whole change first ([`store::apply`] takes what is put and
//! what is taken anew), so that a swap is one step and a refusal can say who is in the way. Writers
//! stand in one queue (SQLite has one writer, PostgreSQL one lock), so what was looked at inside a
//! change is still so when it is made; in the house itself they wait in
//! [`Db::write_in_line`](crate::db::Db::write_in_line).

mod claim;
mod expiry;
mod plan;
pub mod store;

pub use claim::{Claim, Kind, NewClaim, Owner, Resource};
pub(crate) use claim::{maybe_millis, millis};
pub use expiry::Expiry;
pub use plan::{Taken, clash, soft};

/// The name under which both engines refuse a claim that meets another.
pub const OVERLAP: &str = "claim_overlap";
