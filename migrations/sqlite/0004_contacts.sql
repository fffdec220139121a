-- The people and companies that call: their cards, numbers and tags, the words they are found by.
-- A card that was merged or erased keeps its row, for others know it by its id; nothing is on it.

CREATE TABLE contacts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    version         INTEGER NOT NULL DEFAULT 1,
    kind            TEXT NOT NULL CHECK (kind IN ('person', 'company')),
    name            TEXT NOT NULL,
    form_of_address TEXT NOT NULL DEFAULT '',
    company_id      INTEGER REFERENCES contacts (id),
    vip             INTEGER NOT NULL DEFAULT 0 CHECK (vip IN (0, 1)),
    warning         TEXT NOT NULL DEFAULT '',
    notes           TEXT NOT NULL DEFAULT '',
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    merged_into     INTEGER REFERENCES contacts (id),
    erased_at       INTEGER,
    CONSTRAINT contacts_named CHECK (name <> '' OR erased_at IS NOT NULL),
    CONSTRAINT contacts_company_of_person CHECK (company_id IS NULL OR (kind = 'person' AND company_id <> id)),
    CONSTRAINT contacts_not_into_itself CHECK (merged_into <> id)
) STRICT;
CREATE INDEX contacts_company ON contacts (company_id, id) WHERE company_id IS NOT NULL;
CREATE INDEX contacts_company_name ON contacts (name, id) WHERE kind = 'company';
CREATE INDEX contacts_name ON contacts (name, id);
CREATE INDEX contacts_vip ON contacts (vip, id);
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE contact_numbers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    place      INTEGER NOT NULL,             -- on the card, from 1
    number     TEXT NOT NULL CHECK (number <> ''), -- E.164, or the digits of a number without an area
    extension  TEXT NOT NULL DEFAULT '',     -- behind the switchboard
    label      TEXT NOT NULL CHECK (label IN ('mobile', 'work', 'home', 'fax', 'other')),
    as_written TEXT NOT NULL,
    reversed   TEXT NOT NULL,                -- the digits, last first
    UNIQUE (contact_id, number, extension)
) STRICT;
CREATE INDEX contact_numbers_number ON contact_numbers (number, extension, contact_id);
CREATE INDEX contact_numbers_reversed ON contact_numbers (reversed, contact_id);

CREATE TABLE contact_tags (
    tag        TEXT NOT NULL CHECK (tag <> ''),
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (tag, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_tags_contact ON contact_tags (contact_id, tag);

-- Every end of a name, as it is written and as it sounds: a search is a range of words.
CREATE TABLE contact_words (
    word       TEXT NOT NULL,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (word, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_words_contact ON contact_words (contact_id, word);

-- The same of companies alone, through which their people are found.
CREATE TABLE company_words (
    word       TEXT NOT NULL,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (word, contact_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX company_words_contact ON company_words (contact_id, word);

-- Two cards made one. The snapshot is what both held before; it goes when either is erased.
CREATE TABLE contact_merges (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kept_id      INTEGER NOT NULL REFERENCES contacts (id),
    gone_id      INTEGER NOT NULL REFERENCES contacts (id),
    at           INTEGER NOT NULL,
    by_staff     INTEGER REFERENCES staff (id),
    kept_version INTEGER NOT NULL,           -- of the kept card right after
    snapshot     TEXT,
    undone_at    INTEGER,
    undone_by    INTEGER REFERENCES staff (id),
    CONSTRAINT contact_merges_two CHECK (kept_id <> gone_id)
) STRICT;
CREATE INDEX contact_merges_kept ON contact_merges (kept_id, id);
CREATE INDEX contact_merges_gone ON contact_merges (gone_id, id);

-- Pairs that somebody looked at and found to be two.
CREATE TABLE contact_apart (
    one_id   INTEGER NOT NULL REFERENCES contacts (id),
    other_id INTEGER NOT NULL REFERENCES contacts (id),
    at       INTEGER NOT NULL,
    by_staff INTEGER REFERENCES staff (id),
    PRIMARY KEY (one_id, other_id),
    CONSTRAINT contact_apart_in_order CHECK (one_id < other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_apart_other ON contact_apart (other_id);

-- A spreadsheet that was read and not yet taken over; its lines go when it is, or after a day.
CREATE TABLE contact_imports (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    by_staff  INTEGER REFERENCES staff (id),
    file_name TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('checked', 'done', 'dropped')),
    lines     TEXT,
    added     INTEGER NOT NULL DEFAULT 0,
    changed   INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT contact_imports_emptied CHECK (state = 'checked' OR lines IS NULL)
) STRICT;

-- The site's own rules for numbers; no row until an administrator has written some.
CREATE TABLE number_rules (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    version    INTEGER NOT NULL,
    rules      TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
