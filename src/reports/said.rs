//! What an alert says, in the panel and out of the house.

use super::tally::shown;
use super::watch::{Alert, Cause};
use crate::words::Messages;

/// What an alert is called.
pub(super) fn cause(l: &Messages, cause: Cause) -> String {
    match cause {
        Cause::Rate => l.reports_alert_rate(),
        Cause::Waiting => l.reports_alert_waiting(),
        Cause::Nobody => l.reports_alert_nobody(),
        Cause::Pbx => l.reports_alert_pbx(),
    }
    .to_string()
}

/// Of what it is and how much: `2026-11-23 · 91.2%`, `3 waiting`, `main listener · 4 min`.
pub(super) fn measure(l: &Messages, alert: &Alert) -> String {
    let subject = alert.subject.as_str();
    match alert.cause {
        Cause::Rate => format!("{subject} · {}", shown(Some(alert.figure))),
        Cause::Waiting => l.reports_alert_calls(alert.figure).to_string(),
        Cause::Nobody => l.reports_alert_minutes(alert.figure).to_string(),
        Cause::Pbx => format!("{subject} · {}", l.reports_alert_minutes(alert.figure)),
    }
}

/// An alert in one line, or that it is over.
pub fn alert(l: &Messages, alert: &Alert, over: bool) -> String {
    let called = cause(l, alert.cause);
    match (over, alert.cause) {
        (false, _) => l.reports_alert_said(called, measure(l, alert)).to_string(),
        (true, Cause::Rate | Cause::Pbx) => {
            l.reports_alert_over_of(called, alert.subject.as_str()).to_string()
        }
        (true, Cause::Waiting | Cause::Nobody) => l.reports_alert_over(called).to_string(),
    }
}
