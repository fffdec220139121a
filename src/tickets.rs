//! Faults: from the report on the telephone to the signed work order in the archive.
//!
//! [`ticket`] and [`order`] are the two machines, pure, with the moves of operations.md §2.6 and no others; the
//! store refuses what gets past them. [`clock`] says what has passed of a promise and when it runs out,
//! computed from intervals over a working [`crate::calendars::Calendar`]. [`dispatch`] puts engineers in order;
//! a person confirms. [`Desk`] joins them: each act is one change with its clocks, its journal and whoever must
//! be told; [`Due`] sees to what falls due. [`neighbours`] is what the room asks of others.

pub mod clock;
mod desk;
pub mod dispatch;
mod due;
mod held;
pub mod neighbours;
pub mod order;
pub mod store;
pub mod ticket;
mod web;
pub(crate) mod words;

pub(crate) use desk::{Answered, seen_in, unattended};
pub use desk::{Desk, Doing, Done, Edit, Trouble};
pub use due::Due;
pub use held::Held;
pub use web::{
    CallsForHelp, EDITED, KnowsFaults, Panel, TicketNews, names, open_routes, routes, state_by_name,
};
