//! The supervisor's report, gathered: one scope, every figure of it, the time before beside it.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::before::Earlier;
use super::period::{By, Period};
use super::store::{self, CallBacks, Clocks, Keyed, Scope, Settings, Tallies, Which};
use super::tally::Tally;
use super::waits::Waits;
use crate::calls::store::{self as calls, Outage};
use crate::db::{Db, Result};
use crate::kernel::{BusinessDay, Moment};

/// Days of the small line beside the rate.
const TREND_DAYS: u64 = 14;
/// A shorter time shows the hours of this many days.
const HEAT_DAYS: u64 = 28;
/// A time of so many days has hours of its own.
const HEAT_LEAST: i64 = 7;

/// Everything the page of answering shows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Answering {
    /// The days it is about.
    pub period: Period,
    /// About which hotline, by number; null for all.
    pub hotline: Option<String>,
    /// About whose answers, by id; null for everyone's.
    pub person: Option<i64>,
    /// What should be reached, in thousandths.
    pub target_permille: i64,
    /// What was counted.
    pub tally: Tally,
    /// The rates made of it, in thousandths; null over nothing.
    pub rates: Rates,
    /// From the first ring to the answer.
    pub operator_clock: Clock,
    /// From the first sight of the call to the answer.
    pub caller_clock: Clock,
    /// Call-backs owed and kept; null where one person's answers are asked for.
    pub call_backs: Option<CallBacks>,
    /// The time before, and what was counted in it.
    pub before: Before,
    /// How the time is cut.
    pub by: By,
    /// The pieces of the time, in order.
    pub pieces: Vec<Keyed>,
    /// By who answered; key 0 holds calls that nobody answered or nobody knows who.
    pub persons: Vec<Keyed>,
    /// The days of `heat`: the asked ones, or the four weeks that end with them.
    pub heat_period: Period,
    /// By weekday (1 is Monday) and local hour.
    pub heat: Vec<HeatCell>,
    /// The last fourteen days.
    pub trend: Vec<Keyed>,
    /// How long calls of some PBX could not be heard in this time, in milliseconds; what two outages
    /// share counts once. What came then may be missing, and what was cut is not counted.
    pub deaf_ms: i64,
    /// These times, newest first; at most 2000.
    pub outages: Vec<Outage>,
}

/// The rates of a tally, in thousandths and cut; null over nothing.
#[expect(clippy::struct_field_names, reason = "the unit stands in every key of the JSON")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rates {
    /// Kept promises of all calls that count.
    pub strict_permille: Option<i64>,
    /// Kept promises of the answered calls.
    pub answered_permille: Option<i64>,
    /// Service level, abandons ignored.
    pub service_level_ignoring_permille: Option<i64>,
    /// Service level, abandons negative.
    pub service_level_negative_permille: Option<i64>,
    /// Service level, abandons positive.
    pub service_level_positive_permille: Option<i64>,
    /// Answered calls that the caller ended, of those where it was seen who did.
    pub caller_hung_up_permille: Option<i64>,
}

impl From<&Tally> for Rates {
    fn from(tally: &Tally) -> Self {
        Self {
            strict_permille: tally.strict().permille(),
            answered_permille: tally.of_answered().permille(),
            service_level_ignoring_permille: tally.ignoring().permille(),
            service_level_negative_permille: tally.negative().permille(),
            service_level_positive_permille: tally.positive().permille(),
            caller_hung_up_permille: tally.hung_by_caller().permille(),
        }
    }
}

/// One clock: averages exact, percentiles cut to a tenth of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Clock {
    /// Over so many calls.
    pub calls: i64,
    /// The average, in milliseconds.
    pub mean_ms: Option<i64>,
    /// Half waited no longer.
    pub median_ms: Option<i64>,
    /// Nine of ten waited no longer.
    pub p90_ms: Option<i64>,
    /// Nineteen of twenty waited no longer.
    pub p95_ms: Option<i64>,
    /// The longest.
    pub longest_ms: Option<i64>,
}

