-- Numbers people say, what goes out of the house, faults, work orders and their clocks.

-- The next number of every gapless series, taken in the transaction that uses it.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL CHECK (next > 1)
) STRICT;

-- What goes out of the house, written in the transaction it is about and sent after it.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    about       TEXT NOT NULL,   -- the record: work-orders/W26-0198; one record's messages keep their order
    event       TEXT NOT NULL,   -- offered, changed, …: what happened to it
    staff_id    INTEGER REFERENCES staff (id),
    channel     TEXT NOT NULL CHECK (channel IN ('wecom', 'dingtalk', 'feishu', 'webhook', 'mail', 'sip', 'push')),
    target      TEXT NOT NULL,   -- the robot's name, an address, an extension
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    link        TEXT,
    mention     TEXT,
    urgent      INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    instead     TEXT NOT NULL,   -- JSON: the ways to try when this one fails for good
    not_before  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'merged', 'uncertain', 'dead', 'discarded')),
    lease_until INTEGER,
    sent_at     INTEGER,
    reference   TEXT,            -- how the other side knows it: Message-ID, Call-ID
    trouble     TEXT,            -- why the last attempt failed: a key of the words, or the receiver's code
    carried_by  INTEGER REFERENCES outbox (id),
    CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CHECK ((state = 'merged') = (carried_by IS NOT NULL))
) STRICT;
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE state = 'waiting';
CREATE INDEX outbox_sending ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_order ON outbox (about, channel, target, id) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_robot ON outbox (channel, target, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_reference ON outbox (reference) WHERE reference IS NOT NULL;
CREATE INDEX outbox_state ON outbox (state, id);

-- A robot that asked us to be quiet.
CREATE TABLE outbox_pauses (
    target       TEXT PRIMARY KEY,
    paused_until INTEGER NOT NULL
) STRICT;

-- Where people can be reached beside the panel, and when not.
CREATE TABLE outbox_people (
    staff_id    INTEGER PRIMARY KEY REFERENCES staff (id),
    version     INTEGER NOT NULL,
    mail        TEXT NOT NULL,
    mobile      TEXT NOT NULL,
    quiet_from  INTEGER CHECK (quiet_from BETWEEN 0 AND 1439), -- minutes of the local day
    quiet_to    INTEGER CHECK (quiet_to BETWEEN 0 AND 1439),
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
) STRICT;

-- Browsers that take pushes.
CREATE TABLE outbox_browsers (
    endpoint   TEXT PRIMARY KEY,
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    p256dh     TEXT NOT NULL,
    auth       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_browsers_staff ON outbox_browsers (staff_id);

-- Keys of the house that are made once: the VAPID key.
CREATE TABLE outbox_keys (
    name   TEXT PRIMARY KEY,
    secret TEXT NOT NULL
) STRICT;

-- Where faults happen.
CREATE TABLE sites (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL,
    company    TEXT NOT NULL CHECK (company <> ''),
    name       TEXT NOT NULL,
    address    TEXT NOT NULL,
    area       TEXT NOT NULL,
    contact_id INTEGER,          -- the customer's card
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sites_company_name_key ON sites (company, name);
CREATE INDEX sites_contact ON sites (contact_id) WHERE contact_id IS NOT NULL;

-- What was promised to whom.
CREATE TABLE contracts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    version     INTEGER NOT NULL,
    number      TEXT NOT NULL CHECK (number <> ''),
    company     TEXT NOT NULL CHECK (company <> ''),
    name        TEXT NOT NULL,
    calendar_id INTEGER,
    valid_to    TEXT,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX contracts_number_key ON contracts (number);

-- How soon: contract 0 is everybody without one.
CREATE TABLE goals (
    contract_id INTEGER NOT NULL,
    priority    INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 4),
    metric      TEXT NOT NULL CHECK (metric IN ('respond', 'arrive', 'resolve')),
    goal_ms     INTEGER NOT NULL CHECK (goal_ms > 0),
    PRIMARY KEY (contract_id, priority, metric)
) STRICT;

CREATE TABLE assets (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    version     INTEGER NOT NULL,
    site_id     INTEGER NOT NULL REFERENCES sites (id),
    contract_id INTEGER REFERENCES contracts (id),
    name        TEXT NOT NULL CHECK (name <> ''),
    serial      TEXT NOT NULL,
    note        TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX assets_serial_key ON assets (serial) WHERE serial <> '';
CREATE INDEX assets_site ON assets (site_id);

-- What an engineer can do and where, and when their telephone last spoke to us.
CREATE TABLE engineers (
    staff_id INTEGER PRIMARY KEY REFERENCES staff (id),
    skills   TEXT NOT NULL,      -- with commas
    areas    TEXT NOT NULL,
    seen_at  INTEGER
) STRICT;

CREATE TABLE tickets (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    no            TEXT NOT NULL,
    version       INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('new', 'accepted', 'dispatched', 'in_progress', 'waiting', 'resolved', 'closed', 'reopened', 'duplicate', 'cancelled')),
    opened_at     INTEGER NOT NULL,
    opened_by     INTEGER REFERENCES staff (id),
    business_date TEXT NOT NULL,
    call_id       INTEGER REFERENCES calls (id),
    contact_id    INTEGER,
    caller_number TEXT NOT NULL,
    caller_name   TEXT NOT NULL,
    company       TEXT NOT NULL,
    site_id       INTEGER REFERENCES sites (id),
    contract_id   INTEGER REFERENCES contracts (id),
    asset_id      INTEGER REFERENCES assets (id),
    place         TEXT NOT NULL, -- where, in the caller's words
    serial        TEXT NOT NULL,
    need          TEXT NOT NULL,
    purpose       TEXT NOT NULL,
    symptom       TEXT NOT NULL CHECK (symptom <> ''),
    category      TEXT NOT NULL,
    skill         TEXT NOT NULL,
    impact        INTEGER NOT NULL CHECK (impact BETWEEN 1 AND 3),
    urgency       INTEGER NOT NULL CHECK (urgency BETWEEN 1 AND 3),
    priority      INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 4),
    tried         TEXT NOT NULL,
    plan          TEXT NOT NULL,
    promised_at   INTEGER,
    owner         INTEGER REFERENCES staff (id),
    waiting_for   TEXT CHECK (waiting_for IN ('customer', 'parts', 'third_party')),
    waiting_until INTEGER,
    waiting_from  TEXT CHECK (waiting_from IN ('new', 'accepted', 'dispatched', 'in_progress', 'reopened')),
    solution      TEXT NOT NULL,
    cause         TEXT NOT NULL,
    solved_how    TEXT CHECK (solved_how IN ('phone', 'site')),
    accepted_at   INTEGER,
    resolved_at   INTEGER,
    closed_at     INTEGER,
    satisfaction  INTEGER CHECK (satisfaction BETWEEN 1 AND 5),
    reopened      INTEGER NOT NULL CHECK (reopened >= 0),
    duplicate_of  INTEGER REFERENCES tickets (id),
    reason        TEXT NOT NULL, -- why it was cancelled
    CHECK ((state = 'waiting') = (waiting_for IS NOT NULL)),
    CHECK ((state = 'waiting') = (waiting_until IS NOT NULL)),
    CHECK ((state = 'waiting') = (waiting_from IS NOT NULL)),
    CHECK (state NOT IN ('resolved', 'closed') OR solution <> ''),
    CHECK (state NOT IN ('accepted', 'dispatched', 'in_progress') OR owner IS NOT NULL),
    CHECK (state <> 'dispatched' OR (plan <> '' AND promised_at IS NOT NULL)),
    CHECK ((state = 'duplicate') = (duplicate_of IS NOT NULL)),
    CHECK (duplicate_of <> id)
) STRICT;
CREATE UNIQUE INDEX tickets_no_key ON tickets (no);
CREATE INDEX tickets_open ON tickets (state, opened_at) WHERE state NOT IN ('closed', 'duplicate', 'cancelled');
CREATE INDEX tickets_number ON tickets (caller_number, opened_at) WHERE caller_number <> '';
CREATE INDEX tickets_site ON tickets (site_id, opened_at) WHERE site_id IS NOT NULL;
CREATE INDEX tickets_serial ON tickets (serial, opened_at) WHERE serial <> '';
CREATE INDEX tickets_call ON tickets (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX tickets_waiting ON tickets (waiting_until) WHERE waiting_until IS NOT NULL;
CREATE INDEX tickets_day ON tickets (business_date);
CREATE INDEX tickets_resolved ON tickets (resolved_at) WHERE resolved_at IS NOT NULL;

-- The moves a ticket may make, and no others.
CREATE TABLE ticket_moves (
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO ticket_moves (from_state, to_state) VALUES
    ('new', 'accepted'), ('reopened', 'accepted'),
    ('accepted', 'resolved'), ('accepted', 'dispatched'),
    ('dispatched', 'in_progress'), ('in_progress', 'resolved'),
    ('new', 'waiting'), ('accepted', 'waiting'), ('dispatched', 'waiting'), ('in_progress', 'waiting'), ('reopened', 'waiting'),
    ('waiting', 'new'), ('waiting', 'accepted'), ('waiting', 'dispatched'), ('waiting', 'in_progress'), ('waiting', 'reopened'),
    ('resolved', 'closed'), ('resolved', 'reopened'), ('closed', 'reopened'),
    ('new', 'duplicate'), ('accepted', 'duplicate'), ('dispatched', 'duplicate'), ('in_progress', 'duplicate'), ('waiting', 'duplicate'), ('reopened', 'duplicate'), ('resolved', 'duplicate'),
    ('new', 'cancelled'), ('accepted', 'cancelled'), ('dispatched', 'cancelled'), ('in_progress', 'cancelled'), ('waiting', 'cancelled'), ('reopened', 'cancelled'), ('resolved', 'cancelled');
CREATE TRIGGER ticket_move BEFORE UPDATE OF state ON tickets
WHEN OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM ticket_moves WHERE from_state = OLD.state AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'ticket_move'); END;
CREATE TRIGGER ticket_returns_where_it_was BEFORE UPDATE OF state ON tickets
WHEN OLD.state = 'waiting' AND NEW.state NOT IN ('waiting', 'duplicate', 'cancelled') AND NEW.state <> OLD.waiting_from
BEGIN SELECT RAISE(ABORT, 'ticket_move'); END;
CREATE TRIGGER tickets_stay BEFORE DELETE ON tickets
BEGIN SELECT RAISE(ABORT, 'tickets_stay'); END;

-- What was said about a ticket or an order, in words; can be erased.
CREATE TABLE ticket_notes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    at        INTEGER NOT NULL,
    by_staff  INTEGER REFERENCES staff (id),
    kind      TEXT NOT NULL,
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX ticket_notes_ticket ON ticket_notes (ticket_id, id);

-- Two-character pieces of what a ticket or an order says.
CREATE TABLE ticket_grams (
    gram      TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    PRIMARY KEY (gram, ticket_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_grams_ticket ON ticket_grams (ticket_id);

CREATE TABLE work_orders (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    no           TEXT NOT NULL,
    version      INTEGER NOT NULL,
    ticket_id    INTEGER NOT NULL REFERENCES tickets (id),
    state        TEXT NOT NULL CHECK (state IN ('draft', 'issued', 'acked', 'en_route', 'on_site', 'paused', 'done', 'signed', 'archived', 'recalled')),
    created_at   INTEGER NOT NULL,
    issued_at    INTEGER,
    issued_by    INTEGER REFERENCES staff (id),
    skills       TEXT NOT NULL,
    window_from  INTEGER,
    window_to    INTEGER CHECK (window_to >= window_from),
    tasks        TEXT NOT NULL,  -- a line each
    tools        TEXT NOT NULL,
    instructions TEXT NOT NULL,
    acked_at     INTEGER,
    departed_at  INTEGER,
    arrived_at   INTEGER,
    finished_at  INTEGER,
    signed_at    INTEGER,
    archived_at  INTEGER,
    cause        TEXT NOT NULL,
    work_done    TEXT NOT NULL,
    parts        TEXT NOT NULL,  -- a line each: name, number, price
    readings     TEXT NOT NULL,
    next_step    TEXT NOT NULL,  -- empty: solved
    fee_fen      INTEGER NOT NULL CHECK (fee_fen >= 0),
    customer     TEXT NOT NULL,
    satisfaction INTEGER CHECK (satisfaction BETWEEN 1 AND 5),
    unsigned_why TEXT NOT NULL,  -- why nobody signed; then a photograph stands for it
    prints       INTEGER NOT NULL CHECK (prints >= 0),
    CHECK (state <> 'done' OR work_done <> ''),
    CHECK (state NOT IN ('signed', 'archived') OR customer <> '' OR unsigned_why <> '')
) STRICT;
CREATE UNIQUE INDEX work_orders_no_key ON work_orders (no);
CREATE INDEX work_orders_ticket ON work_orders (ticket_id);
CREATE INDEX work_orders_open ON work_orders (state) WHERE state NOT IN ('archived', 'recalled');
CREATE INDEX work_orders_created ON work_orders (created_at, id);

CREATE TABLE work_order_moves (
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state)
) STRICT, WITHOUT ROWID;
INSERT INTO work_order_moves (from_state, to_state) VALUES
    ('draft', 'issued'), ('issued', 'acked'), ('issued', 'draft'), ('acked', 'draft'),
    ('acked', 'en_route'), ('en_route', 'on_site'),
    ('on_site', 'paused'), ('paused', 'on_site'), ('on_site', 'done'),
    ('done', 'signed'), ('signed', 'archived'),
    ('draft', 'recalled'), ('issued', 'recalled'), ('acked', 'recalled'), ('en_route', 'recalled');
CREATE TRIGGER work_order_move BEFORE UPDATE OF state ON work_orders
WHEN OLD.state <> NEW.state AND NOT EXISTS (SELECT 1 FROM work_order_moves WHERE from_state = OLD.state AND to_state = NEW.state)
BEGIN SELECT RAISE(ABORT, 'work_order_move'); END;
CREATE TRIGGER work_order_archived BEFORE UPDATE OF no, ticket_id, skills, tasks, tools, instructions, cause, work_done, parts, readings, next_step, fee_fen, customer, satisfaction, unsigned_why, signed_at, finished_at, arrived_at ON work_orders
WHEN OLD.state = 'archived'
BEGIN SELECT RAISE(ABORT, 'work_order_archived'); END;
CREATE TRIGGER work_orders_stay BEFORE DELETE ON work_orders
BEGIN SELECT RAISE(ABORT, 'work_orders_stay'); END;

CREATE TABLE work_order_crew (
    order_id INTEGER NOT NULL REFERENCES work_orders (id),
    staff_id INTEGER NOT NULL REFERENCES staff (id),
    lead     INTEGER NOT NULL CHECK (lead IN (0, 1)),
    PRIMARY KEY (order_id, staff_id)
) STRICT;
CREATE UNIQUE INDEX work_order_crew_lead_key ON work_order_crew (order_id) WHERE lead = 1;
CREATE INDEX work_order_crew_staff ON work_order_crew (staff_id);

-- What was done to an order, when by the telephone's clock and when by ours.
CREATE TABLE work_order_events (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id  INTEGER NOT NULL REFERENCES work_orders (id),
    op_id     TEXT,
    verb      TEXT NOT NULL,
    by_staff  INTEGER REFERENCES staff (id),
    at_client INTEGER NOT NULL,
    at_server INTEGER NOT NULL,
    applied   INTEGER NOT NULL CHECK (applied IN (0, 1)),
    state     TEXT NOT NULL,     -- the order's state when it came
    text      TEXT NOT NULL
) STRICT;
CREATE INDEX work_order_events_order ON work_order_events (order_id, id);
CREATE UNIQUE INDEX work_order_events_op_id_key ON work_order_events (op_id) WHERE op_id IS NOT NULL;
CREATE TRIGGER work_order_events_no_update BEFORE UPDATE ON work_order_events
BEGIN SELECT RAISE(ABORT, 'work_order_events_append_only'); END;
CREATE TRIGGER work_order_events_no_delete BEFORE DELETE ON work_order_events
BEGIN SELECT RAISE(ABORT, 'work_order_events_append_only'); END;

-- Photographs and signatures.
CREATE TABLE work_order_pictures (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES work_orders (id),
    op_id    TEXT,
    kind     TEXT NOT NULL CHECK (kind IN ('photo', 'signature')),
    at       INTEGER NOT NULL,
    by_staff INTEGER REFERENCES staff (id),
    mime     TEXT NOT NULL,
    bytes    BLOB NOT NULL
) STRICT;
CREATE INDEX work_order_pictures_order ON work_order_pictures (order_id, id);
CREATE UNIQUE INDEX work_order_pictures_op_id_key ON work_order_pictures (op_id) WHERE op_id IS NOT NULL;

-- To whom an order was offered, and until when they should say yes.
CREATE TABLE work_order_offers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id   INTEGER NOT NULL REFERENCES work_orders (id),
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    offered_at INTEGER NOT NULL,
    answer_by  INTEGER NOT NULL,
    answered_at INTEGER,
    state      TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'silent', 'withdrawn')),
    why        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX work_order_offers_open_key ON work_order_offers (order_id) WHERE state = 'open';
CREATE INDEX work_order_offers_due ON work_order_offers (answer_by) WHERE state = 'open';
CREATE INDEX work_order_offers_staff ON work_order_offers (staff_id, offered_at);

-- The clocks of a ticket: what is measured is in the intervals, the rest is computed from them.
CREATE TABLE ticket_clocks (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id    INTEGER NOT NULL REFERENCES tickets (id),
    round        INTEGER NOT NULL, -- 0, and one more for every reopening
    metric       TEXT NOT NULL CHECK (metric IN ('respond', 'arrive', 'resolve')),
    calendar_id  INTEGER,
    goal_ms      INTEGER NOT NULL CHECK (goal_ms > 0),
    state        TEXT NOT NULL CHECK (state IN ('running', 'paused', 'stopped')),
    warn_at      INTEGER,         -- while it runs: when 75 % is used
    due_at       INTEGER,         -- while it runs: when all is used
    warned_at    INTEGER,
    escalated_at INTEGER,
    stopped_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX ticket_clocks_one_key ON ticket_clocks (ticket_id, round, metric);
CREATE INDEX ticket_clocks_warn ON ticket_clocks (warn_at) WHERE state = 'running' AND warned_at IS NULL;
CREATE INDEX ticket_clocks_due ON ticket_clocks (due_at) WHERE state = 'running' AND escalated_at IS NULL;

CREATE TABLE ticket_clock_intervals (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    clock_id INTEGER NOT NULL REFERENCES ticket_clocks (id),
    from_at  INTEGER NOT NULL,
    to_at    INTEGER CHECK (to_at >= from_at)
) STRICT;
CREATE INDEX ticket_clock_intervals_clock ON ticket_clock_intervals (clock_id, id);
CREATE UNIQUE INDEX ticket_clock_intervals_open_key ON ticket_clock_intervals (clock_id) WHERE to_at IS NULL;

-- The summary as it was handed in; figures never change afterwards.
CREATE TABLE fault_reports (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    period       TEXT NOT NULL CHECK (period IN ('day', 'week')),
    from_date    TEXT NOT NULL,
    version      INTEGER NOT NULL,
    figures      TEXT NOT NULL,
    remarks      TEXT NOT NULL,
    submitted_at INTEGER NOT NULL,
    submitted_by INTEGER REFERENCES staff (id),
    read_at      INTEGER,
    read_by      INTEGER REFERENCES staff (id),
    answer       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX fault_reports_one_key ON fault_reports (period, from_date);
CREATE TRIGGER fault_reports_frozen BEFORE UPDATE OF period, from_date, figures, remarks, submitted_at, submitted_by ON fault_reports
BEGIN SELECT RAISE(ABORT, 'fault_reports_frozen'); END;

-- Everybody without a contract: minutes by priority, best practice of small service companies.
INSERT INTO goals (contract_id, priority, metric, goal_ms) VALUES
    (0, 1, 'respond', 900000), (0, 1, 'arrive', 7200000), (0, 1, 'resolve', 14400000),
    (0, 2, 'respond', 1800000), (0, 2, 'arrive', 14400000), (0, 2, 'resolve', 28800000),
    (0, 3, 'respond', 3600000), (0, 3, 'arrive', 28800000), (0, 3, 'resolve', 57600000),
    (0, 4, 'respond', 14400000), (0, 4, 'arrive', 86400000), (0, 4, 'resolve', 144000000);
