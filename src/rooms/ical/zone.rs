//! The site's zone in a calendar: how far its clocks are from UTC, and when that changes (RFC 5545 §3.6.5).

use chrono::{DateTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

use super::Lines;
use crate::kernel::Moment;

/// A moment in UTC: `20261123T110000Z`.
pub(super) fn utc(at: Moment) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// The wall time of a moment: `20261123T190000`.
pub(super) fn local(zone: Tz, at: Moment) -> String {
    wall(at.utc().with_timezone(&zone).naive_local())
}

fn wall(local: NaiveDateTime) -> String {
    local.format("%Y%m%dT%H%M%S").to_string()
}

/// What the clocks of a zone show at a moment.
#[derive(Clone, PartialEq, Eq)]
struct Clocks {
    /// Seconds ahead of UTC.
    ahead_s: i32,
    summer: bool,
    name: String,
}

impl Clocks {
    fn at(zone: Tz, at: DateTime<Utc>) -> Self {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        Self {
            ahead_s: offset.fix().local_minus_utc(),
            summer: !offset.dst_offset().is_zero(),
            name: offset.abbreviation().unwrap_or_default().to_owned(),
        }
    }

    /// `+0800`, with seconds only where there are some.
    fn ahead(&self) -> String {
        let (sign, size) =
            if self.ahead_s < 0 { ('-', -self.ahead_s) } else { ('+', self.ahead_s) };
        let (hours, minutes, seconds) = (size / 3_600, size / 60 % 60, size % 60);
        let tail = if seconds == 0 { String::new() } else { format!("{seconds:02}") };
        format!("{sign}{hours:02}{minutes:02}{tail}")
    }
}

/// Writes the zone as far as the moments of the calendar reach: the clocks at their beginning, and every
/// change until their end.
pub(super) fn write(lines: &mut Lines, zone: Tz, first: Option<Moment>, last: Option<Moment>) {
    let day = TimeDelta::days(1);
    let begin = first.map_or(DateTime::UNIX_EPOCH, Moment::utc) - day;
    let end = last.map_or(begin, Moment::utc) + day;
    lines.put("BEGIN", "VTIMEZONE");
    lines.put("TZID", zone.name());
    let mut clocks = Clocks::at(zone, begin);
    observe(lines, begin, &clocks, &clocks);
    let mut at = begin;
    while at < end {
        let next = at + day;
        let then = Clocks::at(zone, next);
        if then != clocks {
            observe(lines, turn(zone, at, next), &clocks, &then);
            clocks = then;
        }
        at = next;
    }
    lines.put("END", "VTIMEZONE");
}

/// The second at which the clocks change between two moments.
fn turn(zone: Tz, mut before: DateTime<Utc>, mut after: DateTime<Utc>) -> DateTime<Utc> {
    let then = Clocks::at(zone, after);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if Clocks::at(zone, middle) == then {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

/// From `at` on the clocks show this; the moment is told by the clocks from before.
fn observe(lines: &mut Lines, at: DateTime<Utc>, before: &Clocks, now: &Clocks) {
    let kind = if now.summer { "DAYLIGHT" } else { "STANDARD" };
    let local = at.naive_utc() + TimeDelta::seconds(i64::from(before.ahead_s));
    lines.put("BEGIN", kind);
    lines.put("DTSTART", &wall(local));
    lines.put("TZOFFSETFROM", &before.ahead());
    lines.put("TZOFFSETTO", &now.ahead());
    if !now.name.is_empty() {
        lines.text("TZNAME", &now.name);
    }
    lines.put("END", kind);
}
