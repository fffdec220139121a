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

/// Some figures of a table, as rows.
macro_rules! rows {
    // days by line and person, cut by `$1` and `$2`
    ($which:ident days) => {
        days!($which "report_days" by [day week month_of_day weekday hotline person])
    };
    // the same of the person `$7` alone
    ($which:ident days_of) => {
        days!($which "report_days" by [day week month_of_day weekday hotline person] " AND r.staff = $7")
    };
    // the same without the person
    ($which:ident line_days) => {
        days!($which "report_line_days" by [day week month_of_day weekday hotline])
    };
    // the same with the hour and without the person
    ($which:ident lines) => {
        days!($which "report_lines" by [day week month_of_day weekday hotline hour])
    };
    // with the person and the hour
    ($which:ident hours) => {
        days!($which "report_hours" by [day week month_of_day weekday hotline person hour])
    };
    // the same of the person `$7` alone
    ($which:ident hours_of) => {
        days_of!($which "report_hours" by [day week month_of_day weekday hotline person hour])
    };
    ($which:ident postgres_hours_of) => {
        days_of!($which "report_hours" by [day week month_of_day weekday hotline person hour] " AND r.staff = $7")
    };
    // months by line and person, cut by `$1` and `$2`
    ($which:ident months) => {
        months!($which "report_months" by [month hotline person])
    };
    // the same of the person `$6` alone
    ($which:ident months_of) => {
        months!($which "report_months" by [month hotline person] " AND r.staff = $6")
    };
    // months by weekday, hour and line
    ($which:ident month_lines) => {
        months!($which "report_month_lines" by [month weekday hotline hour])
    };
    // the same of the person `$6` alone
    ($which:ident month_lines_of) => {
        months!($which "report_month_person_lines" by [month weekday hotline person hour] " AND r.staff = $6")
    };
    // months by weekday, line and person
    ($which:ident month_weekdays) => {
        months!($which "report_month_weekdays" by [month weekday hotline person])
    };
    // the same of the person `$6` alone
    ($which:ident month_weekdays_of) => {
        months!($which "report_month_weekdays" by [month weekday hotline person] " AND r.staff = $6")
    };
    // months by hour, line and person
    ($which:ident month_hours) => {
        months!($which "report_month_hours" by [month hotline person hour])
    };
    // the same of the person `$6` alone
    ($which:ident month_hours_of) => {
        months!($which "report_month_hours" by [month hotline person hour] " AND r.staff = $6")
    };
}

/// These rows; where they are of some figures, all in one: thousands of small rows cost more on their way
/// than in the store.
macro_rules! told {
    ($engine:ident all $rows:ident) => {
        rows!(all $rows)
    };
    (sqlite $which:ident $rows:ident) => {
        concat!("SELECT json_group_array(json_array(q.a, q.b", figures!(named $which), ")) AS counted FROM (", rows!($which $rows), ") q")
    };
    (postgres $which:ident $rows:ident) => {
        concat!("SELECT coalesce(json_agg(json_build_array(q.a, q.b", figures!(named $which), ")), '[]') AS counted FROM (",
            rows!($which $rows), ") q")
    };
}

/// The statements that read some figures of every table.
macro_rules! tables {
    ($name:ident $which:ident) => {
        pub(super) mod $name {
            use super::{All, figures, statements};

            statements! {
                DAYS = sqlite told!(sqlite $which days), postgres told!(postgres $which days);
                DAYS_OF = sqlite told!(sqlite $which days_of), postgres told!(postgres $which days_of);
                LINE_DAYS = sqlite told!(sqlite $which line_days), postgres told!(postgres $which line_days);
                LINES = sqlite told!(sqlite $which lines), postgres told!(postgres $which lines);
                HOURS = sqlite told!(sqlite $which hours), postgres told!(postgres $which hours);
                HOURS_OF = sqlite told!(sqlite $which hours_of), postgres told!(postgres $which postgres_hours_of);
                MONTHS = sqlite told!(sqlite $which months), postgres told!(postgres $which months);
                MONTHS_OF = sqlite told!(sqlite $which months_of), postgres told!(postgres $which months_of);
                MONTH_LINES = sqlite told!(sqlite $which month_lines), postgres told!(postgres $which month_lines);
                MONTH_LINES_OF = sqlite told!(sqlite $which month_lines_of), postgres told!(postgres $which month_lines_of);
                MONTH_WEEKDAYS = sqlite told!(sqlite $which month_weekdays), postgres told!(postgres $which month_weekdays);
                MONTH_WEEKDAYS_OF = sqlite told!(sqlite $which month_weekdays_of), postgres told!(postgres $which month_weekdays_of);
                MONTH_HOURS = sqlite told!(sqlite $which month_hours), postgres told!(postgres $which month_hours);
                MONTH_HOURS_OF = sqlite told!(sqlite $which month_hours_of), postgres told!(postgres $which month_hours_of);
            }

            pub(super) const TABLES: All = All {
                days: DAYS,
                days_of: DAYS_OF,
                line_days: LINE_DAYS,
                lines: LINES,
                hours: HOURS,
                hours_of: HOURS_OF,
                months: MONTHS,
                months_of: MONTHS_OF,
                month_lines: MONTH_LINES,
                month_lines_of: MONTH_LINES_OF,
                month_weekdays: MONTH_WEEKDAYS,
                month_weekdays_of: MONTH_WEEKDAYS_OF,
                month_hours: MONTH_HOURS,
                month_hours_of: MONTH_HOURS_OF,
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
    hours: Sql,
    hours_of: Sql,
    months: Sql,
    months_of: Sql,
    month_lines: Sql,
    month_lines_of: Sql,
    month_weekdays: Sql,
    month_weekdays_of: Sql,
    month_hours: Sql,
    month_hours_of: Sql,
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
            (true, true, _) if weekdays => (all.hours_of, Some(all.month_lines_of)),
            (true, true, _) => (all.hours_of, Some(all.month_hours_of)),
            (true, false, true) => (all.hours, Some(all.month_hours)),
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
