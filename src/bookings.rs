//! Bookings: who comes, when, to which room, and everything that happens to it until they have left.
//!
//! An act is decided in [`acts`] on a [`world::World`] that was read inside the change, without clock
//! or database; [`store::perform`] makes the whole outcome true at once: claims, bookings, stretches,
//! one line of the journal, one call in the corridor, and the picture that undoing puts back. Every
//! room that is taken is taken through [`crate::claims`], so nothing here can book anything twice.

pub mod acts;
mod asking;
pub mod banquet;
mod board;
pub mod booking;
mod corridor;
pub mod doing;
mod due;
pub mod fit;
mod held;
mod import;
mod known;
pub mod lunar;
mod owed;
pub mod quick;
pub mod refusal;
pub mod rules;
pub mod series;
mod showing;
pub mod store;
pub mod waitlist;
mod web;
pub mod when;
pub mod world;

pub use asking::Asked;
pub use board::Coming;
pub use due::Due;
pub use held::Held;
pub use import::import_bookings;
pub(crate) use import::text_of;
pub use known::Known;
pub use showing::Back;
pub(crate) use web::{BanquetView, BookingView, EntryView};
pub use web::{BookingNews, EDITED, Feeds, Panel, names, routes, source_by_name, state_by_name};
