//! What happens in the demo: a month that was, and the calls that come while it runs.

use chrono::{Datelike as _, TimeDelta, Weekday};
use rand::seq::SliceRandom as _;
use rand::{Rng, RngExt as _};

use super::callers::{Caller, one_of};
use crate::kernel::{BusinessDay, Moment};

/// How a call goes. Times are hundredths of a ring after the first ring began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Someone lifted a telephone then.
    Answered(u32),
    /// The caller left then.
    GivenUp(u32),
}

impl Fate {
    /// When it comes, in milliseconds after the first ring began.
    pub fn after_ms(self, cycle_ms: i64) -> i64 {
        let (Self::Answered(after) | Self::GivenUp(after)) = self;
        cycle_ms.saturating_mul(i64::from(after)) / 100
    }
}

/// One call of the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Who calls.
    pub caller: Caller,
    /// Which hotline, by its place in the demo's configuration.
    pub hotline: usize,
    /// How it goes.
    pub fate: Fate,
}

/// A call of the month that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// When it came.
    pub at: Moment,
    /// What it was.
    pub part: Part,
    /// It rang at one telephone, and a colleague fetched it from another.
    pub fetched: bool,
}

/// A call to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// How long after the cue before, in hundredths of a ring.
    pub pause: u32,
    /// What it is.
    pub part: Part,
}

/// Calls that come in each local hour from 8 to 20, on a working day.
const WORKDAY: [u32; 13] = [1, 5, 8, 7, 2, 4, 8, 7, 5, 3, 1, 1, 0];
/// The same on a Saturday or Sunday.
const WEEKEND: [u32; 13] = [0, 1, 2, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0];
const FIRST_HOUR: i64 = 8;
const DAYS: i64 = 30;
/// No call takes longer, from its INVITE to the end of its talk, in milliseconds.
const LONGEST_MS: i64 = 430_000;
/// Nobody rings longer, in milliseconds.
const RINGS_MS: i64 = 30_000;

/// A month of calls before `now`, oldest first.
pub fn month(day: &BusinessDay, now: Moment, chance: &mut impl Rng) -> Vec<Past> {
    let today = day.date(now);
    let mut past = Vec::new();
    for back in (0..=DAYS).rev() {
        let Some(date) = today.checked_sub_signed(TimeDelta::days(back)) else { continue };
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let shape = if weekend { &WEEKEND } else { &WORKDAY };
        for (hour, &usual) in (FIRST_HOUR..).zip(shape) {
            let Some(begin) = local_hour(day, date, hour) else { continue };
            for _ in 0..chance.random_range(0..=usual.saturating_mul(2)) {
                let at = begin.plus_millis(chance.random_range(0..3_600_000));
                // the newest must be over when the demo begins
                if at.plus_millis(120_000) < now {
                    past.push(Past { at, part: any_part(chance), fetched: false });
                }
            }
        }
    }
    past.sort_by_key(|one| one.at);
    fetch(&mut past);
    past
}

/// Of the calls that come while nobody talks, every sixth is fetched by a colleague. The first ones
/// are not: every telephone must have rung before one that does not ring says anything.
fn fetch(past: &mut [Past]) {
    let times: Vec<Moment> = past.iter().map(|one| one.at).collect();
    let mut calm = 0_u32;
    for (nth, one) in past.iter_mut().enumerate().skip(60) {
        let before = times.get(nth - 1).is_some_and(|at| one.at.millis_since(*at) > LONGEST_MS);
        let after = times.get(nth + 1).is_none_or(|at| at.millis_since(one.at) > RINGS_MS);
        if before && after && matches!(one.part.fate, Fate::Answered(_)) {
            calm += 1;
            one.fetched = calm % 6 == 1;
        }
    }
}

fn local_hour(day: &BusinessDay, date: chrono::NaiveDate, hour: i64) -> Option<Moment> {
    let local = date.and_hms_opt(0, 0, 0)? + TimeDelta::hours(hour);
    Some(Moment::from(local.and_local_timezone(day.zone).earliest()?.to_utc()))
}

