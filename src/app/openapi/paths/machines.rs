//! What machines ask: health, figures, the stream, who is editing, the demo's clock.

use super::{Answer, Kind, Operation, act, asked, get, open};

/// Its addresses.
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
    open(get("/openapi.json", "machines", "This document", Answer::Page("OpenAPI 3.1"))),
    asked(
        get(
            "/live",
            "live",
            "What changes, as it changes: one JSON object an event",
            Answer::Text("text/event-stream"),
        ),
        &[("after", "resume after this number of the journal; Last-Event-ID does the same")],
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
    act(
        "post",
        "/editing",
        "live",
        "Says that one is at work in a record's form: faults, work-orders, bookings",
        &[("about", Kind::Text)],
        Answer::Page("`editors`: who else is"),
    ),
    act(
        "delete",
        "/editing",
        "live",
        "Says that one has left it",
        &[("about", Kind::Text)],
        Answer::Page("`editors`"),
    ),
];
