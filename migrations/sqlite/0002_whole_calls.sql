-- Calls seen whole: on every telephone of the house, from the trunk to the last transfer.

ALTER TABLE calls ADD COLUMN trunk_call_id TEXT;

-- SQLite cannot change a check: the table is made anew, its rows keep their ids.
CREATE TABLE call_legs_wider (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id     INTEGER NOT NULL REFERENCES calls (id),
    leg         TEXT NOT NULL UNIQUE,   -- PBX, Call-ID and top Via branch
    kind        TEXT NOT NULL CHECK (kind IN ('member', 'position', 'trunk', 'extension', 'outside')),
    extension   TEXT,
    offered_at  INTEGER NOT NULL,
    rang_at     INTEGER,
    answered_at INTEGER,
    ended_at    INTEGER,
    ending      TEXT CHECK (ending IN ('answered', 'elsewhere', 'abandoned', 'busy', 'declined', 'no_answer', 'unreachable', 'transferred'))
) STRICT;
INSERT INTO call_legs_wider (id, call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
    SELECT id, call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending FROM call_legs ORDER BY id;
DROP TABLE call_legs;
ALTER TABLE call_legs_wider RENAME TO call_legs;
CREATE INDEX call_legs_call ON call_legs (call_id, id);

-- A call went from one telephone to another, numbered within the call.
CREATE TABLE call_transfers (
    call_id        INTEGER NOT NULL REFERENCES calls (id),
    seq            INTEGER NOT NULL CHECK (seq > 0),
    at             INTEGER NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('blind', 'attended', 'pickup')),
    from_extension TEXT,
    to_extension   TEXT,
    PRIMARY KEY (call_id, seq)
) STRICT, WITHOUT ROWID;
