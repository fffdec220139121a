-- The key of an answer link in a message about a fault or a work order: whoever holds it may say yes for one
-- person. Kept as a fingerprint; the words it is about are in their own rows.
CREATE TABLE fault_links (
    key         TEXT PRIMARY KEY,
    about       TEXT NOT NULL,   -- work-orders/W26-0198, faults/F26-0312
    event       TEXT NOT NULL,   -- offered, missed, nobody
    staff_id    INTEGER NOT NULL REFERENCES staff (id),
    made_at     INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;
CREATE INDEX fault_links_about ON fault_links (about, staff_id);

-- What is closed may still turn out to be a duplicate, or no fault at all.
INSERT INTO ticket_moves (from_state, to_state) VALUES ('closed', 'duplicate'), ('closed', 'cancelled');
