//! The arithmetic of goals beside an oracle that walks minute by minute: every subset of weekdays, windows over
//! midnight, holidays, extra days, pauses, and zones whose clocks change.

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use switchboard::calendars::{Calendar, Day, Days, Weekly, Window};
use switchboard::kernel::Moment;
use switchboard::tickets::clock::{Interval, elapsed, reaches};

const MINUTE: i64 = 60_000;
const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 1).unwrap() + chrono::Days::new(u64::from(day))
}

fn window(from: u32, to: u32) -> Window {
    let at = |minutes: u32| NaiveTime::from_hms_opt(minutes / 60 % 24, minutes % 60, 0).unwrap();
    Window { from: at(from), to: at(to) }
}

/// Whether a moment is worked, asked of the clock on the wall alone: no window arithmetic.
fn open_at(weekly: &Weekly, days: &Days, zone: Tz, at: Moment) -> bool {
    let local = at.utc().with_timezone(&zone).naive_local();
    let windows = |date: NaiveDate| match days.get(&date) {
        None => weekly.on(date.weekday()).to_vec(),
        Some(Day::Closed) => vec![],
        Some(Day::Like(weekday)) => weekly.on(*weekday).to_vec(),
        Some(Day::Open(windows)) => windows.clone(),
    };
    let minute = local.num_seconds_from_midnight();
    let of = |time: NaiveTime| time.num_seconds_from_midnight();
    let today = windows(local.date()).iter().any(|one| {
        if one.passes_midnight() {
            minute >= of(one.from)
        } else {
            of(one.from) <= minute && minute < of(one.to)
        }
    });
    let night = windows(local.date().pred_opt().unwrap())
        .iter()
        .any(|one| one.passes_midnight() && minute < of(one.to));
    today || night
}

fn oracle(weekly: &Weekly, days: &Days, zone: Tz, from: Moment, to: Moment) -> i64 {
    let (mut at, mut worked) = (from, 0);
    while at < to {
        worked += i64::from(open_at(weekly, days, zone, at)) * MINUTE;
        at = at.plus_millis(MINUTE);
    }
    worked
}

fn weekly(subset: u8, windows: &[Window]) -> Weekly {
    let mut weekly = Weekly::default();
    for (place, day) in WEEK.into_iter().enumerate() {
        if subset & (1 << place) != 0 {
            for window in windows {
                weekly.add(day, *window);
            }
        }
    }
    weekly
}

/// Noon of the first of March 2026 in UTC, and so many minutes.
fn at(minutes: i64) -> Moment {
    Moment::parse_rfc3339("2026-03-01T12:00:00Z").unwrap().plus_millis(minutes * MINUTE)
}

#[test]
fn every_subset_of_weekdays_counts_as_a_clock_on_the_wall_does() {
    let zone = chrono_tz::Asia::Shanghai;
    let shifts = [window(9 * 60, 12 * 60), window(13 * 60, 18 * 60), window(22 * 60, 2 * 60)];
    let mut days = Days::new();
    days.insert(date(4), Day::Closed);
    days.insert(date(6), Day::Like(Weekday::Mon));
    for subset in 1..=127 {
        let weekly = weekly(subset, &shifts);
        let calendar = Calendar::new(zone, weekly.clone(), days.clone());
        let (from, to) = (at(37), at(37 + 9 * 24 * 60));
        let whole = [Interval { from, to: Some(to) }];
        assert_eq!(
            elapsed(&calendar, &whole, to),
            oracle(&weekly, &days, zone, from, to),
            "{subset:07b}"
        );
    }
}

/// When a goal is reached, minute by minute.
fn reached(weekly: &Weekly, days: &Days, zone: Tz, from: Moment, goal: i64) -> Option<Moment> {
    let (mut now, mut worked) = (from, 0);
    while now < from.plus_millis(40 * 24 * 60 * MINUTE) {
        worked += i64::from(open_at(weekly, days, zone, now)) * MINUTE;
        now = now.plus_millis(MINUTE);
        if worked >= goal {
            return Some(now);
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_deadline_is_where_the_goal_is_used_up_and_pauses_move_it(
        subset in 1_u8..=127,
        begin in 0_u32..1440, length in 30_u32..900,
        zone in prop::sample::select(vec![chrono_tz::Asia::Shanghai, chrono_tz::Europe::Berlin, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe]),
        start in 0_i64..40_000, goal in 1_i64..3_000,
        pause in 1_i64..2_000, held in 1_i64..6_000,
        closed in 0_u32..40, extra in 0_u32..40,
    ) {
        let weekly = weekly(subset, &[window(begin, (begin + length) % 1440)]);
        let mut days = Days::new();
        days.insert(date(closed), Day::Closed);
        days.insert(date(extra), Day::Open(vec![window(600, 700)]));
        let calendar = Calendar::new(zone, weekly.clone(), days.clone());
        let (from, goal) = (at(start), goal * MINUTE);
        let running = [Interval { from, to: None }];
        let due = reaches(&calendar, &running, goal);
        if let Some(expected) = reached(&weekly, &days, zone, from, goal) {
            prop_assert_eq!(due, Some(expected));
        }
        if let Some(due) = due {
            prop_assert_eq!(elapsed(&calendar, &running, due), goal);
            prop_assert!(reaches(&calendar, &running, goal + MINUTE) > Some(due));
            // a pause in the middle: what was worked meanwhile is what the deadline moves by, no more
            let stops = from.plus_millis(pause * MINUTE);
            let goes_on = stops.plus_millis(held * MINUTE);
            if stops < due {
                let paused = [Interval { from, to: Some(stops) }, Interval { from: goes_on, to: None }];
                let later = reaches(&calendar, &paused, goal);
                if let Some(later) = later {
                    prop_assert!(later >= due);
                    prop_assert_eq!(elapsed(&calendar, &paused, later), goal);
                    let missed = calendar.working_ms_between(stops, goes_on);
                    prop_assert_eq!(calendar.working_ms_between(from, later), goal + missed);
                }
                // while it stands it reaches nothing, however long
                let standing = [Interval { from, to: Some(stops) }];
                prop_assert_eq!(reaches(&calendar, &standing, goal), None);
            }
        }
    }
}
