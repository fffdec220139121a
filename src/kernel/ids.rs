//! An id is a type: nobody can pass a call where a person goes.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(value_type = i64)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A call in the log; `/calls/17`.
    CallId
}
id! {
    /// A call that the house made to outside.
    OutgoingId
}
id! {
    /// A person of the house.
    StaffId
}
id! {
    /// A program's bearer token.
    TokenId
}
id! {
    /// A person of the directory; `/directory/7`.
    PersonId
}
id! {
    /// A shift of the roster.
    ShiftId
}
id! {
    /// A calendar of working time; `/admin/calendars/2`.
    CalendarId
}
id! {
    /// A notice to named people; `/notices/5`.
    NoticeId
}
id! {
    /// What somebody owes; `/follow-ups/9`.
    FollowUpId
}
id! {
    /// A number that is owed a call back; `/calls/missed/4`.
    DebtId
}
id! {
    /// A period in which a source of sightings was deaf.
    OutageId
}
id! {
    /// A person or a company that calls us; `/contacts/3`.
    ContactId
}
id! {
    /// What is said in some case; `/admin/scripts/2`.
    ScriptId
}
id! {
    /// A message slip for somebody; `/messages/5`.
    MessageId
}
id! {
    /// What an outgoing call is for; `/calls/plans/4`.
    PlanId
}

id! {
    /// What somebody has taken for a while: a room, a hall, a person.
    ClaimId
}
id! {
    /// A part of the house: a floor, a garden.
    AreaId
}
id! {
    /// A kind of rooms with one length of stay and one time for cleaning.
    RoomClassId
}
id! {
    /// A room, a table or a hall.
    RoomId
}
id! {
    /// A booking; people see its number `B261123-014`.
    BookingId
}

id! {
    /// A screen on the wall.
    WallKeyId
}

id! {
    /// A question that was kept.
    QuestionId
}

id! {
    /// A report that goes out by itself.
    MailId
}

id! {
    /// How one talk was spoken; `/quality/3`.
    SheetId
}

/// A PBX of the configuration, by its place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PbxId(pub u16);