impl Clock {
    fn of(waits: &Waits, mean_ms: Option<i64>, calls: i64, longest: i64) -> Self {
        Self {
            calls,
            mean_ms,
            median_ms: waits.percentile_ms(500),
            p90_ms: waits.percentile_ms(900),
            p95_ms: waits.percentile_ms(950),
            longest_ms: (calls > 0).then_some(longest),
        }
    }
}

/// The time before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Before {
    /// Its days.
    pub period: Period,
    /// Until when calls are counted, where the time asked for is not over: as much of the time before,
    /// to the same time of day. Null where all of it is counted.
    pub until: Option<Moment>,
    /// What was counted.
    pub tally: Tally,
    /// The rates made of it.
    pub rates: Rates,
}

/// An hour of a weekday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeatCell {
    /// 1 is Monday.
    pub weekday: i64,
    /// The local hour.
    pub hour: i64,
    /// All calls that are not excluded.
    pub presented: i64,
    /// Whose outcome counts.
    pub counted: i64,
    /// Kept promises.
    pub met: i64,
    /// Their share in thousandths; null over nothing.
    pub strict_permille: Option<i64>,
}

/// Gathers the report of a scope, cut by `by`; what is to come of its last `day` is not deaf yet. Of all
/// together and of persons it tells every figure; of pieces of time and the time before those of `which`.
pub async fn gather(
    db: &Db,
    scope: &Scope,
    (by, which): (By, Which),
    settings: Settings,
    (day, now): (&BusinessDay, Moment),
) -> Result<Answering> {
    let (from, to) = scope.period.moments(day);
    let earlier = Earlier::of(&scope.period, day, now);
    let mut turn = store::Turn::begin(db).await?;
    loop {
        let until = to.min(now);
        let told = gather_once(db, scope, (by, which), settings, &earlier, (from, until)).await?;
        if turn.holds(db).await? {
            return Ok(told);
        }
    }
}

async fn gather_once(
    db: &Db,
    scope: &Scope,
    (by, which): (By, Which),
    settings: Settings,
    before: &Earlier,
    (begun, until): (Moment, Moment),
) -> Result<Answering> {
    let period = scope.period;
    let trend = period.last_days(TREND_DAYS);
    let heat = if period.days() >= HEAT_LEAST { period } else { period.last_days(HEAT_DAYS) };
    let first = [period.from, before.period.from, trend.from, heat.from].into_iter().min();
    let fresh = store::fresh(db, scope, first.unwrap_or(period.from), period.to).await?;

    let over = |period| scope.over(period);
    let (lately, weeks) = (over(trend), over(heat));
    let cut = |scope, by| store::some_tallies(db, scope, &fresh, by, which);
    // everybody's time that the heat map shows is cut by its hours there already; otherwise a few figures do
    let in_heat = by == By::Hour && heat == period && scope.person.is_none();
    let of_hours = match (in_heat, which == Which::All) {
        (true, _) => which,
        (false, true) => Which::Outcomes,
        // the colours of the page
        (false, false) => Which::Ends,
    };
    let pieces =
        async { if in_heat { Ok(Tallies::new()) } else { cut(scope, [by, By::Nothing]).await } };
    let asked = futures_util::try_join!(
        store::tallies(db, scope, &fresh, [By::Person, By::Nothing]),
        pieces,
        count_before(db, scope, &fresh, before, which),
        cut(&lately, [By::Day, By::Nothing]),
        store::some_tallies(db, &weeks, &fresh, [By::Weekday, By::Hour], of_hours),
        store::clocks(db, scope, &fresh),
        calls::deaf_between(db, begun, until),
        call_backs(db, scope),
    );
    let (persons, pieces, tally_before, trend_days, hours, clocks, outages, call_backs) = asked?;
    let pieces = if in_heat { along(&hours) } else { pieces };
    let tally = store::sum(persons.values());
    let Clocks { operator, caller } = clocks;
    Ok(Answering {
        period,
        hotline: scope.hotline.clone(),
        person: scope.person.map(|person| person.0),
        target_permille: settings.target_permille,
        rates: Rates::from(&tally),
        operator_clock: Clock::of(&operator, tally.asa_ms(), tally.answer_n, tally.answer_max),
        caller_clock: Clock::of(&caller, tally.caller_asa_ms(), tally.wait_n, tally.wait_max),
        call_backs,
        before: Before {
            period: before.period,
            until: before.until(),
            rates: Rates::from(&tally_before),
            tally: tally_before,
        },
        by,
        pieces: keyed(pieces, by),
        persons: keyed(persons, By::Person),
        heat_period: heat,
        heat: cells(hours),
        trend: keyed(trend_days, By::Day),
        deaf_ms: calls::deaf_ms(&outages, begun, until),
        outages,
        tally,
    })
}

