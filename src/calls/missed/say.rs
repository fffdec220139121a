//! How a debt ended and how old it is, in words; and of whose debt no number is told.

use super::store::Debt;
use crate::kernel::{Closed, HIDDEN};
use crate::words::Messages;

impl Debt {
    /// The debt without a number that is closed, by name instead; and whether it was.
    pub(in crate::calls) fn seen(self, closed: &Closed) -> (Self, bool) {
        let number = self.number.as_deref();
        let Some(name) = number.and_then(|number| closed.whose(number)) else {
            // what a machine sent as a name may be a number
            let display = self.caller_display.as_deref().map(|sent| closed.wire(sent));
            return (Self { caller_display: display, ..self }, false);
        };
        let says = |sent: &String| sent.contains(char::is_alphabetic) && closed.wire(sent) == *sent;
        let display = self.caller_display.clone().filter(says).or_else(|| Some(name.to_owned()));
        (Self { number: Some(HIDDEN.to_owned()), caller_display: display, ..self }, true)
    }
}

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
