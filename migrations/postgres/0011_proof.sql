-- Proof: figures stay fast with millions of calls. New calls are added to the sums once they are over
-- (until then they stand in report_new and are read one by one); months are summed of days.
-- Everything here that is summed is derived from calls and can be thrown away: `switchboard rebuild`.

-- Calls that no sum holds yet.
CREATE TABLE report_new (
    call_id BIGINT PRIMARY KEY,
    taken   BIGINT NOT NULL DEFAULT 0 CHECK (taken IN (0, 1))
);
ALTER TABLE report_head ADD COLUMN folded BIGINT NOT NULL DEFAULT 0;

-- The days of a line, without hours and persons.
CREATE TABLE report_line_days (
    business_date TEXT NOT NULL,
    week          TEXT NOT NULL,
    weekday       BIGINT NOT NULL,
    hotline       TEXT NOT NULL,
    seen BIGINT NOT NULL,
    live BIGINT NOT NULL,
    after_hours BIGINT NOT NULL,
    outage BIGINT NOT NULL,
    test BIGINT NOT NULL,
    met BIGINT NOT NULL,
    late BIGINT NOT NULL,
    short BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    not_offered BIGINT NOT NULL,
    machine_only BIGINT NOT NULL,
    unmeasured BIGINT NOT NULL,
    gone_in_time BIGINT NOT NULL,
    answer_ms BIGINT NOT NULL,
    answer_n BIGINT NOT NULL,
    rings_sum BIGINT NOT NULL,
    rings_n BIGINT NOT NULL,
    wait_ms BIGINT NOT NULL,
    wait_n BIGINT NOT NULL,
    gone_ms BIGINT NOT NULL,
    gone_n BIGINT NOT NULL,
    r1 BIGINT NOT NULL,
    r2 BIGINT NOT NULL,
    r3 BIGINT NOT NULL,
    r4 BIGINT NOT NULL,
    r5 BIGINT NOT NULL,
    r6 BIGINT NOT NULL,
    hung_caller BIGINT NOT NULL,
    hung_us BIGINT NOT NULL,
    hung_unknown BIGINT NOT NULL,
    pickups BIGINT NOT NULL,
    why_busy BIGINT NOT NULL,
    why_away BIGINT NOT NULL,
    why_unreachable BIGINT NOT NULL,
    why_pbx BIGINT NOT NULL,
    why_unknown BIGINT NOT NULL,
    pbx_ms BIGINT NOT NULL,
    pbx_n BIGINT NOT NULL,
    pbx_late BIGINT NOT NULL,
    talk_ms BIGINT NOT NULL,
    talk_n BIGINT NOT NULL,
    answer_max BIGINT NOT NULL,
    wait_max BIGINT NOT NULL,
    PRIMARY KEY (business_date, hotline)
);
-- Months by line and person.
CREATE TABLE report_months (
    month   TEXT NOT NULL,
    hotline TEXT NOT NULL,
    staff   BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    live BIGINT NOT NULL,
    after_hours BIGINT NOT NULL,
    outage BIGINT NOT NULL,
    test BIGINT NOT NULL,
    met BIGINT NOT NULL,
    late BIGINT NOT NULL,
    short BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    not_offered BIGINT NOT NULL,
    machine_only BIGINT NOT NULL,
    unmeasured BIGINT NOT NULL,
    gone_in_time BIGINT NOT NULL,
    answer_ms BIGINT NOT NULL,
    answer_n BIGINT NOT NULL,
    rings_sum BIGINT NOT NULL,
    rings_n BIGINT NOT NULL,
    wait_ms BIGINT NOT NULL,
    wait_n BIGINT NOT NULL,
    gone_ms BIGINT NOT NULL,
    gone_n BIGINT NOT NULL,
    r1 BIGINT NOT NULL,
    r2 BIGINT NOT NULL,
    r3 BIGINT NOT NULL,
    r4 BIGINT NOT NULL,
    r5 BIGINT NOT NULL,
    r6 BIGINT NOT NULL,
    hung_caller BIGINT NOT NULL,
    hung_us BIGINT NOT NULL,
    hung_unknown BIGINT NOT NULL,
    pickups BIGINT NOT NULL,
    why_busy BIGINT NOT NULL,
    why_away BIGINT NOT NULL,
    why_unreachable BIGINT NOT NULL,
    why_pbx BIGINT NOT NULL,
    why_unknown BIGINT NOT NULL,
    pbx_ms BIGINT NOT NULL,
    pbx_n BIGINT NOT NULL,
    pbx_late BIGINT NOT NULL,
    talk_ms BIGINT NOT NULL,
    talk_n BIGINT NOT NULL,
    answer_max BIGINT NOT NULL,
    wait_max BIGINT NOT NULL,
    PRIMARY KEY (month, hotline, staff)
);
-- The hours of a month's weekdays, by line.
CREATE TABLE report_month_lines (
    month      TEXT NOT NULL,
    weekday    BIGINT NOT NULL,
    local_hour BIGINT NOT NULL,
    hotline    TEXT NOT NULL,
    seen BIGINT NOT NULL,
    live BIGINT NOT NULL,
    after_hours BIGINT NOT NULL,
    outage BIGINT NOT NULL,
    test BIGINT NOT NULL,
    met BIGINT NOT NULL,
    late BIGINT NOT NULL,
    short BIGINT NOT NULL,
    abandoned BIGINT NOT NULL,
    not_offered BIGINT NOT NULL,
    machine_only BIGINT NOT NULL,
    unmeasured BIGINT NOT NULL,
    gone_in_time BIGINT NOT NULL,
    answer_ms BIGINT NOT NULL,
    answer_n BIGINT NOT NULL,
    rings_sum BIGINT NOT NULL,
    rings_n BIGINT NOT NULL,
    wait_ms BIGINT NOT NULL,
    wait_n BIGINT NOT NULL,
    gone_ms BIGINT NOT NULL,
    gone_n BIGINT NOT NULL,
    r1 BIGINT NOT NULL,
    r2 BIGINT NOT NULL,
    r3 BIGINT NOT NULL,
    r4 BIGINT NOT NULL,
    r5 BIGINT NOT NULL,
    r6 BIGINT NOT NULL,
    hung_caller BIGINT NOT NULL,
    hung_us BIGINT NOT NULL,
    hung_unknown BIGINT NOT NULL,
    pickups BIGINT NOT NULL,
    why_busy BIGINT NOT NULL,
    why_away BIGINT NOT NULL,
    why_unreachable BIGINT NOT NULL,
    why_pbx BIGINT NOT NULL,
    why_unknown BIGINT NOT NULL,
    pbx_ms BIGINT NOT NULL,
    pbx_n BIGINT NOT NULL,
    pbx_late BIGINT NOT NULL,
    talk_ms BIGINT NOT NULL,
    talk_n BIGINT NOT NULL,
    answer_max BIGINT NOT NULL,
    wait_max BIGINT NOT NULL,
    PRIMARY KEY (month, weekday, local_hour, hotline)
);
-- How long answered calls of a month waited, in tenths of a second; in the order in which they are read.
CREATE TABLE report_month_waits (
    clock   TEXT NOT NULL,
    tenths  BIGINT NOT NULL,
    month   TEXT NOT NULL,
    hotline TEXT NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (clock, tenths, month, hotline)
);
-- The same of one person.
CREATE TABLE report_month_person_waits (
    staff   BIGINT NOT NULL,
    clock   TEXT NOT NULL,
    tenths  BIGINT NOT NULL,
    month   TEXT NOT NULL,
    hotline TEXT NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (staff, clock, tenths, month, hotline)
);
-- One line for each clock of an answered call, now with the call's number.
DROP VIEW call_waits;
CREATE VIEW call_waits AS
SELECT c.id, c.business_date, coalesce(c.hotline_number, '') AS hotline, coalesce(c.answered_staff, 0) AS staff,
       'operator' AS clock, c.answer_ms / 100 AS tenths
