//! Summing a day anew, from the one definition of every sum: the view `call_facts`. New calls stay
//! out of it until they are added.

use chrono::{Datelike as _, Days, NaiveDate};

use super::figures::{facts, summed};
use super::tenths::{tenths, waits};
use crate::db::{Change, Db, Result, Sql, Stamp, Tx, statements};

/// The day, hour by hour, by line and person.
macro_rules! hours {
    ($engine:ident) => {
        summed!("report_hours" ("business_date, week, weekday, local_hour, hotline, staff")
            of ("f.business_date, f.week, f.weekday, f.local_hour, f.hotline, f.staff")
            from (facts!($engine "f.business_date = $1 AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = f.id)"), " f")
            by "1, 2, 3, 4, 5, 6")
    };
}

/// Takes away from a month, or adds to it, the waits of a day.
macro_rules! month_seconds {
    ($how:ident) => {
        concat!("INSERT INTO report_month_seconds (second, month, hotline", tenths!(columns), ")
            SELECT w.second, substr(w.business_date, 1, 7), w.hotline", tenths!($how), " FROM report_seconds w WHERE w.business_date = $1
            ON CONFLICT (second, month, hotline) DO UPDATE SET ", tenths!(added "report_month_seconds"))
    };
}

/// The same by person.
macro_rules! month_person_seconds {
    ($how:ident) => {
        concat!("INSERT INTO report_month_person_seconds (staff, second, month, hotline", tenths!(columns), ")
            SELECT w.staff, w.second, substr(w.business_date, 1, 7), w.hotline", tenths!($how), " FROM report_person_seconds w WHERE w.business_date = $1
            ON CONFLICT (staff, second, month, hotline) DO UPDATE SET ", tenths!(added "report_month_person_seconds"))
    };
}

statements! {
    /// One at a time, whichever process does it.
    HEAD = "UPDATE report_head SET summed = summed + 1";
    /// What was marked until now is about to be summed; what is marked after this stays.
    UNMARK = "DELETE FROM report_marks WHERE business_date = $1";
    /// Every day that has calls.
    MARK_ALL = "INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
                WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date)";
    /// Marked days, newest first.
    NEXT_MARKED = "SELECT DISTINCT m.business_date FROM report_marks m ORDER BY m.business_date DESC LIMIT $1";
    /// Calls that are not over stay new whatever is summed.
    NEW_GONE = "DELETE FROM report_new WHERE taken = 1 OR EXISTS (SELECT 1 FROM calls c WHERE c.id = report_new.call_id AND c.state = 'ended')";
    NEW_AGAIN = "INSERT INTO report_new (call_id) SELECT c.id FROM calls c WHERE c.state <> 'ended' AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id)";
    HOURS_GONE = "DELETE FROM report_hours WHERE business_date = $1";
    DAYS_GONE = "DELETE FROM report_days WHERE business_date = $1";
    LINES_GONE = "DELETE FROM report_lines WHERE business_date = $1";
    LINE_DAYS_GONE = "DELETE FROM report_line_days WHERE business_date = $1";
    SECONDS_GONE = "DELETE FROM report_seconds WHERE business_date = $1";
    PERSON_SECONDS_GONE = "DELETE FROM report_person_seconds WHERE business_date = $1";
    HALVES_GONE = "DELETE FROM report_halves WHERE business_date = $1";
    MONTHS_GONE = "DELETE FROM report_months WHERE month = $1";
    MONTH_LINES_GONE = "DELETE FROM report_month_lines WHERE month = $1";
    MONTH_PERSON_LINES_GONE = "DELETE FROM report_month_person_lines WHERE month = $1 AND weekday = $2";
    MONTH_WEEKDAYS_GONE = "DELETE FROM report_month_weekdays WHERE month = $1";
    MONTH_HOURS_GONE = "DELETE FROM report_month_hours WHERE month = $1";
    /// Everything that is summed.
    NO_HOURS = "DELETE FROM report_hours";
    NO_DAYS = "DELETE FROM report_days";
    NO_LINES = "DELETE FROM report_lines";
    NO_LINE_DAYS = "DELETE FROM report_line_days";
    NO_MONTHS = "DELETE FROM report_months";
    NO_MONTH_LINES = "DELETE FROM report_month_lines";
    NO_MONTH_PERSON_LINES = "DELETE FROM report_month_person_lines";
    NO_MONTH_WEEKDAYS = "DELETE FROM report_month_weekdays";
    NO_MONTH_HOURS = "DELETE FROM report_month_hours";
    NO_SECONDS = "DELETE FROM report_seconds";
    NO_PERSON_SECONDS = "DELETE FROM report_person_seconds";
    NO_MONTH_SECONDS = "DELETE FROM report_month_seconds";
    NO_MONTH_PERSON_SECONDS = "DELETE FROM report_month_person_seconds";
    NO_HALVES = "DELETE FROM report_halves";
    NO_CALL_BACKS = "DELETE FROM report_call_backs";
    CALL_BACKS = "INSERT INTO report_call_backs (business_date, hotline, state, n)
        SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b GROUP BY b.business_date, b.hotline, b.state";
    /// The day, hour by hour, by line and person.
    HOURS = sqlite hours!(sqlite), postgres hours!(postgres);
    /// The same without the hour.
    DAYS = of summed!("report_days" ("business_date, week, weekday, hotline, staff")
        of ("f.business_date, f.week, f.weekday, f.hotline, f.staff")
        from "report_hours f WHERE f.business_date = $1"
        by "1, 2, 3, 4, 5");
    /// The same without the person.
    LINES = of summed!("report_lines" ("business_date, week, weekday, local_hour, hotline")
        of ("f.business_date, f.week, f.weekday, f.local_hour, f.hotline")
        from "report_hours f WHERE f.business_date = $1"
        by "1, 2, 3, 4, 5");
    /// Without both.
    LINE_DAYS = of summed!("report_line_days" ("business_date, week, weekday, hotline")
        of ("f.business_date, f.week, f.weekday, f.hotline")
        from "report_lines f WHERE f.business_date = $1"
        by "1, 2, 3, 4");
    /// A month by line and person.
    MONTHS = of summed!("report_months" ("month, hotline, staff")
        of ("substr(f.business_date, 1, 7), f.hotline, f.staff")
        from "report_days f WHERE f.business_date >= CAST($1 AS TEXT) || '-01' AND f.business_date <= CAST($1 AS TEXT) || '-31'"
        by "1, 2, 3");
    /// The hours of a month by weekday and line.
    MONTH_LINES = of summed!("report_month_lines" ("month, weekday, local_hour, hotline")
        of ("substr(f.business_date, 1, 7), f.weekday, f.local_hour, f.hotline")
        from "report_lines f WHERE f.business_date >= CAST($1 AS TEXT) || '-01' AND f.business_date <= CAST($1 AS TEXT) || '-31'"
        by "1, 2, 3, 4");
    /// The hours of a weekday of a month by line and person: all days of the month that are this weekday.
    MONTH_PERSON_LINES = of summed!("report_month_person_lines" ("month, weekday, local_hour, hotline, staff")
        of ("substr(f.business_date, 1, 7), f.weekday, f.local_hour, f.hotline, f.staff")
        from "report_hours f WHERE f.business_date IN ($1, $2, $3, $4, $5)"
        by "1, 2, 3, 4, 5");
    /// The same without the hour.
    MONTH_WEEKDAYS = of summed!("report_month_weekdays" ("month, weekday, hotline, staff")
        of ("f.month, f.weekday, f.hotline, f.staff")
        from "report_month_person_lines f WHERE f.month = $1"
        by "1, 2, 3, 4");
    /// The same without the weekday.
    MONTH_HOURS = of summed!("report_month_hours" ("month, local_hour, hotline, staff")
        of ("f.month, f.local_hour, f.hotline, f.staff")
        from "report_month_person_lines f WHERE f.month = $1"
        by "1, 2, 3, 4");
    /// The waits of the day, by person.
    PERSON_SECONDS = of concat!("INSERT INTO report_person_seconds (staff, business_date, hotline, second", tenths!(columns), ")
        SELECT f.staff, f.business_date, f.hotline, f.second", tenths!(counted), " FROM ",
        waits!("f.staff, f.business_date, f.hotline" of "f.business_date = $1 AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = f.id)"),
        " GROUP BY f.staff, f.business_date, f.hotline, f.second");
    /// The waits of the day, of all together.
    SECONDS = of concat!("INSERT INTO report_seconds (business_date, hotline, second", tenths!(columns), ")
        SELECT w.business_date, w.hotline, w.second", tenths!(summed), " FROM report_person_seconds w
        WHERE w.business_date = $1 GROUP BY w.business_date, w.hotline, w.second");
    /// What a month has of a day is taken away before the day is summed anew, and added after it.
    MONTH_SECONDS_LESS = of month_seconds!(less);
    MONTH_SECONDS_MORE = of month_seconds!(more);
    MONTH_PERSON_SECONDS_LESS = of month_person_seconds!(less);
    MONTH_PERSON_SECONDS_MORE = of month_person_seconds!(more);
    /// Arrivals and talk by half hour; `$2` is what the zone's offset is more than whole hours, in milliseconds.
    HALVES = "INSERT INTO report_halves (business_date, weekday, half, hotline, arrivals, talk_ms, talk_n, gone, waited_ms)
        SELECT f.business_date, f.weekday,
            f.local_hour * 2 + CASE WHEN (c.offered_at + $2) % 3600000 >= 1800000 THEN 1 ELSE 0 END AS half, f.hotline,
            count(*), sum(f.talk_ms), sum(f.talk_n), sum(f.gone_n), sum(f.gone_ms + f.wait_ms)
        FROM call_facts f JOIN calls c ON c.id = f.id
        WHERE f.business_date = $1 AND c.excluded IS NULL AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = f.id)
        GROUP BY f.business_date, f.weekday, half, f.hotline";
}

/// What is done for the day, in order.
const OF_THE_DAY: &[Sql] = &[
    UNMARK,
    MONTH_SECONDS_LESS,
    MONTH_PERSON_SECONDS_LESS,
    HOURS_GONE,
    DAYS_GONE,
    LINES_GONE,
    LINE_DAYS_GONE,
    SECONDS_GONE,
    PERSON_SECONDS_GONE,
    HALVES_GONE,
    HOURS,
    DAYS,
    LINES,
    LINE_DAYS,
    PERSON_SECONDS,
    SECONDS,
    MONTH_SECONDS_MORE,
    MONTH_PERSON_SECONDS_MORE,
];

/// What is done for its month after that.
const OF_THE_MONTH: &[Sql] = &[
    MONTHS_GONE,
    MONTHS,
    MONTH_LINES_GONE,
    MONTH_LINES,
    MONTH_WEEKDAYS_GONE,
    MONTH_WEEKDAYS,
    MONTH_HOURS_GONE,
    MONTH_HOURS,
];

/// Empties every sum.
const NOTHING_SUMMED: &[Sql] = &[
    NO_HOURS,
    NO_DAYS,
    NO_LINES,
    NO_LINE_DAYS,
    NO_MONTHS,
    NO_MONTH_LINES,
    NO_MONTH_PERSON_LINES,
    NO_MONTH_WEEKDAYS,
    NO_MONTH_HOURS,
    NO_SECONDS,
    NO_PERSON_SECONDS,
    NO_MONTH_SECONDS,
    NO_MONTH_PERSON_SECONDS,
    NO_HALVES,
    NO_CALL_BACKS,
    CALL_BACKS,
    NEW_GONE,
    NEW_AGAIN,
    MARK_ALL,
];

/// One summing at a time: waits for its turn.
pub(super) async fn take_turn(tx: &mut Tx) -> Result<()> {
    tx.q(HEAD).run().await.map(drop)
}

/// Sums one business day anew and its month with it, all or nothing. What changes meanwhile marks the
/// day again. `sub_hour_ms`: what the site's zone is off UTC beyond whole hours.
pub async fn sum_day(db: &Db, stamp: Stamp, date: NaiveDate, sub_hour_ms: i64) -> Result<()> {
    let db = db.unhurried();
    db.write(stamp, move |tx| {
        Box::pin(async move {
            take_turn(tx).await?;
            let (weekday, weekdays) = (date.weekday().number_from_monday(), same_weekday(date));
            let date = date.to_string();
            for &sql in OF_THE_DAY {
                tx.q(sql).bind(date.clone()).run().await?;
            }
            let month = date.get(..7).unwrap_or_default().to_owned();
            tx.q(HALVES).bind(date).bind(sub_hour_ms).run().await?;
            let gone = tx.q(MONTH_PERSON_LINES_GONE).bind(month.clone());
            gone.bind(i64::from(weekday)).run().await?;
            let mut lines = tx.q(MONTH_PERSON_LINES);
            for day in weekdays {
                lines = lines.bind(day);
            }
            lines.run().await?;
            for &sql in OF_THE_MONTH {
                tx.q(sql).bind(month.clone()).run().await?;
            }
            Ok(())
        })
    })
    .await
}

/// The days of a date's month that are the same weekday; some months have a fifth, which stands once
/// more for another where there is none.
fn same_weekday(date: NaiveDate) -> [String; 5] {
    let first =
        date.checked_sub_days(Days::new(u64::from(date.day0() - date.day0() % 7))).unwrap_or(date);
    [0, 7, 14, 21, 28].map(|days| {
        let day = first.checked_add_days(Days::new(days)).filter(|day| day.month() == date.month());
        day.unwrap_or(date).to_string()
    })
}

/// Forgets every sum and marks every day that has calls.
pub async fn mark_all(db: &Db, stamp: Stamp) -> Result<()> {
    db.unhurried().write(stamp, |tx| Box::pin(mark_everything(tx))).await
}

async fn mark_everything(tx: &mut Tx) -> Result<()> {
    take_turn(tx).await?;
    for &sql in NOTHING_SUMMED {
        tx.q(sql).run().await?;
    }
    tx.record(Change::new("report", "reports/sums".to_owned(), "renewed"));
    Ok(())
}

/// Marked days, newest first, at most `most`.
pub async fn marked(db: &Db, most: i64) -> Result<Vec<NaiveDate>> {
    let days: Vec<String> = db.read(NEXT_MARKED).bind(most).values().await?;
    Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekday_comes_four_or_five_times_in_a_month() {
        let days = |date: &str| same_weekday(date.parse().unwrap()).join(" ");
        let mondays = "2026-11-02 2026-11-09 2026-11-16 2026-11-23 2026-11-30";
        for monday in mondays.split(' ') {
            assert_eq!(days(monday), mondays);
        }
        assert_eq!(days("2026-02-28"), "2026-02-07 2026-02-14 2026-02-21 2026-02-28 2026-02-28");
    }
}
