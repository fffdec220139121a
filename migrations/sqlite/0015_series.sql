-- A booking of a series that was changed alone stays as it is when the others are changed.
ALTER TABLE bookings ADD COLUMN apart INTEGER NOT NULL DEFAULT 0 CONSTRAINT booking_apart CHECK (apart IN (0, 1));
-- What calendars are told as the last change.
ALTER TABLE bookings ADD COLUMN changed_at INTEGER;
CREATE INDEX bookings_series ON bookings (series_id, starts_at) WHERE series_id IS NOT NULL;
-- A call in the corridor about another day says nothing of what holds tonight.
ALTER TABLE board_calls ADD COLUMN about_date TEXT;
-- One business manager after another is asked to take a banquet up, then the head (staff_id is NULL):
-- who was asked, until when they had time, and how that ended.
CREATE TABLE banquet_asks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    banquet_id INTEGER NOT NULL REFERENCES banquets (id),
    staff_id   INTEGER REFERENCES staff (id),
    notice_id  INTEGER NOT NULL REFERENCES notices (id),
    asked_at   INTEGER NOT NULL,
    due_at     INTEGER,
    ended_at   INTEGER,
    how        TEXT CONSTRAINT banquet_ask_how CHECK (how IN ('over', 'answered', 'silent')),
    CONSTRAINT banquet_ask_end CHECK ((ended_at IS NULL) = (how IS NULL))
) STRICT;
CREATE UNIQUE INDEX banquet_asks_open_key ON banquet_asks (banquet_id) WHERE ended_at IS NULL;
CREATE INDEX banquet_asks_due ON banquet_asks (due_at) WHERE ended_at IS NULL AND due_at IS NOT NULL;
-- The parts of the house a greeter is called for; without any, all of them.
CREATE TABLE greeter_areas (
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    area_id  INTEGER NOT NULL REFERENCES areas (id),
    PRIMARY KEY (staff_id, area_id)
) STRICT;
