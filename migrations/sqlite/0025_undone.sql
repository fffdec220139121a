-- What was done can be taken back in every room by one ledger, not in that of the bookings alone.
ALTER TABLE booking_acts RENAME TO acts;
ALTER TABLE acts ADD COLUMN room TEXT NOT NULL DEFAULT 'bookings';
ALTER TABLE acts ADD COLUMN undoing INTEGER NOT NULL DEFAULT 0 CHECK (undoing IN (0, 1)); -- 1 within the change that undoes it
DROP INDEX booking_acts_subject;
DROP INDEX booking_acts_image;
CREATE INDEX acts_subject ON acts (subject, id);
CREATE INDEX acts_image ON acts (at) WHERE image IS NOT NULL;
CREATE INDEX acts_undoing ON acts (room) WHERE undoing = 1;

-- A fault and an order make the moves of their tables and no others; back they go only while an act is undone.
DROP TRIGGER ticket_move;
CREATE TRIGGER ticket_move BEFORE UPDATE OF state ON tickets
WHEN OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM ticket_moves WHERE from_state = OLD.state AND to_state = NEW.state)
    AND NOT EXISTS (SELECT 1 FROM acts WHERE undoing = 1 AND room = 'faults')
BEGIN SELECT RAISE(ABORT, 'ticket_move'); END;
DROP TRIGGER work_order_move;
CREATE TRIGGER work_order_move BEFORE UPDATE OF state ON work_orders
WHEN OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM work_order_moves WHERE from_state = OLD.state AND to_state = NEW.state)
    AND NOT EXISTS (SELECT 1 FROM acts WHERE undoing = 1 AND room = 'faults')
BEGIN SELECT RAISE(ABORT, 'work_order_move'); END;

-- Who has which record open and is changing it; gone when they leave or fall silent.
CREATE TABLE editors (
    about    TEXT NOT NULL,       -- faults/F26-0312
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    since    INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    PRIMARY KEY (about, staff_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX editors_seen ON editors (seen_at);

-- What the button of a card says in which a message asks for an answer; none where it asks for nothing.
ALTER TABLE outbox ADD COLUMN button TEXT;
