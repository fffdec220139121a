//! The life of a call: followed from sightings, measured in rings, kept in the log.

mod call;
mod record;

pub use call::{
    AnsweredBy, Call, Caller, ContactRef, EndedBy, Evidence, Excluded, HotlineRef, Leg, LegEnd,
    Links, Outcome, Promise, StaffRef, State, Transfer,
};
pub use record::{
    Alarm, CallKey, Event, Happening, LegKind, LegRecord, Party, Record, Restored, Why,
};
