-- 通话质检: how a talk was spoken, by exactly the five items of operations.md clauses 4.1 to 4.5.

-- One sheet for a call, from the moment the call was drawn or somebody opened it.
CREATE TABLE quality_sheets (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    version       INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    call_id       INTEGER NOT NULL REFERENCES calls (id),
    staff_id      INTEGER NOT NULL REFERENCES staff (id), -- who answered it
    business_date TEXT NOT NULL,                          -- of the call: the month it counts in
    origin        TEXT NOT NULL CHECK (origin IN ('drawn', 'chosen')),
    opened_by     INTEGER REFERENCES staff (id),
    opened_at     INTEGER NOT NULL,
    marks_version INTEGER CHECK (marks_version <= version), -- the save that holds; NULL until it is scored
    -- nobody judges how they spoke themselves
    CONSTRAINT quality_sheets_own CHECK (opened_by IS NULL OR opened_by <> staff_id)
) STRICT;
CREATE UNIQUE INDEX quality_sheets_call_key ON quality_sheets (call_id);
CREATE INDEX quality_sheets_date ON quality_sheets (business_date, staff_id);
CREATE INDEX quality_sheets_staff ON quality_sheets (staff_id, business_date);

-- What was scored, save by save: a correction stands beside what it corrects.
CREATE TABLE quality_saves (
    sheet_id           INTEGER NOT NULL REFERENCES quality_sheets (id),
    version            INTEGER NOT NULL,
    saved_by           INTEGER REFERENCES staff (id),
    saved_at           INTEGER NOT NULL,
    tone               TEXT NOT NULL CHECK (tone IN ('met', 'not_met', 'not_heard')),
    tone_note          TEXT NOT NULL,
    no_rude_words      TEXT NOT NULL CHECK (no_rude_words IN ('met', 'not_met', 'not_heard')),
    no_rude_words_note TEXT NOT NULL,
    no_jokes           TEXT NOT NULL CHECK (no_jokes IN ('met', 'not_met', 'not_heard')),
    no_jokes_note      TEXT NOT NULL,
    please_thanks      TEXT NOT NULL CHECK (please_thanks IN ('met', 'not_met', 'not_heard')),
    please_thanks_note TEXT NOT NULL,
    never_wei          TEXT NOT NULL CHECK (never_wei IN ('met', 'not_met', 'not_heard')),
    never_wei_note     TEXT NOT NULL,
    PRIMARY KEY (sheet_id, version),
    -- what was not met is said
    CONSTRAINT quality_saves_tone CHECK (tone <> 'not_met' OR tone_note <> ''),
    CONSTRAINT quality_saves_no_rude_words CHECK (no_rude_words <> 'not_met' OR no_rude_words_note <> ''),
    CONSTRAINT quality_saves_no_jokes CHECK (no_jokes <> 'not_met' OR no_jokes_note <> ''),
    CONSTRAINT quality_saves_please_thanks CHECK (please_thanks <> 'not_met' OR please_thanks_note <> ''),
    CONSTRAINT quality_saves_never_wei CHECK (never_wei <> 'not_met' OR never_wei_note <> '')
) STRICT, WITHOUT ROWID;

-- A save stays as it was. Only its words go, when the person they are about is erased.
CREATE TRIGGER quality_saves_no_update BEFORE UPDATE ON quality_saves
WHEN NEW.sheet_id IS NOT OLD.sheet_id OR NEW.version IS NOT OLD.version OR NEW.saved_by IS NOT OLD.saved_by OR NEW.saved_at IS NOT OLD.saved_at OR NEW.tone IS NOT OLD.tone OR NEW.no_rude_words IS NOT OLD.no_rude_words OR NEW.no_jokes IS NOT OLD.no_jokes OR NEW.please_thanks IS NOT OLD.please_thanks OR NEW.never_wei IS NOT OLD.never_wei
  OR NEW.tone_note NOT IN ('', '–', OLD.tone_note) OR NEW.no_rude_words_note NOT IN ('', '–', OLD.no_rude_words_note) OR NEW.no_jokes_note NOT IN ('', '–', OLD.no_jokes_note) OR NEW.please_thanks_note NOT IN ('', '–', OLD.please_thanks_note) OR NEW.never_wei_note NOT IN ('', '–', OLD.never_wei_note)
BEGIN SELECT RAISE(ABORT, 'quality_saves_append_only'); END;
CREATE TRIGGER quality_saves_no_delete BEFORE DELETE ON quality_saves
BEGIN SELECT RAISE(ABORT, 'quality_saves_append_only'); END;
