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
