-- What the figures rest on: of the calls that count, and of those whose time to the answer is known, how many
-- were timed by which evidence.
ALTER TABLE report_hours ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_hours ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN counted_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN counted_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN counted_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN counted_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN counted_none INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN measured_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN measured_dialog INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN measured_trunk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN measured_member INTEGER NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN measured_none INTEGER NOT NULL DEFAULT 0;
DROP VIEW call_facts;
-- One line a call: what it adds to every figure. The only place where a figure is defined for sums.
CREATE VIEW call_facts AS
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
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND w.picked = 1 THEN 1 ELSE 0 END AS pickups,
       CASE WHEN w.why = 'busy' THEN 1 ELSE 0 END AS why_busy,
       CASE WHEN w.why = 'away' THEN 1 ELSE 0 END AS why_away,
       CASE WHEN w.why = 'unreachable' THEN 1 ELSE 0 END AS why_unreachable,
       CASE WHEN w.why = 'pbx' THEN 1 ELSE 0 END AS why_pbx,
       CASE WHEN w.why = 'unknown' THEN 1 ELSE 0 END AS why_unknown,
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
FROM calls c JOIN call_reasons w ON w.call_id = c.id;
-- Evidence that is learnt later marks the day too.
DROP TRIGGER report_marks_again;
CREATE TRIGGER report_marks_again AFTER UPDATE OF business_date, local_hour, hotline_number, answered_staff, answered_extension, state, outcome, excluded, offered_at, rang_at, answered_at, ended_at, answer_rings, answer_ms, caller_wait_ms, ended_by, end_seen, target_ms, evidence ON calls
WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = NEW.id) BEGIN
    INSERT INTO report_marks (business_date) SELECT NEW.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = NEW.business_date);
    INSERT INTO report_marks (business_date) SELECT OLD.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = OLD.business_date);
END;
-- All days are read call by call until they are summed anew.
INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
