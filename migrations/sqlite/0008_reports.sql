-- Reports: figures of past days summed once, and what the supervisor's screens keep.
-- Everything here that is summed is derived from calls and can be thrown away: `switchboard rebuild`.

-- Why a promise was not kept, and whether a colleague fetched the call: read off the telephones that rang.
CREATE VIEW call_reasons AS
SELECT c.id AS call_id,
       CASE WHEN NOT (c.excluded IS NULL AND c.outcome IN ('late', 'abandoned', 'not_offered')) OR c.outcome IS NULL THEN NULL
            WHEN EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.ending = 'unreachable')
                 AND NOT EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.kind IN ('position', 'extension') AND l.rang_at IS NOT NULL) THEN 'unreachable'
            WHEN EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.ending IN ('busy', 'declined'))
                 OR EXISTS (SELECT 1 FROM calls o WHERE o.answered_staff = c.answered_staff AND o.offered_at < c.offered_at
                            AND o.offered_at >= c.offered_at - 7200000 AND o.answered_at <= c.rang_at AND o.ended_at > c.rang_at AND o.end_seen = 1) THEN 'busy'
            WHEN c.rang_at - c.offered_at >= 2000 THEN 'pbx'
            WHEN c.rang_at IS NOT NULL THEN 'away'
            ELSE 'unknown' END AS why,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND (
                 EXISTS (SELECT 1 FROM call_transfers t WHERE t.call_id = c.id AND t.kind = 'pickup' AND t.to_extension = c.answered_extension)
                 OR (EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.kind = 'extension' AND l.extension = c.answered_extension AND l.answered_at IS NOT NULL)
                     AND NOT EXISTS (SELECT 1 FROM call_legs l WHERE l.call_id = c.id AND l.kind = 'position' AND l.extension = c.answered_extension)))
            THEN 1 ELSE 0 END AS picked
FROM calls c;

-- One line a call: what it adds to every figure. The only place where a figure is defined for sums.
CREATE VIEW call_facts AS
SELECT c.id, c.business_date, date(c.business_date, 'weekday 0', '-6 days') AS week, (CAST(strftime('%w', c.business_date) AS INTEGER) + 6) % 7 + 1 AS weekday, c.local_hour,
       coalesce(c.hotline_number, '') AS hotline, coalesce(c.answered_staff, 0) AS staff,
       1 AS seen,
       CASE WHEN c.excluded IS NULL AND c.state <> 'ended' THEN 1 ELSE 0 END AS live,
       CASE WHEN c.excluded = 'after_hours' THEN 1 ELSE 0 END AS after_hours,
       CASE WHEN c.excluded = 'outage' THEN 1 ELSE 0 END AS outage,
       CASE WHEN c.excluded = 'test' THEN 1 ELSE 0 END AS test,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'met' THEN 1 ELSE 0 END AS met,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'late' THEN 1 ELSE 0 END AS late,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'abandoned_short' THEN 1 ELSE 0 END AS short,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'abandoned' THEN 1 ELSE 0 END AS abandoned,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'not_offered' THEN 1 ELSE 0 END AS not_offered,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'machine_only' THEN 1 ELSE 0 END AS machine_only,
       CASE WHEN c.excluded IS NULL AND c.outcome = 'unmeasured' THEN 1 ELSE 0 END AS unmeasured,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('abandoned', 'not_offered', 'machine_only') AND c.ended_at - coalesce(c.rang_at, c.offered_at) < c.target_ms THEN 1 ELSE 0 END AS gone_in_time,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL THEN c.answer_ms ELSE 0 END AS answer_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL THEN 1 ELSE 0 END AS answer_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings IS NOT NULL THEN c.answer_rings ELSE 0 END AS rings_sum,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings IS NOT NULL THEN 1 ELSE 0 END AS rings_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL THEN c.caller_wait_ms ELSE 0 END AS wait_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL THEN 1 ELSE 0 END AS wait_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('abandoned_short', 'abandoned') AND c.caller_wait_ms IS NOT NULL THEN c.caller_wait_ms ELSE 0 END AS gone_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('abandoned_short', 'abandoned') AND c.caller_wait_ms IS NOT NULL THEN 1 ELSE 0 END AS gone_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings <= 1 THEN 1 ELSE 0 END AS r1,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 2 THEN 1 ELSE 0 END AS r2,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 3 THEN 1 ELSE 0 END AS r3,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 4 THEN 1 ELSE 0 END AS r4,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 5 THEN 1 ELSE 0 END AS r5,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings >= 6 THEN 1 ELSE 0 END AS r6,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'caller' THEN 1 ELSE 0 END AS hung_caller,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'us' THEN 1 ELSE 0 END AS hung_us,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'unknown' THEN 1 ELSE 0 END AS hung_unknown,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND w.picked = 1 THEN 1 ELSE 0 END AS pickups,
       CASE WHEN w.why = 'busy' THEN 1 ELSE 0 END AS why_busy,
       CASE WHEN w.why = 'away' THEN 1 ELSE 0 END AS why_away,
       CASE WHEN w.why = 'unreachable' THEN 1 ELSE 0 END AS why_unreachable,
       CASE WHEN w.why = 'pbx' THEN 1 ELSE 0 END AS why_pbx,
       CASE WHEN w.why = 'unknown' THEN 1 ELSE 0 END AS why_unknown,
       CASE WHEN c.excluded IS NULL AND c.rang_at IS NOT NULL THEN c.rang_at - c.offered_at ELSE 0 END AS pbx_ms,
       CASE WHEN c.excluded IS NULL AND c.rang_at IS NOT NULL THEN 1 ELSE 0 END AS pbx_n,
       CASE WHEN c.excluded IS NULL AND c.rang_at - c.offered_at >= 2000 THEN 1 ELSE 0 END AS pbx_late,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen = 1 AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL THEN c.ended_at - c.answered_at ELSE 0 END AS talk_ms,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen = 1 AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL THEN 1 ELSE 0 END AS talk_n,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL THEN c.answer_ms ELSE 0 END AS answer_max,
       CASE WHEN c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL THEN c.caller_wait_ms ELSE 0 END AS wait_max
