-- Calls that the house makes to outside, as far as the PBX shows them.
CREATE TABLE outgoing_calls (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    uid           TEXT NOT NULL UNIQUE,
    version       INTEGER NOT NULL,
    pbx           TEXT NOT NULL,
    leg           TEXT,                -- PBX, Call-ID and top Via branch of the telephone's own leg
    extension     TEXT NOT NULL,
    staff_id      INTEGER REFERENCES staff (id), -- whose telephone that was when the call began
    dialled       TEXT NOT NULL,       -- as it was dialled
    number        TEXT,                -- E.164, where that is known
    state         TEXT NOT NULL CHECK (state IN ('dialling', 'ringing', 'answered', 'ended')),
    started_at    INTEGER NOT NULL,
    rang_at       INTEGER CHECK (rang_at >= started_at),
    answered_at   INTEGER CHECK (answered_at >= started_at),
    ended_at      INTEGER CHECK (ended_at >= started_at),
    ending        TEXT CHECK (ending IN ('answered', 'abandoned', 'busy', 'declined', 'no_answer', 'unreachable')),
    ended_by      TEXT NOT NULL CHECK (ended_by IN ('us', 'callee', 'unknown')),
    evidence      TEXT NOT NULL CHECK (evidence IN ('mirror', 'dialog')),
    business_date TEXT NOT NULL,
    CHECK (ended_at IS NULL OR state = 'ended')
) STRICT;
CREATE INDEX outgoing_calls_started ON outgoing_calls (started_at, id);
CREATE INDEX outgoing_calls_number ON outgoing_calls (number, started_at, id) WHERE number IS NOT NULL;
CREATE INDEX outgoing_calls_staff ON outgoing_calls (staff_id, started_at, id) WHERE staff_id IS NOT NULL;
CREATE INDEX outgoing_calls_live ON outgoing_calls (id) WHERE state <> 'ended';
