-- Whoever changes claims asks first what is taken on one thing from a moment on: what was before, and what is taken
-- elsewhere, is not looked at for it. The index in its place served no question here.
CREATE INDEX claims_from ON claims (resource, to_at, from_at) WHERE released_at IS NULL;
DROP INDEX claims_live;
-- The board of a day shows what is no stay of guests: few of all that is taken from then on.
CREATE INDEX claims_beside ON claims (to_at) WHERE released_at IS NULL AND kind <> 'booking';
-- Who sits where is asked by every change of a booking: of all bookings there ever were, those in a room are few.
CREATE INDEX bookings_sitting ON bookings (id) WHERE state = 'in_room';

-- As before, thing by thing: of a list the planner does not know how long it is, and reads all claims there are. What
-- ends by itself is mostly swept already, and is not written about then.
CREATE OR REPLACE FUNCTION claims_in_turn(wanted jsonb, now_ms bigint, begin_ms bigint, end_ms bigint) RETURNS SETOF claims LANGUAGE plpgsql AS $$
DECLARE thing text;
BEGIN
    PERFORM pg_advisory_xact_lock(CAST(CAST('claims' AS regclass) AS oid)::bigint);
    IF EXISTS (SELECT 1 FROM claims c WHERE c.released_at IS NULL AND c.expires_at <= now_ms) THEN
        RETURN QUERY UPDATE claims SET released_at = expires_at, release_reason = 'expired'
            WHERE released_at IS NULL AND expires_at <= now_ms AND resource IN (SELECT v FROM jsonb_array_elements_text(wanted) v)
            RETURNING claims.*;
    END IF;
    FOR thing IN SELECT v FROM jsonb_array_elements_text(wanted) v LOOP
        RETURN QUERY SELECT c.* FROM claims c
            WHERE c.resource = thing AND c.released_at IS NULL AND c.to_at > begin_ms AND c.from_at < end_ms
            ORDER BY c.from_at, c.id;
    END LOOP;
END $$;
