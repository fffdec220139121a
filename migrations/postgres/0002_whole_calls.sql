-- Calls seen whole: on every telephone of the house, from the trunk to the last transfer.

ALTER TABLE calls ADD COLUMN trunk_call_id TEXT;

ALTER TABLE call_legs DROP CONSTRAINT call_legs_kind_check;
ALTER TABLE call_legs ADD CONSTRAINT call_legs_kind_check
    CHECK (kind IN ('member', 'position', 'trunk', 'extension', 'outside'));

-- A call went from one telephone to another, numbered within the call.
CREATE TABLE call_transfers (
    call_id        BIGINT NOT NULL REFERENCES calls (id),
    seq            BIGINT NOT NULL CHECK (seq > 0),
    at             BIGINT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('blind', 'attended', 'pickup')),
    from_extension TEXT,
    to_extension   TEXT,
    PRIMARY KEY (call_id, seq)
);
