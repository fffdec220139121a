//! A room's bookings as a calendar that other programs subscribe to (RFC 5545). It names no guest:
//! whoever has the address can read it.

use icalendar::{Calendar, Component as _, EventLike as _, EventStatus};

use crate::kernel::Moment;

/// A booking as the feed shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stays the same through every change: `B261123-014@switchboard`.
    pub uid: String,
    /// Rises with every change.
    pub sequence: i64,
    /// The heading, without names or numbers.
    pub summary: String,
    /// Its beginning.
    pub from: Moment,
    /// Its end.
    pub to: Moment,
    /// Whether it was called off.
    pub cancelled: bool,
    /// When it was last changed.
    pub changed_at: Moment,
}

/// The feed's text.
pub fn calendar(name: &str, events: &[Event]) -> String {
    let mut calendar = Calendar::new();
    calendar.name(name);
    for event in events {
        let status = if event.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed };
        let entry = icalendar::Event::new()
            .uid(&event.uid)
            .timestamp(event.changed_at.utc())
            .summary(&event.summary)
            .starts(event.from.utc())
            .ends(event.to.utc())
            .status(status)
            .add_property("SEQUENCE", event.sequence.to_string())
            .last_modified(event.changed_at.utc())
            .done();
        calendar.push(entry);
    }
    calendar.done().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_booking_that_moved_keeps_its_name_and_counts_up() {
        let at = |text| Moment::parse_rfc3339(text).unwrap();
        let event = Event {
            uid: "B261123-014@switchboard".into(),
            sequence: 3,
            summary: "B261123-014 · 8".into(),
            from: at("2026-11-23T19:00:00+08:00"),
            to: at("2026-11-23T21:00:00+08:00"),
            cancelled: true,
            changed_at: at("2026-11-23T17:05:00+08:00"),
        };
        let text = calendar("A3", &[event]);
        for line in [
            "UID:B261123-014@switchboard",
            "SEQUENCE:3",
            "DTSTART:20261123T110000Z",
            "STATUS:CANCELLED",
            "LAST-MODIFIED:20261123T090500Z",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} is missing in {text}");
        }
    }
}
