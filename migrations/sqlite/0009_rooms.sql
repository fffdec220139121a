-- Rooms, who has taken them, bookings, the waitlist, banquets. Instants are epoch milliseconds, UTC.

-- One rule for everything that can be taken: rooms/7, staff/5. Half-open, cleaning inside to_at.
CREATE TABLE claims (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    resource       TEXT NOT NULL,
    from_at        INTEGER NOT NULL,
    to_at          INTEGER NOT NULL,
    buffer_ms      INTEGER NOT NULL DEFAULT 0,
    kind           TEXT NOT NULL CONSTRAINT claim_kind CHECK (kind IN ('hold', 'booking', 'viewing', 'out_of_order', 'internal', 'option', 'appointment')),
    owner          TEXT NOT NULL,
    expires_at     INTEGER,
    released_at    INTEGER,
    release_reason TEXT,
    note           TEXT NOT NULL DEFAULT '',
    by_staff       INTEGER REFERENCES staff (id),
    created_at     INTEGER NOT NULL,
    CONSTRAINT claim_span CHECK (to_at > from_at AND buffer_ms >= 0 AND buffer_ms < to_at - from_at)
) STRICT;
CREATE INDEX claims_live ON claims (resource, from_at) WHERE released_at IS NULL AND kind <> 'viewing';
-- Claims on one resource are disjoint already, so only the last one that begins before our end can
-- be in the way: one probe of the index.
CREATE TRIGGER claims_no_overlap_insert BEFORE INSERT ON claims
WHEN new.released_at IS NULL AND new.kind <> 'viewing'
BEGIN
    SELECT RAISE(ABORT, 'claim_overlap') WHERE (
        SELECT to_at FROM claims
        WHERE resource = new.resource AND released_at IS NULL AND kind <> 'viewing' AND from_at < new.to_at
        ORDER BY from_at DESC LIMIT 1
    ) > new.from_at;
END;
CREATE TRIGGER claims_no_overlap_update BEFORE UPDATE OF id, resource, from_at, to_at, kind, released_at ON claims
WHEN new.released_at IS NULL AND new.kind <> 'viewing'
BEGIN
    SELECT RAISE(ABORT, 'claim_overlap') WHERE (
        SELECT to_at FROM claims
        WHERE resource = new.resource AND released_at IS NULL AND kind <> 'viewing' AND from_at < new.to_at AND id <> old.id
        ORDER BY from_at DESC LIMIT 1
    ) > new.from_at;
END;
CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims
BEGIN SELECT RAISE(ABORT, 'claims_are_kept'); END;
CREATE INDEX claims_span ON claims (to_at, from_at) WHERE released_at IS NULL;
CREATE INDEX claims_owner ON claims (owner) WHERE released_at IS NULL;
CREATE INDEX claims_expiry ON claims (expires_at) WHERE released_at IS NULL AND expires_at IS NOT NULL;

