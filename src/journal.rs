//! The journal to be read: what happened, who did it, from what to what, why.
//!
//! It is written by every change of every room ([`crate::db::Tx::record`]) and by nobody else; here it
//! is only read. It holds numbers, not names: who may know a name is told it when the page is drawn.
//! (operations.md M7, §4.15)

mod asked;
mod happenings;
mod own;
mod picked;
mod spelt;
pub mod store;
mod web;

pub use happenings::is_listed;
pub use own::{Own, OwnWords};
pub use web::{Room, routes};
