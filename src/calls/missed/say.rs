//! How a debt ended and how old it is, in words.

use crate::words::Messages;

/// How a debt was settled.
pub(super) fn closed_how(l: &Messages, how: &str) -> String {
    let said = match how {
        "called_again" => l.missed_called_again(),
        "called_back" => l.missed_called_back(),
        "was_test" => l.missed_was_test(),
        "not_returnable" => l.missed_not_returnable(),
        _ => l.missed_by_hand(),
    };
    said.to_string()
}

/// An age in milliseconds, in the largest unit that still says something.
pub(super) fn age(l: &Messages, millis: i64) -> String {
    let minutes = millis.max(0) / 60_000;
    match minutes {
        0..120 => l.missed_minutes(minutes).to_string(),
        120..2_880 => l.missed_hours(minutes / 60).to_string(),
        _ => l.missed_days(minutes / 1_440).to_string(),
    }
}
