//! Counting calls: past days from their sums, days that changed since call by call.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::period::{By, Period};
use super::super::tally::Tally;
use crate::db::{Db, Result, Sql, statements};
use crate::kernel::StaffId;

statements! {
    /// Days between two dates that are not summed, or no longer as they are.
    MARKED = "SELECT DISTINCT m.business_date FROM report_marks m WHERE m.business_date >= $1 AND m.business_date <= $2 ORDER BY m.business_date";
    /// Summed days but those of the JSON list `$6`, cut by `$1` and `$2`.
    DAYS = sqlite "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS a,
                    CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS b,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM report_days r
                WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
                    AND r.business_date NOT IN (SELECT value FROM json_each($6)) AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7)
                GROUP BY 1, 2",
        postgres "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS a,
                    CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS b,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM report_days r
                WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
                    AND r.business_date NOT IN (SELECT jsonb_array_elements_text($6)) AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7)
                GROUP BY 1, 2";
    /// The same with the hour and without the person.
    LINES = sqlite "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS a,
                    CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS b,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM report_lines r
                WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
                    AND r.business_date NOT IN (SELECT value FROM json_each($6))
                GROUP BY 1, 2",
        postgres "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS a,
                    CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS b,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM report_lines r
                WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
                    AND r.business_date NOT IN (SELECT jsonb_array_elements_text($6))
                GROUP BY 1, 2";
    /// The same with both.
    HOURS = sqlite "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS a,
                    CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS b,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM report_hours r
                WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
                    AND r.business_date NOT IN (SELECT value FROM json_each($6)) AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7)
                GROUP BY 1, 2",
        postgres "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS a,
                    CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7)
                    WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS b,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM report_hours r
                WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
                    AND r.business_date NOT IN (SELECT jsonb_array_elements_text($6)) AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7)
                GROUP BY 1, 2";
    /// The days of the JSON list `$1`, call by call.
    RAW = sqlite "SELECT r.business_date, r.week, r.weekday, r.local_hour, r.hotline, r.staff,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM call_facts r
                WHERE r.business_date IN (SELECT value FROM json_each($1)) AND (CAST($2 AS TEXT) IS NULL OR r.hotline = $2)
                    AND (CAST($3 AS BIGINT) IS NULL OR r.staff = $3)
                GROUP BY r.business_date, r.week, r.weekday, r.local_hour, r.hotline, r.staff",
        postgres "SELECT r.business_date, r.week, r.weekday, r.local_hour, r.hotline, r.staff,
                    CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage,
                    CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
                    CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
                    CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum,
                    CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms,
                    CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
                    CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
                    CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy,
                    CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
                    CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
                    CAST(sum(talk_n) AS BIGINT) AS talk_n,
                    CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max
                FROM call_facts r
                WHERE r.business_date IN (SELECT jsonb_array_elements_text($1)) AND (CAST($2 AS TEXT) IS NULL OR r.hotline = $2)
                    AND (CAST($3 AS BIGINT) IS NULL OR r.staff = $3)
                GROUP BY r.business_date, r.week, r.weekday, r.local_hour, r.hotline, r.staff";
}

/// Which calls a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// When they came.
    pub period: Period,
    /// On which hotline, by number; empty for calls of which it is not known; `None` for all.
    pub hotline: Option<String>,
    /// Who answered them; `None` for all.
    pub person: Option<StaffId>,
}

impl Scope {
    /// The same calls of another time.
    #[must_use]
    pub fn over(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }
}

/// The days of a time that must be read call by call, and those calls counted: read once, used for
/// every figure of a page.
#[derive(Debug, Clone, Default)]
pub struct Fresh {
    days: Vec<String>,
    rows: Vec<RawRow>,
}

impl Fresh {
    /// The days, as the statements take them.
    pub(super) fn days(&self) -> Json<&[String]> {
        Json(&self.days)
    }

    /// How many days.
    pub fn count(&self) -> usize {
        self.days.len()
    }
}

#[derive(Debug, Clone, FromRow)]
struct RawRow {
    business_date: String,
    week: String,
    weekday: i64,
    local_hour: i64,
    hotline: String,
    staff: i64,
    #[sqlx(flatten)]
    tally: Tally,
}

impl RawRow {
    fn key(&self, by: By) -> String {
        match by {
            By::Hour => self.local_hour.to_string(),
            By::Weekday => self.weekday.to_string(),
            By::Day => self.business_date.clone(),
            By::Week => self.week.clone(),
            By::Month => self.business_date.get(..7).unwrap_or_default().to_owned(),
            By::Person => self.staff.to_string(),
            By::Hotline => self.hotline.clone(),
            By::Nothing => String::new(),
        }
    }
}

/// Reads the days between two dates that are not summed, for these hotlines and persons.
pub async fn fresh(db: &Db, scope: &Scope, from: NaiveDate, to: NaiveDate) -> Result<Fresh> {
    let days: Vec<String> =
        db.read(MARKED).bind(from.to_string()).bind(to.to_string()).values().await?;
    if days.is_empty() {
        return Ok(Fresh::default());
    }
    let query = db.read(RAW).bind(Json(days.as_slice())).bind(scope.hotline.as_deref());
    let rows = query.bind(scope.person.map(|person| person.0)).all().await?;
    Ok(Fresh { days, rows })
}

/// Tallies by two keys.
pub type Tallies = BTreeMap<(String, String), Tally>;

#[derive(FromRow)]
struct SumRow {
    a: String,
    b: String,
    #[sqlx(flatten)]
    tally: Tally,
}

/// Counts the calls of a scope, cut in two ways; `fresh` must cover its days.
pub async fn tallies(db: &Db, scope: &Scope, fresh: &Fresh, by: [By; 2]) -> Result<Tallies> {
    let [a, b] = by;
    let (from, to) = (scope.period.from.to_string(), scope.period.to.to_string());
    let mut tallies = Tallies::new();
    // a time of fresh days alone needs no sums
    let all_fresh = i64::try_from(fresh.days.len()).is_ok_and(|days| days >= scope.period.days());
    if !all_fresh {
        let (table, persons) = table(by, scope);
        let query = db.read(table).bind(a.word()).bind(b.word()).bind(from.as_str());
        let query = query.bind(to.as_str()).bind(scope.hotline.as_deref()).bind(fresh.days());
        let query = if persons { query.bind(scope.person.map(|person| person.0)) } else { query };
        let rows: Vec<SumRow> = query.all().await?;
        tallies.extend(rows.into_iter().map(|row| ((row.a, row.b), row.tally)));
    }
    for row in &fresh.rows {
        if (from.as_str()..=to.as_str()).contains(&row.business_date.as_str()) {
            *tallies.entry((row.key(a), row.key(b))).or_default() += row.tally;
        }
    }
    Ok(tallies)
}

/// The smallest table that knows both cuts, and whether it knows persons.
fn table(by: [By; 2], scope: &Scope) -> (Sql, bool) {
    let hours = by.contains(&By::Hour);
    let persons = by.contains(&By::Person) || scope.person.is_some();
    match (hours, persons) {
        (true, true) => (HOURS, true),
        (true, false) => (LINES, false),
        (false, _) => (DAYS, true),
    }
}

/// All in one.
pub fn sum<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Tally {
    let mut all = Tally::default();
    for &one in tallies {
        all += one;
    }
    all
}

/// A tally with its key, as JSON lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Keyed {
    /// The hour, weekday, date, Monday, month, person or hotline.
    pub key: String,
    /// What was counted.
    pub tally: Tally,
}
