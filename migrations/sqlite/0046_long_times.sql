-- Long times of reports in a few rows. The reason of a broken promise, read off the telephones that rang, stands once
-- in each line of a call, so that whoever sums it for five columns looks for it once.
DROP VIEW call_facts;
DROP VIEW call_reasons;
-- One line a call: what it adds to every figure but the reasons, and the reason. The only place where they are defined
-- for sums.
CREATE VIEW call_lines AS
SELECT c.id, c.business_date, date(c.business_date, 'weekday 0', '-6 days') AS week, (CAST(strftime('%w', c.business_date) AS INTEGER) + 6) % 7 + 1 AS weekday, c.local_hour,
       coalesce(c.hotline_number, '') AS hotline, coalesce(c.answered_staff, 0) AS staff,
       1 AS seen,
       CASE WHEN c.excluded IS NULL AND c.state <> 'ended' THEN 1 ELSE 0 END AS live,
       CASE WHEN c.excluded = 'after_hours' THEN 1 ELSE 0 END AS after_hours,
       CASE WHEN c.excluded = 'outage' THEN 1 ELSE 0 END AS outage,
       CASE WHEN c.excluded = 'test' THEN 1 ELSE 0 END AS test,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'met' THEN 1 ELSE 0 END AS met,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'late' THEN 1 ELSE 0 END AS late,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'abandoned_short' THEN 1 ELSE 0 END AS short,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'abandoned' THEN 1 ELSE 0 END AS abandoned,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'not_offered' THEN 1 ELSE 0 END AS not_offered,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'machine_only' THEN 1 ELSE 0 END AS machine_only,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'unmeasured' THEN 1 ELSE 0 END AS unmeasured,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('abandoned', 'not_offered', 'machine_only') AND c.ended_at - coalesce(c.rang_at, c.offered_at) < c.target_ms THEN 1 ELSE 0 END AS gone_in_time,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL THEN c.answer_ms ELSE 0 END AS answer_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL THEN 1 ELSE 0 END AS answer_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings IS NOT NULL THEN c.answer_rings ELSE 0 END AS rings_sum,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings IS NOT NULL THEN 1 ELSE 0 END AS rings_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL THEN c.caller_wait_ms ELSE 0 END AS wait_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL THEN 1 ELSE 0 END AS wait_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('abandoned_short', 'abandoned') AND c.caller_wait_ms IS NOT NULL THEN c.caller_wait_ms ELSE 0 END AS gone_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('abandoned_short', 'abandoned') AND c.caller_wait_ms IS NOT NULL THEN 1 ELSE 0 END AS gone_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings <= 1 THEN 1 ELSE 0 END AS r1,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 2 THEN 1 ELSE 0 END AS r2,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 3 THEN 1 ELSE 0 END AS r3,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 4 THEN 1 ELSE 0 END AS r4,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 5 THEN 1 ELSE 0 END AS r5,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings >= 6 THEN 1 ELSE 0 END AS r6,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'caller' THEN 1 ELSE 0 END AS hung_caller,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'us' THEN 1 ELSE 0 END AS hung_us,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'unknown' THEN 1 ELSE 0 END AS hung_unknown,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND (
                 EXISTS (SELECT 1 FROM call_transfers t WHERE t.call_id = c.id AND t.kind = 'pickup' AND t.to_extension = c.answered_extension)
                 OR (EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.kind = 'extension' AND l.extension = c.answered_extension AND l.answered_at IS NOT NULL)
                     AND NOT EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.kind = 'position' AND l.extension = c.answered_extension)))
            THEN 1 ELSE 0 END AS pickups,
       CASE WHEN NOT (c.excluded IS NULL AND c.outcome IN ('late', 'abandoned', 'not_offered')) OR c.outcome IS NULL THEN NULL
            WHEN EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.ending = 'unreachable')
                 AND NOT EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.kind IN ('position', 'extension') AND l.rang_at IS NOT NULL) THEN 'unreachable'
            WHEN EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.ending IN ('busy', 'declined'))
                 OR EXISTS (SELECT 1 FROM calls o WHERE o.answered_staff = c.answered_staff AND o.offered_at < c.offered_at
                            AND o.offered_at >= c.offered_at - 7200000 AND o.answered_at <= c.rang_at AND o.ended_at > c.rang_at AND o.end_seen = 1) THEN 'busy'
            WHEN c.rang_at - c.offered_at >= 2000 THEN 'pbx'
            WHEN c.rang_at IS NOT NULL THEN 'away'
            ELSE 'unknown' END AS why,
       CASE WHEN c.excluded IS NULL AND c.rang_at IS NOT NULL THEN c.rang_at - c.offered_at ELSE 0 END AS pbx_ms,
       CASE WHEN c.excluded IS NULL AND c.rang_at IS NOT NULL THEN 1 ELSE 0 END AS pbx_n,
       CASE WHEN c.excluded IS NULL AND c.rang_at - c.offered_at >= 2000 THEN 1 ELSE 0 END AS pbx_late,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen = 1 AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL THEN c.ended_at - c.answered_at ELSE 0 END AS talk_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen = 1 AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL THEN 1 ELSE 0 END AS talk_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL THEN c.answer_ms ELSE 0 END AS answer_max,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL THEN c.caller_wait_ms ELSE 0 END AS wait_max,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only') AND c.evidence = 'position_180' THEN 1 ELSE 0 END AS counted_position,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only') AND c.evidence = 'dialog' THEN 1 ELSE 0 END AS counted_dialog,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only') AND c.evidence = 'trunk_180' THEN 1 ELSE 0 END AS counted_trunk,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only') AND c.evidence = 'member' THEN 1 ELSE 0 END AS counted_member,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only') AND c.evidence = 'none' THEN 1 ELSE 0 END AS counted_none,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL AND c.evidence = 'position_180' THEN 1 ELSE 0 END AS measured_position,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL AND c.evidence = 'dialog' THEN 1 ELSE 0 END AS measured_dialog,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL AND c.evidence = 'trunk_180' THEN 1 ELSE 0 END AS measured_trunk,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL AND c.evidence = 'member' THEN 1 ELSE 0 END AS measured_member,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL AND c.evidence = 'none' THEN 1 ELSE 0 END AS measured_none
