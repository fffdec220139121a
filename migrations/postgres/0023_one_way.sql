-- A change of one statement writes its lines of the journal in that statement: a ringing call is stored
-- and told by one way to the server and back. The head is taken last, as by every other change, so that
-- numbers follow the order of the commits. Gives the number of the last line.
CREATE FUNCTION journal_write(lines jsonb, at_ms bigint, by_id bigint, many bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE last bigint;
BEGIN
    UPDATE journal_head SET seq = seq + many RETURNING seq INTO last;
    INSERT INTO journal (seq, at, by_staff, kind, subject, change, version, before, after, why)
    SELECT last - many + e.n, coalesce((e.v->>'at')::bigint, at_ms), by_id, e.v->>'kind', e.v->>'subject', e.v->>'change',
           (e.v->>'version')::bigint, e.v->>'before', e.v->>'after', e.v->>'why'
    FROM jsonb_array_elements(lines) WITH ORDINALITY AS e(v, n);
    RETURN last;
END $$;

-- Waits for one's turn to change claims and tells what is taken on the wanted things (a JSON list) between
-- two moments, by one way: those who wait behind wait for each way of those before them. What has ended by
-- itself is ended. Statements within see what was committed before the turn came.
CREATE FUNCTION claims_in_turn(wanted jsonb, now_ms bigint, begin_ms bigint, end_ms bigint) RETURNS SETOF claims LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(CAST(CAST('claims' AS regclass) AS oid)::bigint);
    RETURN QUERY UPDATE claims SET released_at = expires_at, release_reason = 'expired'
        WHERE released_at IS NULL AND expires_at <= now_ms AND resource IN (SELECT v FROM jsonb_array_elements_text(wanted) v)
        RETURNING claims.*;
    RETURN QUERY SELECT c.* FROM claims c
        WHERE c.released_at IS NULL AND c.from_at < end_ms AND c.to_at > begin_ms
            AND c.resource IN (SELECT v FROM jsonb_array_elements_text(wanted) v)
        ORDER BY c.resource, c.from_at, c.id;
END $$;
