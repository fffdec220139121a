//! Why an act on a booking is not done, in words that say what to do instead.

use crate::claims::Taken;
use crate::kernel::{Moment, RoomId};
use crate::rooms::Skipped;
use crate::words::Messages;

use super::booking::State;

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has the room.
    Taken(Taken),
    /// Somebody is being shown the room; ask, then say so.
    Looking(Taken),
    /// The guests' new time runs into somebody else's.
    RunsInto(Taken),
    /// Not from the state it is in.
    NotNow(State),
    /// Somebody changed it meanwhile.
    Stale,
    /// The room spends less; a supervisor or manager decides. From so many fen to so many.
    LowerSpend(i64, i64),
    /// Too late to call it off without a supervisor or manager.
    LateCancel,
    /// The room is not ready for guests; a reason lets them in.
    NotReady(RoomId),
    /// The room is out of order or kept for the house.
    OutOfService(RoomId),
    /// Another party sits there: who, and how many.
    Occupied(RoomId, String, i64),
    /// Too small, also with chairs brought in; a reason lets it pass.
    TooSmall(RoomId, i64),
    /// So many seats, of which so many are taken by others: too few for those who would join them or change with
    /// them, and no reason lets that pass.
    NoSeats(RoomId, i64, i64),
    /// These rooms do not open into one.
    NoWall,
    /// The table is not for sharing.
    NotShared(RoomId),
    /// Source and seller are frozen since the guests came.
    Locked(Moment),
    /// Guests who came by themselves are nobody's sale.
    StaysSelf,
    /// Not late yet: not before this moment.
    NotLate(Moment),
    /// Nobody tried to reach them yet.
    NoAttempt,
    /// It has no such room.
    NoSuchRoom,
    /// It has no room yet.
    NoRoom,
    /// The stay ends before it begins, or is longer than two days.
    Span,
    /// Guests who come without a booking can stay up to this moment only.
    Until(Moment),
    /// Both are the same.
    Itself,
    /// It belongs to another business day.
    OtherDay,
    /// A reason must be given.
    Reason,
    /// The clocks skip the time that is meant.
    Skipped(Skipped),
    /// Too long ago, or done again since.
    TooLate,
    /// What was undone has been changed meanwhile.
    Changed,
    /// A field of the form.
    Field(&'static str, Wrong),
}

impl Refusal {
    /// Whether a supervisor or manager may allow it all the same.
    pub const fn can_be_approved(&self) -> bool {
        matches!(self, Self::LowerSpend(..) | Self::LateCancel)
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// How to address the guest.
    Name,
    /// How many.
    Party,
    /// No telephone number.
    Phone,
    /// When.
    When,
    /// In the past.
    Past,
    /// A time that the clocks skip that day.
    Skipped,
    /// Who sold it and of which department.
    SoldBy,
    /// No amount of money.
    Money,
    /// No such room.
    Room,
    /// Too long.
    Long,
    /// No such length of time.
    Minutes,
    /// No such date.
    Date,
    /// Nobody of that name.
    Person,
}

impl Wrong {
    /// The sentence for the one who wrote it.
    pub fn say(self, l: &Messages) -> String {
        match self {
            Self::Name => l.bookings_wrong_name(),
            Self::Party => l.bookings_wrong_party(),
            Self::Phone => l.bookings_wrong_phone(),
            Self::When => l.bookings_wrong_when(),
            Self::Past => l.bookings_wrong_past(),
            Self::Skipped => l.bookings_wrong_skipped(),
            Self::SoldBy => l.bookings_wrong_sold_by(),
            Self::Money => l.bookings_wrong_money(),
            Self::Room => l.bookings_wrong_room(),
            Self::Long => l.bookings_wrong_long(),
            Self::Minutes => l.bookings_wrong_minutes(),
            Self::Date => l.bookings_wrong_date(),
            Self::Person => l.bookings_wrong_person(),
        }
        .to_string()
    }
}

/// What an act comes to.
pub type Decided<T> = Result<T, Refusal>;
