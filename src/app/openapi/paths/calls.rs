//! The console, the call log, one call.

use super::{Answer, Kind, Operation, act, asked, get};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    get(
        "/console",
        "calls",
        "Who rings, the calls in hand, what just ended, today's figures",
        Answer::Page("Lists of calls: ringing, in_hand, just_ended; and today's figures"),
    ),
    asked(
        get(
            "/calls",
            "calls",
            "The call log; beside it the outages of its time",
            Answer::List("Call"),
        ),
        &[
            ("from", "an instant or a business date"),
            ("to", "an instant or a business date, the date included"),
            ("hotline", "its number"),
            ("outcome", "a word of the outcomes, or any to ask for none"),
            ("staff", "the id of a person"),
            ("caller", "a number or its end"),
            ("state", "offered, ringing, answered, ended, live"),
            ("q", "words of the display name or the notes"),
            ("limit", "1 to 200"),
            ("after", "the cursor of the page before"),
        ],
    ),
    get("/calls/{id}", "calls", "One call", Answer::One("Call")),
    asked(
        get(
            "/calls/{id}/ladder",
            "calls",
            "Its signalling, message by message",
            Answer::List("Message"),
        ),
        &[("leg", "one telephone's alone, counted from one in the order they begin")],
    ),
    get(
        "/lines",
        "calls",
        "What every PBX lets us hear, and when something could not be heard",
        Answer::Page("The PBXes with their registrations and watches; mirrors, sockets, outages"),
    ),
    act(
        "post",
        "/calls/{id}/pickup",
        "calls",
        "I take it; the first wins",
        &[],
        Answer::One("Call"),
    ),
    act("delete", "/calls/{id}/pickup", "calls", "Gives it back", &[], Answer::One("Call")),
    act(
        "post",
        "/calls/{id}/notes",
        "calls",
        "Writes about it",
        &[("version", Kind::Number), ("notes", Kind::Text), ("wrap_up", Kind::Flag)],
        Answer::One("Call"),
    ),
    act("post", "/calls/{id}/wrap-up", "calls", "Puts it away", &[], Answer::One("Call")),
    act(
        "post",
        "/calls/{id}/test",
        "calls",
        "Marks it as a test: shown, not counted",
        &[],
        Answer::One("Call"),
    ),
    act("delete", "/calls/{id}/test", "calls", "It counts again", &[], Answer::One("Call")),
];
