-- What a call in the corridor was about: greeters read "from … to …" in large, and a newer call about
-- the same rooms puts an older one out of force.
CREATE TABLE board_calls (
    notice_id INTEGER PRIMARY KEY REFERENCES notices (id),
    kind      TEXT NOT NULL CONSTRAINT board_call_kind CHECK (kind <> '')
) STRICT;
CREATE TABLE board_call_rooms (
    notice_id INTEGER NOT NULL REFERENCES board_calls (notice_id),
    place     INTEGER NOT NULL,
    room_id   INTEGER NOT NULL REFERENCES rooms (id),
    PRIMARY KEY (notice_id, place)
) STRICT;
CREATE INDEX board_call_rooms_room ON board_call_rooms (room_id, notice_id);
