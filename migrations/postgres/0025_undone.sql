-- What was done can be taken back in every room by one ledger, not in that of the bookings alone.
ALTER TABLE booking_acts RENAME TO acts;
ALTER TABLE acts ADD COLUMN room TEXT NOT NULL DEFAULT 'bookings';
ALTER TABLE acts ADD COLUMN undoing BOOLEAN NOT NULL DEFAULT FALSE; -- true within the change that undoes it
DROP INDEX booking_acts_subject;
DROP INDEX booking_acts_image;
CREATE INDEX acts_subject ON acts (subject, id);
CREATE INDEX acts_image ON acts (at) WHERE image IS NOT NULL;
CREATE INDEX acts_undoing ON acts (room) WHERE undoing;

-- A fault and an order make the moves of their tables and no others; back they go only while an act is undone.
CREATE OR REPLACE FUNCTION ticket_move_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM ticket_moves WHERE from_state = OLD.state AND to_state = NEW.state)
        AND NOT EXISTS (SELECT 1 FROM acts WHERE undoing AND room = 'faults') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'ticket_move', MESSAGE = 'ticket_move';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION work_order_move_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM work_order_moves WHERE from_state = OLD.state AND to_state = NEW.state)
        AND NOT EXISTS (SELECT 1 FROM acts WHERE undoing AND room = 'faults') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'work_order_move', MESSAGE = 'work_order_move';
    END IF;
    RETURN NEW;
END $$;

-- Who has which record open and is changing it; gone when they leave or fall silent.
CREATE TABLE editors (
    about    TEXT NOT NULL,       -- faults/F26-0312
    staff_id BIGINT NOT NULL REFERENCES staff (id),
    since    BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (about, staff_id)
);
CREATE INDEX editors_seen ON editors (seen_at);

-- What the button of a card says in which a message asks for an answer; none where it asks for nothing.
ALTER TABLE outbox ADD COLUMN button TEXT;
