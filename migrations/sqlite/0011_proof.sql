-- Proof: figures stay fast with millions of calls. New calls are added to the sums once they are over
-- (until then they stand in report_new and are read one by one); months are summed of days.
-- Everything here that is summed is derived from calls and can be thrown away: `switchboard rebuild`.

-- Calls that no sum holds yet.
CREATE TABLE report_new (
    call_id INTEGER PRIMARY KEY,
    taken   INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1))
) STRICT;
ALTER TABLE report_head ADD COLUMN folded INTEGER NOT NULL DEFAULT 0;

-- The days of a line, without hours and persons.
CREATE TABLE report_line_days (
    business_date TEXT NOT NULL,
    week          TEXT NOT NULL,
    weekday       INTEGER NOT NULL,
    hotline       TEXT NOT NULL,
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
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (business_date, hotline)
) STRICT, WITHOUT ROWID;
-- Months by line and person.
CREATE TABLE report_months (
    month   TEXT NOT NULL,
    hotline TEXT NOT NULL,
    staff   INTEGER NOT NULL,
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
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (month, hotline, staff)
) STRICT, WITHOUT ROWID;
-- The hours of a month's weekdays, by line.
CREATE TABLE report_month_lines (
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
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (month, weekday, local_hour, hotline)
) STRICT, WITHOUT ROWID;
-- How long answered calls of a month waited, in tenths of a second; in the order in which they are read.
CREATE TABLE report_month_waits (
    clock   TEXT NOT NULL,
    tenths  INTEGER NOT NULL,
    month   TEXT NOT NULL,
    hotline TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (clock, tenths, month, hotline)
) STRICT, WITHOUT ROWID;
-- The same of one person.
CREATE TABLE report_month_person_waits (
    staff   INTEGER NOT NULL,
    clock   TEXT NOT NULL,
    tenths  INTEGER NOT NULL,
    month   TEXT NOT NULL,
    hotline TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (staff, clock, tenths, month, hotline)
) STRICT, WITHOUT ROWID;
-- One line for each clock of an answered call, now with the call's number.
DROP VIEW call_waits;
CREATE VIEW call_waits AS
SELECT c.id, c.business_date, coalesce(c.hotline_number, '') AS hotline, coalesce(c.answered_staff, 0) AS staff,
       'operator' AS clock, c.answer_ms / 100 AS tenths
FROM calls c WHERE c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL
UNION ALL
SELECT c.id, c.business_date, coalesce(c.hotline_number, ''), coalesce(c.answered_staff, 0), 'caller', c.caller_wait_ms / 100
FROM calls c WHERE c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL;

-- A call that came is new; a call that the sums hold and that changes marks its day.
DROP TRIGGER report_marks_new;
DROP TRIGGER report_marks_again;
DROP TRIGGER report_marks_gone;
CREATE TRIGGER report_marks_new AFTER INSERT ON calls BEGIN
    INSERT INTO report_new (call_id) VALUES (NEW.id);
END;
CREATE TRIGGER report_marks_again AFTER UPDATE OF business_date, local_hour, hotline_number, answered_staff, answered_extension, state, outcome, excluded, offered_at, rang_at, answered_at, ended_at, answer_rings, answer_ms, caller_wait_ms, ended_by, end_seen, target_ms ON calls
WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = NEW.id) BEGIN
    INSERT INTO report_marks (business_date) SELECT NEW.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = NEW.business_date);
    INSERT INTO report_marks (business_date) SELECT OLD.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = OLD.business_date);
END;
CREATE TRIGGER report_marks_gone AFTER DELETE ON calls BEGIN
    INSERT INTO report_marks (business_date) SELECT OLD.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = OLD.business_date) AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = OLD.id);
    DELETE FROM report_new WHERE call_id = OLD.id;
