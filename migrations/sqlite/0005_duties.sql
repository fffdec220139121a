-- Duties: notices with receipts, follow-ups, and the ledger of missed calls.

-- A notice to named people; who has not answered stays on the screens.
CREATE TABLE notices (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    version       INTEGER NOT NULL DEFAULT 1,
    kind          TEXT NOT NULL CHECK (kind <> ''),
    about         TEXT,                             -- the subject: calls/17
    text          TEXT NOT NULL CHECK (text <> ''), -- words; can be erased
    to_role       TEXT,                             -- the role whose people on duty were asked
    sent_by       INTEGER REFERENCES staff (id),
    sent_at       INTEGER NOT NULL,
    must_ack      INTEGER NOT NULL CHECK (must_ack IN (0, 1)),
    state         TEXT NOT NULL CHECK (state IN ('open', 'overdue', 'escalated', 'all_acked', 'superseded', 'closed')),
    ladder        TEXT NOT NULL,                    -- what follows while somebody is silent, as JSON
    step          INTEGER NOT NULL DEFAULT 0,       -- how much of it is done; 0: not yet delivered
    asked         INTEGER NOT NULL DEFAULT 1,       -- how often it was asked
    asked_at      INTEGER NOT NULL,
    due_at        INTEGER,                          -- when the next step is due
    superseded_by INTEGER REFERENCES notices (id),
    closed_at     INTEGER,
    CONSTRAINT notices_over CHECK ((state IN ('all_acked', 'superseded', 'closed')) = (closed_at IS NOT NULL)),
    CONSTRAINT notices_over_rests CHECK (closed_at IS NULL OR due_at IS NULL)
) STRICT;
CREATE INDEX notices_due ON notices (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX notices_about ON notices (about, id) WHERE about IS NOT NULL;
CREATE INDEX notices_sent ON notices (sent_at, id);
CREATE INDEX notices_open ON notices (id) WHERE closed_at IS NULL;

-- One person's answer. The people are a snapshot: nobody is added or taken away later.
CREATE TABLE notice_receipts (
    notice_id    INTEGER NOT NULL REFERENCES notices (id),
    staff_id     INTEGER NOT NULL REFERENCES staff (id),
    delivered_at INTEGER,
    acked_at     INTEGER,
    method       TEXT CHECK (method IN ('page', 'sip', 'voice', 'link')),
    ticked_by    INTEGER REFERENCES staff (id),
    PRIMARY KEY (notice_id, staff_id),
    CONSTRAINT notice_receipts_how CHECK ((acked_at IS NULL) = (method IS NULL)),
    CONSTRAINT notice_receipts_voice CHECK (ticked_by IS NULL OR method = 'voice')
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_receipts_open ON notice_receipts (staff_id, notice_id) WHERE acked_at IS NULL;

-- Answer links: the fingerprint of a key that was sent to one person.
CREATE TABLE notice_keys (
    key_hash  TEXT PRIMARY KEY,
    notice_id INTEGER NOT NULL,
    staff_id  INTEGER NOT NULL,
    made_at   INTEGER NOT NULL,
    FOREIGN KEY (notice_id, staff_id) REFERENCES notice_receipts (notice_id, staff_id)
) STRICT;
CREATE INDEX notice_keys_receipt ON notice_keys (notice_id, staff_id);

-- Who owes what by when about which record.
CREATE TABLE follow_ups (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    version         INTEGER NOT NULL DEFAULT 1,
    kind            TEXT NOT NULL CHECK (kind <> ''),
    about           TEXT,                     -- the subject: calls/17; none for a task of its own
    title           TEXT NOT NULL DEFAULT '', -- words; can be erased
    note            TEXT NOT NULL DEFAULT '',
    state           TEXT NOT NULL CHECK (state IN ('open', 'doing', 'snoozed', 'escalated', 'done', 'dropped')),
    assignee_staff  INTEGER REFERENCES staff (id),
    assignee_role   TEXT,
    opened_at       INTEGER NOT NULL,
    opened_by       INTEGER REFERENCES staff (id),
    due_at          INTEGER NOT NULL,
    remind_at       INTEGER,
    snoozed_until   INTEGER,
    ladder          TEXT NOT NULL,
    step            INTEGER NOT NULL DEFAULT 0,
    escalated_staff INTEGER REFERENCES staff (id),
    escalated_role  TEXT,
    escalated_at    INTEGER,
    step_at         INTEGER,                  -- when the next step is due; step 0 is being due
    next_at         INTEGER,                  -- the earliest of reminder, step, end of a snooze
    repeat_rule     TEXT,
    follows         INTEGER REFERENCES follow_ups (id),
    taken_at        INTEGER,
    closed_at       INTEGER,
    closed_by       INTEGER REFERENCES staff (id),
    result          TEXT NOT NULL DEFAULT '', -- what came of it, or why it was dropped
    CONSTRAINT follow_ups_owned CHECK (assignee_staff IS NOT NULL OR assignee_role IS NOT NULL),
    CONSTRAINT follow_ups_over CHECK ((state IN ('done', 'dropped')) = (closed_at IS NOT NULL)),
    CONSTRAINT follow_ups_over_rests CHECK (closed_at IS NULL OR next_at IS NULL),
    CONSTRAINT follow_ups_dropped_why CHECK (state <> 'dropped' OR result <> ''),
    CONSTRAINT follow_ups_snoozed_until CHECK ((state = 'snoozed') = (snoozed_until IS NOT NULL))
) STRICT;
CREATE INDEX follow_ups_next ON follow_ups (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX follow_ups_about ON follow_ups (about, id) WHERE about IS NOT NULL;
CREATE INDEX follow_ups_open ON follow_ups (due_at, id) WHERE closed_at IS NULL;
CREATE INDEX follow_ups_closed ON follow_ups (closed_at, id) WHERE closed_at IS NOT NULL;

-- What was tried, numbered within the follow-up; only added to.
CREATE TABLE follow_up_attempts (
    follow_up_id INTEGER NOT NULL REFERENCES follow_ups (id),
    seq          INTEGER NOT NULL CHECK (seq > 0),
    at           INTEGER NOT NULL,
    by_staff     INTEGER REFERENCES staff (id),
    outcome      TEXT NOT NULL CHECK (outcome IN ('reached', 'no_answer', 'busy', 'wrong_number', 'message_left', 'other')),
    note         TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (follow_up_id, seq)
) STRICT, WITHOUT ROWID;

-- How missed calls of a hotline are owed back; '' is every hotline without a row of its own.
CREATE TABLE missed_rules (
    hotline     TEXT PRIMARY KEY,
    version     INTEGER NOT NULL DEFAULT 1,
    owner_staff INTEGER REFERENCES staff (id),
    owner_role  TEXT NOT NULL,
    due_ms      INTEGER NOT NULL CHECK (due_ms > 0),
    escalate_ms INTEGER NOT NULL CHECK (escalate_ms > 0),
    count_short INTEGER NOT NULL CHECK (count_short IN (0, 1))
) STRICT;
INSERT INTO missed_rules (hotline, owner_role, due_ms, escalate_ms, count_short) VALUES ('', 'operator', 900000, 900000, 0);

-- One number that is owed a call back, however often it rang.
CREATE TABLE missed_debts (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    version      INTEGER NOT NULL DEFAULT 1,
    number       TEXT,                        -- none where it was withheld: nobody can call back
    follow_up_id INTEGER REFERENCES follow_ups (id), -- none where nobody can call back
    calls        INTEGER NOT NULL CHECK (calls > 0),
    first_call   INTEGER NOT NULL REFERENCES calls (id),
    last_call    INTEGER NOT NULL REFERENCES calls (id),
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    closed_at    INTEGER,
    closed_how   TEXT CHECK (closed_how IN ('called_again', 'called_back', 'by_hand', 'was_test', 'not_returnable')),
    closed_about TEXT,                        -- the call that settled it
    CONSTRAINT missed_debts_over CHECK ((closed_at IS NULL) = (closed_how IS NULL))
) STRICT;
CREATE UNIQUE INDEX missed_debts_number_key ON missed_debts (number) WHERE closed_at IS NULL AND number IS NOT NULL;
CREATE INDEX missed_debts_open ON missed_debts (last_at, id) WHERE closed_at IS NULL;
CREATE INDEX missed_debts_number ON missed_debts (number, id) WHERE number IS NOT NULL;
CREATE INDEX missed_debts_closed ON missed_debts (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE UNIQUE INDEX missed_debts_follow_up_key ON missed_debts (follow_up_id) WHERE follow_up_id IS NOT NULL;

-- Which missed calls a debt is made of; a call is owed once.
CREATE TABLE missed_debt_calls (
    call_id INTEGER PRIMARY KEY REFERENCES calls (id),
    debt_id INTEGER NOT NULL REFERENCES missed_debts (id)
) STRICT;
CREATE INDEX missed_debt_calls_debt ON missed_debt_calls (debt_id, call_id);

-- Calls that a file of the PBX told of afterwards.
CREATE TABLE imported_calls (
    call_id     INTEGER PRIMARY KEY REFERENCES calls (id),
    source      TEXT NOT NULL CHECK (source IN ('asterisk_cdr', 'queue_log', 'freeswitch_cdr', 'plain')),
    imported_at INTEGER NOT NULL,
    imported_by INTEGER REFERENCES staff (id)
) STRICT;
CREATE INDEX journal_kind ON journal (kind, seq);
CREATE INDEX journal_person ON journal (by_staff, seq) WHERE by_staff IS NOT NULL;
