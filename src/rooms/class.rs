//! Parts of the house and kinds of rooms: how long people stay, and how long cleaning takes.

use crate::kernel::{AreaId, RoomClassId};

use super::Period;

/// A part of the house.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Area {
    /// Which.
    pub id: AreaId,
    /// Rises with every change.
    pub version: i64,
    /// Its name: `2F`.
    pub name: String,
    /// Its place in the list.
    pub sort: i64,
}

/// A kind of rooms.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct RoomClass {
    /// Which.
    pub id: RoomClassId,
    /// Rises with every change.
    pub version: i64,
    /// Its name: `大包`.
    pub name: String,
    /// Its place in the list; the larger rooms later.
    pub sort: i64,
    /// How long up to 4 guests stay, in minutes.
    pub stay_small: i64,
    /// How long 5 to 8 guests stay.
    pub stay_medium: i64,
    /// How long more than 8 guests stay.
    pub stay_large: i64,
    /// How long cleaning takes afterwards, in minutes.
    pub buffer_minutes: i64,
}

impl RoomClass {
    /// How long a party is expected to stay, in minutes: by kind of room and party, and no longer
    /// than the period allows (operations §4.2).
    pub fn stay(&self, party: i64, period: Option<&Period>) -> i64 {
        let usual = match party {
            ..=4 => self.stay_small,
            5..=8 => self.stay_medium,
            _ => self.stay_large,
        };
        period.and_then(|period| period.stay_minutes).map_or(usual, |most| usual.min(most))
    }

    /// The cleaning after it, in milliseconds.
    pub const fn buffer_ms(&self) -> i64 {
        self.buffer_minutes * 60_000
    }
}
