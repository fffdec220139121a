//! The rooms of the house: where they are, how many they seat, what they cost, what opens into what,
//! and whether they are ready.
//!
//! A room has three axes that change apart: whether somebody has taken it (that is a
//! [`crate::claims::Claim`]), whether it is ready ([`Readiness`]), and whether it may be used at all
//! (a claim of the house itself). [`House`] is the whole of it, as booking works with it.

mod adjacency;
mod class;
mod house;
mod ical;
mod import;
mod period;
mod price;
mod room;
pub mod store;
mod web;
mod word;

pub use adjacency::{Link, Set};
pub use class::{Area, RoomClass};
pub use house::House;
pub use ical::{Event, calendar};
pub use import::{Imported, RowProblem, columns, import_rooms, number_in, unreadable};
pub use period::{Period, Skipped, agreed_at, at_minute, minute_of, minutes_between};
pub use price::{Price, fen, yuan};
pub use room::{Draft, Readiness, Room, RoomKind, Wrong};
pub use web::{FeedEvents, Panel, RoomNews, open_routes, routes};
pub use word::{HouseWords, Restored};