/// Call-backs owed and kept: nobody answered a missed call, so no person is asked for it.
async fn call_backs(db: &Db, scope: &Scope) -> Result<Option<CallBacks>> {
    match scope.person {
        None => store::call_backs(db, &scope.period, scope.hotline.as_deref()).await.map(Some),
        Some(_) => Ok(None),
    }
}

/// What was counted in the time before; `fresh` must cover it.
async fn count_before(
    db: &Db,
    scope: &Scope,
    fresh: &store::Fresh,
    before: &Earlier,
    which: Which,
) -> Result<Tally> {
    let whole = async {
        match before.whole {
            Some(whole) => {
                let (scope, by) = (scope.over(whole), [By::Nothing, By::Nothing]);
                store::some_tallies(db, &scope, fresh, by, which)
                    .await
                    .map(|all| store::sum(all.values()))
            }
            None => Ok(Tally::default()),
        }
    };
    let part = async {
        match &before.part {
            Some(part) => store::part_of(db, scope, fresh, part).await,
            None => Ok(Tally::default()),
        }
    };
    let (mut counted, more) = futures_util::try_join!(whole, part)?;
    counted += more;
    Ok(counted)
}

/// What today is, for a wall: its tally alone, hour by hour.
pub async fn today(db: &Db, scope: &Scope) -> Result<Vec<Keyed>> {
    let hours = store::counted(db, scope, [By::Hour, By::Nothing], Which::All).await?;
    Ok(keyed(hours, By::Hour))
}

/// Pieces in the order of their time, numbers as numbers; persons by what they answered.
fn keyed(tallies: Tallies, by: By) -> Vec<Keyed> {
    let mut all: Vec<Keyed> =
        tallies.into_iter().map(|((key, _), tally)| Keyed { key, tally }).collect();
    match by {
        By::Hour | By::Weekday => all.sort_by_key(|one| one.key.parse::<i64>().unwrap_or(0)),
        By::Person => all.sort_by_key(|one| {
            let number = one.key.parse::<i64>().unwrap_or(0);
            // nobody last
            (number == 0, std::cmp::Reverse(one.tally.answered()), number)
        }),
        By::Day
        | By::Week
        | By::Month
        | By::Hotline
        | By::State
        | By::Kind
        | By::Customer
        | By::Nothing => {}
    }
    all
}

/// What is cut by weekday and hour, by the hour alone.
fn along(hours: &Tallies) -> Tallies {
    let mut pieces = Tallies::new();
    for ((_, hour), &tally) in hours {
        *pieces.entry((hour.clone(), String::new())).or_default() += tally;
    }
    pieces
}

fn cells(tallies: Tallies) -> Vec<HeatCell> {
    let number = |text: String| text.parse::<i64>().unwrap_or(0);
    let cells: BTreeMap<(i64, i64), Tally> = tallies
        .into_iter()
        .map(|((day, hour), tally)| ((number(day), number(hour)), tally))
        .collect();
    let cell = |((weekday, hour), tally): ((i64, i64), Tally)| HeatCell {
        weekday,
        hour,
        presented: tally.presented(),
        counted: tally.counted(),
        met: tally.met,
        strict_permille: tally.strict().permille(),
    };
    cells.into_iter().map(cell).collect()
}
