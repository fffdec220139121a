-- What is rare of the calls of a long time is found by what is rare of them: how they were timed, in which hour they
-- came, that they are not counted, that they rang long, who hung up, that the promise was broken. What most calls do
-- not have stands in an index of its own, into which they write nothing.
CREATE INDEX calls_evidence ON calls (evidence, offered_at, id);
CREATE INDEX calls_hour ON calls (local_hour, offered_at, id);
CREATE INDEX calls_hotline_outcome ON calls (hotline_number, outcome, offered_at, id) WHERE outcome IS NOT NULL;
CREATE INDEX calls_excluded ON calls (excluded, offered_at, id) WHERE excluded IS NOT NULL;
CREATE INDEX calls_not_counted ON calls (offered_at, id) WHERE excluded IS NOT NULL;
CREATE INDEX calls_rang_long ON calls (answer_rings, offered_at, id) WHERE answer_rings >= 4;
CREATE INDEX calls_rang_longest ON calls (offered_at, id) WHERE answer_rings >= 6;
-- The conditions of figures, word for word, so that both engines know them again.
CREATE INDEX calls_hung_up ON calls (ended_by, offered_at, id) WHERE CASE WHEN outcome IN ('met', 'late') THEN TRUE ELSE FALSE END;
CREATE INDEX calls_by_nobody ON calls (offered_at, id) WHERE CASE WHEN outcome IN ('met', 'late') THEN TRUE ELSE FALSE END AND answered_staff IS NULL;
CREATE INDEX calls_unserved ON calls (offered_at, id) WHERE CASE WHEN outcome IN ('abandoned', 'not_offered', 'machine_only') THEN TRUE ELSE FALSE END;
CREATE INDEX calls_broken ON calls (offered_at, id) WHERE CASE WHEN outcome IN ('late', 'abandoned', 'not_offered') THEN TRUE ELSE FALSE END;
CREATE INDEX calls_broken_silent ON calls (offered_at, id) WHERE CASE WHEN outcome IN ('late', 'abandoned', 'not_offered') THEN TRUE ELSE FALSE END AND rang_at IS NULL;
-- Debts that a person let be.
CREATE INDEX missed_debts_waived ON missed_debts (id) WHERE closed_how = 'by_hand';
