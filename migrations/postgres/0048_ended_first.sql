-- As before, but whether anything has ended by itself is asked of the index of ends. The plan that the server keeps for
-- `EXISTS` expects to meet one soon and looks through all claims there ever were, while everybody waits for this turn.
CREATE OR REPLACE FUNCTION claims_in_turn(wanted jsonb, now_ms bigint, begin_ms bigint, end_ms bigint) RETURNS SETOF claims LANGUAGE plpgsql AS $$
DECLARE
    thing text;
    first_end bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(CAST(CAST('claims' AS regclass) AS oid)::bigint);
    SELECT min(c.expires_at) INTO first_end FROM claims c WHERE c.released_at IS NULL AND c.expires_at IS NOT NULL;
    IF first_end <= now_ms THEN
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
