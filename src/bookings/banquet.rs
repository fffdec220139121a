//! A banquet somebody asks for, until it is won or lost; and a room that is being shown.

use std::fmt;

use chrono::NaiveDate;

use crate::claims::{maybe_millis, millis};
use crate::kernel::{BookingId, CallId, ClaimId, Moment, RoomId, StaffId, words};
use crate::words::Messages;

words! {
    /// How far it is (operations §2.5).
    Stage {
        /// Written down.
        New = "new",
        /// A manager has taken it up.
        HandedOver = "handed_over",
        /// The manager has spoken with them.
        Contacted = "contacted",
        /// A hall is kept for them until a date.
        Option = "option",
        /// They signed.
        Won = "won",
        /// They went elsewhere.
        Lost = "lost",
    }
}

impl Stage {
    /// Whether it may go from here to there.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::New => matches!(next, Self::HandedOver | Self::Lost),
            Self::HandedOver => matches!(next, Self::Contacted | Self::Option | Self::Lost),
            Self::Contacted | Self::Option => {
                matches!(next, Self::Contacted | Self::Option | Self::Won | Self::Lost)
            }
            Self::Won | Self::Lost => false,
        }
    }
}

/// A banquet. `Debug` names nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Banquet {
    /// Which.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// The customer, where known.
    pub contact_id: Option<i64>,
    /// How to address them.
    pub name: String,
    /// E.164; always asked for (clause 1-7a).
    pub phone: String,
    /// What is celebrated: 婚宴, 寿宴, 满月, 升学, 年会, …
    pub occasion: String,
    /// The day.
    pub solar_date: NaiveDate,
    /// Whether they said it by the lunar calendar.
    pub lunar_asked: bool,
    /// The period of the day.
    pub period_id: Option<i64>,
    /// So many tables.
    pub tables: Option<i64>,
    /// So many guests.
    pub party: Option<i64>,
    /// For each table, in fen.
    pub budget_fen: Option<i64>,
    /// The hall they want.
    pub hall_id: Option<RoomId>,
    /// What else was said.
    pub note: String,
    /// The manager who has it.
    pub owner_staff: Option<StaffId>,
    /// How far it is.
    pub state: Stage,
    /// The claim that keeps the hall.
    pub option_claim: Option<ClaimId>,
    /// Until when it is kept.
    pub option_until: Option<Moment>,
    /// Why it was lost.
    pub reason: Option<String>,
    /// The booking it became.
    pub booking_id: Option<BookingId>,
    /// The call it came by.
    pub call_id: Option<CallId>,
    /// Who wrote it down.
    pub by_staff: Option<StaffId>,
    /// When.
    pub created_at: Moment,
}

impl fmt::Debug for Banquet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "banquets/{} {}", self.id, self.state)
    }
}

/// A room that is shown to somebody. `Debug` names nobody.
#[derive(Clone, PartialEq, Eq, serde::Deserialize, sqlx::FromRow)]
pub struct Viewing {
    /// Which.
    pub id: i64,
    /// Which room.
    pub room_id: RoomId,
    /// The claim that shows it on the board.
    pub claim_id: ClaimId,
    /// To whom.
    pub name: String,
    /// Who shows it.
    pub staff_id: Option<StaffId>,
    /// Since when.
    #[serde(with = "millis")]
    pub started_at: Moment,
    /// When it was over.
    #[serde(with = "maybe_millis")]
    pub ended_at: Option<Moment>,
    /// `booked`, `considering`, `declined`, `abandoned`.
    pub outcome: Option<String>,
}

impl fmt::Debug for Viewing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "viewings/{}", self.id)
    }
}

/// The occasions that are banquets whatever the party.
pub const OCCASIONS: [&str; 7] = ["婚宴", "寿宴", "满月", "升学", "年会", "订婚", "宴会"];

/// What is celebrated, in the reader's language; what is none of [`OCCASIONS`] as it was written.
pub fn celebrated(l: &Messages, occasion: &str) -> String {
    match occasion.trim() {
        "婚宴" => l.bookings_occasion_wedding(),
        "寿宴" => l.bookings_occasion_elder(),
        "满月" => l.bookings_occasion_baby(),
        "升学" => l.bookings_occasion_study(),
        "年会" => l.bookings_occasion_year(),
        "订婚" => l.bookings_occasion_engagement(),
        "宴会" => l.bookings_occasion_feast(),
        other => return other.to_owned(),
    }
    .to_string()
}

/// The occasions to choose from: as they are kept, and as the reader calls them.
pub fn choices(l: &Messages) -> Vec<(&'static str, String)> {
    OCCASIONS.iter().map(|occasion| (*occasion, celebrated(l, occasion))).collect()
}
