//! The people of the house: who they are, how they sign in, what they may do.
//!
//! [`Porter`] stands at the door: [`Porter::guard`] puts a [`crate::web::OnDuty`] into every request
//! of a session or a token and turns away who has neither. [`routes`] and [`open_routes`] are the
//! room's pages. What the command line needs is in [`add`], [`create_token`], [`revoke_token`] and
//! [`setup_link_if_first`]; they work beside a running service, at once.

mod door;
mod enlist;
mod password;
mod person;
mod session;
pub mod store;
mod throttle;
mod token;
mod web;

pub use door::Porter;
pub use enlist::{Error, Newcomer, add, setup_link_if_first};
pub use password::{Weak, hash_blocking};
pub use person::{Draft, Person, Wrong};
pub use token::{Token, create_token, revoke_token};
pub use web::{StaffNews, names, open_routes, routes};
