-- What the desk writes: the record of a call, drafts of it, scripts and canned texts.

-- Who, when, where, what of a call, and which of them were read back. The words live here alone, so
-- that they can be erased.
CREATE TABLE call_records (
    call_id     INTEGER PRIMARY KEY REFERENCES calls (id),
    version     INTEGER NOT NULL CHECK (version > 0),
    kind        TEXT CHECK (kind IN ('fault', 'booking', 'enquiry', 'complaint', 'message')),
    urgency     TEXT NOT NULL CHECK (urgency IN ('normal', 'urgent', 'critical')),
    who         TEXT NOT NULL,
    occurred    TEXT NOT NULL,
    place       TEXT NOT NULL,
    matter      TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    need        TEXT NOT NULL,
    read_who    INTEGER NOT NULL CHECK (read_who IN (0, 1)),
    read_when   INTEGER NOT NULL CHECK (read_when IN (0, 1)),
    read_where  INTEGER NOT NULL CHECK (read_where IN (0, 1)),
    read_what   INTEGER NOT NULL CHECK (read_what IN (0, 1)),
    readback_at INTEGER,
    written_by  INTEGER REFERENCES staff (id),
    written_at  INTEGER NOT NULL,
    -- an empty part cannot have been read
    CHECK (read_who = 0 OR who <> ''),
    CHECK (read_when = 0 OR occurred <> ''),
    CHECK (read_where = 0 OR place <> ''),
    CHECK (read_what = 0 OR matter <> '')
) STRICT;

-- What a person was writing of a call and has not saved: survives a crash of the browser or the machine.
CREATE TABLE call_drafts (
    call_id  INTEGER NOT NULL REFERENCES calls (id),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    fields   TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (call_id, staff_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_drafts_staff ON call_drafts (staff_id, at);