-- The house: parts, kinds of rooms, rooms, what opens into what, what things cost from when on.
CREATE TABLE areas (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL DEFAULT 1,
    name    TEXT NOT NULL CONSTRAINT areas_name_key UNIQUE CONSTRAINT area_name CHECK (name <> ''),
    sort    INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Minutes are counted from midnight of the business date and may pass 1440: 26:00 is two in the morning.
CREATE TABLE periods (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    version      INTEGER NOT NULL DEFAULT 1,
    name         TEXT NOT NULL CONSTRAINT periods_name_key UNIQUE CONSTRAINT period_name CHECK (name <> ''),
    from_minute  INTEGER NOT NULL,
    to_minute    INTEGER NOT NULL,
    stay_minutes INTEGER CONSTRAINT period_stay CHECK (stay_minutes > 0),
    CONSTRAINT period_span CHECK (from_minute >= 0 AND to_minute > from_minute AND to_minute <= 2880)
) STRICT;
CREATE TABLE room_classes (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    version        INTEGER NOT NULL DEFAULT 1,
    name           TEXT NOT NULL CONSTRAINT room_classes_name_key UNIQUE CONSTRAINT room_class_name CHECK (name <> ''),
    sort           INTEGER NOT NULL DEFAULT 0,
    stay_small     INTEGER NOT NULL CONSTRAINT room_class_stay_small CHECK (stay_small BETWEEN 15 AND 1440),
    stay_medium    INTEGER NOT NULL CONSTRAINT room_class_stay_medium CHECK (stay_medium BETWEEN 15 AND 1440),
    stay_large     INTEGER NOT NULL CONSTRAINT room_class_stay_large CHECK (stay_large BETWEEN 15 AND 1440),
    buffer_minutes INTEGER NOT NULL CONSTRAINT room_class_buffer CHECK (buffer_minutes BETWEEN 0 AND 240)
) STRICT;
CREATE TABLE rooms (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    version      INTEGER NOT NULL DEFAULT 1,
    name         TEXT NOT NULL CONSTRAINT room_name CHECK (name <> ''),
    alias        TEXT NOT NULL DEFAULT '',
    kind         TEXT NOT NULL CONSTRAINT room_kind CHECK (kind IN ('room', 'table', 'hall')),
    area_id      INTEGER NOT NULL REFERENCES areas (id),
    class_id     INTEGER NOT NULL REFERENCES room_classes (id),
    cap_min      INTEGER NOT NULL,
    cap_max      INTEGER NOT NULL,
    cap_extra    INTEGER NOT NULL DEFAULT 0,
    tables       INTEGER,
    shareable    INTEGER NOT NULL DEFAULT 0 CONSTRAINT room_shareable CHECK (shareable IN (0, 1)),
    priority     INTEGER NOT NULL DEFAULT 0,
    features     TEXT NOT NULL DEFAULT '',
    equipment    TEXT NOT NULL DEFAULT '',
    notes        TEXT NOT NULL DEFAULT '',
    sort         INTEGER NOT NULL DEFAULT 0,
    readiness    TEXT NOT NULL DEFAULT 'ready' CONSTRAINT room_readiness CHECK (readiness IN ('ready', 'dirty', 'cleaning', 'inspected')),
    readiness_at INTEGER NOT NULL,
    feed_key     TEXT NOT NULL CONSTRAINT rooms_feed_key_key UNIQUE,
    retired_at   INTEGER,
    CONSTRAINT room_capacity CHECK (cap_min >= 1 AND cap_max >= cap_min AND cap_extra >= 0)
) STRICT;
CREATE UNIQUE INDEX rooms_name_key ON rooms (name) WHERE retired_at IS NULL;
-- Rooms that open into each other; opened up they seat fewer than both apart.
CREATE TABLE room_links (
    low_id     INTEGER NOT NULL REFERENCES rooms (id),
    high_id    INTEGER NOT NULL REFERENCES rooms (id),
    seats_lost INTEGER NOT NULL DEFAULT 0 CONSTRAINT room_link_seats CHECK (seats_lost >= 0),
    PRIMARY KEY (low_id, high_id),
    CONSTRAINT room_link_order CHECK (low_id < high_id)
) STRICT;
CREATE TABLE room_prices (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id       INTEGER REFERENCES rooms (id),
    class_id      INTEGER REFERENCES room_classes (id),
    period_id     INTEGER REFERENCES periods (id),
    valid_from    TEXT NOT NULL,
    min_spend_fen INTEGER NOT NULL DEFAULT 0 CONSTRAINT room_price_min CHECK (min_spend_fen >= 0),
    per_hour_fen  INTEGER NOT NULL DEFAULT 0 CONSTRAINT room_price_hour CHECK (per_hour_fen >= 0),
    deposit_fen   INTEGER NOT NULL DEFAULT 0 CONSTRAINT room_price_deposit CHECK (deposit_fen >= 0),
    CONSTRAINT room_price_of_what CHECK ((room_id IS NULL) <> (class_id IS NULL))
) STRICT;
CREATE TABLE booking_rules (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    rules   TEXT NOT NULL
) STRICT;

-- Bookings: who comes, when, where, and how it went.
CREATE TABLE booking_series (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    every      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    by_staff   INTEGER REFERENCES staff (id)
) STRICT;
CREATE TABLE bookings (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    version         INTEGER NOT NULL DEFAULT 1,
    no              TEXT NOT NULL CONSTRAINT bookings_no_key UNIQUE,
    business_date   TEXT NOT NULL,
    local_hour      INTEGER NOT NULL,
    contact_id      INTEGER,
    name            TEXT NOT NULL,
    party           INTEGER NOT NULL CONSTRAINT booking_party CHECK (party BETWEEN 1 AND 2000),
    phone           TEXT,
    wall            TEXT NOT NULL,
    starts_at       INTEGER NOT NULL,
    planned_minutes INTEGER NOT NULL CONSTRAINT booking_stay CHECK (planned_minutes BETWEEN 5 AND 2880),
    eta_at          INTEGER,
    delay_count     INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    wishes          TEXT NOT NULL DEFAULT '',
    note            TEXT NOT NULL DEFAULT '',
    occasion        TEXT NOT NULL DEFAULT '',
    source          TEXT NOT NULL CONSTRAINT booking_source CHECK (source IN ('self', 'staff', 'online', 'walk_in')),
    sold_by         TEXT,
    sold_dept       TEXT,
    handled_by      INTEGER REFERENCES staff (id),
    call_id         INTEGER REFERENCES calls (id),
    deposit_fen     INTEGER NOT NULL DEFAULT 0 CONSTRAINT booking_deposit CHECK (deposit_fen >= 0),
    bill_fen        INTEGER CONSTRAINT booking_bill CHECK (bill_fen >= 0),
    tier            INTEGER NOT NULL DEFAULT 0,
    pinned          INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    readback_at     INTEGER,
    attribution_locked_at INTEGER,
    attribution_round     INTEGER NOT NULL DEFAULT 0,
    state           TEXT NOT NULL CONSTRAINT booking_state CHECK (state IN ('booked', 'arrived', 'in_room', 'departed', 'cancelled', 'no_show', 'left_unseated')),
    reason          TEXT,
    due_at          INTEGER,
    follow_up       INTEGER,
    series_id       INTEGER REFERENCES booking_series (id),
    arrived_at      INTEGER,
    seated_at       INTEGER,
    ended_at        INTEGER,
    created_at      INTEGER NOT NULL,
    CONSTRAINT booking_sold_by CHECK (source <> 'staff' OR (sold_by IS NOT NULL AND sold_dept IS NOT NULL)),
    CONSTRAINT booking_phone CHECK (phone IS NOT NULL OR source = 'walk_in')
) STRICT;
CREATE INDEX bookings_day ON bookings (business_date, starts_at);
CREATE INDEX bookings_phone ON bookings (phone, starts_at);
CREATE INDEX bookings_due ON bookings (due_at) WHERE due_at IS NOT NULL;
-- The only ways from one state to the next, and back by undoing.
CREATE TABLE booking_moves (from_state TEXT NOT NULL, to_state TEXT NOT NULL, PRIMARY KEY (from_state, to_state)) STRICT;
INSERT INTO booking_moves (from_state, to_state) VALUES
    ('booked', 'arrived'), ('booked', 'in_room'), ('arrived', 'in_room'), ('in_room', 'departed'),
    ('booked', 'cancelled'), ('arrived', 'cancelled'), ('booked', 'no_show'), ('arrived', 'left_unseated'),
    ('no_show', 'booked'), ('cancelled', 'booked'), ('departed', 'in_room'),
    ('arrived', 'booked'), ('in_room', 'booked'), ('in_room', 'arrived'), ('cancelled', 'arrived'),
    ('left_unseated', 'arrived'), ('in_room', 'cancelled'), ('departed', 'booked');
CREATE TABLE segments (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    booking_id    INTEGER NOT NULL REFERENCES bookings (id),
    room_id       INTEGER NOT NULL REFERENCES rooms (id),
    claim_id      INTEGER NOT NULL REFERENCES claims (id),
    from_at       INTEGER NOT NULL,
    to_at         INTEGER NOT NULL,
    role          TEXT NOT NULL CONSTRAINT segment_role CHECK (role IN ('primary', 'added', 'combined', 'moved', 'shared')),
    combine_group INTEGER,
    seated_at     INTEGER,
    ended_at      INTEGER,
    ended_reason  TEXT,
    CONSTRAINT segment_span CHECK (to_at >= from_at)
) STRICT;
CREATE INDEX segments_booking ON segments (booking_id);
CREATE INDEX segments_room ON segments (room_id, from_at);
CREATE INDEX segments_claim ON segments (claim_id);
-- What was done to bookings, with the picture from before for as long as it can be undone.
CREATE TABLE booking_acts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    by_staff  INTEGER REFERENCES staff (id),
    kind      TEXT NOT NULL,
    subject   TEXT NOT NULL,
    image     TEXT,
    undone_at INTEGER,
    undone_by INTEGER REFERENCES staff (id)
) STRICT;
CREATE INDEX booking_acts_subject ON booking_acts (subject, id);
CREATE INDEX booking_acts_image ON booking_acts (at) WHERE image IS NOT NULL;
CREATE TABLE booking_approvals (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    booking_id  INTEGER NOT NULL REFERENCES bookings (id),
    command     TEXT NOT NULL,
    asked_by    INTEGER REFERENCES staff (id),
    asked_at    INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'asked' CONSTRAINT approval_state CHECK (state IN ('asked', 'granted', 'refused')),
    answered_by INTEGER REFERENCES staff (id),
    answered_at INTEGER
) STRICT;

