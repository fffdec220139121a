-- The ground: the journal, the people, the calls.
-- Instants are epoch milliseconds, UTC. The journal holds ids and changes, never people's numbers
-- or words: those live in rows that can be erased.

CREATE TABLE site (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE journal_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO journal_head (one, seq) VALUES (1, 0);

CREATE TABLE journal (
    seq      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    by_staff INTEGER,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    change   TEXT NOT NULL,
    version  INTEGER,
    before   TEXT,
    after    TEXT,
    why      TEXT
) STRICT;
CREATE INDEX journal_subject ON journal (subject, seq);
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal_append_only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal_append_only'); END;

CREATE TABLE staff (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    version       INTEGER NOT NULL DEFAULT 1,
    name          TEXT NOT NULL CHECK (name <> ''),
    login         TEXT NOT NULL UNIQUE CHECK (login <> ''),
    password_hash TEXT,
    roles         TEXT NOT NULL,
    extension     TEXT,
    language      TEXT,
    theme         TEXT CHECK (theme IN ('light', 'dark')),
    volume        INTEGER NOT NULL DEFAULT 70 CHECK (volume BETWEEN 0 AND 100),
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX staff_extension_key ON staff (extension) WHERE disabled_at IS NULL AND extension IS NOT NULL;

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_staff ON sessions (staff_id);

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    roles      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

-- One-time links: the first administrator (staff_id NULL), or a person choosing a password.
CREATE TABLE setup_links (
    token_hash TEXT PRIMARY KEY,
    staff_id   INTEGER REFERENCES staff (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

-- A repeated write gets the first answer, for 24 h.
CREATE TABLE idempotency (
    account    TEXT NOT NULL,
    key        TEXT NOT NULL,
    body_hash  TEXT NOT NULL,
    status     INTEGER,
    answer     TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE calls (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    uid                TEXT NOT NULL UNIQUE,
    version            INTEGER NOT NULL,
    pbx                TEXT NOT NULL,
    hotline_number     TEXT,
    hotline_name       TEXT,
    caller_number      TEXT,
    caller_reversed    TEXT,
    caller_as_sent     TEXT,
    caller_display     TEXT,
    withheld           INTEGER NOT NULL CHECK (withheld IN (0, 1)),
    state              TEXT NOT NULL CHECK (state IN ('offered', 'ringing', 'answered', 'ended')),
    offered_at         INTEGER NOT NULL,
    rang_at            INTEGER CHECK (rang_at >= offered_at),
    answered_at        INTEGER CHECK (answered_at >= offered_at),
    ended_at           INTEGER CHECK (ended_at >= offered_at),
    rings              INTEGER NOT NULL CHECK (rings >= 0),
    answer_rings       INTEGER CHECK (answer_rings >= 0),
    answer_ms          INTEGER CHECK (answer_ms >= 0),
    caller_wait_ms     INTEGER CHECK (caller_wait_ms >= 0),
    within_target      INTEGER CHECK (within_target IN (0, 1)),
    answered_extension TEXT,
    answered_staff     INTEGER REFERENCES staff (id),
    outcome            TEXT CHECK (outcome IN ('met', 'late', 'abandoned_short', 'abandoned', 'not_offered', 'machine_only', 'unmeasured')),
    excluded           TEXT CHECK (excluded IN ('after_hours', 'outage', 'test')),
    ended_by           TEXT NOT NULL CHECK (ended_by IN ('caller', 'us', 'unknown')),
    end_seen           INTEGER NOT NULL CHECK (end_seen IN (0, 1)),
    evidence           TEXT NOT NULL CHECK (evidence IN ('position_180', 'dialog', 'trunk_180', 'member', 'none')),
    -- the promise as it stood when the call came
    cycle_ms           INTEGER NOT NULL CHECK (cycle_ms > 0),
    target_rings       INTEGER NOT NULL CHECK (target_rings > 0),
    target_ms          INTEGER NOT NULL CHECK (target_ms > 0),
    colleague_rings    INTEGER NOT NULL CHECK (colleague_rings > 0),
    alarm              INTEGER NOT NULL DEFAULT 0,
    taken_by           INTEGER REFERENCES staff (id),
    taken_at           INTEGER,
    put_away_at        INTEGER,
    notes              TEXT NOT NULL DEFAULT '',
    notes_by           INTEGER REFERENCES staff (id),
    notes_at           INTEGER,
    notes_version      INTEGER NOT NULL DEFAULT 0, -- the call's version when its notes last changed
    readback_at        INTEGER,
    business_date      TEXT NOT NULL,
    local_hour         INTEGER NOT NULL CHECK (local_hour BETWEEN 0 AND 23),
    CHECK ((state = 'ended') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX calls_offered ON calls (offered_at, id);
CREATE INDEX calls_caller ON calls (caller_number, offered_at, id);
CREATE INDEX calls_reversed ON calls (caller_reversed, offered_at, id);
CREATE INDEX calls_live ON calls (id) WHERE state <> 'ended';
CREATE INDEX calls_staff ON calls (answered_staff, offered_at, id) WHERE answered_staff IS NOT NULL;
CREATE INDEX calls_taken ON calls (taken_by, offered_at, id) WHERE taken_by IS NOT NULL;
CREATE INDEX calls_in_hand ON calls (taken_by, taken_at) WHERE taken_by IS NOT NULL AND put_away_at IS NULL;
CREATE INDEX calls_outcome ON calls (outcome, offered_at, id);
CREATE INDEX calls_day ON calls (business_date, outcome);
CREATE INDEX calls_hotline ON calls (hotline_number, offered_at, id);
-- An ended call keeps its outcome, unless it was closed without its end being seen.
CREATE TRIGGER calls_outcome_final BEFORE UPDATE OF outcome, state ON calls
WHEN OLD.state = 'ended' AND OLD.outcome <> 'unmeasured'
     AND (NEW.state <> 'ended' OR NEW.outcome IS NOT OLD.outcome)
BEGIN SELECT RAISE(ABORT, 'calls_outcome_final'); END;

CREATE TABLE call_legs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id     INTEGER NOT NULL REFERENCES calls (id),
    leg         TEXT NOT NULL UNIQUE,   -- source, Call-ID and top Via branch
    kind        TEXT NOT NULL CHECK (kind IN ('member', 'position', 'trunk')),
    extension   TEXT,
    offered_at  INTEGER NOT NULL,
    rang_at     INTEGER,
    answered_at INTEGER,
    ended_at    INTEGER,
    ending      TEXT CHECK (ending IN ('answered', 'elsewhere', 'abandoned', 'busy', 'declined', 'no_answer', 'unreachable', 'transferred'))
) STRICT;
CREATE INDEX call_legs_call ON call_legs (call_id, id);

-- What happened to a call, in order; no personal data.
CREATE TABLE call_events (
    call_id INTEGER NOT NULL REFERENCES calls (id),
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    data    TEXT,
    PRIMARY KEY (call_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER call_events_no_update BEFORE UPDATE ON call_events
BEGIN SELECT RAISE(ABORT, 'call_events_append_only'); END;
CREATE TRIGGER call_events_no_delete BEFORE DELETE ON call_events
BEGIN SELECT RAISE(ABORT, 'call_events_append_only'); END;

-- The signalling of a call, credentials removed; can be erased.
CREATE TABLE call_messages (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id   INTEGER NOT NULL REFERENCES calls (id),
    at        INTEGER NOT NULL,
    way       TEXT NOT NULL CHECK (way IN ('in', 'out')),
    transport TEXT NOT NULL,
    local     TEXT NOT NULL,
    peer      TEXT NOT NULL,
    leg       TEXT NOT NULL,
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX call_messages_call ON call_messages (call_id, id);

-- Two-character pieces of names and notes: finds Chinese words of two characters on both engines.
CREATE TABLE call_grams (
    gram    TEXT NOT NULL,
    call_id INTEGER NOT NULL REFERENCES calls (id),
    PRIMARY KEY (gram, call_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_grams_call ON call_grams (call_id);

-- When a source of sightings was deaf, and why.
CREATE TABLE outages (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    pbx     TEXT NOT NULL,
    source  TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at   INTEGER CHECK (to_at >= from_at),
    reason  TEXT NOT NULL
) STRICT;
CREATE INDEX outages_from ON outages (from_at);
CREATE UNIQUE INDEX outages_open_key ON outages (pbx, source) WHERE to_at IS NULL;
