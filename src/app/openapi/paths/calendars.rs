//! Working time, holidays, extra working days.

use super::{Answer, Kind, Operation, act, get};

/// Its addresses.
pub(super) const PATHS: &[Operation] = &[
    get(
        "/admin/calendars",
        "calendars",
        "Every calendar of working time, the house's first",
        Answer::Page("A list of calendars"),
    ),
    act(
        "post",
        "/admin/calendars",
        "calendars",
        "A new calendar; windows are lines such as Mon-Fri 09:00-12:00",
        &[("name", Kind::Text), ("weekly", Kind::MaybeText), ("house_days", Kind::Flag)],
        Answer::Page("The calendar"),
    ),
    get(
        "/admin/calendars/{id}",
        "calendars",
        "One calendar, its holidays and extra days, the next two weeks",
        Answer::Page("The calendar"),
    ),
    act(
        "post",
        "/admin/calendars/{id}",
        "calendars",
        "Changes name and windows",
        &[
            ("version", Kind::Number),
            ("name", Kind::Text),
            ("weekly", Kind::MaybeText),
            ("house_days", Kind::Flag),
        ],
        Answer::Page("The calendar"),
    ),
    act(
        "post",
        "/admin/calendars/{id}/days",
        "calendars",
        "Closes days, or opens them like a weekday or with windows of their own; the house's days \
         count for every hotline with hours",
        &[
            ("from", Kind::Text),
            ("to", Kind::MaybeText),
            ("kind", Kind::Text),
            ("like", Kind::MaybeText),
            ("windows", Kind::MaybeText),
            ("name", Kind::MaybeText),
        ],
        Answer::Page("The calendar"),
    ),
    act(
        "delete",
        "/admin/calendars/{id}/days/{date}",
        "calendars",
        "Makes a day as its weekday again",
        &[],
        Answer::Page("The calendar"),
    ),
];