FROM calls c JOIN call_reasons w ON w.call_id = c.id;

-- One line for each clock of an answered call.
CREATE VIEW call_waits AS
SELECT c.business_date, coalesce(c.hotline_number, '') AS hotline, coalesce(c.answered_staff, 0) AS staff,
       'operator' AS clock, c.answer_ms / 100 AS tenths
FROM calls c WHERE c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL
UNION ALL
SELECT c.business_date, coalesce(c.hotline_number, ''), coalesce(c.answered_staff, 0), 'caller', c.caller_wait_ms / 100
FROM calls c WHERE c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL;

-- Days whose sums are not, or no longer, true: they are read call by call until they are summed again.
CREATE TABLE report_marks (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    business_date TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER report_marks_new AFTER INSERT ON calls BEGIN
    INSERT INTO report_marks (business_date) SELECT NEW.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = NEW.business_date);
END;
CREATE TRIGGER report_marks_again AFTER UPDATE OF business_date, local_hour, hotline_number, answered_staff, answered_extension, state, outcome, excluded, offered_at, rang_at, answered_at, ended_at, answer_rings, answer_ms, caller_wait_ms, ended_by, end_seen, target_ms ON calls BEGIN
    INSERT INTO report_marks (business_date) SELECT NEW.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = NEW.business_date);
    INSERT INTO report_marks (business_date) SELECT OLD.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = OLD.business_date);
END;
CREATE TRIGGER report_marks_gone AFTER DELETE ON calls BEGIN
    INSERT INTO report_marks (business_date) SELECT OLD.business_date WHERE NOT EXISTS (SELECT 1 FROM report_marks m WHERE m.business_date = OLD.business_date);
END;
INSERT INTO report_marks (business_date) SELECT DISTINCT c.business_date FROM calls c;

-- One summing at a time, whichever process does it.
CREATE TABLE report_head (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    summed INTEGER NOT NULL
) STRICT;
INSERT INTO report_head (one, summed) VALUES (1, 0);