FROM calls c WHERE c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL
UNION ALL
SELECT c.id, c.business_date, coalesce(c.hotline_number, ''), coalesce(c.answered_staff, 0), 'caller', c.caller_wait_ms / 100
FROM calls c WHERE c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL;

-- A call that came is new; a call that the sums hold and that changes marks its day. Whoever changes a
-- new call holds its line, so that it is not added to the sums meanwhile as it was.
DROP TRIGGER report_marks_new ON calls;
DROP TRIGGER report_marks_again ON calls;
DROP TRIGGER report_marks_gone ON calls;
DROP FUNCTION report_mark_new();
DROP FUNCTION report_mark_again();
DROP FUNCTION report_mark_gone();
CREATE FUNCTION report_mark_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO report_new (call_id) SELECT n.id FROM new_calls n; RETURN NULL; END $$;
CREATE FUNCTION report_mark_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM report_new w WHERE w.call_id IN (SELECT n.id FROM new_calls n) FOR SHARE;
    INSERT INTO report_marks (business_date)
    SELECT both_days.business_date FROM new_calls n JOIN old_calls o ON o.id = n.id
        CROSS JOIN LATERAL (VALUES (n.business_date), (o.business_date)) AS both_days (business_date)
    WHERE (n.business_date, n.local_hour, n.hotline_number, n.answered_staff, n.answered_extension, n.state, n.outcome, n.excluded, n.offered_at, n.rang_at, n.answered_at, n.ended_at, n.answer_rings, n.answer_ms, n.caller_wait_ms, n.ended_by, n.end_seen, n.target_ms) IS DISTINCT FROM (o.business_date, o.local_hour, o.hotline_number, o.answered_staff, o.answered_extension, o.state, o.outcome, o.excluded, o.offered_at, o.rang_at, o.answered_at, o.ended_at, o.answer_rings, o.answer_ms, o.caller_wait_ms, o.ended_by, o.end_seen, o.target_ms)
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = n.id)
    GROUP BY both_days.business_date;
    -- whether somebody was busy is said by his other call: its day is marked too
    INSERT INTO report_marks (business_date)
    SELECT DISTINCT c.business_date FROM new_calls n JOIN old_calls o ON o.id = n.id
        CROSS JOIN LATERAL (VALUES (n.answered_staff, n.offered_at), (o.answered_staff, o.offered_at)) AS who (staff, since)
        JOIN calls c ON c.answered_staff = who.staff AND c.offered_at > who.since AND c.offered_at <= who.since + 7200000 AND c.outcome = 'late'
    WHERE (n.answered_staff, n.offered_at, n.answered_at, n.ended_at, n.end_seen) IS DISTINCT FROM (o.answered_staff, o.offered_at, o.answered_at, o.ended_at, o.end_seen)
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id);
    RETURN NULL;
