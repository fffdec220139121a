//! The hours of many days, of one figure alone: a year of them is nearly nine thousand, so that the store
//! adds up nothing but the figure and tells each day in one text.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures_util::future::try_join_all;

use super::fresh::{Turn, fresh};
use super::spans::Spans;
use super::tallies::Scope;
use crate::calls::Figure;
use crate::db::{Db, Result, Sql, statements};

/// A number in the text of a day is an hour and so many times this of its calls.
const HOURS: i64 = 32;

/// Each day from `$1` to `$2` on line `$3`, but those that `$4` names, with its hours: one number for each line.
macro_rules! told {
    ($engine:ident $figure:expr) => {
        concat!("SELECT r.business_date, ", told!(@$engine $figure), " AS hours FROM report_lines r
            WHERE r.business_date >= $1 AND r.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR r.hotline = $3)
                AND ", told!(@$engine), " GROUP BY r.business_date")
    };
    (@sqlite) => {
        "instr($4, r.business_date) = 0"
    };
    // as an equation PostgreSQL expects one row of two hundred, and sorts what it could add up as it comes
    (@postgres) => {
        "CASE WHEN strpos($4, r.business_date) = 0 THEN TRUE ELSE FALSE END"
    };
    (@sqlite $figure:expr) => {
        concat!("group_concat((", $figure, ") * 32 + r.local_hour)")
    };
    (@postgres $figure:expr) => {
        concat!("string_agg(CAST((", $figure, ") * 32 + r.local_hour AS TEXT), ',')")
    };
}

/// Of which sums each figure is made, as `Tally::of` makes it: those that are added and those that are taken away.
macro_rules! figure_statements {
    ($($figure:ident $name:ident [$first:ident $($more:ident)*] [$($less:ident)*];)+) => {
        statements! {
            $($name = sqlite told!(sqlite figure_statements!(@$first [$($more)*] [$($less)*])),
                postgres told!(postgres figure_statements!(@$first [$($more)*] [$($less)*]));)+
        }

        /// The statement that reads a figure.
        fn statement(figure: Figure) -> Sql {
            match figure { $(Figure::$figure => $name),+ }
        }

        /// The same sums of a tally.
        #[cfg(test)]
        fn of(tally: &crate::reports::tally::Tally, figure: Figure) -> i64 {
            match figure { $(Figure::$figure => tally.$first $(+ tally.$more)* $(- tally.$less)*),+ }
        }
    };
    (@$first:ident [$($more:ident)*] [$($less:ident)*]) => {
        concat!("r.", stringify!($first), $(" + r.", stringify!($more),)* $(" - r.", stringify!($less)),*)
    };
}

figure_statements! {
    Presented PRESENTED [met late abandoned not_offered machine_only short unmeasured live] [];
    Live LIVE [live] [];
    Excluded EXCLUDED [after_hours outage test] [];
    AfterHours AFTER_HOURS [after_hours] [];
    Outage OUTAGE [outage] [];
    Test TEST [test] [];
    Met MET [met] [];
    Late LATE [late] [];
    Answered ANSWERED [met late] [];
    Short SHORT [short] [];
    Abandoned ABANDONED [abandoned] [];
    NotOffered NOT_OFFERED [not_offered] [];
    MachineOnly MACHINE_ONLY [machine_only] [];
    Unmeasured UNMEASURED [unmeasured] [];
    Counted COUNTED [met late abandoned not_offered machine_only] [];
    Unserved UNSERVED [abandoned not_offered machine_only] [];
    GoneInTime GONE_IN_TIME [gone_in_time] [];
    Patient PATIENT [met late abandoned not_offered machine_only] [gone_in_time];
    InTime IN_TIME [met gone_in_time] [];
    Measured MEASURED [answer_n] [];
    Waited WAITED [wait_n] [];
    Ring1 RING1 [r1] [];
    Ring2 RING2 [r2] [];
    Ring3 RING3 [r3] [];
    Ring4 RING4 [r4] [];
    Ring5 RING5 [r5] [];
    Ring6 RING6 [r6] [];
    HungCaller HUNG_CALLER [hung_caller] [];
    HungUs HUNG_US [hung_us] [];
    HungUnknown HUNG_UNKNOWN [hung_unknown] [];
    Pickups PICKUPS [pickups] [];
    WhyBusy WHY_BUSY [why_busy] [];
    WhyAway WHY_AWAY [why_away] [];
    WhyUnreachable WHY_UNREACHABLE [why_unreachable] [];
    WhyPbx WHY_PBX [why_pbx] [];
    WhyUnknown WHY_UNKNOWN [why_unknown] [];
    PbxLate PBX_LATE [pbx_late] [];
    Rang RANG [pbx_n] [];
    Talked TALKED [talk_n] [];
}