END;
-- Whether somebody was busy is said by his other call: its day is marked too.
CREATE TRIGGER report_marks_busy AFTER UPDATE OF answered_staff, offered_at, answered_at, ended_at, end_seen ON calls
WHEN coalesce(NEW.answered_staff, OLD.answered_staff) IS NOT NULL BEGIN
    INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
    WHERE c.answered_staff = NEW.answered_staff AND c.offered_at > NEW.offered_at AND c.offered_at <= NEW.offered_at + 7200000 AND c.outcome = 'late'
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id) AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
    INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c
    WHERE c.answered_staff = OLD.answered_staff AND c.offered_at > OLD.offered_at AND c.offered_at <= OLD.offered_at + 7200000 AND c.outcome = 'late'
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id) AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
END;
-- Why a call was late is read off its telephones.
CREATE TRIGGER report_marks_leg AFTER INSERT ON call_legs WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = NEW.call_id) BEGIN
    INSERT INTO report_marks (business_date) SELECT c.business_date FROM calls c
    WHERE c.id = NEW.call_id AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
END;
CREATE TRIGGER report_marks_leg_again AFTER UPDATE OF call_id, kind, extension, rang_at, answered_at, ending ON call_legs WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = NEW.call_id) BEGIN
    INSERT INTO report_marks (business_date) SELECT c.business_date FROM calls c
    WHERE c.id = NEW.call_id AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
END;
CREATE TRIGGER report_marks_leg_gone AFTER DELETE ON call_legs WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = OLD.call_id) BEGIN
    INSERT INTO report_marks (business_date) SELECT c.business_date FROM calls c
    WHERE c.id = OLD.call_id AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
END;
CREATE TRIGGER report_marks_transfer AFTER INSERT ON call_transfers WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = NEW.call_id) BEGIN
    INSERT INTO report_marks (business_date) SELECT c.business_date FROM calls c
    WHERE c.id = NEW.call_id AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
END;
CREATE TRIGGER report_marks_transfer_gone AFTER DELETE ON call_transfers WHEN NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = OLD.call_id) BEGIN
    INSERT INTO report_marks (business_date) SELECT c.business_date FROM calls c
    WHERE c.id = OLD.call_id AND NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = c.business_date);
END;

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
    n             INTEGER NOT NULL,
    PRIMARY KEY (business_date, hotline, state)
) STRICT, WITHOUT ROWID;
INSERT INTO report_call_backs (business_date, hotline, state, n)
SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b GROUP BY b.business_date, b.hotline, b.state;
CREATE TRIGGER report_call_backs_debt_less BEFORE UPDATE OF closed_at, closed_how, follow_up_id ON missed_debts BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.debt_id = OLD.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_debt_more AFTER UPDATE OF closed_at, closed_how, follow_up_id ON missed_debts BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.debt_id = NEW.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_due_less BEFORE UPDATE OF due_at ON follow_ups BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.follow_up_id = OLD.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_due_more AFTER UPDATE OF due_at ON follow_ups BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.follow_up_id = NEW.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_call_less BEFORE UPDATE OF business_date, hotline_number ON calls BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.call_id = OLD.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_call_more AFTER UPDATE OF business_date, hotline_number ON calls BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.call_id = NEW.id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_more AFTER INSERT ON missed_debt_calls BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b WHERE b.call_id = NEW.call_id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;
CREATE TRIGGER report_call_backs_less BEFORE DELETE ON missed_debt_calls BEGIN
    INSERT INTO report_call_backs (business_date, hotline, state, n)
    SELECT b.business_date, b.hotline, b.state, -count(*) FROM call_backs b WHERE b.call_id = OLD.call_id GROUP BY 1, 2, 3
    ON CONFLICT (business_date, hotline, state) DO UPDATE SET n = report_call_backs.n + excluded.n;
END;

-- Who is told of an alert, and whether by the ways out of the house too.
ALTER TABLE report_settings ADD COLUMN alert_roles TEXT NOT NULL DEFAULT 'supervisor,head';
ALTER TABLE report_settings ADD COLUMN alert_out INTEGER NOT NULL DEFAULT 1 CHECK (alert_out IN (0, 1));
