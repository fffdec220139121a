-- What the desk writes: the record of a call, drafts of it, scripts and canned texts.

-- Who, when, where, what of a call, and which of them were read back. The words live here alone, so
-- that they can be erased.
CREATE TABLE call_records (
    call_id     BIGINT PRIMARY KEY REFERENCES calls (id),
    version     BIGINT NOT NULL CHECK (version > 0),
    kind        TEXT CHECK (kind IN ('fault', 'booking', 'enquiry', 'complaint', 'message')),
    urgency     TEXT NOT NULL CHECK (urgency IN ('normal', 'urgent', 'critical')),
    who         TEXT NOT NULL,
    occurred    TEXT NOT NULL,
    place       TEXT NOT NULL,
    matter      TEXT NOT NULL,
    purpose     TEXT NOT NULL,
    need        TEXT NOT NULL,
    read_who    BOOLEAN NOT NULL,
    read_when   BOOLEAN NOT NULL,
    read_where  BOOLEAN NOT NULL,
    read_what   BOOLEAN NOT NULL,
    readback_at BIGINT,
    written_by  BIGINT REFERENCES staff (id),
    written_at  BIGINT NOT NULL,
    -- an empty part cannot have been read
    CHECK (NOT read_who OR who <> ''),
    CHECK (NOT read_when OR occurred <> ''),
    CHECK (NOT read_where OR place <> ''),
    CHECK (NOT read_what OR matter <> '')
);

-- What a person was writing of a call and has not saved: survives a crash of the browser or the machine.
CREATE TABLE call_drafts (
    call_id  BIGINT NOT NULL REFERENCES calls (id),
    staff_id BIGINT NOT NULL REFERENCES staff (id),
    fields   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (call_id, staff_id)
);
CREATE INDEX call_drafts_staff ON call_drafts (staff_id, at);
