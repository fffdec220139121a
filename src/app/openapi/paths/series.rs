//! What is done to several bookings at once, and whom the corridor calls.

use super::{Answer, Kind, Operation, act, get};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    get(
        "/bookings/{no}/series",
        "bookings",
        "The bookings that come again with this one",
        Answer::List("Booking"),
    ),
    act(
        "post",
        "/bookings/{no}/series",
        "bookings",
        "Changes this one, this and later, or all; 409 with the conflicts where nobody chose",
        &[
            ("reach", Kind::Text),
            ("also", Kind::Texts),
            ("choice", Kind::Texts),
            ("on_conflict", Kind::MaybeText),
            ("ask", Kind::Flag),
            ("version", Kind::Number),
            ("name", Kind::MaybeText),
            ("party", Kind::MaybeNumber),
            ("phone", Kind::MaybeText),
            ("when", Kind::MaybeText),
            ("minutes", Kind::MaybeNumber),
            ("room", Kind::MaybeText),
            ("wishes", Kind::MaybeText),
            ("note", Kind::MaybeText),
            ("occasion", Kind::MaybeText),
            ("reason", Kind::MaybeText),
        ],
        Answer::Page("What was changed, what somebody is in the way of, what stays as it is"),
    ),
    act(
        "post",
        "/bookings/{no}/series/cancellation",
        "bookings",
        "Calls off this one, this and later, or all",
        &[
            ("reach", Kind::Text),
            ("also", Kind::Texts),
            ("choice", Kind::Texts),
            ("on_conflict", Kind::MaybeText),
            ("ask", Kind::Flag),
            ("version", Kind::MaybeNumber),
            ("reason", Kind::Text),
        ],
        Answer::Page("What was called off, what could not be, what stays as it is"),
    ),
    act(
        "post",
        "/bookings/release",
        "bookings",
        "Releases who has not come by the cut-off and paid nothing",
        &[("date", Kind::MaybeText)],
        Answer::Page("Who was released, and who keeps the room and why"),
    ),
    act(
        "post",
        "/my/floor/areas",
        "bookings",
        "The parts of the house one is called for; none is all",
        &[("area", Kind::Texts)],
        Answer::Page("The parts"),
    ),
];
