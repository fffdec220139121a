//! Adding new calls to the sums once they are over, so that no day is summed anew because a call came.

use super::sums::take_turn;
use crate::db::{Db, Result, Stamp, statements};
use crate::kernel::Moment;

statements! {
    /// Calls that are over are taken, at most `$2`; whoever changes one at this moment keeps it.
    TAKE = sqlite "UPDATE report_new SET taken = 1 WHERE call_id IN (SELECT w.call_id FROM report_new w JOIN calls c ON c.id = w.call_id
                WHERE c.state = 'ended' AND coalesce(c.ended_at, 0) <= $1 ORDER BY w.call_id LIMIT $2)",
        postgres "UPDATE report_new SET taken = 1 WHERE call_id IN (SELECT w.call_id FROM report_new w JOIN calls c ON c.id = w.call_id
                WHERE c.state = 'ended' AND coalesce(c.ended_at, 0) <= $1 ORDER BY w.call_id LIMIT $2 FOR UPDATE OF w SKIP LOCKED)";
    /// Whether there is such a call.
    ANY = "SELECT w.call_id FROM report_new w JOIN calls c ON c.id = w.call_id
           WHERE c.state = 'ended' AND coalesce(c.ended_at, 0) <= $1 LIMIT 1";
    ADDED = "DELETE FROM report_new WHERE taken = 1";
    FOLD = "UPDATE report_head SET folded = folded + 1";
    ADD_HOURS = "INSERT INTO report_hours (business_date, week, weekday, local_hour, hotline, staff, seen, live, after_hours,
        outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms,
        answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us,
        hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late,
        talk_ms, talk_n, answer_max, wait_max) SELECT f.business_date, f.week, f.weekday, f.local_hour, f.hotline,
        f.staff, sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
        sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
        sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
        sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
        sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
        sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max) FROM call_facts f WHERE f.id IN
        (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5, 6 ON CONFLICT (staff,
        business_date, local_hour, hotline) DO UPDATE SET seen = report_hours.seen + excluded.seen, live =
        report_hours.live + excluded.live, after_hours = report_hours.after_hours + excluded.after_hours, outage =
        report_hours.outage + excluded.outage, test = report_hours.test + excluded.test, met = report_hours.met +
        excluded.met, late = report_hours.late + excluded.late, short = report_hours.short + excluded.short, abandoned
        = report_hours.abandoned + excluded.abandoned, not_offered = report_hours.not_offered + excluded.not_offered,
        machine_only = report_hours.machine_only + excluded.machine_only, unmeasured = report_hours.unmeasured +
        excluded.unmeasured, gone_in_time = report_hours.gone_in_time + excluded.gone_in_time, answer_ms =
        report_hours.answer_ms + excluded.answer_ms, answer_n = report_hours.answer_n + excluded.answer_n, rings_sum =
        report_hours.rings_sum + excluded.rings_sum, rings_n = report_hours.rings_n + excluded.rings_n, wait_ms =
        report_hours.wait_ms + excluded.wait_ms, wait_n = report_hours.wait_n + excluded.wait_n, gone_ms =
        report_hours.gone_ms + excluded.gone_ms, gone_n = report_hours.gone_n + excluded.gone_n, r1 = report_hours.r1
        + excluded.r1, r2 = report_hours.r2 + excluded.r2, r3 = report_hours.r3 + excluded.r3, r4 = report_hours.r4 +
        excluded.r4, r5 = report_hours.r5 + excluded.r5, r6 = report_hours.r6 + excluded.r6, hung_caller =
        report_hours.hung_caller + excluded.hung_caller, hung_us = report_hours.hung_us + excluded.hung_us,
        hung_unknown = report_hours.hung_unknown + excluded.hung_unknown, pickups = report_hours.pickups +
        excluded.pickups, why_busy = report_hours.why_busy + excluded.why_busy, why_away = report_hours.why_away +
        excluded.why_away, why_unreachable = report_hours.why_unreachable + excluded.why_unreachable, why_pbx =
        report_hours.why_pbx + excluded.why_pbx, why_unknown = report_hours.why_unknown + excluded.why_unknown, pbx_ms
        = report_hours.pbx_ms + excluded.pbx_ms, pbx_n = report_hours.pbx_n + excluded.pbx_n, pbx_late =
        report_hours.pbx_late + excluded.pbx_late, talk_ms = report_hours.talk_ms + excluded.talk_ms, talk_n =
        report_hours.talk_n + excluded.talk_n, answer_max = CASE WHEN excluded.answer_max > report_hours.answer_max
        THEN excluded.answer_max ELSE report_hours.answer_max END, wait_max = CASE WHEN excluded.wait_max >
        report_hours.wait_max THEN excluded.wait_max ELSE report_hours.wait_max END";
    ADD_DAYS = "INSERT INTO report_days (business_date, week, weekday, hotline, staff, seen, live, after_hours, outage, test,
        met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n,
        rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us,
        hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late,
        talk_ms, talk_n, answer_max, wait_max) SELECT f.business_date, f.week, f.weekday, f.hotline, f.staff,
        sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
        sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
        sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
        sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
        sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
        sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max) FROM call_facts f WHERE f.id IN
        (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5 ON CONFLICT (business_date,
        hotline, staff) DO UPDATE SET seen = report_days.seen + excluded.seen, live = report_days.live +
        excluded.live, after_hours = report_days.after_hours + excluded.after_hours, outage = report_days.outage +
        excluded.outage, test = report_days.test + excluded.test, met = report_days.met + excluded.met, late =
        report_days.late + excluded.late, short = report_days.short + excluded.short, abandoned =
        report_days.abandoned + excluded.abandoned, not_offered = report_days.not_offered + excluded.not_offered,
        machine_only = report_days.machine_only + excluded.machine_only, unmeasured = report_days.unmeasured +
        excluded.unmeasured, gone_in_time = report_days.gone_in_time + excluded.gone_in_time, answer_ms =
        report_days.answer_ms + excluded.answer_ms, answer_n = report_days.answer_n + excluded.answer_n, rings_sum =
        report_days.rings_sum + excluded.rings_sum, rings_n = report_days.rings_n + excluded.rings_n, wait_ms =
        report_days.wait_ms + excluded.wait_ms, wait_n = report_days.wait_n + excluded.wait_n, gone_ms =
        report_days.gone_ms + excluded.gone_ms, gone_n = report_days.gone_n + excluded.gone_n, r1 = report_days.r1 +
        excluded.r1, r2 = report_days.r2 + excluded.r2, r3 = report_days.r3 + excluded.r3, r4 = report_days.r4 +
        excluded.r4, r5 = report_days.r5 + excluded.r5, r6 = report_days.r6 + excluded.r6, hung_caller =
        report_days.hung_caller + excluded.hung_caller, hung_us = report_days.hung_us + excluded.hung_us, hung_unknown
        = report_days.hung_unknown + excluded.hung_unknown, pickups = report_days.pickups + excluded.pickups, why_busy
        = report_days.why_busy + excluded.why_busy, why_away = report_days.why_away + excluded.why_away,
        why_unreachable = report_days.why_unreachable + excluded.why_unreachable, why_pbx = report_days.why_pbx +
        excluded.why_pbx, why_unknown = report_days.why_unknown + excluded.why_unknown, pbx_ms = report_days.pbx_ms +
        excluded.pbx_ms, pbx_n = report_days.pbx_n + excluded.pbx_n, pbx_late = report_days.pbx_late +
        excluded.pbx_late, talk_ms = report_days.talk_ms + excluded.talk_ms, talk_n = report_days.talk_n +
        excluded.talk_n, answer_max = CASE WHEN excluded.answer_max > report_days.answer_max THEN excluded.answer_max
        ELSE report_days.answer_max END, wait_max = CASE WHEN excluded.wait_max > report_days.wait_max THEN
        excluded.wait_max ELSE report_days.wait_max END";
    ADD_LINES = "INSERT INTO report_lines (business_date, week, weekday, local_hour, hotline, seen, live, after_hours, outage,
        test, met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n,
        rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us,
        hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late,
        talk_ms, talk_n, answer_max, wait_max) SELECT f.business_date, f.week, f.weekday, f.local_hour, f.hotline,
        sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
        sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
        sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
        sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
        sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
        sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max) FROM call_facts f WHERE f.id IN
        (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5 ON CONFLICT (business_date,
        local_hour, hotline) DO UPDATE SET seen = report_lines.seen + excluded.seen, live = report_lines.live +
        excluded.live, after_hours = report_lines.after_hours + excluded.after_hours, outage = report_lines.outage +
        excluded.outage, test = report_lines.test + excluded.test, met = report_lines.met + excluded.met, late =
        report_lines.late + excluded.late, short = report_lines.short + excluded.short, abandoned =
        report_lines.abandoned + excluded.abandoned, not_offered = report_lines.not_offered + excluded.not_offered,
        machine_only = report_lines.machine_only + excluded.machine_only, unmeasured = report_lines.unmeasured +
        excluded.unmeasured, gone_in_time = report_lines.gone_in_time + excluded.gone_in_time, answer_ms =
        report_lines.answer_ms + excluded.answer_ms, answer_n = report_lines.answer_n + excluded.answer_n, rings_sum =
        report_lines.rings_sum + excluded.rings_sum, rings_n = report_lines.rings_n + excluded.rings_n, wait_ms =
        report_lines.wait_ms + excluded.wait_ms, wait_n = report_lines.wait_n + excluded.wait_n, gone_ms =
        report_lines.gone_ms + excluded.gone_ms, gone_n = report_lines.gone_n + excluded.gone_n, r1 = report_lines.r1
        + excluded.r1, r2 = report_lines.r2 + excluded.r2, r3 = report_lines.r3 + excluded.r3, r4 = report_lines.r4 +
        excluded.r4, r5 = report_lines.r5 + excluded.r5, r6 = report_lines.r6 + excluded.r6, hung_caller =
        report_lines.hung_caller + excluded.hung_caller, hung_us = report_lines.hung_us + excluded.hung_us,
        hung_unknown = report_lines.hung_unknown + excluded.hung_unknown, pickups = report_lines.pickups +
        excluded.pickups, why_busy = report_lines.why_busy + excluded.why_busy, why_away = report_lines.why_away +
        excluded.why_away, why_unreachable = report_lines.why_unreachable + excluded.why_unreachable, why_pbx =
        report_lines.why_pbx + excluded.why_pbx, why_unknown = report_lines.why_unknown + excluded.why_unknown, pbx_ms
        = report_lines.pbx_ms + excluded.pbx_ms, pbx_n = report_lines.pbx_n + excluded.pbx_n, pbx_late =
        report_lines.pbx_late + excluded.pbx_late, talk_ms = report_lines.talk_ms + excluded.talk_ms, talk_n =
        report_lines.talk_n + excluded.talk_n, answer_max = CASE WHEN excluded.answer_max > report_lines.answer_max
        THEN excluded.answer_max ELSE report_lines.answer_max END, wait_max = CASE WHEN excluded.wait_max >
        report_lines.wait_max THEN excluded.wait_max ELSE report_lines.wait_max END";
    ADD_LINE_DAYS = "INSERT INTO report_line_days (business_date, week, weekday, hotline, seen, live, after_hours, outage, test,
        met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n,
        rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us,
        hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late,
        talk_ms, talk_n, answer_max, wait_max) SELECT f.business_date, f.week, f.weekday, f.hotline, sum(seen),
        sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short), sum(abandoned),
        sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms), sum(answer_n),
        sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1), sum(r2), sum(r3),
        sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups), sum(why_busy),
        sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n), sum(pbx_late),
        sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max) FROM call_facts f WHERE f.id IN (SELECT w.call_id
        FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4 ON CONFLICT (business_date, hotline) DO UPDATE SET
        seen = report_line_days.seen + excluded.seen, live = report_line_days.live + excluded.live, after_hours =
        report_line_days.after_hours + excluded.after_hours, outage = report_line_days.outage + excluded.outage, test
        = report_line_days.test + excluded.test, met = report_line_days.met + excluded.met, late =
        report_line_days.late + excluded.late, short = report_line_days.short + excluded.short, abandoned =
        report_line_days.abandoned + excluded.abandoned, not_offered = report_line_days.not_offered +
        excluded.not_offered, machine_only = report_line_days.machine_only + excluded.machine_only, unmeasured =
        report_line_days.unmeasured + excluded.unmeasured, gone_in_time = report_line_days.gone_in_time +
        excluded.gone_in_time, answer_ms = report_line_days.answer_ms + excluded.answer_ms, answer_n =
        report_line_days.answer_n + excluded.answer_n, rings_sum = report_line_days.rings_sum + excluded.rings_sum,
        rings_n = report_line_days.rings_n + excluded.rings_n, wait_ms = report_line_days.wait_ms + excluded.wait_ms,
        wait_n = report_line_days.wait_n + excluded.wait_n, gone_ms = report_line_days.gone_ms + excluded.gone_ms,
        gone_n = report_line_days.gone_n + excluded.gone_n, r1 = report_line_days.r1 + excluded.r1, r2 =
        report_line_days.r2 + excluded.r2, r3 = report_line_days.r3 + excluded.r3, r4 = report_line_days.r4 +
        excluded.r4, r5 = report_line_days.r5 + excluded.r5, r6 = report_line_days.r6 + excluded.r6, hung_caller =
        report_line_days.hung_caller + excluded.hung_caller, hung_us = report_line_days.hung_us + excluded.hung_us,
        hung_unknown = report_line_days.hung_unknown + excluded.hung_unknown, pickups = report_line_days.pickups +
        excluded.pickups, why_busy = report_line_days.why_busy + excluded.why_busy, why_away =
        report_line_days.why_away + excluded.why_away, why_unreachable = report_line_days.why_unreachable +
        excluded.why_unreachable, why_pbx = report_line_days.why_pbx + excluded.why_pbx, why_unknown =
        report_line_days.why_unknown + excluded.why_unknown, pbx_ms = report_line_days.pbx_ms + excluded.pbx_ms, pbx_n
        = report_line_days.pbx_n + excluded.pbx_n, pbx_late = report_line_days.pbx_late + excluded.pbx_late, talk_ms =
        report_line_days.talk_ms + excluded.talk_ms, talk_n = report_line_days.talk_n + excluded.talk_n, answer_max =
        CASE WHEN excluded.answer_max > report_line_days.answer_max THEN excluded.answer_max ELSE
        report_line_days.answer_max END, wait_max = CASE WHEN excluded.wait_max > report_line_days.wait_max THEN
        excluded.wait_max ELSE report_line_days.wait_max END";
    ADD_MONTHS = "INSERT INTO report_months (month, hotline, staff, seen, live, after_hours, outage, test, met, late, short,
        abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n, rings_sum, rings_n,
        wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us, hung_unknown, pickups,
        why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late, talk_ms, talk_n,
        answer_max, wait_max) SELECT substr(f.business_date, 1, 7) AS month, hotline, staff, sum(seen), sum(live),
        sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short), sum(abandoned), sum(not_offered),
        sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms), sum(answer_n), sum(rings_sum),
        sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1), sum(r2), sum(r3), sum(r4),
        sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups), sum(why_busy),
        sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n), sum(pbx_late),
        sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max) FROM call_facts f WHERE f.id IN (SELECT w.call_id
        FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3 ON CONFLICT (month, hotline, staff) DO UPDATE SET seen =
        report_months.seen + excluded.seen, live = report_months.live + excluded.live, after_hours =
        report_months.after_hours + excluded.after_hours, outage = report_months.outage + excluded.outage, test =
        report_months.test + excluded.test, met = report_months.met + excluded.met, late = report_months.late +
        excluded.late, short = report_months.short + excluded.short, abandoned = report_months.abandoned +
        excluded.abandoned, not_offered = report_months.not_offered + excluded.not_offered, machine_only =
        report_months.machine_only + excluded.machine_only, unmeasured = report_months.unmeasured +
        excluded.unmeasured, gone_in_time = report_months.gone_in_time + excluded.gone_in_time, answer_ms =
        report_months.answer_ms + excluded.answer_ms, answer_n = report_months.answer_n + excluded.answer_n, rings_sum
        = report_months.rings_sum + excluded.rings_sum, rings_n = report_months.rings_n + excluded.rings_n, wait_ms =
        report_months.wait_ms + excluded.wait_ms, wait_n = report_months.wait_n + excluded.wait_n, gone_ms =
        report_months.gone_ms + excluded.gone_ms, gone_n = report_months.gone_n + excluded.gone_n, r1 =
        report_months.r1 + excluded.r1, r2 = report_months.r2 + excluded.r2, r3 = report_months.r3 + excluded.r3, r4 =
        report_months.r4 + excluded.r4, r5 = report_months.r5 + excluded.r5, r6 = report_months.r6 + excluded.r6,
        hung_caller = report_months.hung_caller + excluded.hung_caller, hung_us = report_months.hung_us +
        excluded.hung_us, hung_unknown = report_months.hung_unknown + excluded.hung_unknown, pickups =
        report_months.pickups + excluded.pickups, why_busy = report_months.why_busy + excluded.why_busy, why_away =
        report_months.why_away + excluded.why_away, why_unreachable = report_months.why_unreachable +
        excluded.why_unreachable, why_pbx = report_months.why_pbx + excluded.why_pbx, why_unknown =
        report_months.why_unknown + excluded.why_unknown, pbx_ms = report_months.pbx_ms + excluded.pbx_ms, pbx_n =
        report_months.pbx_n + excluded.pbx_n, pbx_late = report_months.pbx_late + excluded.pbx_late, talk_ms =
        report_months.talk_ms + excluded.talk_ms, talk_n = report_months.talk_n + excluded.talk_n, answer_max = CASE
        WHEN excluded.answer_max > report_months.answer_max THEN excluded.answer_max ELSE report_months.answer_max
        END, wait_max = CASE WHEN excluded.wait_max > report_months.wait_max THEN excluded.wait_max ELSE
        report_months.wait_max END";
    ADD_MONTH_LINES = "INSERT INTO report_month_lines (month, weekday, local_hour, hotline, seen, live, after_hours, outage, test,
        met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n,
        rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us,
        hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late,
        talk_ms, talk_n, answer_max, wait_max) SELECT substr(f.business_date, 1, 7) AS month, weekday, local_hour,
        hotline, sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short),
        sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms),
        sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1),
        sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups),
        sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n),
        sum(pbx_late), sum(talk_ms), sum(talk_n), max(answer_max), max(wait_max) FROM call_facts f WHERE f.id IN
        (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4 ON CONFLICT (month, weekday,
        local_hour, hotline) DO UPDATE SET seen = report_month_lines.seen + excluded.seen, live =
        report_month_lines.live + excluded.live, after_hours = report_month_lines.after_hours + excluded.after_hours,
        outage = report_month_lines.outage + excluded.outage, test = report_month_lines.test + excluded.test, met =
        report_month_lines.met + excluded.met, late = report_month_lines.late + excluded.late, short =
        report_month_lines.short + excluded.short, abandoned = report_month_lines.abandoned + excluded.abandoned,
        not_offered = report_month_lines.not_offered + excluded.not_offered, machine_only =
        report_month_lines.machine_only + excluded.machine_only, unmeasured = report_month_lines.unmeasured +
        excluded.unmeasured, gone_in_time = report_month_lines.gone_in_time + excluded.gone_in_time, answer_ms =
        report_month_lines.answer_ms + excluded.answer_ms, answer_n = report_month_lines.answer_n + excluded.answer_n,
        rings_sum = report_month_lines.rings_sum + excluded.rings_sum, rings_n = report_month_lines.rings_n +
        excluded.rings_n, wait_ms = report_month_lines.wait_ms + excluded.wait_ms, wait_n = report_month_lines.wait_n
        + excluded.wait_n, gone_ms = report_month_lines.gone_ms + excluded.gone_ms, gone_n = report_month_lines.gone_n
        + excluded.gone_n, r1 = report_month_lines.r1 + excluded.r1, r2 = report_month_lines.r2 + excluded.r2, r3 =
        report_month_lines.r3 + excluded.r3, r4 = report_month_lines.r4 + excluded.r4, r5 = report_month_lines.r5 +
        excluded.r5, r6 = report_month_lines.r6 + excluded.r6, hung_caller = report_month_lines.hung_caller +
        excluded.hung_caller, hung_us = report_month_lines.hung_us + excluded.hung_us, hung_unknown =
        report_month_lines.hung_unknown + excluded.hung_unknown, pickups = report_month_lines.pickups +
        excluded.pickups, why_busy = report_month_lines.why_busy + excluded.why_busy, why_away =
        report_month_lines.why_away + excluded.why_away, why_unreachable = report_month_lines.why_unreachable +
        excluded.why_unreachable, why_pbx = report_month_lines.why_pbx + excluded.why_pbx, why_unknown =
        report_month_lines.why_unknown + excluded.why_unknown, pbx_ms = report_month_lines.pbx_ms + excluded.pbx_ms,
        pbx_n = report_month_lines.pbx_n + excluded.pbx_n, pbx_late = report_month_lines.pbx_late + excluded.pbx_late,
        talk_ms = report_month_lines.talk_ms + excluded.talk_ms, talk_n = report_month_lines.talk_n + excluded.talk_n,
        answer_max = CASE WHEN excluded.answer_max > report_month_lines.answer_max THEN excluded.answer_max ELSE
        report_month_lines.answer_max END, wait_max = CASE WHEN excluded.wait_max > report_month_lines.wait_max THEN
        excluded.wait_max ELSE report_month_lines.wait_max END";
    ADD_PERSON_WAITS = "INSERT INTO report_person_waits (staff, business_date, hotline, clock, tenths, n) SELECT f.staff,
        f.business_date, f.hotline, 'operator', f.answer_ms / 100, count(*) AS n FROM call_facts f WHERE f.answer_n =
        1 AND f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5 UNION ALL SELECT
        f.staff, f.business_date, f.hotline, 'caller', f.wait_ms / 100, count(*) AS n FROM call_facts f WHERE f.wait_n
        = 1 AND f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5 ON CONFLICT
        (staff, business_date, hotline, clock, tenths) DO UPDATE SET n = report_person_waits.n + excluded.n";
    ADD_WAITS = "INSERT INTO report_waits (business_date, hotline, clock, tenths, n) SELECT f.business_date, f.hotline,
        'operator', f.answer_ms / 100, count(*) AS n FROM call_facts f WHERE f.answer_n = 1 AND f.id IN (SELECT
        w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4 UNION ALL SELECT f.business_date,
        f.hotline, 'caller', f.wait_ms / 100, count(*) AS n FROM call_facts f WHERE f.wait_n = 1 AND f.id IN (SELECT
        w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4 ON CONFLICT (business_date, hotline, clock,
        tenths) DO UPDATE SET n = report_waits.n + excluded.n";
    ADD_MONTH_WAITS = "INSERT INTO report_month_waits (clock, tenths, month, hotline, n) SELECT 'operator', f.answer_ms / 100,
        substr(f.business_date, 1, 7), f.hotline, count(*) AS n FROM call_facts f WHERE f.answer_n = 1 AND f.id IN
        (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4 UNION ALL SELECT 'caller',
        f.wait_ms / 100, substr(f.business_date, 1, 7), f.hotline, count(*) AS n FROM call_facts f WHERE f.wait_n = 1
        AND f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4 ON CONFLICT (clock,
        tenths, month, hotline) DO UPDATE SET n = report_month_waits.n + excluded.n";
    ADD_MONTH_PERSON_WAITS = "INSERT INTO report_month_person_waits (staff, clock, tenths, month, hotline, n) SELECT f.staff, 'operator',
        f.answer_ms / 100, substr(f.business_date, 1, 7), f.hotline, count(*) AS n FROM call_facts f WHERE f.answer_n
        = 1 AND f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5 UNION ALL SELECT
        f.staff, 'caller', f.wait_ms / 100, substr(f.business_date, 1, 7), f.hotline, count(*) AS n FROM call_facts f
        WHERE f.wait_n = 1 AND f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1) GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (staff, clock, tenths, month, hotline) DO UPDATE SET n = report_month_person_waits.n + excluded.n";
    /// `$1` is what the zone's offset is more than whole hours, in milliseconds.
    ADD_HALVES = "INSERT INTO report_halves (business_date, weekday, half, hotline, arrivals, talk_ms, talk_n, gone, waited_ms)
        SELECT f.business_date, f.weekday,
            f.local_hour * 2 + CASE WHEN (c.offered_at + $1) % 3600000 >= 1800000 THEN 1 ELSE 0 END AS half, f.hotline,
            count(*), sum(f.talk_ms), sum(f.talk_n), sum(f.gone_n), sum(f.gone_ms + f.wait_ms)
        FROM call_facts f JOIN calls c ON c.id = f.id
        WHERE c.excluded IS NULL AND f.id IN (SELECT w.call_id FROM report_new w WHERE w.taken = 1)
        GROUP BY f.business_date, f.weekday, half, f.hotline
        ON CONFLICT (business_date, half, hotline) DO UPDATE SET arrivals = report_halves.arrivals + excluded.arrivals,
            talk_ms = report_halves.talk_ms + excluded.talk_ms, talk_n = report_halves.talk_n + excluded.talk_n,
            gone = report_halves.gone + excluded.gone, waited_ms = report_halves.waited_ms + excluded.waited_ms";
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
    db.write(stamp, move |tx| {
        Box::pin(async move {
            take_turn(tx).await?;
            let taken = tx.q(TAKE).bind(until).bind(most).run().await?;
            if taken == 0 {
                return Ok(0);
            }
            for sql in [
                FOLD,
                ADD_HOURS,
                ADD_DAYS,
                ADD_LINES,
                ADD_LINE_DAYS,
                ADD_MONTHS,
                ADD_MONTH_LINES,
                ADD_PERSON_WAITS,
                ADD_WAITS,
                ADD_MONTH_WAITS,
                ADD_MONTH_PERSON_WAITS,
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
