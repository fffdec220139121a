//! Adding new calls to the sums once they are over, so that no day is summed anew because a call came.

use super::figures::{facts, figures, summed};
use super::sums::take_turn;
use super::tenths::{tenths, waits};
use crate::db::{Db, Result, Stamp, statements};
use crate::kernel::Moment;

/// Adds the sums of the calls that are taken to a table; `key` are the columns that make a row.
macro_rules! added {
    ($table:literal ($columns:literal) of ($values:literal) by $groups:literal key ($key:literal)) => {
        concat!(
            summed!($table ($columns) of ($values) from "report_taken f" by $groups),
            " ON CONFLICT (", $key, ") DO UPDATE SET ", figures!(added $table))
    };
}

/// Whether a call is among those that are taken. They are few, of a log that is long: PostgreSQL is given
/// their list, so that no plan reads the log for them.
macro_rules! taken {
    (sqlite) => {
        "f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1)"
    };
    (postgres) => {
        "f.id = ANY (ARRAY(SELECT w.call_id FROM report_new w WHERE w.taken = 1))"
    };
}

/// The calls that are taken, summed hour by hour: each is looked at once for all tables.
macro_rules! summed_taken {
    ($engine:ident) => {
        summed!("report_taken" ("business_date, week, weekday, local_hour, hotline, staff")
            of ("f.business_date, f.week, f.weekday, f.local_hour, f.hotline, f.staff")
            from (facts!($engine taken!($engine)), " f")
            by "1, 2, 3, 4, 5, 6")
    };
}