/// The hours of a day, each with its count.
pub type Hours = [i64; 24];

/// Adds to an hour of a day.
fn add(hours: &mut Hours, hour: i64, count: i64) {
    if let Some(there) = usize::try_from(hour).ok().and_then(|place| hours.get_mut(place)) {
        *there += count;
    }
}

/// Adds what a day tells.
fn add_told(hours: &mut Hours, told: &str) {
    for number in told.split(',').filter_map(|number| number.parse::<i64>().ok()) {
        add(hours, number.rem_euclid(HOURS), number.div_euclid(HOURS));
    }
}

/// Counts one figure of everybody's calls at this moment, day by day and hour by hour.
pub async fn day_hours(db: &Db, scope: &Scope, figure: Figure) -> Result<BTreeMap<String, Hours>> {
    let (period, hotline) = (scope.period, scope.hotline.as_deref());
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let mut turn = Turn::begin(db).await?;
    loop {
        let fresh = fresh(db, scope, period.from, period.to).await?;
        let mut days = BTreeMap::<String, Hours>::new();
        // a time of fresh days alone needs no sums
        if !fresh.covers(scope) {
            let spans = Spans::of(&period, false, false, |_| false).halved();
            let read = |(from, to): &(NaiveDate, NaiveDate)| {
                let query = db.read(statement(figure)).bind(from.to_string()).bind(to.to_string());
                query.bind(hotline).bind(fresh.named()).all::<(String, String)>()
            };
            for told in try_join_all(spans.days.iter().map(read)).await? {
                for (day, told) in told {
                    add_told(days.entry(day).or_default(), &told);
                }
            }
        }
        for row in fresh.rows(&from, &to) {
            let hours = days.entry(row.business_date.clone()).or_default();
            add(hours, row.local_hour, row.tally.of(figure));
        }
        if turn.holds(db).await? {
            return Ok(days);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::tally::Tally;

    #[test]
    fn a_figure_is_made_of_the_sums_that_a_tally_makes_it_of() {
        // no two sums of different figures are the same
        let mut value = 1;
        let mut next = || {
            value *= 2;
            value
        };
        let mut tally = Tally::default();
        for sum in [
            &mut tally.live,
            &mut tally.after_hours,
            &mut tally.outage,
            &mut tally.test,
            &mut tally.met,
            &mut tally.late,
            &mut tally.short,
            &mut tally.abandoned,
            &mut tally.not_offered,
            &mut tally.machine_only,
            &mut tally.unmeasured,
            &mut tally.gone_in_time,
            &mut tally.answer_n,
            &mut tally.wait_n,
            &mut tally.r1,
            &mut tally.r2,
            &mut tally.r3,
            &mut tally.r4,
            &mut tally.r5,
            &mut tally.r6,
            &mut tally.hung_caller,
            &mut tally.hung_us,
            &mut tally.hung_unknown,
            &mut tally.pickups,
            &mut tally.why_busy,
            &mut tally.why_away,
            &mut tally.why_unreachable,
            &mut tally.why_pbx,
            &mut tally.why_unknown,
            &mut tally.pbx_late,
            &mut tally.pbx_n,
            &mut tally.talk_n,
        ] {
            *sum = next();
        }
        for &figure in Figure::ALL {
            assert_eq!(of(&tally, figure), tally.of(figure), "{figure:?}");
            assert!(of(&tally, figure) != 0, "{figure:?}");
        }
    }

    #[test]
    fn a_day_tells_its_hours_line_by_line() {
        let mut hours = Hours::default();
        add_told(&mut hours, &format!("{},{},{}", 5 * HOURS, 3 * HOURS + 23, 4 * HOURS + 23));
        add_told(&mut hours, &(2 * HOURS).to_string());
        assert_eq!((hours[0], hours[1], hours[23]), (7, 0, 7));
    }
}
