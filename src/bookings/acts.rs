//! What can be done to bookings, decided without clock, socket or database: each act takes the
//! [`World`] and gives the whole [`Outcome`], or says why not. The store makes the outcome true in one
//! change; undoing puts back what was there before, checked like any other act.

mod apart;
mod closing;
mod coming;
mod details;
mod going;
mod moving;
mod opening;
mod pieces;
mod standing;
mod together;

use chrono::Datelike as _;
use serde::{Deserialize, Serialize};

use crate::kernel::{BookingId, Moment, RoomId};
use crate::words::{Said, day_in_year};

use super::booking::Booking;
use super::refusal::{Decided, Refusal};
use super::world::{Outcome, World};

pub(super) use closing::cut;
pub use closing::{close, reopen, restore, view};
pub use details::Details;
pub use opening::{Opening, open};
pub(super) use pieces::{given, late_at, still_there};
pub(super) use standing::{as_long_as_all, everybody_stands, given_back};

/// What somebody wants done to one booking. Kept as JSON while it waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Command {
    /// The guests are here.
    Arrive,
    /// They sit down; a reason where the room is not ready.
    Seat {
        /// Why it is all right although the room is not ready.
        despite: Option<String>,
    },
    /// They have left.
    Depart {
        /// What they spent; `None`: later.
        bill_fen: Option<i64>,
    },
    /// Called off.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Nobody came.
    NoShow,
    /// Promised again.
    Reinstate,
    /// They came and left before they were seated.
    LeaveUnseated {
        /// Why.
        reason: String,
    },
    /// Another room, another time, or both; the board's drag. 换房
    Change {
        /// The room they leave; `None` where they have one only, or none.
        from: Option<RoomId>,
        /// The room they get; `None`: the same.
        to: Option<RoomId>,
        /// A new beginning, for guests who do not sit yet.
        #[serde(with = "crate::claims::maybe_millis", default)]
        starts_at: Option<Moment>,
        /// A new length of stay in minutes.
        minutes: Option<i64>,
        /// Why it is all right although the room is small, or somebody looks at it.
        despite: Option<String>,
    },
    /// One more room. 加房
    Add {
        /// Which.
        room: RoomId,
    },
    /// Rooms opened into one. 打通并房
    Combine {
        /// All of them, those they have included or not.
        rooms: Vec<RoomId>,
    },
    /// To another party's table. 合并两批, 拼台
    Join {
        /// The other party.
        with: BookingId,
    },
    /// Part of the party goes elsewhere under a booking of its own. 拆房
    Split {
        /// So many.
        party: i64,
        /// Where.
        room: RoomId,
    },
    /// Two parties change places. 对调
    Swap {
        /// The room they leave; `None` where they have one only.
        room: Option<RoomId>,
        /// The other party.
        with: BookingId,
        /// The room the others leave.
        with_room: Option<RoomId>,
    },
    /// Longer, or with a negative number shorter. 续时, 缩时
    Extend {
        /// By so many minutes.
        minutes: i64,
    },
    /// They expect to come at another time. 预计到店
    Eta {
        /// When.
        #[serde(with = "crate::claims::millis")]
        at: Moment,
        /// Although it runs into the next booking.
        despite: bool,
    },
    /// Somebody tried to reach them.
    Chase {
        /// Whether they answered.
        answered: bool,
    },
    /// It was read back to the guest.
    Readback,
    /// Another seller or source.
    Attribute {
        /// How they came to the house.
        source: super::booking::Source,
        /// Who sold it.
        sold_by: Option<String>,
        /// Of which department.
        sold_dept: Option<String>,
        /// Why, once it is frozen.
        reason: Option<String>,
    },
    /// The five fields and the rest.
    Edit(Box<Details>),
}

