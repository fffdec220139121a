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

-- What is said: greetings, closings, refusals, outbound lines, and canned texts.
CREATE TABLE scripts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL DEFAULT 1,
    use        TEXT NOT NULL CHECK (use IN ('greeting', 'closing', 'refusal', 'outbound', 'canned')),
    line       TEXT NOT NULL DEFAULT '',  -- a hotline's number; '' is every line
    language   TEXT NOT NULL CHECK (language IN ('zh-CN', 'en')),
    title      TEXT NOT NULL DEFAULT '',  -- of a canned text
    body       TEXT NOT NULL CHECK (body <> ''),
    changed_by INTEGER REFERENCES staff (id),
    changed_at INTEGER NOT NULL,
    CHECK ((use = 'canned') = (title <> ''))
) STRICT;
CREATE UNIQUE INDEX scripts_use_line_language_title_key ON scripts (use, line, language, title);

-- Words that are never said (operations.md clauses 4.1 to 4.5).
CREATE TABLE forbidden_words (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    word     TEXT NOT NULL CHECK (word <> ''),
    folded   TEXT NOT NULL CHECK (folded <> ''),
    why      TEXT NOT NULL DEFAULT '',
    added_by INTEGER REFERENCES staff (id),
    added_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX forbidden_words_folded_key ON forbidden_words (folded);
INSERT INTO forbidden_words (word, folded, why, added_at) VALUES
    ('喂', '喂', '4.5 用“您好”开头，不说“喂”', 0),
    ('hey', 'hey', '4.5 say “good morning”, never “hey”', 0),
    ('不知道', '不知道', '4.2 说“我帮您问一下”', 0),
    ('不归我管', '不归我管', '4.2 说“我为您转给负责的同事”', 0),
    ('你急什么', '你急什么', '4.2 不使用不礼貌的语言', 0),
    ('有完没完', '有完没完', '4.2 不使用不礼貌的语言', 0);

-- A message slip for a person, with its receipt.
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    version      INTEGER NOT NULL DEFAULT 1,
    for_staff    INTEGER NOT NULL REFERENCES staff (id),
    from_name    TEXT NOT NULL,
    phone        TEXT NOT NULL,
    body         TEXT NOT NULL CHECK (body <> ''),
    urgent       INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    callback_by  INTEGER,
    call_id      INTEGER REFERENCES calls (id),
    via          TEXT NOT NULL CHECK (via IN ('call', 'desk', 'mail', 'pickup')),
    reason       TEXT CHECK (reason IN ('away', 'on_call', 'no_answer', 'off_duty')),
    state        TEXT NOT NULL CHECK (state IN ('taken', 'sent', 'delivered', 'read', 'handled', 'escalated', 'withdrawn')),
    taken_by     INTEGER REFERENCES staff (id),
    taken_at     INTEGER NOT NULL,
    sent_at      INTEGER,
    delivered_at INTEGER,
    read_at      INTEGER,
    handled_at   INTEGER,
    handled_by   INTEGER REFERENCES staff (id),
    answer       TEXT NOT NULL DEFAULT '',
    escalate_at  INTEGER,
    escalated_at INTEGER,
    deputy       INTEGER REFERENCES staff (id),
    withdrawn_at INTEGER,
    why          TEXT NOT NULL DEFAULT '',
    CONSTRAINT messages_handled CHECK ((state = 'handled') = (handled_at IS NOT NULL)),
    CONSTRAINT messages_withdrawn CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT messages_escalated CHECK ((escalated_at IS NULL) = (deputy IS NULL)),
    CONSTRAINT messages_over_rests CHECK (state NOT IN ('handled', 'withdrawn') OR escalate_at IS NULL),
    CONSTRAINT messages_pickup CHECK (reason IS NULL OR via = 'pickup')
) STRICT;
CREATE INDEX messages_inbox ON messages (for_staff, taken_at, id);
CREATE INDEX messages_deputy ON messages (deputy, taken_at, id) WHERE deputy IS NOT NULL;
CREATE INDEX messages_taken ON messages (taken_by, taken_at, id);
CREATE INDEX messages_due ON messages (escalate_at, id) WHERE escalate_at IS NOT NULL;
CREATE INDEX messages_call ON messages (call_id) WHERE call_id IS NOT NULL;
CREATE UNIQUE INDEX messages_pickup_key ON messages (call_id, for_staff) WHERE via = 'pickup';

-- What an outgoing call is for: prepared before it is dialled, or asked afterwards.
CREATE TABLE call_plans (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    version     INTEGER NOT NULL DEFAULT 1,
    staff_id    INTEGER NOT NULL REFERENCES staff (id),
    number      TEXT NOT NULL CHECK (number <> ''),
    name        TEXT NOT NULL,
    about       TEXT,                      -- the subject: follow-ups/3, contacts/7, calls/17
    purpose     TEXT NOT NULL CHECK (purpose <> ''),
    conclusion  TEXT NOT NULL DEFAULT '',
    points      TEXT NOT NULL DEFAULT '',  -- a line each, in the order they are said
    figures     TEXT NOT NULL DEFAULT '',  -- times, places, numbers to be read digit by digit
    summary     TEXT NOT NULL DEFAULT '',
    summed_up   INTEGER NOT NULL DEFAULT 0 CHECK (summed_up IN (0, 1)),
    planned_at  INTEGER NOT NULL,
    outgoing_id INTEGER REFERENCES outgoing_calls (id),
    tied_at     INTEGER,
    CONSTRAINT call_plans_tied CHECK ((outgoing_id IS NULL) = (tied_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX call_plans_outgoing_key ON call_plans (outgoing_id) WHERE outgoing_id IS NOT NULL;
CREATE INDEX call_plans_waiting ON call_plans (staff_id, number, planned_at) WHERE outgoing_id IS NULL;

-- How a supervisor judged an outgoing call that nobody said the purpose of (operations.md clause 1.2).
CREATE TABLE outgoing_judgements (
    outgoing_id INTEGER PRIMARY KEY REFERENCES outgoing_calls (id),
    verdict     TEXT NOT NULL CHECK (verdict IN ('business', 'private')),
    why         TEXT NOT NULL DEFAULT '',
    judged_by   INTEGER REFERENCES staff (id),
    judged_at   INTEGER NOT NULL
) STRICT;
