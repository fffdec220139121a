//! The tables of sums, and how their rows are read: some figures or all, cut in two ways.

use super::super::period::By;
use super::figures::figures;
use super::tallies::Scope;
use crate::calls::Figure;
use crate::db::{Sql, statements};

/// Rows of a table of sums, cut by the words `$1` and `$2` where the table has that column: `$which` of its
/// figures.
macro_rules! tallied {
    ($which:ident $table:literal by [$($cut:ident)+] where $where:expr) => {
        concat!("SELECT CASE $1", $(" WHEN ", cut!($cut)),+, " ELSE '' END AS a, CASE $2",
            $(" WHEN ", cut!($cut)),+, " ELSE '' END AS b, ", figures!(read $which),
            " FROM ", $table, " r WHERE ", $where, " GROUP BY 1, 2")
    };
}

/// The word of a cut and what it cuts by: [`By::word`].
macro_rules! cut {
    (day) => {
        "'day' THEN r.business_date"
    };
    (week) => {
        "'week' THEN r.week"
    };
    (month_of_day) => {
        "'month' THEN substr(r.business_date, 1, 7)"
    };
    (month) => {
        "'month' THEN r.month"
    };
    (weekday) => {
        "'weekday' THEN CAST(r.weekday AS TEXT)"
    };
    (hotline) => {
        "'hotline' THEN r.hotline"
    };
    (person) => {
        "'person' THEN CAST(r.staff AS TEXT)"
    };
    (hour) => {
        "'hour' THEN CAST(r.local_hour AS TEXT)"
    };
}

/// Days `$3` to `$4` on line `$5`, but those that `$6` names.
macro_rules! among {
    () => {
        "r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
         AND ($6 = '' OR $6 NOT LIKE '%' || r.business_date || '%')"
    };
}

/// These days of a table.
macro_rules! days {
    ($which:ident $table:literal by $cuts:tt $($more:literal)?) => {
        tallied!($which $table by $cuts where concat!(among!() $(, $more)?))
    };
}

