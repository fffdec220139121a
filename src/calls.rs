//! The life of a call: followed from sightings, measured in rings, kept in the log.

mod call;

pub use call::{
    AnsweredBy, Call, Caller, ContactRef, EndedBy, Evidence, Excluded, HotlineRef, Leg, LegEnd,
    Links, Outcome, Promise, StaffRef, State, Transfer,
};
