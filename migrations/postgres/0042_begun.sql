-- A call that rings has no outcome yet: it writes nothing into the index of outcomes until it is over.
DROP INDEX calls_outcome;
CREATE INDEX calls_outcome ON calls (outcome, offered_at, id) WHERE outcome IS NOT NULL;
