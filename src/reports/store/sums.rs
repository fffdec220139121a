//! Summing a day anew, from the one definition of every sum: the views `call_facts` and
//! `call_waits`.

use chrono::NaiveDate;

use crate::db::{Change, Db, Result, Stamp, Tx, statements};

statements! {
    /// One at a time, whichever process does it.
    HEAD = "UPDATE report_head SET summed = summed + 1";
    /// What was marked until now is about to be summed; what is marked after this stays.
    UNMARK = "DELETE FROM report_marks WHERE business_date = $1";
    /// Marks that a newer one of the same day says too.
    COMPACT = "DELETE FROM report_marks WHERE id < (SELECT max(n.id) FROM report_marks n WHERE n.business_date = report_marks.business_date)";
    /// Every day that has calls.
    MARK_ALL = "INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
                WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date)";
    /// Marked days before a date, newest first.
    BEFORE = "SELECT DISTINCT m.business_date FROM report_marks m WHERE m.business_date < $1 ORDER BY m.business_date DESC LIMIT $2";
    HOURS_GONE = "DELETE FROM report_hours WHERE business_date = $1";
    DAYS_GONE = "DELETE FROM report_days WHERE business_date = $1";
    LINES_GONE = "DELETE FROM report_lines WHERE business_date = $1";
    WAITS_GONE = "DELETE FROM report_waits WHERE business_date = $1";
    PERSON_WAITS_GONE = "DELETE FROM report_person_waits WHERE business_date = $1";
    HALVES_GONE = "DELETE FROM report_halves WHERE business_date = $1";
    /// Sums of days that have no calls any more.
    HOURS_STALE = "DELETE FROM report_hours WHERE business_date NOT IN (SELECT c.business_date FROM calls c)";
    DAYS_STALE = "DELETE FROM report_days WHERE business_date NOT IN (SELECT c.business_date FROM calls c)";
    LINES_STALE = "DELETE FROM report_lines WHERE business_date NOT IN (SELECT c.business_date FROM calls c)";
    WAITS_STALE = "DELETE FROM report_waits WHERE business_date NOT IN (SELECT c.business_date FROM calls c)";
    PERSON_WAITS_STALE = "DELETE FROM report_person_waits WHERE business_date NOT IN (SELECT c.business_date FROM calls c)";
    HALVES_STALE = "DELETE FROM report_halves WHERE business_date NOT IN (SELECT c.business_date FROM calls c)";
    /// The day, hour by hour, by line and person.
    HOURS = "INSERT INTO report_hours (business_date, week, weekday, local_hour, hotline, staff,
                 seen, live, after_hours, outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured,
                 gone_in_time, answer_ms, answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5,
                 r6, hung_caller, hung_us, hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown,
                 pbx_ms, pbx_n, pbx_late, talk_ms, talk_n, answer_max, wait_max)
             SELECT f.business_date, f.week, f.weekday, f.local_hour, f.hotline, f.staff,
                 sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
                 sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
                 sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
                 sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
                 sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
                 sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max)
             FROM call_facts f WHERE f.business_date = $1
             GROUP BY f.business_date, f.week, f.weekday, f.local_hour, f.hotline, f.staff";
    /// The same without the hour.
    DAYS = "INSERT INTO report_days (business_date, week, weekday, hotline, staff,
                seen, live, after_hours, outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured,
                gone_in_time, answer_ms, answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5,
                r6, hung_caller, hung_us, hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown,
                pbx_ms, pbx_n, pbx_late, talk_ms, talk_n, answer_max, wait_max)
            SELECT h.business_date, h.week, h.weekday, h.hotline, h.staff,
                sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
                sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
                sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
                sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
                sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
                sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max)
            FROM report_hours h WHERE h.business_date = $1
            GROUP BY h.business_date, h.week, h.weekday, h.hotline, h.staff";
    /// The same without the person.
    LINES = "INSERT INTO report_lines (business_date, week, weekday, local_hour, hotline,
                 seen, live, after_hours, outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured,
                 gone_in_time, answer_ms, answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5,
                 r6, hung_caller, hung_us, hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown,
                 pbx_ms, pbx_n, pbx_late, talk_ms, talk_n, answer_max, wait_max)
             SELECT h.business_date, h.week, h.weekday, h.local_hour, h.hotline,
                 sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
                 sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
                 sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
                 sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
                 sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
                 sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max)
             FROM report_hours h WHERE h.business_date = $1
             GROUP BY h.business_date, h.week, h.weekday, h.local_hour, h.hotline";
    /// The waits of the day, by person.
    PERSON_WAITS = "INSERT INTO report_person_waits (staff, business_date, hotline, clock, tenths, n)
                    SELECT w.staff, w.business_date, w.hotline, w.clock, w.tenths, count(*) FROM call_waits w
                    WHERE w.business_date = $1 GROUP BY w.staff, w.business_date, w.hotline, w.clock, w.tenths";
    /// The waits of the day, of all together.
    WAITS = "INSERT INTO report_waits (business_date, hotline, clock, tenths, n)
             SELECT w.business_date, w.hotline, w.clock, w.tenths, sum(w.n) FROM report_person_waits w
             WHERE w.business_date = $1 GROUP BY w.business_date, w.hotline, w.clock, w.tenths";
    /// Arrivals and talk by half hour; `$2` is what the zone's offset is more than whole hours, in milliseconds.
    HALVES = "INSERT INTO report_halves (business_date, weekday, half, hotline, arrivals, talk_ms, talk_n, gone, waited_ms)
              SELECT f.business_date, f.weekday,
                  f.local_hour * 2 + CASE WHEN (c.offered_at + $2) % 3600000 >= 1800000 THEN 1 ELSE 0 END AS half, f.hotline,
                  count(*), sum(f.talk_ms), sum(f.talk_n), sum(f.gone_n), sum(f.gone_ms + f.wait_ms)
              FROM call_facts f JOIN calls c ON c.id = f.id
              WHERE f.business_date = $1 AND c.excluded IS NULL
              GROUP BY f.business_date, f.weekday, half, f.hotline";
}

