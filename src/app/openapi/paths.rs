//! Every address of the house, one entry a method; a file for each room.

mod banquets;
mod bookings;
mod calendars;
mod calls;
mod contacts;
mod desk;
mod directory;
mod duties;
mod machines;
mod outbox;
mod people;
mod quality;
mod reports;
mod rooms;
mod series;
mod shifts;
mod tickets;

use serde_json::{Value, json};

/// One method of one address.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    /// For everyone, signed in or not.
    pub(super) open: bool,
    /// Name and meaning.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// Name and kind.
    pub(super) body: &'static [(&'static str, Kind)],
    /// The status when all is well.
    pub(super) good: &'static str,
    pub(super) answer: Answer,
}

/// What an address gives.
pub(super) enum Answer {
    /// A record of this shape.
    One(&'static str),
    /// A page of records of this shape.
    List(&'static str),
    /// An object that is described in words.
    Page(&'static str),
    /// A text of this media type.
    Text(&'static str),
}

/// What a field of a body is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text that must be there.
    Text,
    /// A text.
    MaybeText,
    /// A whole number that must be there.
    Number,
    /// A whole number.
    MaybeNumber,
    /// True or false; false where absent.
    Flag,
    /// A list of whole numbers.
    Numbers,
    /// A list of texts.
    Texts,
    /// An instant.
    MaybeInstant,
    /// Bookings that go from one room to another.
    Moves,
}

impl Kind {
    pub(super) fn needed(self) -> bool {
        matches!(self, Self::Text | Self::Number)
    }

    pub(super) fn schema(self) -> Value {
        match self {
            Self::Text | Self::MaybeText => json!({ "type": "string" }),
            Self::Number | Self::MaybeNumber => json!({ "type": "integer" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Numbers => json!({ "type": "array", "items": { "type": "integer" } }),
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Moves => {
                let text = json!({ "type": "string" });
                let of = json!({ "no": text, "from": text, "to": text });
                json!({ "type": "array", "items": { "type": "object", "properties": of } })
            }
            Self::MaybeInstant => json!({ "type": "string", "format": "date-time" }),
        }
    }
}

pub(super) const fn get(
    path: &'static str,
    tag: &'static str,
    summary: &'static str,
    answer: Answer,
) -> Operation {
    Operation {
        method: "get",
        path,
        tag,
        summary,
        open: false,
        query: &[],
        body: &[],
        good: "200",
        answer,
    }
}

pub(super) const fn act(
    method: &'static str,
    path: &'static str,
    tag: &'static str,
    summary: &'static str,
    body: &'static [(&'static str, Kind)],
    answer: Answer,
) -> Operation {
    Operation { method, body, ..get(path, tag, summary, answer) }
}

pub(super) const fn asked(
    operation: Operation,
    query: &'static [(&'static str, &'static str)],
) -> Operation {
    Operation { query, ..operation }
}

pub(super) const fn open(operation: Operation) -> Operation {
    Operation { open: true, ..operation }
}

/// All of them, room by room.
pub(super) const PATHS: &[&[Operation]] = &[
    machines::PATHS,
    calls::PATHS,
    contacts::PATHS,
    duties::PATHS,
    desk::PATHS,
    people::PATHS,
    calendars::PATHS,
    outbox::PATHS,
    rooms::PATHS,
    banquets::PATHS,
    bookings::PATHS,
    series::PATHS,
    shifts::PATHS,
    tickets::PATHS,
    directory::PATHS,
    reports::PATHS,
    quality::PATHS,
];