-- Who waits for a room, and what they were offered.
CREATE TABLE waitlist (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    version       INTEGER NOT NULL DEFAULT 1,
    business_date TEXT NOT NULL,
    contact_id    INTEGER,
    name          TEXT NOT NULL,
    phone         TEXT NOT NULL,
    party         INTEGER NOT NULL CONSTRAINT waitlist_party CHECK (party BETWEEN 1 AND 2000),
    class_id      INTEGER REFERENCES room_classes (id),
    area_id       INTEGER REFERENCES areas (id),
    from_at       INTEGER NOT NULL,
    to_at         INTEGER NOT NULL,
    min_minutes   INTEGER NOT NULL CONSTRAINT waitlist_stay CHECK (min_minutes BETWEEN 5 AND 2880),
    tier          INTEGER NOT NULL DEFAULT 0,
    note          TEXT NOT NULL DEFAULT '',
    state         TEXT NOT NULL CONSTRAINT waitlist_state CHECK (state IN ('waiting', 'offered', 'accepted', 'closed', 'expired', 'cancelled')),
    follow_up     INTEGER,
    no_answers    INTEGER NOT NULL DEFAULT 0,
    booking_id    INTEGER REFERENCES bookings (id),
    call_id       INTEGER REFERENCES calls (id),
    by_staff      INTEGER REFERENCES staff (id),
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    CONSTRAINT waitlist_window CHECK (to_at > from_at)
) STRICT;
CREATE INDEX waitlist_open ON waitlist (to_at) WHERE state IN ('waiting', 'offered');
CREATE TABLE offers (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    waitlist_id INTEGER NOT NULL REFERENCES waitlist (id),
    room_id     INTEGER NOT NULL REFERENCES rooms (id),
    claim_id    INTEGER NOT NULL REFERENCES claims (id),
    state       TEXT NOT NULL CONSTRAINT offer_state CHECK (state IN ('open', 'accepted', 'declined', 'no_answer', 'expired', 'withdrawn')),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX offers_open_key ON offers (waitlist_id) WHERE state = 'open';
CREATE INDEX offers_expiry ON offers (expires_at) WHERE state = 'open';

-- Banquets somebody asks for, and rooms that are shown.
CREATE TABLE banquets (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    version      INTEGER NOT NULL DEFAULT 1,
    contact_id   INTEGER,
    name         TEXT NOT NULL,
    phone        TEXT NOT NULL,
    occasion     TEXT NOT NULL,
    solar_date   TEXT NOT NULL,
    lunar_asked  INTEGER NOT NULL DEFAULT 0 CHECK (lunar_asked IN (0, 1)),
    period_id    INTEGER REFERENCES periods (id),
    tables       INTEGER,
    party        INTEGER,
    budget_fen   INTEGER,
    hall_id      INTEGER REFERENCES rooms (id),
    note         TEXT NOT NULL DEFAULT '',
    owner_staff  INTEGER REFERENCES staff (id),
    state        TEXT NOT NULL CONSTRAINT banquet_state CHECK (state IN ('new', 'handed_over', 'contacted', 'option', 'won', 'lost')),
    follow_up    INTEGER,
    option_claim INTEGER REFERENCES claims (id),
    option_until INTEGER,
    reason       TEXT,
    booking_id   INTEGER REFERENCES bookings (id),
    call_id      INTEGER REFERENCES calls (id),
    by_staff     INTEGER REFERENCES staff (id),
    created_at   INTEGER NOT NULL
) STRICT;
CREATE TABLE viewings (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    room_id    INTEGER NOT NULL REFERENCES rooms (id),
    claim_id   INTEGER NOT NULL REFERENCES claims (id),
    name       TEXT NOT NULL,
    staff_id   INTEGER REFERENCES staff (id),
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT CONSTRAINT viewing_outcome CHECK (outcome IN ('booked', 'considering', 'declined', 'abandoned')),
    booking_id INTEGER REFERENCES bookings (id)
) STRICT;
CREATE INDEX viewings_open ON viewings (staff_id) WHERE ended_at IS NULL;
CREATE TRIGGER bookings_begin BEFORE INSERT ON bookings WHEN new.state NOT IN ('booked', 'in_room')
BEGIN SELECT RAISE(ABORT, 'booking_begins_booked'); END;
CREATE TRIGGER bookings_move BEFORE UPDATE OF state ON bookings
WHEN new.state <> old.state AND NOT EXISTS (SELECT 1 FROM booking_moves m WHERE m.from_state = old.state AND m.to_state = new.state)
BEGIN SELECT RAISE(ABORT, 'booking_move'); END;
CREATE TRIGGER bookings_attribution BEFORE UPDATE OF source, sold_by, sold_dept ON bookings
WHEN old.attribution_locked_at IS NOT NULL AND new.attribution_round = old.attribution_round
 AND (new.source <> old.source OR new.sold_by IS NOT old.sold_by OR new.sold_dept IS NOT old.sold_dept)
BEGIN SELECT RAISE(ABORT, 'attribution_locked'); END;
CREATE TRIGGER bookings_source BEFORE UPDATE OF source ON bookings WHEN old.source IN ('self', 'walk_in') AND new.source = 'staff'
BEGIN SELECT RAISE(ABORT, 'source_stays_self'); END;