/// Sums one business day anew, all or nothing. What changes meanwhile marks the day again.
/// `sub_hour_ms`: what the site's zone is off UTC beyond whole hours.
pub async fn sum_day(db: &Db, stamp: Stamp, date: NaiveDate, sub_hour_ms: i64) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            tx.q(HEAD).run().await?;
            let date = date.to_string();
            for sql in [
                UNMARK,
                HOURS_GONE,
                DAYS_GONE,
                LINES_GONE,
                WAITS_GONE,
                PERSON_WAITS_GONE,
                HALVES_GONE,
                HOURS,
                DAYS,
                LINES,
                PERSON_WAITS,
                WAITS,
            ] {
                tx.q(sql).bind(date.clone()).run().await?;
            }
            tx.q(HALVES).bind(date).bind(sub_hour_ms).run().await?;
            Ok(())
        })
    })
    .await
}

/// Marks every day that has calls, and forgets the sums of those that have none.
pub async fn mark_all(db: &Db, stamp: Stamp) -> Result<()> {
    db.write(stamp, |tx| Box::pin(mark_everything(tx))).await
}

async fn mark_everything(tx: &mut Tx) -> Result<()> {
    tx.q(HEAD).run().await?;
    for sql in [
        HOURS_STALE,
        DAYS_STALE,
        LINES_STALE,
        WAITS_STALE,
        PERSON_WAITS_STALE,
        HALVES_STALE,
        MARK_ALL,
    ] {
        tx.q(sql).run().await?;
    }
    tx.record(Change::new("report", "reports/sums".to_owned(), "renewed"));
    Ok(())
}

/// Drops marks that say nothing new.
pub async fn compact(db: &Db, stamp: Stamp) -> Result<()> {
    db.write(stamp, |tx| {
        Box::pin(async move {
            tx.q(COMPACT).run().await?;
            Ok(())
        })
    })
    .await
}

/// Marked days before `today`, newest first, at most `most`.
pub async fn marked_before(db: &Db, today: NaiveDate, most: i64) -> Result<Vec<NaiveDate>> {
    let days: Vec<String> = db.read(BEFORE).bind(today.to_string()).bind(most).values().await?;
    Ok(days.iter().filter_map(|day| day.parse().ok()).collect())
}
