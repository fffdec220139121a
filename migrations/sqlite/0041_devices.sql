-- What an operator found when checking telephone and radios: whether the PBX has the telephone, whether it rang for
-- a trial call, how many greeters answered by radio and who stayed silent. Due once the radios have had their time.
CREATE TABLE device_checks (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    version         INTEGER NOT NULL DEFAULT 1,
    business_date   TEXT NOT NULL,
    staff_id        INTEGER NOT NULL REFERENCES staff (id),
    extension       TEXT NOT NULL, -- empty where they have none
    begun_at        INTEGER NOT NULL,
    registered      TEXT NOT NULL CONSTRAINT device_registered CHECK (registered IN ('yes', 'no', 'unknown')),
    rang            TEXT NOT NULL DEFAULT 'open' CONSTRAINT device_rang CHECK (rang IN ('open', 'seen', 'heard', 'failed')),
    rang_at         INTEGER,
    notice_id       INTEGER REFERENCES notices (id),
    asked           INTEGER NOT NULL DEFAULT 0,
    answered        INTEGER NOT NULL DEFAULT 0,
    silent          TEXT NOT NULL DEFAULT '', -- people, by their numbers
    due_at          INTEGER, -- null once it is settled
    telephone_fault TEXT,
    radio_fault     TEXT
) STRICT;
CREATE INDEX device_checks_day ON device_checks (business_date, staff_id, id);
CREATE INDEX device_checks_due ON device_checks (due_at) WHERE due_at IS NOT NULL;

-- A photo of what was ticked before a desk opened, one for each tick.
CREATE TABLE opening_photos (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id       INTEGER NOT NULL REFERENCES opening_items (id),
    business_date TEXT NOT NULL,
    desk          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    by_staff      INTEGER NOT NULL REFERENCES staff (id),
    mime          TEXT NOT NULL,
    bytes         BLOB NOT NULL,
    CONSTRAINT opening_photos_one UNIQUE (business_date, desk, item_id)
) STRICT;
