//! The life of a call: followed from sightings, measured in rings, kept in the log.
//!
//! [`Book`] is the pure heart: sightings and time in, [`Happening`]s out. One call is a machine
//! (`machine`), measured by its hotline's promise (`rings`, `outcome`, `rules`); `correlate` says
//! which call a leg belongs to, `restore` what a restart leaves of it.
//!
//! Around it: `driver` is the one task that owns the book, `writer` the one that stores what the
//! book tells, [`store`] all the SQL, [`LiveCalls`] the committed picture that screens read, and
//! [`Desk`] what people do to calls, [`routes`] the pages. [`start`] sets it all going.

mod agenda;
mod answer;
mod assign;
mod book;
mod call;
mod caller;
mod complaint;
mod correlate;
mod desk;
mod detours;
mod dialling;
mod doing;
mod driver;
mod figure;
mod figures_read;
mod hearing;
mod home;
pub mod import;
mod index;
mod join;
mod known;
mod lamps;
mod lane;
mod leg;
mod limits;
mod live;
mod loose;
mod machine;
mod member;
pub mod missed;
mod outcome;
mod outgoing;
mod particulars;
mod pending;
mod prints;
mod record;
mod restore;
mod returns;
mod ringing;
mod rings;
mod room;
mod rules;
mod set_back;
mod shown;
mod sources;
mod stage;
pub mod store;
mod talk;
mod told;
mod trunk;
mod turns;
mod watch;
mod web;
mod writer;
mod writing;

pub use agenda::{Agenda, AgendaAct, AgendaItem, HasAgenda, preparation};
pub use book::Book;
pub use call::{
    AnsweredBy, Call, CallAlone, Caller, ContactRef, EndedBy, Evidence, Excluded, Hold, HotlineRef,
    Leg, LegEnd, Links, Outcome, Promise, StaffRef, State, Transfer, TransferKind,
};
pub use desk::{After, Desk, DeskError, Refusal, Whose};
pub use figure::Figure;
pub use known::{
    Beside, CallerKey, KnowsCall, KnowsCaller, Link, Section, SectionLine, Tag, Way, Whom,
};
pub use limits::{Counts, Limits};
pub use live::LiveCalls;
pub use outgoing::{
    OutgoingCall, OutgoingEndedBy, OutgoingEvent, OutgoingEvidence, OutgoingHappening, OutgoingKey,
    OutgoingRecord, OutgoingState,
};
pub use particulars::{CallRecord, Kind, Part, Particulars, TooLong, Urgency};
pub use record::{
    Alarm, CallKey, Event, Happening, LegKind, LegRecord, Party, Record, Restored, TransferRecord,
    Why,
};
pub use room::{Remembered, Room, Setup, restore, start};
pub use rules::Rules;
pub use sources::SourceKind;
pub use web::{
    Panel, PastCalls, PastOutgoing, call_seen, close, close_ladder, figures, names, outages,
    put_away, routes,
};
pub use writer::StoreHealth;
