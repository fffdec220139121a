-- Whose telephone an extension was, and from when until when: for calls that are told of afterwards.
CREATE TABLE staff_extensions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    staff_id  INTEGER NOT NULL REFERENCES staff (id),
    extension TEXT NOT NULL,
    from_at   INTEGER NOT NULL,
    to_at     INTEGER CHECK (to_at >= from_at)
) STRICT;
CREATE UNIQUE INDEX staff_extensions_open ON staff_extensions (staff_id) WHERE to_at IS NULL;
CREATE INDEX staff_extensions_of ON staff_extensions (extension, from_at);
-- What is known of the time before: who has it has had it since they came.
INSERT INTO staff_extensions (staff_id, extension, from_at, to_at)
SELECT id, extension, created_at, CASE WHEN disabled_at < created_at THEN created_at ELSE disabled_at END
FROM staff WHERE extension IS NOT NULL;
