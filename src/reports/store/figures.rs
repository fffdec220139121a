//! The figures of the sums as statements name them: each column stands here once.

/// The columns of a [`Tally`](crate::reports::Tally) in a statement: `columns`, their names; `summed`,
/// each over the rows; `read`, the same as a row is read; `added "table"`, what is there and what comes.
macro_rules! figures {
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
    ([read] [$first:ident $($sum:ident)+] [$($most:ident)+]) => {
        concat!("CAST(sum(", stringify!($first), ") AS BIGINT) AS ", stringify!($first),
            $(", CAST(sum(", stringify!($sum), ") AS BIGINT) AS ", stringify!($sum),)+
            $(", CAST(max(", stringify!($most), ") AS BIGINT) AS ", stringify!($most)),+)
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

pub(super) use {figures, longer, summed, written};
