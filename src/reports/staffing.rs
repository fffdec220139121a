//! How many pairs of hands each half hour of the week needs, from the site's own calls.

use serde::Serialize;
use utoipa::ToSchema;

use super::erlang::{Hands, Load};
use super::period::Period;
use super::store::Half;

/// What is assumed where the site's own calls cannot say: three minutes a call, in milliseconds.
const HANDLING_MS: i64 = 180_000;
/// And a minute of patience.
const PATIENCE_MS: i64 = 60_000;
/// So many pairs of hands are compared.
const COMPARED: u32 = 3;

/// What is taken for granted, and whether the site's own calls said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Ground {
    /// How long a call keeps a pair of hands busy, in milliseconds.
    pub(super) handling_ms: i64,
    /// Where that is from: `measured`, `given`, `assumed`.
    pub(super) handling_from: &'static str,
    /// How long a caller waits before leaving, on average: all waiting divided by those who left.
    pub(super) patience_ms: i64,
    /// Where that is from: `measured`, `assumed`.
    pub(super) patience_from: &'static str,
    /// The promise, in milliseconds.
    pub(super) promise_ms: i64,
    /// What should be reached, in thousandths.
    pub(super) target_permille: i64,
}

/// One half hour of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct HalfHour {
    /// 1 is Monday.
    pub(super) weekday: i64,
    /// 0 to 47; 18 is 9:00 to 9:30.
    pub(super) half: i64,
    /// Calls that came in it, over all those days.
    pub(super) calls: i64,
    /// Over so many days of that weekday.
    pub(super) days: i64,
    /// Calls an hour, in thousandths.
    pub(super) calls_an_hour_permille: i64,
    /// Calls that are talked at once, in thousandths.
    pub(super) load_permille: i64,
    /// The fewest hands that reach the target, by Erlang C.
    pub(super) needed: u32,
    /// What one, two and three pairs of hands give.
    pub(super) hands: Vec<Hands>,
    /// Hands on the roster then; null where there is no roster.
    pub(super) rostered: Option<i64>,
}

impl HalfHour {
    /// How many hands are missing on the roster; null where there is none.
    pub(super) fn missing(&self) -> Option<i64> {
        Some((i64::from(self.needed) - self.rostered?).max(0))
    }
}

/// What the halves say together; `given_ms` is a handling time that somebody gave instead.
pub(super) fn ground(
    halves: &[Half],
    given_ms: Option<i64>,
    promise_ms: i64,
    target_permille: i64,
) -> Ground {
    let sum = |of: fn(&Half) -> i64| halves.iter().map(of).sum::<i64>();
    let talk = sum(|half| half.talk_ms).checked_div(sum(|half| half.talk_n)).filter(|ms| *ms > 0);
    let (handling_ms, handling_from) = match (given_ms, talk) {
        (Some(given), _) => (given, "given"),
        (None, Some(talk)) => (talk, "measured"),
        (None, None) => (HANDLING_MS, "assumed"),
    };
    let patience = sum(|half| half.waited_ms).checked_div(sum(|half| half.gone));
    let (patience_ms, patience_from) = match patience.filter(|ms| *ms > 0) {
        Some(patience) => (patience, "measured"),
        None => (PATIENCE_MS, "assumed"),
    };
    Ground { handling_ms, handling_from, patience_ms, patience_from, promise_ms, target_permille }
}

/// The half hours of the week that had calls, each with what it needs. `rostered` says how many
/// hands are on the roster then, where there is one.
pub(super) fn week(
    halves: &[Half],
    period: &Period,
    ground: &Ground,
    rostered: impl Fn(i64, i64) -> Option<i64>,
) -> Vec<HalfHour> {
    halves
        .iter()
        .map(|half| {
            let days = days_of(period, half.weekday);
            // calls in a half hour, twice that an hour, over so many such days
            let calls_permille = (half.arrivals * 2000).checked_div(days).unwrap_or(0);
            let load = Load {
                calls_permille,
                handling_ms: ground.handling_ms,
                patience_ms: ground.patience_ms,
                promise_ms: ground.promise_ms,
            };
            HalfHour {
                weekday: half.weekday,
                half: half.half,
                calls: half.arrivals,
                days,
                calls_an_hour_permille: calls_permille,
                load_permille: load.erlang_permille(),
                needed: load.hands_for(ground.target_permille),
                hands: (1..=COMPARED).map(|hands| load.with(hands)).collect(),
                rostered: rostered(half.weekday, half.half),
            }
        })
        .collect()
}

/// How many days of a weekday a period has.
fn days_of(period: &Period, weekday: i64) -> i64 {
    use chrono::Datelike as _;
    let is = |day: &chrono::NaiveDate| i64::from(day.weekday().number_from_monday()) == weekday;
    let days = period.from.iter_days().take_while(|day| *day <= period.to);
    i64::try_from(days.filter(is).count()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(arrivals: i64, talk: (i64, i64), gone: (i64, i64)) -> Half {
        let ((talk_ms, talk_n), (waited_ms, gone)) = (talk, gone);
        Half { weekday: 1, half: 18, arrivals, talk_ms, talk_n, gone, waited_ms }
    }

    fn four_weeks() -> Period {
        let date = |text: &str| text.parse().unwrap();
        Period { name: "custom", from: date("2026-10-26"), to: date("2026-11-22") }
    }

    #[test]
    fn ten_calls_an_hour_need_more_than_one_pair_of_hands() {
        // 20 calls on four Mondays between nine and half past: ten an hour
        let halves = [half(20, (20 * 180_000, 20), (0, 0))];
        let ground = ground(&halves, None, 15_000, 900);
        assert_eq!((ground.handling_ms, ground.handling_from), (180_000, "measured"));
        let week = week(&halves, &four_weeks(), &ground, |_, _| Some(1));
        assert_eq!((week[0].days, week[0].calls_an_hour_permille), (4, 10_000));
        assert_eq!(week[0].load_permille, 500);
        // `spec/telephony.md` §4.17: "Monday 9–10: 52 % alone, 91 % with help"
        assert_eq!(week[0].hands[0].within_permille, 520);
        assert_eq!(week[0].hands[1].within_permille, 912);
        assert_eq!((week[0].needed, week[0].missing()), (2, Some(1)));
    }

    #[test]
    fn what_is_not_measured_is_said_to_be_assumed() {
        let nothing = ground(&[], None, 15_000, 950);
        assert_eq!((nothing.handling_from, nothing.patience_from), ("assumed", "assumed"));
        assert_eq!(ground(&[], Some(240_000), 15_000, 950).handling_ms, 240_000);
        // ten left, all callers together waited 400 s
        let left = ground(&[half(50, (0, 0), (400_000, 10))], None, 15_000, 950);
        assert_eq!((left.patience_ms, left.patience_from), (40_000, "measured"));
    }
}
