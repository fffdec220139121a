//! The columns of the tables of waits as statements name them: each second of waiting is a row, its tenths
//! on both clocks are columns. A thousand rows of a tenth each cost ten times that when they are read.

/// The twenty columns, each with a comma before it: `columns`, their names; `counted`, the rows of a list
/// of waits in each; `summed`, each over the rows `w`; `less` and `more`, those of `w` to take away and to
/// add; `named`, those of `q`; `added "table"`, what is there and what comes.
macro_rules! tenths {
    ($($how:tt)+) => {
        $crate::reports::store::tenths::listed!([$($how)+]
            [o0 0 o] [o1 1 o] [o2 2 o] [o3 3 o] [o4 4 o] [o5 5 o] [o6 6 o] [o7 7 o] [o8 8 o] [o9 9 o]
            [c0 0 c] [c1 1 c] [c2 2 c] [c3 3 c] [c4 4 c] [c5 5 c] [c6 6 c] [c7 7 c] [c8 8 c] [c9 9 c])
    };
}

/// What [`tenths!`] says of each column, with its tenth and its clock.
macro_rules! listed {
    ([columns] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!($(", ", stringify!($column)),+)
    };
    ([counted] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!($(", sum(CASE WHEN f.tenth = ", $tenth, " THEN f.", stringify!($clock), " ELSE 0 END)"),+)
    };
    ([summed] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!($(", CAST(sum(w.", stringify!($column), ") AS BIGINT) AS ", stringify!($column)),+)
    };
    ([less] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!($(", -w.", stringify!($column)),+)
    };
    ([more] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!($(", w.", stringify!($column)),+)
    };
    ([named] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!($(", q.", stringify!($column)),+)
    };
    ([added $table:literal] [o0 0 o] $([$column:ident $tenth:literal $clock:ident])+) => {
        concat!("o0 = ", $table, ".o0 + excluded.o0",
            $(", ", stringify!($column), " = ", $table, ".", stringify!($column), " + excluded.", stringify!($column)),+)
    };
}

/// The waits of calls on both clocks, a row each, as `f`: the columns before the second, what they are of a
/// call, which calls.
macro_rules! waits {
    ($before:literal of $which:expr) => {
        concat!(
            "(SELECT ",
            $before,
            ", f.answer_ms / 1000 AS second, f.answer_ms / 100 % 10 AS tenth, 1 AS o, 0 AS c
            FROM call_facts f WHERE f.answer_n = 1 AND ",
            $which,
            "
            UNION ALL SELECT ",
            $before,
            ", f.wait_ms / 1000 AS second, f.wait_ms / 100 % 10 AS tenth, 0 AS o, 1 AS c
            FROM call_facts f WHERE f.wait_n = 1 AND ",
            $which,
            ") f"
        )
    };
}

pub(super) use {listed, tenths, waits};
