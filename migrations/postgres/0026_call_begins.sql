-- A call that begins goes into the log with all that belongs to it, and its lines into the journal, by one way
-- to the server. It is written as steps that take values, of which the server keeps each one's plan: as one
-- statement of several parts, read from JSON, more than a quarter of a call's time went into setting those up.
-- The house was alive at `alive` and stores this `batch`. The head of the journal is taken last, so that
-- numbers follow the order of the commits; `told` is the number before the lines. A call whose name is in the
-- log already is left as it is, with no `id` to return. A leg that was another call's is this one's from now on.
CREATE FUNCTION call_begins(
    its_uid text, its_pbx text, its_hotline_number text, its_hotline_name text, its_caller_number text,
    its_caller_reversed text, its_caller_as_sent text, its_caller_display text, its_withheld boolean, its_state text,
    its_offered_at bigint, its_rang_at bigint, its_answered_at bigint, its_ended_at bigint, its_rings bigint,
    its_answer_rings bigint, its_answer_ms bigint, its_caller_wait_ms bigint, its_within_target boolean,
    its_answered_extension text, its_outcome text, its_excluded text, its_ended_by text, its_end_seen boolean,
    its_evidence text, its_cycle_ms bigint, its_target_rings bigint, its_target_ms bigint, its_colleague_rings bigint,
    its_alarm bigint, its_trunk_call_id text, its_business_date text, its_local_hour bigint, legs jsonb, events jsonb,
    pieces jsonb, alive text, batch text, OUT id bigint, OUT answered_staff bigint, OUT answered_name text, OUT told
    bigint
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    who bigint;
    named text;
    made bigint;
    many bigint := jsonb_array_length(events);
    before bigint;
BEGIN
    IF its_answered_extension IS NOT NULL THEN
        SELECT s.id, s.name INTO who, named FROM staff s WHERE s.extension = its_answered_extension AND s.disabled_at IS NULL;
    END IF;
    INSERT INTO calls (
        uid, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent, caller_display,
        withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms, caller_wait_ms,
        within_target, answered_extension, outcome, excluded, ended_by, end_seen, evidence, cycle_ms, target_rings,
        target_ms, colleague_rings, alarm, trunk_call_id, business_date, local_hour, version, answered_staff)
    VALUES (
        its_uid, its_pbx, its_hotline_number, its_hotline_name, its_caller_number, its_caller_reversed,
        its_caller_as_sent, its_caller_display, its_withheld, its_state, its_offered_at, its_rang_at, its_answered_at,
        its_ended_at, its_rings, its_answer_rings, its_answer_ms, its_caller_wait_ms, its_within_target,
        its_answered_extension, its_outcome, its_excluded, its_ended_by, its_end_seen, its_evidence, its_cycle_ms,
        its_target_rings, its_target_ms, its_colleague_rings, its_alarm, its_trunk_call_id, its_business_date,
        its_local_hour, 1, who)
    ON CONFLICT (uid) DO NOTHING
    RETURNING id INTO made;
    INSERT INTO site (name, value) VALUES ('alive_at', alive), ('calls_batch', batch)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value;
    IF made IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
        SELECT made, l->>'leg', l->>'kind', l->>'extension', (l->>'offered_at')::bigint, (l->>'rang_at')::bigint,
               (l->>'answered_at')::bigint, (l->>'ended_at')::bigint, l->>'ending'
        FROM jsonb_array_elements(legs) AS l
        ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind, extension = excluded.extension,
            offered_at = excluded.offered_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
            ended_at = excluded.ended_at, ending = excluded.ending;
    IF jsonb_array_length(pieces) > 0 THEN
        INSERT INTO call_grams (gram, call_id)
            SELECT g, made FROM jsonb_array_elements_text(pieces) AS g ON CONFLICT (gram, call_id) DO NOTHING;
    END IF;
    INSERT INTO call_events (call_id, seq, at, kind, data)
        SELECT made, (v->>'n')::bigint, (v->>'at')::bigint, v->>'kind', v->>'data' FROM jsonb_array_elements(events) AS v;
    IF many > 0 THEN
        UPDATE journal_head SET seq = seq + many RETURNING seq - many INTO before;
        INSERT INTO journal (seq, at, kind, subject, change, version)
            SELECT before + v.n, (v.line->>'at')::bigint, 'call', 'calls/' || made, v.line->>'kind', 1
            FROM jsonb_array_elements(events) WITH ORDINALITY AS v(line, n);
    END IF;
    id := made;
    answered_staff := who;
    answered_name := named;
    told := before;
END $$;
