-- What the figures rest on: of the calls that count, and of those whose time to the answer is known, how many
-- were timed by which evidence.
ALTER TABLE report_hours ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_days ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_lines ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_line_days ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_months ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_month_lines ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
ALTER TABLE report_taken ADD COLUMN counted_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN counted_none BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_position BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_dialog BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_trunk BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_member BIGINT NOT NULL DEFAULT 0, ADD COLUMN measured_none BIGINT NOT NULL DEFAULT 0;
DROP VIEW call_facts;
-- One line a call: what it adds to every figure. The only place where a figure is defined for sums.
CREATE VIEW call_facts AS
SELECT c.id, c.business_date, to_char(date_trunc('week', CAST(c.business_date AS date)), 'YYYY-MM-DD') AS week, CAST(extract(isodow FROM CAST(c.business_date AS date)) AS BIGINT) AS weekday, c.local_hour,
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
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL THEN c.ended_at - c.answered_at ELSE 0 END AS talk_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL THEN 1 ELSE 0 END AS talk_n,
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
DROP TRIGGER report_marks_again ON calls;
CREATE TRIGGER report_marks_again AFTER UPDATE ON calls FOR EACH ROW
    WHEN ((NEW.business_date, NEW.local_hour, NEW.hotline_number, NEW.answered_staff, NEW.answered_extension, NEW.state, NEW.outcome, NEW.excluded, NEW.offered_at, NEW.rang_at, NEW.answered_at, NEW.ended_at, NEW.answer_rings, NEW.answer_ms, NEW.caller_wait_ms, NEW.ended_by, NEW.end_seen, NEW.target_ms, NEW.evidence) IS DISTINCT FROM (OLD.business_date, OLD.local_hour, OLD.hotline_number, OLD.answered_staff, OLD.answered_extension, OLD.state, OLD.outcome, OLD.excluded, OLD.offered_at, OLD.rang_at, OLD.answered_at, OLD.ended_at, OLD.answer_rings, OLD.answer_ms, OLD.caller_wait_ms, OLD.ended_by, OLD.end_seen, OLD.target_ms, OLD.evidence))
    EXECUTE FUNCTION report_mark_again();
-- All days are read call by call until they are summed anew.
INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
