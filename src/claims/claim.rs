//! A claim: something that is taken from one moment up to, but not including, another.

use std::fmt;

use crate::kernel::{BookingId, ClaimId, Moment, RoomId, StaffId, words};

words! {
    /// Why something is taken.
    Kind {
        /// Kept for a few minutes while somebody writes the booking.
        Hold = "hold",
        /// A booking, from its beginning to the end of the cleaning after it.
        Booking = "booking",
        /// Somebody looks at the room: shown, and refuses nobody.
        Viewing = "viewing",
        /// Out of order.
        OutOfOrder = "out_of_order",
        /// Kept for the house itself.
        Internal = "internal",
        /// Kept for a banquet until a date.
        Option = "option",
        /// A person's time.
        Appointment = "appointment",
    }
}

impl Kind {
    /// Whether it lets others take the same thing at the same time.
    pub const fn is_soft(self) -> bool {
        matches!(self, Self::Viewing)
    }
}

macro_rules! subject {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text in the store: the record's address without the slash in front.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn id_under(&self, place: &str) -> Option<i64> {
                self.0.strip_prefix(place)?.parse().ok()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

subject! {
    /// What can be taken: `rooms/7`, `staff/5`.
    Resource
}

subject! {
    /// The record that has it: `bookings/17`, `offers/3`, `staff/5` for a hold.
    Owner
}

impl Resource {
    /// A room, a table or a hall.
    pub fn room(id: RoomId) -> Self {
        Self(format!("rooms/{id}"))
    }

    /// A person's time.
    pub fn person(id: StaffId) -> Self {
        Self(format!("staff/{id}"))
    }

    /// The room, if it is one.
    pub fn room_id(&self) -> Option<RoomId> {
        self.id_under("rooms/").map(RoomId)
    }

    /// The person, if it is one.
    pub fn person_id(&self) -> Option<StaffId> {
        self.id_under("staff/").map(StaffId)
    }
}

impl Owner {
    /// A record by its address without the slash in front.
    pub fn of(subject: impl Into<String>) -> Self {
        Self(subject.into())
    }

    /// Whoever keeps something for a few minutes: a person, or a program.
    pub fn keeper(by: Option<StaffId>) -> Self {
        by.map_or_else(|| Self::of("programs/0"), |staff| Self(format!("staff/{staff}")))
    }

    /// A booking.
    pub fn booking(id: BookingId) -> Self {
        Self(format!("bookings/{id}"))
    }

    /// A room that is shown to somebody.
    pub fn viewing(id: i64) -> Self {
        Self(format!("viewings/{id}"))
    }

    /// The viewing, if it is one.
    pub fn viewing_id(&self) -> Option<i64> {
        self.id_under("viewings/")
    }

    /// Who on the waitlist it is kept for, if it is that.
    pub fn waitlist_id(&self) -> Option<i64> {
        self.id_under("waitlist/")
    }

    /// The booking, if it is one.
    pub fn booking_id(&self) -> Option<BookingId> {
        self.id_under("bookings/").map(BookingId)
    }
}

/// Something that is taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct Claim {
    /// Which.
    pub id: ClaimId,
    /// What is taken.
    pub resource: Resource,
    /// From here on.
    #[serde(with = "millis")]
    pub from_at: Moment,
    /// Up to here and not including it; the cleaning is inside.
    #[serde(with = "millis")]
    pub to_at: Moment,
    /// How much of it at the end is cleaning, in milliseconds.
    pub buffer_ms: i64,
    /// Why.
    pub kind: Kind,
    /// The record that has it.
    pub owner: Owner,
    /// When it ends by itself, where it does.
    #[serde(with = "maybe_millis")]
    pub expires_at: Option<Moment>,
    /// Since when it is over.
    #[serde(with = "maybe_millis")]
    pub released_at: Option<Moment>,
    /// Who took it; `None` is the house itself.
    pub by_staff: Option<StaffId>,
    /// When it was taken.
    #[serde(with = "millis")]
    pub created_at: Moment,
    /// A few words for the board: why it is out of order, who looks at it.
    pub note: String,
}

impl Claim {
    /// Whether it still counts at this moment.
    pub fn counts(&self, now: Moment) -> bool {
        self.released_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Where the stay ends and the cleaning begins.
    pub fn stay_ends(&self) -> Moment {
        self.to_at.plus_millis(-self.buffer_ms)
    }

    /// Whether it reaches into `[from, to)`.
    pub fn meets(&self, from: Moment, to: Moment) -> bool {
        self.from_at < to && from < self.to_at
    }

    /// The same claim, over since `at`.
    #[must_use]
    pub fn released(mut self, at: Moment) -> Self {
        self.released_at = Some(at);
        self
    }
}

/// Something to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClaim {
    /// What.
    pub resource: Resource,
    /// From here on.
    pub from_at: Moment,
    /// Up to here, the cleaning included.
    pub to_at: Moment,
    /// How much of it at the end is cleaning, in milliseconds.
    pub buffer_ms: i64,
    /// Why.
    pub kind: Kind,
    /// The record that has it.
    pub owner: Owner,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// A few words for the board.
    pub note: String,
}

/// Moments as numbers, in the images that [`Claim`] is kept in for undoing.
pub(crate) mod millis {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::kernel::Moment;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields by reference")]
    pub(crate) fn serialize<S: Serializer>(at: &Moment, to: S) -> Result<S::Ok, S::Error> {
        at.millis().serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Moment, D::Error> {
        i64::deserialize(from).map(Moment::from_millis)
    }
}

/// The same where there may be none.
pub(crate) mod maybe_millis {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::kernel::Moment;

    #[expect(clippy::ref_option, reason = "serde hands fields by reference")]
    pub(crate) fn serialize<S: Serializer>(at: &Option<Moment>, to: S) -> Result<S::Ok, S::Error> {
        at.map(Moment::millis).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Moment>, D::Error> {
        Option::<i64>::deserialize(from).map(|at| at.map(Moment::from_millis))
    }
}
