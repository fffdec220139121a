//! The life of a call: followed from sightings, measured in rings, kept in the log.

mod call;
mod desk;
mod live;
mod record;
pub mod store;
mod web;

pub use call::{
    AnsweredBy, Call, Caller, ContactRef, EndedBy, Evidence, Excluded, HotlineRef, Leg, LegEnd,
    Links, Outcome, Promise, StaffRef, State, Transfer,
};
pub use desk::{Desk, DeskError, Refusal};
pub use live::LiveCalls;
pub use record::{
    Alarm, CallKey, Event, Happening, LegKind, LegRecord, Party, Record, Restored, Why,
};
pub use web::{Panel, routes};
