//! The people and companies that call: their cards, found by any number in any spelling, by name,
//! by how the name sounds, by the last digits.
//!
//! [`Number`] is a telephone number in one spelling, read by libphonenumber and the site's own
//! [`SiteRules`]; [`Card`] is what is known of somebody, [`ContactCard`] what the desk sees of a
//! caller; [`store`] holds all the SQL. What rooms on higher floors know of somebody (their calls,
//! faults, bookings) comes through [`Knows`], what they hold of a person who wants it erased
//! through [`Holds`].

mod card;
mod import;
mod index;
mod known;
mod merge;
mod number;
mod place;
mod rules;
mod sheet;
mod sight;
pub mod store;
mod text;
mod web;
mod wrong;

pub use card::{Card, CompanyRef, ContactCard, Draft, Entry, Kind, Label, Line, Written};
pub use import::{Fate, ImportTally, Verdict};
pub use index::is_found;
pub use known::{Holds, Knows, Past, PastLine, Someone};
pub use number::{NotANumber, Number, last_four};
pub use place::place_of;
pub use rules::{SiteRules, WrongRule};
pub use sheet::{NotASheet, Sheet, SheetLine};
pub use sight::{Sight, seen, sight, without};
pub use web::{ContactNews, Panel, names, routes};
pub use wrong::Wrong;
