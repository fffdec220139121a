//! When the house works: weekly windows, holidays, and the weekends that are worked instead (调休).
//!
//! [`Calendar`] is pure: a zone, a week, exceptions; it says what is open, how much working time
//! lies between two moments and when so much of it has passed. [`store`] keeps the house's own
//! calendar and any number of others (a service contract's), [`routes`] is the page under
//! `/admin/calendars`. The hotlines' hours of the configuration take the house's exceptions:
//! [`Calendar::of_hours`].

mod calendar;
mod local;
mod spoken;
pub mod store;
mod web;
mod week;

pub use calendar::Calendar;
pub use spoken::{Unreadable, read_week, read_windows};
pub use store::{Kept, KeptDay};
pub use web::{CalendarNews, routes};
pub use week::{Day, Days, Span, Weekly, Window};