END $$;
CREATE FUNCTION report_mark_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO report_marks (business_date) SELECT DISTINCT o.business_date FROM old_calls o
    WHERE NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = o.id);
    DELETE FROM report_new w USING old_calls o WHERE w.call_id = o.id;
    RETURN NULL;
END $$;
-- Why a call was late is read off its telephones.
CREATE FUNCTION report_mark_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM report_new w WHERE w.call_id IN (SELECT p.call_id FROM parts p) FOR SHARE;
    INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM parts p JOIN calls c ON c.id = p.call_id
    WHERE NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id);
    RETURN NULL;
END $$;
CREATE FUNCTION report_mark_leg() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM report_new w WHERE w.call_id IN (SELECT p.call_id FROM parts p) FOR SHARE;
    INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM parts p JOIN old_parts o ON o.id = p.id JOIN calls c ON c.id = p.call_id
    WHERE (p.call_id, p.kind, p.extension, p.rang_at, p.answered_at, p.ending) IS DISTINCT FROM (o.call_id, o.kind, o.extension, o.rang_at, o.answered_at, o.ending)
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id);
    RETURN NULL;
END $$;
CREATE TRIGGER report_marks_new AFTER INSERT ON calls REFERENCING NEW TABLE AS new_calls FOR EACH STATEMENT EXECUTE FUNCTION report_mark_new();
CREATE TRIGGER report_marks_again AFTER UPDATE ON calls REFERENCING OLD TABLE AS old_calls NEW TABLE AS new_calls FOR EACH STATEMENT EXECUTE FUNCTION report_mark_again();
CREATE TRIGGER report_marks_gone AFTER DELETE ON calls REFERENCING OLD TABLE AS old_calls FOR EACH STATEMENT EXECUTE FUNCTION report_mark_gone();
CREATE TRIGGER report_marks_leg AFTER INSERT ON call_legs REFERENCING NEW TABLE AS parts FOR EACH STATEMENT EXECUTE FUNCTION report_mark_part();
CREATE TRIGGER report_marks_leg_again AFTER UPDATE ON call_legs REFERENCING OLD TABLE AS old_parts NEW TABLE AS parts FOR EACH STATEMENT EXECUTE FUNCTION report_mark_leg();
CREATE TRIGGER report_marks_leg_gone AFTER DELETE ON call_legs REFERENCING OLD TABLE AS parts FOR EACH STATEMENT EXECUTE FUNCTION report_mark_part();
CREATE TRIGGER report_marks_transfer AFTER INSERT ON call_transfers REFERENCING NEW TABLE AS parts FOR EACH STATEMENT EXECUTE FUNCTION report_mark_part();
CREATE TRIGGER report_marks_transfer_gone AFTER DELETE ON call_transfers REFERENCING OLD TABLE AS parts FOR EACH STATEMENT EXECUTE FUNCTION report_mark_part();

-- All is summed anew.
INSERT INTO report_new (call_id) SELECT c.id FROM calls c WHERE c.state <> 'ended';
DELETE FROM report_hours;
DELETE FROM report_days;
DELETE FROM report_lines;
DELETE FROM report_waits;
DELETE FROM report_person_waits;
DELETE FROM report_halves;
INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);