/// The same of the person `$7` alone, of a table that is in the order of persons and days: a row is
/// compared as a whole, so that no planner reads everybody's days for one. PostgreSQL must be told `$more`, that
/// it is one person, or it expects a ninth of the table and reads all of it; SQLite would read all her days.
macro_rules! days_of {
    ($which:ident $table:literal by $cuts:tt $($more:literal)?) => {
        tallied!($which $table by $cuts where concat!(
            "(r.staff, r.business_date) >= ($7, $3) AND (r.staff, r.business_date) <= ($7, $4)
             AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5) AND ($6 = '' OR $6 NOT LIKE '%' || r.business_date || '%')" $(, $more)?))
    };
}

/// Months `$3` to `$4` of a table, on line `$5`.
macro_rules! months {
    ($which:ident $table:literal by $cuts:tt $($more:literal)?) => {
        tallied!($which $table by $cuts where concat!(
            "r.month >= $3 AND r.month <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)" $(, $more)?))
    };
}

/// The statements that read some figures of every table.
macro_rules! tables {
    ($name:ident $which:ident) => {
        pub(super) mod $name {
            use super::{All, figures, statements};

            statements! {
                /// Days by line and person, cut by `$1` and `$2`.
                DAYS = of days!($which "report_days" by [day week month_of_day weekday hotline person]);
                /// The same of the person `$7` alone.
                DAYS_OF = of days!($which "report_days" by [day week month_of_day weekday hotline person] " AND r.staff = $7");
                /// The same without the person.
                LINE_DAYS = of days!($which "report_line_days" by [day week month_of_day weekday hotline]);
                /// The same with the hour and without the person.
                LINES = of days!($which "report_lines" by [day week month_of_day weekday hotline hour]);
                /// The hours of each day, as they lie there: nothing is sorted for them.
                DAY_HOURS = of concat!("SELECT r.business_date AS a, CAST(r.local_hour AS TEXT) AS b, ", figures!(read $which),
                    " FROM report_lines r WHERE ", among!(), " AND $1 = 'day' AND $2 = 'hour' GROUP BY r.business_date, r.local_hour");
                /// The same with both.
                HOURS = of days!($which "report_hours" by [day week month_of_day weekday hotline person hour]);
                /// The same of the person `$7` alone.
                HOURS_OF = sqlite days_of!($which "report_hours" by [day week month_of_day weekday hotline person hour]),
                    postgres days_of!($which "report_hours" by [day week month_of_day weekday hotline person hour] " AND r.staff = $7");
                /// Months by line and person, cut by `$1` and `$2`.
                MONTHS = of months!($which "report_months" by [month hotline person]);
                /// The same of the person `$6` alone.
                MONTHS_OF = of months!($which "report_months" by [month hotline person] " AND r.staff = $6");
                /// Months by weekday, hour and line.
                MONTH_LINES = of months!($which "report_month_lines" by [month weekday hotline hour]);
                /// The same of the person `$6` alone.
                MONTH_LINES_OF = of months!($which "report_month_person_lines" by [month weekday hotline person hour] " AND r.staff = $6");
                /// Months by weekday, line and person.
                MONTH_WEEKDAYS = of months!($which "report_month_weekdays" by [month weekday hotline person]);
                /// The same of the person `$6` alone.
                MONTH_WEEKDAYS_OF = of months!($which "report_month_weekdays" by [month weekday hotline person] " AND r.staff = $6");
                /// Months by hour, line and person.
                MONTH_HOURS = of months!($which "report_month_hours" by [month hotline person hour]);
            }

            pub(super) const TABLES: All = All {
                days: DAYS,
                days_of: DAYS_OF,
                line_days: LINE_DAYS,
                lines: LINES,
                day_hours: DAY_HOURS,
                hours: HOURS,
                hours_of: HOURS_OF,
                months: MONTHS,
                months_of: MONTHS_OF,
                month_lines: MONTH_LINES,
                month_lines_of: MONTH_LINES_OF,
                month_weekdays: MONTH_WEEKDAYS,
                month_weekdays_of: MONTH_WEEKDAYS_OF,
                month_hours: MONTH_HOURS,
            };
        }
    };
}

tables!(whole all);
tables!(outcomes outcomes);
tables!(ends ends);
tables!(manners manners);
tables!(causes causes);

/// A statement for each table.
struct All {
    days: Sql,
    days_of: Sql,
    line_days: Sql,
    lines: Sql,
    day_hours: Sql,
    hours: Sql,
    hours_of: Sql,
    months: Sql,
    months_of: Sql,
    month_lines: Sql,
    month_lines_of: Sql,
    month_weekdays: Sql,
    month_weekdays_of: Sql,
    month_hours: Sql,
}

/// The smallest tables that know both cuts.
pub(super) struct Tables {
    pub(super) days: Sql,
    pub(super) months: Option<Sql>,
}

impl Tables {
    pub(super) fn of(by: [By; 2], scope: &Scope, which: Which) -> Self {
        let all = match which {
            Which::All => whole::TABLES,
            Which::Outcomes => outcomes::TABLES,
            Which::Ends => ends::TABLES,
            Which::Manners => manners::TABLES,
            Which::Causes => causes::TABLES,
        };
        let cuts = |what: &[By]| by.iter().any(|cut| what.contains(cut));
        let one = scope.person.is_some();
        let (hours, days, persons) =
            (cuts(&[By::Hour]), cuts(&[By::Day, By::Week]), cuts(&[By::Person]));
        let weekdays = cuts(&[By::Weekday]);
        let (fine, coarse) = match (hours, one, persons) {
            (true, true, _) => (all.hours_of, Some(all.month_lines_of)),
            (true, false, true) => (all.hours, Some(all.month_hours)),
            (true, false, false) if by == [By::Day, By::Hour] => (all.day_hours, None),
            (true, false, false) => (all.lines, Some(all.month_lines)),
            (false, true, _) if weekdays => (all.days_of, Some(all.month_weekdays_of)),
            (false, true, _) => (all.days_of, Some(all.months_of)),
            (false, false, true) if weekdays => (all.days, Some(all.month_weekdays)),
            (false, false, true) => (all.days, Some(all.months)),
            // the days of a line are few
            (false, false, false) => (all.line_days, None),
        };
        Self { days: fine, months: coarse.filter(|_| !days) }
    }
}

/// Which figures are read: over many rows each column costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// How calls ended.
    Outcomes,
    /// Those of the outcomes that count for the promise.
    Ends,
    /// How they were answered, and who hung up.
    Manners,
    /// Why promises were not kept, and what was late.
    Causes,
}

impl Which {
    /// Those that a figure is made of.
    pub fn of(figure: Figure) -> Self {
        match figure {
            Figure::Presented
            | Figure::Live
            | Figure::Excluded
            | Figure::AfterHours
            | Figure::Outage
            | Figure::Test
            | Figure::Short
            | Figure::Unmeasured => Self::Outcomes,
            Figure::Met
            | Figure::Late
            | Figure::Answered
            | Figure::Abandoned
            | Figure::NotOffered
            | Figure::MachineOnly
            | Figure::Counted
            | Figure::Unserved
            | Figure::GoneInTime
            | Figure::Patient
            | Figure::InTime => Self::Ends,
            Figure::Measured
            | Figure::Waited
            | Figure::Ring1
            | Figure::Ring2
            | Figure::Ring3
            | Figure::Ring4
            | Figure::Ring5
            | Figure::Ring6
            | Figure::HungCaller
            | Figure::HungUs
            | Figure::HungUnknown
            | Figure::Pickups => Self::Manners,
            Figure::WhyBusy
            | Figure::WhyAway
            | Figure::WhyUnreachable
            | Figure::WhyPbx
            | Figure::WhyUnknown
            | Figure::PbxLate
            | Figure::Rang
            | Figure::Talked => Self::Causes,
        }
    }
}
