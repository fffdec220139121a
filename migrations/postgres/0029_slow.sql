-- Calls that took long are found by how long they took: only what is slower than two rings stands here, so that
-- most calls write nothing into it.
CREATE INDEX calls_slow_answer ON calls (answer_ms, offered_at, id) WHERE answer_ms >= 10000;
CREATE INDEX calls_slow_wait ON calls (caller_wait_ms, offered_at, id) WHERE caller_wait_ms >= 10000;
-- Calls for which the PBX rang late.
CREATE INDEX calls_pbx_late ON calls (offered_at, id) WHERE rang_at - offered_at >= 2000;
