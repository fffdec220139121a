-- When the house works, who is on duty, who is who.
-- Words about people (reasons, whereabouts) live here, never in the journal.

CREATE TABLE calendars (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL DEFAULT 1,
    name       TEXT NOT NULL UNIQUE CHECK (name <> ''),
    weekly     TEXT NOT NULL,              -- 'Mon-Fri 09:00-12:00; Mon-Fri 13:00-18:00'
    house      INTEGER NOT NULL DEFAULT 0 CHECK (house IN (0, 1)),
    house_days INTEGER NOT NULL DEFAULT 1 CHECK (house_days IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX calendars_house ON calendars (house) WHERE house = 1;
INSERT INTO calendars (name, weekly, house, house_days)
    VALUES ('工作时间', 'Mon-Fri 09:00-12:00; Mon-Fri 13:00-18:00', 1, 0);

CREATE TABLE calendar_days (
    calendar_id INTEGER NOT NULL REFERENCES calendars (id),
    date        TEXT NOT NULL CHECK (date LIKE '____-__-__'),
    kind        TEXT NOT NULL CHECK (kind IN ('closed', 'open')),
    like_day    TEXT CHECK (like_day IN ('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')),
    windows     TEXT,
    name        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (calendar_id, date),
    CONSTRAINT calendar_day_open CHECK ((kind = 'closed') = (like_day IS NULL AND windows IS NULL))
) STRICT, WITHOUT ROWID;
