//! The reports, the summary of faults, the wall, the evidence of a call.

use super::{Answer, Kind, Operation, act, asked, get, open};

const PERIOD: &[(&str, &str)] = &[("period", "day or week"), ("date", "a business date in it")];
const TABLE: &[(&str, &str)] = &[
    ("period", "day or week"),
    ("date", "a business date in it"),
    ("table", "figures: the figures first; CSV has them alone"),
];

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    get("/reports", "reports", "Goes to /reports/answering", Answer::Text("text/html")),
    asked(
        get(
            "/reports/answering",
            "reports",
            "What was answered, by every figure and its time before; each figure is a filter of /calls",
            Answer::One("Answering"),
        ),
        &[
            ("period", "today, yesterday, week, last_week, month, last_month, four_weeks, custom"),
            ("from", "the first business date"),
            ("to", "the last business date, included"),
            ("hotline", "its number; - for calls of which it is not known"),
            ("person", "the id of who answered"),
            ("by", "hour, weekday, day, week, month"),
            ("format", "csv or xlsx for a table"),
        ],
    ),
    asked(
        get(
            "/reports/staffing",
            "reports",
            "What so many pairs of hands give in each half hour of the week (Erlang C and A)",
            Answer::Page("period, ground, and halves: one for each half hour that had calls"),
        ),
        &[
            ("hotline", "its number"),
            ("weeks", "1 to 52 weeks back; 8"),
            ("weekday", "1 is Monday; for the page alone"),
            ("handling_s", "a handling time of one's own, in seconds"),
            ("format", "csv or xlsx for a table"),
        ],
    ),
    asked(
        get(
            "/reports/analysis",
            "reports",
            "Counts cut in two ways",
            Answer::Page("rows, columns and counts, line by line; and the kept questions"),
        ),
        &[
            ("source", "calls, faults, bookings"),
            (
                "measure",
                "of calls a figure: presented, met, late, …; of faults all, open, resolved, reopened, phone; of bookings all, came, cancelled, no_show, walk_in",
            ),
            (
                "rows",
                "nothing, hour, weekday, day, week, month, person; of calls hotline; of others state, kind, customer",
            ),
            ("columns", "the same"),
            ("period", "as of /reports/answering"),
            ("from", "the first business date"),
            ("to", "the last business date, included"),
            ("hotline", "its number"),
            ("person", "the id of who answered"),
            ("format", "csv or xlsx for a table"),
        ],
    ),
    asked(
        get(
            "/reports/analysis/rows",
            "reports",
            "The faults or bookings behind a cell; of calls it leads to the log",
            Answer::Page("count of all pages, and items: the records of this one, newest first"),
        ),
        &[
            ("source", "faults, bookings"),
            ("measure", "as of /reports/analysis"),
            ("rows", "as of /reports/analysis"),
            ("columns", "as of /reports/analysis"),
            ("row", "the key of a line; - for the empty one; all of them without"),
            ("column", "the key of a column; - for the empty one; all of them without"),
            ("period", "as of /reports/answering"),
            ("from", "the first business date"),
            ("to", "the last business date, included"),
            ("person", "the id of who looks after it"),
            ("limit", "1 to 500; 200"),
            ("after", "the cursor of the page before"),
        ],
    ),
    get("/reports/questions", "reports", "Questions that were kept", Answer::List("Question")),
    act(
        "post",
        "/reports/questions",
        "reports",
        "Keeps a question under a name; one of the same name is replaced",
        &[("name", Kind::Text), ("asked", Kind::Text)],
        Answer::One("Question"),
    ),
    act(
        "delete",
        "/reports/questions/{id}",
        "reports",
        "Forgets a question",
        &[],
        Answer::Page("The id of the question"),
    ),
    get(
        "/reports/settings",
        "reports",
        "The target, the thresholds, open alerts, scheduled mails",
        Answer::Page("settings, alerts, mails"),
    ),
    act(
        "post",
        "/reports/settings",
        "reports",
        "Sets target and thresholds; target is a percentage",
        &[
            ("version", Kind::Number),
            ("target", Kind::Text),
            ("rate_after_calls", Kind::Number),
            ("waiting_calls", Kind::Number),
            ("pbx_silent_minutes", Kind::Number),
            ("nobody_minutes", Kind::Number),
            ("alert_roles", Kind::MaybeText),
            ("alert_out", Kind::MaybeNumber),
        ],
        Answer::One("Settings"),
    ),
    act(
        "post",
        "/reports/mails",
        "reports",
        "Adds a report that goes out by itself",
        &[
            ("every", Kind::Text),
            ("weekday", Kind::MaybeNumber),
            ("time", Kind::Text),
            ("address", Kind::Text),
            ("hotline", Kind::MaybeText),
        ],
        Answer::One("Mail"),
    ),
    act(
        "delete",
        "/reports/mails/{id}",
        "reports",
        "It goes out no more",
        &[],
        Answer::Page("The id of the mail"),
    ),
    get("/reports/walls", "reports", "Screens on the wall", Answer::List("WallKey")),
    act(
        "post",
        "/reports/walls",
        "reports",
        "Adds a screen; its link is in this answer alone",
        &[("name", Kind::Text)],
        Answer::Page("The screens, and link: the link of the new one"),
    ),
    act(
        "delete",
        "/reports/walls/{id}",
        "reports",
        "Its screen shows nothing any more",
        &[],
        Answer::One("WallKey"),
    ),
    asked(
        get(
            "/calls/{id}/evidence",
            "reports",
            "One call as it was seen, under one hash",
            Answer::Page("sha256, bytes, document"),
        ),
        &[("format", "file for exactly the bytes that are hashed")],
    ),
    open(get("/wall", "reports", "Today for a screen on the wall", Answer::One("Wall"))),
    open(get(
        "/wall/live",
        "reports",
        "changed when the wall should look again, beat in between",
        Answer::Text("text/event-stream"),
    )),
    open(get(
        "/wall/{key}",
        "reports",
        "The link of a screen: exchanged for a cookie that opens /wall alone",
        Answer::Text("text/html"),
    )),
    asked(
        get(
            "/reports/faults",
            "faults",
            "The summary of a day or week: as handed in, or as it is now",
            Answer::Page("The figures"),
        ),
        PERIOD,
    ),
    act(
        "post",
        "/reports/faults",
        "faults",
        "Hands the summary in: its figures are final",
        &[("period", Kind::MaybeText), ("date", Kind::MaybeText), ("remarks", Kind::MaybeText)],
        Answer::Page("The figures"),
    ),
    act(
        "post",
        "/reports/faults/reading",
        "faults",
        "The head has read it",
        &[("period", Kind::MaybeText), ("date", Kind::MaybeText), ("answer", Kind::MaybeText)],
        Answer::Page("The figures"),
    ),
    asked(
        get(
            "/reports/faults/table.csv",
            "faults",
            "The faults of the period, and its figures",
            Answer::Text("text/csv"),
        ),
        TABLE,
    ),
    asked(
        get(
            "/reports/faults/table.xlsx",
            "faults",
            "The faults of the period, and its figures",
            Answer::Text("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ),
        TABLE,
    ),
];
