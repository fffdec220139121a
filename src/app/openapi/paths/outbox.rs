//! What goes out of the house, and how people are reached.

use super::{Answer, Kind, Operation, act, asked, get, open};

const REACH: &[(&str, Kind)] = &[
    ("version", Kind::Number),
    ("mail", Kind::MaybeText),
    ("mobile", Kind::MaybeText),
    ("quiet_from", Kind::MaybeText),
    ("quiet_to", Kind::MaybeText),
];

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    asked(
        get(
            "/admin/outbox",
            "outbox",
            "What goes out of the house, what could not and why",
            Answer::Page("`items`, `next`, `states` with their counts, `ways`"),
        ),
        &[
            ("state", "dead, uncertain, waiting, sending, sent, merged or discarded"),
            ("after", "older than this number"),
        ],
    ),
    act(
        "post",
        "/admin/outbox/{id}/retry",
        "outbox",
        "Sends a dead or uncertain message again",
        &[],
        Answer::Page("The message"),
    ),
    act(
        "delete",
        "/admin/outbox/{id}",
        "outbox",
        "Lets a dead or uncertain message be",
        &[],
        Answer::Page("The message"),
    ),
    act(
        "post",
        "/admin/outbox/people/{id}",
        "outbox",
        "How a person is reached beside the panel",
        REACH,
        Answer::Page("The person"),
    ),
    get(
        "/me/reach",
        "outbox",
        "How messages find oneself",
        Answer::Page("Mail, mobile, quiet hours, `push_key`"),
    ),
    act(
        "post",
        "/me/reach",
        "outbox",
        "How messages find oneself",
        REACH,
        Answer::Page("The same"),
    ),
    act(
        "post",
        "/me/reach/trial",
        "outbox",
        "Sends oneself a message by every way",
        &[],
        Answer::Page("`messages`: how many"),
    ),
    act(
        "post",
        "/me/browsers",
        "outbox",
        "Has this browser get pushes: the JSON of its PushSubscription",
        &[("endpoint", Kind::Text), ("keys", Kind::Text)],
        Answer::Page("`subscribed`"),
    ),
    get("/sw.js", "outbox", "The panel's service worker", Answer::Text("text/javascript")),
    open(get(
        "/w/{key}",
        "faults",
        "The answer link of a message about a fault or an order: shows one button and answers nothing",
        Answer::Page("What was told, and whether it is answered"),
    )),
    open(act(
        "post",
        "/w/{key}",
        "faults",
        "Takes the order that was offered, or says that the message was seen, for the one the key was sent to",
        &[],
        Answer::Page("What was told, answered"),
    )),
];