/// Decides an act on a booking.
pub fn decide(world: &World, id: BookingId, command: &Command) -> Decided<Outcome> {
    let booking = world.booking(id).ok_or(Refusal::Changed)?;
    let mut outcome = match command {
        Command::Arrive => coming::arrive(world, booking),
        Command::Seat { despite } => coming::seat(world, booking, despite.as_deref()),
        Command::Eta { at, despite } => coming::eta(world, booking, *at, *despite),
        Command::Chase { answered } => coming::chase(world, booking, *answered),
        Command::Depart { bill_fen } => going::depart(world, booking, *bill_fen),
        Command::Cancel { reason } => going::cancel(world, booking, reason),
        Command::NoShow => going::no_show(world, booking),
        Command::Reinstate => going::reinstate(world, booking),
        Command::LeaveUnseated { reason } => going::leave_unseated(world, booking, reason),
        Command::Change { from, to, starts_at, minutes, despite } => {
            let wish = moving::Wish {
                from: *from,
                to: *to,
                starts_at: *starts_at,
                minutes: *minutes,
                despite: despite.as_deref(),
            };
            moving::change(world, booking, &wish)
        }
        Command::Add { room } => together::add(world, booking, *room),
        Command::Combine { rooms } => together::combine(world, booking, rooms),
        Command::Join { with } => together::join(world, booking, other(world, booking, *with)?),
        Command::Split { party, room } => together::split(world, booking, *party, *room),
        Command::Swap { room, with, with_room } => {
            moving::swap(world, (booking, *room), (other(world, booking, *with)?, *with_room))
        }
        Command::Extend { minutes } => moving::extend(world, booking, *minutes),
        Command::Readback => details::read_back(world, booking),
        Command::Attribute { source, sold_by, sold_dept, reason } => {
            let seller = details::Seller {
                source: *source,
                sold_by: sold_by.as_deref(),
                sold_dept: sold_dept.as_deref(),
            };
            details::attribute(world, booking, seller, reason.as_deref())
        }
        Command::Edit(details) => details::edit(world, booking, details),
    }?;
    if let Some(despite) = despite_of(command)
        && outcome.why.is_none()
    {
        outcome.why = Some(despite.to_owned());
    }
    dated(world, booking, &mut outcome);
    apart::mark(world, &mut outcome);
    pieces::alone(world, outcome)
}

/// What is called out about another day than today says which.
fn dated(world: &World, booking: &Booking, outcome: &mut Outcome) {
    let date = outcome.bookings.first().unwrap_or(booking).starts_at;
    let date = world.day.date(date);
    if date == world.day.date(world.now) {
        return;
    }
    if let Some(call) = &mut outcome.call {
        let year = world.day.date(world.now).year();
        call.said =
            Said::with(|_, own| format!("{} {}", day_in_year(own, date, year), call.said.to(own)));
        outcome.date = Some(date);
    }
}

fn despite_of(command: &Command) -> Option<&str> {
    match command {
        Command::Seat { despite } | Command::Change { despite, .. } => despite.as_deref(),
        Command::Arrive
        | Command::Depart { .. }
        | Command::Cancel { .. }
        | Command::NoShow
        | Command::Reinstate
        | Command::LeaveUnseated { .. }
        | Command::Add { .. }
        | Command::Combine { .. }
        | Command::Join { .. }
        | Command::Split { .. }
        | Command::Swap { .. }
        | Command::Extend { .. }
        | Command::Eta { .. }
        | Command::Chase { .. }
        | Command::Readback
        | Command::Attribute { .. }
        | Command::Edit(_) => None,
    }
}

fn other<'w>(world: &'w World, booking: &Booking, id: BookingId) -> Decided<&'w Booking> {
    if booking.id == id {
        return Err(Refusal::Itself);
    }
    world.booking(id).ok_or(Refusal::Changed)
}

/// The bookings and rooms an act is about beside its own booking: what must be in its [`World`].
pub fn concerns(command: &Command) -> (Vec<BookingId>, Vec<RoomId>) {
    match command {
        Command::Change { to, .. } => (Vec::new(), to.iter().copied().collect()),
        Command::Add { room } | Command::Split { room, .. } => (Vec::new(), vec![*room]),
        Command::Combine { rooms } => (Vec::new(), rooms.clone()),
        Command::Join { with } | Command::Swap { with, .. } => (vec![*with], Vec::new()),
        Command::Edit(details) => (Vec::new(), details.room.iter().copied().collect()),
        Command::Arrive
        | Command::Seat { .. }
        | Command::Depart { .. }
        | Command::Cancel { .. }
        | Command::NoShow
        | Command::Reinstate
        | Command::LeaveUnseated { .. }
        | Command::Extend { .. }
        | Command::Eta { .. }
        | Command::Chase { .. }
        | Command::Readback
        | Command::Attribute { .. } => (Vec::new(), Vec::new()),
    }
}
