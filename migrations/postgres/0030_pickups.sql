-- From here on the slips of pick-ups are read off the journal; until here they were left as calls were settled.
INSERT INTO site (name, value) SELECT 'pickup_seq', CAST(seq AS TEXT) FROM journal_head WHERE true ON CONFLICT (name) DO NOTHING;