fn any_part(chance: &mut impl Rng) -> Part {
    let fate = match chance.random_range(0..100) {
        0..52 => in_ring(1, chance),
        52..74 => in_ring(2, chance),
        74..84 => in_ring(3, chance),
        84..90 => late(chance),
        90..96 => given_up(chance),
        _ => given_up_soon(chance),
    };
    let caller =
        if chance.random_ratio(1, 25) { Caller::unknown() } else { Caller::someone(chance) };
    Part { caller, hotline: one_of(&[0, 0, 0, 1], chance).unwrap_or(0), fate }
}

/// Every scene once, in the order of chance: answered on ring 1, 2 and 3, late by a colleague,
/// given up, two at once, a caller who is not known.
pub fn round(chance: &mut impl Rng) -> Vec<Cue> {
    let mut scenes: Vec<Scene> = Scene::ALL.to_vec();
    scenes.shuffle(chance);
    scenes.into_iter().flat_map(|scene| scene.cues(chance)).collect()
}

/// What is shown in each round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    First,
    Second,
    Third,
    LateColleague,
    GivenUp,
    TwoAtOnce,
    Unknown,
}

impl Scene {
    const ALL: [Self; 7] = [
        Self::First,
        Self::Second,
        Self::Third,
        Self::LateColleague,
        Self::GivenUp,
        Self::TwoAtOnce,
        Self::Unknown,
    ];

    fn cues(self, chance: &mut impl Rng) -> Vec<Cue> {
        let pause = chance.random_range(80..160);
        let fate = match self {
            Self::First => in_ring(1, chance),
            Self::Second | Self::Unknown => in_ring(2, chance),
            Self::Third | Self::TwoAtOnce => in_ring(3, chance),
            Self::LateColleague => late(chance),
            Self::GivenUp => given_up(chance),
        };
        let caller =
            if self == Self::Unknown { Caller::unknown() } else { Caller::someone(chance) };
        let hotline = one_of(&[0, 0, 1], chance).unwrap_or(0);
        let mut cues = vec![Cue { pause, part: Part { caller, hotline, fate } }];
        if self == Self::TwoAtOnce {
            let part =
                Part { caller: Caller::someone(chance), hotline: 0, fate: in_ring(2, chance) };
            cues.push(Cue { pause: 0, part });
        }
        cues
    }
}

fn in_ring(ring: u32, chance: &mut impl Rng) -> Fate {
    let begin = ring.saturating_sub(1).saturating_mul(100);
    Fate::Answered(begin.saturating_add(chance.random_range(35..90)))
}

fn late(chance: &mut impl Rng) -> Fate {
    Fate::Answered(chance.random_range(330..460))
}

fn given_up(chance: &mut impl Rng) -> Fate {
    Fate::GivenUp(chance.random_range(180..520))
}

fn given_up_soon(chance: &mut impl Rng) -> Fate {
    Fate::GivenUp(chance.random_range(20..85))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn nanjing() -> BusinessDay {
        let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff }
    }

    #[test]
    fn one_seed_is_one_month_and_another_seed_another() {
        let now = Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap();
        let month = |seed| month(&nanjing(), now, &mut StdRng::seed_from_u64(seed));
        assert_eq!(month(1), month(1));
        assert_ne!(month(1), month(2));
        let past = month(1);
        assert!(past.len() > 500, "{} calls are no month", past.len());
        assert!(past.is_sorted_by_key(|one| one.at));
        assert!(past.last().unwrap().at < now);
    }

    #[test]
    fn a_round_shows_every_scene() {
        let cues = round(&mut StdRng::seed_from_u64(7));
        assert_eq!(cues.len(), 8);
        assert!(cues.iter().any(|cue| cue.part.caller.number.is_none()), "someone unknown");
        assert!(cues.iter().any(|cue| cue.pause == 0), "two at once");
        assert!(cues.iter().any(|cue| matches!(cue.part.fate, Fate::GivenUp(_))));
        let late = |cue: &Cue| matches!(cue.part.fate, Fate::Answered(after) if after > 300);
        assert!(cues.iter().any(late), "a colleague is late");
        for ring in [0..100, 100..200, 200..300] {
            let meets =
                |cue: &Cue| matches!(cue.part.fate, Fate::Answered(after) if ring.contains(&after));
            assert!(cues.iter().any(meets), "answered between {ring:?}");
        }
    }
}
