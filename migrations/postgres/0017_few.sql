-- The few calls that are being added to the sums are found however many wait for it.
CREATE INDEX report_new_taken ON report_new (call_id) WHERE taken = 1;

-- A ringing call is on its way to the desk while this is written: what is new or changed is noted row by
-- row. A statement's table of rows costs three times that for one call, and is joined call by call with
-- itself for hundreds, since the function's plan was made for the first. What a sum does not know of a
-- call, such as its alarms, notes nothing.
DROP TRIGGER report_marks_new ON calls;
DROP TRIGGER report_marks_again ON calls;
DROP TRIGGER report_marks_leg ON call_legs;
DROP TRIGGER report_marks_leg_again ON call_legs;
DROP TRIGGER report_marks_leg_gone ON call_legs;
DROP TRIGGER report_marks_transfer ON call_transfers;
DROP TRIGGER report_marks_transfer_gone ON call_transfers;
DROP FUNCTION report_mark_new();
DROP FUNCTION report_mark_again();
DROP FUNCTION report_mark_leg();
DROP FUNCTION report_mark_part();
CREATE FUNCTION report_mark_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO report_new (call_id) VALUES (NEW.id); RETURN NULL; END $$;
CREATE FUNCTION report_mark_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- waits for whoever adds the call to the sums at this moment
    PERFORM 1 FROM report_new w WHERE w.call_id = NEW.id FOR SHARE;
    IF NOT FOUND THEN
        INSERT INTO report_marks (business_date) VALUES (NEW.business_date);
        IF NEW.business_date <> OLD.business_date THEN
            INSERT INTO report_marks (business_date) VALUES (OLD.business_date);
        END IF;
    END IF;
    RETURN NULL;
END $$;
-- Whether somebody was busy is said by his other call: its day is marked too.
CREATE FUNCTION report_mark_busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO report_marks (business_date)
    SELECT c.business_date FROM calls c
    WHERE c.answered_staff = NEW.answered_staff AND c.offered_at > NEW.offered_at AND c.offered_at <= NEW.offered_at + 7200000 AND c.outcome = 'late'
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id)
    UNION
    SELECT c.business_date FROM calls c
    WHERE c.answered_staff = OLD.answered_staff AND c.offered_at > OLD.offered_at AND c.offered_at <= OLD.offered_at + 7200000 AND c.outcome = 'late'
        AND NOT EXISTS (SELECT 1 FROM report_new w WHERE w.call_id = c.id);
    RETURN NULL;
END $$;
-- Why a call was late is read off its telephones.
CREATE FUNCTION report_mark_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE part_of BIGINT := CASE WHEN TG_OP = 'DELETE' THEN OLD.call_id ELSE NEW.call_id END;
BEGIN
    PERFORM 1 FROM report_new w WHERE w.call_id = part_of FOR SHARE;
    IF NOT FOUND THEN
        INSERT INTO report_marks (business_date) SELECT c.business_date FROM calls c WHERE c.id = part_of;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER report_marks_new AFTER INSERT ON calls FOR EACH ROW EXECUTE FUNCTION report_mark_new();
CREATE TRIGGER report_marks_again AFTER UPDATE ON calls FOR EACH ROW
    WHEN ((NEW.business_date, NEW.local_hour, NEW.hotline_number, NEW.answered_staff, NEW.answered_extension, NEW.state, NEW.outcome, NEW.excluded, NEW.offered_at, NEW.rang_at, NEW.answered_at, NEW.ended_at, NEW.answer_rings, NEW.answer_ms, NEW.caller_wait_ms, NEW.ended_by, NEW.end_seen, NEW.target_ms) IS DISTINCT FROM (OLD.business_date, OLD.local_hour, OLD.hotline_number, OLD.answered_staff, OLD.answered_extension, OLD.state, OLD.outcome, OLD.excluded, OLD.offered_at, OLD.rang_at, OLD.answered_at, OLD.ended_at, OLD.answer_rings, OLD.answer_ms, OLD.caller_wait_ms, OLD.ended_by, OLD.end_seen, OLD.target_ms))
    EXECUTE FUNCTION report_mark_again();
CREATE TRIGGER report_marks_busy AFTER UPDATE ON calls FOR EACH ROW
    WHEN ((NEW.answered_staff IS NOT NULL OR OLD.answered_staff IS NOT NULL)
        AND (NEW.answered_staff, NEW.offered_at, NEW.answered_at, NEW.ended_at, NEW.end_seen) IS DISTINCT FROM (OLD.answered_staff, OLD.offered_at, OLD.answered_at, OLD.ended_at, OLD.end_seen))
    EXECUTE FUNCTION report_mark_busy();
CREATE TRIGGER report_marks_leg AFTER INSERT OR DELETE ON call_legs FOR EACH ROW EXECUTE FUNCTION report_mark_part();
CREATE TRIGGER report_marks_leg_again AFTER UPDATE ON call_legs FOR EACH ROW
    WHEN ((NEW.call_id, NEW.kind, NEW.extension, NEW.rang_at, NEW.answered_at, NEW.ending) IS DISTINCT FROM (OLD.call_id, OLD.kind, OLD.extension, OLD.rang_at, OLD.answered_at, OLD.ending))
    EXECUTE FUNCTION report_mark_part();
CREATE TRIGGER report_marks_transfer AFTER INSERT OR DELETE ON call_transfers FOR EACH ROW EXECUTE FUNCTION report_mark_part();

-- Bookings are found by when they begin.
CREATE INDEX bookings_start ON bookings (starts_at);
