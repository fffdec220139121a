//! Follow-ups: who owes what by when about which record.
//!
//! ```text
//! open ──> doing ──> done
//!   │ ^      └─────> dropped (a reason)
//!   │ └── snoozed (until)
//!   └──> escalated: it was due, and others were told by its ladder
//! ```
//!
//! A follow-up belongs to a person or to those of a role; what was tried is noted as attempts. Rooms
//! open and close theirs with [`store::open`] and [`store::close`] inside their own change; people
//! give each other tasks on the page. Being due, reminders and the steps of the ladder fall due as
//! rows. (operations.md M2, §2.8, clause 5.4)

mod due;
mod followup;
mod given;
mod ladder;
mod repeat;
pub mod store;
mod web;

pub use due::OnCall;
pub use followup::{Closing, Effect, FollowUp, Refusal, State};
pub use given::{Assignee, Attempt, AttemptOutcome, NewFollowUp};
pub use ladder::{Ladder, Rung, Target};
pub use repeat::Repeat;
pub use web::{Person as PersonView, Room, View as FollowUpView, routes, what as said};
