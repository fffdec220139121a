//! The words of the house: what every room means by a moment, a number, a ring. No I/O, no SQL.

mod business_day;
mod cadence;
mod closed;
mod extension;
mod ids;
mod language;
mod moment;
mod numbers;
mod phone;
mod role;
mod secret;
mod width;
#[cfg(not(fuzzing))]
mod word;

pub use business_day::BusinessDay;
pub use cadence::{Cadence, NotACadence};
pub use closed::{Closed, digits, unhidden};
pub use extension::{Extension, NotAnExtension};
pub use ids::{
    AreaId, BookingId, CalendarId, CallId, ClaimId, ContactId, DebtId, FollowUpId, MailId,
    MessageId, NoticeId, OutageId, OutgoingId, PbxId, PersonId, PlanId, QuestionId, RoomClassId,
    RoomId, ScriptId, SheetId, ShiftId, StaffId, TokenId, WallKeyId,
};
pub use language::Language;
pub use moment::Moment;
pub use numbers::{BookingNo, FaultNo, NotANumber, WorkOrderNo};
pub use phone::{HIDDEN, Phone, masked, masked_in, spellings};
pub use role::{NotARole, Role, Roles};
pub use secret::Secret;
pub use width::{folded, narrow};
#[cfg(not(fuzzing))]
pub(crate) use word::words;
