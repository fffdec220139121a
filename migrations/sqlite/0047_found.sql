-- Calls that are found by what their own columns do not say: that a colleague fetched them, that a telephone was not
-- registered, that they are owed a call back, that it came too late. They stand here in the order of the log, some
-- perhaps that are not what was asked for: whoever reads looks at each. A call that rings writes nothing here.
CREATE TABLE call_finds (
    what       TEXT NOT NULL CHECK (what IN ('fetched', 'unreachable', 'owed', 'kept_late')),
    offered_at INTEGER NOT NULL,
    call_id    INTEGER NOT NULL,
    -- in which it came, at the site
    local_hour INTEGER NOT NULL,
    PRIMARY KEY (what, offered_at, call_id)
) STRICT, WITHOUT ROWID;
INSERT INTO call_finds (what, offered_at, call_id, local_hour)
SELECT DISTINCT 'unreachable', c.offered_at, c.id, c.local_hour FROM call_legs l JOIN calls c ON c.id = l.call_id WHERE l.ending = 'unreachable' ORDER BY 2, 3;
INSERT INTO call_finds (what, offered_at, call_id, local_hour)
SELECT DISTINCT 'fetched', c.offered_at, c.id, c.local_hour FROM call_legs l JOIN calls c ON c.id = l.call_id
WHERE l.kind = 'extension' AND l.answered_at IS NOT NULL ORDER BY 2, 3;
INSERT INTO call_finds (what, offered_at, call_id, local_hour)
SELECT 'fetched', c.offered_at, c.id, c.local_hour FROM call_transfers t JOIN calls c ON c.id = t.call_id WHERE t.kind = 'pickup'
ON CONFLICT (what, offered_at, call_id) DO NOTHING;
INSERT INTO call_finds (what, offered_at, call_id, local_hour)
SELECT 'owed', c.offered_at, c.id, c.local_hour FROM missed_debt_calls m JOIN calls c ON c.id = m.call_id ORDER BY 2, 3;
INSERT INTO call_finds (what, offered_at, call_id, local_hour)
SELECT 'kept_late', c.offered_at, c.id, c.local_hour FROM call_backs b JOIN calls c ON c.id = b.call_id WHERE b.state = 'kept_late' ORDER BY 2, 3;
CREATE INDEX call_finds_hour ON call_finds (what, local_hour, offered_at, call_id);

CREATE TRIGGER call_finds_leg AFTER INSERT ON call_legs
WHEN NEW.ending = 'unreachable' OR (NEW.kind = 'extension' AND NEW.answered_at IS NOT NULL) BEGIN
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'unreachable', c.offered_at, c.id, c.local_hour FROM calls c WHERE c.id = NEW.call_id AND NEW.ending = 'unreachable'
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'fetched', c.offered_at, c.id, c.local_hour FROM calls c WHERE c.id = NEW.call_id AND NEW.kind = 'extension' AND NEW.answered_at IS NOT NULL
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
END;
CREATE TRIGGER call_finds_leg_again AFTER UPDATE OF call_id, kind, answered_at, ending ON call_legs
WHEN NEW.ending = 'unreachable' OR (NEW.kind = 'extension' AND NEW.answered_at IS NOT NULL) BEGIN
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'unreachable', c.offered_at, c.id, c.local_hour FROM calls c WHERE c.id = NEW.call_id AND NEW.ending = 'unreachable'
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'fetched', c.offered_at, c.id, c.local_hour FROM calls c WHERE c.id = NEW.call_id AND NEW.kind = 'extension' AND NEW.answered_at IS NOT NULL
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
END;
CREATE TRIGGER call_finds_transfer AFTER INSERT ON call_transfers WHEN NEW.kind = 'pickup' BEGIN
    INSERT INTO call_finds (what, offered_at, call_id, local_hour) SELECT 'fetched', c.offered_at, c.id, c.local_hour FROM calls c WHERE c.id = NEW.call_id
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
END;
CREATE TRIGGER call_finds_owed AFTER INSERT ON missed_debt_calls BEGIN
    INSERT INTO call_finds (what, offered_at, call_id, local_hour) SELECT 'owed', c.offered_at, c.id, c.local_hour FROM calls c WHERE c.id = NEW.call_id
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'kept_late', c.offered_at, c.id, c.local_hour FROM call_backs b JOIN calls c ON c.id = b.call_id WHERE b.call_id = NEW.call_id AND b.state = 'kept_late'
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
END;
CREATE TRIGGER call_finds_debt AFTER UPDATE OF closed_at, closed_how, follow_up_id ON missed_debts WHEN NEW.closed_at IS NOT NULL BEGIN
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'kept_late', c.offered_at, c.id, c.local_hour FROM call_backs b JOIN calls c ON c.id = b.call_id WHERE b.debt_id = NEW.id AND b.state = 'kept_late'
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
END;
CREATE TRIGGER call_finds_due AFTER UPDATE OF due_at ON follow_ups WHEN NEW.due_at IS NOT OLD.due_at BEGIN
    INSERT INTO call_finds (what, offered_at, call_id, local_hour)
    SELECT 'kept_late', c.offered_at, c.id, c.local_hour FROM call_backs b JOIN calls c ON c.id = b.call_id WHERE b.follow_up_id = NEW.id AND b.state = 'kept_late'
    ON CONFLICT (what, offered_at, call_id) DO NOTHING;
END;
CREATE TRIGGER call_finds_moved AFTER UPDATE OF offered_at, local_hour ON calls
WHEN NEW.offered_at <> OLD.offered_at OR NEW.local_hour <> OLD.local_hour BEGIN
    UPDATE call_finds SET offered_at = NEW.offered_at, local_hour = NEW.local_hour
    WHERE what IN ('fetched', 'unreachable', 'owed', 'kept_late') AND offered_at = OLD.offered_at AND call_id = NEW.id;
END;

-- Counted calls that were timed by something else than the ringing of a position: who asks for the calls that a figure
-- rests on finds them by both.
CREATE INDEX calls_timed_else ON calls (evidence, offered_at, id) WHERE evidence <> 'position_180' AND excluded IS NULL
    AND CASE WHEN outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only') THEN TRUE ELSE FALSE END;
