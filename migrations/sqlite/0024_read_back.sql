-- When a fault, and somebody who waits for a room, was read back to who told it, as it is written; null where it was
-- not, or where a word has changed since.
ALTER TABLE tickets ADD COLUMN readback_at INTEGER;
ALTER TABLE waitlist ADD COLUMN readback_at INTEGER;

-- Papers beside the card of a call that is to be made: what the caller needs at hand.
CREATE TABLE call_plan_papers (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id   INTEGER NOT NULL REFERENCES call_plans (id),
    name      TEXT NOT NULL,
    mime      TEXT NOT NULL,
    size      INTEGER NOT NULL CONSTRAINT call_plan_papers_size CHECK (size > 0),
    added_by  INTEGER NOT NULL REFERENCES staff (id),
    added_at  INTEGER NOT NULL,
    bytes     BLOB NOT NULL
) STRICT;
CREATE INDEX call_plan_papers_plan ON call_plan_papers (plan_id, id);

-- The text of such a card that was sent on: by which way, to where; the letter itself is in the outbox.
CREATE TABLE call_plan_letters (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id   INTEGER NOT NULL REFERENCES call_plans (id),
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    sent_by   INTEGER NOT NULL REFERENCES staff (id),
    sent_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX call_plan_letters_plan ON call_plan_letters (plan_id, id);
