//! Follow-ups and notices.

use super::{Answer, Kind, Operation, act, asked, get, open};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    asked(
        get("/follow-ups", "duties", "Who owes what by when", Answer::List("FollowUp")),
        &[("view", "mine, all, overdue or closed"), ("after", "the next page")],
    ),
    created(act(
        "post",
        "/follow-ups",
        "duties",
        "Gives somebody something to do",
        &[
            ("title", Kind::Text),
            ("due_at", Kind::Text),
            ("staff", Kind::MaybeNumber),
            ("role", Kind::MaybeText),
            ("repeat", Kind::MaybeText),
            ("note", Kind::MaybeText),
            ("about", Kind::MaybeText),
        ],
        Answer::One("FollowUp"),
    )),
    get("/follow-ups/{id}", "duties", "One follow-up with its attempts", Answer::One("FollowUp")),
    act(
        "post",
        "/follow-ups/{id}/taking",
        "duties",
        "The reader is at it from now on",
        VERSION,
        Answer::One("FollowUp"),
    ),
    act(
        "delete",
        "/follow-ups/{id}/taking",
        "duties",
        "Gives it back",
        VERSION,
        Answer::One("FollowUp"),
    ),
    act(
        "post",
        "/follow-ups/{id}/completion",
        "duties",
        "It is done",
        &[("result", Kind::MaybeText), ("version", Kind::MaybeNumber)],
        Answer::One("FollowUp"),
    ),
    act(
        "post",
        "/follow-ups/{id}/dismissal",
        "duties",
        "It will not be done",
        REASON,
        Answer::One("FollowUp"),
    ),
    act(
        "post",
        "/follow-ups/{id}/snooze",
        "duties",
        "It sleeps for minutes, or until an instant",
        &[
            ("minutes", Kind::MaybeNumber),
            ("until", Kind::MaybeInstant),
            ("version", Kind::MaybeNumber),
        ],
        Answer::One("FollowUp"),
    ),
    act(
        "post",
        "/follow-ups/{id}/refusal",
        "duties",
        "Refuses what somebody else gave the reader",
        REASON,
        Answer::One("FollowUp"),
    ),
    act(
        "post",
        "/follow-ups/{id}/attempts",
        "duties",
        "Notes what was tried",
        &[
            ("outcome", Kind::Text),
            ("note", Kind::MaybeText),
            ("again_in_minutes", Kind::MaybeNumber),
        ],
        Answer::One("FollowUp"),
    ),
    act(
        "post",
        "/follow-ups/{id}/assignment",
        "duties",
        "Hands it to a person or a role",
        &[
            ("staff", Kind::MaybeNumber),
            ("role", Kind::MaybeText),
            ("due_at", Kind::MaybeText),
            ("version", Kind::MaybeNumber),
        ],
        Answer::One("FollowUp"),
    ),
    asked(
        get("/notices", "duties", "Notices with each person's receipt", Answer::List("Notice")),
        &[("state", "open or all"), ("after", "the next page")],
    ),
    act(
        "post",
        "/notices",
        "duties",
        "Sends a notice to people, or to those of a role on duty",
        &[
            ("text", Kind::Text),
            ("role", Kind::MaybeText),
            ("people", Kind::Texts),
            ("about", Kind::MaybeText),
            ("must_ack", Kind::Flag),
        ],
        Answer::One("Notice"),
    ),
    asked(
        get(
            "/notices/answers",
            "duties",
            "How people answer: median, missed, blind",
            Answer::List("Answers"),
        ),
        &[("from", "a business date"), ("to", "a business date")],
    ),
    get("/notices/{id}", "duties", "One notice", Answer::One("Notice")),
    act(
        "post",
        "/notices/{id}/receipt",
        "duties",
        "The reader's own answer",
        &[],
        Answer::One("Notice"),
    ),
    act(
        "post",
        "/notices/{id}/receipts/{staff}",
        "duties",
        "Ticks somebody's answer that was heard by voice",
        &[],
        Answer::One("Notice"),
    ),
    act(
        "delete",
        "/notices/{id}/receipts/{staff}",
        "duties",
        "Takes that tick back, within a minute",
        &[],
        Answer::One("Notice"),
    ),
    act(
        "post",
        "/notices/{id}/reminder",
        "duties",
        "Asks the silent again, or one of them",
        &[("staff", Kind::MaybeNumber)],
        Answer::One("Notice"),
    ),
    act(
        "post",
        "/notices/{id}/closure",
        "duties",
        "Nobody needs to answer any more",
        &[("reason", Kind::MaybeText)],
        Answer::One("Notice"),
    ),
    open(get(
        "/a/{key}",
        "duties",
        "An answer link: shows one button and answers nothing",
        Answer::Page("The notice, and whether it is answered"),
    )),
    open(act(
        "post",
        "/a/{key}",
        "duties",
        "Answers, for the one the key was sent to",
        &[],
        Answer::Page("The notice, answered"),
    )),
];

const VERSION: &[(&str, Kind)] = &[("version", Kind::MaybeNumber)];
const REASON: &[(&str, Kind)] = &[("reason", Kind::Text), ("version", Kind::MaybeNumber)];

const fn created(operation: Operation) -> Operation {
    Operation { good: "201", ..operation }
}
