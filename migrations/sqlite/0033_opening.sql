-- What is laid out and tidied before a desk opens, as the supervisor lists it; what was ticked of it on a business
-- date, desk by desk; and by when, in minutes from midnight, it is to be done.
CREATE TABLE opening_items (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL CONSTRAINT opening_item_name CHECK (name <> ''),
    retired_at INTEGER
) STRICT;
CREATE UNIQUE INDEX opening_items_name_key ON opening_items (name) WHERE retired_at IS NULL;
CREATE TABLE opening_ticks (
    item_id       INTEGER NOT NULL REFERENCES opening_items (id),
    business_date TEXT NOT NULL,
    desk          TEXT NOT NULL, -- the extension
    at            INTEGER NOT NULL,
    by_staff      INTEGER NOT NULL REFERENCES staff (id),
    note          TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (item_id, business_date, desk)
) STRICT;
CREATE INDEX opening_ticks_day ON opening_ticks (business_date, desk);
CREATE TABLE opening_time (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    minute INTEGER NOT NULL CONSTRAINT opening_minute CHECK (minute BETWEEN 0 AND 1439)
) STRICT;
INSERT INTO opening_time (one, minute) VALUES (1, 600);
