//! The figures of the sums as statements name them: each column stands here once.

/// The columns of a [`Tally`](crate::reports::Tally) in a statement: `columns`, their names; `summed`,
/// each over the rows; `read`, the same as a row is read; `added "table"`, what is there and what comes.
/// `read outcomes`, `read ends`, `read manners`, `read causes` read some of them alone: over many rows each column costs.
/// `named outcomes` and so on are those of the rows `q`, each with a comma before it; `kept outcomes` and so on
/// make a tally of such a row, which begins with its two keys.
macro_rules! figures {
    (read all) => {
        $crate::reports::store::figures::figures!(read)
    };
    ($how:ident outcomes) => {
        $crate::reports::store::figures::written!([$how]
            [seen live after_hours outage test met late short abandoned not_offered machine_only
             unmeasured gone_in_time] [])
    };
    ($how:ident ends) => {
        $crate::reports::store::figures::written!([$how]
            [met late abandoned not_offered machine_only gone_in_time] [])
    };
    ($how:ident manners) => {
        $crate::reports::store::figures::written!([$how]
            [answer_n wait_n r1 r2 r3 r4 r5 r6 hung_caller hung_us hung_unknown pickups] [])
    };
    ($how:ident causes) => {
        $crate::reports::store::figures::written!([$how]
            [why_busy why_away why_unreachable why_pbx why_unknown pbx_n pbx_late talk_n] [])
    };
    ($($how:tt)+) => {
        $crate::reports::store::figures::written!([$($how)+]
            [seen live after_hours outage test met late short abandoned not_offered machine_only
             unmeasured gone_in_time answer_ms answer_n rings_sum rings_n wait_ms wait_n gone_ms gone_n
             r1 r2 r3 r4 r5 r6 hung_caller hung_us hung_unknown pickups why_busy why_away
             why_unreachable why_pbx why_unknown pbx_ms pbx_n pbx_late talk_ms talk_n
             counted_position counted_dialog counted_trunk counted_member counted_none
             measured_position measured_dialog measured_trunk measured_member measured_none]
            [answer_max wait_max])
    };
}

/// What [`figures!`] says of the columns that are added and of those of which the longest counts.
macro_rules! written {
    ([columns] [$first:ident $($sum:ident)+] [$($most:ident)+]) => {
        concat!(stringify!($first), $(", ", stringify!($sum),)+ $(", ", stringify!($most)),+)
    };
    ([summed] [$first:ident $($sum:ident)+] [$($most:ident)+]) => {
        concat!("sum(", stringify!($first), ")", $(", sum(", stringify!($sum), ")",)+
            $(", max(", stringify!($most), ")"),+)
    };
    ([read] [$first:ident $($sum:ident)+] [$($most:ident)*]) => {
        concat!("CAST(sum(", stringify!($first), ") AS BIGINT) AS ", stringify!($first),
            $(", CAST(sum(", stringify!($sum), ") AS BIGINT) AS ", stringify!($sum),)+
            $(", CAST(max(", stringify!($most), ") AS BIGINT) AS ", stringify!($most)),*)
    };
    ([named] [$($sum:ident)+] []) => {
        concat!($(", q.", stringify!($sum)),+)
    };
    ([kept] [$($sum:ident)+] []) => {
        |(a, b, $($sum),+)| ((a, b), $crate::reports::tally::Tally { $($sum,)+ ..$crate::reports::tally::Tally::default() })
    };
    ([added $table:literal] [$first:ident $($sum:ident)+] [$most:ident $longest:ident]) => {
        concat!(stringify!($first), " = ", $table, ".", stringify!($first), " + excluded.", stringify!($first),
            $(", ", stringify!($sum), " = ", $table, ".", stringify!($sum), " + excluded.", stringify!($sum),)+
            ", ", $crate::reports::store::figures::longer!($table, $most),
            ", ", $crate::reports::store::figures::longer!($table, $longest))
    };
}

/// The longer of two: no function of this is common to both engines.
macro_rules! longer {
    ($table:literal, $most:ident) => {
        concat!(
            stringify!($most),
            " = CASE WHEN excluded.",
            stringify!($most),
            " > ",
            $table,
            ".",
            stringify!($most),
            " THEN excluded.",
            stringify!($most),
            " ELSE ",
            $table,
            ".",
            stringify!($most),
            " END"
        )
    };
}

/// Fills a table of sums: its first columns, what they are of a row, whence the rows come, by what they
/// are grouped.
macro_rules! summed {
    ($table:literal ($columns:literal) of ($values:literal) from $rows:literal by $groups:literal) => {
        $crate::reports::store::figures::summed!($table ($columns) of ($values) from ($rows) by $groups)
    };
    ($table:literal ($columns:literal) of ($values:literal) from ($($rows:tt)+) by $groups:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (",
            $columns,
            ", ",
            $crate::reports::store::figures::figures!(columns),
            ") SELECT ",
            $values,
            ", ",
            $crate::reports::store::figures::figures!(summed),
            " FROM ",
            $($rows)+,
            " GROUP BY ",
            $groups
        )
    };
}

/// The lines of the calls that are `$which`, said of `f`, to be summed. Why a promise was not kept is
/// looked for once in each, not once for each of its columns: the engines hold what has a limit together.
macro_rules! facts {
    (@ $hold:literal $($which:expr),+) => {
        concat!(
            "(SELECT l.*, CASE WHEN l.why = 'busy' THEN 1 ELSE 0 END AS why_busy,
              CASE WHEN l.why = 'away' THEN 1 ELSE 0 END AS why_away,
              CASE WHEN l.why = 'unreachable' THEN 1 ELSE 0 END AS why_unreachable,
              CASE WHEN l.why = 'pbx' THEN 1 ELSE 0 END AS why_pbx,
              CASE WHEN l.why = 'unknown' THEN 1 ELSE 0 END AS why_unknown
              FROM (SELECT f.* FROM call_lines f WHERE ",
            $($which),+,
            $hold,
            ") l)"
        )
    };
    (sqlite $($which:expr),+) => {
        $crate::reports::store::figures::facts!(@ " LIMIT -1" $($which),+)
    };
    (postgres $($which:expr),+) => {
        $crate::reports::store::figures::facts!(@ " OFFSET 0" $($which),+)
    };
}

pub(super) use {facts, figures, longer, summed, written};
