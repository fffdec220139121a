//! Every address of the house, one entry a method.

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
    /// A list of texts.
    Texts,
    /// An instant.
    MaybeInstant,
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
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::MaybeInstant => json!({ "type": "string", "format": "date-time" }),
        }
    }
}

const fn get(
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

const fn act(
    method: &'static str,
    path: &'static str,
    tag: &'static str,
    summary: &'static str,
    body: &'static [(&'static str, Kind)],
    answer: Answer,
) -> Operation {
    Operation { method, body, ..get(path, tag, summary, answer) }
}

const fn asked(operation: Operation, query: &'static [(&'static str, &'static str)]) -> Operation {
    Operation { query, ..operation }
}

const fn open(operation: Operation) -> Operation {
    Operation { open: true, ..operation }
}

/// All of them.
pub(super) const PATHS: &[Operation] = &[
    open(get("/healthz", "machines", "The process answers", Answer::Text("text/plain"))),
    open(get(
        "/readyz",
        "machines",
        "Whether the house can do its work, part by part; 503 where not",
        Answer::One("Readiness"),
    )),
    get(
        "/metrics",
        "machines",
        "The figures of the machine; loopback needs no token",
        Answer::Text("application/openmetrics-text"),
    ),
    get("/openapi.json", "machines", "This document", Answer::Page("OpenAPI 3.1")),
    asked(
        get(
            "/live",
            "live",
            "What changes, as it changes: one JSON object an event",
            Answer::Text("text/event-stream"),
        ),
        &[("after", "resume after this number of the journal; Last-Event-ID does the same")],
    ),
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
    get("/", "people", "The reader's own first page", Answer::Page("Goes there")),
    open(asked(
        get("/sign-in", "people", "The form", Answer::Page("The form")),
        &[("next", "where to go afterwards"), ("lang", "zh-CN or en")],
    )),
    open(act(
        "post",
        "/sign-in",
        "people",
        "Signs in with a session cookie",
        &[("login", Kind::Text), ("password", Kind::Text), ("next", Kind::MaybeText)],
        Answer::Page("Who signed in"),
    )),
    act("post", "/sign-out", "people", "Ends the session", &[], Answer::Page("Nothing")),
    open(asked(
        get(
            "/setup/{token}",
            "people",
            "A one-time link: the first administrator, or a new password",
            Answer::Page("The form"),
        ),
        &[("lang", "zh-CN or en")],
    )),
    open(act(
        "post",
        "/setup/{token}",
        "people",
        "Uses the one-time link",
        &[
            ("name", Kind::MaybeText),
            ("login", Kind::MaybeText),
            ("extension", Kind::MaybeText),
            ("roles", Kind::Texts),
            ("password", Kind::Text),
            ("repeat", Kind::MaybeText),
        ],
        Answer::Page("Who may sign in now"),
    )),
    get("/me", "people", "One's own account", Answer::Page("The person, their choices")),
    act(
        "post",
        "/me",
        "people",
        "Language, theme and loudness of alarms",
        &[("language", Kind::MaybeText), ("theme", Kind::MaybeText), ("volume", Kind::Number)],
        Answer::Page("The person, their choices"),
    ),
    act(
        "post",
        "/me/password",
        "people",
        "A new password of one's own",
        &[("current", Kind::Text), ("password", Kind::Text), ("repeat", Kind::MaybeText)],
        Answer::Page("Nothing"),
    ),
    get("/staff", "people", "Everyone of the house", Answer::Page("A list of people")),
    act(
        "post",
        "/staff",
        "people",
        "Adds a person; the answer shows their one-time link",
        &[
            ("name", Kind::Text),
            ("login", Kind::Text),
            ("extension", Kind::MaybeText),
            ("roles", Kind::Texts),
        ],
        Answer::Page("The person and the link"),
    ),
    get("/staff/{id}", "people", "One person", Answer::Page("The person")),
    act(
        "post",
        "/staff/{id}",
        "people",
        "Changes a person",
        &[
            ("version", Kind::Number),
            ("name", Kind::Text),
            ("login", Kind::Text),
            ("extension", Kind::MaybeText),
            ("roles", Kind::Texts),
        ],
        Answer::Page("The person"),
    ),
    act(
        "post",
        "/staff/{id}/link",
        "people",
        "A new one-time link to choose a password",
        &[],
        Answer::Page("The link"),
    ),
    act(
        "post",
        "/staff/{id}/disabled",
        "people",
        "May not sign in any more",
        &[],
        Answer::Page("The person"),
    ),
    act(
        "delete",
        "/staff/{id}/disabled",
        "people",
        "May sign in again",
        &[],
        Answer::Page("The person"),
    ),
    get(
        "/admin/tokens",
        "people",
        "The bearer tokens, without their secrets",
        Answer::Page("A list of tokens"),
    ),
    act(
        "post",
        "/admin/tokens",
        "people",
        "A new token; its secret is shown once",
        &[("name", Kind::Text), ("roles", Kind::Texts)],
        Answer::Page("The token and its secret"),
    ),
    act(
        "delete",
        "/admin/tokens/{id}",
        "people",
        "Revokes a token at once",
        &[],
        Answer::Page("The token"),
    ),
    open(get(
        "/assets/{edition}/{*path}",
        "machines",
        "Style, scripts and pictures of the panel",
        Answer::Text("*/*"),
    )),
    act(
        "post",
        "/demo/clock",
        "demo",
        "Moves the demo's manual clock forward; in no other mode",
        &[("now", Kind::MaybeInstant), ("advance_ms", Kind::MaybeNumber)],
        Answer::One("Told"),
    ),
];
