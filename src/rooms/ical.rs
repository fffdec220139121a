//! A room's bookings as a calendar that other programs subscribe to (RFC 5545). It names no guest:
//! whoever has the address can read it.
//!
//! Lines are put together here: the crate there is for it lets carriage returns and control characters
//! into texts, writes NAME as it comes, and does not come back from a line of wide spaces.

mod zone;

use chrono_tz::Tz;

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

/// The feed's text. Beginnings and ends are in the site's own time, with the zone's rules beside them.
pub fn calendar(name: &str, zone: Tz, events: &[Event]) -> String {
    let mut lines = Lines::default();
    lines.put("BEGIN", "VCALENDAR");
    lines.put("VERSION", "2.0");
    lines.put("PRODID", "-//Switchboard//Rooms//ZH");
    lines.put("CALSCALE", "GREGORIAN");
    // RFC 7986, and what calendars read that do not know it
    lines.text("NAME", name);
    lines.text("X-WR-CALNAME", name);
    lines.put("X-WR-TIMEZONE", zone.name());
    let spans = events.iter().flat_map(|event| [event.from, event.to]);
    zone::write(&mut lines, zone, spans.clone().min(), spans.max());
    for event in events {
        lines.put("BEGIN", "VEVENT");
        lines.text("UID", &event.uid);
        lines.put("SEQUENCE", &event.sequence.to_string());
        lines.put("DTSTAMP", &zone::utc(event.changed_at));
        lines.put("LAST-MODIFIED", &zone::utc(event.changed_at));
        for (edge, at) in [("DTSTART", event.from), ("DTEND", event.to)] {
            lines.put(&format!("{edge};TZID={}", zone.name()), &zone::local(zone, at));
        }
        lines.text("SUMMARY", &event.summary);
        lines.put("STATUS", if event.cancelled { "CANCELLED" } else { "CONFIRMED" });
        lines.put("END", "VEVENT");
    }
    lines.put("END", "VCALENDAR");
    lines.0
}

/// A line is no longer than so many octets (§3.1).
const LONGEST: usize = 75;

/// The lines of a calendar.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A line whose value stands as it is, folded at 75 octets and never inside a character (§3.1).
    fn put(&mut self, name: &str, value: &str) {
        let mut left = LONGEST;
        for letter in name.chars().chain([':']).chain(value.chars()) {
            if letter.len_utf8() > left {
                self.0.push_str("\r\n ");
                left = LONGEST - 1;
            }
            left -= letter.len_utf8();
            self.0.push(letter);
        }
        self.0.push_str("\r\n");
    }

    /// A line whose value is a text (§3.3.11).
    fn text(&mut self, name: &str, said: &str) {
        self.put(name, &escaped(said));
    }
}

/// A text as a line can hold it (§3.3.11): what means something there is escaped, every end of a line is
/// one and the same, and other control characters are left out, for no calendar may have them (§3.1).
fn escaped(said: &str) -> String {
    let mut text = String::with_capacity(said.len());
    let mut letters = said.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => text.push_str("\\n"),
            '\\' | ',' | ';' => text.extend(['\\', letter]),
            '\t' => text.push(letter),
            letter if letter.is_control() => {}
            letter => text.push(letter),
        }
    }
    text
}