-- Which missed calls are owed a call back, and what came of it: the one definition.
CREATE VIEW call_backs AS
SELECT m.call_id, m.debt_id, d.follow_up_id, c.business_date, coalesce(c.hotline_number, '') AS hotline,
       CASE WHEN d.closed_how IS NULL THEN 'open' WHEN d.closed_how = 'by_hand' THEN 'waived' WHEN d.closed_at <= f.due_at THEN 'kept' ELSE 'kept_late' END AS state
FROM missed_debt_calls m JOIN missed_debts d ON d.id = m.debt_id JOIN calls c ON c.id = m.call_id JOIN follow_ups f ON f.id = d.follow_up_id
WHERE d.closed_how IS NULL OR d.closed_how IN ('called_again', 'called_back', 'by_hand');
-- The same counted by day and line; kept true by whoever changes it.
CREATE TABLE report_call_backs (
    business_date TEXT NOT NULL,
    hotline       TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('open', 'kept', 'kept_late', 'waived')),
    n             BIGINT NOT NULL,
    PRIMARY KEY (business_date, hotline, state)
);
INSERT INTO report_call_backs (business_date, hotline, state, n)
SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b GROUP BY b.business_date, b.hotline, b.state;
CREATE FUNCTION report_call_backs_debt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.debt_id = OLD.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    ELSE
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.debt_id = NEW.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION report_call_backs_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.follow_up_id = OLD.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    ELSE
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.follow_up_id = NEW.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION report_call_backs_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.call_id = OLD.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    ELSE
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.call_id = NEW.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION report_call_backs_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.call_id = OLD.call_id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
        RETURN OLD;
    END IF;
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.call_id = NEW.call_id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
    RETURN NEW;
END $$;
CREATE TRIGGER report_call_backs_debt_less BEFORE UPDATE OF closed_at, closed_how, follow_up_id ON missed_debts FOR EACH ROW WHEN (OLD.closed_at IS DISTINCT FROM NEW.closed_at OR OLD.closed_how IS DISTINCT FROM NEW.closed_how OR OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id) EXECUTE FUNCTION report_call_backs_debt();
CREATE TRIGGER report_call_backs_debt_more AFTER UPDATE OF closed_at, closed_how, follow_up_id ON missed_debts FOR EACH ROW WHEN (OLD.closed_at IS DISTINCT FROM NEW.closed_at OR OLD.closed_how IS DISTINCT FROM NEW.closed_how OR OLD.follow_up_id IS DISTINCT FROM NEW.follow_up_id) EXECUTE FUNCTION report_call_backs_debt();
CREATE TRIGGER report_call_backs_due_less BEFORE UPDATE OF due_at ON follow_ups FOR EACH ROW WHEN (OLD.due_at IS DISTINCT FROM NEW.due_at) EXECUTE FUNCTION report_call_backs_due();
CREATE TRIGGER report_call_backs_due_more AFTER UPDATE OF due_at ON follow_ups FOR EACH ROW WHEN (OLD.due_at IS DISTINCT FROM NEW.due_at) EXECUTE FUNCTION report_call_backs_due();
CREATE TRIGGER report_call_backs_call_less BEFORE UPDATE OF business_date, hotline_number ON calls FOR EACH ROW WHEN (OLD.business_date IS DISTINCT FROM NEW.business_date OR OLD.hotline_number IS DISTINCT FROM NEW.hotline_number) EXECUTE FUNCTION report_call_backs_call();
CREATE TRIGGER report_call_backs_call_more AFTER UPDATE OF business_date, hotline_number ON calls FOR EACH ROW WHEN (OLD.business_date IS DISTINCT FROM NEW.business_date OR OLD.hotline_number IS DISTINCT FROM NEW.hotline_number) EXECUTE FUNCTION report_call_backs_call();
CREATE TRIGGER report_call_backs_more AFTER INSERT ON missed_debt_calls FOR EACH ROW EXECUTE FUNCTION report_call_backs_part();
CREATE TRIGGER report_call_backs_less BEFORE DELETE ON missed_debt_calls FOR EACH ROW EXECUTE FUNCTION report_call_backs_part();

-- Who is told of an alert, and whether by the ways out of the house too.
ALTER TABLE report_settings ADD COLUMN alert_roles TEXT NOT NULL DEFAULT 'supervisor,head';
ALTER TABLE report_settings ADD COLUMN alert_out BIGINT NOT NULL DEFAULT 1 CHECK (alert_out IN (0, 1));
