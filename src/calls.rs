//! The life of a call: followed from sightings, measured in rings, kept in the log.
//!
//! [`Book`] is the pure heart: sightings and time in, [`Happening`]s out. One call is a machine
//! (`machine`), measured by its hotline's promise (`rings`, `outcome`, `rules`); `correlate` says
//! which call a leg belongs to, `restore` what a restart leaves of it.

mod book;
mod call;
mod correlate;
mod machine;
mod outcome;
mod record;
mod restore;
mod rings;
mod rules;
mod stage;
mod told;

pub use book::{Book, Counts, Limits};
pub use call::{
    AnsweredBy, Call, Caller, ContactRef, EndedBy, Evidence, Excluded, HotlineRef, Leg, LegEnd,
    Links, Outcome, Promise, StaffRef, State, Transfer,
};
pub use record::{
    Alarm, CallKey, Event, Happening, LegKind, LegRecord, Party, Record, Restored, Why,
};
pub use rules::Rules;