FROM calls c;
-- Why a promise was not kept, and whether a colleague fetched the call, for the log.
CREATE VIEW call_reasons AS
SELECT l.id AS call_id, l.why, l.pickups AS picked FROM call_lines l;
-- The same with a column for each reason.
CREATE VIEW call_facts AS
SELECT l.*,
       CASE WHEN l.why = 'busy' THEN 1 ELSE 0 END AS why_busy,
       CASE WHEN l.why = 'away' THEN 1 ELSE 0 END AS why_away,
       CASE WHEN l.why = 'unreachable' THEN 1 ELSE 0 END AS why_unreachable,
       CASE WHEN l.why = 'pbx' THEN 1 ELSE 0 END AS why_pbx,
       CASE WHEN l.why = 'unknown' THEN 1 ELSE 0 END AS why_unknown
FROM call_lines l;
-- The hours of a month's weekdays, by line and person: long times of one person.
CREATE TABLE report_month_person_lines (
    staff      INTEGER NOT NULL,
    month      TEXT NOT NULL,
    weekday    INTEGER NOT NULL,
    local_hour INTEGER NOT NULL,
    hotline    TEXT NOT NULL,
    seen INTEGER NOT NULL,
    live INTEGER NOT NULL,
    after_hours INTEGER NOT NULL,
    outage INTEGER NOT NULL,
    test INTEGER NOT NULL,
    met INTEGER NOT NULL,
    late INTEGER NOT NULL,
    short INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    not_offered INTEGER NOT NULL,
    machine_only INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    gone_in_time INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    answer_n INTEGER NOT NULL,
    rings_sum INTEGER NOT NULL,
    rings_n INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    wait_n INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL,
    gone_n INTEGER NOT NULL,
    r1 INTEGER NOT NULL,
    r2 INTEGER NOT NULL,
    r3 INTEGER NOT NULL,
    r4 INTEGER NOT NULL,
    r5 INTEGER NOT NULL,
    r6 INTEGER NOT NULL,
    hung_caller INTEGER NOT NULL,
    hung_us INTEGER NOT NULL,
    hung_unknown INTEGER NOT NULL,
    pickups INTEGER NOT NULL,
    why_busy INTEGER NOT NULL,
    why_away INTEGER NOT NULL,
    why_unreachable INTEGER NOT NULL,
    why_pbx INTEGER NOT NULL,
    why_unknown INTEGER NOT NULL,
    pbx_ms INTEGER NOT NULL,
    pbx_n INTEGER NOT NULL,
    pbx_late INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    talk_n INTEGER NOT NULL,
    counted_position INTEGER NOT NULL,
    counted_dialog INTEGER NOT NULL,
    counted_trunk INTEGER NOT NULL,
    counted_member INTEGER NOT NULL,
    counted_none INTEGER NOT NULL,
    measured_position INTEGER NOT NULL,
    measured_dialog INTEGER NOT NULL,
    measured_trunk INTEGER NOT NULL,
    measured_member INTEGER NOT NULL,
    measured_none INTEGER NOT NULL,
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (staff, month, weekday, local_hour, hotline)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_month_person_lines_month ON report_month_person_lines (month, weekday);
INSERT INTO report_month_person_lines (staff, month, weekday, local_hour, hotline, seen, live, after_hours, outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us, hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late, talk_ms, talk_n, counted_position, counted_dialog, counted_trunk, counted_member, counted_none, measured_position, measured_dialog, measured_trunk, measured_member, measured_none, answer_max, wait_max)
SELECT staff, substr(business_date, 1, 7), weekday, local_hour, hotline, sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short), sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms), sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1), sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups), sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n), sum(pbx_late), sum(talk_ms), sum(talk_n), sum(counted_position), sum(counted_dialog), sum(counted_trunk), sum(counted_member), sum(counted_none), sum(measured_position), sum(measured_dialog), sum(measured_trunk), sum(measured_member), sum(measured_none), max(answer_max), max(wait_max)
FROM report_hours GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5;
-- The hours of a month, by line and person: long times of all persons.
CREATE TABLE report_month_hours (
    month      TEXT NOT NULL,
    staff      INTEGER NOT NULL,
    local_hour INTEGER NOT NULL,
    hotline    TEXT NOT NULL,
    seen INTEGER NOT NULL,
    live INTEGER NOT NULL,
    after_hours INTEGER NOT NULL,
    outage INTEGER NOT NULL,
    test INTEGER NOT NULL,
    met INTEGER NOT NULL,
    late INTEGER NOT NULL,
    short INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    not_offered INTEGER NOT NULL,
    machine_only INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    gone_in_time INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    answer_n INTEGER NOT NULL,
    rings_sum INTEGER NOT NULL,
    rings_n INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    wait_n INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL,
    gone_n INTEGER NOT NULL,
    r1 INTEGER NOT NULL,
    r2 INTEGER NOT NULL,
    r3 INTEGER NOT NULL,
    r4 INTEGER NOT NULL,
    r5 INTEGER NOT NULL,
    r6 INTEGER NOT NULL,
    hung_caller INTEGER NOT NULL,
    hung_us INTEGER NOT NULL,
    hung_unknown INTEGER NOT NULL,
    pickups INTEGER NOT NULL,
    why_busy INTEGER NOT NULL,
    why_away INTEGER NOT NULL,
    why_unreachable INTEGER NOT NULL,
    why_pbx INTEGER NOT NULL,
    why_unknown INTEGER NOT NULL,
    pbx_ms INTEGER NOT NULL,
    pbx_n INTEGER NOT NULL,
    pbx_late INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    talk_n INTEGER NOT NULL,
    counted_position INTEGER NOT NULL,
    counted_dialog INTEGER NOT NULL,
    counted_trunk INTEGER NOT NULL,
    counted_member INTEGER NOT NULL,
    counted_none INTEGER NOT NULL,
    measured_position INTEGER NOT NULL,
    measured_dialog INTEGER NOT NULL,
    measured_trunk INTEGER NOT NULL,
    measured_member INTEGER NOT NULL,
    measured_none INTEGER NOT NULL,
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (month, staff, local_hour, hotline)
) STRICT, WITHOUT ROWID;
INSERT INTO report_month_hours (month, staff, local_hour, hotline, seen, live, after_hours, outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us, hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late, talk_ms, talk_n, counted_position, counted_dialog, counted_trunk, counted_member, counted_none, measured_position, measured_dialog, measured_trunk, measured_member, measured_none, answer_max, wait_max)
SELECT month, staff, local_hour, hotline, sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short), sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms), sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1), sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups), sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n), sum(pbx_late), sum(talk_ms), sum(talk_n), sum(counted_position), sum(counted_dialog), sum(counted_trunk), sum(counted_member), sum(counted_none), sum(measured_position), sum(measured_dialog), sum(measured_trunk), sum(measured_member), sum(measured_none), max(answer_max), max(wait_max)
FROM report_month_person_lines GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
-- The weekdays of a month, by line and person.
CREATE TABLE report_month_weekdays (
    month      TEXT NOT NULL,
    staff      INTEGER NOT NULL,
    weekday    INTEGER NOT NULL,
    hotline    TEXT NOT NULL,
    seen INTEGER NOT NULL,
    live INTEGER NOT NULL,
    after_hours INTEGER NOT NULL,
    outage INTEGER NOT NULL,
    test INTEGER NOT NULL,
    met INTEGER NOT NULL,
    late INTEGER NOT NULL,
    short INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    not_offered INTEGER NOT NULL,
    machine_only INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    gone_in_time INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    answer_n INTEGER NOT NULL,
    rings_sum INTEGER NOT NULL,
    rings_n INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    wait_n INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL,
    gone_n INTEGER NOT NULL,
    r1 INTEGER NOT NULL,
    r2 INTEGER NOT NULL,
    r3 INTEGER NOT NULL,
    r4 INTEGER NOT NULL,
    r5 INTEGER NOT NULL,
    r6 INTEGER NOT NULL,
    hung_caller INTEGER NOT NULL,
    hung_us INTEGER NOT NULL,
    hung_unknown INTEGER NOT NULL,
    pickups INTEGER NOT NULL,
    why_busy INTEGER NOT NULL,
    why_away INTEGER NOT NULL,
    why_unreachable INTEGER NOT NULL,
    why_pbx INTEGER NOT NULL,
    why_unknown INTEGER NOT NULL,
    pbx_ms INTEGER NOT NULL,
    pbx_n INTEGER NOT NULL,
    pbx_late INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    talk_n INTEGER NOT NULL,
    counted_position INTEGER NOT NULL,
    counted_dialog INTEGER NOT NULL,
    counted_trunk INTEGER NOT NULL,
    counted_member INTEGER NOT NULL,
    counted_none INTEGER NOT NULL,
    measured_position INTEGER NOT NULL,
    measured_dialog INTEGER NOT NULL,
    measured_trunk INTEGER NOT NULL,
    measured_member INTEGER NOT NULL,
    measured_none INTEGER NOT NULL,
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (month, staff, weekday, hotline)
) STRICT, WITHOUT ROWID;
INSERT INTO report_month_weekdays (month, staff, weekday, hotline, seen, live, after_hours, outage, test, met, late, short, abandoned, not_offered, machine_only, unmeasured, gone_in_time, answer_ms, answer_n, rings_sum, rings_n, wait_ms, wait_n, gone_ms, gone_n, r1, r2, r3, r4, r5, r6, hung_caller, hung_us, hung_unknown, pickups, why_busy, why_away, why_unreachable, why_pbx, why_unknown, pbx_ms, pbx_n, pbx_late, talk_ms, talk_n, counted_position, counted_dialog, counted_trunk, counted_member, counted_none, measured_position, measured_dialog, measured_trunk, measured_member, measured_none, answer_max, wait_max)
SELECT month, staff, weekday, hotline, sum(seen), sum(live), sum(after_hours), sum(outage), sum(test), sum(met), sum(late), sum(short), sum(abandoned), sum(not_offered), sum(machine_only), sum(unmeasured), sum(gone_in_time), sum(answer_ms), sum(answer_n), sum(rings_sum), sum(rings_n), sum(wait_ms), sum(wait_n), sum(gone_ms), sum(gone_n), sum(r1), sum(r2), sum(r3), sum(r4), sum(r5), sum(r6), sum(hung_caller), sum(hung_us), sum(hung_unknown), sum(pickups), sum(why_busy), sum(why_away), sum(why_unreachable), sum(why_pbx), sum(why_unknown), sum(pbx_ms), sum(pbx_n), sum(pbx_late), sum(talk_ms), sum(talk_n), sum(counted_position), sum(counted_dialog), sum(counted_trunk), sum(counted_member), sum(counted_none), sum(measured_position), sum(measured_dialog), sum(measured_trunk), sum(measured_member), sum(measured_none), max(answer_max), max(wait_max)
FROM report_month_person_lines GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
-- How long answered calls waited: a row is a second, its columns the tenths of it, on the operator's clock (o, from
-- the first ring) and on the caller's (c, from the first sight of the call).
CREATE TABLE report_seconds (
    business_date TEXT NOT NULL,
    hotline TEXT NOT NULL,
    second INTEGER NOT NULL,
    o0 INTEGER NOT NULL,
    o1 INTEGER NOT NULL,
    o2 INTEGER NOT NULL,
    o3 INTEGER NOT NULL,
    o4 INTEGER NOT NULL,
    o5 INTEGER NOT NULL,
    o6 INTEGER NOT NULL,
    o7 INTEGER NOT NULL,
    o8 INTEGER NOT NULL,
    o9 INTEGER NOT NULL,
    c0 INTEGER NOT NULL,
    c1 INTEGER NOT NULL,
    c2 INTEGER NOT NULL,
    c3 INTEGER NOT NULL,
    c4 INTEGER NOT NULL,
    c5 INTEGER NOT NULL,
    c6 INTEGER NOT NULL,
    c7 INTEGER NOT NULL,
    c8 INTEGER NOT NULL,
    c9 INTEGER NOT NULL,
    PRIMARY KEY (business_date, hotline, second)
) STRICT, WITHOUT ROWID;
INSERT INTO report_seconds (business_date, hotline, second, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9)
SELECT w.business_date, w.hotline, w.tenths / 10, sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END)
FROM report_waits w GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
DROP TABLE report_waits;
-- The same of one person.
CREATE TABLE report_person_seconds (
    staff INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    hotline TEXT NOT NULL,
    second INTEGER NOT NULL,
    o0 INTEGER NOT NULL,
    o1 INTEGER NOT NULL,
    o2 INTEGER NOT NULL,
    o3 INTEGER NOT NULL,
    o4 INTEGER NOT NULL,
    o5 INTEGER NOT NULL,
    o6 INTEGER NOT NULL,
    o7 INTEGER NOT NULL,
    o8 INTEGER NOT NULL,
    o9 INTEGER NOT NULL,
    c0 INTEGER NOT NULL,
    c1 INTEGER NOT NULL,
    c2 INTEGER NOT NULL,
    c3 INTEGER NOT NULL,
    c4 INTEGER NOT NULL,
    c5 INTEGER NOT NULL,
    c6 INTEGER NOT NULL,
    c7 INTEGER NOT NULL,
    c8 INTEGER NOT NULL,
    c9 INTEGER NOT NULL,
    PRIMARY KEY (staff, business_date, hotline, second)
) STRICT, WITHOUT ROWID;
INSERT INTO report_person_seconds (staff, business_date, hotline, second, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9)
SELECT w.staff, w.business_date, w.hotline, w.tenths / 10, sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END)
FROM report_person_waits w GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
DROP TABLE report_person_waits;
CREATE INDEX report_person_seconds_date ON report_person_seconds (business_date);
-- Of months, in the order in which they are read.
CREATE TABLE report_month_seconds (
    month TEXT NOT NULL,
    hotline TEXT NOT NULL,
    second INTEGER NOT NULL,
    o0 INTEGER NOT NULL,
    o1 INTEGER NOT NULL,
    o2 INTEGER NOT NULL,
    o3 INTEGER NOT NULL,
    o4 INTEGER NOT NULL,
    o5 INTEGER NOT NULL,
    o6 INTEGER NOT NULL,
    o7 INTEGER NOT NULL,
    o8 INTEGER NOT NULL,
    o9 INTEGER NOT NULL,
    c0 INTEGER NOT NULL,
    c1 INTEGER NOT NULL,
    c2 INTEGER NOT NULL,
    c3 INTEGER NOT NULL,
    c4 INTEGER NOT NULL,
    c5 INTEGER NOT NULL,
    c6 INTEGER NOT NULL,
    c7 INTEGER NOT NULL,
    c8 INTEGER NOT NULL,
    c9 INTEGER NOT NULL,
    PRIMARY KEY (second, month, hotline)
) STRICT, WITHOUT ROWID;
INSERT INTO report_month_seconds (month, hotline, second, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9)
SELECT w.month, w.hotline, w.tenths / 10, sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END)
FROM report_month_waits w GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
DROP TABLE report_month_waits;
-- The same of one person.
CREATE TABLE report_month_person_seconds (
    staff INTEGER NOT NULL,
    month TEXT NOT NULL,
    hotline TEXT NOT NULL,
    second INTEGER NOT NULL,
    o0 INTEGER NOT NULL,
    o1 INTEGER NOT NULL,
    o2 INTEGER NOT NULL,
    o3 INTEGER NOT NULL,
    o4 INTEGER NOT NULL,
    o5 INTEGER NOT NULL,
    o6 INTEGER NOT NULL,
    o7 INTEGER NOT NULL,
    o8 INTEGER NOT NULL,
    o9 INTEGER NOT NULL,
    c0 INTEGER NOT NULL,
    c1 INTEGER NOT NULL,
    c2 INTEGER NOT NULL,
    c3 INTEGER NOT NULL,
    c4 INTEGER NOT NULL,
    c5 INTEGER NOT NULL,
    c6 INTEGER NOT NULL,
    c7 INTEGER NOT NULL,
    c8 INTEGER NOT NULL,
    c9 INTEGER NOT NULL,
    PRIMARY KEY (staff, second, month, hotline)
) STRICT, WITHOUT ROWID;
INSERT INTO report_month_person_seconds (staff, month, hotline, second, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9)
SELECT w.staff, w.month, w.hotline, w.tenths / 10, sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'operator' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 0 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 1 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 2 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 3 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 4 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 5 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 6 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 7 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 8 THEN w.n ELSE 0 END), sum(CASE WHEN w.clock = 'caller' AND w.tenths % 10 = 9 THEN w.n ELSE 0 END)
FROM report_month_person_waits w GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
DROP TABLE report_month_person_waits;