-- Hour by hour, by line and person; person 0 is nobody, line '' is unknown.
CREATE TABLE report_hours (
    business_date TEXT NOT NULL,
    week          TEXT NOT NULL,
    weekday       INTEGER NOT NULL,
    local_hour    INTEGER NOT NULL,
    hotline       TEXT NOT NULL,
    staff         INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    live INTEGER NOT NULL,
    after_hours INTEGER NOT NULL,
    outage INTEGER NOT NULL,
    test INTEGER NOT NULL,
    met INTEGER NOT NULL,
    late INTEGER NOT NULL,
    short INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    not_offered INTEGER NOT NULL,
    machine_only INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    gone_in_time INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    answer_n INTEGER NOT NULL,
    rings_sum INTEGER NOT NULL,
    rings_n INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    wait_n INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL,
    gone_n INTEGER NOT NULL,
    r1 INTEGER NOT NULL,
    r2 INTEGER NOT NULL,
    r3 INTEGER NOT NULL,
    r4 INTEGER NOT NULL,
    r5 INTEGER NOT NULL,
    r6 INTEGER NOT NULL,
    hung_caller INTEGER NOT NULL,
    hung_us INTEGER NOT NULL,
    hung_unknown INTEGER NOT NULL,
    pickups INTEGER NOT NULL,
    why_busy INTEGER NOT NULL,
    why_away INTEGER NOT NULL,
    why_unreachable INTEGER NOT NULL,
    why_pbx INTEGER NOT NULL,
    why_unknown INTEGER NOT NULL,
    pbx_ms INTEGER NOT NULL,
    pbx_n INTEGER NOT NULL,
    pbx_late INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    talk_n INTEGER NOT NULL,
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (staff, business_date, local_hour, hotline)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_hours_date ON report_hours (business_date);
-- The same without the hour: long times by person.
CREATE TABLE report_days (
    business_date TEXT NOT NULL,
    week          TEXT NOT NULL,
    weekday       INTEGER NOT NULL,
    hotline       TEXT NOT NULL,
    staff         INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    live INTEGER NOT NULL,
    after_hours INTEGER NOT NULL,
    outage INTEGER NOT NULL,
    test INTEGER NOT NULL,
    met INTEGER NOT NULL,
    late INTEGER NOT NULL,
    short INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    not_offered INTEGER NOT NULL,
    machine_only INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    gone_in_time INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    answer_n INTEGER NOT NULL,
    rings_sum INTEGER NOT NULL,
    rings_n INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    wait_n INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL,
    gone_n INTEGER NOT NULL,
    r1 INTEGER NOT NULL,
    r2 INTEGER NOT NULL,
    r3 INTEGER NOT NULL,
    r4 INTEGER NOT NULL,
    r5 INTEGER NOT NULL,
    r6 INTEGER NOT NULL,
    hung_caller INTEGER NOT NULL,
    hung_us INTEGER NOT NULL,
    hung_unknown INTEGER NOT NULL,
    pickups INTEGER NOT NULL,
    why_busy INTEGER NOT NULL,
    why_away INTEGER NOT NULL,
    why_unreachable INTEGER NOT NULL,
    why_pbx INTEGER NOT NULL,
    why_unknown INTEGER NOT NULL,
    pbx_ms INTEGER NOT NULL,
    pbx_n INTEGER NOT NULL,
    pbx_late INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    talk_n INTEGER NOT NULL,
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (business_date, hotline, staff)
) STRICT, WITHOUT ROWID;
-- The same without the person: long times by hour.
CREATE TABLE report_lines (
    business_date TEXT NOT NULL,
    week          TEXT NOT NULL,
    weekday       INTEGER NOT NULL,
    local_hour    INTEGER NOT NULL,
    hotline       TEXT NOT NULL,
    seen INTEGER NOT NULL,
    live INTEGER NOT NULL,
    after_hours INTEGER NOT NULL,
    outage INTEGER NOT NULL,
    test INTEGER NOT NULL,
    met INTEGER NOT NULL,
    late INTEGER NOT NULL,
    short INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    not_offered INTEGER NOT NULL,
    machine_only INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    gone_in_time INTEGER NOT NULL,
    answer_ms INTEGER NOT NULL,
    answer_n INTEGER NOT NULL,
    rings_sum INTEGER NOT NULL,
    rings_n INTEGER NOT NULL,
    wait_ms INTEGER NOT NULL,
    wait_n INTEGER NOT NULL,
    gone_ms INTEGER NOT NULL,
    gone_n INTEGER NOT NULL,
    r1 INTEGER NOT NULL,
    r2 INTEGER NOT NULL,
    r3 INTEGER NOT NULL,
    r4 INTEGER NOT NULL,
    r5 INTEGER NOT NULL,
    r6 INTEGER NOT NULL,
    hung_caller INTEGER NOT NULL,
    hung_us INTEGER NOT NULL,
    hung_unknown INTEGER NOT NULL,
    pickups INTEGER NOT NULL,
    why_busy INTEGER NOT NULL,
    why_away INTEGER NOT NULL,
    why_unreachable INTEGER NOT NULL,
    why_pbx INTEGER NOT NULL,
    why_unknown INTEGER NOT NULL,
    pbx_ms INTEGER NOT NULL,
    pbx_n INTEGER NOT NULL,
    pbx_late INTEGER NOT NULL,
    talk_ms INTEGER NOT NULL,
    talk_n INTEGER NOT NULL,
    answer_max INTEGER NOT NULL,
    wait_max INTEGER NOT NULL,
    PRIMARY KEY (business_date, local_hour, hotline)
) STRICT, WITHOUT ROWID;
-- How long answered calls waited, in tenths of a second: on the operator's clock (from the first ring)
-- and on the caller's (from the first sight of the call).
CREATE TABLE report_waits (
    business_date TEXT NOT NULL,
    hotline       TEXT NOT NULL,
    clock         TEXT NOT NULL CHECK (clock IN ('operator', 'caller')),
    tenths        INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    PRIMARY KEY (business_date, hotline, clock, tenths)
) STRICT, WITHOUT ROWID;
-- The same for one person.
CREATE TABLE report_person_waits (
    staff         INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    hotline       TEXT NOT NULL,
    clock         TEXT NOT NULL CHECK (clock IN ('operator', 'caller')),
    tenths        INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    PRIMARY KEY (staff, business_date, hotline, clock, tenths)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_person_waits_date ON report_person_waits (business_date);
-- Arrivals and talk by half hour, 0 to 47, for staffing.
CREATE TABLE report_halves (
    business_date TEXT NOT NULL,
    weekday       INTEGER NOT NULL,
    half          INTEGER NOT NULL CHECK (half BETWEEN 0 AND 47),
    hotline       TEXT NOT NULL,
    arrivals      INTEGER NOT NULL,
    talk_ms       INTEGER NOT NULL,
    talk_n        INTEGER NOT NULL,
    gone          INTEGER NOT NULL,
    waited_ms     INTEGER NOT NULL,
    PRIMARY KEY (business_date, half, hotline)
) STRICT, WITHOUT ROWID;

-- What the supervisor sets: the target, and at what an alert is due.
CREATE TABLE report_settings (
    one                 INTEGER PRIMARY KEY CHECK (one = 1),
    version             INTEGER NOT NULL DEFAULT 1,
    target_permille     INTEGER NOT NULL CHECK (target_permille BETWEEN 1 AND 1000),
    rate_after_calls    INTEGER NOT NULL CHECK (rate_after_calls >= 1),
    waiting_calls       INTEGER NOT NULL CHECK (waiting_calls >= 0),
    pbx_silent_minutes  INTEGER NOT NULL CHECK (pbx_silent_minutes >= 0),
    nobody_minutes      INTEGER NOT NULL CHECK (nobody_minutes >= 0)
) STRICT;
INSERT INTO report_settings (one, target_permille, rate_after_calls, waiting_calls, pbx_silent_minutes, nobody_minutes) VALUES (1, 950, 20, 3, 2, 1);
-- An alert that was raised, once for its cause; open until the cause is gone.
CREATE TABLE report_alerts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    cause     TEXT NOT NULL CHECK (cause IN ('rate', 'waiting', 'nobody', 'pbx')),
    subject   TEXT NOT NULL,
    figure    INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    over_at   INTEGER CHECK (over_at >= raised_at)
) STRICT;
CREATE UNIQUE INDEX report_alerts_open_key ON report_alerts (cause, subject) WHERE over_at IS NULL;
CREATE INDEX report_alerts_raised ON report_alerts (raised_at, id);

-- Screens on a wall: a link that opens /wall and nothing else. Only fingerprints are kept.
CREATE TABLE wall_keys (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL CHECK (name <> ''),
    key_hash    TEXT NOT NULL UNIQUE,
    screen_hash TEXT NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    created_by  INTEGER REFERENCES staff (id),
    seen_at     INTEGER,
    revoked_at  INTEGER
) STRICT;

-- Questions that were kept, to be asked again.
CREATE TABLE questions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL DEFAULT 1,
    name       TEXT NOT NULL CHECK (name <> ''),
    source     TEXT NOT NULL,
    asked      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by INTEGER REFERENCES staff (id)
) STRICT;
CREATE UNIQUE INDEX questions_name_key ON questions (name);

-- Reports that go out by themselves at a local time: every day, or on one day of the week (1 Monday).
CREATE TABLE report_mails (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL DEFAULT 1,
    every      TEXT NOT NULL CHECK (every IN ('day', 'week')),
    weekday    INTEGER CHECK (weekday BETWEEN 1 AND 7),
    minute     INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    address    TEXT NOT NULL CHECK (address <> ''),
    language   TEXT NOT NULL,
    hotline    TEXT,
    next_at    INTEGER NOT NULL,
    sent_at    INTEGER,
    created_by INTEGER REFERENCES staff (id),
    CHECK ((every = 'week') = (weekday IS NOT NULL))
) STRICT;
CREATE INDEX report_mails_next ON report_mails (next_at);