/// Adds the waits of the calls that are taken: the columns before the second, what they are of a call,
/// by what the rows are grouped, and the key.
macro_rules! added_waits {
    ($engine:ident $table:literal ($columns:literal) of ($values:literal) by $by:literal key ($key:literal)) => {
        concat!("INSERT INTO ", $table, " (", $columns, ", second", tenths!(columns), ") SELECT ", $by, ", f.second", tenths!(counted),
            " FROM ", waits!($values of taken!($engine)), " GROUP BY ", $by, ", f.second
            ON CONFLICT (", $key, ") DO UPDATE SET ", tenths!(added $table))
    };
}

/// Adds them to the days and months of all and of each person.
macro_rules! person_seconds {
    ($engine:ident) => {
        added_waits!($engine "report_person_seconds" ("staff, business_date, hotline")
            of ("f.staff, f.business_date, f.hotline") by "f.staff, f.business_date, f.hotline"
            key ("staff, business_date, hotline, second"))
    };
}

macro_rules! seconds {
    ($engine:ident) => {
        added_waits!($engine "report_seconds" ("business_date, hotline")
            of ("f.business_date, f.hotline") by "f.business_date, f.hotline"
            key ("business_date, hotline, second"))
    };
}

macro_rules! month_seconds {
    ($engine:ident) => {
        added_waits!($engine "report_month_seconds" ("month, hotline")
            of ("substr(f.business_date, 1, 7) AS month, f.hotline") by "f.month, f.hotline"
            key ("second, month, hotline"))
    };
}

macro_rules! month_person_seconds {
    ($engine:ident) => {
        added_waits!($engine "report_month_person_seconds" ("staff, month, hotline")
            of ("f.staff, substr(f.business_date, 1, 7) AS month, f.hotline") by "f.staff, f.month, f.hotline"
            key ("staff, second, month, hotline"))
    };
}

/// Adds the half hours of the calls that are taken; `$1` is what the zone's offset is more than whole
/// hours, in milliseconds.
macro_rules! added_halves {
    ($engine:ident) => {
        concat!("INSERT INTO report_halves (business_date, weekday, half, hotline, arrivals, talk_ms, talk_n, gone, waited_ms)
            SELECT f.business_date, f.weekday,
                f.local_hour * 2 + CASE WHEN (c.offered_at + $1) % 3600000 >= 1800000 THEN 1 ELSE 0 END AS half, f.hotline,
                count(*), sum(f.talk_ms), sum(f.talk_n), sum(f.gone_n), sum(f.gone_ms + f.wait_ms)
            FROM call_facts f JOIN calls c ON c.id = f.id
            WHERE c.excluded IS NULL AND ", taken!($engine), "
            GROUP BY f.business_date, f.weekday, half, f.hotline
            ON CONFLICT (business_date, half, hotline) DO UPDATE SET arrivals = report_halves.arrivals + excluded.arrivals,
                talk_ms = report_halves.talk_ms + excluded.talk_ms, talk_n = report_halves.talk_n + excluded.talk_n,
                gone = report_halves.gone + excluded.gone, waited_ms = report_halves.waited_ms + excluded.waited_ms")
    };
}

/// Calls that no sum holds yet and that were over by `$1`. When a call ended is not always known: then
/// it was over when it was answered elsewhere. The sign keeps SQLite from reading the log for its new
/// calls; PostgreSQL plans worse with it.
macro_rules! over {
    (sqlite) => {
        over!("+w.call_id")
    };
    (postgres) => {
        over!("w.call_id")
    };
    ($id:literal) => {
        concat!("SELECT w.call_id FROM report_new w JOIN calls c ON c.id = ", $id,
            " WHERE c.state = 'ended' AND coalesce(c.ended_at, c.answered_at, c.offered_at) <= $1 ORDER BY w.call_id")
    };
}

statements! {
    /// Calls that are over are taken, at most `$2`; whoever changes one at this moment keeps it.
    TAKE = sqlite concat!("UPDATE report_new SET taken = 1 WHERE call_id IN (", over!(sqlite), " LIMIT $2)"),
        postgres concat!("UPDATE report_new SET taken = 1 WHERE call_id IN (", over!(postgres), " LIMIT $2 FOR UPDATE OF w SKIP LOCKED)");
    /// Whether there is such a call.
    ANY = sqlite concat!(over!(sqlite), " LIMIT 1"), postgres concat!(over!(postgres), " LIMIT 1");
    ADDED = "DELETE FROM report_new WHERE taken = 1";
    FOLD = "UPDATE report_head SET folded = folded + 1";
    SUM = sqlite summed_taken!(sqlite), postgres summed_taken!(postgres);
    SUMMED = "DELETE FROM report_taken";
    ADD_HOURS = of added!("report_hours" ("business_date, week, weekday, local_hour, hotline, staff")
        of ("f.business_date, f.week, f.weekday, f.local_hour, f.hotline, f.staff") by "1, 2, 3, 4, 5, 6"
        key ("staff, business_date, local_hour, hotline"));
    ADD_DAYS = of added!("report_days" ("business_date, week, weekday, hotline, staff")
        of ("f.business_date, f.week, f.weekday, f.hotline, f.staff") by "1, 2, 3, 4, 5"
        key ("business_date, hotline, staff"));
    ADD_LINES = of added!("report_lines" ("business_date, week, weekday, local_hour, hotline")
        of ("f.business_date, f.week, f.weekday, f.local_hour, f.hotline") by "1, 2, 3, 4, 5"
        key ("business_date, local_hour, hotline"));
    ADD_LINE_DAYS = of added!("report_line_days" ("business_date, week, weekday, hotline")
        of ("f.business_date, f.week, f.weekday, f.hotline") by "1, 2, 3, 4"
        key ("business_date, hotline"));
    ADD_MONTHS = of added!("report_months" ("month, hotline, staff")
        of ("substr(f.business_date, 1, 7), f.hotline, f.staff") by "1, 2, 3"
        key ("month, hotline, staff"));
    ADD_MONTH_LINES = of added!("report_month_lines" ("month, weekday, local_hour, hotline")
        of ("substr(f.business_date, 1, 7), f.weekday, f.local_hour, f.hotline") by "1, 2, 3, 4"
        key ("month, weekday, local_hour, hotline"));
    ADD_MONTH_PERSON_LINES = of added!("report_month_person_lines" ("month, weekday, local_hour, hotline, staff")
        of ("substr(f.business_date, 1, 7), f.weekday, f.local_hour, f.hotline, f.staff") by "1, 2, 3, 4, 5"
        key ("staff, month, weekday, local_hour, hotline"));
    ADD_MONTH_WEEKDAYS = of added!("report_month_weekdays" ("month, weekday, hotline, staff")
        of ("substr(f.business_date, 1, 7), f.weekday, f.hotline, f.staff") by "1, 2, 3, 4"
        key ("month, staff, weekday, hotline"));
    ADD_MONTH_HOURS = of added!("report_month_hours" ("month, local_hour, hotline, staff")
        of ("substr(f.business_date, 1, 7), f.local_hour, f.hotline, f.staff") by "1, 2, 3, 4"
        key ("month, staff, local_hour, hotline"));
    ADD_PERSON_SECONDS = sqlite person_seconds!(sqlite), postgres person_seconds!(postgres);
    ADD_SECONDS = sqlite seconds!(sqlite), postgres seconds!(postgres);
    ADD_MONTH_SECONDS = sqlite month_seconds!(sqlite), postgres month_seconds!(postgres);
    ADD_MONTH_PERSON_SECONDS = sqlite month_person_seconds!(sqlite), postgres month_person_seconds!(postgres);
    ADD_HALVES = sqlite added_halves!(sqlite), postgres added_halves!(postgres);
}

/// Whether a call is over by `until` and not in the sums yet.
pub async fn any_new(db: &Db, until: Moment) -> Result<bool> {
    Ok(db.read(ANY).bind(until).maybe::<(i64,)>().await?.is_some())
}

/// Adds at most `most` calls that were over by `until` to every sum, all or nothing; returns how many.
/// `sub_hour_ms`: what the site's zone is off UTC beyond whole hours.
pub async fn add_new(
    db: &Db,
    stamp: Stamp,
    until: Moment,
    most: i64,
    sub_hour_ms: i64,
) -> Result<u64> {
    let db = db.unhurried();
    db.write(stamp, move |tx| {
        Box::pin(async move {
            take_turn(tx).await?;
            let taken = tx.q(TAKE).bind(until).bind(most).run().await?;
            if taken == 0 {
                return Ok(0);
            }
            for sql in [
                FOLD,
                SUM,
                ADD_HOURS,
                ADD_DAYS,
                ADD_LINES,
                ADD_LINE_DAYS,
                ADD_MONTHS,
                ADD_MONTH_LINES,
                ADD_MONTH_PERSON_LINES,
                ADD_MONTH_WEEKDAYS,
                ADD_MONTH_HOURS,
                SUMMED,
                ADD_PERSON_SECONDS,
                ADD_SECONDS,
                ADD_MONTH_SECONDS,
                ADD_MONTH_PERSON_SECONDS,
            ] {
                tx.q(sql).run().await?;
            }
            tx.q(ADD_HALVES).bind(sub_hour_ms).run().await?;
            tx.q(ADDED).run().await?;
            Ok(taken)
        })
    })
    .await
}
