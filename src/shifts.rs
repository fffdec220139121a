//! Who is there: signing on and off, presence, stand-ins, the roster, and gaps nobody covers.
//!
//! A person is on duty from signing on to signing off, by the server's time. Presence follows from
//! three things that are kept as intervals: sign-ons, absences, and live calls (through
//! [`Talking`], since calls live upstairs). The roster says who is meant to be there; [`Coverage`]
//! looks whenever somebody comes or goes and whenever working time begins, keeps the gaps, and has
//! the head told through [`Tells`]. [`hand()`] says who may pick up a colleague's call, and why one
//! had to. Source: operations.md clauses 1-1, 3.5, 5.1, §2.7, §2.8; telephony.md §4 items 10, 11.

mod absence;
mod coverage;
pub mod devices;
mod hand;
mod presence;
mod roster;
mod say;
pub mod store;
mod tell;
mod web;

pub use absence::{Answer, Leave};
pub use coverage::{Cause, Coverage, Line};
pub use hand::{Hand, Mate, WhyColleague, hand};
pub use presence::{Absence, Duty, Nobody, Presence, Talking, Ticks, Whereabouts};
pub use roster::{Kind, NewShift, Shift};
pub use say::{
    hours as hours_said, names as names_said, note, presence as presence_said, radio as radio_said,
    verdict as verdict_said,
};
pub use store::{on_duty, presence_of};
pub use tell::{Alert, Silent, Tells};
pub use web::{DutyCard, NotesLooks, Panel, PresenceNews, may_know, next_time, routes};
