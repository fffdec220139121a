//! A room, a table or a hall: what is known of it, and what may be written about it.

use crate::kernel::{AreaId, Moment, RoomClassId, RoomId, words};
use crate::words::Messages;

words! {
    /// What sort of place it is.
    RoomKind {
        /// A private room.
        Room = "room",
        /// A table in the open.
        Table = "table",
        /// A hall for banquets.
        Hall = "hall",
    }
}

words! {
    /// Whether guests may be led into it.
    Readiness {
        /// Cleaned and laid.
        Ready = "ready",
        /// Guests have left it.
        Dirty = "dirty",
        /// Somebody is cleaning it.
        Cleaning = "cleaning",
        /// Cleaned and looked over.
        Inspected = "inspected",
    }
}

impl Readiness {
    /// Whether guests may be led in.
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Ready | Self::Inspected)
    }

    /// The word on the screens.
    pub fn say(self, l: &Messages) -> String {
        match self {
            Self::Ready => l.rooms_ready(),
            Self::Dirty => l.rooms_dirty(),
            Self::Cleaning => l.rooms_cleaning(),
            Self::Inspected => l.rooms_inspected(),
        }
        .to_string()
    }
}

/// A room as the store knows it; it is read from there as a list of its columns, moments in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Room {
    /// Which.
    pub id: RoomId,
    /// Rises with every change.
    pub version: i64,
    /// Its number or name, as it is called in the corridor: `A3`.
    pub name: String,
    /// Its other name: `玉兰`.
    pub alias: String,
    /// What sort of place it is.
    #[schema(value_type = String)]
    pub kind: RoomKind,
    /// Where it is.
    pub area_id: AreaId,
    /// What kind of room it is.
    pub class_id: RoomClassId,
    /// Fewer guests than this are better placed elsewhere.
    pub cap_min: i64,
    /// So many sit well.
    pub cap_max: i64,
    /// So many more with chairs brought in.
    pub cap_extra: i64,
    /// So many banquet tables, for a hall.
    pub tables: Option<i64>,
    /// Whether two parties may share it.
    pub shareable: bool,
    /// The lower, the sooner it is given away.
    pub priority: i64,
    /// What guests ask for by name, separated by commas: `靠窗，投影`.
    pub features: String,
    /// What is in it.
    pub equipment: String,
    /// What else to say of it.
    pub notes: String,
    /// Its place in the list.
    pub sort: i64,
    /// Whether guests may be led in.
    #[schema(value_type = String)]
    pub readiness: Readiness,
    /// Since when it is so.
    #[serde(deserialize_with = "crate::claims::millis::deserialize")]
    pub readiness_at: Moment,
}

impl Room {
    /// The features, one by one.
    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.features.split([',', '，', '、']).map(str::trim).filter(|text| !text.is_empty())
    }

    /// Number and other name: `301 玉兰`.
    pub fn full_name(&self) -> String {
        if self.alias.is_empty() {
            self.name.clone()
        } else {
            format!("{} {}", self.name, self.alias)
        }
    }

    /// The most it takes, chairs brought in.
    pub const fn most(&self) -> i64 {
        self.cap_max + self.cap_extra
    }
}

/// What somebody writes about a room, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// See [`Room::name`].
    pub name: String,
    /// See [`Room::alias`].
    pub alias: String,
    /// See [`Room::kind`].
    pub kind: RoomKind,
    /// See [`Room::area_id`].
    pub area_id: AreaId,
    /// See [`Room::class_id`].
    pub class_id: RoomClassId,
    /// See [`Room::cap_min`].
    pub cap_min: i64,
    /// See [`Room::cap_max`].
    pub cap_max: i64,
    /// See [`Room::cap_extra`].
    pub cap_extra: i64,
    /// See [`Room::tables`].
    pub tables: Option<i64>,
    /// See [`Room::shareable`].
    pub shareable: bool,
    /// See [`Room::priority`].
    pub priority: i64,
    /// See [`Room::features`].
    pub features: String,
    /// See [`Room::equipment`].
    pub equipment: String,
    /// See [`Room::notes`].
    pub notes: String,
    /// See [`Room::sort`].
    pub sort: i64,
}

/// What is wrong with what somebody wrote about a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// No name, or one of more than 20 characters.
    Name,
    /// Another room is called so.
    NameTaken,
    /// The capacities are no capacities.
    Capacity,
    /// More than 2000 characters.
    TooLong,
}

impl Wrong {
    /// The field it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name | Self::NameTaken => "name",
            Self::Capacity => "cap_max",
            Self::TooLong => "notes",
        }
    }

    /// The sentence for the one who wrote it.
    pub fn say(self, l: &Messages) -> String {
        match self {
            Self::Name => l.rooms_wrong_name(),
            Self::NameTaken => l.rooms_wrong_name_taken(),
            Self::Capacity => l.rooms_wrong_capacity(),
            Self::TooLong => l.rooms_wrong_long(),
        }
        .to_string()
    }
}

impl Draft {
    /// Checks what was written; all that is wrong at once.
    pub fn checked(mut self) -> Result<Self, Vec<Wrong>> {
        let (name, alias) = (self.name.trim().to_owned(), self.alias.trim().to_owned());
        (self.name, self.alias) = (name, alias);
        let mut wrong = Vec::new();
        let named = |text: &str| text.chars().count() <= 20 && !text.chars().any(char::is_control);
        if self.name.is_empty() || !named(&self.name) || !named(&self.alias) {
            wrong.push(Wrong::Name);
        }
        let sound = self.cap_min >= 1 && self.cap_max >= self.cap_min && self.cap_max <= 2_000;
        if !sound || !(0..=500).contains(&self.cap_extra) || self.tables.is_some_and(|n| n < 1) {
            wrong.push(Wrong::Capacity);
        }
        for text in [&mut self.features, &mut self.equipment, &mut self.notes] {
            // a zero is no letter, and no database keeps it
            text.retain(|letter| letter != '\0');
        }
        let texts = [&self.features, &self.equipment, &self.notes];
        if texts.iter().any(|text| text.chars().count() > 2_000) {
            wrong.push(Wrong::TooLong);
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}
