//! A booking: who comes, when, with how many, who sold and who wrote it, and how it went.

use std::fmt;

use chrono::NaiveDate;

use crate::claims::{maybe_millis, millis};
use crate::kernel::{BookingId, CallId, ClaimId, Moment, RoomId, StaffId, words};
use crate::words::Messages;

words! {
    /// Where a booking stands (operations §2.3). A hold is no booking yet, only a claim.
    State {
        /// Promised.
        Booked = "booked",
        /// The guests are in the house.
        Arrived = "arrived",
        /// The guests are in the room.
        InRoom = "in_room",
        /// The guests have left.
        Departed = "departed",
        /// Called off.
        Cancelled = "cancelled",
        /// Nobody came.
        NoShow = "no_show",
        /// They came and left before they were seated.
        LeftUnseated = "left_unseated",
    }
}

impl State {
    /// Whether it may still have a room.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Booked | Self::Arrived | Self::InRoom)
    }
}

words! {
    /// How the guests came to the house: commission hangs on it.
    Source {
        /// By themselves.
        SelfCome = "self",
        /// Through one of the staff.
        Staff = "staff",
        /// Over the net.
        Online = "online",
        /// Through the door, without a booking.
        WalkIn = "walk_in",
    }
}

words! {
    /// Why a party has a room.
    Role {
        /// The room that was booked.
        Primary = "primary",
        /// One more.
        Added = "added",
        /// Opened into one with another.
        Combined = "combined",
        /// The party moved there.
        Moved = "moved",
        /// At another party's table.
        Shared = "shared",
    }
}

words! {
    /// What is so of a room now; the first that is so wins.
    Face {
        /// 维修
        OutOfOrder = "out_of_order",
        /// 锁房
        Locked = "locked",
        /// 超时
        Overstay = "overstay",
        /// 在用
        InUse = "in_use",
        /// 已到待入
        Arrived = "arrived",
        /// 暂留
        Held = "held",
        /// 看房
        Viewing = "viewing",
        /// 迟到
        Late = "late",
        /// 即到
        DueSoon = "due_soon",
        /// 清理中
        Cleaning = "cleaning",
        /// 待清
        Dirty = "dirty",
        /// 已订
        Booked = "booked",
        /// 意向保留
        Option = "option",
        /// 空房
        Vacant = "vacant",
    }
}

/// A booking as the store knows it. `Debug` names no guest.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Booking {
    /// Which.
    pub id: BookingId,
    /// Rises with every change.
    pub version: i64,
    /// Its number, as people say it: `B261123-014`.
    pub no: String,
    /// The business date of its beginning.
    pub business_date: NaiveDate,
    /// The local hour of its beginning, 0–23.
    pub local_hour: i64,
    /// The customer, where known.
    pub contact_id: Option<i64>,
    /// How the guest is addressed: `王先生`.
    pub name: String,
    /// So many guests.
    pub party: i64,
    /// E.164; walk-ins may have none.
    pub phone: Option<String>,
    /// The wall time that was agreed, `2026-11-23 19:00`, whatever the zone's rules become.
    pub wall: String,
    /// Its beginning.
    #[serde(with = "millis")]
    pub starts_at: Moment,
    /// How long the stay is planned.
    pub planned_minutes: i64,
    /// When they now expect to come.
    #[serde(with = "maybe_millis")]
    pub eta_at: Option<Moment>,
    /// How often they put it off.
    pub delay_count: i64,
    /// How often we tried to reach them since they are late.
    pub attempts: i64,
    /// What they asked for, separated by commas.
    pub wishes: String,
    /// What else was said.
    pub note: String,
    /// What is celebrated.
    pub occasion: String,
    /// How they came to the house.
    pub source: Source,
    /// Who sold it.
    pub sold_by: Option<String>,
    /// Of which department.
    pub sold_dept: Option<String>,
    /// Who wrote it.
    pub handled_by: Option<StaffId>,
    /// The call it came by.
    pub call_id: Option<CallId>,
    /// Paid in advance, in fen.
    pub deposit_fen: i64,
    /// What they spent, in fen; `None` until it is known.
    pub bill_fen: Option<i64>,
    /// 0; 1 for those who go first, 2 where the house owes them.
    pub tier: i64,
    /// They want this room and no other.
    pub pinned: bool,
    /// When it was read back to the guest.
    #[serde(with = "maybe_millis")]
    pub readback_at: Option<Moment>,
    /// Since when source and seller are frozen.
    #[serde(with = "maybe_millis")]
    pub attribution_locked_at: Option<Moment>,
    /// How often they were changed with approval since.
    pub attribution_round: i64,
    /// Where it stands.
    pub state: State,
    /// Why it was called off.
    pub reason: Option<String>,
    /// When somebody must look after it next.
    #[serde(with = "maybe_millis")]
    pub due_at: Option<Moment>,
    /// The series it belongs to.
    pub series_id: Option<i64>,
    /// It was changed alone and is unlike the others of its series.
    #[serde(default)]
    pub apart: bool,
    /// When they came.
    #[serde(with = "maybe_millis")]
    pub arrived_at: Option<Moment>,
    /// When they sat down.
    #[serde(with = "maybe_millis")]
    pub seated_at: Option<Moment>,
    /// When it was over.
    #[serde(with = "maybe_millis")]
    pub ended_at: Option<Moment>,
    /// When it was written.
    #[serde(with = "millis")]
    pub created_at: Moment,
    /// When it was last changed; the store writes it.
    #[serde(with = "maybe_millis", default)]
    pub changed_at: Option<Moment>,
}

impl fmt::Debug for Booking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{} {}", self.no, self.version, self.state)
    }
}

impl Booking {
    /// When the guests are expected: as they last said, or as booked.
    pub fn expected_at(&self) -> Moment {
        self.eta_at.map_or(self.starts_at, |eta| eta.max(self.starts_at))
    }

    /// Name and party in a language: `王先生 8位`.
    pub fn called_in(&self, l: &Messages) -> String {
        l.bookings_called(self.name.as_str(), self.party).to_string()
    }

    /// The wishes, one by one.
    pub fn wishes(&self) -> impl Iterator<Item = &str> {
        self.wishes.split([',', '，', '、']).map(str::trim).filter(|wish| !wish.is_empty())
    }

    /// Whether they may be released at the house's cut-off: nothing paid, nobody of rank.
    pub const fn may_be_released(&self) -> bool {
        self.deposit_fen == 0 && self.tier == 0
    }
}

/// A stretch of a booking in a room.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Segment {
    /// Which.
    pub id: i64,
    /// Whose.
    pub booking_id: BookingId,
    /// Where.
    pub room_id: RoomId,
    /// By what right; two parties at one table stand on one claim.
    pub claim_id: ClaimId,
    /// From here on.
    #[serde(with = "millis")]
    pub from_at: Moment,
    /// Up to here, the cleaning not included.
    #[serde(with = "millis")]
    pub to_at: Moment,
    /// Why.
    pub role: Role,
    /// Rooms of one number are opened into one.
    pub combine_group: Option<i64>,
    /// When the guests sat down there.
    #[serde(with = "maybe_millis")]
    pub seated_at: Option<Moment>,
    /// When it was over.
    #[serde(with = "maybe_millis")]
    pub ended_at: Option<Moment>,
    /// Why it was over: `departed`, `moved`, `cancelled`, …
    pub ended_reason: Option<String>,
}

impl Segment {
    /// Whether the party still has the room.
    pub const fn is_live(&self) -> bool {
        self.ended_at.is_none()
    }
}
