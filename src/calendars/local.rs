//! From the clock on the wall to moments, over every change of the clock.
//!
//! A window of local time means every moment at which the wall's clock shows a time in it: an hour
//! that a clock change repeats counts twice, one that it skips not at all.

use chrono::{NaiveDateTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use super::week::Span;
use crate::kernel::Moment;

/// No zone is further than this from UTC, in milliseconds.
const FURTHEST_MS: i64 = 16 * HOUR_MS;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// No zone changes its clock twice within this.
const STEP_MS: i64 = 6 * HOUR_MS;

/// What the zone's clock is ahead of UTC at a moment, in milliseconds.
fn ahead_ms(zone: Tz, at: i64) -> i64 {
    let utc = Moment::from_millis(at).utc().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()) * 1000
}

/// The moments at which the zone's clock shows a time in `[from, to)`, in order.
pub(super) fn moments(zone: Tz, from: NaiveDateTime, to: NaiveDateTime) -> Vec<Span> {
    let (from, to) = (from.and_utc().timestamp_millis(), to.and_utc().timestamp_millis());
    let mut spans: Vec<Span> = Vec::new();
    let mut begin = from - FURTHEST_MS;
    let end = to + FURTHEST_MS;
    while begin < end {
        let (until, ahead) = steady(zone, begin, end);
        let shown =
            Span { from: Moment::from_millis(from - ahead), to: Moment::from_millis(to - ahead) };
        if let Some(part) = shown.within(Moment::from_millis(begin), Moment::from_millis(until)) {
            match spans.last_mut() {
                Some(last) if last.to == part.from => last.to = part.to,
                _ => spans.push(part),
            }
        }
        begin = until;
    }
    spans
}

/// Until when, at most `end`, the zone's clock runs on as it does at `begin`, and how far ahead.
fn steady(zone: Tz, begin: i64, end: i64) -> (i64, i64) {
    let ahead = ahead_ms(zone, begin);
    if ahead_ms(zone, end) == ahead && end - begin <= 4 * 24 * HOUR_MS {
        return (end, ahead);
    }
    let mut known = begin;
    loop {
        let next = (known + STEP_MS).min(end);
        if ahead_ms(zone, next) != ahead {
            return (change_between(zone, known, next), ahead);
        }
        if next == end {
            return (end, ahead);
        }
        known = next;
    }
}

/// The first moment, in `(before, after]`, at which the clock runs otherwise than at `before`.
fn change_between(zone: Tz, before: i64, after: i64) -> i64 {
    let ahead = ahead_ms(zone, before);
    let (mut low, mut high) = (before, after);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if ahead_ms(zone, middle) == ahead { low = middle } else { high = middle }
    }
    high
}

/// What the zone's clock shows at a moment.
pub(super) fn shown(zone: Tz, at: Moment) -> NaiveDateTime {
    at.utc().naive_utc() + TimeDelta::milliseconds(ahead_ms(zone, at.millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: Tz, from: &str, to: &str, hours: &[i64]) {
        let read = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let spans = moments(zone, read(from), read(to));
        let found: Vec<i64> = spans.iter().map(|span| span.millis() / (HOUR_MS / 4)).collect();
        assert_eq!(found, hours, "{from}..{to} in {zone}, quarters of an hour");
    }

    #[test]
    fn a_night_of_a_clock_change_is_longer_or_shorter() {
        check(chrono_tz::Asia::Shanghai, "2026-11-23 22:00", "2026-11-24 06:00", &[32]);
        check(chrono_tz::Europe::Berlin, "2026-03-28 22:00", "2026-03-29 06:00", &[28]);
        check(chrono_tz::Europe::Berlin, "2026-10-24 22:00", "2026-10-25 06:00", &[36]);
        check(chrono_tz::Europe::Berlin, "2026-10-25 02:15", "2026-10-25 02:30", &[1, 1]);
        check(chrono_tz::Europe::Berlin, "2026-03-29 02:15", "2026-03-29 02:45", &[]);
        check(chrono_tz::Europe::Berlin, "2026-03-29 02:30", "2026-03-29 03:30", &[2]);
    }
}
