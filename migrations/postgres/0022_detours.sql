-- The legs to a service in the path of a call, and those on which it came back: nobody's telephone, after a
-- restart too.
CREATE TABLE call_detours (
    call_id BIGINT NOT NULL REFERENCES calls (id),
    leg     TEXT NOT NULL,   -- PBX, Call-ID and top Via branch
    PRIMARY KEY (call_id, leg)
);

-- Few outages last longer than a day, and few go on: with these beside the others what touches a time is found without
-- walking through all that was before it.
CREATE INDEX outages_long ON outages (from_at) WHERE to_at - from_at > 86400000;
CREATE INDEX outages_ongoing ON outages (from_at) WHERE to_at IS NULL;
