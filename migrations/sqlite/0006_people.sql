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

-- Who is on duty. What a sign-on says of its beginning is the server's time and stays.
CREATE TABLE sign_ons (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    from_at    INTEGER NOT NULL,
    to_at      INTEGER CHECK (to_at >= from_at),
    ended      TEXT CHECK (ended IN ('self', 'supervisor', 'forgotten')),
    checked_at INTEGER,
    rested     INTEGER NOT NULL DEFAULT 0 CHECK (rested IN (0, 1)),
    dressed    INTEGER NOT NULL DEFAULT 0 CHECK (dressed IN (0, 1)),
    voiced     INTEGER NOT NULL DEFAULT 0 CHECK (voiced IN (0, 1)),
    CONSTRAINT sign_on_ended CHECK ((to_at IS NULL) = (ended IS NULL))
) STRICT;
CREATE UNIQUE INDEX sign_ons_open ON sign_ons (staff_id) WHERE to_at IS NULL;
CREATE INDEX sign_ons_from ON sign_ons (from_at);
CREATE TRIGGER sign_on_fixed BEFORE UPDATE OF staff_id, from_at ON sign_ons
BEGIN SELECT RAISE(ABORT, 'sign_on_fixed'); END;
CREATE TRIGGER sign_on_kept BEFORE DELETE ON sign_ons
BEGIN SELECT RAISE(ABORT, 'sign_on_kept'); END;

-- Who is away from the desk, where, until when, and who stands in. Without from_at somebody was
-- asked to stand in and has not accepted.
CREATE TABLE absences (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id    INTEGER NOT NULL REFERENCES staff (id),
    state       TEXT NOT NULL CHECK (state IN ('away', 'meeting', 'out')),
    reason      TEXT,
    place       TEXT,
    asked_at    INTEGER NOT NULL,
    from_at     INTEGER CHECK (from_at >= asked_at),
    until_at    INTEGER,
    ended_at    INTEGER CHECK (ended_at >= asked_at),
    stand_in    INTEGER REFERENCES staff (id),
    answer      TEXT NOT NULL CHECK (answer IN ('none', 'asked', 'accepted', 'declined', 'silent')),
    answered_at INTEGER,
    CONSTRAINT absence_stand_in CHECK ((stand_in IS NULL) = (answer = 'none')),
    CONSTRAINT absence_accepted CHECK (answer <> 'accepted' OR from_at IS NOT NULL),
    CONSTRAINT absence_oneself CHECK (stand_in <> staff_id)
) STRICT;
CREATE UNIQUE INDEX absences_staff_id_key ON absences (staff_id) WHERE ended_at IS NULL;
CREATE INDEX absences_asked ON absences (asked_at) WHERE answer = 'asked' AND ended_at IS NULL;
CREATE INDEX absences_staff ON absences (staff_id, asked_at);

-- Whose whereabouts are for the head and the administrators alone.
CREATE TABLE staff_private (
    staff_id INTEGER PRIMARY KEY REFERENCES staff (id)
) STRICT;

-- The roster: who is meant to be there. Without a hotline it is for all of them.
CREATE TABLE shifts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL DEFAULT 1,
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    role       TEXT NOT NULL,
    hotline    TEXT,
    kind       TEXT NOT NULL CHECK (kind IN ('duty', 'on_call')),
    rank       INTEGER NOT NULL DEFAULT 1 CHECK (rank BETWEEN 1 AND 9),
    from_at    INTEGER NOT NULL,
    to_at      INTEGER NOT NULL,
    removed_at INTEGER,
    CONSTRAINT shift_length CHECK (to_at > from_at)
) STRICT;
CREATE INDEX shifts_from ON shifts (from_at) WHERE removed_at IS NULL;
CREATE TRIGGER shift_overlap BEFORE INSERT ON shifts
WHEN EXISTS (SELECT 1 FROM shifts s WHERE s.staff_id = NEW.staff_id AND s.kind = NEW.kind AND s.removed_at IS NULL
             AND coalesce(s.hotline, '') = coalesce(NEW.hotline, '') AND s.from_at < NEW.to_at AND NEW.from_at < s.to_at)
BEGIN SELECT RAISE(ABORT, 'shift_overlap'); END;

-- Working time in which nobody was there for a hotline.
CREATE TABLE coverage_gaps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hotline    TEXT NOT NULL,
    from_at    INTEGER NOT NULL,
    to_at      INTEGER CHECK (to_at >= from_at),
    cause      TEXT NOT NULL CHECK (cause IN ('nobody', 'away')),
    alerted_at INTEGER,
    quiet      INTEGER NOT NULL DEFAULT 0 CHECK (quiet IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX coverage_gaps_open ON coverage_gaps (hotline) WHERE to_at IS NULL;
CREATE INDEX coverage_gaps_from ON coverage_gaps (from_at);

-- Moments at which somebody came or went and the coverage is to be looked at.
CREATE TABLE coverage_due (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX coverage_due_at ON coverage_due (at);
CREATE TABLE coverage_head (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    looked_at INTEGER NOT NULL,
    next_at   INTEGER,
    calendars INTEGER NOT NULL
) STRICT;
INSERT INTO coverage_head (one, looked_at, next_at, calendars) VALUES (1, 0, NULL, -1);

-- Who is who. Persons of the house, with or without an account.
CREATE TABLE directory_people (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    version      INTEGER NOT NULL DEFAULT 1,
    name         TEXT NOT NULL CHECK (name <> ''),
    spelled      TEXT NOT NULL,              -- pinyin, syllables apart, readings with '/'
    department   TEXT NOT NULL DEFAULT '',
    title        TEXT NOT NULL DEFAULT '',
    location     TEXT NOT NULL DEFAULT '',
    extension    TEXT,
    phone        TEXT,
    mobile       TEXT,
    email        TEXT,
    note         TEXT,
    disclosure   TEXT NOT NULL CHECK (disclosure IN ('public', 'internal', 'restricted')),
    secretary_id INTEGER REFERENCES directory_people (id),
    deputy_id    INTEGER REFERENCES directory_people (id),
    staff_id     INTEGER REFERENCES staff (id),
    state        TEXT CHECK (state IN ('present', 'away', 'meeting', 'out', 'off')),
    place        TEXT,
    until_at     INTEGER,
    state_at     INTEGER,
    created_at   INTEGER NOT NULL,
    removed_at   INTEGER,
    CONSTRAINT directory_oneself CHECK (secretary_id <> id AND deputy_id <> id)
) STRICT;
CREATE UNIQUE INDEX directory_people_staff_id_key ON directory_people (staff_id) WHERE removed_at IS NULL AND staff_id IS NOT NULL;

CREATE TABLE directory_grants (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id INTEGER NOT NULL REFERENCES directory_people (id),
    staff_id  INTEGER NOT NULL REFERENCES staff (id),
    by_staff  INTEGER NOT NULL REFERENCES staff (id),
    reason    TEXT NOT NULL CHECK (reason <> ''),
    from_at   INTEGER NOT NULL,
    to_at     INTEGER NOT NULL,
    ended_at  INTEGER,
    ended     TEXT CHECK (ended IN ('expired', 'revoked')),
    CONSTRAINT grant_length CHECK (to_at > from_at),
    CONSTRAINT grant_ended CHECK ((ended_at IS NULL) = (ended IS NULL))
) STRICT;
CREATE INDEX directory_grants_open ON directory_grants (to_at) WHERE ended_at IS NULL;
CREATE INDEX directory_grants_person ON directory_grants (person_id, staff_id);
