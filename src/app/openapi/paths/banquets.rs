//! Banquets somebody asks for, and rooms that are shown.

use super::{Answer, Kind, Operation, act, get};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    get("/banquets", "bookings", "Who asks for a banquet", Answer::List("Banquet")),
    act(
        "post",
        "/banquets",
        "bookings",
        "A banquet; the date by the sun or the moon",
        &[
            ("name", Kind::Text),
            ("phone", Kind::Text),
            ("occasion", Kind::Text),
            ("date", Kind::Text),
            ("tables", Kind::MaybeNumber),
            ("party", Kind::MaybeNumber),
            ("budget", Kind::MaybeText),
            ("hall", Kind::MaybeNumber),
            ("period", Kind::MaybeNumber),
            ("note", Kind::MaybeText),
            ("call_id", Kind::MaybeNumber),
        ],
        Answer::One("Banquet"),
    ),
    get("/banquets/{id}", "bookings", "One banquet", Answer::One("Banquet")),
    act(
        "post",
        "/banquets/{id}",
        "bookings",
        "Its next step",
        &[
            ("version", Kind::Number),
            ("state", Kind::Text),
            ("hall", Kind::MaybeNumber),
            ("until", Kind::MaybeText),
            ("reason", Kind::MaybeText),
            ("when", Kind::MaybeText),
            ("minutes", Kind::MaybeNumber),
            ("party", Kind::MaybeNumber),
            ("deposit", Kind::MaybeText),
        ],
        Answer::One("Banquet"),
    ),
    act(
        "post",
        "/viewings",
        "bookings",
        "Shows a room to somebody",
        &[("room", Kind::Text), ("name", Kind::Text)],
        Answer::Page("The viewing"),
    ),
    act(
        "post",
        "/viewings/{id}/end",
        "bookings",
        "What came of it: booked, considering, declined, abandoned",
        &[("outcome", Kind::Text)],
        Answer::Page("The viewing"),
    ),
];
